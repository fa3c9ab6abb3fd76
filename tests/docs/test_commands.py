"""Every command that the documentation shows is run, and prints what is shown there.

A block ```console holds commands after `$ ` and, below each, what it prints; output that nobody showed is not looked
at. A line of `…` stands for any lines, `…` within a line for any text; durations, rates and run ids need none. A
command succeeds, unless `$ echo $?` follows it. A block with title="FILE" is that file. The blocks of a page are run
from top to bottom in one shell, in a folder of their own, where a page can rely on what SCENES puts there.

Blocks in another language (sh, text) are not run. Of all blocks, every `metaferry …` must name commands and options
that exist.
"""

import json
import os
import re
import shlex
import subprocess
from dataclasses import dataclass

import pytest

from support.demo import copy_demo, make_demo_metastore
from support.doc_pages import blocks, name_of, pages, prose
from support.gaussdb_metastore import LEFT_IN_UPPER_CASE, MIXED_CASE, fold_names, turn_empty_text_into_null
from support.opengauss import OpenGauss
from support.program import ROOT, program_path, run_program

pytestmark = pytest.mark.usefixtures("metaferry")
ANY_LINES = "…"


@dataclass
class Step:
    """A command with the output that is shown (None: none is), or a file to write."""
    place: str
    command: str
    shown: str | None = None
    file: str = ""


def steps_of(page):
    steps = []
    for block in blocks(page):
        if block.title:
            steps.append(Step(block.place, "", block.text, block.title))
        elif block.language == "console":
            steps += steps_of_console(block)
    return steps


def steps_of_console(block):
    steps = []
    for number, line in enumerate(block.lines, block.line + 1):
        place = f"{block.place.rpartition(':')[0]}:{number}"
        if line.startswith("$ "):
            steps.append(Step(place, line[2:]))
        elif line.startswith("> ") and steps and steps[-1].shown is None:
            steps[-1].command += "\n" + line[2:]
        else:
            assert steps, f"{place}: output before any command"
            steps[-1].shown = (steps[-1].shown or "") + line + "\n"
    for step in steps:  # an empty line may part commands
        step.shown = (step.shown or "").rstrip("\n") + "\n" if (step.shown or "").strip() else None
    return steps


def script_of(steps):
    """One shell for all steps: what a command exports, and the folder it enters, hold for the next."""
    lines = ['say() { printf "%s" "$1" >"$RESULTS/$2"; }', "status=0"]
    for number, step in enumerate(steps):
        if step.file:
            lines.append(f"mkdir -p \"$(dirname {shlex.quote(step.file)})\"; printf '%s' {shlex.quote(step.shown)} >{shlex.quote(step.file)}")
            continue
        lines += [f"command={shlex.quote(step.command)}", "(exit $status)",
                  f'eval "$command" >"$RESULTS/{number}.out" 2>&1 </dev/null', f"status=$?; say $status {number}.status"]
    return "\n".join(lines) + "\n"


def same_form(text):
    """Without what differs from run to run."""
    text = re.sub(r"\x1b\[[0-9;]*m", "", text)
    text = re.sub(r"\b\d{8}T\d{6}Z-[0-9a-f]+", "RUN_ID", text)
    text = re.sub(r"\b\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", "TIME", text)
    text = re.sub(r"\b[\d,.]+ (?:ms|s|min \d+ s)\b", "DURATION", text)
    return re.sub(r"(?m)^ *\d+ %  .*/s.*\n", "", re.sub(r"(?:, )?\b[\d,]+/s\b", "", text))


def matches(shown, printed):
    pattern = ""
    for line in same_form(shown).splitlines():
        if line.strip() == ANY_LINES:
            pattern += r"(?:[^\n]*\n)*?"
        else:
            pattern += "[^\n]*?".join(re.escape(part) for part in line.rstrip().split(ANY_LINES)) + r"[ ]*\n"
    return re.fullmatch(pattern, same_form(printed).rstrip("\n") + "\n") is not None


# What a page finds in its folder and its environment.

def source_tree(request, folder):
    """As after a build: the program in its place, the demo's fixtures, and the folder demo."""
    (folder / "build/release").mkdir(parents=True)
    (folder / "build/release/metaferry").symlink_to(program_path())
    (folder / "fixtures").symlink_to(ROOT / "fixtures")
    return {}


