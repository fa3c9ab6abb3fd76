"""Jobs that write through a running metastore service: what it has afterwards, what changes, and what happens meanwhile."""

import copy
import json

import pytest

from support.metastore_builder import ROOT, rich_databases
from support.metastore_model import (
    CHECK, FOREIGN_KEY, NOT_NULL, PRIMARY_KEY, Column, ColumnStatistics, Constraint, CreationMetadata, Database, Function,
    Partition, Privilege, StorageDescriptor, Table,
)
from support.metastore_service import MetastoreService, without_the_services_part
from support.metastore_target import PARTIAL, SUCCESS, MetastoreDatabase, Migration, outcomes, totals
from support.program import assert_same_lines
from support.thrift_to_contract import json_text
from thrift_fill import table as thrift_table

pytestmark = pytest.mark.usefixtures("metaferry")
SERVICES = ("3.1.3 on mariadb", "4.0.1 on postgres")
TRANSFORMER = {"metastore.metadata.transformer.class": "org.apache.hadoop.hive.metastore.MetastoreDefaultTransformer"}
KEYS = [Column("day", "string")]


@pytest.fixture(scope="module", params=SERVICES)
def service(request, hive_lab):
    version, engine = request.param.split(" on ")
    running = MetastoreService.on_new_schema(hive_lab, request.getfixturevalue(engine), "thrift_target", version)
    yield running
    running.stop()


def sd(place, *names, **fields):
    return StorageDescriptor([Column(name, "string", f"the {name}") for name in names], f"{ROOT}/{place}", **fields)


def shop(name):
    """A small shop in which all is that a service takes."""
    orders = sd(f"{name}/orders", "id", "customer", "total")
    return [Database(name, f"{ROOT}/{name}.db", description="the shop", params={"a": "1", "empty": ""}, owner="ann",
                     privileges=[Privilege("SELECT", "ann"), Privilege("CREATE", "bob")],
                     functions=[Function("mask", "com.example.Mask", resources=[(1, f"{ROOT}/a.jar"), (2, f"{ROOT}/b")])],
                     tables=[
        Table("orders", orders, partition_keys=KEYS, params={"a": "1", "gone": "x"}, owner="ann",
              partitions=[Partition(["1"], StorageDescriptor(orders.columns, f"{ROOT}/{name}/orders/1"), {"n": "1"},
                                    statistics=[ColumnStatistics("id", "string", {
                                        "NUM_NULLS": 1, "NUM_DISTINCTS": 2, "AVG_COL_LEN": 3.5, "MAX_COL_LEN": 7})]),
                          Partition(["a/b c"], StorageDescriptor(orders.columns, f"{ROOT}/{name}/orders/2"), {"n": "2"})],
              privileges=[Privilege("SELECT", "ann"), Privilege("SELECT", "cleo", column="total")],
              statistics=[ColumnStatistics("total", "string", {
                  "NUM_NULLS": 3, "NUM_DISTINCTS": 2, "AVG_COL_LEN": 1.25, "MAX_COL_LEN": 7})],
              constraints=[Constraint(PRIMARY_KEY, f"pk_{name}_orders", ["id"]), Constraint(NOT_NULL, f"nn_{name}", ["total"]),
                           Constraint(FOREIGN_KEY, f"fk_{name}", ["customer"], parent=(name, "zz_customers", ["id"]),
                                      update_rule=0, delete_rule=0)]),
        Table("zz_customers", sd(f"{name}/customers", "id", "name"),
              constraints=[Constraint(PRIMARY_KEY, f"pk_{name}_customers", ["id"])]),
        Table("sight", StorageDescriptor([Column("c", "string")], None, None, None), type="VIRTUAL_VIEW",
              view_original_text="select 1", view_expanded_text="select 1"),
        Table("kept", sd(f"{name}/kept", "id"), type="MATERIALIZED_VIEW", view_original_text="select 2",
              view_expanded_text="select 2", creation_metadata=CreationMetadata([(name, "zz_customers", 0, 0, 0)], "1:2", 3)),
        Table("outside", sd(f"{name}/outside", "id"), type="EXTERNAL_TABLE", params={"EXTERNAL": "TRUE"}),
    ])]


