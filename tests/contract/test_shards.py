"""One job spread over several runs: together they make what one run makes, and leave what one run leaves."""

import contextlib
import json
import os
import sqlite3
import stat
import subprocess

import pytest

from support.metastore_builder import ROOT, rich_databases
from support.metastore_model import (
    FOREIGN_KEY, PRIMARY_KEY, Column, Constraint, CreationMetadata, Database, Function, Partition, StorageDescriptor,
    Table,
)
from support.metastore_target import FAILED, PARTIAL, SUCCESS, MetastoreDatabase, faults
from support.program import (
    KINDS, OUTCOMES, assert_balanced, assert_same_lines, export_lines, program_path, run_program, write_job,
)

pytestmark = pytest.mark.usefixtures("metaferry")

USAGE, PENDING = 4, 2
SPLIT_ABOVE = 1000  # the rich set has one table with more partitions
MANY = 2600
LOCATIONS = [{"key": ROOT, "value": "obs://lake/warehouse"}, {"key": "hdfs://nowhere/x", "value": "obs://lake/x"}]


class Job:
    """A job in a folder of its own, for one run or for several that share it."""

    def __init__(self, folder, source, target=None, metaferry=None, **parameters):
        folder.mkdir(parents=True, exist_ok=True)
        self.folder, self.target = folder, target
        self.environment = {**source.environment, **(target.environment if target else {})}
        settings = {"shard_partitions": SPLIT_ABOVE, **({"target": target.endpoint} if target else {}),
                    **(metaferry or {})}
        parameters.setdefault("target_catalog", "hive" if target else "lake")
        self.path = write_job(folder, source.url, *list(source.endpoint.values())[1:], metaferry=settings, **parameters)

    def start(self, *options, command="run"):
        inherited = {key: value for key, value in os.environ.items() if not key.startswith("METAFERRY")}
        return subprocess.Popen([program_path(), command, self.path, "--format", "json", "--quiet", *options],
                                cwd=self.folder, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                stderr=subprocess.PIPE, env={**inherited, "NO_COLOR": "1", **self.environment})

    def run(self, *options, expect=(SUCCESS, PARTIAL), command="run"):
        return self.ended(self.start(*options, command=command), expect)

    @staticmethod
    def ended(process, expect=(SUCCESS, PARTIAL)):
        """The summary."""
        stdout, stderr = process.communicate(timeout=300)
        assert process.returncode in expect, (process.returncode, stderr.decode(errors="replace")[-3000:])
        return json.loads(stdout) if stdout else {}

    def run_shards(self, count, at_once=False, order=None):
        """The summaries of all shards."""
        parts = [f"{index}/{count}" for index in order or range(1, count + 1)]
        if not at_once:
            return [self.run("--shard", part) for part in parts]
        processes = [self.start("--shard", part) for part in parts]
        return [self.ended(process) for process in processes]

    def export(self):
        if self.target:
            return self.target.export()
        return export_lines("catalog:metaferry-catalog.db", "--catalog", "lake", folder=self.folder)


def folders(summaries):
    return [summary["log_folder"] for summary in summaries]


def merge(out, *run_folders, expect=(SUCCESS, PARTIAL), format="json"):
    done = run_program("report", "merge", *run_folders, "--out", out, "--format", format)
    assert done.returncode in expect, (done.returncode, done.stderr.decode(errors="replace")[-3000:])
    return json.loads(done.stdout) if format == "json" and done.stdout else done


def error_of(done):
    return done.stderr.decode().rpartition("code: ")[2].strip()


def lines_of(folder, name):
    with open(f"{folder}/{name}", encoding="utf-8") as file:
        return file.read().splitlines()


def assert_merged_is_as_one(merged, one):
    """What a merged report says, and the report of the one run that made the same."""
    assert merged["counts"] == one["counts"]
    assert merged["status"] == one["status"]
    for name in ("refused", "findings"):
        assert {code: row["count"] for code, row in merged[name].items()} == {
            code: row["count"] for code, row in one[name].items()}
    for name in ("rules", "renames"):
        assert [{key: value for key, value in row.items() if key != "examples"} for row in merged[name]] == [
            {key: value for key, value in row.items() if key != "examples"} for row in one[name]]
    for name in ("locations_unmatched", "directories_moved", "merged_databases"):
        assert merged[name] == one[name], name
    assert merged["shared_directories"]["count"] == one["shared_directories"]["count"]
    assert sorted(merged["warnings"]) == sorted(one["warnings"])
    for name in ("objects.ndjson", "findings.ndjson"):
        assert sorted(lines_of(merged["log_folder"], name)) == sorted(lines_of(one["log_folder"], name)), name
    assert lines_of(merged["log_folder"], "moves.tsv") == lines_of(one["log_folder"], "moves.tsv")


