"""What every target owes: the objects as they are, no second change, exact books, and never a deletion."""

import json
import sqlite3

import pytest
import zstandard

from support.metastore_builder import build, rich_databases
from support.metastore_model import Column, Database, Function, Partition, StorageDescriptor, Table
from support.program import (
    KINDS, ROOT, assert_balanced, assert_same_lines, export_lines, run_job, run_program, write_job,
)

pytestmark = pytest.mark.usefixtures("metaferry")
SCHEMA = ROOT / "fixtures" / "hive_schema" / "sqlite-3.1.sql"
TARGETS = {"catalog": "catalog:target.db", "file": "file:target.ndjson", "compressed file": "file:target.ndjson.zst"}
PLACE = "hdfs://nn1:8020/warehouse"
DONE, FAILED, DIFFERENT, PARTIAL = 0, 1, 2, 3


def sd(name, *columns):
    return StorageDescriptor([Column(column, "string") for column in columns or ("c",)], f"{PLACE}/{name}")


def shop_and_hr():
    """2 databases, 2 functions, 5 tables and 7 partitions."""
    def parts(table, *values):
        return [Partition([value], sd(f"{table}/dt={value}"), params={"numFiles": "1"}) for value in values]

    key = [Column("dt", "string")]
    return [
        Database("shop", f"{PLACE}/shop.db", description="the shop", functions=[Function("mask", "com.example.Mask"),
                                                                             Function("tmp_f", "com.example.Tmp")],
                 tables=[Table("orders", sd("orders", "id", "amount"), partition_keys=key,
                               partitions=parts("orders", "1", "2", "3", "4"), params={"comment": "all orders"}),
                         Table("customers", sd("customers", "id", "name"), owner="alice"),
                         Table("tmp_orders", sd("tmp_orders"), partition_keys=key,
                               partitions=parts("tmp_orders", "1", "2", "3"))]),
        Database("hr", f"{PLACE}/hr.db", tables=[Table("people", sd("people")), Table("tmp_people", sd("tmp_people"))]),
    ]


