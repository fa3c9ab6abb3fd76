"""The benchmark that the page on performance describes: it runs, and leaves what the page says."""

import json
import os
import re
import subprocess
import sys
import xml.etree.ElementTree as xml

import pytest

from support.doc_pages import DOCS
from support.program import ROOT, program_path

pytestmark = pytest.mark.usefixtures("metaferry")
BENCH = ROOT / "tests" / "bench" / "bench.py"
SCENARIO = "mariadb_to_embedded"
SVG = "{http://www.w3.org/2000/svg}"
ROUNDS = 2


def bench(*arguments):
    return subprocess.run([sys.executable, str(BENCH), *map(str, arguments)], capture_output=True, text=True,
                          timeout=300, env={**os.environ, "METAFERRY": str(program_path())})


@pytest.fixture(scope="module")
def finished(hive_lab, mariadb, tmp_path_factory):
    """What a small run has printed, and the folder of its results."""
    folder = tmp_path_factory.mktemp("bench") / "results"
    done = bench("--quick", SCENARIO, "--partitions", 300, "--rounds", ROUNDS, "--seed", 7, "--out", folder)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout, folder


@pytest.fixture(scope="module")
def results(finished):
    return json.loads((finished[1] / "results.json").read_text(encoding="utf-8"))


def test_the_results_tell_on_what_they_were_measured(results):
    assert results["seed"] == 7 and results["rounds"] == ROUNDS and results["quick"] is True
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", results["date"])
    assert results["machine"]["cpu"] and results["machine"]["kernel"]
    assert results["machine"]["cores"] >= 1 and results["machine"]["memory_bytes"] > 1 << 28
    assert {"mariadb", "mariadb-dump"} <= set(results["versions"])


def test_every_single_measurement_is_kept(results):
    (scenario,) = results["scenarios"]
    steps = [entry["step"] for entry in scenario["measurements"]]
    assert len(steps) == ROUNDS * len(set(steps)) == ROUNDS * 5
    assert steps[:5] == steps[5:], "a round does every step once"
    assert all(entry["seconds"] > 0 and entry["cpu_seconds"] > 0 and entry["peak_bytes"] > 1 << 20
               for entry in scenario["measurements"])
    assert [entry["peer"] for entry in scenario["measurements"][:5]] == [True] + [False] * 4
    assert scenario["size"] == 300
    assert scenario["data"]["rows"] > 11 * 300 and scenario["data"]["dump_bytes"] > 500 * 300


def test_goals_are_judged_by_the_medians(results):
    (scenario,) = results["scenarios"]
    ratios = {row["step"]: row["ratio"] for row in scenario["steps"]}
    assert len(scenario["goals"]) == 4
    for goal in scenario["goals"]:
        step = goal["goal"].removesuffix(" / mariadb-dump")
        assert goal["measured"] == ratios[step] and goal["met"] == (ratios[step] <= goal["bound"])


def test_the_table_says_which_goals_are_met(finished, results):
    printed, folder = finished
    markdown = (folder / "results.md").read_text(encoding="utf-8")
    for row in results["scenarios"][0]["steps"]:
        line = rf"^  {row['step']} +{row['seconds']:.2f} +{row['ratio']:.2f} "
        assert re.search(line, printed, re.MULTILINE), printed
        assert f"| {row['step']}{' (peer)' if row['peer'] else ''} | {row['seconds']:.2f} |" in markdown
    verdicts = ["met" if goal["met"] else "not met" for goal in results["scenarios"][0]["goals"]]
    assert re.findall(r"^  (met|not met): ", printed, re.MULTILINE) == verdicts
    assert re.findall(r"^- (met|not met): ", markdown, re.MULTILINE) == verdicts


def test_the_chart_has_a_bar_for_each_step(finished, results):
    picture = xml.parse(finished[1] / "chart.svg").getroot()
    steps = results["scenarios"][0]["steps"]
    bars = [bar for bar in picture.iter(f"{SVG}rect") if bar.get("height") == "16"]
    assert [bar.get("class") for bar in bars] == ["peer" if row["peer"] else "ours" for row in steps]
    lengths, seconds = [float(bar.get("width")) for bar in bars], [row["seconds"] for row in steps]
    assert all(length / lengths[0] == pytest.approx(second / seconds[0], rel=0.02)
               for length, second in zip(lengths, seconds))
    shown = {text.text for text in picture.iter(f"{SVG}text")}
    assert {row["step"] for row in steps} <= shown
    assert "prefers-color-scheme: dark" in picture.find(f"{SVG}style").text


def test_the_page_names_every_scenario_and_option():
    page = (DOCS / "performance.md").read_text(encoding="utf-8")
    told = bench("--help").stdout
    scenarios = re.findall(r"^  ([a-z]\w+) {2,}\S", told.partition("scenarios:")[2], re.MULTILINE)
    assert len(scenarios) >= 11
    missing = [name for name in scenarios if f"`{name}`" not in page]
    missing += [option for option in set(re.findall(r"--[a-z]+", told)) - {"--help"} if f"`{option}" not in page]
    assert not missing


def test_a_scenario_that_does_not_exist_is_refused(tmp_path):
    done = bench("no_such_scenario", "--out", tmp_path)
    assert done.returncode == 2 and "no_such_scenario" in done.stderr and SCENARIO in done.stderr
    assert not list(tmp_path.iterdir())