class Site:
    """A source that is filled anew for each run, and a service that takes what it has."""

    def __init__(self, folder, service, databases, metaferry=None):
        self.folder, self.service, self.databases, self.metaferry = folder, service, databases, metaferry
        self.source = None

    def migration(self):
        path = self.folder / "source.db"
        path.unlink(missing_ok=True)
        self.source = MetastoreDatabase.in_file(path)
        self.source.fill(self.databases)
        return Migration(self.folder, self.source, self.service, self.metaferry)

    def migrate(self, exit_code=SUCCESS):
        return self.migration().run(exit_code)

    def lines(self, exported):
        names = {database.name for database in self.databases}
        lines = map(without_the_services_part, exported)
        return [json_text(line) for line in lines if line["object"]["database_name"] in names]

    def assert_alike(self):
        assert_same_lines(self.lines(self.service.stored()), self.lines(self.source.export()))


@pytest.fixture
def site(request, service, tmp_path):
    """Each test in a database of its own."""
    name = "shop_" + "".join(char if char.isalnum() else "_" for char in request.node.originalname)[-40:]
    made = Site(tmp_path, service, shop(name.lower()))
    made.first = made.migrate()
    return made


def test_everything_is_stored_as_the_source_has_it(site):
    assert totals(site.first, "created") == {"DATABASE": 1, "FUNCTION": 1, "TABLE": 5, "PARTITION": 2}
    site.assert_alike()


def test_a_second_run_changes_nothing(site):
    events = site.service.database.dump()
    again = site.migrate()
    assert totals(again, "updated") == totals(again, "created") == {}
    assert site.service.database.dump() == events
    assert site.migration().verify() == SUCCESS


def table_of(site, name):
    return next(table for table in site.databases[0].tables if table.name == name)


def change_database(site):
    database = site.databases[0]
    database.description, database.params = "moved", {"a": "other", "c": "new"}
    database.owner, database.owner_type = "admins", "GROUP"
    database.privileges = [Privilege("SELECT", "ann", grant_option=True), Privilege("ALTER", "dora", "GROUP")]


def change_function(site):
    mask = site.databases[0].functions[0]
    mask.class_name, mask.owner, mask.owner_type = "com.example.Mask2", "staff", "GROUP"


def change_table(site):
    orders = table_of(site, "orders")
    orders.params, orders.retention = {"a": "2", "new": ""}, 9
    orders.owner, orders.owner_type = "staff", "GROUP"
    orders.sd.location = f"{ROOT}/elsewhere"


def change_partition(site):
    first = table_of(site, "orders").partitions[0]
    first.params, first.sd.location = {"m": "1"}, f"{ROOT}/elsewhere/1"


def change_columns(site):
    orders = table_of(site, "orders")
    orders.sd = copy.copy(orders.sd)
    orders.sd.columns = [*copy.deepcopy(orders.sd.columns), Column("added", "int")]


def change_grants(site):
    table_of(site, "orders").privileges = [Privilege("SELECT", "ann", grantor="zoe"), Privilege("UPDATE", "ann", column="id")]


def change_statistics(site):
    orders = table_of(site, "orders")
    orders.statistics = [ColumnStatistics("id", "string", {
        "NUM_NULLS": 0, "NUM_DISTINCTS": 8, "AVG_COL_LEN": 2.0, "MAX_COL_LEN": 9})]
    orders.partitions[0].statistics = []


def change_constraints(site):
    name = site.databases[0].name
    table_of(site, "orders").constraints = [
        Constraint(PRIMARY_KEY, f"pk_{name}_new", ["customer", "id"], rely=True),
        Constraint(CHECK, f"ck_{name}", ["total"], enable=True, value="total > 0"),
        Constraint(FOREIGN_KEY, f"fk_{name}_new", ["total"], parent=(name, "zz_customers", ["id"]), update_rule=0, delete_rule=0)]


def change_views(site):
    table_of(site, "sight").view_original_text = table_of(site, "sight").view_expanded_text = "select 3 -- 中文"
    table_of(site, "kept").creation_metadata = CreationMetadata([(site.databases[0].name, "outside", 0, 0, 0)], "4:5", 6)


CHANGES = {
    change_database: {"DATABASE": 1}, change_function: {"FUNCTION": 1}, change_table: {"TABLE": 1},
    change_partition: {"PARTITION": 1}, change_columns: {"TABLE": 1}, change_grants: {"TABLE": 1},
    change_statistics: {"TABLE": 1, "PARTITION": 1}, change_constraints: {"TABLE": 1}, change_views: {"TABLE": 2},
}


