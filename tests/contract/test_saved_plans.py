"""A plan that is saved is what a run of it does: exactly that, or a refusal by name."""

import json
import sqlite3
import subprocess

import pytest

from support.program import ROOT, assert_balanced, export_lines, write_job

DONE, DIFFERENT, PARTIAL, USAGE = 0, 2, 3, 4
RULE = {"key": "hdfs://nn1:8020/warehouse", "value": "obs://lake/wh"}


@pytest.fixture
def folder(tmp_path):
    with sqlite3.connect(tmp_path / "metastore.db") as connection:
        for script in ("hive_schema/sqlite-3.1.sql", "demo/metastore.sql"):
            connection.executescript((ROOT / "fixtures" / script).read_text(encoding="utf-8"))
    connection.close()
    write_job(tmp_path, "jdbc:sqlite:metastore.db", locations=[RULE])
    return tmp_path


class Plans:
    def __init__(self, metaferry, folder):
        self.metaferry, self.folder = metaferry, folder

    def __call__(self, *arguments):
        return self.metaferry.run(arguments, cwd=self.folder)

    def save(self, name="a.plan"):
        done = self("plan", "job.json", "--out", name)
        assert done.exit == DIFFERENT, done.stderr
        return name

    def apply(self, name="a.plan"):
        done = self("run", "job.json", "--plan", name, "--format", "json")
        summary = json.loads(done.stdout)
        assert_balanced(summary)
        return done.exit, summary

    def source(self, statement):
        with sqlite3.connect(self.folder / "metastore.db") as connection:
            assert connection.execute(statement).rowcount > 0
        connection.close()

    def target(self):
        return export_lines("catalog:metaferry-catalog.db", "--catalog", "lake", folder=self.folder)

    def refused(self, summary):
        return {(example["object"], reason) for reason, of in summary["refused"].items()
                for example in of["examples"]}


@pytest.fixture
def plans(metaferry, folder):
    return Plans(metaferry, folder)


def changes_in(summary, outcome):
    return {kind: counts[outcome] for kind, counts in summary["counts"].items()}


def test_a_run_does_what_the_plan_says(plans):
    planned = json.loads(plans("plan", "job.json", "--format", "json").stdout)
    plans.save()
    code, summary = plans.apply()
    assert code == DONE and changes_in(summary, "created") == changes_in(planned, "created")
    assert len(plans.target()) == sum(changes_in(summary, "created").values()) == 4293
    assert plans("verify", "job.json").exit == DONE


def test_a_plan_that_was_applied_finds_nothing_more_to_do(plans):
    plans.save()
    plans.apply()
    code, summary = plans.apply()
    assert code == DONE and sum(changes_in(summary, "unchanged").values()) == 4293


def test_what_the_source_changed_since_is_refused_by_name_and_the_rest_is_done(plans):
    plans.save()
    plans.source("UPDATE TBLS SET OWNER = 'somebody' WHERE TBL_NAME = 'employees'")
    plans.source("DELETE FROM FUNC_RU")
    plans.source("DELETE FROM FUNCS WHERE FUNC_NAME = (SELECT MIN(FUNC_NAME) FROM FUNCS)")
    code, summary = plans.apply()
    assert code == PARTIAL and summary["status"] == "PARTIAL_SUCCESS"
    names = {name for name, reason in plans.refused(summary) if reason == "drifted"}
    assert "hr.employees" in names and summary["counts"]["FUNCTION"]["refused"] >= 1
    assert not any('"table_name":"employees"' in line for line in plans.target())
    assert summary["counts"]["PARTITION"]["created"] == 4264


def test_what_the_target_changed_since_is_refused_and_left_as_it_is(plans):
    plans("run", "job.json")
    plans.source("UPDATE TBLS SET OWNER = 'a' WHERE TBL_NAME IN ('employees', 'orders')")
    plans.save()
    # Somebody else brings the table to another state; then the source goes back to what was planned.
    plans.source("UPDATE TBLS SET OWNER = 'b' WHERE TBL_NAME = 'employees'")
    plans("run", "job.json")
    plans.source("UPDATE TBLS SET OWNER = 'a' WHERE TBL_NAME = 'employees'")
    code, summary = plans.apply()
    assert code == PARTIAL
    assert plans.refused(summary) == {("hr.employees", "drifted")}
    owners = {line["object"]["table_name"]: line["object"].get("owner")
              for line in map(json.loads, plans.target()) if line["kind"] == "TABLE"}
    assert owners["employees"] == "b" and owners["orders"] == "a"


