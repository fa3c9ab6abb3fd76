"""What is known of a run when it is over: runs, show, log, diff, and for how long."""

import fcntl
import json
import os
import pathlib
import select
import signal
import sqlite3
import subprocess
import time

import pytest

from support.program import KINDS, ROOT, assert_balanced, program_path, write_job

DONE, FAILED, DIFFERENT, PARTIAL, USAGE = 0, 1, 2, 3, 4


@pytest.fixture
def folder(tmp_path):
    with sqlite3.connect(tmp_path / "metastore.db") as connection:
        for script in ("hive_schema/sqlite-3.1.sql", "demo/metastore.sql"):
            connection.executescript((ROOT / "fixtures" / script).read_text(encoding="utf-8"))
    connection.close()
    write_job(tmp_path, "jdbc:sqlite:metastore.db")
    return tmp_path


@pytest.fixture
def go(metaferry, folder):
    return lambda *arguments: metaferry.run(arguments, cwd=folder)


def run_once(go):
    return json.loads(go("run", "job.json", "--format", "json").stdout)


def listed(go, *options):
    done = go("runs", "--format", "json", *options)
    assert done.exit == DONE, done.stderr
    return json.loads(done.stdout)["runs"]


def test_without_runs_there_is_nothing_to_list(go):
    assert go("runs").stdout == "No runs.\n" and listed(go) == []


def test_runs_are_listed_with_status_books_time_and_job(go, folder):
    first, second = run_once(go), run_once(go)
    records = listed(go)
    assert [record["run_id"] for record in records] == [second["run_id"], first["run_id"]]
    for record, summary in zip(records, (second, first)):
        assert record["status"] == "SUCCESS" and record["counts"] == summary["counts"]
        assert record["job"]["sha256"] == summary["job"]["sha256"] and record["seconds"] > 0
        assert record["log_folder"] == summary["log_folder"]
    text = go("runs").stdout
    assert text.index(second["run_id"]) < text.index(first["run_id"]) and "contract_test" in text


def test_plan_and_verify_leave_no_record(go, folder):
    go("plan", "job.json")
    go("verify", "job.json")
    assert not (folder / ".metaferry").exists()


def test_a_run_that_could_not_connect_is_recorded_with_its_error(go, folder):
    write_job(folder, "jdbc:mysql://127.0.0.1:1/hive", user="u", password="p")
    assert go("run", "job.json").exit == FAILED
    record, = listed(go)
    assert record["status"] == "FAILED" and record["error"] and record["finished"]


def test_a_state_folder_that_cannot_be_made_stops_the_run_before_it_begins(go, folder):
    (folder / ".metaferry").write_text("")
    done = go("run", "job.json")
    assert done.exit == FAILED and "code: state_dir_unwritable" in done.stderr
    assert not (folder / "metaferry-catalog.db").exists()


def test_show_gives_a_run_once_more(go):
    summary = run_once(go)
    shown = go("show", summary["run_id"], "--format", "json")
    assert shown.exit == DONE
    document = json.loads(shown.stdout)
    objects = document.pop("objects")
    assert document["counts"] == summary["counts"] and document["started"] == summary["started"]
    assert len(objects) == 4293 and {line["outcome"] for line in objects} == {"created"}
    text = go("show", "last").stdout
    assert "SUCCESS" in text and "4,264" in text


def test_a_run_is_named_by_the_beginning_of_its_id(go):
    summary = run_once(go)
    assert go("show", summary["run_id"][:20]).exit == DONE
    done = go("show", "2001")
    assert done.exit == USAGE and "code: no_such_run" in done.stderr
    done = go("log", "../../etc")
    assert done.exit == USAGE and "code: no_such_run" in done.stderr


def test_show_knows_the_books_when_the_log_is_gone(go, folder):
    summary = run_once(go)
    for path in sorted((folder / "runs").rglob("*"), reverse=True):
        path.rmdir() if path.is_dir() else path.unlink()
    document = json.loads(go("show", "last", "--format", "json").stdout)
    assert document["counts"] == summary["counts"] and document["objects"] == []
    assert any("log folder is gone" in warning for warning in document["warnings"])
    done = go("log", "last")
    assert done.exit == FAILED and "code: no_log" in done.stderr


def test_log_prints_the_run_log(go, folder):
    summary = run_once(go)
    done = go("log", "last")
    with open(os.path.join(summary["log_folder"], "run.log"), encoding="utf-8") as log:
        assert (done.exit, done.stdout) == (DONE, log.read())


def wait_for(condition, seconds=20):
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        found = condition()
        if found:
            return found
        time.sleep(0.02)
    raise AssertionError("it did not come about")


