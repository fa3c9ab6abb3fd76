"""`metaferry init` writes a job that loads and passes `metaferry doctor`."""

import json
import os
import pty
import re
import select
import signal
import sqlite3
import stat
import subprocess
import time

import pytest

from support.program import ROOT

pytestmark = pytest.mark.usefixtures("metaferry")
DONE, USAGE = 0, 4
FIXTURES = ROOT / "fixtures"
SQLITE = ["--source", "jdbc:sqlite:./metastore.db", "--target-catalog", "lake"]
MYSQL = ["--source", "jdbc:mysql://db.example.com/hive", "--user", "reader", "--target-catalog", "lake"]


@pytest.fixture
def folder(tmp_path):
    with sqlite3.connect(tmp_path / "metastore.db") as connection:
        for script in ("hive_schema/sqlite-3.1.sql", "demo/metastore.sql"):
            connection.executescript((FIXTURES / script).read_text(encoding="utf-8"))
    connection.close()
    return tmp_path


def without_comments(path):
    return json.loads(re.sub(r"^\s*//.*$", "", path.read_text(), flags=re.M))


def migration_of(path):
    return without_comments(path)["parameter"]["metadata_migration_parameter"]


def assert_refused(done, folder, code, *words):
    assert (done.exit, done.stdout) == (USAGE, ""), done.stderr
    assert f"  code: {code}" in done.stderr.splitlines(), done.stderr
    for word in words:
        assert word in done.stderr, done.stderr
    assert not list(folder.glob("*.json")) and not list(folder.glob(".*")), "something was written"


# ---- Options -----------------------------------------------------------------------------------

def test_options_make_a_job_that_passes_doctor_and_runs(metaferry, folder):
    done = metaferry.run(["init", *SQLITE, "--location", "hdfs://nn1:8020=obs://lake/nn1", "--location",
                          "hdfs://nn2:8020=obs://lake/nn2", "--default-owner", "admin", "--include", "sales.*",
                          "--include", "hr.*,web_logs.*", "--name", "my_job", "--log-location", "file:./logs"], cwd=folder)
    assert (done.exit, done.stderr) == (DONE, "")
    assert "metaferry doctor job.json" in done.stdout and "metaferry plan job.json" in done.stdout
    path = folder / "job.json"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    migration = migration_of(path)
    assert migration["locations"][1] == {"key": "hdfs://nn2:8020", "value": "obs://lake/nn2"}
    assert without_comments(path)["metaferry"]["include"] == ["sales.*", "hr.*", "web_logs.*"]
    assert "//" in path.read_text().splitlines()[0], "there are no comments"
    doctor = metaferry.run(["doctor", path, "--format", "json"])
    assert (doctor.exit, json.loads(doctor.stdout)["status"]) == (DONE, "ok"), doctor.stdout
    assert metaferry.run(["run", path]).exit == DONE
    assert (folder / "logs" / "my_job").is_dir()


@pytest.mark.parametrize("url, type", [("jdbc:mysql://h/d", "OPEN_FOR_MYSQL"), ("jdbc:mariadb://h/d", "OPEN_FOR_MYSQL"),
                                       ("jdbc:postgresql://h/d", "MRS_RDS_FOR_PG")])
def test_a_database_is_described_in_the_words_of_the_service(metaferry, folder, url, type):
    done = metaferry.run(["init", "--source", url, "--user", "reader", "--password-env", "INIT_PW",
                          "--target-catalog", "lake"], cwd=folder)
    assert (done.exit, done.stderr) == (DONE, "") and "INIT_PW" in done.stdout
    migration = migration_of(folder / "job.json")
    assert migration["datasource_type"] == type
    assert migration["datasource_parameter"] == {"jdbc_url": url, "username": "reader", "password": "${env:INIT_PW}"}
    assert "source" not in without_comments(folder / "job.json")["metaferry"]


def test_a_password_in_a_file_is_named_and_not_read(metaferry, folder):
    (folder / "pw.txt").write_text("s3cr3t-0f-init\n")
    done = metaferry.run(["init", *MYSQL, "--password-file", "pw.txt"], cwd=folder)
    assert done.exit == DONE and "s3cr3t" not in done.stdout + (folder / "job.json").read_text()
    assert migration_of(folder / "job.json")["datasource_parameter"]["password"] == "${file:pw.txt}"


