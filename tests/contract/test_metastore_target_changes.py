"""What a run changes in a metastore that has been written before: what differs, and not a row more."""

import copy
import json

import pytest

from support.canonical_export import dump
from support.metastore_builder import ROOT, rich_databases
from support.metastore_features import fit_to
from support.metastore_model import (
    CHECK, FOREIGN_KEY, NOT_NULL, PRIMARY_KEY, Column, ColumnStatistics, Constraint, CreationMetadata, Database, Function,
    Partition, Privilege, Serde, Skewed, StorageDescriptor, Table,
)
from support.metastore_target import DIFFERENT, MetastoreDatabase, Migration, changed_rows, faults, totals
from support.program import assert_same_lines

pytestmark = pytest.mark.usefixtures("metaferry")

KEYS = [Column("day", "string")]


def columns(*names):
    return [Column(name, "string", f"the {name}") for name in names]


def sd(place, *names, **fields):
    return StorageDescriptor(columns(*names), f"{ROOT}/{place}", **fields)


def shop():
    """A small shop in which every kind of row is, and beside each object one that is never touched."""
    orders = sd("orders", "id", "customer", "total")
    return [Database("shop", f"{ROOT}/shop.db", description="the shop", params={"a": "1", "b": "2", "empty": ""},
                     privileges=[Privilege("SELECT", "ann"), Privilege("ALL", "bob", grantor=None)],
                     functions=[Function("mask", "com.example.Mask", resources=[(1, f"{ROOT}/a.jar"), (2, f"{ROOT}/b")]),
                                Function("untouched", "com.example.Other", resources=[(1, f"{ROOT}/a.jar")])],
                     tables=[
        Table("orders", orders, partition_keys=KEYS, params={"a": "1", "gone": "x"}, owner="ann",
              partitions=[Partition(["1"], StorageDescriptor(orders.columns, f"{ROOT}/orders/1"), {"n": "1"},
                                    statistics=[ColumnStatistics("id", "string", {"NUM_NULLS": 1})],
                                    privileges=[Privilege("SELECT", "ann"), Privilege("SELECT", "ann", column="id")]),
                          Partition(["2"], StorageDescriptor(orders.columns, f"{ROOT}/orders/2"), {"n": "2"})],
              privileges=[Privilege("SELECT", "ann"), Privilege("SELECT", "cleo", column="total")],
              statistics=[ColumnStatistics("total", "string", {"NUM_NULLS": 3, "MAX_COL_LEN": 7})],
              constraints=[Constraint(PRIMARY_KEY, "pk_orders", ["id"]), Constraint(NOT_NULL, "nn_orders", ["total"]),
                           Constraint(FOREIGN_KEY, "fk_orders", ["customer"], parent=("shop", "customers", ["id"]),
                                      update_rule=0, delete_rule=0)]),
        Table("customers", sd("customers", "id", "name"), constraints=[Constraint(PRIMARY_KEY, "pk_customers", ["id"])]),
        Table("layout", sd("layout", "id", "kind", buckets=4, bucket_columns=["id"], sort_columns=[("kind", 1)],
                           serde=Serde(params={"p": "1"}), params={"s": "1"},
                           skewed=Skewed(["kind"], [["x"], ["y"]], [(["x"], f"{ROOT}/layout/x")]))),
        Table("sight", StorageDescriptor(columns("c"), None, None, None, serde=Serde(None)), type="VIRTUAL_VIEW",
              view_original_text="select 1", view_expanded_text="select 1"),
        Table("kept", sd("kept", "id"), type="MATERIALIZED_VIEW", view_original_text="select 2",
              view_expanded_text="select 2", creation_metadata=CreationMetadata([("shop", "orders", 0, 0, 0)], "1:2", 3)),
        Table("bystander", sd("bystander", "id", buckets=2, bucket_columns=["id"], skewed=Skewed(["id"], [["1"]], [])),
              partition_keys=KEYS, params={"a": "1"}, partitions=[Partition(["1"], sd("bystander/1", "id"))]),
    ])]


def table_of(databases, name):
    return next(table for table in databases[0].tables if table.name == name)


def change_database(databases):
    shop_database = databases[0]
    shop_database.description, shop_database.location = "moved", "obs://lake/shop"
    shop_database.owner, shop_database.owner_type = "admins", "ROLE"
    shop_database.params = {"a": "other", "c": "new", "empty": ""}
    shop_database.privileges = [Privilege("SELECT", "ann", grant_option=True), Privilege("CREATE", "dora", "GROUP")]


def change_function(databases):
    mask = databases[0].functions[0]
    mask.class_name, mask.owner, mask.owner_type, mask.create_time = "com.example.Mask2", "staff", "GROUP", 1700000000
    mask.resources = [(2, "obs://lake/b"), (3, "obs://lake/c")]


