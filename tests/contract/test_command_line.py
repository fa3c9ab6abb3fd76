"""What a script may rely on: exit codes, messages, and that nothing is touched when a job cannot run."""

import hashlib
import json
import os
import socket
import sqlite3
import stat
import subprocess

import pytest

from support.metastore_builder import build, rich_databases
from support.program import KINDS, ROOT, assert_balanced, write_job
from support.servers import PASSWORD_VARIABLE, free_port

pytestmark = pytest.mark.usefixtures("metaferry")
DONE, FAILED, DIFFERENT, USAGE = 0, 1, 2, 4
COMMANDS = ("plan", "run", "verify", "export", "doctor", "init", "schema")
MIGRATION = "/parameter/metadata_migration_parameter"
FIXTURES = ROOT / "fixtures"


@pytest.fixture(scope="module")
def demo(tmp_path_factory):
    path = tmp_path_factory.mktemp("demo") / "metastore.db"
    with sqlite3.connect(path) as connection:
        for script in ("hive_schema/sqlite-3.1.sql", "demo/metastore.sql"):
            connection.executescript((FIXTURES / script).read_text(encoding="utf-8"))
    connection.close()
    return path


@pytest.fixture
def folder(tmp_path, demo):
    (tmp_path / "metastore.db").write_bytes(demo.read_bytes())
    return tmp_path


def job_in(folder, **changes):
    return write_job(folder, "jdbc:sqlite:metastore.db", **changes)


def change(path, pointer, value):
    """Sets what a JSON pointer names; `...` removes it."""
    job = json.loads(path.read_text())
    *parents, last = pointer.strip("/").split("/")
    place = job
    for key in parents:
        place = place.setdefault(key, {})
    if value is ...:
        del place[last]
    else:
        place[last] = value
    path.write_text(json.dumps(job))


def state_of(folder):
    """Name, mode and content of every file below a folder."""
    return {str(path.relative_to(folder)): (path.stat().st_mode, hashlib.sha256(path.read_bytes()).hexdigest()
                                            if path.is_file() else "folder")
            for path in sorted(folder.rglob("*"))}


def assert_error(done, exit_code, code, at=None, words=()):
    """One error on standard error, with its stable code, its place and what to do."""
    assert (done.exit, "Traceback" in done.stderr) == (exit_code, False), (done.exit, done.stderr)
    lines = done.stderr.splitlines()
    assert f"  code: {code}" in lines, done.stderr
    message, = (line for line in lines if line.startswith("error: "))
    if at is not None:
        assert [line for line in lines if line.startswith("  at: ")] == [f"  at: {at}"], done.stderr
    for word in words:
        assert word in done.stderr, (word, done.stderr)
    assert message.removeprefix("error: ").strip()
    assert any(line.startswith("  do: ") for line in lines), f"no advice:\n{done.stderr}"
    assert "\\u{" not in done.stderr and "\x1b" not in done.stderr, done.stderr


class TestHelp:
    @pytest.mark.parametrize("arguments", [["--help"], ["-h"], ["help"]])
    def test_help_goes_to_standard_output(self, metaferry, arguments):
        done = metaferry.run(arguments)
        assert (done.exit, done.stderr) == (DONE, "")
        assert all(f"metaferry {command}" in done.stdout for command in COMMANDS)

    @pytest.mark.parametrize("command", COMMANDS)
    def test_every_command_has_help(self, metaferry, command):
        done = metaferry.run([command, "--help"])
        assert (done.exit, done.stderr) == (DONE, "")
        assert done.stdout.startswith(f"metaferry {command} ")
        assert "Exit:" in done.stdout and "--help" in done.stdout

    def test_version_is_one_line(self, metaferry):
        done = metaferry.run(["--version"])
        assert (done.exit, done.stderr) == (DONE, "")
        name, version = done.stdout.split()
        assert name == "metaferry" and version[0].isdigit() and done.stdout.count("\n") == 1

    def test_without_a_command_the_help_is_on_standard_error(self, metaferry):
        done = metaferry.run([])
        assert (done.exit, done.stdout) == (USAGE, "")
        assert "metaferry plan JOB.json" in done.stderr