@pytest.fixture(scope="module", params=["sqlite", "mariadb"])
def source(request, tmp_path_factory):
    if request.param == "sqlite":
        database = MetastoreDatabase.in_file(tmp_path_factory.mktemp("source") / "source.db")
    else:
        lab, server = request.getfixturevalue("hive_lab"), request.getfixturevalue("mariadb")
        database = MetastoreDatabase.on_server(lab, server, "sharded_source", "3.1.0")
    database.fill(rich_databases(many_partitions=MANY))
    return database


@pytest.fixture(scope="module")
def one(source, tmp_path_factory):
    """What one run into an embedded catalog makes and leaves."""
    job = Job(tmp_path_factory.mktemp("one"), source, locations=LOCATIONS)
    return job.run(), job.export()


@pytest.mark.parametrize("at_once", [False, True], ids=["in turn", "at once"])
@pytest.mark.parametrize("count", [1, 2, 3, 7])
def test_shards_together_make_what_one_run_makes(source, one, count, at_once, tmp_path):
    summary, export = one
    job = Job(tmp_path / "shards", source, locations=LOCATIONS)
    shards = job.run_shards(count, at_once, order=range(count, 0, -1))
    assert_same_lines(job.export(), export)
    for shard in shards:
        assert_balanced(shard)
    merged = merge(tmp_path / "merged", *folders(shards))
    assert_balanced(merged)
    if not at_once:  # else two shards may each say that they created a database
        assert_merged_is_as_one(merged, summary)
    assert merged["counts"] == summary["counts"]
    # a second time there is nothing left to do, in any number of shards
    again = merge(tmp_path / "again", *folders(job.run_shards(5)))
    assert [again["counts"][kind]["created"] + again["counts"][kind]["updated"] for kind in KINDS] == [0] * 4


def test_a_shard_reads_and_counts_nothing_of_other_shards(source, one, tmp_path):
    summary, _ = one
    shards = Job(tmp_path, source, locations=LOCATIONS).run_shards(3)
    for kind in ("FUNCTION", "PARTITION"):
        assert sum(shard["counts"][kind]["read"] for shard in shards) == summary["counts"][kind]["read"]
    assert [shard["counts"]["DATABASE"]["read"] for shard in shards] == [summary["counts"]["DATABASE"]["read"]] * 3
    assert [shard["shard"]["split_tables"] for shard in shards] == [[{"table": "shop.many", "partitions": MANY}]] * 3
    # the split table is in each of them
    assert sum(shard["counts"]["TABLE"]["read"] for shard in shards) == summary["counts"]["TABLE"]["read"] + 2
    for shard in shards:
        own = [line for line in map(json.loads, lines_of(shard["log_folder"], "objects.ndjson"))
               if line["kind"] == "PARTITION" and line["object"]["table_name"] == "many"]
        assert 0 < len(own) < MANY


def test_a_postgresql_database_is_shared_as_a_source_too(hive_lab, postgres, tmp_path):
    source = MetastoreDatabase.on_server(hive_lab, postgres, "sharded_source", "3.1.0")
    source.fill(rich_databases(many_partitions=MANY))
    single, job = (Job(tmp_path / name, source, locations=LOCATIONS) for name in ("one", "shards"))
    one, shards = single.run(), job.run_shards(3)
    assert_same_lines(job.export(), single.export())
    assert all(0 < shard["counts"]["PARTITION"]["created"] < MANY for shard in shards)
    assert_merged_is_as_one(merge(tmp_path / "merged", *folders(shards)), one)


