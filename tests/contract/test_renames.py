"""Databases, tables and functions get other names on the way, and what refers to them follows."""

import copy
import json

import pytest

from support.canonical_export import expected_export
from support.metastore_builder import ROOT
from support.metastore_model import (
    FOREIGN_KEY, PRIMARY_KEY, Column, ColumnStatistics, Constraint, CreationMetadata, Database, Function, Partition,
    Privilege, Serde, StorageDescriptor, Table,
)
from support.metastore_target import (
    DIFFERENT, PARTIAL, SUCCESS, MetastoreDatabase, Migration, changed_rows, faults, outcomes, totals,
)
from support.program import assert_balanced, assert_same_lines, export_lines, run_program, write_job

pytestmark = pytest.mark.usefixtures("metaferry")

USAGE = 4
KEYS = [Column("day", "string")]
RENAMES = [{"key": "sales", "value": "mart"}, {"key": "sales.orders", "value": "mart.orders_2024"},
           {"key": "hr.people", "value": "mart.people"}]
NEW_NAMES = {"sales.orders": "mart.orders_2024", "hr.people": "mart.people"}


def sd(place, *names):
    return StorageDescriptor([Column(name, "string") for name in names], f"{ROOT}/{place}")


def view(name, original, expanded, **fields):
    columns = [Column("id", "string")]
    return Table(name, StorageDescriptor(columns, None, None, None, serde=Serde(None)), type="VIRTUAL_VIEW",
                 view_original_text=original, view_expanded_text=expanded, **fields)


def foreign_key(name, column, *parent):
    return Constraint(FOREIGN_KEY, name, [column], parent=(*parent, ["id"]), update_rule=0, delete_rule=0)


SPARK_DATABASE = "view.catalogAndNamespace.part.1"


def company():
    orders = sd("sales.db/orders", "id", "buyer")
    return [
        Database("hr", f"{ROOT}/hr.db", tables=[
            Table("people", sd("hr.db/people", "id"), constraints=[Constraint(PRIMARY_KEY, "pk_people", ["id"])]),
            Table("pay", sd("hr.db/pay", "id", "person", "task"), constraints=[
                foreign_key("fk_person", "person", "hr", "people"),
                foreign_key("fk_order", "task", "sales", "orders")])]),
        Database("sales", f"{ROOT}/sales.db", description="what is sold", params={"a": "1"},
                 privileges=[Privilege("SELECT", "ann")],
                 functions=[Function("mask", "com.example.Mask", resources=[(1, f"{ROOT}/a.jar")])],
                 tables=[
            Table("orders", orders, partition_keys=KEYS, owner="ann",
                  partitions=[Partition([day], StorageDescriptor(orders.columns, f"{ROOT}/sales.db/orders/day={day}"),
                                        statistics=[ColumnStatistics("id", "string", {"NUM_NULLS": 1})],
                                        privileges=[Privilege("SELECT", "ann", column="id")])
                              for day in ("1", "2", "3")],
                  privileges=[Privilege("SELECT", "ann"), Privilege("SELECT", "cleo", column="id")],
                  statistics=[ColumnStatistics("id", "string", {"NUM_NULLS": 3, "MAX_COL_LEN": 7})],
                  constraints=[Constraint(PRIMARY_KEY, "pk_orders", ["id"])]),
            Table("items", sd("sales.db/items", "id")),
            Table("kept", sd("sales.db/kept", "id"), type="MATERIALIZED_VIEW",
                  view_original_text="select id from items",
                  view_expanded_text="select `items`.`id` from `sales`.`items`", creation_metadata=CreationMetadata(
                      [("hr", "people", 0, 0, 0), ("sales", "orders", 0, 0, 0)], "1:2", 3)),
            view("buyers", "select o.buyer from orders o", "select `o`.`buyer` from `sales`.`orders` `o`"),
            view("seen", "select sales.mask(id) from items", "select sales.mask(id) from items",
                 params={"view.catalogAndNamespace.numParts": "2", "view.catalogAndNamespace.part.0": "spark_catalog",
                         SPARK_DATABASE: "sales"}),
        ])]