COMMAND_LINES = {
    "unknown command": (["migrate"], "unknown_command", ["migrate", "plan"]),
    "plan without job": (["plan"], "missing_argument", ["JOB.json"]),
    "run without job": (["run"], "missing_argument", ["JOB.json"]),
    "verify without job": (["verify"], "missing_argument", ["JOB.json"]),
    "export without URL": (["export"], "missing_argument", ["URL"]),
    "unknown option": (["plan", "job.json", "--frob"], "bad_option", ["--frob"]),
    "option of another command": (["run", "job.json", "--report", "x"], "bad_option", ["--report"]),
    "option without value": (["plan", "job.json", "--out"], "bad_option", ["--out"]),
    "two jobs": (["run", "job.json", "job.json"], "bad_option", []),
    "unknown format": (["plan", "job.json", "--format", "xml"], "bad_option", ["xml", "json"]),
    "unknown log format": (["run", "job.json", "--log-format", "xml"], "bad_option", ["xml", "json"]),
    "no such job file": (["plan", "no_job.json"], "job_file_unreadable", ["no_job.json"]),
    "a folder as job file": (["plan", "."], "job_file_unreadable", []),
    "password on the command line": (
        ["export", "jdbc:mysql://127.0.0.1/hms?user=hive&password=plain"], "password_on_command_line", ["${env:"]),
    "password before the host": (
        ["export", "jdbc:mysql://hive:plain@127.0.0.1/hms"], "password_on_command_line", ["${env:"]),
    "unknown URL": (["export", "jdbc:oracle:thin:@host"], "unknown_url_scheme", ["jdbc:mysql:"]),
    "no URL": (["export", "metastore.db"], "unknown_url_scheme", []),
}


@pytest.mark.parametrize("case", COMMAND_LINES)
def test_a_wrong_command_line_touches_nothing(metaferry, folder, case):
    arguments, code, words = COMMAND_LINES[case]
    job_in(folder)
    before = state_of(folder)
    done = metaferry.run(arguments, cwd=folder)
    assert_error(done, USAGE, code, words=words)
    assert done.stdout == "" and state_of(folder) == before


RULES = [{"key": f"hdfs://nn/{number}", "value": f"obs://lake/{number}"} for number in range(21)]
SAME_KEY = [{"key": "hdfs://nn/a", "value": "obs://lake/1"}, {"key": "hdfs://nn/a/", "value": "obs://lake/2"}]
BAD_JOBS = {
    "unknown key": (MIGRATION + "/targt_catalog", "x", "unknown_key", 'did you mean "target_catalog"?'),
    "unknown key of metaferry": ("/metaferry/worker", 2, "unknown_key", 'did you mean "workers"?'),
    "unknown key at the top": ("/parameters", {}, "unknown_key", 'did you mean "parameter"?'),
    "unknown strategy": (MIGRATION + "/conflict_strategy", "REPLACE", "bad_value", "UPSERT, INSERT, UPDATE"),
    "strategy in lower case": (MIGRATION + "/conflict_strategy", "upsert", "bad_value", "UPSERT"),
    "unknown job type": ("/type", "COPY", "bad_value", "METADATA_MIGRATION"),
    "job type of the service": ("/type", "PERMISSION_MIGRATION", "unsupported_job_type", "METADATA_MIGRATION"),
    "unknown kind": (MIGRATION + "/sync_objects", ["TABLE", "VIEW"], "bad_value", "PARTITION"),
    "no kinds": (MIGRATION + "/sync_objects", [], "too_few", "1"),
    "a kind twice": (MIGRATION + "/sync_objects", ["TABLE", "TABLE"], "duplicate_value", ""),
    "21 rules": (MIGRATION + "/locations", RULES, "too_many", "20"),
    "rule without value": (MIGRATION + "/locations", [{"key": "hdfs://a"}], "missing_key", "value"),
    "two rules for one place": (MIGRATION + "/locations", SAME_KEY, "duplicate_rule", ""),
    "name too short": ("/name", "abc", "too_short", "4"),
    "name too long": ("/name", "n" * 256, "too_long", "255"),
    "name with a slash": ("/name", "../../etc", "bad_value", "letters"),
    "a number for a string": ("/name", 7, "wrong_type", ""),
    "a string for a number": ("/metaferry/workers", "2", "wrong_type", "number"),
    "no worker": ("/metaferry/workers", 0, "too_small", "64"),
    "65 workers": ("/metaferry/workers", 65, "too_large", "64"),
    "half a worker": ("/metaferry/workers", 1.5, "wrong_type", ""),
    "pattern without a dot": ("/metaferry/include", ["sales"], "bad_pattern", "sales.*"),
    "unknown source URL": ("/metaferry/source/url", "jdbc:oracle:thin:@h", "unknown_url_scheme", "jdbc:mysql:"),
    "unknown target URL": ("/metaferry/target", {"url": "s3://lake/x"}, "unknown_url_scheme", "catalog:"),
    "target that cannot be written": ("/metaferry/target", {"url": "lakeformation+https://h/p/i"}, "unsupported_target", "catalog:"),
    "log location of another scheme": (MIGRATION + "/log_location", "hdfs://logs/x", "unsupported_log_location", "file:"),
    "variable that is not set": (MIGRATION + "/target_catalog", "${env:METAFERRY_NOT_SET}", "secret_unavailable",
                                 "METAFERRY_NOT_SET"),
    "file that is not there": (MIGRATION + "/target_catalog", "${file:nowhere}", "secret_unavailable", "nowhere"),
    "override without owner": ("/metaferry/owner_policy", "override", "missing_key", "default_owner"),
    **{f"without {key}": (f"{MIGRATION}/{key}", ..., "missing_key", key) for key in (
        "source_catalog", "target_catalog", "conflict_strategy", "log_location", "sync_objects", "locations")},
    "without name": ("/name", ..., "missing_key", "name"),
    "without type": ("/type", ..., "missing_key", "type"),
    "without parameter": ("/parameter", ..., "missing_key", "parameter"),
    "without source": ("/metaferry/source", ..., "missing_key", "datasource_type"),
}
# Where the offender is not what the case changes.
OTHER_PLACE = {
    "unknown kind": MIGRATION + "/sync_objects/1", "a kind twice": MIGRATION + "/sync_objects/1",
    "rule without value": MIGRATION + "/locations/0/value", "two rules for one place": MIGRATION + "/locations/1/key",
    "pattern without a dot": "/metaferry/include/0", "unknown target URL": "/metaferry/target/url",
    "target that cannot be written": "/metaferry/target/url",
    "override without owner": MIGRATION + "/default_owner", "without source": MIGRATION + "/datasource_type",
}


