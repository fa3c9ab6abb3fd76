#!/usr/bin/env python3
"""Times metaferry against mariadb-dump on the same metastore, in one run, as ratios.

    tests/bench/bench.py [--partitions N] [--seed S] [--runs R] [--json FILE]

Prints for each step the median wall time, its ratio to the dump's, the client's CPU seconds and its
peak memory. The server is started on a private folder and a loopback port and ends with the script.
"""
import argparse
import json
import os
import pathlib
import shutil
import statistics
import subprocess
import sys
import tempfile
import time

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parent), str(HERE)]

import generate  # noqa: E402
from support.hive_lab import HiveLab  # noqa: E402
from support.servers import MariaDB  # noqa: E402

TABLES = ["DBS", "TBLS", "TABLE_PARAMS", "PARTITION_KEYS", "CDS", "COLUMNS_V2", "PARTITIONS", "SDS", "SERDES",
          "SERDE_PARAMS", "PARTITION_PARAMS", "PARTITION_KEY_VALS"]


class BigMariaDB(MariaDB):
    """The data stays in memory: the client is what is measured."""

    def _command(self):
        return [part for part in super()._command() if "buffer-pool" not in part] + \
            ["--innodb-buffer-pool-size=6G", "--innodb-log-file-size=1G"]


def timed(command, environment=None, output=None):
    """(seconds, CPU seconds, peak bytes) of one command; it must succeed."""
    start = time.monotonic()
    with open(output or os.devnull, "wb") as sink, tempfile.TemporaryFile() as errors:
        process = subprocess.Popen(command, stdout=sink, stderr=errors, env={**os.environ, **(environment or {})})
        _, status, usage = os.wait4(process.pid, 0)
        seconds = time.monotonic() - start
        if os.waitstatus_to_exitcode(status) not in (0, 2):
            errors.seek(0)
            sys.exit(f"{command[0]} failed: {errors.read().decode(errors='replace')}")
    return seconds, usage.ru_utime + usage.ru_stime, usage.ru_maxrss * 1024


def job_file(folder, server):
    job = {"name": "bench", "type": "METADATA_MIGRATION", "parameter": {"metadata_migration_parameter": {
        "datasource_type": "OPEN_FOR_MYSQL",
        "datasource_parameter": {"jdbc_url": f"jdbc:mysql://127.0.0.1:{server.port}/hms", "username": server.user,
                                 "password": "${env:METAFERRY_TEST_PASSWORD}"},
        "source_catalog": "hive", "target_catalog": "lake", "conflict_strategy": "UPSERT",
        "log_location": "file:./runs", "sync_objects": ["DATABASE", "FUNCTION", "TABLE", "PARTITION"],
        "locations": [{"key": generate.WAREHOUSE, "value": "obs://lake/warehouse"}]}},
        "metaferry": {"target": {"url": "catalog:./catalog.db"}}}
    path = folder / "job.json"
    path.write_text(json.dumps(job))
    return str(path)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--partitions", type=int, default=1_000_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--json")
    parser.add_argument("--metaferry", default=os.environ.get("METAFERRY", str(HERE.parents[1] / "build/release/metaferry")))
    options = parser.parse_args()
    folder = pathlib.Path(tempfile.mkdtemp(prefix="metaferry-bench-"))
    server = BigMariaDB().start()
    try:
        server.create_database("hms")
        HiveLab().apply_official_schema(server, "hms", "3.1.0")
        start = time.monotonic()
        generate.fill(server, "hms", options.partitions, options.seed)
        print(f"{options.partitions:,} partitions x 11 rows, seed {options.seed}, made in {time.monotonic() - start:.0f} s")
        job = job_file(folder, server)
        dump = [shutil.which("mariadb-dump"), "--no-defaults", "--single-transaction", "-h127.0.0.1",
                f"-P{server.port}", f"-u{server.user}", "hms", *TABLES]
        metaferry = [options.metaferry]
        environment = {**server.environment(), "MYSQL_PWD": server.environment()["METAFERRY_TEST_PASSWORD"]}
        results = {}

        def step(name, command, output=None):
            results.setdefault(name, []).append(timed(command, environment, output))

        for _ in range(options.runs):
            for file in folder.glob("catalog.db*"):
                file.unlink()
            shutil.rmtree(folder / "runs", ignore_errors=True)
            step("mariadb-dump", dump, folder / "dump.sql")
            step("run, empty target", [*metaferry, "run", job, "--quiet"])
            step("run again, unchanged", [*metaferry, "run", job, "--quiet"])
            step("plan, unchanged", [*metaferry, "plan", job, "--quiet"])
            step("verify", [*metaferry, "verify", job, "--quiet"])
        report(results, options)
    finally:
        server.close()
        shutil.rmtree(folder, ignore_errors=True)


def report(results, options):
    base = statistics.median(r[0] for r in results["mariadb-dump"])
    rows = {}
    print(f"{'':24} {'seconds':>8} {'x dump':>7} {'CPU s':>7} {'peak MiB':>9} {'partitions/s':>13}")
    for name, runs in results.items():
        seconds = statistics.median(r[0] for r in runs)
        rows[name] = {"seconds": [r[0] for r in runs], "ratio": seconds / base,
                      "cpu_seconds": statistics.median(r[1] for r in runs), "peak_bytes": max(r[2] for r in runs)}
        print(f"{name:24} {seconds:8.2f} {seconds / base:7.2f} {rows[name]['cpu_seconds']:7.2f} "
              f"{rows[name]['peak_bytes'] / 2**20:9.1f} {options.partitions / seconds:13,.0f}")
    if options.json:
        pathlib.Path(options.json).write_text(json.dumps(
            {"partitions": options.partitions, "seed": options.seed, "steps": rows}, indent=2) + "\n")


if __name__ == "__main__":
    main()
