"""A broken object is refused by name and reason; everything else is migrated and the books balance."""

import sqlite3

import pytest

from support.canonical_export import expected_export
from support.metastore_features import fit_to, probe
from support.metastore_model import Column, Database, Function, Partition, StorageDescriptor, Table
from support.metastore_writer import MetastoreWriter
from support.program import KINDS, ROOT, assert_balanced, assert_same_lines, run_job, write_job
from support.servers import PASSWORD_VARIABLE

pytestmark = pytest.mark.usefixtures("metaferry")  # says so when the program is not built
SQLITE_SCHEMA = ROOT / "fixtures" / "hive_schema" / "sqlite-3.1.sql"
PLACE = "hdfs://nn1:8020/warehouse"


def columns():
    return [Column("id", "int"), Column("name", "string", "as it is")]


def good_databases():
    """What every case starts from. `victim` objects are the ones that cases break."""
    def table(name, **fields):
        return Table(name, StorageDescriptor(columns(), f"{PLACE}/shop.db/{name}"), **fields)

    def parts(name, *values):
        return [Partition([value], StorageDescriptor(columns(), f"{PLACE}/shop.db/{name}/k={value}"))
                for value in values]

    key = [Column("k", "string")]
    return [
        Database("alpha", f"{PLACE}/alpha.db",
                 tables=[Table("t", StorageDescriptor(columns(), f"{PLACE}/alpha.db/t"))]),
        Database("shop", f"{PLACE}/shop.db", functions=[
            Function("before", "com.example.F"), Function("victim_function", "com.example.F")], tables=[
            table("before"), table("victim"),
            table("wide", partition_keys=key, partitions=parts("wide", "1", "2", "3")),
            table("zulu", partition_keys=key, partitions=parts("zulu", "1", "2"))]),
        Database("victim_db", f"{PLACE}/victim_db.db"),
    ]


class Case:
    """`spoil` breaks collected rows; `refused` lists (kind, database, table, reason, words in the line)."""

    def __init__(self, spoil, *refused, engines=("sqlite", "mariadb", "postgres"), after=None):
        self.spoil, self.refused, self.engines, self.after = spoil, refused, engines, after


def _table_row(writer, name):
    return writer.find("TBLS", TBL_NAME=name)


def _partition_row(writer, table, name):
    return writer.find("PARTITIONS", PART_ID=writer.partition_ids["hive", "shop", table, name])


def _sd_row(writer, owner):
    return writer.find("SDS", SD_ID=owner["SD_ID"])


def _remove(writer, table, **values):
    writer.rows[table].remove(writer.find(table, **values))


def null_sd(writer):
    _table_row(writer, "victim")["SD_ID"] = None


def null_sd_with_partitions(writer):
    _table_row(writer, "wide")["SD_ID"] = None


def dangling_sd(writer):
    _remove(writer, "SDS", SD_ID=_table_row(writer, "victim")["SD_ID"])


def dangling_columns(writer):
    sd = _sd_row(writer, _table_row(writer, "victim"))
    _remove(writer, "CDS", CD_ID=sd["CD_ID"])
    writer.rows["COLUMNS_V2"] = [row for row in writer.rows["COLUMNS_V2"] if row["CD_ID"] != sd["CD_ID"]]


def null_columns(writer):
    _sd_row(writer, _table_row(writer, "victim"))["CD_ID"] = None


def dangling_serde(writer):
    _remove(writer, "SERDES", SERDE_ID=_sd_row(writer, _table_row(writer, "victim"))["SERDE_ID"])


def partition_null_serde(writer):
    _sd_row(writer, _partition_row(writer, "wide", "k=2"))["SERDE_ID"] = None


def partition_null_sd(writer):
    _partition_row(writer, "wide", "k=2")["SD_ID"] = None


def partition_dangling_sd(writer):
    _remove(writer, "SDS", SD_ID=_partition_row(writer, "wide", "k=2")["SD_ID"])


def partition_dangling_columns(writer):
    sd = _sd_row(writer, _partition_row(writer, "wide", "k=2"))
    sd["CD_ID"] = 999_999_999


def too_few_values(writer):
    _remove(writer, "PARTITION_KEY_VALS", PART_ID=_partition_row(writer, "wide", "k=2")["PART_ID"])


def too_many_values(writer):
    number = _partition_row(writer, "wide", "k=2")["PART_ID"]
    writer.row("PARTITION_KEY_VALS", PART_ID=number, PART_KEY_VAL="surplus", INTEGER_IDX=1)


def same_database_by_case(writer):
    writer.row("DBS", **{**writer.find("DBS", NAME="victim_db"), "DB_ID": writer.new_id("DBS"), "NAME": "Victim_DB"})