@pytest.mark.parametrize("case", BAD_JOBS)
def test_a_wrong_job_names_the_offender_and_touches_nothing(metaferry, folder, case):
    pointer, value, code, words = BAD_JOBS[case]
    path = job_in(folder)
    change(path, pointer, value)
    before = state_of(folder)
    for command in ("plan", "run", "verify"):
        done = metaferry.run([command, path])
        assert_error(done, USAGE, code, at=OTHER_PLACE.get(case, pointer), words=[words])
        assert done.stdout == ""
    assert state_of(folder) == before


@pytest.mark.parametrize("text, code, at", [
    pytest.param('{"name": "abcd",\n "type": }', "bad_json", "2:10", id="no value"),
    pytest.param('{"name": "abcd"', "bad_json", "1:16", id="cut short"),
    pytest.param('{"name": "abcd",}', "bad_json", "1:17", id="trailing comma"),
    pytest.param("", "bad_json", "1:1", id="empty"),
    pytest.param('{"name": "abcd", "name": "efgh"}', "duplicate_key", "/name", id="key twice"),
    pytest.param("[]", "wrong_type", None, id="a list"),
    pytest.param("[" * 100 + "]" * 100, None, None, id="deep nesting"),
])
def test_text_that_is_no_job(metaferry, folder, text, code, at):
    path = folder / "job.json"
    path.write_text(text)
    before = state_of(folder)
    done = metaferry.run(["run", path])
    if code:
        assert_error(done, USAGE, code, at=at)
    assert (done.exit, done.stdout) == (USAGE, "") and state_of(folder) == before


def test_a_datasource_type_that_contradicts_its_url(metaferry, folder):
    path = job_in(folder)
    change(path, "/metaferry", ...)
    change(path, MIGRATION + "/datasource_type", "MRS_RDS_FOR_PG")
    change(path, MIGRATION + "/datasource_parameter",
           {"jdbc_url": "jdbc:mysql://127.0.0.1/hms", "username": "u", "password": "p"})
    done = metaferry.run(["plan", path])
    assert_error(done, USAGE, "contradicting_datasource", words=["MRS_RDS_FOR_PG", "mysql"])


def test_keys_of_the_service_that_concern_other_jobs_are_ignored(metaferry, folder):
    path = job_in(folder)
    change(path, "/parameter/permission_migration_parameter", {"anything": ["goes"]})
    change(path, MIGRATION + "/network_type", "EIP")
    assert metaferry.run(["run", path]).exit == DONE


