"""Migrations as their users see them: Spark reads every row at its new place, and works on beside what we wrote."""

import json
from dataclasses import dataclass
from pathlib import Path

import pytest

from support.hive_lab import OLD_SERVICE, validation_results
from support.metastore_service import MetastoreService, without_the_services_part
from support.metastore_target import MetastoreDatabase, Migration, faults, totals
from support.moved_files import copy_files, moves
from support.program import JobRun, assert_same_lines
from support.service_answers import answers_of, comparable
from support.thrift_to_contract import json_text
from thrift_fill import ORC, ORC_SERDE
from thrift_fill import table as thrift_table

pytestmark = pytest.mark.usefixtures("metaferry", "spark")
SPARK_SHOP = Path(__file__).with_name("spark_shop.py")
WAREHOUSE, TEXT = "hdfs://hacluster/user/hive/warehouse", "oss://old-bucket/text"


def rules(**places):
    """From where Spark fills its shops, or where they went first, to elsewhere."""
    keys = {"hdfs": "hdfs://hacluster/user/hive", "oss": "oss://old-bucket",
            "obs": "obs://lake", "from_oss": "obs://lake/from_oss"}
    return [{"key": keys[name], "value": place} for name, place in places.items()]


TO_OBS = rules(hdfs="obs://lake", oss="obs://lake/from_oss")
TO_S3 = rules(obs="s3a://back/lake", from_oss="s3a://back/text")
TO_COSN = rules(hdfs="cosn://first", oss="cosn://first/text")


def run_spark(lab, service, *steps):
    """What Spark can read at each `tell` of the steps: table -> its columns, rows and files."""
    answer = service.running.folder / "answers.json"
    lab.run_spark(service.running, SPARK_SHOP, str(answer), *steps)
    return json.loads(answer.read_text(encoding="utf-8"))


def rows(tables):
    return {name: (table["schema"], table["rows"]) for name, table in tables.items()}


def schemes(tables):
    return {name.split(":")[0] for table in tables.values() for name in table["files"]}


def add_hive_view(service):
    """As Hive makes one: without the properties in which Spark keeps its own account of a view."""
    with service.client() as client:
        select = "select `orders`.`id`, `orders`.`day` from `shop`.`orders` where `orders`.`hour` < 3"
        client.create_table(thrift_table("default", "hive_view", "id int,day string", tableType="VIRTUAL_VIEW",
                                         viewOriginalText="select id, day from shop.orders where hour < 3",
                                         viewExpandedText=select))


def real_faults(database):
    """Services give each partition columns of its own, so such rows are theirs."""
    return [fault for fault in faults(database) if "equals the table's" not in fault]


@dataclass
class OldSite:
    service: MetastoreService
    answer: dict  # what Spark reads there


@pytest.fixture(scope="module")
def old_site(hive_lab, mariadb):
    """A 3.1.3 on MariaDB that Spark has filled."""
    service = MetastoreService.on_new_schema(hive_lab, mariadb, "spark_old_site", "3.1.3")
    add_hive_view(service)
    (answer,) = run_spark(hive_lab, service, f"fill shop {WAREHOUSE} {TEXT}", "tell")
    yield OldSite(service, answer)
    service.stop()


def work_by_thrift(client, database):
    """Creates, changes and drops tables and partitions, more of them than a service's block of ids."""
    def partition(name, value):
        sd = thrift_table(database, name, sd={**ORC, "serdeInfo": {"serializationLib": ORC_SERDE}})["sd"]
        return {"dbName": database, "tableName": name, "values": [value], "createTime": 1, "lastAccessTime": 0,
                "parameters": {}, "sd": sd | {"location": f"obs://lake/by_thrift/{name}/{value}"}}
    for number in range(12):
        name = f"theirs_by_thrift_{number}"
        place = {"location": f"obs://lake/by_thrift/{name}"}
        client.create_table(thrift_table(database, name, keys="k string", sd=place))
        client.add_partitions([partition(name, value) for value in "xyz"])
        client.drop_partition(database, name, ["y"], False)
        made = client.get_table_req({"catName": "hive", "dbName": database, "tblName": name})["table"]
        made["sd"]["cols"].append({"name": "added", "type": "int"})
        client.alter_table(database, name, made)
    client.drop_table(database, "theirs_by_thrift_0", False)
    client.add_partitions([partition("nothing_yet", "by thrift")])


@dataclass
class Moved:
    migration: Migration
    run: JobRun
    service: MetastoreService
    exported: list  # the target right after the run
    faults: list  # and what was wrong with it
    answers: list  # what Spark read there, and again after it had worked there itself

    @property
    def database(self):
        return self.service.database


@pytest.fixture(scope="module")
def moved(old_site, hive_lab, postgres, tmp_path_factory):
    """The site, moved by SQL into an empty 4.0.1 on PostgreSQL, where a Thrift client and Spark then work."""
    hive_lab.schematool_init(postgres, "spark_new_site", "4.0.1")
    target = MetastoreDatabase(postgres, "spark_new_site")
    migration = Migration(tmp_path_factory.mktemp("there"), old_site.service.database, target, locations=TO_OBS)
    run = migration.run()
    exported, wrong = target.export(), list(faults(target))
    service = MetastoreService(hive_lab, target, "4.0.1")
    copy_files(run, old_site.service.running, service.running)
    with service.client() as client:
        work_by_thrift(client, "shop")
    answers = run_spark(hive_lab, service, "tell", "beside shop obs://lake/warehouse", "tell")
    yield Moved(migration, run, service, exported, wrong, answers)
    service.stop()


