"""A password appears nowhere but in the places that it was given in."""

import base64
import json
import os
import re
import subprocess
import tempfile
import time
from pathlib import Path
from urllib.parse import quote, quote_plus

import pytest

from support.metastore_builder import build
from support.metastore_model import Column, Database, StorageDescriptor, Table
from support.program import write_job
from support.servers import free_port

pytestmark = pytest.mark.usefixtures("metaferry")
MIGRATION = "/parameter/metadata_migration_parameter"
# Cut at any of the characters that part URLs, quotes or lines of JSON, a piece of this can still be found.
PASSWORD = "kLm3Rt9@Zx8Vb2W&Qw5Pn1G=%41+Hj6Tf4D/Cd0Ys7N'Bn4Mc1L\"Ga8Kd5U?Ez2Xh9J#é"
USER = "u_4Tq8Wz"
OTHER_SECRETS = {"target user": "tu7Rk2Qx9", "target password": "tp6Vn3Hs8", "access key": "ak5Bw1Gt7",
                 "secret key": "sk4Cj0Fy6", "note": "nt9Ld8Pm5"}


def traces(secret):
    """What a secret may look like in an output: whole or in pieces, as it is or in another form."""
    forms = {secret, quote(secret, safe=""), quote_plus(secret), json.dumps(secret)[1:-1],
             json.dumps(secret, ensure_ascii=False)[1:-1], base64.b64encode(secret.encode()).decode()}
    pieces = {piece for piece in re.split(r"[^A-Za-z0-9_]+", secret) if len(piece) >= 6}
    return {form.encode() for form in forms | pieces}


def assert_unseen(secrets, **places):
    """`places` are bytes or text by the name of where they were found."""
    for secret in secrets:
        for form in traces(secret):
            for place, content in places.items():
                content = content if isinstance(content, bytes) else content.encode()
                assert form not in content, f"{form} is seen in {place}:\n{content[:3000]!r}"


class Site:
    """A folder with a job, and everything that the program could write to."""

    def __init__(self, metaferry, folder):
        self.metaferry, self.folder = metaferry, folder
        self.inputs = {"job.json", "password.txt"}
        (folder / "tmp").mkdir()

    def write(self, endpoint, files=(), **metaferry):
        for name, content in dict(files).items():
            (self.folder / name).write_text(content)
        path = write_job(self.folder, "unused:", metaferry=metaferry)
        job = json.loads(path.read_text())
        job["metaferry"]["source"] = endpoint
        path.write_text(json.dumps(job, ensure_ascii=False))
        return path

    def run(self, arguments, environment, secrets):
        """Runs a command and looks everywhere; returns how it ended."""
        with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as errors:
            process = subprocess.Popen(
                [str(self.metaferry.path), *map(str, arguments)], cwd=self.folder, stdin=subprocess.DEVNULL,
                stdout=out, stderr=errors,
                env={"PATH": os.environ["PATH"], "TMPDIR": str(self.folder / "tmp"), **environment})
            seen = set()
            while process.poll() is None:
                seen.update(command_lines(process.pid))
                time.sleep(0.002)
            out.seek(0), errors.seek(0)
            stdout, stderr = out.read(), errors.read()
        given = " ".join(map(str, arguments)).encode()
        assert_unseen([secret for secret in secrets if secret.encode() not in given],
                      process_list=b"\n".join(seen))
        assert_unseen(secrets, stdout=stdout, stderr=stderr, **self.files())
        assert list((self.folder / "tmp").iterdir()) == [], "temporary files are left behind"
        return process.returncode, stdout.decode(), stderr.decode()

    def files(self):
        return {str(path): path.read_bytes() for path in self.folder.rglob("*")
                if path.is_file() and path.name not in self.inputs}


def command_lines(pid):
    """What a list of processes shows of the program and its children."""
    try:
        yield Path(f"/proc/{pid}/cmdline").read_bytes()
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    except OSError:
        return
    for child in children:
        yield from command_lines(child)


