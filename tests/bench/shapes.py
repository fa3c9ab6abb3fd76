"""The metastores that are measured, made by INSERT ... SELECT inside the engine from a size and a seed.

The same shape, size and seed give the same rows on every engine. Databases are Hive 3.1 schemas.
"""

WAREHOUSE = "hdfs://nn1:8020/warehouse"
PARQUET = "org.apache.hadoop.hive.ql.io.parquet"
FILLED = ["DBS", "TBLS", "TABLE_PARAMS", "PARTITION_KEYS", "CDS", "COLUMNS_V2", "PARTITIONS", "SDS", "SERDES",
          "SERDE_PARAMS", "PARTITION_PARAMS", "PARTITION_KEY_VALS"]
_COLUMNS = {
    "DBS": "DB_ID DESC DB_LOCATION_URI NAME OWNER_NAME OWNER_TYPE CTLG_NAME",
    "CDS": "CD_ID",
    "COLUMNS_V2": "CD_ID COMMENT COLUMN_NAME TYPE_NAME INTEGER_IDX",
    "SERDES": "SERDE_ID NAME SLIB",
    "SERDE_PARAMS": "SERDE_ID PARAM_KEY PARAM_VALUE",
    "SDS": "SD_ID CD_ID INPUT_FORMAT IS_COMPRESSED IS_STOREDASSUBDIRECTORIES LOCATION NUM_BUCKETS OUTPUT_FORMAT "
           "SERDE_ID",
    "TBLS": "TBL_ID CREATE_TIME DB_ID LAST_ACCESS_TIME OWNER OWNER_TYPE RETENTION SD_ID TBL_NAME TBL_TYPE "
            "IS_REWRITE_ENABLED",
    "TABLE_PARAMS": "TBL_ID PARAM_KEY PARAM_VALUE",
    "PARTITION_KEYS": "TBL_ID PKEY_COMMENT PKEY_NAME PKEY_TYPE INTEGER_IDX",
    "PARTITIONS": "PART_ID CREATE_TIME LAST_ACCESS_TIME PART_NAME SD_ID TBL_ID",
    "PARTITION_KEY_VALS": "PART_ID PART_KEY_VAL INTEGER_IDX",
    "PARTITION_PARAMS": "PART_ID PARAM_KEY PARAM_VALUE",
}


class Shape:
    """SQL statements for one dialect, in an order that respects foreign keys."""

    databases = 10

    def __init__(self, dialect, size, seed):
        self.d, self.size, self.seed = dialect, size, int(seed)

    def insert(self, table, values, *sources):
        names = [f"{self.d.quote}{name}{self.d.quote}" for name in _COLUMNS[table].split()]
        assert len(names) == len(values), (table, values)
        return (f"INSERT INTO {self.d.quote}{table}{self.d.quote} ({', '.join(names)}) "
                f"SELECT {', '.join(map(str, values))} FROM {' CROSS JOIN '.join(sources)}")

    def number(self, of):
        """A number below 2^28 that looks like chance."""
        return f"(({of} * 1103515245 + {self.seed} * 12345 + 67890) % 268435456)"

    def folder(self, table):
        return self.d.concat(f"'{WAREHOUSE}/db_'", f"{table} % {self.databases}", "'.db/events_'", table)

    def database_rows(self):
        number, location = "(n.seq - 1)", f"'{WAREHOUSE}/db_'"
        values = ["n.seq", "'bench'", self.d.concat(location, number, "'.db'"), self.d.concat("'db_'", number),
                  "'etl'", "'USER'", "'hive'"]
        yield self.insert("DBS", values, self.d.series(1, self.databases, "n"))

    def storage_rows(self, numbers, storage, columns, location, parameters=True):
        """SERDES, SERDE_PARAMS and SDS; a descriptor and its SerDe have the same id."""
        yield self.insert("SERDES", [storage, "NULL", f"'{PARQUET}.serde.ParquetHiveSerDe'"], numbers)
        if parameters:
            yield self.insert("SERDE_PARAMS", [storage, "'serialization.format'", "'1'"], numbers)
        yield self.insert("SDS", [storage, columns, f"'{PARQUET}.MapredParquetInputFormat'", self.d.false, self.d.false,
                                  location, -1, f"'{PARQUET}.MapredParquetOutputFormat'", storage], numbers)

    def table_rows(self, numbers, table, rank):
        """CDS, SDS, TBLS and one parameter; `table` is the id of all of them, `rank` counts from 0."""
        yield self.insert("CDS", [table], numbers)
        yield from self.storage_rows(numbers, table, table, self.folder(rank))
        yield self.insert("TBLS", [table, "1600000000 + n.seq", f"1 + {rank} % {self.databases}", 0, "'etl'", "'USER'",
                                   0, table, self.d.concat("'events_'", rank), "'EXTERNAL_TABLE'",
                                   self.d.false], numbers)
        yield self.insert("TABLE_PARAMS", [table, "'EXTERNAL'", "'TRUE'"], numbers)

    def column_rows(self, numbers, table, count, long_type="'string'"):
        kind = f"CASE c.seq % 2 WHEN 1 THEN {long_type} ELSE 'bigint' END"
        yield self.insert("COLUMNS_V2", [table, "NULL", self.d.concat("'c'", "c.seq"), kind, "c.seq"],
                          numbers, self.d.series(0, count - 1, "c"))


