"""Partitions through a running metastore service, against other clients of the same service."""

import importlib.util
import json
import re
import shutil
import sqlite3
import time
from pathlib import Path

from scenario import Goal, Scenario
from support.measured import Child, Measured, of_running
from support.metastore_model import Column, Database, Partition, StorageDescriptor, Table
from support.metastore_service import MetastoreService
from support.metastore_target import MetastoreDatabase
from support.servers import ServerUnavailable

VERSION = "3.1.3"
PLACE = "hdfs://nn1:8020/warehouse/bench.db"
COLUMNS = [Column(f"c{number}", "string") for number in range(20)]
PER_CALL = 1000
SPARK_COPY = Path(__file__).resolve().parents[1] / "spark_copy.py"


def sqlite_metastore(path, partitions):
    """A database `bench` with one table `ours` of so many partitions."""
    made = MetastoreDatabase.in_file(path)
    made.fill([Database("bench", PLACE, tables=[Table(
        "ours", StorageDescriptor(COLUMNS, f"{PLACE}/ours"), type="EXTERNAL_TABLE", params={"EXTERNAL": "TRUE"},
        partition_keys=[Column("k", "string")],
        partitions=[Partition([f"{number:07}"], StorageDescriptor(COLUMNS, f"{PLACE}/ours/k={number:07}"), {"a": "1"})
                    for number in range(partitions)])])])
    return made


def with_another_table(made, name):
    """A copy in which `ours` has another name."""
    copy = MetastoreDatabase(path=made.path.with_name(f"{made.path.stem}-{name}.db"))
    shutil.copy(made.path, copy.path)
    with sqlite3.connect(copy.path) as connection:
        connection.execute("UPDATE TBLS SET TBL_NAME = ?", (name,))
        connection.execute("UPDATE SDS SET LOCATION = replace(LOCATION, '/ours', ?)", (f"/{name}",))
    return copy


class ServiceScenario(Scenario):
    chart = "per_second"
    normal, tiny = 10_000, 200

    def service(self, name):
        started = MetastoreService.on_new_schema(self.lab.hive, self.lab.server("mariadb"), name, VERSION)
        self.lab.closing.callback(started.stop)
        self.lab.versions["hive metastore"] = VERSION
        return started

    def move(self, source, service):
        """A whole run of a job into the service."""
        job = self.lab.job(source, service.endpoint)
        measured = self.lab.metaferry("run", job)
        self.lab.discard(job)
        return measured


class Service(ServiceScenario):
    name, title = "service", f"Partitions into a metastore service {VERSION} on MariaDB"
    base = "plain Java client"

    def prepare(self):
        self.target = self.service("bench_service")
        self.made = {size: sqlite_metastore(self.lab.folder / f"service{size}.db", size) for size in (0, self.size)}
        self.notes += [f"the plain client sends {PER_CALL:,} partitions a call, made beforehand; its calls are counted",
                       "metaferry's time is that of a whole run from a SQLite file; the table is there already"]
        self._run("warm", take=False)

    def round(self, number):
        self._plain_client(f"theirs_{number}")
        self._run(f"ours_{number}")

    def _run(self, table, take=True):
        for size, made in self.made.items():
            source = with_another_table(made, table)
            measured = self.move(source.endpoint, self.target)
            source.path.unlink()
        if take:
            self.take("metaferry run", measured, objects=self.size)
            with self.target.client() as client:
                found = len(client.get_partition_names("bench", table, -1))
            assert found == self.size, f"{found} of {self.size} partitions arrived"

    def _plain_client(self, table):
        sd = {"cols": [{"name": column.name, "type": column.type} for column in COLUMNS],
              "location": f"{PLACE}/{table}", "inputFormat": "org.apache.hadoop.mapred.TextInputFormat",
              "outputFormat": "org.apache.hadoop.hive.ql.io.HiveIgnoreKeyTextOutputFormat", "compressed": False,
              "numBuckets": -1, "serdeInfo": {"serializationLib": "org.apache.hadoop.hive.serde2.lazy.LazySimpleSerDe",
                                              "parameters": {}}, "bucketCols": [], "sortCols": [], "parameters": {}}
        owner = {"dbName": "bench", "tableName": table, "createTime": 0, "lastAccessTime": 0}
        seconds = 0
        with self.target.client() as client:
            client.create_table({**owner, "tableType": "EXTERNAL_TABLE", "sd": sd, "owner": "bench", "retention": 0,
                                 "parameters": {"EXTERNAL": "TRUE"},
                                 "partitionKeys": [{"name": "k", "type": "string"}]})
            for first in range(0, self.size, PER_CALL):
                parts = [{**owner, "values": [f"{number:07}"], "parameters": {"a": "1"},
                          "sd": sd | {"location": f"{PLACE}/{table}/k={number:07}"}}
                         for number in range(first, min(first + PER_CALL, self.size))]
                request = {"dbName": "bench", "tblName": table, "parts": parts, "ifNotExists": False,
                           "needResult": False}
                started = time.monotonic()
                client.add_partitions_req(request)
                seconds += time.monotonic() - started
            measured = Measured(seconds, [Child(0, *of_running(client.process_id))])
        self.take(self.base, measured, peer=True, objects=self.size)

    def goals(self):
        ours, theirs = (self.median(step, "per_second") for step in ("metaferry run", self.base))
        return [Goal("partitions/s, metaferry / plain client", ours / theirs, 1.0, at_least=True)]


class SparkCopy(ServiceScenario):
    name, title = "spark", f"Partitions from one metastore service {VERSION} to another"
    normal, tiny = 1_000, 100
    base = "Spark job"

    def prepare(self):
        if importlib.util.find_spec("pyspark") is None:
            raise ServerUnavailable("Spark: tests/requirements-hive.txt is not installed")
        import pyspark
        self.lab.versions["spark"] = pyspark.__version__
        self.source, self.target = self.service("bench_source"), self.service("bench_target")
        self.move(sqlite_metastore(self.lab.folder / "spark.db", self.size).endpoint, self.source)
        self.notes += ["the Spark job lists all partitions at once and adds them by ALTER TABLE, 100 to a statement; "
                       "its start is not counted, and parameters and statistics of partitions are not carried",
                       "metaferry's time is that of a whole run from service to service"]

    def round(self, number):
        self._with_spark()
        self._empty_target()
        self.take("metaferry run", self.move(self.source.endpoint, self.target), objects=self.size)
        self._empty_target()

    def _with_spark(self):
        """Two jobs, since a session of Spark knows one metastore: one tells what is there, one makes it."""
        catalog, told = self.lab.folder / "catalog.json", []
        for service, step in ((self.source, "read"), (self.target, "write")):
            output = self.lab.hive.run_spark(service.running, SPARK_COPY, step, str(catalog), "bench", "ours")
            told.append(json.loads(re.search(r"^took (.*)$", output, re.MULTILINE)[1]))
        self.take(self.base, Measured(sum(part["seconds"] for part in told),
                                      [Child(0, part["cpu_seconds"], part["peak_bytes"]) for part in told]),
                  peer=True, objects=self.size, peak_bytes=max(part["peak_bytes"] for part in told))

    def _empty_target(self):
        with self.target.client() as client:
            found = len(client.get_partition_names("bench", "ours", -1))
            assert found == self.size, f"{found} of {self.size} partitions arrived"
            client.drop_database("bench", False, True)