def test_what_came_up_since_is_not_in_the_plan(plans):
    plans.save()
    plans.source("UPDATE DBS SET DB_LOCATION_URI = 'hdfs://nn1:8020/warehouse/other' WHERE NAME = 'geo'")
    plans.source("UPDATE TBLS SET TBL_NAME = 'stations_2' WHERE TBL_NAME = 'stations'")
    code, summary = plans.apply()
    refused = plans.refused(summary)
    assert code == PARTIAL
    assert ("geo", "drifted") in refused and ("geo.stations", "drifted") in refused


def test_a_plan_belongs_to_its_job_file(plans):
    plans.save()
    text = (plans.folder / "job.json").read_text()
    (plans.folder / "job.json").write_text(text.replace("obs://lake/wh", "obs://lake/elsewhere"))
    done = plans("run", "job.json", "--plan", "a.plan")
    assert done.exit == USAGE and "code: plan_of_another_job" in done.stderr
    assert not (plans.folder / "metaferry-catalog.db").exists() and not (plans.folder / "runs").exists()


def damaged(content):
    text = subprocess.run(["zstd", "-dc"], input=content, capture_output=True, check=True).stdout
    edited = text.replace(b"obs://lake/wh/hr.db/employees", b"obs://evil/wh/hr.db/employees")
    assert edited != text
    return {
        "cut short": (content[:-100], "plan_cut_short"),
        "empty": (b"", "plan_cut_short"),
        "one byte changed": (content[:5000] + bytes([content[5000] ^ 1]) + content[5001:], "plan_changed"),
        "edited": (edited, "plan_changed"),
        "cut at a line": (text[:text.rindex(b'{"kind":"END"')], "plan_cut_short"),
        "of a newer version": (text.replace(b'"plan_version":1', b'"plan_version":9'), "plan_too_new"),
        "no plan": (b"a diary\n", "not_a_plan"),
    }


@pytest.mark.parametrize("damage", ["cut short", "empty", "one byte changed", "edited", "cut at a line",
                                    "of a newer version", "no plan"])
def test_a_plan_that_is_not_whole_is_refused_before_anything_is_touched(plans, damage):
    path = plans.folder / plans.save()
    content, code = damaged(path.read_bytes())[damage]
    path.write_bytes(content)
    for arguments in (("run", "job.json", "--plan", "a.plan"), ("show", "a.plan")):
        done = plans(*arguments)
        assert (done.exit, done.stdout) == (USAGE, ""), done.stderr
        assert f"  code: {code}\n" in done.stderr and "  do: " in done.stderr
    assert not (plans.folder / "metaferry-catalog.db").exists() and not (plans.folder / "runs").exists()


def test_a_plan_that_is_not_there(plans):
    done = plans("run", "job.json", "--plan", "none.plan")
    assert done.exit != DONE and "none.plan" in done.stderr and "code: no_such_file" in done.stderr


def test_a_plan_is_shown_again_as_it_was(plans):
    """Without the databases it was made of."""
    first = plans("plan", "job.json", "--out", "a.plan", "--format", "text")
    document = json.loads(plans("plan", "job.json", "--format", "json").stdout)
    (plans.folder / "metastore.db").unlink()
    again = plans("show", "a.plan")
    assert (again.exit, again.stderr) == (DONE, "")
    assert again.stdout == first.stdout
    shown = json.loads(plans("show", "a.plan", "--format", "json").stdout)
    assert shown["counts"] == document["counts"] and shown["rules"] == document["rules"]
    objects = [{key: value for key, value in line.items() if key != "key"} for line in shown["objects"]]
    assert objects == document["objects"]


def test_a_plan_is_for_its_owner_only(plans):
    path = plans.folder / plans.save()
    assert path.stat().st_mode & 0o077 == 0


def test_a_failed_plan_is_not_saved(plans):
    (plans.folder / "metastore.db").write_bytes(b"")
    assert plans("plan", "job.json", "--out", "a.plan").exit == 1
    assert not list(plans.folder.glob("a.plan*"))
