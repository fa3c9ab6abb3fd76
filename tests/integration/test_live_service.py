"""Jobs that write by SQL into the database of a service that others work with at the same moment."""

import json
import threading

import pytest

from support.metastore_builder import ROOT
from support.metastore_model import Column, Database, Partition, StorageDescriptor, Table
from support.metastore_service import MetastoreService, without_the_services_part
from support.metastore_target import SUCCESS, MetastoreDatabase, Migration, faults, totals
from support.program import assert_same_lines
from support.thrift_to_contract import json_text
from thrift_fill import descriptor
from thrift_fill import table as thrift_table

pytestmark = pytest.mark.usefixtures("metaferry")
TABLES, PARTITIONS = 80, 25
ROUNDS = 10  # that each client works beside the jobs
KEYS = [Column("k", "string")]


@pytest.fixture(params=["3.1.3 on mariadb", "4.0.1 on postgres"])
def service(request, hive_lab):
    version, engine = request.param.split(" on ")
    running = MetastoreService.on_new_schema(hive_lab, request.getfixturevalue(engine), "live_target", version)
    yield running
    running.stop()


class Colleague:
    """A client that creates, changes and drops tables and partitions in a database until it is told to stop.

    It keeps books of what it left there: table -> the values of its partitions.
    """

    def __init__(self, service, database, grown=None):
        self.service, self.database, self.grown = service, database, grown
        self.tables, self.added, self.rounds, self.error = {}, [], 0, None
        self._stop, self._at_work = threading.Event(), threading.Event()
        self._thread = threading.Thread(target=self._work)

    def __enter__(self):
        self._thread.start()
        self._at_work.wait(60)
        return self

    def __exit__(self, *_):
        self._stop.set()
        self._thread.join()

    def _work(self):
        try:
            with self.service.client() as client:
                while not self._stop.is_set():
                    self._round(client)
                    self.rounds += 1
                    self._at_work.set()
        except Exception as error:  # for the test to tell
            self.error = error
            self._at_work.set()

    def _round(self, client):
        name = f"theirs_{self.rounds}"
        place = {"location": f"{ROOT}/{self.database}/{name}"}
        client.create_table(thrift_table(self.database, name, keys="k string", sd=place))
        client.add_partitions([self._partition(name, value) for value in ("theirs_a", "theirs_b", "theirs_c")])
        client.drop_partition(self.database, name, ["theirs_b"], False)
        made = client.get_table_req({"catName": "hive", "dbName": self.database, "tblName": name})["table"]
        made["sd"]["cols"].append({"name": "added", "type": "int"})
        client.alter_table(self.database, name, made)
        if self.rounds % 3 == 2:
            client.drop_table(self.database, name, False)
        else:
            self.tables[name] = {"k=theirs_a", "k=theirs_c"}
        if self.grown:
            client.add_partition(self._partition(self.grown, f"theirs_{self.rounds}"))
            self.added.append(f"k=theirs_{self.rounds}")

    def _partition(self, table, value):
        sd = descriptor("id int", f"{ROOT}/{self.database}/of_theirs/{table}/{value}")
        return {"dbName": self.database, "tableName": table, "values": [value], "createTime": 1, "lastAccessTime": 0,
                "parameters": {"theirs": "yes"}, "sd": sd}

    def assert_content(self):
        """All that it left is there as it left it."""
        with self.service.client() as client:
            assert set(client.get_tables(self.database, "theirs*")) == set(self.tables)
            for name, partitions in self.tables.items():
                there = client.get_table_req({"catName": "hive", "dbName": self.database, "tblName": name})["table"]
                assert [column["name"] for column in there["sd"]["cols"]] == ["id", "added"]
                assert set(client.get_partition_names(self.database, name, -1)) == partitions
            if self.grown:
                names = client.get_partition_names(self.database, self.grown, -1)
                assert {name for name in names if "theirs" in name} == set(self.added)


def ours(tables, partitions, **params):
    """A database that others know as well; the table `grown` gets partitions from both sides."""
    columns = [Column("id", "int")]

    def table(name):
        made = [Partition([f"{value:04}"], StorageDescriptor(columns, f"{ROOT}/common/{name}/{value}"), params)
                for value in range(partitions)]
        sd = StorageDescriptor(columns, f"{ROOT}/common/{name}")
        return Table(name, sd, partition_keys=KEYS, partitions=made, params=params)
    names = ["grown", *(f"ours_{number}" for number in range(tables))]
    return [Database("shared", f"{ROOT}/shared.db", tables=[table(name) for name in names])]


def migration_of(folder, databases, target):
    path = folder / "source.db"
    path.unlink(missing_ok=True)
    source = MetastoreDatabase.in_file(path)
    source.fill(databases)
    return Migration(folder, source, target)


def is_theirs(text):
    line = json.loads(text)
    return line["object"]["database_name"] in ("default", "elsewhere") or "theirs" in text


def told(lines):
    """Less what the schema of the target alone has: 4.0 gives each database a type."""
    return [json_text(without_the_services_part(line)) for line in lines]


def test_a_job_and_colleagues_work_at_once(service, tmp_path):
    """Tables arrive and change time and again, while one client works in the same database and one in another."""
    target = service.database
    migration_of(tmp_path, ours(0, 1), target).run()
    with service.client() as client:
        client.create_database({"name": "elsewhere", "locationUri": f"{ROOT}/elsewhere"})
    with Colleague(service, "shared", "grown") as beside, Colleague(service, "elsewhere") as apart:
        before = beside.rounds
        created = migration_of(tmp_path, ours(TABLES, PARTITIONS), target).run()
        while not (beside.error or apart.error):
            migration = migration_of(tmp_path, ours(TABLES, PARTITIONS, rounds=str(beside.rounds)), target)
            updated = migration.run()
            if min(beside.rounds - before, apart.rounds) > ROUNDS:
                break
    assert (beside.error, apart.error) == (None, None)
    assert totals(created, "created") == {"TABLE": TABLES, "PARTITION": (TABLES + 1) * PARTITIONS - 1}
    assert totals(updated, "updated") == {"TABLE": TABLES + 1, "PARTITION": (TABLES + 1) * PARTITIONS}
    beside.assert_content()
    apart.assert_content()
    assert_same_lines(told(line for line in target.export() if not is_theirs(line)), told(migration.source.export()))
    # a service gives each partition that it adds columns of its own
    assert [fault for fault in faults(target) if not ("theirs" in fault and "equals the table's" in fault)] == []
    assert totals(migration.run(), "unchanged") == totals(updated, "read")
    assert migration.verify() == SUCCESS
