#!/usr/bin/env python3
"""Times migrations into an empty Hive metastore against dump-and-load of the same data, in one run, as ratios.

    tests/bench/bench_target.py [--engine mariadb|postgres] [--partitions N] [--seed S] [--workers W] [--json FILE]

The peer is `mariadb-dump --single-transaction | mariadb` (or `pg_dump --data-only | psql`) into the same schema with its
indexes and keys. Prints wall time, ratio, the client's CPU seconds and its peak memory for the first run and a second
one that finds nothing to do. PostgreSQL's source is made from MariaDB's by the program itself, and not timed.
"""
import argparse
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import time

import bench
import generate
from support.hive_lab import HiveLab
from support.servers import PASSWORD_VARIABLE, PostgreSQL, find_program

KINDS = ["DATABASE", "FUNCTION", "TABLE", "PARTITION"]


def job_file(folder, source, target, user, workers):
    endpoint = {"username": user, "password": "${env:%s}" % PASSWORD_VARIABLE}
    job = {"name": "bench_target", "type": "METADATA_MIGRATION", "parameter": {"metadata_migration_parameter": {
        "source_catalog": "hive", "target_catalog": "hive", "conflict_strategy": "UPSERT",
        "log_location": "file:./runs", "sync_objects": KINDS,
        "locations": [{"key": generate.WAREHOUSE, "value": "obs://lake/warehouse"}]}},
        "metaferry": {"source": {"url": source, **endpoint}, "target": {"url": target, **endpoint}, "workers": workers}}
    path = folder / "job.json"
    path.write_text(json.dumps(job))
    return str(path)


def dump_and_load(server):
    """Everything but what a new schema holds already."""
    kept = ["VERSION", "CTLGS", "NOTIFICATION_SEQUENCE", "SEQUENCE_TABLE", "NEXT_COMPACTION_QUEUE_ID", "NEXT_LOCK_ID",
            "NEXT_TXN_ID", "TXN_LOCK_TBL"]
    if server.dialect == "mysql":
        login = ["--no-defaults", "-h127.0.0.1", f"-P{server.port}", f"-u{server.user}"]
        dump = [find_program("mariadb-dump"), *login, "--single-transaction", "--no-create-info",
                *[f"--ignore-table=hms.{table}" for table in kept], "hms"]
        load, environment = [find_program("mariadb"), *login, "peer"], {"MYSQL_PWD": server.password}
    else:
        login = ["-h", "127.0.0.1", "-p", str(server.port), "-U", server.user]
        tables = [part for table in bench.TABLES for part in ("-t", f'"{table}"')]
        dump = ["pg_dump", *login, "--data-only", "--disable-triggers", *tables, "hms"]
        load, environment = ["psql", "-qX", *login, "peer"], {"PGPASSWORD": server.password}
    start = time.monotonic()
    with subprocess.Popen(dump, stdout=subprocess.PIPE, env={**os.environ, **environment}) as writer:
        subprocess.run(load, stdin=writer.stdout, stdout=subprocess.DEVNULL, check=True,
                       env={**os.environ, **environment})
    if writer.returncode != 0:
        sys.exit("the dump failed")
    return time.monotonic() - start


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--engine", choices=["mariadb", "postgres"], default="mariadb")
    parser.add_argument("--partitions", type=int, default=1_000_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--json")
    parser.add_argument("--metaferry",
                        default=os.environ.get("METAFERRY", str(bench.HERE.parents[1] / "build/release/metaferry")))
    options = parser.parse_args()
    folder = pathlib.Path(tempfile.mkdtemp(prefix="metaferry-bench-"))
    lab, servers = HiveLab(), [bench.BigMariaDB().start()]
    try:
        generated = servers[0]
        lab.apply_official_schema(generated, "hms", "3.1.0")
        generate.fill(generated, "hms", options.partitions, options.seed)
        server, environment = generated, generated.environment()
        if options.engine == "postgres":
            server = PostgreSQL().start()
            servers.append(server)
            lab.apply_official_schema(server, "hms", "3.1.0")
            copy = job_file(folder, generated.plain_jdbc_url("hms").replace("mysql", "mariadb"),
                            server.plain_jdbc_url("hms"), server.user, options.workers)
            bench.timed([options.metaferry, "run", copy], environment)
        for database in ("target", "peer"):
            lab.apply_official_schema(server, database, "3.1.0")
        peer = dump_and_load(server)
        print(f"{'dump and load':<14} {peer:8.2f} s")
        results = {"engine": options.engine, "partitions": options.partitions, "seed": options.seed, "peer": peer}
        urls = [server.plain_jdbc_url(database).replace("jdbc:mysql", "jdbc:mariadb") for database in ("hms", "target")]
        job = job_file(folder, *urls, server.user, options.workers)
        for step in ("run", "again"):
            seconds, cpu, peak = bench.timed([options.metaferry, "run", job], environment)
            results[step] = {"seconds": seconds, "ratio": seconds / peer, "cpu": cpu, "peak": peak}
            print(f"{step:<14} {seconds:8.2f} s  {seconds / peer:5.2f} x  CPU {cpu:6.2f} s  {peak / 2**20:6.1f} MiB")
        if options.json:
            pathlib.Path(options.json).write_text(json.dumps(results, indent=2))
    finally:
        for server in servers:
            server.close()
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main()