def change_table(databases):
    orders = table_of(databases, "orders")
    orders.type, orders.params = "EXTERNAL_TABLE", {"a": "2", "new": "", "EXTERNAL": "TRUE"}
    orders.owner, orders.owner_type, orders.retention = "staff", "GROUP", 9
    orders.create_time, orders.last_access_time = 1600000000, 1600000001
    orders.sd.location = "obs://lake/orders"


def change_partition(databases):
    first = table_of(databases, "orders").partitions[0]
    first.params, first.create_time, first.last_access_time = {"m": "1"}, 1600000000, 5
    first.sd.location, first.sd.compressed = "obs://lake/orders/1", True
    first.sd.serde = Serde("com.example.Serde", {"q": "1"}, description="own")


def change_columns(databases):
    """The table's only, as ALTER TABLE without CASCADE does; the order of the constraints' columns changes."""
    orders = table_of(databases, "orders")
    orders.sd = copy.copy(orders.sd)
    orders.sd.columns = [Column("added", "int"), *copy.deepcopy(orders.sd.columns)]


def change_referenced_columns(databases):
    customers = table_of(databases, "customers")
    customers.sd.columns = [Column("since", "date"), *customers.sd.columns]


def change_columns_everywhere(databases):
    orders = table_of(databases, "orders")
    new = [*copy.deepcopy(orders.sd.columns), Column("added", "int", "")]
    for holder in (orders, *orders.partitions):
        holder.sd.columns = new


def change_partition_columns(databases):
    table_of(databases, "orders").partitions[1].sd.columns = [Column("id", "int")]


def change_layout(databases):
    descriptor = table_of(databases, "layout").sd
    descriptor.buckets, descriptor.bucket_columns = 8, ["kind", "id"]
    descriptor.sort_columns = [("id", 0), ("kind", 1)]
    descriptor.skewed = Skewed(["kind", "id"], [["x", "1"]], [(["x", "1"], "obs://lake/layout/x1")])
    descriptor.input_format, descriptor.output_format = "com.example.In", "com.example.Out"
    descriptor.compressed = descriptor.sub_directories = True
    descriptor.params = {"t": "1"}
    descriptor.serde = Serde("com.example.Serde", {"p": "2", "q": ""}, description="d", serializer="s", deserializer="e")


def flatten_layout(databases):
    descriptor = table_of(databases, "layout").sd
    descriptor.buckets, descriptor.bucket_columns, descriptor.sort_columns = -1, [], []
    descriptor.skewed, descriptor.params, descriptor.serde.params = Skewed(), {}, {}


def change_privileges(databases):
    orders = table_of(databases, "orders")
    orders.privileges = [Privilege("SELECT", "ann", authorizer="RANGER"), Privilege("UPDATE", "ann", column="id")]
    orders.partitions[0].privileges = [Privilege("ALTER", "ann")]


def change_statistics(databases):
    orders = table_of(databases, "orders")
    orders.statistics = [ColumnStatistics("id", "string", {"NUM_NULLS": 0, "NUM_DISTINCTS": 8}, last_analyzed=1700000000)]
    orders.partitions[0].statistics = []


def change_constraints(databases):
    orders = table_of(databases, "orders")
    orders.constraints = [Constraint(PRIMARY_KEY, "pk_new", ["customer", "id"], rely=True),
                          Constraint(CHECK, "ck_orders", ["total"], enable=True, value="total > 0"),
                          Constraint(FOREIGN_KEY, "fk_new", ["total"], parent=("shop", "customers", ["name"]),
                                     update_rule=1, delete_rule=1)]


def drop_constraints(databases):
    table_of(databases, "orders").constraints = []


def change_views(databases):
    table_of(databases, "sight").view_original_text = "select 3"
    table_of(databases, "sight").view_expanded_text = "select 3 -- 中文"
    kept = table_of(databases, "kept")
    kept.rewrite_enabled = True
    kept.creation_metadata = CreationMetadata([("shop", "customers", 0, 0, 0)], "4:5", 6)


CHANGES = {
    change_database: {"DATABASE": 1}, change_function: {"FUNCTION": 1}, change_table: {"TABLE": 1},
    change_partition: {"PARTITION": 1}, change_columns: {"TABLE": 1}, change_referenced_columns: {"TABLE": 1},
    change_columns_everywhere: {"TABLE": 1, "PARTITION": 2}, change_partition_columns: {"PARTITION": 1},
    change_layout: {"TABLE": 1}, flatten_layout: {"TABLE": 1}, change_privileges: {"TABLE": 1, "PARTITION": 1},
    change_statistics: {"TABLE": 1, "PARTITION": 1}, change_constraints: {"TABLE": 1}, drop_constraints: {"TABLE": 1},
    change_views: {"TABLE": 2},
}
BYSTANDERS = ("bystander", "untouched")