@pytest.mark.parametrize("change", CHANGES, ids=lambda change: change.__name__)
def test_a_change_at_the_source_arrives(site, change):
    change(site)
    run = site.migrate()
    assert totals(run, "updated") == CHANGES[change] and totals(run, "failed") == {}
    site.assert_alike()
    again = site.migrate()
    assert totals(again, "updated") == totals(again, "created") == {}


def test_what_somebody_else_made_meanwhile_is_brought_up_to_date(site):
    """The session took the table for empty, or for missing, when it looked."""
    name = site.databases[0].name
    late_sd = sd(f"{name}/late", "id")
    site.databases[0].tables.append(Table(
        "late", late_sd, type="EXTERNAL_TABLE", params={"EXTERNAL": "TRUE"}, partition_keys=KEYS,
        partitions=[Partition([str(number)], StorageDescriptor(late_sd.columns, f"{ROOT}/{name}/late/{number}"))
                    for number in range(30)]))
    with site.service.client() as client:
        late = thrift_table(name, "late", "id string the id", keys="day string", tableType="EXTERNAL_TABLE",
                            parameters={"theirs": "1", "EXTERNAL": "TRUE"}, sd={"location": f"{ROOT}/{name}/late"})
        client.create_table(late)
        for number in range(0, 30, 3):
            client.add_partition({"dbName": name, "tableName": "late", "values": [str(number)], "parameters": {"theirs": "1"},
                                  "createTime": 1, "lastAccessTime": 0,
                                  "sd": late["sd"] | {
                                      "location": f"{ROOT}/{name}/theirs/{number}", "parameters": {},
                                      "serdeInfo": late["sd"]["serdeInfo"] | {"parameters": {}}}})
    run = site.migrate()
    assert totals(run, "created") == {"PARTITION": 20} and totals(run, "updated") == {"TABLE": 1, "PARTITION": 10}
    site.assert_alike()


def test_the_rich_set_arrives_or_is_named(service, mariadb, hive_lab, tmp_path):
    """Every object that the service takes is stored as it was; of the others each is named with the service's reason."""
    source = MetastoreDatabase.on_server(hive_lab, mariadb, "thrift_rich_source", "3.1.0")
    source.fill(rich_databases(many_partitions=30))
    migration = Migration(tmp_path, source, service)
    run = migration.run(PARTIAL)
    missing = outcomes(run, "refused", "failed")
    stored = {identity(line): line for line in map(without_the_services_part, service.stored())}
    pairs = [as_a_service_has_it(line, stored.get(identity(line), {}))
             for line in map(without_the_services_part, source.export()) if name_of(line) not in missing]
    assert_same_lines([json_text(there) for _, there in pairs if there], [json_text(wanted) for wanted, _ in pairs])
    assert {kind for kind, _ in missing} == {"DATABASE", "TABLE", "PARTITION"} and len(missing) < 25, missing
    again = migration.run(PARTIAL)
    # Two of its tables have foreign keys to what is no key, which the service does not take: they are tried again.
    assert totals(again, "created") == {} and totals(again, "updated") == {"TABLE": 2}
    assert any("foreign_key_refused" in warning for warning in again.summary["warnings"])
    assert outcomes(again, "refused", "failed") == missing


def identity(line):
    thing = line["object"]
    return (line["kind"], thing["database_name"], thing.get("table_name"), thing.get("function_name"),
            line.get("hive", {}).get("part_name"))


def name_of(line):
    kind, database, table, function, _ = identity(line)
    values = "/".join(line["object"].get("partition_values", []))
    return kind, f"{table}/{values}" if kind == "PARTITION" else table or function or database


def as_a_service_has_it(wanted, there):
    """Less what the service fills in where the source has nothing, and what the run lists as left out.

    That is: places and owners; grants to roles that it lacks and on columns of partitions; statistics of lost columns;
    foreign keys to what is no key; the SerDe's rare parts of partitions.
    """
    wanted, there = copy.deepcopy(wanted), copy.deepcopy(there)
    if not there:
        return wanted, there
    for name, inner in (("owner", ()), ("location", ()), ("location", ("storage_descriptor",))):
        ours, theirs = wanted["object"], there["object"]
        for part in inner:
            ours, theirs = ours.get(part, {}), theirs.get(part, {})
        if name not in ours:
            theirs.pop(name, None)
            theirs.pop("owner_type" if name == "owner" else None, None)
    columns = {column["column_name"] for column in wanted["object"].get("storage_descriptor", {}).get("columns", [])}
    for line in (wanted, there):
        hive = line.get("hive", {})
        hive.pop("privileges", None)
        hive.pop("serde_info", None)
        hive.get("constraints", {}).pop("foreignKeys", None)
        # In one list: at the source some may have been made later than others, for a service all are of one moment.
        hive["column_statistics"] = sorted(
            json_text(item) for statistics in hive.get("column_statistics", [])
            for item in statistics["statsObj"] if item["colName"] in columns)
        for part in ("constraints", "column_statistics"):
            if not hive.get(part):
                hive.pop(part, None)
        if not hive:
            line.pop("hive", None)
    return wanted, there


