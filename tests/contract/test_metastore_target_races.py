"""A metastore that others write into at the same moment: metastore services, people, and other runs."""

import threading
import time

import pytest

from support.metastore_builder import ROOT, rich_databases
from support.metastore_features import dialect_of, fit_to
from support.metastore_model import (
    FOREIGN_KEY, PRIMARY_KEY, Column, Constraint, CreationMetadata, Database, Function, Partition, Privilege,
    StorageDescriptor, Table,
)
from support.metastore_target import MODEL, SUCCESS, MetastoreDatabase, Migration, faults, totals
from support.metastore_writer import SEQUENCES, MetastoreWriter, ignore_foreign_keys, insert_rows, quoted
from support.program import assert_same_lines

pytestmark = pytest.mark.usefixtures("metaferry")


@pytest.fixture(params=["mariadb 3.1.0", "postgres 3.1.0"])
def target(request, hive_lab):
    engine, version = request.param.split()
    return MetastoreDatabase.on_server(hive_lab, request.getfixturevalue(engine), "raced_target", version)


def shop(owner="ann", location=ROOT):
    columns = [Column("c", "string")]
    return [Database("shop", f"{location}/shop.db", owner=owner, tables=[
        Table("t", StorageDescriptor(columns, f"{location}/t"), owner=owner, partition_keys=[Column("k", "string")],
              partitions=[Partition([value], StorageDescriptor(columns, f"{location}/t/{value}"), {"by": owner})
                          for value in ("1", "2")])])]


def migration_of(folder, databases, target):
    folder.mkdir(exist_ok=True)
    path = folder / "source.db"
    path.unlink(missing_ok=True)
    source = MetastoreDatabase.in_file(path)
    source.fill(databases)
    return Migration(folder, source, target)


def in_background(*actions):
    """Runs them at once; joining gives their results, or raises what one of them raised."""
    results, threads = [None] * len(actions), []

    def call(number, action):
        try:
            results[number] = action()
        except BaseException as error:  # handed to the test's own thread
            results[number] = error
    for number, action in enumerate(actions):
        threads.append(threading.Thread(target=call, args=(number, action)))
        threads[-1].start()

    def join():
        for thread in threads:
            thread.join()
        for result in results:
            if isinstance(result, BaseException):
                raise result
        return results
    return join


def wait_until_somebody_waits(target, seconds=30):
    """Until a transaction of the target's server waits for a row of another."""
    sql = ("SELECT COUNT(*) FROM information_schema.innodb_trx WHERE trx_state = 'LOCK WAIT'"
           if target.server.dialect == "mysql" else
           "SELECT COUNT(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'")
    deadline = time.monotonic() + seconds
    while not target.value(sql):
        assert time.monotonic() < deadline, "nobody came to wait"
        # InnoDB shows an old state to whoever asks again within a tenth of a second.
        time.sleep(0.25)


def reserve_ids(target, next_value):
    """What other writers do before they insert."""
    for name in SEQUENCES:
        target.rows("DELETE FROM `SEQUENCE_TABLE` WHERE `SEQUENCE_NAME` = %s", MODEL + name)
        target.rows(f"INSERT INTO `SEQUENCE_TABLE` (`SEQUENCE_NAME`, `NEXT_VAL`) VALUES (%s, {next_value})", MODEL + name)


def insert_without_commit(connection, target, databases, without):
    """What somebody else has inserted and not committed yet, all but the rows of parents that are there."""
    writer = MetastoreWriter(target.features())
    writer.add(databases)
    dialect = dialect_of(connection)
    connection.autocommit(False) if dialect == "mysql" else setattr(connection, "autocommit", False)
    rows = writer.rows
    if "DBS" in without:
        there = target.value("SELECT `DB_ID` FROM `DBS` WHERE `NAME` = 'shop'")
        rows.pop("DBS")
        for row in rows["TBLS"]:
            row["DB_ID"] = there
    if "TBLS" in without:
        (row,), there = rows.pop("TBLS"), target.value("SELECT `TBL_ID` FROM `TBLS`")
        (descriptor,) = [sd for sd in rows["SDS"] if sd["SD_ID"] == row["SD_ID"]]
        for child in rows["PARTITIONS"]:
            child["TBL_ID"] = there
        rows["SDS"].remove(descriptor)
        rows["SERDES"] = [serde for serde in rows["SERDES"] if serde["SERDE_ID"] != descriptor["SERDE_ID"]]
        # shared with the table's own partitions: theirs are what is left of it
        shared = target.value("SELECT s.`CD_ID` FROM `SDS` s JOIN `TBLS` t ON t.`SD_ID` = s.`SD_ID`")
        for sd in rows["SDS"]:
            sd["CD_ID"] = shared
        for table in ("TABLE_PARAMS", "PARTITION_KEYS", "CDS", "COLUMNS_V2"):
            rows.pop(table, None)
    rows.pop("CTLGS", None)
    cursor = connection.cursor()
    ignore_foreign_keys(connection, dialect) if dialect == "mysql" else None
    for table in ("DBS", "CDS", "COLUMNS_V2", "SERDES", "SDS", "TBLS", "PARTITION_KEYS", "PARTITIONS", "PARTITION_KEY_VALS",
                  "PARTITION_PARAMS"):
        insert_rows(cursor, dialect, writer.features, table, rows.get(table, []))