@pytest.fixture(params=["sqlite", "postgres", "mariadb"])
def target(request, tmp_path):
    if request.param == "sqlite":
        return MetastoreDatabase.in_file(tmp_path / "target.db")
    lab, server = request.getfixturevalue("hive_lab"), request.getfixturevalue(request.param)
    return MetastoreDatabase.on_server(lab, server, "sharded_target", "3.1.0")


@pytest.mark.parametrize("at_once", [False, True], ids=["in turn", "at once"])
def test_shards_fill_a_metastore_as_one_run_does(at_once, target, tmp_path):
    source = MetastoreDatabase.in_file(tmp_path / "source.db")
    source.fill(rich_databases(many_partitions=1500))
    job = Job(tmp_path / "job", source, target)
    summary = job.run()
    export = target.export()
    target.empty()
    shards = job.run_shards(3, at_once, order=(3, 1, 2))
    assert_same_lines(target.export(), export)
    assert list(faults(target, odd_names=["k=a#b"])) == []
    merged = merge(tmp_path / "merged", *folders(shards))
    assert merged["counts"] == summary["counts"]
    assert not [warning for warning in merged["warnings"] if "left_out" in warning]


@pytest.mark.parametrize("kind", ["embedded", "sqlite metastore"])
def test_all_shards_may_create_the_same_database_at_the_same_moment(kind, tmp_path):
    """Nothing but databases: each shard wants to create all of them."""
    source = MetastoreDatabase.in_file(tmp_path / "source.db")
    source.fill([Database(f"d{number}", f"{ROOT}/{number}") for number in range(400)])
    target = None if kind == "embedded" else MetastoreDatabase.in_file(tmp_path / "target.db")
    job = Job(tmp_path / "job", source, target)
    merged = merge(tmp_path / "merged", *folders(job.run_shards(6, at_once=True)))
    assert merged["counts"]["DATABASE"] == {"read": 400, "created": 400, **dict.fromkeys(OUTCOMES[1:], 0)}
    assert len(job.export()) == 400


# ---- what ties objects together --------------------------------------------------------------------------------


def sd(place, *names):
    return StorageDescriptor([Column(name, "string") for name in names], f"{ROOT}/{place}")


def table(name, *names, **fields):
    return Table(name, sd(name, *(names or ("id",))), **fields)


def partitioned(name, number):
    return table(name, partition_keys=[Column("k", "string")],
                 partitions=[Partition([str(value)], sd(f"{name}/{value}", "id")) for value in range(number)])


def related():
    """Chains of references through every database; without care a shard would have one end only."""
    def refers(name, parent):
        return Constraint(FOREIGN_KEY, name, ["id"], parent=("d", parent, ["id"]), update_rule=0, delete_rule=0)
    tables = [table("t0", constraints=[Constraint(PRIMARY_KEY, "pk0", ["id"])])]
    for number in range(1, 12):
        tables.append(table(f"t{number}", constraints=[Constraint(PRIMARY_KEY, f"pk{number}", ["id"]),
                                                       refers(f"fk{number}", f"t{number - 1}")]))
    views = [Table(f"v{number}", sd(f"v{number}", "id"), type="MATERIALIZED_VIEW", view_original_text="select 1",
                   view_expanded_text="select 1",
                   creation_metadata=CreationMetadata([("d", f"u{number}", 0, 0, 0)], "1:2", 3)) for number in range(6)]
    return [Database("d", f"{ROOT}/d", tables=[*tables, *views, *(table(f"u{number}") for number in range(6)),
                                               *(table(f"free{number}") for number in range(30))])]


def test_tables_that_refer_to_each_other_are_all_in_the_first_shard(target, tmp_path):
    source = MetastoreDatabase.in_file(tmp_path / "source.db")
    source.fill(related())
    job = Job(tmp_path / "job", source, target)
    one = job.run()
    export = target.export()
    target.empty()
    shards = job.run_shards(3, order=(2, 3, 1))
    assert_same_lines(target.export(), export)
    assert {shard["shard"]["related_tables"]["count"] for shard in shards} == {24}
    # nothing had to wait for another run
    assert not [warning for run in (one, *shards) for warning in run["warnings"] if "left_out" in warning]
    first = next(shard for shard in shards if shard["shard"]["index"] == 1)
    lines = map(json.loads, lines_of(first["log_folder"], "objects.ndjson"))
    names = {line["object"].get("table_name") for line in lines}
    assert names >= {"t0", "t11", "v0", "v5", "u5"}
    others = [shard["counts"]["TABLE"]["read"] for shard in shards if shard["shard"]["index"] != 1]
    assert all(others) and sum(others) + first["counts"]["TABLE"]["read"] == 54