class Partitions(Shape):
    """`size` partitions of 100 tables of 20 columns. Each takes 11 rows, as an ordinary one does.

    PARTITIONS, SDS, SERDES, one SERDE_PARAMS, two PARTITION_KEY_VALS and five PARTITION_PARAMS.
    """

    tables = 100

    def statements(self):
        d, storage = self.d, f"{10 * self.tables} + n.seq"
        tables, parts, keys = d.series(1, self.tables, "n"), d.series(1, self.size, "n"), d.series(0, 1, "k")
        yield from self.database_rows()
        yield from self.table_rows(tables, "n.seq", "(n.seq - 1)")
        yield from self.column_rows(tables, "n.seq", 20)
        yield self.insert("PARTITION_KEYS", ["n.seq", "NULL", "CASE k.seq WHEN 1 THEN 'hh' ELSE 'dt' END", "'string'",
                                             "k.seq"], tables, keys)

        table, rank = f"((n.seq - 1) % {self.tables})", d.divided("(n.seq - 1)", self.tables)
        day, hour = d.day(d.divided(rank, 24)), d.two_digits(f"{rank} % 24")
        name = ["'dt='", day, "'/hh='", hour]
        location = d.concat(self.folder(table), "'/'", *name)
        yield from self.storage_rows(parts, storage, f"1 + {table}", location)
        yield self.insert("PARTITIONS", ["n.seq", "1600000000 + n.seq", 0, d.concat(*name), storage, f"1 + {table}"],
                          parts)
        yield self.insert("PARTITION_KEY_VALS", ["n.seq", f"CASE k.seq WHEN 1 THEN {hour} ELSE {day} END", "k.seq"],
                          parts, keys)
        yield self.parameter_rows(parts)

    def parameter_rows(self, parts):
        number = self.number("n.seq")
        values = {"numFiles": f"{number} % 97", "numRows": number, "rawDataSize": f"{number} * 13",
                  "totalSize": f"{number} * 7", "transient_lastDdlTime": f"1600000000 + {number} % 10000000"}
        keys = " ".join(f"WHEN {at} THEN '{key}'" for at, key in enumerate(values))
        texts = " ".join(f"WHEN {at} THEN {value}" for at, value in enumerate(values.values()))
        return self.insert("PARTITION_PARAMS", ["n.seq", f"CASE k.seq {keys} END",
                                                self.d.text(f"CASE k.seq {texts} END")],
                           parts, self.d.series(0, len(values) - 1, "k"))


class Tables(Shape):
    """`size` tables of 10 columns and no partition, in 100 databases."""

    databases = 100

    def statements(self):
        tables = self.d.series(1, self.size, "n")
        yield from self.database_rows()
        yield from self.table_rows(tables, "n.seq", "(n.seq - 1)")
        yield from self.column_rows(tables, "n.seq", 10)