@pytest.fixture(scope="module", params=["mariadb 3.1.0", "postgres 4.0.0", "sqlite"])
def make_target(request, tmp_path_factory):
    """Makes the target's schema once and empties it for each test: that is much quicker."""
    if request.param == "sqlite":
        return lambda: MetastoreDatabase.in_file(tmp_path_factory.mktemp("target") / "target.db")
    engine, version = request.param.split()
    lab, server = request.getfixturevalue("hive_lab"), request.getfixturevalue(engine)
    made = MetastoreDatabase.on_server(lab, server, "changed_target", version)

    def emptied():
        made.empty()
        return made
    return emptied


@pytest.fixture
def site(make_target, tmp_path):
    """Fills a source, migrates it, and hands out what changes the source afterwards."""
    return Site(tmp_path, make_target())


class Site:
    def __init__(self, folder, target):
        self.folder, self.target = folder, target
        self.databases = shop()
        self.migrate()

    def migrate(self):
        # The source is made anew each time, with the same path: only its content matters.
        path = self.folder / "source.db"
        path.unlink(missing_ok=True)
        self.source = MetastoreDatabase.in_file(path)
        self.source.fill(self.databases)
        return Migration(self.folder, self.source, self.target).run()

    def assert_alike(self):
        assert_same_lines([without_what_newer_schemas_add(line) for line in self.target.export()], self.source.export())
        assert list(faults(self.target)) == []


def without_what_newer_schemas_add(text):
    line = json.loads(text)
    hive = line.pop("hive", {})
    if hive.get("type") == "NATIVE":
        del hive["type"]
    for statistics in hive.get("column_statistics", []):
        statistics.pop("engine", None)
    return dump(line | ({"hive": hive} if hive else {}))


@pytest.mark.parametrize("change", CHANGES, ids=lambda change: change.__name__)
def test_a_change_at_the_source_arrives_alone(site, change):
    before = site.target.dump("SEQUENCE_TABLE")
    change(site.databases)
    run = site.migrate()
    assert totals(run, "updated") == CHANGES[change]
    assert totals(run, "created") == totals(run, "failed") == {}
    site.assert_alike()
    changed = changed_rows(before, site.target.dump("SEQUENCE_TABLE"))
    assert not any(name in row for rows in changed.values() for row in (*rows[0], *rows[1]) for name in BYSTANDERS)
    again = site.migrate()
    assert totals(again, "updated") == totals(again, "created") == {}


def test_a_location_touches_one_row(site):
    for move in ("orders", "kept"):
        before = site.target.dump("SEQUENCE_TABLE")
        table_of(site.databases, move).sd.location = f"obs://lake/{move}"
        site.migrate()
        gone, come = changed_rows(before, site.target.dump("SEQUENCE_TABLE")).pop("SDS")
        assert len(gone) == len(come) == 1 and f"obs://lake/{move}" in come[0]
        assert set(changed_rows(before, site.target.dump("SEQUENCE_TABLE"))) == {"SDS"}


def test_partitions_keep_their_columns_when_the_table_moves_on(site):
    def lists():
        return {name: number for name, number in site.target.rows(
            "SELECT p.`PART_NAME`, s.`CD_ID` FROM `PARTITIONS` p JOIN `SDS` s ON s.`SD_ID` = p.`SD_ID` JOIN `TBLS` t ON "
            "t.`TBL_ID` = p.`TBL_ID` WHERE t.`TBL_NAME` = 'orders'")}
    old = lists()
    change_columns(site.databases)
    site.migrate()
    assert lists() == old
    assert site.target.value("SELECT COUNT(*) FROM `CDS` WHERE `CD_ID` = %s", old["day=1"]) == 1
    for partition in table_of(site.databases, "orders").partitions:
        partition.sd.columns = table_of(site.databases, "orders").sd.columns
    site.migrate()
    assert site.target.value("SELECT COUNT(*) FROM `CDS` WHERE `CD_ID` = %s", old["day=1"]) == 0
    assert len(set(lists().values())) == 1
    site.assert_alike()


def test_many_partitions_leave_a_column_list_together(site):
    """Several workers leave it in different transactions, none of which sees the others'."""
    orders = table_of(site.databases, "orders")
    orders.partitions = [Partition([str(number)], StorageDescriptor(orders.sd.columns, f"{ROOT}/orders/{number}"))
                         for number in range(6_000)]
    site.migrate()
    change_columns_everywhere(site.databases)
    assert totals(site.migrate(), "updated") == {"TABLE": 1, "PARTITION": 6_000}
    assert list(faults(site.target)) == []