def two_databases(*names):
    return [Database(name, f"{ROOT}/{name}", functions=[Function(f"f_{name}", "com.example.F")],
                     tables=[table(f"{name}_{number}") for number in range(8)] + [partitioned(f"{name}_p", 40)])
            for name in names]


def test_renames_and_merged_databases_are_as_in_one_run(tmp_path):
    source = MetastoreDatabase.in_file(tmp_path / "source.db")
    source.fill(two_databases("east", "west"))
    settings = {"renames": [{"key": "east", "value": "all"}, {"key": "west", "value": "all"},
                            {"key": "unused", "value": "nothing"}], "shard_partitions": 10}
    job, single = Job(tmp_path / "job", source, metaferry=settings), Job(tmp_path / "one", source, metaferry=settings)
    one, shards = single.run(), job.run_shards(3)
    assert_same_lines(job.export(), single.export())
    merged = merge(tmp_path / "merged", *folders(shards))
    assert merged["merged_databases"] == 1
    assert any(warning.startswith("unused_rename") for warning in merged["warnings"])
    assert_merged_is_as_one(merged, one)


@pytest.mark.parametrize("kind", ["table", "function"])
def test_a_name_that_two_objects_want_is_no_matter_for_shards(kind, tmp_path):
    databases = two_databases("east", "west")
    for database in databases:
        if kind == "table":
            database.tables.append(table("same"))
        else:
            database.functions.append(Function("same", "com.example.Same"))
    source = MetastoreDatabase.in_file(tmp_path / "source.db")
    source.fill(databases)
    job = Job(tmp_path / "job", source, metaferry={"renames": [{"key": "west", "value": "east"}]})
    for part in ("1/2", "2/2"):
        done = run_program("run", job.path, "--shard", part, folder=job.folder)
        assert (done.returncode, error_of(done)) == (USAGE, "shard_name_collision")
        assert "east.same" in done.stderr.decode() and "west.same" in done.stderr.decode()
    assert not (job.folder / "metaferry-catalog.db").exists()
    assert job.run()["counts"]["TABLE" if kind == "table" else "FUNCTION"]["refused"] == 1
    # what is left out holds no name
    left_out = Job(tmp_path / "left_out", source, metaferry={
        "renames": [{"key": "west", "value": "east"}], "exclude": ["west.same"]})
    left_out.run_shards(2)


class CatalogSource:
    """An embedded catalog or a file of one, as a job names its source."""

    def __init__(self, url):
        self.url, self.endpoint, self.environment = url, {"url": url}, {}


@pytest.mark.parametrize("form", ["catalog", "file"])
def test_an_embedded_catalog_and_a_file_are_shared_as_sources_too(form, tmp_path):
    metastore = MetastoreDatabase.in_file(tmp_path / "source.db")
    metastore.fill(two_databases("east", "west", "north"))
    first = Job(tmp_path / "first", metastore, metaferry={"target": {"url": f"{form}:./source"}})
    first.run()
    source = CatalogSource(f"{form}:{first.folder}/source")
    settings = {"shard_partitions": 39}
    single = Job(tmp_path / "one", source, metaferry=settings, source_catalog="lake")
    job = Job(tmp_path / "shards", source, metaferry=settings, source_catalog="lake")
    one, shards = single.run(), job.run_shards(3)
    assert_same_lines(job.export(), single.export())
    assert [len(shard["shard"]["split_tables"]) for shard in shards] == [3, 3, 3]
    assert all(0 < shard["counts"]["PARTITION"]["created"] < 120 for shard in shards)
    assert_merged_is_as_one(merge(tmp_path / "merged", *folders(shards)), one)


# ---- plans -----------------------------------------------------------------------------------------------------


@pytest.fixture
def small(tmp_path):
    source = MetastoreDatabase.in_file(tmp_path / "source.db")
    source.fill([*two_databases("east", "west"),
                 Database("many", f"{ROOT}/many", tables=[partitioned("big", 3000)])])
    return source