# ---- One job through all commands ---------------------------------------------------------------


def test_plan_run_plan_verify(metaferry, folder):
    path = job_in(folder)
    catalog = folder / "metaferry-catalog.db"
    before = state_of(folder)

    plan = metaferry.run(["plan", path])
    assert plan.exit == DIFFERENT, plan.stderr
    assert state_of(folder) == before, "a plan must write nothing"

    assert metaferry.run(["verify", path]).exit == DIFFERENT
    assert state_of(folder) == before, "a verification must write nothing"

    run = metaferry.run(["run", path])
    assert run.exit == DONE, run.stderr
    assert catalog.is_file()
    written = state_of(folder)
    for command in ("plan", "verify"):
        done = metaferry.run([command, path])
        assert done.exit == DONE, (command, done.stdout, done.stderr)
    assert state_of(folder) == written, "plan and verify must leave an existing target as it is"

    assert metaferry.run(["run", path]).exit == DONE
    assert metaferry.run(["plan", path]).exit == DONE


def test_verify_finds_what_was_tampered_with(metaferry, folder):
    path = job_in(folder)
    assert metaferry.run(["run", path]).exit == DONE
    with sqlite3.connect(folder / "metaferry-catalog.db") as catalog:
        # The content changes, the fingerprint kept beside it does not.
        other, = catalog.execute("SELECT body FROM databases WHERE name = 'staging'").fetchone()
        catalog.execute("UPDATE databases SET body = ? WHERE name = 'geo'", (other,))
        catalog.execute("DELETE FROM functions WHERE name = 'mask_email'")
    catalog.close()
    done = metaferry.run(["verify", path, "--format", "json"])
    assert done.exit == DIFFERENT, done.stderr
    counts = json.loads(done.stdout)["counts"]
    assert (counts["DATABASE"]["updated"], counts["FUNCTION"]["created"]) == (1, 1)
    assert (counts["TABLE"]["unchanged"], counts["TABLE"]["read"]) == (18, 18)
    found = {(line["kind"], line["object"]["database_name"]) for line in json.loads(done.stdout)["differences"]}
    assert found == {("DATABASE", "geo"), ("FUNCTION", "sales")}


def test_objects_that_only_the_target_has_are_no_difference(metaferry, folder):
    path = job_in(folder)
    assert metaferry.run(["run", path]).exit == DONE
    change(path, "/metaferry/include", ["sales.*"])
    assert metaferry.run(["verify", path]).exit == DONE


@pytest.mark.parametrize("command, exit_code", [("plan", DIFFERENT), ("run", DONE), ("verify", DIFFERENT)])
def test_json_is_one_document_and_alone_on_standard_output(metaferry, folder, command, exit_code):
    path = job_in(folder)
    done = metaferry.run([command, path, "--format", "json"])
    assert done.exit == exit_code, done.stderr
    summary = json.loads(done.stdout)
    assert summary["status"] == "SUCCESS" and summary["run_id"] and summary["command"] == command
    assert {kind: set(row) for kind, row in summary["counts"].items()} == {
        kind: {"read", "created", "updated", "unchanged", "filtered", "refused", "failed"} for kind in KINDS}
    assert_balanced(summary)


@pytest.mark.parametrize("command, exit_code", [("plan", DIFFERENT), ("run", DONE), ("verify", DIFFERENT)])
def test_markdown_is_for_a_merge_request(metaferry, folder, command, exit_code):
    done = metaferry.run([command, job_in(folder), "--format", "md"])
    assert done.exit == exit_code, done.stderr
    assert done.stdout.startswith("## ") and len(done.stdout.encode()) <= 60000
    assert "| PARTITION | 4,264 | **4,264** |" in done.stdout and "2,920 partitions of `sales.orders`" in done.stdout


@pytest.mark.parametrize("command, exit_code", [("plan", DIFFERENT), ("run", DONE), ("verify", DIFFERENT)])
def test_html_is_one_document_and_alone_on_standard_output(metaferry, folder, command, exit_code):
    done = metaferry.run([command, job_in(folder), "--format", "html"])
    assert done.exit == exit_code, done.stderr
    assert done.stdout.startswith("<!DOCTYPE html>") and done.stdout.endswith("</html>\n")
    assert "dt=2024-12-30/region=na" in done.stdout