def same_table_by_case(writer):
    table = {**_table_row(writer, "victim"), "TBL_ID": writer.new_id("TBLS"), "TBL_NAME": "VICTIM"}
    sd = {**_sd_row(writer, table), "SD_ID": writer.new_id("SDS"), "SERDE_ID": writer.new_id("SERDES")}
    writer.row("SERDES", **{**writer.find("SERDES", SERDE_ID=_sd_row(writer, table)["SERDE_ID"]),
                            "SERDE_ID": sd["SERDE_ID"]})
    writer.row("SDS", **sd)
    writer.row("TBLS", **{**table, "SD_ID": sd["SD_ID"]})


def same_table_twice_by_case(writer):
    same_table_by_case(writer)
    _table_row(writer, "victim")["TBL_NAME"] = "Victim"


def partition_of_no_table(writer):
    _partition_row(writer, "wide", "k=2")["TBL_ID"] = 999_999_999


def table_of_no_database(writer):
    _table_row(writer, "victim")["DB_ID"] = 999_999_999


def function_of_no_database(writer):
    writer.find("FUNCS", FUNC_NAME="victim_function")["DB_ID"] = 999_999_999


def nameless_table(writer):
    _table_row(writer, "victim")["TBL_NAME"] = None


def nameless_database(writer):
    writer.find("DBS", NAME="victim_db")["NAME"] = None


def bad_bytes(table, condition):
    """0xC3 0x28 is no UTF-8; SQLite stores it as text all the same."""
    def spoil(connection):
        column = {"TBLS": "VIEW_ORIGINAL_TEXT", "DBS": "DESC", "SDS": "LOCATION"}[table]
        connection.execute(f'UPDATE "{table}" SET "{column}" = CAST(x\'61C32862\' AS TEXT) WHERE {condition}')
    return spoil


def nothing(writer):
    del writer


ALL_PARTS = [("PARTITION", "shop", "wide", "parent_missing", number) for number in "123"]
CASES = {
    "table without storage descriptor": Case(
        null_sd, ("TABLE", "shop", "victim", "missing_storage_descriptor")),
    "partitioned table without storage descriptor": Case(
        null_sd_with_partitions, ("TABLE", "shop", "wide", "missing_storage_descriptor"), *ALL_PARTS),
    "table with dangling storage descriptor": Case(
        dangling_sd, ("TABLE", "shop", "victim", "missing_storage_descriptor")),
    "table with dangling column list": Case(dangling_columns, ("TABLE", "shop", "victim", "missing_columns")),
    "table with null column list": Case(null_columns, ("TABLE", "shop", "victim", "missing_columns")),
    "table with dangling serde": Case(dangling_serde, ("TABLE", "shop", "victim", "missing_serde")),
    "partition with null serde": Case(partition_null_serde, ("PARTITION", "shop", "wide", "missing_serde", "2")),
    "partition without storage descriptor": Case(
        partition_null_sd, ("PARTITION", "shop", "wide", "missing_storage_descriptor", "2")),
    "partition with dangling storage descriptor": Case(
        partition_dangling_sd, ("PARTITION", "shop", "wide", "missing_storage_descriptor", "2")),
    "partition with dangling column list": Case(
        partition_dangling_columns, ("PARTITION", "shop", "wide", "missing_columns", "2")),
    "partition with too few values": Case(
        too_few_values, ("PARTITION", "shop", "wide", "value_count_mismatch", "k=2")),
    "partition with too many values": Case(
        too_many_values, ("PARTITION", "shop", "wide", "value_count_mismatch", "2")),
    # Hive looks names up in lower case, so of two such names the lower-case one is the one in use.
    "two databases that differ by case": Case(
        same_database_by_case, ("DATABASE", "victim_db", None, "duplicate_name", "Victim_DB")),
    "two tables that differ by case": Case(
        same_table_by_case, ("TABLE", "shop", "victim", "duplicate_name", "VICTIM")),
    "two tables of which neither is in lower case": Case(
        same_table_twice_by_case, ("TABLE", "shop", "victim", "duplicate_name", "VICTIM"),
        ("TABLE", "shop", "victim", "duplicate_name", "Victim")),
    "partition of no table": Case(partition_of_no_table, ("PARTITION", None, None, "orphan_partition", "k=2")),
    "table of no database": Case(table_of_no_database, ("TABLE", None, "victim", "missing_database")),
    "function of no database": Case(
        function_of_no_database, ("FUNCTION", None, None, "missing_database", "victim_function")),
    "table without name": Case(nameless_table, ("TABLE", "shop", None, "missing_name")),
    "database without name": Case(nameless_database, ("DATABASE", None, None, "missing_name")),
    "table with invalid text": Case(
        nothing, ("TABLE", "shop", "victim", "invalid_utf8"), engines=("sqlite",),
        after=bad_bytes("TBLS", "\"TBL_NAME\" = 'victim'")),
    "database with invalid text": Case(
        nothing, ("DATABASE", "victim_db", None, "invalid_utf8"), engines=("sqlite",),
        after=bad_bytes("DBS", "\"NAME\" = 'victim_db'")),
    "partition with invalid text": Case(
        nothing, ("PARTITION", "shop", "wide", "invalid_utf8", "2"), engines=("sqlite",),
        after=bad_bytes("SDS", "\"LOCATION\" LIKE '%/wide/k=2'")),
}
ON_EVERY_ENGINE = [pytest.param(engine, name, id=f"{engine}: {name}")
                   for engine in ("sqlite", "mariadb", "postgres") for name, case in CASES.items()
                   if engine in case.engines]