def test_the_site_is_rich(old_site):
    """Guards the comparisons: a site without rows would prove nothing."""
    full = [name for name, table in old_site.answer.items() if table["rows"]]
    assert len(full) >= 11 and schemes(old_site.answer) == {"hdfs", "oss"}
    assert {"shop.spark_view", "default.hive_view", "shop.people", "shop.wide"} <= set(full)


def test_spark_reads_every_row_at_its_new_place(moved, old_site):
    there = {name: moved.answers[0][name] for name in old_site.answer}
    assert rows(there) == rows(old_site.answer)
    assert schemes(there) == {"obs"}


def test_the_list_of_moves_names_every_directory_once(moved, old_site):
    pairs = moves(moved.run)
    assert len({old for old, _ in pairs}) == len(pairs)
    assert {old.split(":")[0] for old, _ in pairs} == {"hdfs", "oss"}
    assert {new.split(":")[0] for _, new in pairs} == {"obs"}


def test_what_spark_makes_beside_ours_leaves_ours_as_they_are(moved, old_site):
    after = moved.answers[1]
    assert rows({name: after[name] for name in old_site.answer}) == rows(old_site.answer)
    assert after["shop.theirs_plain"]["rows"] == ['{"id": 1, "name": "one"}', '{"id": 2, "name": null}']
    assert len(after["shop.theirs_by_day"]["rows"]) == 2 and len(after["theirs.copied"]["rows"]) == 6
    assert real_faults(moved.database) == []


def test_nothing_is_wrong_with_the_rows(moved, hive_lab):
    told = hive_lab.schematool_validate(moved.database.server, moved.database.name, "4.0.1")
    results = validation_results(told)
    assert len(results) >= 5 and set(results.values()) == {"SUCCESS"}, told[-3000:]
    assert moved.faults == []


def test_a_second_run_changes_nothing_of_ours_or_theirs(moved):
    before = moved.database.dump()
    again = moved.migration.run()
    assert totals(again, "unchanged") == totals(moved.run, "created")
    assert moved.database.dump() == before
    with moved.service.client() as client:
        assert len(client.get_tables("shop", "theirs*")) == 11 + 2
        assert sorted(client.get_partition_names("shop", "nothing_yet", -1)) == ["day=by thrift", "day=theirs"]
    assert real_faults(moved.database) == []


def test_both_roads_store_the_same(moved, old_site, hive_lab, postgres, tmp_path):
    """Through a service instead of by SQL: nothing differs but what a service decides by itself."""
    service = MetastoreService.on_new_schema(hive_lab, postgres, "spark_by_thrift", "4.0.1")
    try:
        Migration(tmp_path, old_site.service.database, service, locations=TO_OBS).run()
        by_thrift, by_sql = ([json_text(without_the_services_part(line)) for line in lines]
                             for lines in (service.stored(), moved.exported))
        assert_same_lines(by_thrift, by_sql)
        assert list(faults(service.database)) == []
    finally:
        service.stop()


@dataclass
class Back:
    service: MetastoreService
    answer: dict
    first: dict  # what Spark read in the oldest site
    created: dict


@pytest.fixture(scope="module")
def back(moved, hive_lab, mariadb, postgres, tmp_path_factory):
    """A 3.1.3 on MariaDB that two jobs have filled: from the 4.0.1, and from a 2.3 that Spark has filled."""
    oldest = MetastoreService.on_new_schema(hive_lab, postgres, "spark_oldest_site", OLD_SERVICE, schema="2.3.0")
    service = None
    try:
        (first,) = run_spark(hive_lab, oldest, f"fill first {WAREHOUSE} {TEXT}", "tell")
        hive_lab.schematool_init(mariadb, "spark_back", "3.1.3")
        hive_lab.convert_text_to_utf8(mariadb, "spark_back")
        target = MetastoreDatabase(mariadb, "spark_back")
        runs = [Migration(tmp_path_factory.mktemp("back"), moved.database, target, locations=TO_S3).run(),
                Migration(tmp_path_factory.mktemp("first"), oldest.database, target, {"include": ["first.*"]},
                          locations=TO_COSN).run()]
        service = MetastoreService(hive_lab, target, "3.1.3")
        for run, source in zip(runs, (moved.service, oldest)):
            copy_files(run, source.running, service.running)
        (answer,) = run_spark(hive_lab, service, "tell")
        created = {kind: sum(totals(run, "created").get(kind, 0) for run in runs) for kind in runs[0].summary["counts"]}
        yield Back(service, answer, first, created)
    finally:
        for running in (oldest, service):
            if running:
                running.stop()


def test_spark_reads_every_row_after_the_way_back(back, moved):
    there = {name: table for name, table in back.answer.items() if not name.startswith("first.")}
    before = moved.answers[1]
    assert rows({name: there[name] for name in before}) == rows(before)
    assert schemes(there) == {"s3a"}
    assert sum("by_thrift" in name for name in there) == 11


def test_spark_reads_every_row_of_a_2_3(back):
    there = {name: table for name, table in back.answer.items() if name.startswith("first.")}
    assert rows(there) == rows(back.first) and sum(bool(table["rows"]) for table in there.values()) == 10
    assert schemes(there) == {"cosn"}


def test_a_3_1_service_answers_all_that_came_back(back):
    answers = answers_of(back.service.running)
    assert {kind: sum(line["kind"] == kind for line in answers) for kind in back.created} == back.created
    assert_same_lines(comparable(answers), comparable([json.loads(line) for line in back.service.stored()]))
    assert list(faults(back.service.database)) == []