def renamed(databases):
    """The same as it must arrive, without a look at the text of views."""
    databases = copy.deepcopy(databases)
    tables = {f"{database.name}.{table.name}": table for database in databases for table in database.tables}

    def new(database, table):
        default = "mart" if database == "sales" else database
        return tuple(NEW_NAMES.get(f"{database}.{table}", f"{default}.{table}").split("."))
    for name, table in tables.items():
        table.name = new(*name.split("."))[1]
        for constraint in table.constraints:
            if constraint.parent:
                constraint.parent = (*new(*constraint.parent[:2]), constraint.parent[2])
        if table.creation_metadata:
            view_metadata = table.creation_metadata
            view_metadata.tables_used = [(*new(*used[:2]), *used[2:]) for used in view_metadata.tables_used]
    hr, sales = databases
    sales.name = "mart"
    hr.tables.remove(tables["hr.people"])
    sales.tables.append(tables["hr.people"])
    return [hr, sales]


def with_rewritten_views(databases):
    tables = {table.name: table for database in databases for table in database.tables}
    tables["kept"].view_expanded_text = "select `items`.`id` from `mart`.`items`"
    tables["buyers"].view_expanded_text = "select `o`.`buyer` from `mart`.`orders_2024` `o`"
    tables["seen"].view_original_text = tables["seen"].view_expanded_text = "select `mart`.mask(id) from items"
    tables["seen"].params[SPARK_DATABASE] = "mart"
    return databases


@pytest.fixture(params=["sqlite", "mariadb", "postgres"])
def pair(request, tmp_path):
    """A filled source and an empty target on one engine."""
    if request.param == "sqlite":
        source, target = (MetastoreDatabase.in_file(tmp_path / f"{name}.db") for name in ("source", "target"))
    else:
        lab, server = request.getfixturevalue("hive_lab"), request.getfixturevalue(request.param)
        source, target = (MetastoreDatabase.on_server(lab, server, f"renames_{name}", "3.1.0")
                          for name in ("source", "target"))
        target.empty()
    source.fill(company())
    return source, target


@pytest.mark.parametrize("view_text", ["report", "rewrite"])
def test_objects_and_what_refers_to_them_arrive_under_their_new_names(pair, tmp_path, view_text):
    source, target = pair
    migration = Migration(tmp_path, source, target, {"renames": RENAMES, "view_text": view_text})
    untouched = target.dump()
    assert migration.plan() == DIFFERENT
    assert target.dump() == untouched
    run = migration.run()
    expected = renamed(company())
    if view_text == "rewrite":
        with_rewritten_views(expected)
    assert_same_lines(target.export(), expected_export(expected, target.features()))
    assert list(faults(target)) == []
    assert run.summary["renames"] == [{**entry, "objects": number} for entry, number in zip(RENAMES, (6, 1, 1))]

    # The rows themselves, without the program's own reader.
    counted = target.rows("SELECT d.`NAME`, t.`TBL_NAME`, COUNT(*) FROM `PARTITIONS` p JOIN `TBLS` t ON "
                          "t.`TBL_ID` = p.`TBL_ID` JOIN `DBS` d ON d.`DB_ID` = t.`DB_ID` "
                          "GROUP BY d.`NAME`, t.`TBL_NAME`")
    assert list(map(tuple, counted)) == [("mart", "orders_2024", 3)]
    keys = target.rows("SELECT k.`CONSTRAINT_NAME`, d.`NAME`, t.`TBL_NAME` FROM `KEY_CONSTRAINTS` k JOIN `TBLS` t ON "
                       "t.`TBL_ID` = k.`PARENT_TBL_ID` JOIN `DBS` d ON d.`DB_ID` = t.`DB_ID` "
                       "WHERE k.`CONSTRAINT_TYPE` = 1 ORDER BY k.`CONSTRAINT_NAME`")
    assert list(map(tuple, keys)) == [("fk_order", "mart", "orders_2024"), ("fk_person", "mart", "people")]
    for table, number in (("TAB_COL_STATS", 1), ("PART_COL_STATS", 3)):
        named = target.rows(f"SELECT DISTINCT `DB_NAME`, `TABLE_NAME` FROM `{table}`")
        assert list(map(tuple, named)) == [("mart", "orders_2024")]
        assert target.value(f"SELECT COUNT(*) FROM `{table}`") == number
    locations = {name for name, in target.rows("SELECT `LOCATION` FROM `SDS` WHERE `LOCATION` IS NOT NULL")}
    assert f"{ROOT}/sales.db/orders" in locations and not any("mart" in place for place in locations)

    written = target.dump()
    again = migration.run()
    assert totals(again, "created") == totals(again, "updated") == {}
    assert changed_rows(written, target.dump()) == {}, "a second run wrote something"
    assert migration.plan() == SUCCESS and migration.verify() == SUCCESS