def quickstart_done(request, folder):
    source_tree(request, folder)
    in_demo(request, folder / "demo")
    return {}


def in_demo(request, folder):
    folder.mkdir(exist_ok=True)
    make_demo_metastore(folder / "demo-metastore.db")
    (folder / "job.json").write_bytes((ROOT / "fixtures/demo/job.json").read_bytes())
    return {}


def two_engines(request, folder):
    """The demo's metastore on MySQL, and a faithful copy of it on PostgreSQL."""
    return servers(request, folder, "3.1.0", OLD="mariadb", NEW="postgres")


def two_versions(request, folder):
    """The demo's metastore in schema 2.3, and its copy after Hive's own upgrade to 4.0."""
    environment = servers(request, folder, "2.3.0", OLD="postgres", NEW="postgres")
    request.getfixturevalue("hive_lab").upgrade_schema(request.getfixturevalue("postgres"), "docs_new", "2.3.0", "4.0.0")
    return environment


def on_gaussdb(request, folder):
    """The demo's metastore as an MRS cluster's own database may hold it, behind the imitation of such a server.

    The job `job.json` reads it, as a user who may read and no more.
    """
    servers(request, folder, "3.1.0", HIVE="postgres")
    postgres, database, reader = request.getfixturevalue("postgres"), "docs_hive", "metaferry_reader"
    turn_empty_text_into_null(postgres, database)
    fold_names(postgres, database, LEFT_IN_UPPER_CASE[MIXED_CASE])
    for statement in (f"DO $$ BEGIN CREATE ROLE {reader} LOGIN; EXCEPTION WHEN duplicate_object THEN NULL; END $$",
                      f"GRANT USAGE ON SCHEMA public TO {reader}",
                      f"GRANT SELECT ON ALL TABLES IN SCHEMA public TO {reader}"):
        postgres.execute(statement, database=database)
    server = OpenGauss(postgres, user=reader).start()
    request.addfinalizer(server.stop)
    url = server.plain_jdbc_url(database) + "?sslmode=disable"
    job = json.loads((ROOT / "fixtures/demo/job.json").read_text(encoding="utf-8"))
    job["metaferry"]["source"] = {"url": url, "username": reader, "password": "${env:HIVE_DB_PASSWORD}"}
    (folder / "job.json").write_text(json.dumps(job), encoding="utf-8")
    return {"HIVE_METASTORE": url, "HIVE_DB_PASSWORD": server.password}


def servers(request, folder, version, **sides):
    """The same metastore for each side, with what the page calls its URL, user and password."""
    lab, environment, connections = request.getfixturevalue("hive_lab"), {}, []
    for side, kind in sides.items():
        server, database = request.getfixturevalue(kind), f"docs_{side.lower()}"
        lab.apply_official_schema(server, database, version)
        request.addfinalizer(lambda server=server, database=database: server.drop_database(database))
        if server.dialect == "mysql":
            lab.convert_text_to_utf8(server, database)
        connections.append(server.connect(database))
        environment |= {f"{side}_METASTORE": server.plain_jdbc_url(database), f"{side}_USER": server.user,
                        f"{side}_PASSWORD": server.password}
    make_demo_metastore(folder / "demo.db")
    copy_demo(folder / "demo.db", *connections)
    (folder / "demo.db").unlink()
    for connection in connections:
        connection.close()
    return environment


SCENES = {
    "../README.md": quickstart_done,
    "getting-started.md": source_tree,
    "index.md": quickstart_done,
    "doctor.md": on_gaussdb,
    "how-to/gaussdb.md": on_gaussdb,
    "how-to/engine-change.md": two_engines,
    "how-to/version-change.md": two_versions,
}