@pytest.mark.parametrize("command", ["plan", "run", "verify"])
def test_a_log_collector_gets_json_lines(metaferry, folder, command):
    done = metaferry.run([command, job_in(folder), "--log-format", "json"])
    events = [json.loads(line) for line in done.stderr.splitlines()]
    assert [event["event"] for event in events if event["event"] != "progress"] == ["start", "end"]
    assert events[-1]["objects"] == 4293 and events[-1]["status"] == "SUCCESS"
    assert all(event["time"].endswith("Z") for event in events)
    assert done.stdout.startswith(f"metaferry {command}  contract_test\n")


def test_a_log_collector_gets_errors_as_json_lines_too(metaferry, folder):
    done = metaferry.run(["run", write_job(folder, "jdbc:sqlite:no_such.db"), "--log-format", "json"])
    event = [json.loads(line) for line in done.stderr.splitlines()][-1]
    assert (event["event"], done.exit) == ("error", FAILED) and event["code"] and event["message"]
    done = metaferry.run(["run", folder / "none.json", "--log-format", "json"])
    assert json.loads(done.stderr)["code"] == "job_file_unreadable" and done.exit == USAGE


def test_what_is_piped_does_not_depend_on_a_terminal(metaferry, folder):
    path = job_in(folder)
    texts = set()
    for columns in ("20", "80", "500"):
        done = metaferry.run(["plan", path, "--quiet"], env={"COLUMNS": columns, "TERM": "xterm-256color"})
        lines = [line for line in done.stdout.splitlines() if "4,293 objects in" not in line]
        texts.add("\n".join(lines))
    assert len(texts) == 1


def test_verbose_lists_every_change(metaferry, folder):
    done = metaferry.run(["plan", job_in(folder), "--quiet", "--verbose"])
    assert sum(line.startswith("  + ") for line in done.stdout.splitlines()) == 4293


def test_the_text_names_the_next_command(metaferry, folder):
    path = job_in(folder)

    def next_after(*arguments):
        done = metaferry.run([*arguments, "--quiet"], cwd=folder)
        return [line.removeprefix("next: ") for line in done.stdout.splitlines() if line.startswith("next: ")]

    assert next_after("plan", "job.json") == ["metaferry run job.json"]
    assert next_after("run", path) == [f"metaferry verify {path}"]
    assert next_after("plan", "job.json") == []


def test_quiet_says_nothing_on_standard_error(metaferry, folder):
    path = job_in(folder)
    for command in ("plan", "run", "verify"):
        assert metaferry.run([command, path, "--quiet"]).stderr == ""


def test_a_plan_can_be_kept(metaferry, folder):
    path = job_in(folder)
    done = metaferry.run(["plan", path, "--out", "plan.ndjson", "--report", "report"], cwd=folder)
    assert done.exit == DIFFERENT
    lines = [json.loads(line) for line in (folder / "plan.ndjson").read_text(encoding="utf-8").splitlines()]
    head, *objects, summary, end = lines
    assert [line["kind"] for line in (head, summary, end)] == ["PLAN", "SUMMARY", "END"]
    assert len(objects) == end["objects"] == 4293 and {line["outcome"] for line in objects} == {"created"}
    assert {"report.html", "summary.json", "objects.ndjson", "moves.tsv", "run.log"} <= {
        item.name for item in (folder / "report").iterdir()}
    assert not (folder / "runs").exists() and not (folder / "metaferry-catalog.db").exists()


def test_the_run_log_is_complete_and_balanced(metaferry, folder):
    path = job_in(folder, locations=[{"key": "hdfs://nn1:8020/warehouse", "value": "obs://lake/wh"}])
    done = metaferry.run(["run", path, "--format", "json"])
    assert done.exit == DONE, done.stderr
    summary = json.loads(done.stdout)
    log_folder = folder / "runs" / "contract_test" / summary["run_id"]
    assert {item.name for item in log_folder.iterdir()} >= {
        "report.html", "summary.json", "objects.ndjson", "moves.tsv", "run.log"}
    kept = json.loads((log_folder / "summary.json").read_text(encoding="utf-8"))
    assert kept["counts"] == summary["counts"]
    assert_balanced(kept)
    lines = [json.loads(line) for line in (log_folder / "objects.ndjson").read_text(encoding="utf-8").splitlines()]
    assert len(lines) == sum(row["created"] for row in kept["counts"].values()) == 4293
    moves = [line.split("\t") for line in (log_folder / "moves.tsv").read_text(encoding="utf-8").splitlines()]
    moves = [row for row in moves if row[0].startswith("hdfs://")]
    assert ["hdfs://nn1:8020/warehouse/sales.db/orders", "obs://lake/wh/sales.db/orders"] in moves
    assert len({row[0] for row in moves}) == len(moves) and all(row[1].startswith("obs://lake/wh") for row in moves)