def test_what_changes_later_is_updated_under_the_new_name(pair, tmp_path):
    source, target = pair
    migration = Migration(tmp_path, source, target, {"renames": RENAMES})
    migration.run()
    source.rows("UPDATE `TBLS` SET `OWNER` = 'somebody' WHERE `TBL_NAME` = 'orders'")
    assert migration.verify() == DIFFERENT
    run = migration.run()
    (line,) = [line for line in run.object_lines() if line["outcome"] == "updated"]
    assert (line["object"]["table_name"], line["source"]) == (
        "orders_2024", {"database_name": "sales", "table_name": "orders"})
    assert target.value("SELECT `OWNER` FROM `TBLS` WHERE `TBL_NAME` = 'orders_2024'") == "somebody"


# ---- into an embedded catalog ----------------------------------------------------------------------------------

class Site:
    """A metastore in a file, and jobs from it into the catalog beside it."""

    def __init__(self, folder, databases):
        self.folder = folder
        self.source = MetastoreDatabase.in_file(folder / "metastore.db")
        self.source.fill(databases)

    def job(self, renames=RENAMES, metaferry=None, **parameters):
        return write_job(self.folder, self.source.url, metaferry={"renames": renames, **(metaferry or {})},
                         **parameters)

    def run(self, *arguments, exit_code=SUCCESS):
        done = run_program("run", "job.json", *arguments, "--format", "json", folder=self.folder)
        assert done.returncode == exit_code, done.stderr.decode()
        summary = json.loads(done.stdout)
        assert_balanced(summary)
        return summary

    def command(self, *arguments, exit_code=SUCCESS):
        done = run_program(*arguments, folder=self.folder)
        assert done.returncode == exit_code, (done.stdout.decode()[-2000:], done.stderr.decode())
        return done.stdout.decode()

    def lines(self):
        return export_lines("catalog:metaferry-catalog.db", "--catalog", "lake", folder=self.folder)

    def names(self):
        found = set()
        for line in map(json.loads, self.lines()):
            thing = line["object"]
            name = thing.get("table_name") or thing.get("function_name")
            values = "/".join(thing.get("partition_values", []))
            found.add(thing["database_name"] + (f".{name}" if name else "") + (f"/{values}" if values else ""))
        return found


@pytest.fixture
def site(tmp_path):
    return Site(tmp_path, company())


def test_a_catalog_holds_the_new_names(site):
    site.job(metaferry={"view_text": "rewrite"})
    site.run()
    expected = with_rewritten_views(renamed(company()))
    features = site.source.features()
    assert_same_lines(site.lines(), expected_export(expected, features, shown_as="lake"))
    assert sum(site.run()["counts"]["TABLE"][outcome] for outcome in ("created", "updated")) == 0
    site.command("verify", "job.json")


def test_reports_show_both_names(site):
    site.job()
    text = site.command("plan", "job.json", "--report", "report", exit_code=DIFFERENT)
    assert "sales.orders → mart.orders_2024" in text and "sales → mart" in text
    assert "sales.orders → mart.orders_2024" in site.command("plan", "job.json", "--verbose", exit_code=DIFFERENT)
    markdown = site.command("plan", "job.json", "--format", "md", exit_code=DIFFERENT)
    assert "`sales.orders` → `mart.orders_2024`" in markdown and "### Names" in markdown
    page = (site.folder / "report" / "report.html").read_text(encoding="utf-8")
    assert "sales.orders" in page and 'id="names"' in page
    lines = [json.loads(line) for line in (site.folder / "report" / "objects.ndjson").read_text().splitlines()]
    things = [(line["object"], line.get("source")) for line in lines if line["kind"] != "PARTITION"]
    sources = {thing.get("table_name") or thing.get("function_name") or thing["database_name"]: source
               for thing, source in things}
    assert sources["mart"] == {"database_name": "sales"}
    assert sources["orders_2024"] == {"database_name": "sales", "table_name": "orders"}
    assert sources["mask"] == {"database_name": "sales", "function_name": "mask"}
    assert sources["hr"] is None and sources["pay"] is None