@pytest.fixture
def site(metaferry, tmp_path):
    return Site(metaferry, tmp_path)


@pytest.fixture(scope="module", params=["mariadb", "postgres"])
def server(request):
    """A metastore whose reader has the password above."""
    server, lab = request.getfixturevalue(request.param), request.getfixturevalue("hive_lab")
    lab.apply_official_schema(server, "secrets", "3.1.0")
    place = "hdfs://nn1:8020/d"
    build(server.connect("secrets"), [
        Database("d", place, tables=[Table("t", StorageDescriptor([Column("c", "int")], place + "/t"))])])
    if server.dialect == "mysql":
        password = PASSWORD.replace("'", "''")
        server.execute_as_root(f"DROP USER IF EXISTS '{USER}'@'127.0.0.1'",
                               f"CREATE USER '{USER}'@'127.0.0.1' IDENTIFIED BY '{password}'",
                               f"GRANT SELECT ON `secrets`.* TO '{USER}'@'127.0.0.1'")
    else:
        for statement in (
                f'DO $$ BEGIN CREATE ROLE "{USER}" LOGIN; EXCEPTION WHEN duplicate_object THEN NULL; END $$',
                "ALTER ROLE \"%s\" PASSWORD '%s'" % (USER, PASSWORD.replace("'", "''")),
                f'GRANT SELECT ON ALL TABLES IN SCHEMA public TO "{USER}"'):
            server.execute(statement, database="secrets")
    return server


def url_with(base, user, password):
    return f"{base}?user={user}&password={password}"


# How a job may carry its password: (URL without credentials, password) -> endpoint, environment, files.
POSITIONS = {
    "literal": lambda url, password: ({"url": url, "username": USER, "password": password}, {}, {}),
    "variable": lambda url, password: (
        {"url": url, "username": "${env:DB_USER}", "password": "${env:DB_PW}"},
        {"DB_USER": USER, "DB_PW": password}, {}),
    "file": lambda url, password: (
        {"url": url, "username": USER, "password": "${file:password.txt}"}, {}, {"password.txt": password + "\n"}),
    "variable in the URL": lambda url, password: (
        {"url": url_with(url, "${env:DB_USER}", "${env:DB_PW}")}, {"DB_USER": USER, "DB_PW": password}, {}),
    "file in the URL": lambda url, password: (
        {"url": url_with(url, USER, "${file:password.txt}")}, {}, {"password.txt": password}),
    "literal in the URL": lambda url, password: (
        {"url": url_with(url, USER, quote(password, safe=""))}, {}, {}),
    "before the host": lambda url, password: (
        {"url": url.replace("://", f"://{USER}:{quote(password, safe='')}@")}, {}, {}),
    "the URL as a whole": lambda url, password: (
        {"url": "${env:DB_URL}"}, {"DB_URL": url_with(url, USER, quote(password, safe=""))}, {}),
}


@pytest.mark.parametrize("position", POSITIONS)
def test_no_command_shows_the_password(site, server, position):
    endpoint, environment, files = POSITIONS[position](server.plain_jdbc_url("secrets"), PASSWORD)
    path = site.write(endpoint, files)
    secrets = [PASSWORD, USER]
    for arguments, exit_code in (
            (["doctor", path], 0), (["doctor", path, "--format", "json"], 0),
            (["plan", path], 2), (["plan", path, "--format", "json"], 2),
            (["plan", path, "--out", "plan.ndjson", "--report", "report"], 2), (["verify", path], 2),
            (["run", path], 0), (["run", path, "--format", "json"], 0), (["verify", path, "--format", "json"], 0)):
        code, _, stderr = site.run(arguments, environment, secrets)
        assert code == exit_code, (arguments, stderr)
    assert len(list((site.folder / "runs" / "contract_test").iterdir())) == 2