def test_every_run_has_a_folder_of_its_own(metaferry, folder):
    path = job_in(folder)
    ids = {json.loads(metaferry.run(["run", path, "--format", "json"]).stdout)["run_id"] for _ in range(3)}
    assert {item.name for item in (folder / "runs" / "contract_test").iterdir()} == ids and len(ids) == 3


def test_nobody_else_can_read_the_run_log(metaferry, folder):
    assert metaferry.run(["run", job_in(folder)]).exit == DONE
    for path in (folder / "runs" / "contract_test").rglob("*"):
        assert stat.S_IMODE(path.stat().st_mode) & 0o077 == 0, path


def test_relative_paths_are_relative_to_the_job_file(metaferry, folder, tmp_path_factory):
    path = job_in(folder)
    elsewhere = tmp_path_factory.mktemp("elsewhere")
    assert metaferry.run(["run", path], cwd=elsewhere).exit == DONE
    assert list(elsewhere.iterdir()) == []
    assert (folder / "metaferry-catalog.db").is_file() and (folder / "runs").is_dir()


def test_a_reader_that_goes_away_is_no_crash(metaferry, folder):
    read, write = os.pipe()
    os.close(read)
    done = subprocess.run([str(metaferry.path), "export", "jdbc:sqlite:metastore.db"], cwd=folder, stdout=write,
                          stderr=subprocess.PIPE, timeout=60)
    os.close(write)
    assert done.returncode == FAILED and b"cannot_write_output" in done.stderr


# ---- Jobs that cannot run ------------------------------------------------------------------------


def without_records(state):
    """What a run leaves about itself, in its log and in the state folder, is not what it did."""
    return {name: kept for name, kept in state.items() if not name.startswith(("runs", ".metaferry"))}


def assert_fails_alike(metaferry, folder, path, code, environment=None, words=()):
    """plan, run and verify all end with exit code 1 and the same error; the target is not there or as it was."""
    outside_the_log = without_records(state_of(folder))
    for command in ("plan", "verify", "run"):
        done = metaferry.run([command, path, "--format", "json"], env=environment)
        assert_error(done, FAILED, code, words=words)
        summary = json.loads(done.stdout)
        assert (summary["status"], summary["error"]["code"]) == ("FAILED", code)
    assert without_records(state_of(folder)) == outside_the_log


def test_a_source_that_is_not_there(metaferry, folder):
    path = write_job(folder, "jdbc:sqlite:no_such.db")
    for command in ("plan", "run"):
        done = metaferry.run([command, path])
        assert done.exit == FAILED and "no_such.db" in done.stderr
    assert not (folder / "no_such.db").exists() and not (folder / "metaferry-catalog.db").exists()


def test_a_database_that_is_no_metastore(metaferry, folder):
    with sqlite3.connect(folder / "other.db") as connection:
        connection.execute("CREATE TABLE customers(id INTEGER)")
    connection.close()
    assert_fails_alike(metaferry, folder, write_job(folder, "jdbc:sqlite:other.db"), "not_a_metastore")


def test_a_file_that_is_no_database(metaferry, folder):
    (folder / "other.db").write_text("just some text, long enough to be taken for a header of something\n" * 40)
    path = write_job(folder, "jdbc:sqlite:other.db")
    before = state_of(folder)
    for command in ("plan", "verify"):
        done = metaferry.run([command, path])
        assert done.exit == FAILED and "  code: " in done.stderr, done.stderr
    assert state_of(folder) == before


@pytest.mark.parametrize("version", ["9.9.9", "0.5.0"])
def test_a_schema_that_is_not_known(metaferry, folder, version):
    with sqlite3.connect(folder / "metastore.db") as connection:
        connection.execute('UPDATE "VERSION" SET "SCHEMA_VERSION" = ?', (version,))
    connection.close()
    assert_fails_alike(metaferry, folder, job_in(folder), "unsupported_schema", words=[version])


def test_a_catalog_that_the_source_has_not(metaferry, folder):
    assert_fails_alike(metaferry, folder, job_in(folder, source_catalog="spark"), "no_such_catalog", words=["hive"])