class Site:
    """A SQLite metastore, and a target beside it."""

    def __init__(self, folder, target):
        self.folder, self.url = folder, TARGETS[target]
        self.target = folder / self.url.split(":", 1)[1]

    def fill(self, databases, source="metastore.db"):
        with sqlite3.connect(self.folder / source) as connection:
            connection.executescript(SCHEMA.read_text(encoding="utf-8"))
            built = build(connection, databases)
        connection.close()
        return built

    def sql(self, *statements, source="metastore.db"):
        """Changes the source; each statement must hit something."""
        with sqlite3.connect(self.folder / source) as connection:
            for statement in statements:
                assert connection.execute(statement).rowcount > 0, statement
        connection.close()

    def job(self, source="metastore.db", metaferry=None, **parameters):
        return write_job(self.folder, f"jdbc:sqlite:{source}",
                         metaferry={"target": {"url": self.url}, **(metaferry or {})}, **parameters)

    def run(self, exit_code=DONE, **job):
        run = run_job(self.job(**job))
        assert run.exit_code == exit_code, (run.summary, run.stderr[-3000:])
        assert run.summary["status"] == {DONE: "SUCCESS", PARTIAL: "PARTIAL_SUCCESS", FAILED: "FAILED"}[exit_code]
        assert_balanced(run.summary)
        return run

    def lines(self, catalog="lake"):
        return export_lines(self.url, "--catalog", catalog, folder=self.folder)

    def stored(self):
        """All that the target holds, read without the program, in a form that can be compared."""
        if self.url.startswith("catalog:"):
            with sqlite3.connect(self.target) as connection:
                names = [name for name, in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
                found = {name: sorted(map(repr, connection.execute(f"SELECT * FROM {name}"))) for name in names}
            connection.close()
            return found
        return plain_text(self.target)

    def names(self, catalog="lake"):
        """(kind, database, name) of every object of a catalog, read without the program."""
        if not self.url.startswith("catalog:"):
            objects = [json.loads(line) for line in plain_text(self.target).splitlines()]
            return sorted(name_of(item) for item in objects if item["object"]["catalog_name"] == catalog)
        with sqlite3.connect(self.target) as connection:
            rows = connection.execute(
                "SELECT 'DATABASE', d.name, '' FROM databases d JOIN catalogs c USING (catalog_id) WHERE c.name = :c "
                "UNION ALL SELECT 'FUNCTION', d.name, f.name FROM functions f JOIN databases d USING (database_id) "
                "JOIN catalogs c USING (catalog_id) WHERE c.name = :c "
                "UNION ALL SELECT 'TABLE', d.name, t.name FROM tables t JOIN databases d USING (database_id) "
                "JOIN catalogs c USING (catalog_id) WHERE c.name = :c "
                "UNION ALL SELECT 'PARTITION', d.name, t.name FROM partitions p JOIN tables t USING (table_id) "
                "JOIN databases d USING (database_id) JOIN catalogs c USING (catalog_id) WHERE c.name = :c",
                {"c": catalog}).fetchall()
        connection.close()
        return sorted(rows)


def plain_text(path):
    content = path.read_bytes()
    if path.suffix == ".zst":
        with zstandard.ZstdDecompressor().stream_reader(content) as reader:
            content = reader.read()
    return content.decode("utf-8")


def name_of(item):
    thing = item["object"]
    return (item["kind"], thing["database_name"], thing.get("function_name") or thing.get("table_name") or "")


def counts(run, kind):
    return {outcome: number for outcome, number in run.summary["counts"][kind].items() if number}


@pytest.fixture(params=TARGETS)
def site(request, tmp_path):
    return Site(tmp_path, request.param)


# ---- Create, nothing, update --------------------------------------------------------------------


def test_all_that_a_metastore_holds_arrives(site):
    built = site.fill(rich_databases(many_partitions=300))
    run = site.run()
    expected = built.expected_export(shown_as="lake")
    assert_same_lines(site.lines(), expected)
    assert site.names() == sorted(name_of(json.loads(line)) for line in expected)
    for kind in KINDS:
        number = sum(1 for line in expected if json.loads(line)["kind"] == kind)
        assert counts(run, kind) == {"read": number, "created": number}
    assert len(run.object_lines()) == len(expected)


@pytest.mark.parametrize("site", [name for name in TARGETS if name != "catalog"], indirect=True)
def test_a_file_holds_what_an_export_prints(site):
    built = site.fill(rich_databases(many_partitions=30))
    site.run()
    assert plain_text(site.target) == "".join(line + "\n" for line in built.expected_export(shown_as="lake"))


def test_a_second_run_changes_nothing(site):
    site.fill(rich_databases(many_partitions=300))
    first = site.run()
    stored = site.stored()
    second = site.run()
    for kind in KINDS:
        read = first.summary["counts"][kind]["read"]
        assert counts(second, kind) == {"read": read, "unchanged": read}
    assert second.object_lines() == []
    assert site.stored() == stored
    assert run_program("plan", site.folder / "job.json").returncode == DONE
    assert run_program("verify", site.folder / "job.json").returncode == DONE


def place_of(kind, where):
    """SET clause on the storage descriptor of one object."""
    return f'"SD_ID" = (SELECT "SD_ID" FROM "{kind}" WHERE {where})'


ORDERS = place_of("TBLS", "\"TBL_NAME\" = 'orders'")
SECOND = place_of("PARTITIONS", "\"PART_NAME\" = 'dt=2' AND \"TBL_ID\" = (SELECT \"TBL_ID\" FROM \"TBLS\" "
                                "WHERE \"TBL_NAME\" = 'orders')")
ORDERS_ID = "\"TBL_ID\" = (SELECT \"TBL_ID\" FROM \"TBLS\" WHERE \"TBL_NAME\" = 'orders')"
# What is changed in the source: statement -> (kind, name, field, before, after).
SOURCE_CHANGES = {
    "description of a database": (
        "UPDATE \"DBS\" SET \"DESC\" = 'all shops' WHERE \"NAME\" = 'shop'",
        "DATABASE", "shop", "description", "the shop", "all shops"),
    "location of a database": (
        "UPDATE \"DBS\" SET \"DB_LOCATION_URI\" = 'hdfs://nn2/shop' WHERE \"NAME\" = 'shop'",
        "DATABASE", "shop", "location", f"{PLACE}/shop.db", "hdfs://nn2/shop"),
    "class of a function": (
        "UPDATE \"FUNCS\" SET \"CLASS_NAME\" = 'com.example.Mask2' WHERE \"FUNC_NAME\" = 'mask'",
        "FUNCTION", "mask", "class_name", "com.example.Mask", "com.example.Mask2"),
    "owner of a table": (
        "UPDATE \"TBLS\" SET \"OWNER\" = 'bob' WHERE \"TBL_NAME\" = 'customers'",
        "TABLE", "customers", "owner", "alice", "bob"),
    "parameter of a table": (
        f"UPDATE \"TABLE_PARAMS\" SET \"PARAM_VALUE\" = 'new orders' WHERE {ORDERS_ID} AND \"PARAM_KEY\" = 'comment'",
        "TABLE", "orders", 'parameters["comment"]', "all orders", "new orders"),
    "new parameter": (
        "INSERT INTO \"TABLE_PARAMS\" (\"TBL_ID\", \"PARAM_KEY\", \"PARAM_VALUE\") "
        "SELECT \"TBL_ID\", 'k', '' FROM \"TBLS\" WHERE \"TBL_NAME\" = 'customers'",
        "TABLE", "customers", 'parameters["k"]', None, ""),
    "removed parameter": (
        f"DELETE FROM \"TABLE_PARAMS\" WHERE {ORDERS_ID} AND \"PARAM_KEY\" = 'comment'",
        "TABLE", "orders", 'parameters["comment"]', "all orders", None),
    "type of a column": (
        f'UPDATE "COLUMNS_V2" SET "TYPE_NAME" = \'bigint\' WHERE "COLUMN_NAME" = \'amount\' AND "CD_ID" = '
        f'(SELECT "CD_ID" FROM "SDS" WHERE {ORDERS})',
        "TABLE", "orders", "storage_descriptor.columns[1].column_type", "string", "bigint"),
    "location of a table": (
        f"UPDATE \"SDS\" SET \"LOCATION\" = 'hdfs://nn2/orders' WHERE {ORDERS}",
        "TABLE", "orders", "storage_descriptor.location", f"{PLACE}/orders", "hdfs://nn2/orders"),
    "location of a partition": (
        f"UPDATE \"SDS\" SET \"LOCATION\" = 'hdfs://nn2/orders/2' WHERE {SECOND}",
        "PARTITION", "orders", "storage_descriptor.location", f"{PLACE}/orders/dt=2", "hdfs://nn2/orders/2"),
    "compression of a partition": (
        f'UPDATE "SDS" SET "IS_COMPRESSED" = 1 WHERE {SECOND}',
        "PARTITION", "orders", "storage_descriptor.compressed", False, True),
}


@pytest.mark.parametrize("case", SOURCE_CHANGES)
def test_an_update_carries_the_field_that_changed_and_no_other(site, case):
    statement, kind, name, field, before, after = SOURCE_CHANGES[case]
    site.fill(shop_and_hr())
    site.run()
    names = site.names()
    site.sql(statement)

    plan = run_program("plan", site.job(), "--format", "json")
    assert plan.returncode == DIFFERENT, plan.stderr
    run = site.run()
    for line, in ([json.loads(plan.stdout)["objects"][0]], run.object_lines()):
        thing = line["object"]
        assert (line["kind"], line["outcome"]) == (kind, "updated")
        assert name in (thing["database_name"], thing.get("table_name"), thing.get("function_name"))
        found, = line["changes"]
        assert found["path"] == field
        assert (found.get("before"), found.get("after")) == (before, after)
    assert counts(run, kind)["updated"] == 1
    assert sum(run.summary["counts"][each]["updated"] for each in KINDS) == 1
    assert sum(run.summary["counts"][each]["created"] for each in KINDS) == 0
    assert site.names() == names
    assert_same_lines(site.lines(), [line.replace('"catalog_name":"hive"', '"catalog_name":"lake"')
                                     for line in export_lines("jdbc:sqlite:metastore.db", folder=site.folder)])
    assert run_program("plan", site.folder / "job.json").returncode == DONE


def test_what_is_new_is_created_beside_what_is_there(site):
    site.fill(shop_and_hr())
    site.run()
    site.sql("UPDATE \"TBLS\" SET \"TBL_NAME\" = 'clients' WHERE \"TBL_NAME\" = 'customers'")
    run = site.run()
    assert counts(run, "TABLE") == {"read": 5, "created": 1, "unchanged": 4}
    assert ("TABLE", "shop", "clients") in site.names()


# ---- Never a deletion ----------------------------------------------------------------------------


def test_what_the_source_lost_stays_in_the_target(site):
    site.fill(shop_and_hr())
    site.run()
    before = site.names()
    site.sql('DELETE FROM "PARTITIONS" WHERE "PART_NAME" = \'dt=4\'', 'DELETE FROM "FUNCS"',
             "DELETE FROM \"TBLS\" WHERE \"TBL_NAME\" = 'people'")
    run = site.run()
    assert site.names() == before
    assert counts(run, "PARTITION") == {"read": 6, "unchanged": 6} and counts(run, "FUNCTION") == {}
    assert run_program("verify", site.folder / "job.json").returncode == DONE


@pytest.mark.parametrize("strategy", ["UPSERT", "INSERT", "UPDATE"])
def test_another_source_deletes_nothing(site, strategy):
    site.fill(shop_and_hr())
    site.run()
    before = site.names()
    site.fill([Database("other", f"{PLACE}/other.db")], source="other.db")
    run = site.run(source="other.db", conflict_strategy=strategy)
    expected = before if strategy == "UPDATE" else sorted([*before, ("DATABASE", "other", "")])
    assert site.names() == expected
    assert counts(run, "DATABASE") == {"read": 1, "filtered" if strategy == "UPDATE" else "created": 1}


# ---- Conflict strategies -------------------------------------------------------------------------


def change_and_add(site):
    """One of every kind is changed, and one of every kind is new."""
    site.sql("UPDATE \"DBS\" SET \"DESC\" = 'changed' WHERE \"NAME\" = 'shop'",
             "UPDATE \"DBS\" SET \"NAME\" = 'hr2' WHERE \"NAME\" = 'hr'",
             "UPDATE \"FUNCS\" SET \"CLASS_NAME\" = 'changed' WHERE \"FUNC_NAME\" = 'mask'",
             "UPDATE \"FUNCS\" SET \"FUNC_NAME\" = 'tmp_g' WHERE \"FUNC_NAME\" = 'tmp_f'",
             "UPDATE \"TBLS\" SET \"OWNER\" = 'bob' WHERE \"TBL_NAME\" = 'customers'",
             f"UPDATE \"SDS\" SET \"LOCATION\" = 'hdfs://nn2/orders/2' WHERE {SECOND}",
             "UPDATE \"PARTITION_KEY_VALS\" SET \"PART_KEY_VAL\" = '9' WHERE \"PART_KEY_VAL\" = '4'",
             "UPDATE \"PARTITIONS\" SET \"PART_NAME\" = 'dt=9' WHERE \"PART_NAME\" = 'dt=4'")


def test_insert_creates_only(site):
    site.fill(shop_and_hr())
    site.run()
    before = {name_and_values(line): line for line in site.lines()}
    change_and_add(site)
    run = site.run(conflict_strategy="INSERT")
    assert counts(run, "DATABASE") == {"read": 2, "created": 1, "filtered": 1}
    assert counts(run, "FUNCTION") == {"read": 2, "created": 1, "filtered": 1}
    assert counts(run, "TABLE") == {"read": 5, "created": 2, "unchanged": 2, "filtered": 1}
    assert counts(run, "PARTITION") == {"read": 7, "created": 1, "unchanged": 5, "filtered": 1}
    filtered = [line for line in run.object_lines() if line["outcome"] == "filtered"]
    assert len(filtered) == 4 and {line["reason"] for line in filtered} == {"conflict_strategy"}
    after = {name_and_values(line): line for line in site.lines()}
    assert {key: after[key] for key in before} == before and len(after) == len(before) + 5


def test_update_updates_only(site):
    site.fill(shop_and_hr())
    site.run()
    before = site.names()
    change_and_add(site)
    run = site.run(conflict_strategy="UPDATE")
    assert counts(run, "DATABASE") == {"read": 2, "updated": 1, "filtered": 1}
    assert counts(run, "FUNCTION") == {"read": 2, "updated": 1, "filtered": 1}
    assert counts(run, "PARTITION") == {"read": 7, "updated": 1, "unchanged": 5, "filtered": 1}
    table = run.summary["counts"]["TABLE"]
    assert (table["created"], table["updated"], table["unchanged"]) == (0, 1, 2)
    assert table["filtered"] + table["refused"] == 2  # the tables of hr2
    filtered = [line for line in run.object_lines() if line["outcome"] == "filtered"]
    assert {line["reason"] for line in filtered} == {"conflict_strategy"}
    assert site.names() == before
    owner, = (json.loads(line)["object"]["owner"] for line in site.lines() if '"table_name":"customers"' in line)
    assert owner == "bob"


def name_and_values(line):
    item = json.loads(line)
    return (*name_of(item), tuple(item["object"].get("partition_values", ())))


# ---- Parents -------------------------------------------------------------------------------------


def test_partitions_without_their_table_are_refused(site):
    site.fill(shop_and_hr())
    run = site.run(exit_code=PARTIAL, sync_objects=["PARTITION"])
    assert counts(run, "PARTITION") == {"read": 7, "refused": 7}
    assert [counts(run, kind) for kind in KINDS[:3]] == [{}, {}, {}]
    assert {line["reason"] for line in run.object_lines()} == {"parent_missing"}
    assert all(line["message"] for line in run.object_lines())
    assert run_program("plan", site.folder / "job.json").returncode == PARTIAL


def test_partitions_of_a_table_in_the_target_are_created(site):
    site.fill(shop_and_hr())
    site.run(sync_objects=["DATABASE", "TABLE"])
    run = site.run(sync_objects=["PARTITION"])
    assert counts(run, "PARTITION") == {"read": 7, "created": 7}


def test_tables_and_functions_without_their_database_are_refused(site):
    site.fill(shop_and_hr())
    site.run(sync_objects=["DATABASE"], metaferry={"include": ["hr.*"]})
    run = site.run(exit_code=PARTIAL, sync_objects=["TABLE", "FUNCTION", "PARTITION"])
    assert counts(run, "FUNCTION") == {"read": 2, "refused": 2}
    assert counts(run, "TABLE") == {"read": 5, "created": 2, "refused": 3}
    assert counts(run, "PARTITION") == {"read": 7, "refused": 7}
    assert {line["reason"] for line in run.object_lines() if line["outcome"] == "refused"} == {"parent_missing"}
    assert ("TABLE", "hr", "people") in site.names() and ("TABLE", "shop", "orders") not in site.names()


def test_parents_of_another_catalog_do_not_count(site):
    site.fill(shop_and_hr())
    site.run(target_catalog="other")
    run = site.run(exit_code=PARTIAL, sync_objects=["PARTITION"])
    assert counts(run, "PARTITION") == {"read": 7, "refused": 7}


# ---- Selection -----------------------------------------------------------------------------------


SELECTIONS = {
    "everything": ({}, {"DATABASE": (2, 0), "FUNCTION": (2, 0), "TABLE": (5, 0), "PARTITION": (7, 0)}),
    "a database": ({"include": ["shop.*"]}, {"DATABASE": (1, 0), "FUNCTION": (2, 0), "TABLE": (3, 0),
                                             "PARTITION": (7, 0)}),
    "one table": ({"include": ["shop.orders"]}, {"DATABASE": (1, 0), "FUNCTION": (2, 2), "TABLE": (3, 2),
                                                 "PARTITION": (7, 3)}),
    "without tmp": ({"exclude": ["*.tmp_*"]}, {"DATABASE": (2, 0), "FUNCTION": (2, 1), "TABLE": (5, 2),
                                               "PARTITION": (7, 3)}),
    "a database without tmp": ({"include": ["shop.*"], "exclude": ["shop.tmp_*"]}, {
        "DATABASE": (1, 0), "FUNCTION": (2, 1), "TABLE": (3, 1), "PARTITION": (7, 3)}),
    "without a database": ({"exclude": ["hr.*"]}, {"DATABASE": (2, 1), "FUNCTION": (2, 0), "TABLE": (5, 2),
                                                   "PARTITION": (7, 0)}),
    "case does not matter": ({"include": ["SHOP.Orders"]}, {"DATABASE": (1, 0), "FUNCTION": (2, 2), "TABLE": (3, 2),
                                                            "PARTITION": (7, 3)}),
}


@pytest.mark.parametrize("case", SELECTIONS)
def test_what_is_left_out_is_counted(site, case):
    patterns, expected = SELECTIONS[case]
    site.fill(shop_and_hr())
    run = site.run(metaferry=patterns)
    for kind, (read, filtered) in expected.items():
        found = run.summary["counts"][kind]
        assert (found["read"], found["filtered"], found["created"]) == (read, filtered, read - filtered), kind
    assert len(site.names()) == sum(read - filtered for read, filtered in expected.values())
    reasons = {line["reason"] for line in run.object_lines() if line["outcome"] == "filtered"}
    assert reasons <= {"include", "exclude"}
    listed = sum(line.get("count", 1) for line in run.object_lines() if line["outcome"] == "filtered")
    assert listed == sum(filtered for _, filtered in expected.values())


def test_kinds_outside_the_job_are_not_counted(site):
    site.fill(shop_and_hr())
    run = site.run(sync_objects=["DATABASE", "TABLE"])
    assert counts(run, "FUNCTION") == counts(run, "PARTITION") == {}
    assert {kind for kind, _, _ in site.names()} == {"DATABASE", "TABLE"}


# ---- Catalogs, sizes, names ----------------------------------------------------------------------


def test_catalogs_in_one_target_do_not_touch_each_other(site):
    site.fill(shop_and_hr())
    site.fill([Database("shop", "hdfs://elsewhere/shop", tables=[Table("orders", sd("elsewhere"))])], source="two.db")
    site.run(target_catalog="one")
    first = site.lines("one")
    run = site.run(source="two.db", target_catalog="two")
    assert counts(run, "TABLE") == {"read": 1, "created": 1}
    assert site.lines("one") == first and len(site.lines("two")) == 2
    assert site.names("two") == [("DATABASE", "shop", ""), ("TABLE", "shop", "orders")]
    again = site.run(target_catalog="one")
    assert counts(again, "TABLE") == {"read": 5, "unchanged": 5}


def test_a_very_long_value_survives(site):
    value = "é\n\"\\" * 2_500_000  # more than 10 MB
    site.fill([Database("d", PLACE, tables=[Table("t", sd("t"), params={"huge": value})])])
    site.run()
    stored, = (json.loads(line)["object"]["parameters"]["huge"] for line in site.lines() if '"TABLE"' in line)
    assert stored == value
    assert counts(site.run(), "TABLE") == {"read": 1, "unchanged": 1}


ODD_NAMES = ["with space", "with.dot", "with/slash", "..", "it's", 'qu"ote', "back\\slash", "100%", "a:b", "中文", "größe",
             "tab\tname", "new\nline", "*", "?", "${env:home}", "null", "-- x", "%41", "​", "😀", "a" * 250]


def test_odd_names_stay_what_they_are(site):
    built = site.fill([Database(name, f"{PLACE}/{number}", functions=[Function(name, "com.example.F")], tables=[
        Table(name, sd(str(number)), partition_keys=[Column("k", "string")],
              partitions=[Partition([value], sd(f"{number}/{at}")) for at, value in enumerate(ODD_NAMES)])])
        for number, name in enumerate(ODD_NAMES)])
    run = site.run()
    number = len(ODD_NAMES)
    assert [counts(run, kind)["created"] for kind in KINDS] == [number, number, number, number ** 2]
    assert_same_lines(site.lines(), built.expected_export(shown_as="lake"))
    assert sorted({name for kind, name, _ in site.names() if kind == "DATABASE"}) == sorted(ODD_NAMES)
    again = site.run()
    assert counts(again, "PARTITION") == {"read": number ** 2, "unchanged": number ** 2}


def test_many_workers_write_what_one_does(site, tmp_path_factory):
    site.fill(rich_databases(many_partitions=2500))
    site.run(metaferry={"workers": 8})
    lines = site.lines()
    other = Site(tmp_path_factory.mktemp("one_worker"), "catalog")
    other.fill(rich_databases(many_partitions=2500))
    other.run(metaferry={"workers": 1})
    assert_same_lines(lines, other.lines())