@pytest.mark.parametrize("position", POSITIONS)
def test_no_failure_shows_the_password(site, server, position):
    """The wrong password, a database that is not there, a server that is down. The server may name the user."""
    wrong = "W" + PASSWORD
    for password, url in ((wrong, server.plain_jdbc_url("secrets")), (PASSWORD, server.plain_jdbc_url("no_such")),
                          (PASSWORD, f"jdbc:{server.dialect}://127.0.0.1:{free_port()}/secrets")):
        endpoint, environment, files = POSITIONS[position](url, password)
        path = site.write(endpoint, files)
        for command in ("plan", "run", "verify"):
            code, _, stderr = site.run([command, path], environment, [password])
            assert code == 1 and "  code: " in stderr, stderr
        code, stdout, stderr = site.run(["doctor", path], environment, [password])
        assert code == 1 and "fail  source_connection" in stdout, stderr


@pytest.mark.parametrize("reference", ["${env:DB_PW}", "${file:password.txt}"])
def test_export_does_not_show_the_password(site, server, reference):
    (site.folder / "password.txt").write_text(PASSWORD + "\n")
    environment = {"DB_PW": PASSWORD}
    for database, exit_code in (("secrets", 0), ("no_such", 1)):
        url = url_with(server.plain_jdbc_url(database), USER, reference)
        code, stdout, stderr = site.run(["export", url], environment, [PASSWORD])
        assert code == exit_code and (stdout != "") == (exit_code == 0), stderr


def test_credentials_that_are_not_used_are_not_shown_either(site, server):
    endpoint, environment, files = POSITIONS["variable"](server.plain_jdbc_url("secrets"), PASSWORD)
    secrets = OTHER_SECRETS
    path = site.write(
        endpoint, files,
        target={"url": "catalog:lake.db", "username": secrets["target user"], "password": secrets["target password"]},
        object_store={"endpoint": "https://obs.example.com", "region": "eu", "access_key": secrets["access key"],
                      "secret_key": "${env:SECRET_KEY}"})
    environment["SECRET_KEY"] = secrets["secret key"]
    for command, exit_code in (("plan", 2), ("run", 0), ("verify", 0)):
        code, _, stderr = site.run([command, path], environment, [PASSWORD, *secrets.values()])
        assert code == exit_code, stderr


# ---- Jobs and command lines that are wrong -------------------------------------------------------

WRONG_URLS = ["jdbc:mysql:/{pw}@h/db", "jdbc:mysql://u:{pw}@", "jdbc:mysql://u:{pw}@h:port/db", "jdbc:oracle:u/{pw}@h",
              "{pw}", "jdbc:postgresql://h1:1,h2:2/db?password={pw}", "jdbc:mysql://u:{pw}@h1,h2/db", "catalog:?{pw}",
              "mysql://u:{pw}@h/db", "jdbc:mysql://[::1/db?password={pw}", "jdbc:mysql://h/db?password=%zz{pw}",
              "jdbc:mysql://h:99999/db?user=u&password={pw}"]


@pytest.mark.parametrize("url", WRONG_URLS)
def test_a_wrong_url_is_not_repeated(site, url):
    secret = "Wr0ngUrlS3cret"
    path = site.write({"url": url.format(pw=secret)})
    for command in ("plan", "run", "verify"):
        code, _, stderr = site.run([command, path], {}, [secret])
        assert code in (1, 4) and "  code: " in stderr
    code, _, stderr = site.run(["export", url.format(pw="${env:DB_PW}")], {"DB_PW": secret}, [secret])
    assert code in (1, 4) and "  code: " in stderr


@pytest.mark.parametrize("url", [url for url in WRONG_URLS if "password=" in url or ":{pw}@" in url])
def test_a_literal_password_on_the_command_line_is_not_repeated(site, url):
    secret = "L1teralS3cret"
    code, _, stderr = site.run(["export", url.format(pw=secret)], {}, [secret])
    assert code == 4, stderr


@pytest.mark.parametrize("arguments", [["run", "job.json", "--password=Str4yS3cret"], ["--password=Str4yS3cret"],
                                       ["export", "jdbc:mysql://h/d", "--password=Str4yS3cret"]])
