#!/usr/bin/env python3
"""Times partitions through a running metastore service against a plain client of the same service, in one run.

    tests/bench/bench_service.py [--version 3.1.3|4.0.1] [--partitions N] [--workers W] [--json FILE]

The plain client is a Java program on Hive's own classes that makes the same partitions of another table by
add_partitions_req, 1,000 to a call, needResult=false, and counts its calls only. metaferry's time is the whole run of a
job, from a SQLite source whose other objects are there already. 3.1.3 stands on MariaDB, 4.0.1 on PostgreSQL.
"""
import argparse
import json
import os
import pathlib
import shutil
import tempfile
import time

import bench
from support.hive_lab import HiveLab
from support.metastore_model import Column, Database, Partition, StorageDescriptor, Table
from support.metastore_service import MetastoreService
from support.metastore_target import MetastoreDatabase
from support.program import write_job
from support.servers import MariaDB, PostgreSQL

ROOT = "hdfs://nn1:8020/warehouse/bench.db"
COLUMNS = [Column(f"c{number}", "string") for number in range(20)]
PER_CALL = 1000


def source(folder, partitions):
    made = MetastoreDatabase.in_file(folder / f"source{partitions}.db")
    made.fill([Database("bench", ROOT, tables=[Table(
        "ours", StorageDescriptor(COLUMNS, f"{ROOT}/ours"), type="EXTERNAL_TABLE", params={"EXTERNAL": "TRUE"},
        partition_keys=[Column("k", "string")],
        partitions=[Partition([f"{number:07}"], StorageDescriptor(COLUMNS, f"{ROOT}/ours/k={number:07}"), {"a": "1"})
                    for number in range(partitions)])])])
    return made


def job(folder, made, service, workers):
    place = folder / made.path.stem
    place.mkdir()
    return write_job(place, made.url, target_catalog="hive",
                     metaferry={"target": service.endpoint, "workers": workers})


def plain_client(service, partitions):
    """Seconds of the calls."""
    sd = {"cols": [{"name": column.name, "type": column.type} for column in COLUMNS], "location": f"{ROOT}/theirs",
          "inputFormat": "org.apache.hadoop.mapred.TextInputFormat",
          "outputFormat": "org.apache.hadoop.hive.ql.io.HiveIgnoreKeyTextOutputFormat", "compressed": False, "numBuckets": -1,
          "serdeInfo": {"serializationLib": "org.apache.hadoop.hive.serde2.lazy.LazySimpleSerDe", "parameters": {}},
          "bucketCols": [], "sortCols": [], "parameters": {}}
    seconds = 0
    with service.client() as client:
        client.create_table({
            "dbName": "bench", "tableName": "theirs", "tableType": "EXTERNAL_TABLE", "sd": sd, "owner": "bench", "createTime": 0,
            "lastAccessTime": 0, "retention": 0, "parameters": {"EXTERNAL": "TRUE"},
            "partitionKeys": [{"name": "k", "type": "string"}]})
        for first in range(0, partitions, PER_CALL):
            parts = [{"dbName": "bench", "tableName": "theirs", "values": [f"{number:07}"], "parameters": {"a": "1"},
                      "createTime": 0, "lastAccessTime": 0, "sd": sd | {"location": f"{ROOT}/theirs/k={number:07}"}}
                     for number in range(first, min(first + PER_CALL, partitions))]
            request = {"dbName": "bench", "tblName": "theirs", "parts": parts, "ifNotExists": False, "needResult": False}
            begin = time.monotonic()
            client.add_partitions_req(request)
            seconds += time.monotonic() - begin
    return seconds


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--version", choices=["3.1.3", "4.0.1"], default="3.1.3")
    parser.add_argument("--partitions", type=int, default=10_000)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--json")
    parser.add_argument("--metaferry",
                        default=os.environ.get("METAFERRY", str(bench.HERE.parents[1] / "build/release/metaferry")))
    options = parser.parse_args()
    folder = pathlib.Path(tempfile.mkdtemp(prefix="metaferry-bench-"))
    server = (MariaDB if options.version == "3.1.3" else PostgreSQL)().start()
    try:
        service = MetastoreService.on_new_schema(HiveLab(), server, "bench_service", options.version)
        try:
            # The service's own first steps, and what partitions need, are nobody's time.
            bench.timed([options.metaferry, "run", str(job(folder, source(folder, 0), service, options.workers))], {})
            peer = plain_client(service, options.partitions)
            results = {"version": options.version, "partitions": options.partitions, "peer": peer}
            print(f"{'plain client':<14} {peer:8.2f} s  {options.partitions / peer:8.0f} partitions/s")
            made = str(job(folder, source(folder, options.partitions), service, options.workers))
            for step in ("run", "again"):
                seconds, cpu, peak = bench.timed([options.metaferry, "run", made], {})
                results[step] = {"seconds": seconds, "ratio": peer / seconds, "cpu": cpu, "peak": peak}
                print(f"{step:<14} {seconds:8.2f} s  {options.partitions / seconds:8.0f} partitions/s  {peer / seconds:5.2f} x  "
                      f"CPU {cpu:5.2f} s  {peak / 2**20:6.1f} MiB")
            if options.json:
                pathlib.Path(options.json).write_text(json.dumps(results, indent=2))
        finally:
            service.stop()
    finally:
        server.close()
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main()