@pytest.mark.parametrize("arguments, missing", [
    ([], ["--source", "--target-catalog"]),
    (["--source", "jdbc:mysql://h/d", "--target-catalog", "lake"], ["--user", "--password-env or --password-file"]),
    (["--source", "jdbc:mysql://h/d?user=u&password=${env:PW}"], ["--target-catalog"]),
])
def test_without_a_terminal_what_is_missing_is_named(metaferry, folder, arguments, missing):
    done = metaferry.run(["init", *arguments], cwd=folder)
    assert_refused(done, folder, "missing_option", *missing)
    assert "--user" in missing or "--user" not in done.stderr


BAD = {
    "literal password": (["--source", "jdbc:mysql://h/d?user=u&password=Pl4inS3cret", "--target-catalog", "l"],
                         "password_on_command_line"),
    "literal password of the target": ([*SQLITE, "--target", "jdbc:mysql://u:Pl4inS3cret@h/d"],
                                       "password_on_command_line"),
    "both places of a password": ([*MYSQL, "--password-env", "A", "--password-file", "b"], "bad_option"),
    "unknown scheme": (["--source", "jdbc:oracle:x", "--target-catalog", "l"], "unknown_url_scheme"),
    "source that is none": (["--source", "lakeformation+https://h/p/i", "--target-catalog", "l"], "unsupported_source"),
    "target that is none": ([*SQLITE, "--target", "lakeformation+https://h/p/i"], "unsupported_target"),
    "rule without sides": ([*SQLITE, "--location", "hdfs://nn1"], "bad_option"),
    "two rules for one place": ([*SQLITE, "--location", "hdfs://a=s3://b", "--location", "hdfs://a/=s3://c"],
                                "duplicate_rule"),
    "pattern": ([*SQLITE, "--include", "sales"], "bad_pattern"),
    "name": ([*SQLITE, "--name", "a b c d"], "bad_value"),
    "log location": ([*SQLITE, "--log-location", "./runs"], "bad_log_location"),
    "unknown option": ([*SQLITE, "--password", "Pl4inS3cret"], "bad_option"),
}


@pytest.mark.parametrize("case", BAD)
def test_what_makes_no_job_is_refused_and_leaves_no_file(metaferry, folder, case):
    arguments, code = BAD[case]
    done = metaferry.run(["init", *arguments], cwd=folder)
    assert_refused(done, folder, code)
    assert "Pl4inS3cret" not in done.stderr


def test_a_file_is_replaced_only_by_force(metaferry, folder):
    path = folder / "mine.json"
    path.write_text("mine")
    done = metaferry.run(["init", path, *SQLITE])
    assert done.exit == USAGE and "file_exists" in done.stderr and "--force" in done.stderr
    assert path.read_text() == "mine"
    path.chmod(0o644)
    done = metaferry.run(["init", path, *SQLITE, "--force"])
    assert done.exit == DONE and migration_of(path)["target_catalog"] == "lake"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert sorted(item.name for item in folder.iterdir()) == ["metastore.db", "mine.json"]


def test_a_folder_that_is_not_there(metaferry, folder):
    done = metaferry.run(["init", "no/such/job.json", *SQLITE], cwd=folder)
    assert done.exit == 1 and "cannot_write_file" in done.stderr


def test_values_with_quotes_and_equals_signs(metaferry, folder):
    done = metaferry.run(["init", *SQLITE, "--default-owner", 'o"b\\', "--location",
                          "hdfs://nn/t/dt=1=obs://lake/dt=1"], cwd=folder)
    assert done.exit == DONE, done.stderr
    migration = migration_of(folder / "job.json")
    assert migration["default_owner"] == 'o"b\\'
    assert migration["locations"] == [{"key": "hdfs://nn/t/dt=1", "value": "obs://lake/dt=1"}]


# ---- A terminal --------------------------------------------------------------------------------

class Terminal:
    """The program at a pseudo-terminal: expects a question, gives an answer."""

    def __init__(self, metaferry, arguments, folder, environment=None):
        self._leader, follower = pty.openpty()
        inherited = {key: value for key, value in os.environ.items() if not key.startswith("METAFERRY")}
        self._process = subprocess.Popen([str(metaferry.path), *arguments], cwd=folder, stdin=follower, stderr=follower,
                                         stdout=subprocess.PIPE, env={**inherited, **(environment or {})},
                                         start_new_session=True)
        os.close(follower)
        self.text, self._seen = "", 0

    def expect(self, words, seconds=60):
        deadline = time.monotonic() + seconds
        while words not in self.text[self._seen:]:
            assert time.monotonic() < deadline, f"{words!r} was not said:\n{self.text}"
            if select.select([self._leader], [], [], 0.2)[0]:
                try:
                    self.text += os.read(self._leader, 65536).decode()
                except OSError:
                    raise AssertionError(f"it ended before {words!r}:\n{self.text}") from None
        self._seen = self.text.index(words, self._seen) + len(words)

    def answer(self, question, text):
        self.expect(question)
        self.expect("]: ")
        os.write(self._leader, text.encode() + b"\n")

    def interrupt(self):
        self._process.send_signal(signal.SIGINT)

    def end(self):
        stdout, _ = self._process.communicate(timeout=60)
        os.close(self._leader)
        return self._process.returncode, stdout.decode()