def test_a_plan_of_a_shard_is_for_that_shard_alone(small, tmp_path):
    job = Job(tmp_path / "job", small)
    for part in ("1_2", "2_2"):
        job.run("--shard", part.replace("_", "/"), "--out", f"{part}.plan", "--report", part, command="plan",
                expect=(PENDING,))
    done = run_program("run", job.path, "--plan", "1_2.plan", folder=job.folder)
    assert (done.returncode, error_of(done)) == (USAGE, "plan_of_another_shard")
    done = run_program("run", job.path, "--plan", "1_2.plan", "--shard", "2/2", folder=job.folder)
    assert (done.returncode, error_of(done)) == (USAGE, "plan_of_another_shard")
    planned = merge(tmp_path / "planned", job.folder / "1_2", job.folder / "2_2", expect=(PENDING,))
    shards = [job.run("--shard", part.replace("_", "/"), "--plan", f"{part}.plan", expect=(SUCCESS,))
              for part in ("1_2", "2_2")]
    assert planned["counts"] == merge(tmp_path / "merged", *folders(shards))["counts"]


# ---- the merged report -----------------------------------------------------------------------------------------


@pytest.fixture
def shards(small, tmp_path):
    """A job in three shards, and the folders of their runs."""
    job = Job(tmp_path / "job", small, locations=LOCATIONS)
    return job, folders(job.run_shards(3))


def test_the_merged_folder_is_a_run_s_folder_for_its_owner(shards, tmp_path):
    _, runs = shards
    out = tmp_path / "merged"
    text = merge(out, *reversed(runs), format="text").stdout.decode()
    assert "contract_test of 3 shards" in text and "SUCCESS" in text
    assert sorted(os.listdir(out)) == ["findings.ndjson", "moves.tsv", "objects.ndjson", "report.html", "run.log",
                                       "summary.json"]
    assert stat.S_IMODE(out.stat().st_mode) == 0o700
    assert {stat.S_IMODE((out / name).stat().st_mode) for name in os.listdir(out)} == {0o600}
    summary = json.loads((out / "summary.json").read_text())
    assert [run["folder"] for run in summary["shards"]] == runs
    log = (out / "run.log").read_text()
    assert all(f"[shard {index}/3] " in log for index in (1, 2, 3)) and "SUCCESS after" in log
    assert "contract_test" in (out / "report.html").read_text()


def test_a_folder_that_holds_something_is_not_written_to(shards, tmp_path):
    _, runs = shards
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "file").write_text("kept")
    done = merge(tmp_path / "full", *runs, expect=(USAGE,), format="text")
    assert error_of(done) == "folder_not_empty"
    assert os.listdir(tmp_path / "full") == ["file"]


def test_every_shard_must_be_there_once(shards, tmp_path):
    job, runs = shards
    done = merge(tmp_path / "m1", runs[0], runs[2], expect=(USAGE,), format="text")
    assert error_of(done) == "shard_missing" and "2/3" in done.stderr.decode()
    again = job.run("--shard", "2/3")["log_folder"]
    done = merge(tmp_path / "m2", *runs, again, expect=(USAGE,), format="text")
    assert error_of(done) == "shard_twice"
    assert runs[1] in done.stderr.decode() and again in done.stderr.decode()
    assert not (tmp_path / "m1").exists() and not (tmp_path / "m2").exists()
    merge(tmp_path / "m3", runs[0], again, runs[2])


def test_shards_of_unlike_jobs_are_not_joined(shards, small, tmp_path):
    job, runs = shards
    other = Job(tmp_path / "other", small, metaferry={"exclude": ["x.*"]})
    foreign = other.run("--shard", "3/3")["log_folder"]
    done = merge(tmp_path / "m1", runs[0], runs[1], foreign, expect=(USAGE,), format="text")
    assert error_of(done) == "shards_differ" and foreign in done.stderr.decode()
    four = job.run("--shard", "3/4")["log_folder"]
    done = merge(tmp_path / "m2", runs[0], runs[1], four, expect=(USAGE,), format="text")
    assert error_of(done) == "shards_differ" and "number of shards" in done.stderr.decode()
    whole = job.run()["log_folder"]
    done = merge(tmp_path / "m3", runs[0], runs[1], whole, expect=(USAGE,), format="text")
    assert error_of(done) == "not_a_shard"
    done = merge(tmp_path / "m4", tmp_path, expect=(USAGE,), format="text")
    assert error_of(done) == "not_a_shard"


