"""Fills a Hive 3.1 metastore on MariaDB with partitions, inside the server.

Every partition takes 11 rows, as an ordinary one does: PARTITIONS, SDS, SERDES, one SERDE_PARAMS,
two PARTITION_KEY_VALS and five PARTITION_PARAMS. The same size and seed give the same rows.
"""

TABLES = 100
DATABASES = 10
WAREHOUSE = "hdfs://nn1:8020/warehouse"


def statements(partitions, seed):
    """The SQL statements, in an order that respects foreign keys."""
    part = f"seq_1_to_{partitions}"
    table = f"(n.seq - 1) % {TABLES}"
    rank = f"((n.seq - 1) DIV {TABLES})"
    dt = f"DATE_ADD('2000-01-01', INTERVAL {rank} DIV 24 DAY)"
    hour = f"LPAD({rank} % 24, 2, '0')"
    folder = f"CONCAT('{WAREHOUSE}/db_', {table} % {DATABASES}, '.db/events_', {table})"
    noise = f"MD5(CONCAT({int(seed)}, '/', n.seq))"
    number = f"CONV(SUBSTR({noise}, 1, 7), 16, 10)"
    base = 10 * TABLES
    text_input = "'org.apache.hadoop.hive.ql.io.parquet.MapredParquetInputFormat'"
    text_output = "'org.apache.hadoop.hive.ql.io.parquet.MapredParquetOutputFormat'"
    lib = "'org.apache.hadoop.hive.ql.io.parquet.serde.ParquetHiveSerDe'"

    yield (f"INSERT INTO DBS (DB_ID, `DESC`, DB_LOCATION_URI, NAME, OWNER_NAME, OWNER_TYPE, CTLG_NAME) "
           f"SELECT n.seq, 'bench', CONCAT('{WAREHOUSE}/db_', n.seq - 1, '.db'), CONCAT('db_', n.seq - 1), "
           f"'etl', 'USER', 'hive' FROM seq_1_to_{DATABASES} n")
    tables = f"seq_1_to_{TABLES} n"
    yield f"INSERT INTO CDS (CD_ID) SELECT n.seq FROM {tables}"
    yield (f"INSERT INTO COLUMNS_V2 (CD_ID, COMMENT, COLUMN_NAME, TYPE_NAME, INTEGER_IDX) "
           f"SELECT n.seq, NULL, CONCAT('c', c.seq), IF(c.seq % 2, 'string', 'bigint'), c.seq "
           f"FROM {tables}, seq_0_to_19 c")
    yield f"INSERT INTO SERDES (SERDE_ID, NAME, SLIB) SELECT n.seq, NULL, {lib} FROM {tables}"
    yield (f"INSERT INTO SERDE_PARAMS (SERDE_ID, PARAM_KEY, PARAM_VALUE) "
           f"SELECT n.seq, 'serialization.format', '1' FROM {tables}")
    table_folder = folder.replace(f"{table}", "(n.seq - 1)")
    yield (f"INSERT INTO SDS (SD_ID, CD_ID, INPUT_FORMAT, IS_COMPRESSED, IS_STOREDASSUBDIRECTORIES, LOCATION, "
           f"NUM_BUCKETS, OUTPUT_FORMAT, SERDE_ID) SELECT n.seq, n.seq, {text_input}, 0, 0, {table_folder}, -1, "
           f"{text_output}, n.seq FROM {tables}")
    yield (f"INSERT INTO TBLS (TBL_ID, CREATE_TIME, DB_ID, LAST_ACCESS_TIME, OWNER, OWNER_TYPE, RETENTION, SD_ID, "
           f"TBL_NAME, TBL_TYPE, IS_REWRITE_ENABLED) SELECT n.seq, 1600000000 + n.seq, "
           f"1 + (n.seq - 1) % {DATABASES}, 0, 'etl', 'USER', 0, n.seq, CONCAT('events_', n.seq - 1), "
           f"'EXTERNAL_TABLE', 0 FROM {tables}")
    yield (f"INSERT INTO TABLE_PARAMS (TBL_ID, PARAM_KEY, PARAM_VALUE) "
           f"SELECT n.seq, 'EXTERNAL', 'TRUE' FROM {tables}")
    yield (f"INSERT INTO PARTITION_KEYS (TBL_ID, PKEY_COMMENT, PKEY_NAME, PKEY_TYPE, INTEGER_IDX) "
           f"SELECT n.seq, NULL, IF(k.seq, 'hh', 'dt'), 'string', k.seq FROM {tables}, seq_0_to_1 k")

    yield f"INSERT INTO SERDES (SERDE_ID, NAME, SLIB) SELECT {base} + n.seq, NULL, {lib} FROM {part} n"
    yield (f"INSERT INTO SERDE_PARAMS (SERDE_ID, PARAM_KEY, PARAM_VALUE) "
           f"SELECT {base} + n.seq, 'serialization.format', '1' FROM {part} n")
    yield (f"INSERT INTO SDS (SD_ID, CD_ID, INPUT_FORMAT, IS_COMPRESSED, IS_STOREDASSUBDIRECTORIES, LOCATION, "
           f"NUM_BUCKETS, OUTPUT_FORMAT, SERDE_ID) SELECT {base} + n.seq, 1 + {table}, {text_input}, 0, 0, "
           f"CONCAT({folder}, '/dt=', {dt}, '/hh=', {hour}), -1, {text_output}, {base} + n.seq FROM {part} n")
    yield (f"INSERT INTO PARTITIONS (PART_ID, CREATE_TIME, LAST_ACCESS_TIME, PART_NAME, SD_ID, TBL_ID) "
           f"SELECT n.seq, 1600000000 + n.seq, 0, CONCAT('dt=', {dt}, '/hh=', {hour}), {base} + n.seq, 1 + {table} "
           f"FROM {part} n")
    yield (f"INSERT INTO PARTITION_KEY_VALS (PART_ID, PART_KEY_VAL, INTEGER_IDX) "
           f"SELECT n.seq, IF(k.seq, {hour}, {dt}), k.seq FROM {part} n, seq_0_to_1 k")
    for key, value in (("numFiles", f"{number} % 97"), ("numRows", number), ("rawDataSize", f"{number} * 13"),
                       ("totalSize", f"{number} * 7"), ("transient_lastDdlTime", f"1600000000 + {number} % 10000000")):
        yield (f"INSERT INTO PARTITION_PARAMS (PART_ID, PARAM_KEY, PARAM_VALUE) "
               f"SELECT n.seq, '{key}', {value} FROM {part} n")


def fill(server, database, partitions, seed):
    connection = server.connect(database)
    with connection.cursor() as cursor:
        for statement in statements(partitions, seed):
            cursor.execute(statement)
            connection.commit()
        cursor.execute("ANALYZE TABLE PARTITIONS, SDS, SERDES, SERDE_PARAMS, PARTITION_PARAMS, PARTITION_KEY_VALS")
        cursor.fetchall()
    connection.close()