def test_names_left_in_views_are_told_with_the_rule(site):
    site.job()
    summary = site.run()
    found = summary["findings"]["view_names_renamed_object"]["examples"]
    assert {(example["object"], example["field"], example["value"], example["detail"]) for example in found} >= {
        ("mart.buyers", "view_expanded_text", "sales.orders", "mart.orders_2024 (renames[1])"),
        ("mart.seen", f'parameters["{SPARK_DATABASE}"]', "sales", "mart (renames[0])")}
    assert "view_rewritten" not in summary["findings"]


def test_moved_directories_are_those_of_the_location_rules_alone(site):
    site.job(locations=[{"key": ROOT + "/hr.db", "value": "obs://lake/people"}])
    summary = site.run()
    (folder,) = (site.folder / "runs").glob(f"*/{summary['run_id']}")
    moves = dict(line.split("\t") for line in (folder / "moves.tsv").read_text(encoding="utf-8").splitlines())
    assert moves[ROOT + "/hr.db/people"] == "obs://lake/people/people"
    assert not any("mart" in new for new in moves.values())


# ---- saved plans, lists, runs again ----------------------------------------------------------------------------

def test_a_saved_plan_is_applied_and_drift_is_told_by_both_names(site):
    site.job()
    site.command("plan", "job.json", "--out", "a.plan", exit_code=DIFFERENT)
    site.source.rows("UPDATE `TBLS` SET `OWNER` = 'x' WHERE `TBL_NAME` = 'people'")
    site.source.rows("DELETE FROM `FUNC_RU`")
    site.source.rows("DELETE FROM `FUNCS`")
    summary = site.run("--plan", "a.plan", exit_code=PARTIAL)
    assert {(example["object"], example["source"]) for example in summary["refused"]["drifted"]["examples"]} == {
        ("mart.people", "hr.people"), ("mart.mask", "sales.mask")}
    assert "mart.orders_2024/2" in site.names() and "mart.people" not in site.names()
    site.command("plan", "job.json", "--out", "b.plan", exit_code=DIFFERENT)
    assert site.run("--plan", "b.plan")["counts"]["TABLE"]["created"] == 1
    site.command("verify", "job.json")


def test_lists_name_objects_of_the_source(site):
    site.job()
    site.run()
    (site.folder / "metaferry-catalog.db").unlink()
    (site.folder / "list.txt").write_text("sales\nsales.orders\n", encoding="utf-8")
    counts = site.run("--objects", "list.txt")["counts"]
    assert site.names() == {"mart", "mart.orders_2024", *(f"mart.orders_2024/{day}" for day in "123")}
    assert counts["TABLE"]["created"] == 1 and counts["TABLE"]["filtered"] == 6


def test_what_failed_is_tried_again_by_its_name_at_the_source(site):
    site.source.rows("UPDATE `TBLS` SET `SD_ID` = NULL WHERE `TBL_NAME` = 'items'")
    site.job()
    summary = site.run(exit_code=PARTIAL)
    (refused,) = summary["refused"]["missing_storage_descriptor"]["examples"]
    assert (refused["object"], refused["source"]) == ("mart.items", "sales.items")
    site.source.rows("UPDATE `TBLS` SET `SD_ID` = (SELECT MAX(`SD_ID`) FROM `SDS` WHERE `LOCATION` LIKE '%/items') "
                     "WHERE `TBL_NAME` = 'items'")
    assert site.run("--only-failed", "last")["counts"]["TABLE"]["created"] == 1
    assert "mart.items" in site.names()


def test_runs_with_and_without_renames_are_told_apart(site):
    site.job(renames=[])
    site.command("plan", "job.json", "--out", "a.plan", exit_code=DIFFERENT)
    site.job()
    site.command("plan", "job.json", "--out", "b.plan", exit_code=DIFFERENT)
    text = site.command("diff", "a.plan", "b.plan", exit_code=DIFFERENT)
    assert "sales.items: created as sales.items, and then as mart.items" in text
    assert "hr.pay: created with another content" in text
    assert "Every object ended alike." in site.command("diff", "b.plan", "b.plan")
    assert "sales.orders → mart.orders_2024" in site.command("show", "b.plan")


# ---- many to one -----------------------------------------------------------------------------------------------