def edit_summary(folder, change):
    path = f"{folder}/summary.json"
    with open(path, encoding="utf-8") as file:
        summary = json.load(file)
    change(summary)
    with open(path, "w", encoding="utf-8") as file:
        json.dump(summary, file)


def test_another_version_s_shard_is_not_joined(shards, tmp_path):
    _, runs = shards
    edit_summary(runs[1], lambda summary: summary.update(tool_version="0.0.1"))
    done = merge(tmp_path / "m", *runs, expect=(USAGE,), format="text")
    assert error_of(done) == "shards_differ" and "version" in done.stderr.decode()


def test_a_shard_that_did_not_end_is_to_be_run_again(shards, tmp_path):
    _, runs = shards
    edit_summary(runs[1], lambda summary: summary.update(status="STOPPED"))
    done = merge(tmp_path / "m", *runs, expect=(FAILED,), format="text")
    assert error_of(done) == "shard_not_finished" and "2/3" in done.stderr.decode()


def test_a_log_that_lost_lines_is_noticed(shards, tmp_path):
    _, runs = shards
    path = f"{runs[1]}/objects.ndjson"
    kept = lines_of(runs[1], "objects.ndjson")[:-1]
    with open(path, "w", encoding="utf-8") as file:
        file.write("\n".join(kept) + "\n")
    done = merge(tmp_path / "m", *runs, expect=(FAILED,), format="text")
    assert error_of(done) == "shard_log_incomplete"
    assert not (tmp_path / "m").exists(), "half a report is left"


def test_shards_that_disagree_about_a_split_table_are_named(small, tmp_path):
    job = Job(tmp_path / "job", small)
    with contextlib.closing(sqlite3.connect(small.path)) as connection:
        connection.execute("CREATE TABLE aside AS SELECT * FROM PARTITIONS WHERE PART_NAME LIKE 'k=2%'")
        connection.execute("DELETE FROM PARTITIONS WHERE PART_NAME LIKE 'k=2%' OR PART_NAME LIKE 'k=1%'")
        connection.commit()
    early = [job.run("--shard", part) for part in ("1/3", "2/3")]
    assert [shard["shard"]["split_tables"] for shard in early] == [[], []]
    with contextlib.closing(sqlite3.connect(small.path)) as connection:
        connection.execute("INSERT INTO PARTITIONS SELECT * FROM aside")
        connection.commit()
    late = job.run("--shard", "3/3")
    done = merge(tmp_path / "m", *folders([*early, late]), expect=(FAILED,), format="text")
    assert error_of(done) == "shards_disagree"
    assert "many.big" in done.stderr.decode() and "run again: 1/3, 2/3" in done.stderr.decode()
    again = [job.run("--shard", part) for part in ("1/3", "2/3")]
    merge(tmp_path / "m2", *folders([*again, late]))
    single = Job(tmp_path / "one", small)
    single.run()
    assert_same_lines(job.export(), single.export())


def test_shards_that_disagree_about_related_tables_are_named(tmp_path):
    source = MetastoreDatabase.in_file(tmp_path / "source.db")
    source.fill(related())
    job = Job(tmp_path / "job", source)
    runs = [job.run("--shard", "1/2")]
    source.rows("DELETE FROM `KEY_CONSTRAINTS` WHERE `CONSTRAINT_NAME` = 'fk11'")
    runs.append(job.run("--shard", "2/2"))
    done = merge(tmp_path / "m", *folders(runs), expect=(FAILED,), format="text")
    assert error_of(done) == "shards_disagree" and "run again: 1/2" in done.stderr.decode()