class Ugly(Shape):
    """What metastores are like that have been lived in; `size` counts partitions.

    One table holds half of them or more, and each of size / 5 tables has a single one. Some tables have 1,000 columns;
    every 500th partition has 200 parameters, every 100th a value of 4,000 characters. All ids have gaps of about 1,000,
    and a third of the storage descriptors belong to nobody.
    """

    def __init__(self, dialect, size, seed):
        super().__init__(dialect, size, seed)
        self.small, self.wide = max(1, size // 5), max(1, size // 2500)
        self.tables = self.small + 1 + self.wide
        self.huge = size - self.small - 10 * self.wide  # partitions of the table after the small ones

    def statements(self):
        d = self.d
        every, table = d.series(1, self.tables, "n"), self.sparse("n.seq")
        yield from self.database_rows()
        yield from self.table_rows(every, table, "(n.seq - 1)")
        yield from self.column_rows(d.series(1, self.small + 1, "n"), table, 20)
        yield from self.column_rows(d.series(self.small + 2, self.tables, "n"), table, 1000,
                                    "'struct<a:int,b:array<string>>'")
        yield self.insert("TABLE_PARAMS", [self.sparse("(n.seq * 100)"), "'avro.schema.literal'", d.long_text(4000)],
                          d.series(1, max(1, self.tables // 100), "n"))
        yield self.insert("PARTITION_KEYS", [table, "NULL", "'k'", "'string'", 0], every)
        yield from self.partition_statements(d.series(1, self.size, "n"))
        yield from self.storage_rows(d.series(1, self.size // 2, "n"), self.sparse(f"({self.tables} + 3 * n.seq)"),
                                     self.sparse(1), d.concat(f"'{WAREHOUSE}/gone_'", "n.seq"), parameters=False)

    def partition_statements(self, parts):
        d, part, value = self.d, self.sparse("n.seq"), self.d.concat("'v'", "n.seq")
        first_wide = self.small + self.huge + 1
        owner = (f"(CASE WHEN n.seq <= {self.small} THEN n.seq WHEN n.seq < {first_wide} THEN {self.small + 1} "
                 f"ELSE {self.small + 2} + {d.divided(f'(n.seq - {first_wide})', 10)} END)")
        # Two numbers of three; the third is an orphan's.
        storage = self.sparse(f"({self.tables} + n.seq + {d.divided('(n.seq - 1)', 2)})")
        place = d.concat(self.folder(f"({owner} - 1)"), "'/k='", value)
        yield from self.storage_rows(parts, storage, self.sparse(owner), place)
        yield self.insert("PARTITIONS", [part, "1600000000 + n.seq", 0, d.concat("'k='", value), storage,
                                         self.sparse(owner)], parts)
        yield self.insert("PARTITION_KEY_VALS", [part, value, 0], parts)
        for key in ("numRows", "totalSize"):
            yield self.insert("PARTITION_PARAMS", [part, f"'{key}'", d.text(self.number("n.seq"))], parts)
        yield self.insert("PARTITION_PARAMS", [self.sparse("(n.seq * 100)"), "'comment'", d.long_text(4000)],
                          d.series(1, max(1, self.size // 100), "n"))
        yield self.insert("PARTITION_PARAMS", [self.sparse("(n.seq * 500)"), d.concat("'param_'", "c.seq"),
                                               d.concat("'value '", "c.seq")],
                          d.series(1, max(1, self.size // 500), "n"), d.series(1, 200, "c"))

    def sparse(self, rank):
        """An id for each rank, growing with it, with gaps that look like chance."""
        return f"({rank} * 1009 + ({rank} * 7919 + {self.seed}) % 1000)"


def fill(connection, dialect, shape, size, seed):
    """Fills an empty metastore; returns how many rows it took."""
    cursor, rows = connection.cursor(), 0
    for statement in (*dialect.before, *shape(dialect, size, seed).statements()):
        cursor.execute(statement)
        rows += max(0, cursor.rowcount)
    connection.commit()
    cursor.execute(dialect.analyze(FILLED))
    if cursor.description:
        cursor.fetchall()
    connection.commit()
    return rows