@pytest.fixture
def stopped_run(go, folder):
    """A run that is stopped in the middle by SIGSTOP, as soon as its log has begun."""
    process = subprocess.Popen([str(program_path()), "run", "job.json"], cwd=folder,
                               stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    wait_for(lambda: list((folder / ".metaferry" / "runs").glob("*/run.json")))
    process.send_signal(signal.SIGSTOP)
    if json.loads(next((folder / ".metaferry" / "runs").glob("*/run.json")).read_text())["status"] != "RUNNING":
        process.send_signal(signal.SIGCONT)
        pytest.fail("the run was over before it could be stopped")
    yield process
    if process.poll() is None:
        process.send_signal(signal.SIGCONT)
        process.wait(30)


def test_a_run_that_goes_on_is_running_and_one_that_was_killed_has_failed(go, stopped_run):
    assert [record["status"] for record in listed(go)] == ["RUNNING"]
    stopped_run.kill()
    stopped_run.wait(10)
    assert [record["status"] for record in listed(go)] == ["FAILED"]
    document = json.loads(go("show", "last", "--format", "json").stdout)
    assert document["error"]["code"] == "run_died" and "again" in document["error"]["advice"]
    assert run_once(go)["status"] == "SUCCESS"


def test_follow_prints_until_the_run_ends(go, folder, stopped_run):
    wait_for(lambda: json.loads(next((folder / ".metaferry" / "runs").glob("*/run.json")).read_text()))
    if not list((folder / "runs").glob("*/*/run.log")):
        stopped_run.send_signal(signal.SIGCONT)
        wait_for(lambda: list((folder / "runs").glob("*/*/run.log")))
    follower = subprocess.Popen([str(program_path()), "log", "last", "--follow"], cwd=folder,
                                stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    stopped_run.send_signal(signal.SIGCONT)
    assert stopped_run.wait(30) == DONE
    output, errors = follower.communicate(timeout=30)
    assert follower.returncode == DONE, errors
    assert output.decode().rstrip().splitlines()[-1].split(" ", 1)[1].startswith("SUCCESS after")


def test_follow_waits_for_the_log_of_a_run_that_has_just_begun(go, folder):
    """The record of a run is there before its log. Whoever holds the record's lock is the run."""
    summary = run_once(go)
    log_folder = pathlib.Path(summary["log_folder"])
    log_folder.rename(folder / "not yet")
    record = folder / ".metaferry" / "runs" / summary["run_id"]
    ended = (record / "run.json").read_text(encoding="utf-8")
    (record / "run.json").write_text(ended.replace('"SUCCESS"', '"RUNNING"'), encoding="utf-8")
    with open(record / "lock", "rb") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        follower = subprocess.Popen([str(program_path()), "log", "last", "--follow"], cwd=folder,
                                    stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        with pytest.raises(subprocess.TimeoutExpired):
            follower.wait(1)
        (folder / "not yet").rename(log_folder)
        wait_for(lambda: select.select([follower.stdout], [], [], 0)[0])
        (record / "run.json").write_text(ended, encoding="utf-8")
    output, errors = follower.communicate(timeout=30)
    assert follower.returncode == DONE, errors
    assert output.decode() == (log_folder / "run.log").read_text(encoding="utf-8")


def test_diff_of_two_runs_lists_what_ended_differently(go, folder):
    a, b = run_once(go), run_once(go)
    with sqlite3.connect(folder / "metastore.db") as connection:
        connection.execute("UPDATE TBLS SET OWNER = 'somebody' WHERE TBL_NAME = 'orders'")
    connection.close()
    c = run_once(go)
    assert go("diff", a["run_id"], a["run_id"]).exit == DONE
    done = go("diff", b["run_id"], c["run_id"], "--format", "json")
    assert done.exit == DIFFERENT
    document = json.loads(done.stdout)
    (difference,) = document["differences"]
    assert (difference["kind"], difference["object"], difference["a"]) == ("TABLE", "sales.orders", None)
    assert difference["b"]["outcome"] == "updated"
    text = go("diff", b["run_id"], c["run_id"]).stdout
    assert "sales.orders" in text and "1 objects ended differently" in text
    everything = json.loads(go("diff", a["run_id"], c["run_id"], "--format", "json").stdout)
    assert len(everything["differences"]) == 4293


def test_old_records_go_and_unfinished_ones_stay(go, folder):
    write_job(folder, "jdbc:sqlite:metastore.db", metaferry={"keep_runs": 2})
    ids = [run_once(go)["run_id"] for _ in range(4)]
    assert [record["run_id"] for record in listed(go)] == ids[:1:-1]
    logs = {path.name for path in (folder / "runs" / "contract_test").iterdir()}
    assert logs == set(ids), "the log folders are the user's"
    done = go("runs", "--prune", "--keep-runs", "1", "--format", "json")
    assert json.loads(done.stdout)["removed"] == [ids[2]]
    assert go("runs", "--prune").exit == USAGE


def test_another_state_folder_is_named(go, folder):
    write_job(folder, "jdbc:sqlite:metastore.db", metaferry={"state_dir": "state/of/runs"})
    summary = run_once(go)
    assert listed(go) == []
    (record,) = listed(go, "--state-dir", "state/of/runs")
    assert record["run_id"] == summary["run_id"]
    assert go("show", "last", "--state-dir", "state/of/runs").exit == DONE


def test_books_of_past_runs_balance(go):
    run_once(go)
    (record,) = listed(go)
    assert set(record["counts"]) == set(KINDS)
    assert_balanced(record)