def test_directories_that_shards_come_to_share_are_found(tmp_path):
    """One table stays where the rule moves another to, and a third and a fourth are moved to one place."""
    tables = [Table(f"t{number}", StorageDescriptor([Column("c", "int")], place)) for number, place in enumerate(
        [f"{ROOT}/x", "obs://lake/warehouse/x", f"{ROOT}/y", "hdfs://nowhere/x/y", f"{ROOT}/z"])]
    source = MetastoreDatabase.in_file(tmp_path / "source.db")
    source.fill([Database("d", f"{ROOT}/d", tables=tables)])
    rules = [{"key": key, "value": "obs://lake/warehouse"} for key in (ROOT, "hdfs://nowhere/x")]
    one = Job(tmp_path / "one", source, locations=rules).run()
    assert one["shared_directories"]["count"] == 2
    for count in (2, 5):
        runs = Job(tmp_path / f"job{count}", source, locations=rules).run_shards(count)
        assert_merged_is_as_one(merge(tmp_path / f"merged{count}", *folders(runs)), one)


def test_a_job_that_nothing_matches_fails_when_its_shards_are_joined(small, tmp_path):
    job = Job(tmp_path / "job", small, metaferry={"include": ["nobody.*"]})
    runs = job.run_shards(2)
    done = merge(tmp_path / "m", *folders(runs), expect=(FAILED,), format="text")
    assert error_of(done) == "nothing_matched"
    assert json.loads((tmp_path / "m" / "summary.json").read_text())["status"] == "FAILED"


def test_refused_objects_leave_the_merged_report_with_the_run_s_exit_code(small, tmp_path):
    small.rows("UPDATE `TBLS` SET `SD_ID` = NULL WHERE `TBL_NAME` IN ('east_1', 'big')")
    settings = {"shard_partitions": 100}
    single = Job(tmp_path / "one", small, metaferry=settings)
    one = single.run(expect=(PARTIAL,))
    job = Job(tmp_path / "job", small, metaferry=settings)
    merged = merge(tmp_path / "m", *folders(job.run_shards(3)), expect=(PARTIAL,))
    assert_merged_is_as_one(merged, one)
    assert_same_lines(job.export(), single.export())


def test_listed_objects_are_shared_too(small, tmp_path):
    (tmp_path / "list").write_text("east.east_1\nwest\nmany.big/k=1\nmany.big/k=2999\nmany.big/k=x\neast.f_east\n")
    settings = {"objects_file": str(tmp_path / "list")}
    single = Job(tmp_path / "one", small, metaferry=settings)
    one = single.run()
    job = Job(tmp_path / "job", small, metaferry=settings)
    merged = merge(tmp_path / "m", *folders(job.run_shards(4)))
    assert merged["counts"] == one["counts"]
    assert_same_lines(job.export(), single.export())


# ---- the command line ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("value", ["0/3", "4/3", "1/0", "1/1001", "2", "a/b", "1/3/4", "-1/3", "+1/3", " 1/3", "1/ 3",
                                   "1.0/3", ""])
@pytest.mark.parametrize("command", ["run", "plan"])
def test_bad_values_of_shard_are_usage_errors(command, value, small, tmp_path):
    job = Job(tmp_path / "job", small)
    done = run_program(command, job.path, f"--shard={value}", folder=job.folder)
    assert (done.returncode, error_of(done)) == (USAGE, "bad_option")
    assert not (job.folder / "runs").exists()


def test_a_file_that_each_run_replaces_is_no_target_for_shards(small, tmp_path):
    job = Job(tmp_path / "job", small, metaferry={"target": {"url": "file:./lake.ndjson"}})
    done = run_program("run", job.path, "--shard", "1/2", folder=job.folder)
    assert (done.returncode, error_of(done)) == (USAGE, "shard_target")
    assert not (job.folder / "lake.ndjson").exists()
    job.run("--shard", "1/1")


def test_past_runs_say_which_shard_they_were(shards):
    job, _ = shards
    listed = run_program("runs", folder=job.folder).stdout.decode()
    assert all(f"shard {index}/3" in listed for index in (1, 2, 3))
    records = json.loads(run_program("runs", "--format", "json", folder=job.folder).stdout)["runs"]
    assert sorted(record["shard"] for record in records) == ["1/3", "2/3", "3/3"]
    assert "report merge" in run_program("show", "last", folder=job.folder).stdout.decode()
    for format in ("text", "md", "html"):
        shown = run_program("show", "last", "--format", format, folder=job.folder).stdout.decode()
        assert "shard 3/3" in shown
    log = job.folder / "runs" / "contract_test" / records[0]["run_id"]
    assert all("shard 3/3" in (log / name).read_text() for name in ("run.log", "report.html"))