def test_a_stray_password_option_is_not_repeated(site, arguments):
    site.write({"url": "jdbc:sqlite:x.db"})
    code, _, stderr = site.run(arguments, {}, ["Str4yS3cret"])
    assert code == 4, stderr


SECRET_TEXT = "J0bF1leS3cret"
WRONG_JOBS = {
    "password is a list": ("/metaferry/source/password", [SECRET_TEXT]),
    "password is an object": ("/metaferry/source/password", {SECRET_TEXT: SECRET_TEXT}),
    "key beside the password": ("/metaferry/source/passwort", SECRET_TEXT),
    "user name too long": (MIGRATION + "/datasource_parameter",
                           {"jdbc_url": "jdbc:mysql://h/d", "username": SECRET_TEXT * 30, "password": SECRET_TEXT}),
    "unresolved beside it": ("/metaferry/source/password", SECRET_TEXT + "${env:METAFERRY_NOT_SET}"),
    "NUL in the password": ("/metaferry/source/password", SECRET_TEXT + "\0"),
    "object store key is a number list": ("/metaferry/object_store", {"secret_key": [SECRET_TEXT]}),
}


@pytest.mark.parametrize("case", WRONG_JOBS)
def test_a_wrong_job_does_not_show_its_password(site, case):
    pointer, value = WRONG_JOBS[case]
    path = site.write({"url": "jdbc:mysql://127.0.0.1:1/hms", "username": "u", "password": SECRET_TEXT})
    job = json.loads(path.read_text())
    *parents, last = pointer.strip("/").split("/")
    place = job
    for key in parents:
        place = place[key]
    place[last] = value
    if "datasource" in pointer:
        del job["metaferry"]
        place["datasource_type"] = "OPEN_FOR_MYSQL"
    path.write_text(json.dumps(job))
    for command in ("plan", "run"):
        code, _, stderr = site.run([command, path], {}, [SECRET_TEXT])
        assert code in (1, 4) and "  code: " in stderr, stderr


@pytest.mark.parametrize("text", [
    '{"name": "abcd", "metaferry": {"source": {"password": "%s}}',
    '{"name": "abcd", "metaferry": {"source": {"password": %s}}}',
    '{"name": "abcd", "metaferry": {"source": {"password": "%s", "password": "%s"}}}',
    '{"name": "abcd", "metaferry": {"source": {"password": "\\q%s"}}}',
    '"%s"', '%s', '["%s"',
])
def test_a_damaged_job_does_not_show_its_password(site, text):
    path = site.folder / "job.json"
    path.write_text(text.replace("%s", SECRET_TEXT))
    code, _, stderr = site.run(["run", path], {}, [SECRET_TEXT])
    assert code == 4, stderr


def test_text_around_a_reference_stays_unseen(site):
    path = site.write({"url": "jdbc:mysql://127.0.0.1:1/hms?connectTimeout=${env:DB_PW}", "username": "u",
                       "password": "${env:DB_PW}x"})
    code, _, stderr = site.run(["plan", path], {"DB_PW": SECRET_TEXT}, [SECRET_TEXT])
    assert code in (1, 4), stderr


def test_a_secret_file_that_cannot_be_read_names_the_file_only(site):
    path = site.write({"url": "jdbc:mysql://127.0.0.1:1/hms", "username": "u", "password": "${file:password.txt}"})
    code, _, stderr = site.run(["plan", path], {}, [SECRET_TEXT])
    assert code == 4 and "password.txt" in stderr


def test_a_password_that_others_may_read_is_warned_of(site, server):
    endpoint, environment, files = POSITIONS["literal"](server.plain_jdbc_url("secrets"), PASSWORD)
    path = site.write(endpoint, files)
    for mode, warned in ((0o644, True), (0o640, True), (0o600, False)):
        path.chmod(mode)
        code, stdout, stderr = site.run(["plan", path], environment, [PASSWORD])
        assert code == 2, stderr
        assert bool(re.search(r"warning:.*others", stdout + stderr)) == warned, (oct(mode), stdout, stderr)
