"""Copies a partitioned table as a Spark job does it, run by HiveLab.run_spark in two steps: read FILE, then write FILE.

Prints `took {...}`: the seconds of its work, and the CPU seconds and peak memory of Spark's JVM.
"""

import json
import re
import sys
import time
from pathlib import Path

from support.measured import of_running
from support.spark_session import session

PER_STATEMENT = 100


def read(spark, database, table):
    place = {row.info_name: row.info_value for row in spark.sql(f"DESCRIBE DATABASE {database}").collect()}["Location"]
    create = spark.sql(f"SHOW CREATE TABLE {database}.{table} AS SERDE").collect()[0][0]
    create = re.sub(r"WITH SERDEPROPERTIES \(\s*\)\n", "", create)  # which Spark writes and does not read
    listed = spark._jsparkSession.sharedState().externalCatalog().listPartitions(
        database, table, spark._jvm.scala.Option.empty())
    partitions = []
    for number in range(listed.size()):
        partition = listed.apply(number)
        partitions.append([partition.spec().apply("k"), partition.storage().locationUri().get().toString()])
    return {"location": place, "create": create, "partitions": partitions}


def write(spark, catalog, database, table):
    spark.sql(f"CREATE DATABASE IF NOT EXISTS {database} LOCATION '{catalog['location']}'")
    spark.sql(catalog["create"])
    partitions = catalog["partitions"]
    for first in range(0, len(partitions), PER_STATEMENT):
        added = " ".join(f"PARTITION (k = '{value}') LOCATION '{place}'"
                         for value, place in partitions[first:first + PER_STATEMENT])
        spark.sql(f"ALTER TABLE {database}.{table} ADD IF NOT EXISTS {added}")


def main(step, file, database, table):
    spark, catalog = session(), Path(file)
    started = time.monotonic()
    if step == "read":
        catalog.write_text(json.dumps(read(spark, database, table)), encoding="utf-8")
    else:
        write(spark, json.loads(catalog.read_text(encoding="utf-8")), database, table)
    seconds = time.monotonic() - started
    cpu_seconds, peak_bytes = of_running(spark.sparkContext._gateway.proc.pid)
    print("took", json.dumps({"seconds": seconds, "cpu_seconds": cpu_seconds, "peak_bytes": peak_bytes}))
    spark.stop()


main(*sys.argv[1:])
