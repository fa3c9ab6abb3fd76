"""What Spark does in a migration's tests, run by HiveLab.run_spark: fills a database, works in one, tells all it reads.

Arguments: the file for the answers, and steps of a word and what it takes, parted by blanks. Each `tell` is one answer.
Tables that Hive's own writer fills do not lie on hdfs:, where it insists on a real HDFS client.
"""

import json
import sys
from pathlib import Path

from support.spark_session import session

FILL = r"""
CREATE DATABASE {db} COMMENT 'the shop 商店' LOCATION '{root}/{db}.db'
  WITH DBPROPERTIES ('team' = 'bi')
USE {db}
CREATE TABLE goods (id BIGINT, price DECIMAL(20,4), tags ARRAY<STRING>, more MAP<STRING, INT>,
  inner STRUCT<a: INT, b: STRING>) STORED AS PARQUET
INSERT INTO goods SELECT 1, 1.25, array('a', 'b'), map('k', 1), named_struct('a', 1, 'b', 'x')
  UNION ALL SELECT 2, NULL, NULL, NULL, NULL
CREATE TABLE orders (id INT, at TIMESTAMP, flag BOOLEAN)
  PARTITIONED BY (day STRING COMMENT 'the day', hour INT) STORED AS ORC
INSERT INTO orders PARTITION (day, hour)
  VALUES (1, TIMESTAMP '2024-01-01 10:00:00.123', true, '2024-01-01', 1), (2, NULL, false, '2024-01-01', 2),
  (3, NULL, NULL, 'a/b:c%d é 北京', 3), (4, NULL, NULL, NULL, 4)
ALTER TABLE orders ADD PARTITION (day = 'far', hour = 0) LOCATION '{root}/elsewhere/far away'
INSERT INTO orders PARTITION (day = 'far', hour = 0) VALUES (5, NULL, true)
ALTER TABLE orders ADD COLUMNS (note STRING COMMENT 'added later')
INSERT INTO orders PARTITION (day, hour) VALUES (6, NULL, true, 'with a note', '2024-01-02', 1)
CREATE TABLE visits (Id INT, `Mixed Case` STRING, day DATE) USING csv
  OPTIONS (header 'true', sep '|') PARTITIONED BY (day)
INSERT INTO visits VALUES (1, 'a|b', DATE '2024-01-01'), (2, 'ü', DATE '2024-01-02'), (3, NULL, NULL)
CREATE TABLE notes (id INT, text STRING, list ARRAY<INT>) USING json LOCATION '{root}/notes in json'
INSERT INTO notes VALUES (1, 'one "quoted"', array(1, 2)), (2, '二', NULL)
CREATE TABLE wide (id INT, {wide}) USING parquet PARTITIONED BY (id)
INSERT INTO wide (c0, id) SELECT named_struct('x', 7, 'y', 'seven'), 1
CREATE TABLE bucketed (id INT, name STRING) USING orc CLUSTERED BY (id) INTO 2 BUCKETS
INSERT INTO bucketed VALUES (1, 'one'), (2, 'two'), (3, 'three')
CREATE TABLE people (id INT, name STRING COMMENT '名字')
  PARTITIONED BY (town STRING) STORED AS AVRO LOCATION '{text}/people'
INSERT INTO people PARTITION (town = 'x y=z') VALUES (1, 'Ann'), (2, '王')
INSERT INTO people PARTITION (town = 'Bonn') VALUES (3, NULL)
CREATE TABLE lines (id INT, text STRING) ROW FORMAT DELIMITED FIELDS TERMINATED BY ',' ESCAPED BY '\\'
  STORED AS TEXTFILE LOCATION '{text}/lines'
INSERT INTO lines VALUES (1, 'a,b'), (2, NULL), (3, '')
CREATE TABLE quoted (a STRING, b STRING) ROW FORMAT SERDE 'org.apache.hadoop.hive.serde2.OpenCSVSerde'
  STORED AS TEXTFILE LOCATION '{text}/quoted'
INSERT INTO quoted VALUES ('1', 'x "y", z')
CREATE EXTERNAL TABLE nothing_yet (id INT) PARTITIONED BY (day STRING) STORED AS PARQUET LOCATION '{root}/nothing yet'
CREATE VIEW spark_view (ident COMMENT 'renamed', day) COMMENT 'of orders' AS SELECT id, day FROM orders WHERE hour > 0
"""
WIDE = ", ".join(f"c{number} STRUCT<x: INT, y: STRING COMMENT 'the comment of {number}'>" for number in range(80))

BESIDE = r"""
USE {db}
CREATE TABLE theirs_plain (id INT, name STRING) STORED AS PARQUET
INSERT INTO theirs_plain VALUES (1, 'one'), (2, NULL)
ALTER TABLE theirs_plain SET TBLPROPERTIES ('theirs' = 'yes')
CREATE TABLE theirs_by_day (id INT) PARTITIONED BY (day STRING) STORED AS ORC
INSERT INTO theirs_by_day PARTITION (day) VALUES (1, 'a'), (2, 'b'), (3, 'c')
ALTER TABLE theirs_by_day DROP PARTITION (day = 'b')
ALTER TABLE theirs_by_day ADD COLUMNS (more STRING)
ALTER TABLE theirs_by_day PARTITION (day = 'c') RENAME TO PARTITION (day = 'd')
ALTER TABLE nothing_yet ADD PARTITION (day = 'theirs')
CREATE TABLE theirs_dropped (id INT) PARTITIONED BY (k INT) STORED AS PARQUET
INSERT INTO theirs_dropped PARTITION (k) VALUES (1, 1), (2, 2)
DROP TABLE theirs_dropped
CREATE DATABASE theirs LOCATION '{root}/theirs.db'
CREATE TABLE theirs.copied USING parquet AS SELECT id, day FROM {db}.orders
ALTER TABLE theirs.copied SET TBLPROPERTIES ('theirs' = 'yes')
"""


def execute(spark, statements, **words):
    spark.sql("SET hive.exec.dynamic.partition.mode = nonstrict")
    for statement in statements.strip().replace("\n  ", " ").splitlines():
        for word, value in words.items():
            statement = statement.replace("{%s}" % word, value)
        try:
            spark.sql(statement)
        except Exception as error:
            raise RuntimeError(f"in {statement}") from error


def told(spark, name):
    """What a table has: its columns, its rows in one order, and the files that they are in."""
    table = spark.table(name)
    rows = sorted(json.dumps(row.asDict(recursive=True), default=str, ensure_ascii=False) for row in table.collect())
    return {"schema": table.schema.simpleString(), "rows": rows, "files": sorted(table.inputFiles())}


def everything(spark):
    names = [f"{database.name}.{table.name}" for database in spark.catalog.listDatabases()
             for table in spark.catalog.listTables(database.name)]
    return {name: told(spark, name) for name in names}


def main(file, *steps):
    spark, answers = session(), []
    for step in steps:
        action, *words = step.split()
        if action == "fill":
            execute(spark, FILL, wide=WIDE, **dict(zip(("db", "root", "text"), words)))
        elif action == "beside":
            execute(spark, BESIDE, **dict(zip(("db", "root"), words)))
        elif action == "tell":
            answers.append(everything(spark))
    Path(file).write_text(json.dumps(answers, ensure_ascii=False), encoding="utf-8")
    spark.stop()


main(*sys.argv[1:])