@pytest.mark.parametrize("race", ["database", "table", "partition"])
def test_what_somebody_else_creates_meanwhile_is_updated(target, race, tmp_path):
    """Both look, neither sees the other, both insert: the second waits for the first and then finds it there."""
    if race != "database":
        there = shop()
        there[0].tables = [] if race == "table" else there[0].tables
        for table in there[0].tables:
            table.partitions = []
        migration_of(tmp_path / "before", there, target).run()
    reserve_ids(target, 100_000_000)
    without = {"database": (), "table": ("DBS",), "partition": ("DBS", "TBLS")}[race]
    migration = migration_of(tmp_path / "job", shop(), target)
    with target.connect() as connection:
        insert_without_commit(connection, target, shop("eve", "x://elsewhere"), without)
        join = in_background(migration.run)
        wait_until_somebody_waits(target)
        connection.commit()
        join()
    assert_same_lines(target.export(), migration.source.export())
    assert list(faults(target)) == []
    assert totals(migration.run(), "updated") == {}


def related(owner):
    """Objects whose rows nothing in the schema keeps from being there twice."""
    columns = [Column("a", "string"), Column("b", "string")]

    def sd(name):
        return StorageDescriptor(columns=list(columns), location=f"{ROOT}/{owner}/{name}")
    return Database("related", f"{ROOT}/related.db", owner=owner, privileges=[Privilege("ALL", owner, grantor=None, authorizer=None)],
                    functions=[Function("f", f"com.example.{owner}", resources=[(1, f"{ROOT}/{owner}.jar")])],
                    tables=[
        Table("parent", sd("parent"), owner=owner, constraints=[Constraint(PRIMARY_KEY, "pk", ["a"])],
              privileges=[Privilege("SELECT", owner, grantor=None, authorizer=None)]),
        Table("child", sd("child"), constraints=[Constraint(FOREIGN_KEY, f"fk_{owner}", ["b"], parent=("related", "parent", ["a"]),
                                                            update_rule=0, delete_rule=0)]),
        Table("view", sd("view"), type="MATERIALIZED_VIEW", view_original_text="v", view_expanded_text="v",
              creation_metadata=CreationMetadata([("related", "parent", 0, 0, 0)], owner, 7))])


def test_two_runs_of_one_job_at_once(target, tmp_path):
    """Once into an empty target, once with everything changed: both succeed, and nothing is there twice."""
    rich = [database for database in fit_to(target.features(), rich_databases(many_partitions=3000))
            if database.catalog == "hive"]
    for database in rich:
        database.tables = [table for table in database.tables if table.name != "transactional"]
    for owner in ("first", "second"):
        for database in rich:
            for table in database.tables:
                table.owner, table.params = owner, {**table.params, "changed by": owner, owner: "new"}
                for partition in table.partitions:
                    partition.params = {**partition.params, owner: "new"}
        databases = [*rich, related(owner)]
        one, other = (migration_of(tmp_path / name, databases, target) for name in ("one", "other"))
        runs = in_background(one.run, other.run)()
        for run in runs:
            assert totals(run, "failed") == {}
        assert list(faults(target, {"k=a#b"})) == []
        assert_same_lines(target.export(), one.source.export())
        assert totals(one.run(), "unchanged") == totals(runs[0], "read")


def test_a_lock_on_the_sequences_only_delays(target, tmp_path):
    migration_of(tmp_path / "before", [Database("d", ROOT)], target).run()
    migration = migration_of(tmp_path / "job", shop(), target)
    with target.connect() as connection:
        cursor = connection.cursor()
        cursor.execute("START TRANSACTION")
        cursor.execute(quoted("SELECT * FROM `SEQUENCE_TABLE` FOR UPDATE", dialect_of(connection)))
        join = in_background(migration.run)
        wait_until_somebody_waits(target)
        time.sleep(4)
        cursor.execute("COMMIT")
        join()
    assert len(target.export()) == 5 and list(faults(target)) == []


@pytest.mark.parametrize("damage", ["behind", "missing", "zero"])
def test_damaged_sequences_are_put_right(target, damage, tmp_path):
    """As after a restored dump, or a tool that wrote rows without asking for ids."""
    migration_of(tmp_path / "before", shop(), target).run()
    target.rows({"behind": "UPDATE `SEQUENCE_TABLE` SET `NEXT_VAL` = 2", "missing": "DELETE FROM `SEQUENCE_TABLE`",
                 "zero": "UPDATE `SEQUENCE_TABLE` SET `NEXT_VAL` = 0"}[damage])
    more = shop()
    more[0].tables[0].partitions += [Partition(["3"], StorageDescriptor([Column("other", "int")], f"{ROOT}/3"))]
    more[0].tables += [Table("u", StorageDescriptor([Column("c", "string")], f"{ROOT}/u"))]
    run = migration_of(tmp_path / "job", [*more, Database("d", ROOT)], target).run(SUCCESS)
    assert totals(run, "created") == {"DATABASE": 1, "TABLE": 1, "PARTITION": 1}
    assert list(faults(target)) == []
    told = [warning for warning in run.summary["warnings"] if "sequence_repaired" in warning]
    assert any(" for MPartition " in warning for warning in told), run.summary["warnings"]
    assert len(told) == len(set(told))
    assert not any("sequence_repaired" in warning for warning in migration_of(
        tmp_path / "again", [*more, Database("e", ROOT)], target).run(SUCCESS).summary["warnings"])


def test_ids_that_others_hold_are_never_used(target, tmp_path):
    """A metastore keeps blocks of ids below NEXT_VAL, which look free."""
    reserve_ids(target, 5000)
    migration_of(tmp_path / "job", shop(), target).run()
    for table, key in (("DBS", "DB_ID"), ("TBLS", "TBL_ID"), ("PARTITIONS", "PART_ID"), ("SDS", "SD_ID"), ("CDS", "CD_ID")):
        assert target.value(f"SELECT MIN(`{key}`) FROM `{table}`") >= 5000 or table == "DBS"
    assert list(faults(target)) == []
