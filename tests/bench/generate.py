"""Fills a Hive 3.1 metastore on MariaDB or PostgreSQL with partitions, inside the server.

Every partition takes 11 rows, as an ordinary one does: PARTITIONS, SDS, SERDES, one SERDE_PARAMS,
two PARTITION_KEY_VALS and five PARTITION_PARAMS. The same size and seed give the same rows on both.
"""

TABLES = 100
DATABASES = 10
WAREHOUSE = "hdfs://nn1:8020/warehouse"
PARQUET = "org.apache.hadoop.hive.ql.io.parquet"


class MySql:
    quote, false = "`", "0"

    def series(self, first, last, name):
        return f"(SELECT seq FROM seq_{first}_to_{last}) {name}"

    def day(self, days):
        return f"DATE_ADD('2000-01-01', INTERVAL {days} DAY)"

    def divided(self, number, by):
        return f"({number} DIV {by})"

    def two_digits(self, number):
        return f"LPAD({number}, 2, '0')"

    def number_from(self, text):
        return f"CONV(SUBSTR(MD5({text}), 1, 7), 16, 10)"

    def text(self, value):
        return f"CAST({value} AS CHAR)"

    def analyze(self, tables):
        return "ANALYZE TABLE " + ", ".join(tables)


class PostgreSql(MySql):
    quote, false = '"', "false"

    def series(self, first, last, name):
        return f"generate_series({first}, {last}) AS {name}(seq)"

    def day(self, days):
        return f"(DATE '2000-01-01' + ({days})::int)::text"

    def divided(self, number, by):
        return f"({number} / {by})"

    def two_digits(self, number):
        return f"lpad(({number})::text, 2, '0')"

    def number_from(self, text):
        return f"('x' || substr(md5({text}), 1, 7))::bit(28)::int::bigint"

    def text(self, value):
        return f"({value})::text"

    def analyze(self, tables):
        return "ANALYZE"