class BrokenMetastore:
    """An engine's metastore with one case in it."""

    def __init__(self, request, engine, folder):
        self.environment, self.login = {}, {}
        if engine == "sqlite":
            self.connection = sqlite3.connect(folder / "metastore.db")
            self.connection.executescript(SQLITE_SCHEMA.read_text(encoding="utf-8"))
            self.url = "jdbc:sqlite:metastore.db"
            return
        server, lab = request.getfixturevalue(engine), request.getfixturevalue("hive_lab")
        lab.apply_official_schema(server, "bad_objects", "3.1.0")
        self.connection, self.url = server.connect("bad_objects"), server.plain_jdbc_url("bad_objects")
        self.environment = server.environment()
        self.login = {"user": server.user, "password": "${env:%s}" % PASSWORD_VARIABLE}

    def fill(self, case):
        features = probe(self.connection)
        databases = fit_to(features, good_databases())
        writer = MetastoreWriter(features)
        writer.add(databases)
        case.spoil(writer)
        writer.flush(self.connection, check_references=False)
        if case.after:
            case.after(self.connection)
            self.connection.commit()
        return databases, features


def without_refused(databases, refused):
    """The model without what must not arrive."""
    gone = {(kind, database, table) for kind, database, table, reason, *_ in refused
            if reason != "duplicate_name" or len(refused) > 1}
    gone_parts = {words[0].removeprefix("k=") for kind, _, _, _, *words in refused if kind == "PARTITION"}
    kept = []
    for database in databases:
        if ("DATABASE", database.name, None) in gone or (
                ("DATABASE", None, None) in gone and database.name == "victim_db"):
            continue
        database.functions = [function for function in database.functions
                              if function.name != "victim_function" or ("FUNCTION", None, None) not in gone]
        database.tables = [
            table for table in database.tables
            if ("TABLE", database.name, table.name) not in gone
            and not (table.name == "victim" and gone & {("TABLE", "shop", None), ("TABLE", None, "victim")})]
        for table in database.tables:
            if table.name == "wide":
                table.partitions = [part for part in table.partitions if part.values[0] not in gone_parts]
        kept.append(database)
    return kept


def matches(line, kind, database, table, reason, *words):
    thing = line["object"]
    return (line["kind"] == kind and line["reason"] == reason
            and (database is None or thing.get("database_name", "").lower() == database)
            and (table is None or thing.get("table_name", "").lower() == table)
            and all(word in str(thing) or word in line["message"] for word in words))


@pytest.mark.parametrize("engine, name", ON_EVERY_ENGINE)
def test_a_bad_object_is_refused_and_the_others_arrive(request, tmp_path, engine, name):
    case = CASES[name]
    metastore = BrokenMetastore(request, engine, tmp_path)
    databases, features = metastore.fill(case)
    metastore.connection.close()

    run = run_job(write_job(tmp_path, metastore.url, **metastore.login), metastore.environment)

    refused = [line for line in run.object_lines() if line["outcome"] == "refused"]
    for expected in case.refused:
        assert [line for line in refused if matches(line, *expected)], (expected, refused)
    assert len(refused) == len(case.refused), refused
    assert all(line["message"] for line in refused)
    for kind in KINDS:
        wanted = sum(1 for item in case.refused if item[0] == kind)
        assert run.summary["counts"][kind]["refused"] == wanted, (kind, run.summary)
    assert_balanced(run.summary)
    assert (run.exit_code, run.summary["status"]) == (3, "PARTIAL_SUCCESS"), run.stderr[-3000:]
    arrived = expected_export(without_refused(databases, case.refused), features, shown_as="lake")
    assert_same_lines(run.export_target(), arrived)


def test_without_bad_objects_nothing_is_refused(request, tmp_path):
    metastore = BrokenMetastore(request, "sqlite", tmp_path)
    databases, features = metastore.fill(Case(nothing))
    metastore.connection.close()
    run = run_job(write_job(tmp_path, metastore.url), metastore.environment)
    assert (run.exit_code, run.summary["status"]) == (0, "SUCCESS"), run.stderr[-3000:]
    assert_same_lines(run.export_target(), expected_export(databases, features, shown_as="lake"))