def test_a_parameter_that_the_target_holds_as_null_can_be_set(site):
    site.target.rows("UPDATE `TABLE_PARAMS` SET `PARAM_VALUE` = NULL WHERE `PARAM_KEY` = 'gone'")
    assert totals(site.migrate(), "updated") == {"TABLE": 1}
    site.assert_alike()


def test_what_only_the_target_has_stays(site):
    site.databases[0].tables = [table_of(site.databases, "bystander")]
    site.databases[0].functions = []
    lines = site.target.export()
    run = site.migrate()
    assert totals(run, "updated") == totals(run, "created") == {} and site.target.export() == lines


def test_what_refers_to_a_table_that_is_not_there_waits_for_it(site):
    """Neither lost without a word nor an update at every run: it is told, and written when the table has come."""
    table_of(site.databases, "kept").creation_metadata = CreationMetadata([("shop", "customers", 0, 0, 0)], "1:2", 3)
    site.migrate()
    site.target.empty()
    (site.folder / "partly").mkdir()
    partly = Migration(site.folder / "partly", site.source, site.target, {"exclude": ["shop.customers"]})
    for created in (5, 0):
        run = partly.run()
        assert totals(run, "created").get("TABLE", 0) == created and totals(run, "updated") == {}
        told = sorted(warning for warning in run.summary["warnings"] if "left_out" in warning)
        assert len(told) == 2, run.summary["warnings"]
        assert "shop.orders (fk_orders) to shop.customers" in told[0] and "shop.kept from shop.customers" in told[1]
    assert partly.verify() == DIFFERENT
    whole = site.migrate()
    assert totals(whole, "created") == {"TABLE": 1}
    assert not [warning for warning in whole.summary["warnings"] if "left_out" in warning]
    site.assert_alike()


def test_an_object_that_cannot_be_read_is_named_and_left_alone(site):
    site.target.rows("UPDATE `TBLS` SET `SD_ID` = NULL WHERE `TBL_NAME` = 'customers'")
    before = site.target.dump("SEQUENCE_TABLE")
    site.databases[0].description = "other"
    run = Migration(site.folder, site.source, site.target).run(3)
    failed = [line for line in run.object_lines() if line["outcome"] == "failed"]
    assert [(line["object"]["table_name"], line["reason"]) for line in failed] == [("customers", "broken_target_object")]
    assert changed_rows(before, site.target.dump("SEQUENCE_TABLE")) == {}


def test_nothing_of_the_rich_set_is_lost_by_updating_all_of_it(site, tmp_path):
    """Every object of the rich set is spoilt in the target by SQL, and mended by a run."""
    site.databases = fit_to(site.target.features(), rich_databases(many_partitions=30))
    site.databases[:] = [database for database in site.databases if database.catalog == "hive"]
    shop_database = next(database for database in site.databases if database.name == "shop")
    shop_database.tables = [table for table in shop_database.tables if table.name != "transactional"]
    site.target.empty()
    created = totals(site.migrate(), "created")
    lines = site.target.export()
    for statement in ("UPDATE `SDS` SET `LOCATION` = 'x://spoilt', `INPUT_FORMAT` = 'spoilt', `NUM_BUCKETS` = 77",
                      "UPDATE `TBLS` SET `OWNER` = 'spoilt', `RETENTION` = 77", "UPDATE `SERDES` SET `SLIB` = 'spoilt'",
                      "UPDATE `COLUMNS_V2` SET `TYPE_NAME` = 'spoilt'", "UPDATE `PARTITIONS` SET `CREATE_TIME` = 77",
                      "UPDATE `TABLE_PARAMS` SET `PARAM_VALUE` = 'spoilt'", "DELETE FROM `SERDE_PARAMS`",
                      "UPDATE `DBS` SET `OWNER_NAME` = 'spoilt', `DB_LOCATION_URI` = 'x://spoilt'",
                      "UPDATE `FUNCS` SET `CLASS_NAME` = 'spoilt'", "DELETE FROM `SORT_COLS`", "DELETE FROM `BUCKETING_COLS`",
                      "DELETE FROM `SKEWED_COL_VALUE_LOC_MAP`", "DELETE FROM `SKEWED_VALUES`",
                      "DELETE FROM `SKEWED_STRING_LIST_VALUES`", "DELETE FROM `SKEWED_STRING_LIST`",
                      "DELETE FROM `TAB_COL_STATS`", "DELETE FROM `PART_COL_STATS`", "DELETE FROM `TBL_PRIVS`",
                      "DELETE FROM `KEY_CONSTRAINTS`"):
        site.target.rows(statement)
    assert totals(site.migrate(), "updated") == created
    assert_same_lines(site.target.export(), lines)
    assert list(faults(site.target, {"k=a#b"})) == []
