"""Metastores that a job has filled, judged by Hive itself: schematool validates them, and services read and change them."""

import json
import re
from dataclasses import dataclass

import pytest

from support.hive_lab import validation_results
from support.metastore_builder import ROOT, rich_databases
from support.metastore_client import MetastoreError
from support.metastore_model import Column, Database, Partition, StorageDescriptor, Table
from support.metastore_target import PARTIAL, MetastoreDatabase, Migration, faults, totals
from support.program import assert_same_lines
from support.service_answers import answers_of, comparable
from thrift_fill import table as thrift_table

pytestmark = pytest.mark.usefixtures("metaferry")
DIRECT = {"direct SQL": {}, "DataNucleus": {"metastore.try.direct.sql": "false", "metastore.try.direct.sql.ddl": "false"}}


@dataclass
class Filled:
    version: str
    source: MetastoreDatabase
    target: MetastoreDatabase
    migration: Migration
    created: dict


@pytest.fixture(scope="module", params=["3.1.3 on mariadb", "4.0.1 on postgres"])
def filled(request, hive_lab, tmp_path_factory):
    version, engine = request.param.split(" on ")
    source = MetastoreDatabase.on_server(hive_lab, request.getfixturevalue("mariadb"), "service_source", "3.1.0")
    databases = rich_databases(many_partitions=30)
    for database in databases:
        # Their partitions no service of today finds by name.
        database.tables = [table for table in database.tables if table.name not in ("old_values", "old_empty_value")]
    source.fill(databases)
    server = request.getfixturevalue(engine)
    hive_lab.schematool_init(server, "service_target", version)
    if engine == "mariadb":
        hive_lab.convert_text_to_utf8(server, "service_target")
    target = MetastoreDatabase(server, "service_target")
    migration = Migration(tmp_path_factory.mktemp("job"), source, target)
    return Filled(version, source, target, migration, totals(migration.run(PARTIAL), "created"))


def test_schematool_finds_no_fault(filled, hive_lab):
    """But for locations: the rich set has tables without one."""
    told = hive_lab.schematool_validate(filled.target.server, filled.target.name, filled.version)
    results = validation_results(told)
    assert len(results) >= 5 and results.pop("Validating DFS locations"), told
    assert set(results.values()) == {"SUCCESS"}, told[-3000:]
    wrong = re.findall(r"Error: (.*)", told)
    assert all("empty" in fault for fault in wrong), wrong


@pytest.mark.parametrize("way", DIRECT)
def test_a_service_answers_what_was_written(filled, hive_lab, way):
    with hive_lab.start_metastore(filled.target.server, filled.target.name, filled.version, DIRECT[way]) as metastore:
        answers = answers_of(metastore)
    assert {kind: sum(line["kind"] == kind for line in answers) for kind in filled.created} == filled.created
    assert_same_lines(comparable(answers), comparable([json.loads(line) for line in filled.target.export()]))


def test_a_service_and_jobs_write_side_by_side(filled, hive_lab, tmp_path):
    """Each takes its ids where the other's end; what one has made the other changes and drops."""
    def ours(number):
        columns = [Column("c", "string")]
        made = Table(f"ours{number}", StorageDescriptor(columns, f"{ROOT}/ours{number}"), partition_keys=[Column("k", "string")],
                     partitions=[Partition([str(value)], StorageDescriptor(columns, f"{ROOT}/o/{value}")) for value in range(20)])
        (tmp_path / "source.db").unlink(missing_ok=True)
        source = MetastoreDatabase.in_file(tmp_path / "source.db")
        source.fill([Database("beside", f"{ROOT}/beside.db", tables=[made])])
        run = Migration(tmp_path, source, filled.target).run()
        assert totals(run, "created")["PARTITION"] == 20

    def partition(name, value):
        return {"dbName": "beside", "tableName": name, "values": [value], "createTime": 1, "lastAccessTime": 0, "parameters": {},
                "sd": thrift_table("beside", name)["sd"] | {"location": f"hdfs://nn1:8020/p/{name}/{value}"}}
    with hive_lab.start_metastore(filled.target.server, filled.target.name, filled.version) as metastore, metastore.client() as client:
        for number in range(4):
            ours(number)
            for more in range(8):  # more than a service's block of ids
                name = f"theirs{number}_{more}"
                client.create_table(thrift_table("beside", name, keys="k string"))
                client.add_partitions([partition(name, "x"), partition(name, "y")])
                client.drop_partition("beside", name, ["y"], False)
            client.add_partitions([partition(f"ours{number}", "of the service")])
            client.drop_partition("beside", f"ours{number}", ["7"], False)
            wanted = {"catName": "hive", "dbName": "beside", "tblName": f"ours{number}"}
            changed = client.get_table_req(wanted)["table"]
            changed["sd"]["cols"].append({"name": "added", "type": "int"})
            client.alter_table("beside", f"ours{number}", changed)
        client.drop_table("beside", "ours0", False)
        client.drop_table("beside", "theirs0_0", False)
        assert len(client.get_tables("beside", "*")) == 4 * 9 - 2
        assert len(client.get_partition_names("beside", "ours1", -1)) == 20
        with pytest.raises(MetastoreError):
            client.get_table_req({"catName": "hive", "dbName": "beside", "tblName": "ours0"})
    left = [fault for fault in faults(filled.target, {"k=a#b"}) if "equals the table's" not in fault]
    assert left == []
    again = filled.migration.run(PARTIAL)
    assert totals(again, "unchanged") == filled.created