@pytest.mark.parametrize("page", [page for page in pages() if any(not step.file for step in steps_of(page))], ids=name_of)
def test_commands_print_what_is_shown(page, request, tmp_path):
    folder, results, programs = tmp_path / "scratch", tmp_path / "results", tmp_path / "bin"
    for path in (folder, results, programs):
        path.mkdir()
    (programs / "metaferry").symlink_to(program_path())
    environment = SCENES.get(name_of(page), in_demo)(request, folder)
    inherited = {key: value for key, value in os.environ.items() if not key.startswith("METAFERRY")}
    environment = {**inherited, "NO_COLOR": "1", "LC_ALL": "C.UTF-8", "TZ": "UTC", "HOME": str(tmp_path),
                   "PATH": f"{programs}:{os.environ['PATH']}", "RESULTS": str(results), **environment}
    steps = steps_of(page)
    done = subprocess.run(["bash", "-c", script_of(steps)], cwd=folder, env=environment, timeout=300,
                          stdin=subprocess.DEVNULL, capture_output=True, text=True)
    assert done.stderr == "", done.stderr
    for number, step in enumerate(steps):
        if step.file:
            continue
        printed = (results / f"{number}.out").read_text(encoding="utf-8", errors="replace")
        status = (results / f"{number}.status").read_text()
        followed = number + 1 < len(steps) and steps[number + 1].command == "echo $?"
        assert status == "0" or followed, f"{step.place}: $ {step.command}\nexit code {status}, and no `$ echo $?` shows it:\n{printed[-3000:]}"
        if step.shown is not None:
            assert matches(step.shown, printed), \
                f"{step.place}: $ {step.command}\nprints\n{printed[-6000:]}\nand the page shows\n{step.shown}"


# What is not run must at least be there.

MENTION = re.compile(r"(?<![\w./-])metaferry +(?=[a-z-])([^`|\n]*(?:\\\|[^`|\n]*)*)")


def mentions(page):
    """What follows `metaferry ` in blocks and in code within the text, with its place."""
    for block in blocks(page):
        # In the output of a command and in files, the name is no command.
        lines = block.lines
        if block.language == "console":
            lines = [line for line in lines if line.startswith(("$ ", "> "))]
        elif block.language not in ("sh", "bash", ""):
            continue
        for line in lines:
            for match in MENTION.finditer(line.split("  #")[0]):
                yield block.place, match[1]
    for code in re.findall(r"`([^`\n]+)`", prose(page)):
        for match in MENTION.finditer(code):
            yield str(page.relative_to(ROOT)), match[1]


@pytest.fixture(scope="module")
def options_of():
    """command -> its options, from its own help"""
    help_text = run_program("--help").stdout.decode()
    names = re.findall(r"^  metaferry ([a-z]+)\b", help_text, re.MULTILINE)
    assert {"plan", "run", "verify", "export"} <= set(names)
    return {name: set(re.findall(r"(?<![\w-])--?[a-z][a-z-]*", run_program(name, "--help").stdout.decode())) for name in names}


@pytest.mark.parametrize("page", pages(), ids=name_of)
def test_every_command_and_option_that_is_named_exists(page, options_of):
    wrong = []
    for place, text in mentions(page):
        words = re.split(r"[\s\[\]()>;&\\|]+", text)
        command = words[0]
        if command in ("--help", "--version", "."):
            continue
        if command not in options_of:
            wrong.append(f"{place}: metaferry {text}: there is no command {command}")
            continue
        unknown = {word.partition("=")[0] for word in words if re.match(r"--?[a-z]", word)} - options_of[command]
        if unknown:
            wrong.append(f"{place}: metaferry {text}: {command} has no {', '.join(sorted(unknown))}")
    assert not wrong, "\n".join(wrong)


class TestMatching:
    @pytest.mark.parametrize("shown, printed, equal", [
        ("a\n", "a\n", True),
        ("a\n", "b\n", False),
        ("a\n…\nz\n", "a\nb\nc\nz\n", True),
        ("a\n  …\nz\n", "a\nz\n", True),
        ("a\n…\n", "a\nb\n", True),
        ("a\n", "a\nb\n", False),
        ("… of … rows\n", "3 of 40 rows\n", True),
        ("… of … rows\n", "3 of 40 lines\n", False),
        ("5 objects in 74 ms\n", "5 objects in 1.2 s\n", True),
        ("log: runs/20260101T000000Z-abc123\n", "log: runs/20270101T000000Z-1f0d31ab\n", True),
        ("a.c\n", "abc\n", False),
    ])
    def test_compares(self, shown, printed, equal):
        assert matches(shown, printed) is equal