def regions():
    def database(name, *tables):
        return Database(name, f"{ROOT}/{name}.db", description=f"of {name}", tables=[
            Table(table, sd(f"{name}.db/{table}", "id"), owner=name, partition_keys=KEYS,
                  partitions=[Partition([day], sd(f"{name}.db/{table}/{day}", "id")) for day in ("1", name)])
            for table in tables])
    return [database("sales_de", "orders", "zones"), database("sales_fr", "orders", "shops"),
            database("sales_it", "orders")]


TO_ONE = [{"key": "sales_*", "value": "sales"}]


@pytest.mark.parametrize("workers", [1, 4])
def test_databases_become_one_and_no_table_overwrites_another(tmp_path, workers):
    site = Site(tmp_path, regions())
    site.job(renames=TO_ONE, metaferry={"workers": workers})
    text = site.command("plan", "job.json", exit_code=DIFFERENT)
    assert "sales_fr.orders → sales.orders" in text and "merged_database: sales_fr" in text
    summary = site.run(exit_code=PARTIAL)
    assert summary["counts"]["DATABASE"] == {
        "read": 3, "created": 1, "updated": 0, "unchanged": 0, "filtered": 2, "refused": 0, "failed": 0}
    assert summary["merged_databases"] == 2
    assert site.names() == {"sales", "sales.orders", "sales.orders/1", "sales.orders/sales_de", "sales.zones",
                            "sales.zones/1", "sales.zones/sales_de", "sales.shops", "sales.shops/1",
                            "sales.shops/sales_fr"}
    database, orders = (next(json.loads(line)["object"] for line in site.lines() if f'"kind":"{kind}"' in line)
                        for kind in ("DATABASE", "TABLE"))
    assert database["description"] == "of sales_de" and orders["owner"] == "sales_de"
    collisions = summary["refused"]["name_collision"]
    assert collisions["count"] == 2 + 4
    messages = {example["source"]: example["message"] for example in collisions["examples"]}
    assert "sales_fr.orders and sales_de.orders would both be sales.orders" in messages["sales_fr.orders"]
    before = site.lines()
    again = site.run(exit_code=PARTIAL)
    assert again["counts"]["TABLE"]["unchanged"] == 3 and site.lines() == before
    site.command("verify", "job.json", exit_code=PARTIAL)


def test_a_table_refused_for_its_name_does_not_get_it_when_it_is_tried_alone(tmp_path):
    site = Site(tmp_path, regions())
    site.job(renames=TO_ONE)
    site.run(exit_code=PARTIAL)
    before = site.lines()
    summary = site.run("--only-failed", "last", exit_code=PARTIAL)
    assert summary["refused"]["name_collision"]["count"] == 6 and site.lines() == before
    (site.folder / "list.txt").write_text("sales_it\nsales_it.orders\n", encoding="utf-8")
    site.run("--objects", "list.txt", exit_code=PARTIAL)
    assert site.lines() == before


def test_a_table_of_its_own_name_ends_the_collision(tmp_path):
    site = Site(tmp_path, regions())
    site.job(renames=TO_ONE)
    site.run(exit_code=PARTIAL)
    site.job(renames=[*TO_ONE, {"key": "sales_*.orders", "value": "sales.orders_*"},
                      {"key": "sales_de.orders", "value": "sales.orders"}])
    site.run("--only-failed", "last")
    assert {"sales.orders_fr", "sales.orders_fr/1", "sales.orders_it/sales_it"} <= site.names()
    site.command("verify", "job.json")


def test_what_is_excluded_leaves_its_name_to_others(tmp_path):
    site = Site(tmp_path, regions())
    site.job(renames=TO_ONE, metaferry={"exclude": ["sales_de.orders", "sales_fr.orders"]})
    site.run()
    owners = {line["object"]["table_name"]: line["object"]["owner"] for line in map(json.loads, site.lines())
              if line["kind"] == "TABLE"}
    assert owners == {"orders": "sales_it", "shops": "sales_fr", "zones": "sales_de"}