def test_a_service_that_translates_says_so_before(hive_lab, postgres, tmp_path):
    """By default a service of 4.x turns managed tables into external ones that lose their data when dropped."""
    service = MetastoreService.on_new_schema(hive_lab, postgres, "thrift_translating", "4.0.1", TRANSFORMER)
    try:
        name = "translated"
        site = Site(tmp_path, service, [Database(name, f"{ROOT}/{name}.db", tables=[Table("managed", sd("m", "id"))])])
        run = site.migrate()
        assert any("external" in warning for warning in run.summary["warnings"])
        findings = [json.loads(line) for line in (run.log_folder / "findings.ndjson").read_text().splitlines()]
        assert any(finding["code"] == "not_held" and finding["field"] == "table_type" for finding in findings), findings
        (table,) = (json.loads(line) for line in service.stored() if '"TABLE"' in line)
        assert table["object"]["table_type"] == "EXTERNAL_TABLE"
        assert table["object"]["parameters"]["external.table.purge"] == "TRUE"
        again = site.migrate()
        assert totals(again, "updated") == totals(again, "created") == {}
        assert site.migration().verify() == SUCCESS
    finally:
        service.stop()


def test_what_no_service_changes_is_named(site):
    """alter_function takes no resources; and nothing is dropped to be made anew."""
    site.databases[0].functions[0].resources = [(3, "hdfs://nn1:8020/c")]
    run = site.migrate(PARTIAL)
    (line,) = (line for line in run.object_lines() if line["outcome"] == "failed")
    assert line["reason"] == "changed_by_service" and "drop" in line["message"]
    with site.service.client() as client:
        client.drop_function(site.databases[0].name, "mask")
    assert totals(site.migrate(), "created") == {"FUNCTION": 1}
    site.assert_alike()


def test_what_a_service_refuses_is_named_and_the_rest_arrives(site):
    site.databases[0].tables += [Table("wrong name", sd("w", "id")), Table("nowhere", StorageDescriptor(
        [Column("id", "int")], "nosuchscheme://bucket/nowhere")), Table("right", sd("r", "id"))]
    run = site.migrate(PARTIAL)
    failed = outcomes(run, "failed")
    assert ("TABLE", "nowhere") in failed and totals(run, "created")["TABLE"] + len(failed) == 3
    assert ("TABLE", "right") not in failed


def test_three_roads_make_one_export(site, hive_lab, postgres, tmp_path):
    """SQL to Thrift, Thrift to Thrift and Thrift to SQL."""
    other = MetastoreService.on_new_schema(hive_lab, postgres, "thrift_other", "4.0.1")
    try:
        for number, target in enumerate((other, MetastoreDatabase.in_file(tmp_path / "by_sql.db"))):
            folder = tmp_path / str(number)
            folder.mkdir()
            include = {"include": [f"{site.databases[0].name}.*"]}
            Migration(folder, site.service, target, include).run()
            exported = target.stored() if target is other else target.export()
            assert_same_lines(site.lines(exported), site.lines(site.service.stored()))
    finally:
        other.stop()


def test_a_service_that_dies_is_an_error_and_the_same_command_goes_on(hive_lab, mariadb, tmp_path):
    service = MetastoreService.on_new_schema(hive_lab, mariadb, "thrift_dying", "3.1.3")
    site = Site(tmp_path, service, shop("dying"))
    table_of(site, "orders").partitions = [
        Partition([str(number)], StorageDescriptor(table_of(site, "orders").sd.columns, f"{ROOT}/d/{number}"))
        for number in range(200)]
    migration = site.migration()
    service.stop()
    dead = migration.run(1)
    assert dead.summary["error"]["code"] == "connection_failed"
    again = MetastoreService(hive_lab, service.database, "3.1.3")
    try:
        site.service = again
        run = site.migrate()
        assert totals(run, "created")["PARTITION"] == 200
        site.assert_alike()
    finally:
        again.stop()