@pytest.mark.parametrize("patterns", [{"include": ["nothing.*"]}, {"include": ["sales.nothing"]}, {"exclude": ["*.*"]}])
def test_a_job_that_no_object_matches(metaferry, folder, patterns):
    path = job_in(folder, metaferry=patterns, sync_objects=["TABLE"])
    assert_fails_alike(metaferry, folder, path, "nothing_matched")


@pytest.fixture(params=["mariadb", "postgres"])
def server(request):
    return request.getfixturevalue(request.param)


def test_a_wrong_password(metaferry, folder, server):
    path = write_job(folder, server.plain_jdbc_url("mysql" if server.dialect == "mysql" else "postgres"),
                     user=server.user, password="${env:%s}" % PASSWORD_VARIABLE)
    environment = {PASSWORD_VARIABLE: "not-the-password"}
    done = metaferry.run(["run", path], env=environment)
    assert done.exit == FAILED and "not-the-password" not in done.stderr + done.stdout
    assert_fails_alike(metaferry, folder, path, code_of(done), environment)
    assert "login" in code_of(done) or "auth" in code_of(done) or "password" in code_of(done), done.stderr


def code_of(done):
    code, = (line.removeprefix("  code: ") for line in done.stderr.splitlines() if line.startswith("  code: "))
    return code


@pytest.mark.parametrize("scheme", ["jdbc:mysql", "jdbc:mariadb", "jdbc:postgresql"])
def test_a_server_that_is_down(metaferry, folder, scheme):
    port = free_port()
    path = write_job(folder, f"{scheme}://127.0.0.1:{port}/hms", user="hive", password="${env:PW}")
    done = metaferry.run(["plan", path], env={"PW": "pw"})
    assert done.exit == FAILED and str(port) in done.stderr, done.stderr
    assert_fails_alike(metaferry, folder, path, code_of(done), {"PW": "pw"})


@pytest.mark.parametrize("scheme", ["jdbc:mysql", "jdbc:postgresql"])
def test_a_server_that_never_answers(metaferry, folder, scheme):
    with socket.socket() as mute:
        mute.bind(("127.0.0.1", 0))
        mute.listen()
        url = f"{scheme}://127.0.0.1:{mute.getsockname()[1]}/hms?connectTimeout={2000 if 'mysql' in scheme else 2}"
        path = write_job(folder, url, user="hive", password="${env:PW}")
        done = metaferry.run(["plan", path], env={"PW": "pw"}, timeout=60)
    assert done.exit == FAILED and "  code: " in done.stderr, done.stderr


def test_a_database_that_the_server_has_not(metaferry, folder, server):
    path = write_job(folder, server.plain_jdbc_url("no_such_database"), user=server.user,
                     password="${env:%s}" % PASSWORD_VARIABLE)
    done = metaferry.run(["plan", path], env=server.environment())
    assert done.exit == FAILED and "no_such_database" in done.stderr, done.stderr


def test_an_empty_database_is_no_metastore(metaferry, folder, server):
    server.create_database("nothing_in_it")
    path = write_job(folder, server.plain_jdbc_url("nothing_in_it"), user=server.user,
                     password="${env:%s}" % PASSWORD_VARIABLE)
    assert_fails_alike(metaferry, folder, path, "not_a_metastore", server.environment())


@pytest.fixture(scope="module", params=["mariadb", "postgres"])
def guarded(request, hive_lab):
    """A server with a metastore that has something in every table."""
    server = request.getfixturevalue(request.param)
    hive_lab.apply_official_schema(server, "rights", "3.1.0")
    if server.dialect == "mysql":
        hive_lab.convert_text_to_utf8(server, "rights")
    build(server.connect("rights"), rich_databases(many_partitions=10))
    return server


@pytest.mark.parametrize("withheld", ["TBLS", "PARTITION_PARAMS", "TBL_PRIVS", "KEY_CONSTRAINTS", "SKEWED_VALUES"])
def test_a_right_that_is_missing(metaferry, folder, guarded, withheld):
    """A table that the user may not read must not pass for one that this schema has not."""
    grant_all_but(guarded, withheld)
    path = write_job(folder, guarded.plain_jdbc_url("rights"), user="poor", password="${env:%s}" % PASSWORD_VARIABLE)
    for command in ("plan", "verify", "run"):
        done = metaferry.run([command, path], env=guarded.environment())
        assert_error(done, FAILED, code_of(done), words=["SELECT", withheld])