def statements(dialect, partitions, seed):
    """The SQL statements, in an order that respects foreign keys."""
    d = dialect
    tables, parts = d.series(1, TABLES, "n"), d.series(1, partitions, "n")
    table = f"((n.seq - 1) % {TABLES})"
    rank = d.divided("(n.seq - 1)", TABLES)
    dt, hour = d.day(d.divided(rank, 24)), d.two_digits(f"{rank} % 24")
    number = d.number_from(f"CONCAT('{int(seed)}/', n.seq)")
    base = 10 * TABLES

    def folder(of):
        return f"CONCAT('{WAREHOUSE}/db_', {of} % {DATABASES}, '.db/events_', {of})"

    def insert(into, columns, values, source):
        names = ", ".join(f"{d.quote}{name}{d.quote}" for name in columns.split())
        return f"INSERT INTO {d.quote}{into}{d.quote} ({names}) SELECT {values} FROM {source}"

    formats = f"'{PARQUET}.MapredParquetInputFormat', {d.false}, {d.false}"
    serde = f"'{PARQUET}.serde.ParquetHiveSerDe'"
    sds = "SD_ID CD_ID INPUT_FORMAT IS_COMPRESSED IS_STOREDASSUBDIRECTORIES LOCATION NUM_BUCKETS OUTPUT_FORMAT SERDE_ID"
    output = f"-1, '{PARQUET}.MapredParquetOutputFormat'"

    yield insert("DBS", "DB_ID DESC DB_LOCATION_URI NAME OWNER_NAME OWNER_TYPE CTLG_NAME",
                 f"n.seq, 'bench', CONCAT('{WAREHOUSE}/db_', n.seq - 1, '.db'), CONCAT('db_', n.seq - 1), 'etl', "
                 f"'USER', 'hive'", d.series(1, DATABASES, "n"))
    yield insert("CDS", "CD_ID", "n.seq", tables)
    yield insert("COLUMNS_V2", "CD_ID COMMENT COLUMN_NAME TYPE_NAME INTEGER_IDX",
                 "n.seq, NULL, CONCAT('c', c.seq), CASE c.seq % 2 WHEN 1 THEN 'string' ELSE 'bigint' END, c.seq",
                 f"{tables}, {d.series(0, 19, 'c')}")
    yield insert("SERDES", "SERDE_ID NAME SLIB", f"n.seq, NULL, {serde}", tables)
    yield insert("SERDE_PARAMS", "SERDE_ID PARAM_KEY PARAM_VALUE", "n.seq, 'serialization.format', '1'", tables)
    yield insert("SDS", sds, f"n.seq, n.seq, {formats}, {folder('(n.seq - 1)')}, {output}, n.seq", tables)
    yield insert("TBLS", "TBL_ID CREATE_TIME DB_ID LAST_ACCESS_TIME OWNER OWNER_TYPE RETENTION SD_ID TBL_NAME TBL_TYPE "
                 "IS_REWRITE_ENABLED",
                 f"n.seq, 1600000000 + n.seq, 1 + (n.seq - 1) % {DATABASES}, 0, 'etl', 'USER', 0, n.seq, "
                 f"CONCAT('events_', n.seq - 1), 'EXTERNAL_TABLE', {d.false}", tables)
    yield insert("TABLE_PARAMS", "TBL_ID PARAM_KEY PARAM_VALUE", "n.seq, 'EXTERNAL', 'TRUE'", tables)
    yield insert("PARTITION_KEYS", "TBL_ID PKEY_COMMENT PKEY_NAME PKEY_TYPE INTEGER_IDX",
                 "n.seq, NULL, CASE k.seq WHEN 1 THEN 'hh' ELSE 'dt' END, 'string', k.seq",
                 f"{tables}, {d.series(0, 1, 'k')}")

    yield insert("SERDES", "SERDE_ID NAME SLIB", f"{base} + n.seq, NULL, {serde}", parts)
    yield insert("SERDE_PARAMS", "SERDE_ID PARAM_KEY PARAM_VALUE", f"{base} + n.seq, 'serialization.format', '1'", parts)
    yield insert("SDS", sds, f"{base} + n.seq, 1 + {table}, {formats}, CONCAT({folder(table)}, '/dt=', {dt}, '/hh=', "
                 f"{hour}), {output}, {base} + n.seq", parts)
    yield insert("PARTITIONS", "PART_ID CREATE_TIME LAST_ACCESS_TIME PART_NAME SD_ID TBL_ID",
                 f"n.seq, 1600000000 + n.seq, 0, CONCAT('dt=', {dt}, '/hh=', {hour}), {base} + n.seq, 1 + {table}", parts)
    yield insert("PARTITION_KEY_VALS", "PART_ID PART_KEY_VAL INTEGER_IDX",
                 f"n.seq, CASE k.seq WHEN 1 THEN {hour} ELSE {dt} END, k.seq", f"{parts}, {d.series(0, 1, 'k')}")
    for key, value in (("numFiles", f"{number} % 97"), ("numRows", number), ("rawDataSize", f"{number} * 13"),
                       ("totalSize", f"{number} * 7"), ("transient_lastDdlTime", f"1600000000 + {number} % 10000000")):
        yield insert("PARTITION_PARAMS", "PART_ID PARAM_KEY PARAM_VALUE", f"n.seq, '{key}', {d.text(value)}", parts)


def fill(server, database, partitions, seed, analyze=True):
    dialect = MySql() if server.dialect == "mysql" else PostgreSql()
    connection = server.connect(database)
    with connection.cursor() as cursor:
        for statement in statements(dialect, partitions, seed):
            cursor.execute(statement)
            connection.commit()
        if analyze:
            cursor.execute(dialect.analyze(["PARTITIONS", "SDS", "SERDES", "SERDE_PARAMS", "PARTITION_PARAMS",
                                            "PARTITION_KEY_VALS"]))
            connection.commit()
    connection.close()