def test_a_terminal_is_asked_and_offered_what_the_source_holds(metaferry, folder):
    terminal = Terminal(metaferry, ["init"], folder)
    terminal.answer("Source URL", "jdbc:oracle:thin")
    terminal.expect("unknown URL scheme")
    terminal.answer("Source URL", "jdbc:sqlite:metastore.db")
    terminal.answer("Catalog to read (there are: hive) [hive", "")
    terminal.answer("Target URL [catalog:./metaferry-catalog.db", "")
    terminal.answer("Catalog to write [lake", "")
    terminal.answer("What to move", "sales")
    terminal.expect("is not a database.object pattern")
    terminal.answer("What to move", "sales.*, hr.*")
    terminal.answer("hdfs://nn1:8020/warehouse (", "obs://lake/warehouse")
    for _ in range(3):
        terminal.answer("hdfs://nn", "")
    terminal.answer("Owner of objects that have none (5 found)", "admin")
    terminal.answer("Folder for the logs of runs [file:./runs", "")
    terminal.answer("Name of the job [hive_to_lake", "x y")
    terminal.expect("letters, digits and underscores")
    terminal.answer("Name of the job", "")
    code, stdout = terminal.end()
    assert code == DONE and "metaferry doctor job.json" in stdout, terminal.text
    migration = migration_of(folder / "job.json")
    assert migration["locations"] == [{"key": "hdfs://nn1:8020/warehouse", "value": "obs://lake/warehouse"}]
    assert migration["default_owner"] == "admin"
    assert without_comments(folder / "job.json")["metaferry"]["include"] == ["sales.*", "hr.*"]
    assert metaferry.run(["doctor", folder / "job.json"]).exit == DONE


def test_a_terminal_is_asked_where_a_password_is_and_never_for_it(metaferry, folder):
    terminal = Terminal(metaferry, ["init", "--target-catalog", "lake", "--name", "asked"], folder)
    terminal.answer("Source URL", "jdbc:mysql://127.0.0.1:1/hive?password=Pl4inS3cret")
    terminal.expect("can be seen by every user")
    terminal.answer("Source URL", "jdbc:mysql://127.0.0.1:1/hive")
    terminal.answer("User name [hive", "reader")
    terminal.answer("Where is the password kept (env:NAME or file:PATH) [env:HIVE_DB_PASSWORD", "letmein")
    terminal.expect("never asked for")
    terminal.answer("Where is the password kept", "env:INIT_TEST_PW")
    terminal.expect("cannot be looked at now: environment variable INIT_TEST_PW is not set")
    terminal.answer("Catalog to read [hive", "")
    terminal.answer("Target URL", "")
    terminal.answer("What to move", "")
    terminal.answer("Location rule OLD=NEW", "nonsense")
    terminal.expect("two sides")
    terminal.answer("Location rule OLD=NEW", "hdfs://a=obs://b")
    terminal.answer("Location rule OLD=NEW", "")
    terminal.answer("Owner", "")
    terminal.answer("Folder for the logs", "")
    code, stdout = terminal.end()
    assert code == DONE and "INIT_TEST_PW" in stdout, terminal.text
    migration = migration_of(folder / "job.json")
    assert migration["datasource_parameter"]["password"] == "${env:INIT_TEST_PW}"
    assert "letmein" not in (folder / "job.json").read_text() and "default_owner" not in migration


def test_an_answer_that_never_comes_writes_nothing(metaferry, folder):
    terminal = Terminal(metaferry, ["init"], folder)
    terminal.expect("Source URL")
    terminal.interrupt()
    code, stdout = terminal.end()
    assert (code, stdout) == (130, "")
    terminal = Terminal(metaferry, ["init"], folder)
    terminal.answer("Source URL", "\x04")
    code, stdout = terminal.end()
    assert (code, stdout) == (USAGE, ""), terminal.text
    assert not (folder / "job.json").exists()


def test_an_existing_file_is_told_of_before_anything_is_asked(metaferry, folder):
    (folder / "job.json").write_text("mine")
    terminal = Terminal(metaferry, ["init"], folder)
    terminal.expect("file_exists")
    assert terminal.end()[0] == USAGE and "Source URL" not in terminal.text
