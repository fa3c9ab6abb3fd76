"""Fills a metastore with what Spark writes into one; run by HiveLab.run_spark.

Text tables that get rows lie on obs: Hive's writer insists on a real HDFS client for hdfs locations.
"""

from support.spark_session import session

STATEMENTS = r"""
CREATE DATABASE sales COMMENT 'sales figures 销售' LOCATION 'hdfs://nn1:8020/warehouse/sales.db'
  WITH DBPROPERTIES ('team' = 'bi', 'empty' = '', 'quote' = 'a "b" \\ c')
CREATE DATABASE lake LOCATION 'obs://lake/warehouse/lake.db'
USE sales
CREATE TABLE plain (id INT COMMENT 'key', name STRING) COMMENT 'a text table' LOCATION 'obs://lake/plain' TBLPROPERTIES ('note' = '', 'unicode' = '城市 🚢')
CREATE TABLE csv_text (a INT, b STRING) ROW FORMAT DELIMITED FIELDS TERMINATED BY ',' ESCAPED BY '\\' LINES TERMINATED BY '\n' NULL DEFINED AS 'NULL' STORED AS TEXTFILE
CREATE TABLE csv_serde (a STRING, b STRING) ROW FORMAT SERDE 'org.apache.hadoop.hive.serde2.OpenCSVSerde' WITH SERDEPROPERTIES ('separatorChar' = '\t', 'quoteChar' = "'") STORED AS TEXTFILE
CREATE TABLE json_serde (a INT, b STRING) ROW FORMAT SERDE 'org.apache.hive.hcatalog.data.JsonSerDe' STORED AS TEXTFILE
CREATE TABLE orc_t (id BIGINT, price DECIMAL(20,4), at TIMESTAMP, day DATE, flag BOOLEAN, ratio DOUBLE, blob BINARY) STORED AS ORC TBLPROPERTIES ('orc.compress' = 'ZLIB')
CREATE TABLE parquet_t (id BIGINT, tags ARRAY<STRING>, attributes MAP<STRING, INT>, nested STRUCT<a: INT, b: STRUCT<c: STRING COMMENT 'deep', d: ARRAY<DECIMAL(10,2)>>>) STORED AS PARQUET
CREATE TABLE avro_t (id INT, name STRING COMMENT '名字') STORED AS AVRO
CREATE TABLE sequence_t (id INT) STORED AS SEQUENCEFILE
CREATE TABLE rc_t (id INT) STORED AS RCFILE
CREATE TABLE chars (c CHAR(10), v VARCHAR(200), t TINYINT, s SMALLINT, f FLOAT)
CREATE EXTERNAL TABLE outside (id INT) STORED AS PARQUET LOCATION 's3a://bucket/outside data'
CREATE TABLE clicks (url STRING, n INT) PARTITIONED BY (dt STRING COMMENT 'day', hour INT) STORED AS PARQUET
ALTER TABLE clicks ADD PARTITION (dt = '2024-01-01', hour = 1) PARTITION (dt = '2024-01-01', hour = 2) PARTITION (dt = '2024-01-02', hour = 1)
ALTER TABLE clicks ADD PARTITION (dt = '2024-02-01', hour = 0) LOCATION 'obs://lake/elsewhere/clicks'
ALTER TABLE clicks ADD COLUMNS (referrer STRING COMMENT 'added later')
ALTER TABLE clicks ADD PARTITION (dt = '2024-03-01', hour = 0)
INSERT INTO clicks PARTITION (dt = '2024-01-01', hour = 1) VALUES ('u', 1, 'r')
CREATE TABLE by_decimal (v STRING) PARTITIONED BY (price DECIMAL(10,2)) STORED AS ORC
ALTER TABLE by_decimal ADD PARTITION (price = 1.50) PARTITION (price = -0.01)
CREATE TABLE by_timestamp (v STRING) PARTITIONED BY (at TIMESTAMP) STORED AS ORC
ALTER TABLE by_timestamp ADD PARTITION (at = TIMESTAMP '2024-01-01 10:00:00') PARTITION (at = TIMESTAMP '2024-01-01 10:00:00.123')
CREATE TABLE by_text (v STRING) PARTITIONED BY (k STRING) STORED AS TEXTFILE LOCATION 'obs://lake/by text'
ALTER TABLE by_text ADD PARTITION (k = 'a/b:c%d') PARTITION (k = 'x y+z&=#?') PARTITION (k = '北京') PARTITION (k = 'A') PARTITION (k = 'a') PARTITION (k = "q'u\"o\\te") PARTITION (k = '{[^*]}') PARTITION (k = '🚢')
SET hive.exec.dynamic.partition.mode = nonstrict
INSERT INTO by_text PARTITION (k) SELECT 'v', CAST(NULL AS STRING) UNION ALL SELECT 'w', 'dynamic'
CREATE TABLE bucketed (id INT, name STRING) CLUSTERED BY (id, name) SORTED BY (id) INTO 4 BUCKETS STORED AS ORC
CREATE TABLE ds_parquet (Id BIGINT, `Mixed Case` STRING) USING parquet OPTIONS (compression 'snappy') COMMENT 'data source'
CREATE TABLE ds_partitioned (id INT, day DATE) USING orc PARTITIONED BY (day) CLUSTERED BY (id) INTO 2 BUCKETS
INSERT INTO ds_partitioned VALUES (1, DATE '2024-01-01'), (2, DATE '2024-01-02')
CREATE TABLE ds_json (a INT) USING json LOCATION 'obs://lake/json data'
CREATE TABLE ds_csv (a INT, b STRING) USING csv OPTIONS (header 'true', sep '|')
CREATE VIEW v_plain (ident COMMENT 'renamed', name) COMMENT 'a view' TBLPROPERTIES ('x' = 'y') AS SELECT id, name FROM plain WHERE name <> 'it''s'
CREATE VIEW v_join AS SELECT c.url, p.name FROM clicks c JOIN plain p ON c.n = p.id
INSERT INTO plain VALUES (1, 'one'), (2, NULL)
ANALYZE TABLE plain COMPUTE STATISTICS FOR COLUMNS id, name
ANALYZE TABLE clicks PARTITION (dt = '2024-01-01', hour = 1) COMPUTE STATISTICS
CREATE FUNCTION sales.to_city AS 'com.example.ToCity' USING JAR 'hdfs://nn1:8020/udf/city.jar', FILE 'obs://lake/udf/城市.txt'
USE lake
CREATE TABLE managed (id INT)
CREATE TABLE wide_schema (WIDE) USING parquet
CREATE VIEW v_other AS SELECT * FROM sales.plain
"""
# Long enough that Spark has to cut its JSON schema into several table properties.
WIDE = ", ".join(f"column_with_a_long_name_{number} STRUCT<x: INT, y: STRING COMMENT 'comment {number}'>" for number in range(60))


def statements():
    current = ""
    for line in STATEMENTS.strip().splitlines():
        if line.startswith("  "):
            current += line
            continue
        if current:
            yield current
        current = line
    yield current


spark = session()
for statement in statements():
    try:
        spark.sql(statement.replace("(WIDE)", f"({WIDE})"))
    except Exception as error:
        raise RuntimeError(f"in {statement}") from error
spark.stop()