def grant_all_but(server, withheld):
    """SELECT for the user `poor` on all tables of the database `rights` but one."""
    if server.dialect == "mysql":
        tables = [name for name, in server.execute("SHOW TABLES", database="rights") if name != withheld]
        server.execute_as_root(
            "DROP USER IF EXISTS 'poor'@'127.0.0.1'",
            f"CREATE USER 'poor'@'127.0.0.1' IDENTIFIED BY '{server.password}'",
            *(f"GRANT SELECT ON `rights`.`{table}` TO 'poor'@'127.0.0.1'" for table in tables))
        return
    for statement in (
            "DO $$ BEGIN CREATE ROLE poor LOGIN; EXCEPTION WHEN duplicate_object THEN NULL; END $$",
            f"ALTER ROLE poor PASSWORD '{server.password}'", "GRANT SELECT ON ALL TABLES IN SCHEMA public TO poor",
            f'REVOKE SELECT ON "{withheld}" FROM poor'):
        server.execute(statement, database="rights")


# ---- Outputs that cannot be written ---------------------------------------------------------------


@pytest.mark.parametrize("place", ["file:./metastore.db", "file:./metastore.db/runs", "file:/proc/metaferry"])
def test_a_log_location_that_cannot_be_written_is_found_first(metaferry, folder, place):
    path = job_in(folder, log_location=place)
    before = state_of(folder)
    done = metaferry.run(["run", path])
    assert_error(done, FAILED, "log_location_unreachable")
    assert without_records(state_of(folder)) == before


FOREIGN_FILES = {
    "text": b"a diary, not a database. " * 100,
    "an empty line": b"\n",
    "a short text": b"to do: nothing\n",
    "another database": None,
    "a short file": b"SQLite format 3\0",
}


@pytest.mark.parametrize("name", FOREIGN_FILES)
def test_a_target_catalog_that_is_not_ours_keeps_its_bytes(metaferry, folder, name):
    target = folder / "target.db"
    if FOREIGN_FILES[name] is None:
        with sqlite3.connect(target) as connection:
            connection.execute("CREATE TABLE diary(day TEXT)")
        connection.close()
    else:
        target.write_bytes(FOREIGN_FILES[name])
    path = job_in(folder, metaferry={"target": {"url": "catalog:target.db"}})
    done = metaferry.run(["plan", path])
    assert done.exit == FAILED and "target.db" in done.stderr, done.stderr
    assert_fails_alike(metaferry, folder, path, code_of(done))


@pytest.mark.parametrize("content", [b"some text\n", b"{}\n", b'{"kind": "TABLE"}\n', b"\x00\x01\x02\xff" * 100])
@pytest.mark.parametrize("suffix", ["ndjson", "ndjson.zst"])
def test_a_target_file_that_is_not_ours_keeps_its_bytes(metaferry, folder, suffix, content):
    target = folder / f"target.{suffix}"
    target.write_bytes(content)
    path = job_in(folder, metaferry={"target": {"url": f"file:{target.name}"}})
    done = metaferry.run(["run", path])
    assert done.exit == FAILED and target.name in done.stderr, done.stderr
    assert_fails_alike(metaferry, folder, path, code_of(done))
    assert target.read_bytes() == content


def test_the_source_is_no_target(metaferry, folder):
    """The metastore itself, named as an embedded catalog by mistake."""
    path = job_in(folder, metaferry={"target": {"url": "catalog:metastore.db"}})
    assert_fails_alike(metaferry, folder, path, "not_a_catalog")


@pytest.mark.parametrize("url", ["catalog:no_folder/x.db", "file:no_folder/x.ndjson"])
def test_a_target_in_a_folder_that_is_not_there(metaferry, folder, url):
    path = job_in(folder, metaferry={"target": {"url": url}})
    done = metaferry.run(["run", path])
    assert_error(done, FAILED, "target_not_writable", words=["no_folder"])
    assert not (folder / "no_folder").exists()


@pytest.mark.parametrize("url", ["catalog:/proc/x.db", "file:/proc/x.ndjson", "file:/proc/x.ndjson.zst"])
def test_a_target_in_a_folder_where_nothing_can_be_made(metaferry, folder, url):
    """Even root cannot make a file in /proc."""
    done = metaferry.run(["run", job_in(folder, metaferry={"target": {"url": url}}), "--format", "json"])
    assert done.exit == FAILED and "/proc" in done.stderr and "  code: " in done.stderr, done.stderr
    assert done.stdout == "" or json.loads(done.stdout)["status"] == "FAILED"