def test_collisions_are_the_same_in_a_metastore(pair, tmp_path):
    source, target = pair
    source.empty()
    source.fill(regions())
    migration = Migration(tmp_path, source, target, {"renames": TO_ONE, "workers": 2})
    run = migration.run(PARTIAL)
    assert set(outcomes(run, "refused").values()) == {"name_collision"} and outcomes(run, "failed") == {}
    assert {name for name, in target.rows("SELECT `NAME` FROM `DBS`")} - {"default"} == {"sales"}
    assert sorted(map(tuple, target.rows("SELECT `TBL_NAME`, `OWNER` FROM `TBLS`"))) == [
        ("orders", "sales_de"), ("shops", "sales_fr"), ("zones", "sales_de")]
    assert target.value("SELECT COUNT(*) FROM `PARTITIONS`") == 6
    written = target.dump()
    migration.run(PARTIAL)
    assert changed_rows(written, target.dump()) == {}


# ---- parents, and jobs that are wrong --------------------------------------------------------------------------

def test_a_table_needs_the_database_that_it_moves_to(site):
    site.job(renames=[{"key": "sales.items", "value": "archive.items"}])
    summary = site.run(exit_code=PARTIAL)
    (refused,) = summary["refused"]["parent_missing"]["examples"]
    assert (refused["object"], refused["source"]) == ("archive.items", "sales.items")


def test_a_table_may_move_to_a_database_that_only_the_target_has(site):
    site.job(renames=[{"key": "sales", "value": "archive"}], metaferry={"include": ["sales.orders"]})
    site.run()
    site.job(renames=[{"key": "sales.*", "value": "archive.old_*"}], sync_objects=["TABLE", "PARTITION"])
    site.run(exit_code=PARTIAL)
    assert {"archive.orders", "archive.old_items", "archive.old_orders", "archive.old_orders/1"} <= site.names()


@pytest.mark.parametrize("renames, code, where", [
    ([{"key": "sales", "value": "sales-v2"}], "bad_rename", "/metaferry/renames/0/value"),
    ([{"key": "a", "value": "b"}, {"key": "s.t", "value": "mart"}], "bad_rename", "/metaferry/renames/1/value"),
    ([{"key": "sales", "value": "a"}, {"key": "SALES", "value": "b"}], "duplicate_rule", "/metaferry/renames/1/key"),
    ([{"key": "sa*", "value": "a_*"}, {"key": "*es", "value": "b_*"}], "ambiguous_rename", "/metaferry/renames/1/key"),
    ([{"key": "sales"}], "missing_key", "/metaferry/renames/0/value"),
])
def test_a_wrong_rename_is_told_with_its_place(site, renames, code, where):
    site.job(renames=renames)
    done = run_program("plan", "job.json", folder=site.folder)
    assert done.returncode == USAGE
    assert f"code: {code}" in done.stderr.decode() and where in done.stderr.decode()


def test_a_rename_that_names_nothing_is_told(site):
    site.job(renames=[*RENAMES, {"key": "slaes", "value": "x"}])
    warnings = site.run()["warnings"]
    assert [warning for warning in warnings if warning.startswith("unused_rename")] == [
        "unused_rename: rename 3 (slaes) named nothing that was read"]


def test_doctor_tries_the_renames(tmp_path):
    site = Site(tmp_path, regions())
    site.job(renames=[*TO_ONE, {"key": "slaes", "value": "x"}])
    report = json.loads(site.command("doctor", "job.json", "--format", "json"))
    checks = {check["code"]: check for check in report["checks"]}
    assert "8 of them get another name" in checks["rename_matches"]["message"]
    assert "sales_de → sales" in checks["rename_matches"]["message"]
    assert "rename 1 (slaes)" in checks["rename_unseen"]["message"]
    assert "sales_de, sales_fr, sales_it → sales" in checks["rename_merge"]["message"]
    assert "sales_de.orders and sales_fr.orders → sales.orders" in checks["rename_collision"]["message"]
    assert all(checks[code]["level"] == "warn" for code in ("rename_unseen", "rename_merge", "rename_collision"))


def test_the_catalog_in_the_text_of_a_view_follows_the_job(tmp_path):
    databases = company()
    databases[1].tables.append(view("far", "x", "select * from `hive`.`sales`.`items`"))
    site = Site(tmp_path, databases)
    site.job(renames=[], metaferry={"view_text": "rewrite"})
    summary = site.run()
    (far,) = [line["object"] for line in map(json.loads, site.lines()) if line["object"].get("table_name") == "far"]
    assert far["view_expanded_text"] == "select * from `lake`.`sales`.`items`"
    (example,) = summary["findings"]["view_rewritten"]["examples"]
    assert (example["value"], example["detail"]) == ("hive.sales.items", "lake.sales.items (target_catalog)")
