"""A run's log in an object store: it arrives whole, or the run says why not and keeps it."""

import contextlib
import datetime
import importlib.util
import json
import os
import re
import signal
import sqlite3
import ssl
import stat
import subprocess
import time

import pytest

from conftest import unavailable
from support.object_store import (ACCESS_KEY, REGION, SECRET_KEY, ObjectStore, Reply, endless, hang, no_http, reset,
                                  s3_error)
from support.program import ROOT, write_job
from support.servers import ServerUnavailable, free_port

DONE, FAILED, PARTIAL, USAGE = 0, 1, 3, 4
TOKEN = "FwoGZXIvYXdzEXAMPLE//////////wEaDtoken+x/y="
MIB = 1 << 20


@pytest.fixture(scope="module")
def store():
    try:
        with ObjectStore() as running:
            running.make_bucket("logs")
            yield running
    except ServerUnavailable as error:
        unavailable(f"object store: {error}")


@pytest.fixture(scope="module")
def demo(tmp_path_factory):
    path = tmp_path_factory.mktemp("demo") / "metastore.db"
    with sqlite3.connect(path) as connection:
        for script in ("hive_schema/sqlite-3.1.sql", "demo/metastore.sql"):
            connection.executescript((ROOT / "fixtures" / script).read_text(encoding="utf-8"))
    connection.close()
    return path


def assert_same_files(actual, expected):
    """Without the bytes themselves, of which there may be many."""
    assert sorted(actual) == sorted(expected)
    assert [name for name in expected if actual[name] != expected[name]] == []


class Finished:
    def __init__(self, code, stdout, stderr):
        self.exit, self.stdout, self.stderr = code, stdout, stderr

    @property
    def summary(self):
        return json.loads(self.stdout)

    @property
    def code(self):
        """The stable code of the error on standard error."""
        return re.findall(r"^  code: (\w+)$", self.stderr, re.M)


class Site:
    """A folder with a job whose log goes to the store. No key may turn up in anything that comes out of a run."""

    def __init__(self, metaferry, folder, store):
        self.metaferry, self.folder, self.store = metaferry, folder, store
        self.environment = {"AK": ACCESS_KEY, "SK": SECRET_KEY, "TOKEN": TOKEN}
        self.place = f"obs://logs/{folder.name}"
        store.reset()

    def job(self, location=None, metaferry=None, **object_store):
        settings = {"endpoint": self.store.endpoint, "region": REGION, "access_key": "${env:AK}",
                    "secret_key": "${env:SK}", "path_style": True, **object_store}
        return write_job(self.folder, "jdbc:sqlite:metastore.db", log_location=location or self.place,
                         metaferry={"object_store": {k: v for k, v in settings.items() if v is not None},
                                    **(metaferry or {})})

    def start(self, *arguments, **environment):
        inherited = {"PATH": os.environ["PATH"], **{k: v for k, v in os.environ.items() if k.endswith("_OPTIONS")}}
        return subprocess.Popen([str(self.metaferry.path), *map(str, arguments)], cwd=self.folder,
                                stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                                env={**inherited, **self.environment, **environment})

    def finish(self, process, seconds=120):
        stdout, stderr = (text.decode() for text in process.communicate(timeout=seconds))
        for secret in (ACCESS_KEY, SECRET_KEY, TOKEN):
            for place, text in {"stdout": stdout, "stderr": stderr, **self.written()}.items():
                assert secret not in text, f"a key is seen in {place}"
        assert self.store.problems == []
        return Finished(process.returncode, stdout, stderr)

    def run(self, *arguments, **environment):
        return self.finish(self.start(*arguments, **environment))

    def run_job(self, *arguments, **settings):
        return self.run("run", self.job(**settings), "--format", "json", *arguments)

    def written(self):
        return {str(path): path.read_text(errors="replace") for path in self.folder.rglob("*")
                if path.is_file() and path.suffix != ".pem"}

    def objects(self, prefix=None):
        prefix = f"{self.folder.name}/" if prefix is None else prefix
        found = self.store.objects("logs")
        return {key.removeprefix(prefix): value for key, value in found.items() if key.startswith(prefix)}

    def record(self):
        (folder,) = (self.folder / ".metaferry" / "runs").iterdir()
        return json.loads((folder / "run.json").read_text())

    def local_log(self, summary):
        folder = self.folder / ".metaferry" / "runs" / summary["run_id"] / "log"
        assert summary["log_folder"] == str(folder)
        return {path.name: path.read_bytes() for path in folder.iterdir()}

    def assert_nothing_written(self):
        assert not (self.folder / "metaferry-catalog.db").exists(), "the target has been written"
        assert not list(self.folder.rglob("*.ndjson")), "a log was begun"


@pytest.fixture
def site(metaferry, store, tmp_path, demo):
    (tmp_path / "metastore.db").write_bytes(demo.read_bytes())
    return Site(metaferry, tmp_path, store)


# --- what arrives -----------------------------------------------------------------------------------------------------


def test_the_log_arrives_byte_for_byte_and_stays_here_too(site):
    done = site.run_job()
    assert (done.exit, done.summary["status"]) == (DONE, "SUCCESS"), done.stderr
    local = site.local_log(done.summary)
    folder = f"contract_test/{done.summary['run_id']}/"
    assert_same_files(site.objects(), {folder + name: content for name, content in local.items()})
    assert {"summary.json", "objects.ndjson", "findings.ndjson", "moves.tsv", "run.log"} <= set(local)
    assert done.summary["log_url"] == f"{site.place}/{folder}"
    assert json.loads(local["summary.json"])["log_url"] == done.summary["log_url"]
    path = site.folder / ".metaferry" / "runs" / done.summary["run_id"] / "log"
    assert stat.S_IMODE(path.stat().st_mode) == 0o700
    assert site.record()["upload_pending"] is False


def test_the_summary_comes_last_so_that_its_presence_means_all_is_there(site):
    site.run_job()
    puts = [request.key.rsplit("/", 1)[1] for request in site.store.requests if request.method == "PUT"]
    assert puts[0] == ".metaferry-probe" and puts[-1] == "summary.json" and puts.count("summary.json") == 1


def test_people_are_told_both_places(site):
    done = site.run("run", site.job())
    assert re.search(rf"^log: {site.place}/contract_test/[0-9TZ]+-[0-9a-f]+/$", done.stdout, re.M), done.stdout
    assert re.search(r"^copy: /.*/\.metaferry/runs/.*/log$", done.stdout, re.M)
    assert "uploading the log to obs://" in done.stderr
    assert "uploading" not in site.run("run", site.job(), "--quiet").stderr
    events = [json.loads(line) for line in site.run("run", site.job(), "--log-format", "json").stderr.splitlines()]
    assert [event["event"] for event in events][-2:] == ["upload", "end"]
    assert events[-1]["log_url"] == events[-2]["log_url"]


@pytest.mark.parametrize("path", ["", "/", "/a", "/my logs/a+b/", "/ü/日本/x=1&y=2", "/100%/%41", "/it's (a) *!?#;:@,$~"])
@pytest.mark.parametrize("scheme, path_style", [("obs", True), ("s3", False)])
def test_paths_are_taken_as_they_are(site, scheme, path, path_style):
    """The gateway of the tests checks signature and encoding of each request."""
    done = site.run_job(location=f"{scheme}://logs{path}", path_style=path_style)
    assert done.exit == DONE, done.stderr
    folder = f"{path.strip('/')}/contract_test/{done.summary['run_id']}/".lstrip("/")
    assert_same_files(site.objects(folder), site.local_log(done.summary))
    hosts = {request.headers["host"].split(":")[0] for request in site.store.requests}
    assert hosts == {"localhost" if path_style else "logs.localhost"}


def test_temporary_keys_bring_their_token(site):
    site.store.reset(token=TOKEN)
    assert site.run_job(security_token="${env:TOKEN}").exit == DONE
    assert site.objects()


def test_keys_may_stand_in_files(site):
    (site.folder / "ak.pem").write_text(ACCESS_KEY + "\n")
    (site.folder / "sk.pem").write_text(SECRET_KEY + "\n")
    assert site.run_job(access_key="${file:ak.pem}", secret_key="${file:./sk.pem}").exit == DONE


def test_a_large_log_goes_in_parts(site):
    """Partitions with names of a mebibyte: 40 MiB of objects.ndjson."""
    with sqlite3.connect(site.folder / "metastore.db") as connection:
        connection.execute("DELETE FROM PARTITION_KEY_VALS WHERE PART_ID NOT IN (SELECT min(PART_ID) FROM PARTITIONS)")
        part, table = connection.execute("SELECT min(PART_ID), TBL_ID FROM PARTITIONS").fetchone()
        keys = connection.execute("SELECT count(*) FROM PARTITION_KEYS WHERE TBL_ID = ?", (table,)).fetchone()[0]
        connection.execute("DELETE FROM PARTITIONS WHERE PART_ID != ?", (part,))
        names = [name for _, name, *_ in connection.execute("PRAGMA table_info(PARTITIONS)")]
        add_value = "INSERT INTO PARTITION_KEY_VALS(PART_ID, PART_KEY_VAL, INTEGER_IDX) VALUES (?, ?, ?)"
        for number in range(20):
            value = f"{number:02}" + os.urandom(MIB // 2).hex()
            new = 10**6 + number
            columns = ",".join({"PART_ID": str(new), "PART_NAME": "?"}.get(name, name) for name in names)
            connection.execute(f"INSERT INTO PARTITIONS SELECT {columns} FROM PARTITIONS WHERE PART_ID = ?",
                               (value, part))
            connection.executemany(add_value, [(new, value, index) for index in range(keys)])
    connection.close()
    done = site.run_job()
    assert done.exit in (DONE, PARTIAL), done.stderr
    local = site.local_log(done.summary)
    assert len(local["objects.ndjson"]) > 40 * MIB
    assert_same_files(site.objects(f"{site.folder.name}/contract_test/{done.summary['run_id']}/"), local)
    parts = [request for request in site.store.requests
             if "partNumber" in request.query and request.key.endswith("/objects.ndjson")]
    assert {len(part.body) for part in parts[:-1]} == {16 * MIB}
    assert [part.query["partNumber"] for part in parts] == [str(number + 1) for number in range(len(parts))]
    assert site.store.unfinished_uploads("logs") == []


def test_parts_that_arrived_are_taken_back_when_one_fails(site):
    done = site.run_job()
    log = site.folder / ".metaferry" / "runs" / done.summary["run_id"] / "log"
    os.truncate(log / "objects.ndjson", 40 * MIB)
    site.store.reset(lambda request: s3_error(403, "AccessDenied") if request.query.get("partNumber") == "2" else None)
    failed = site.run("log", "--upload", done.summary["run_id"])
    assert (failed.exit, failed.code) == (FAILED, ["object_store_denied"])
    assert site.store.unfinished_uploads("logs") == []
    site.store.reset()
    assert site.run("log", "--upload", "last").exit == DONE
    assert_same_files(site.objects(f"{site.folder.name}/contract_test/{done.summary['run_id']}/"),
                      {path.name: path.read_bytes() for path in log.iterdir()})


# --- a store that cannot be used is found before the first write ------------------------------------------------------

SKEWED = "The difference between the request time and the current time is too large."
BOMB = (b'<?xml version="1.0"?><!DOCTYPE l [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;">]>'
        b"<Error><Code>AccessDenied</Code><Message>&b;</Message></Error>")
REFUSALS = {
    "denied": (s3_error(403, "AccessDenied"), "object_store_denied", "right to put"),
    "denied without words": (Reply(403), "object_store_denied", "HTTP 403"),
    "key unknown": (s3_error(403, "InvalidAccessKeyId"), "object_store_bad_credentials", "access_key"),
    "token expired": (s3_error(400, "ExpiredToken"), "object_store_bad_credentials", "security_token"),
    "clock": (s3_error(403, "RequestTimeTooSkewed", SKEWED), "object_store_clock_skew", "NTP"),
    "other region": (s3_error(301, "PermanentRedirect", **{"x-amz-bucket-region": "eu-other-7"}),
                     "object_store_wrong_region", "eu-other-7"),
    "always busy": (Reply(503), "object_store_busy", "try again later"),
    "not implemented": (s3_error(501, "NotImplemented"), "object_store_failed", "NotImplemented"),
    "a web site": (Reply(200, b"<html>Welcome</html>", {"Content-Type": "text/html"}), "object_store_bad_answer",
                   "like no object store"),
    "an unknown page": (Reply(404, b"<html>not here</html>"), "object_store_bad_answer", "HTTP 404"),
    "half a document": (Reply(400, b"<Error><Code>Acc"), "object_store_bad_answer", "HTTP 400"),
    "entities": (Reply(403, BOMB), "object_store_denied", "&b;"),
    "control characters": (s3_error(400, "Odd", "a\x1b[31m\u202eb"), "object_store_", "HTTP 400"),
    "endless": (endless, "object_store_bad_answer", "does not end"),
    "no HTTP": (no_http, "object_store_bad_answer", "HTTP/0.9"),
    "always broken off": (reset, "object_store_unreachable", "cannot reach"),
}


@pytest.mark.parametrize("case", REFUSALS)
def test_a_store_that_refuses_is_found_first(site, case):
    reply, code, word = REFUSALS[case]
    site.store.reset(lambda request: reply)
    began = time.monotonic()
    done = site.run_job()
    assert (done.exit, done.stdout) == (FAILED, ""), done.stderr
    assert len(done.code) == 1 and done.code[0].startswith(code), done.stderr
    assert word in done.stderr and "  do: " in done.stderr, done.stderr
    assert re.search(rf"  at: {site.place}/contract_test/[^/]+/\.metaferry-probe$", done.stderr, re.M)
    assert "\x1b" not in done.stderr and "\u202e" not in done.stderr
    assert time.monotonic() - began < 45
    assert len(site.store.requests) == (5 if case.startswith("always") else 1)
    assert site.record()["status"] == "FAILED" and site.record()["error"] == done.code[0]
    assert site.store.flooded < 64 * MIB
    site.assert_nothing_written()


def test_a_wrong_secret_key_is_told_from_a_missing_right(site):
    done = site.run_job(secret_key="not the key".replace(" ", "-"))
    assert (done.exit, done.code) == (FAILED, ["object_store_bad_credentials"])
    site.assert_nothing_written()


def test_a_bucket_that_is_not_there(site):
    done = site.run_job(location="obs://no-such-bucket/x")
    assert (done.exit, done.code) == (FAILED, ["object_store_no_bucket"])
    site.assert_nothing_written()


def test_a_wrong_region(site):
    done = site.run_job(region="eu-other-7")
    assert (done.exit, done.code) == (FAILED, ["object_store_wrong_region"])
    assert REGION in done.stderr


def test_redirects_are_not_followed(site):
    with ObjectStore() as elsewhere:
        site.store.reset(lambda request: Reply(307, headers={"Location": elsewhere.endpoint + "/logs/x"}))
        done = site.run_job()
        assert (done.exit, done.code) == (FAILED, ["object_store_redirect"])
        assert elsewhere.requests == []
    site.assert_nothing_written()


@pytest.mark.parametrize("endpoint", ["http://localhost:{port}", "http://no-such-host.invalid"])
def test_nobody_is_there(site, endpoint):
    done = site.run_job(endpoint=endpoint.format(port=free_port()))
    assert (done.exit, done.code) == (FAILED, ["object_store_unreachable"])
    assert "endpoint" in done.stderr
    site.assert_nothing_written()


def test_what_the_server_repeats_of_the_keys_is_not_shown(site):
    """Site.finish() looks for the keys."""
    def repeat(request):
        told = request.headers["authorization"], request.headers["x-amz-security-token"], SECRET_KEY
        return s3_error(403, "AccessDenied", " ".join(told))

    site.store.reset(repeat, TOKEN)
    done = site.run_job(security_token="${env:TOKEN}")
    assert (done.exit, done.code) == (FAILED, ["object_store_denied"])


def test_a_probe_that_cannot_be_deleted_is_a_warning(site):
    site.store.reset(lambda request: s3_error(403, "AccessDenied") if request.method == "DELETE" else None)
    done = site.run_job()
    assert done.exit == DONE
    assert any(warning.startswith("object_store_delete: ") for warning in done.summary["warnings"])
    assert len([key for key in site.objects() if key.endswith(".metaferry-probe")]) == 1


def test_nothing_asks_the_store_but_a_run(site):
    site.store.reset(lambda request: Reply(503))
    assert site.run("plan", site.job(), "--report", "report").exit == 2
    assert site.store.requests == []


def test_doctor_looks_at_the_store_too(site):
    good = site.run("doctor", site.job(), "--format", "json")
    assert good.exit == DONE, good.stdout
    found = [check for check in good.summary["checks"] if check["area"] == "log_location"]
    assert [(check["level"], check["code"]) for check in found] == [("ok", "object_store")]
    assert site.place in found[0]["message"]
    assert [request.method for request in site.store.requests] == ["PUT", "DELETE"] and site.objects() == {}
    site.store.reset(lambda request: s3_error(403, "AccessDenied"))
    bad = site.run("doctor", site.job(), "--format", "json")
    (check,) = [check for check in bad.summary["checks"] if check["level"] == "fail"]
    assert (bad.exit, check["area"], check["code"]) == (FAILED, "log_location", "object_store_denied")
    assert "right to put" in check["remedy"]


# --- faults that pass -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("fault", [Reply(503), s3_error(503, "SlowDown"), Reply(429), Reply(500), reset])
def test_faults_that_pass_are_waited_out(site, fault):
    """Each request fails at first."""
    met = set()

    def script(request):
        key = (request.method, request.key)
        if key in met:
            return None
        met.add(key)
        return fault

    site.store.reset(script)
    done = site.run_job()
    assert done.exit == DONE, done.stderr
    assert not any("log_not_uploaded" in warning for warning in done.summary["warnings"])
    assert_same_files(site.objects(f"{site.folder.name}/contract_test/{done.summary['run_id']}/"),
                      site.local_log(done.summary))


# --- an upload that fails at the end ----------------------------------------------------------------------------------


def after_probe(reply):
    return lambda request: None if request.key.endswith(".metaferry-probe") else reply


def upload_command(site, done):
    """The command that the warning names, ready to be run."""
    (warning,) = [text for text in done.summary["warnings"] if text.startswith("log_not_uploaded: ")]
    return re.search(r"metaferry (log --upload .*)$", warning).group(1).split()


def test_a_failed_upload_changes_nothing_of_the_run(site):
    site.store.reset(after_probe(s3_error(403, "AccessDenied")))
    done = site.run_job()
    assert (done.exit, done.summary["status"]) == (DONE, "SUCCESS")
    assert "object_store_denied" in json.dumps(done.summary["warnings"])
    assert site.objects() == {} and "summary.json" in site.local_log(done.summary)
    assert site.record()["status"] == "SUCCESS" and site.record()["upload_pending"] is True
    assert "log not uploaded" in site.run("runs").stdout
    site.store.reset()
    again = site.run(*upload_command(site, done))
    assert (again.exit, again.stdout) == (DONE, f"log: {done.summary['log_url']}\n")
    assert_same_files(site.objects(f"{site.folder.name}/contract_test/{done.summary['run_id']}/"),
                      site.local_log(done.summary))
    assert site.record()["upload_pending"] is False
    assert done.summary["log_url"] in site.run("show", "last").stdout


def test_people_are_warned_of_a_failed_upload(site):
    site.store.reset(after_probe(s3_error(403, "AccessDenied")))
    done = site.run("run", site.job())
    assert done.exit == DONE and "warning: log_not_uploaded: " in done.stdout
    assert "metaferry log --upload " in done.stdout
    assert re.search(r"^log: /.*/log$", done.stdout, re.M) and "copy:" not in done.stdout


def test_a_partial_success_stays_one(site):
    with sqlite3.connect(site.folder / "metastore.db") as connection:
        connection.execute("UPDATE TBLS SET SD_ID = NULL WHERE TBL_ID = (SELECT min(TBL_ID) FROM TBLS)")
    connection.close()
    site.store.reset(after_probe(s3_error(403, "AccessDenied")))
    done = site.run_job()
    assert (done.exit, done.summary["status"]) == (PARTIAL, "PARTIAL_SUCCESS")
    upload_command(site, done)


def test_a_summary_is_not_left_beside_half_a_log(site):
    site.store.reset(lambda request: s3_error(403, "AccessDenied") if request.key.endswith("/run.log") else None)
    done = site.run_job()
    assert done.exit == DONE
    assert not any(key.endswith("summary.json") for key in site.objects())


def test_an_upload_needs_the_job_and_its_keys_again(site):
    site.store.reset(after_probe(s3_error(403, "AccessDenied")))
    command = upload_command(site, site.run_job())
    site.store.reset()
    missing = site.finish(site.start(*command, SK=""))
    assert (missing.exit, missing.code) == (USAGE, ["missing_key"])
    site.job(location="file:./runs")
    moved = site.run(*command)
    assert (moved.exit, moved.code) == (USAGE, ["no_object_store"])
    site.job(location="obs://other-bucket")
    assert site.run(*command).exit == DONE, "the log belongs where the run said"


def test_a_log_in_a_folder_has_nothing_to_upload(site):
    assert site.run_job(location="file:./runs").exit == DONE
    done = site.run("log", "--upload", "last")
    assert (done.exit, done.code) == (USAGE, ["no_upload"])
    both = site.run("log", "--upload", "--follow", "last")
    assert (both.exit, both.code) == (USAGE, ["bad_option"])


# --- signals ----------------------------------------------------------------------------------------------------------


def when(condition, seconds=30):
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it never came to that"
        time.sleep(0.02)


def test_a_signal_stops_the_upload_and_keeps_the_log(site):
    site.store.reset(after_probe(hang))
    process = site.start("run", site.job(), "--format", "json")
    when(lambda: any(request.key.endswith("/findings.ndjson") for request in site.store.requests))
    assert site.record()["status"] == "SUCCESS" and site.record()["upload_pending"] is True
    process.send_signal(signal.SIGINT)
    done = site.finish(process, seconds=15)
    assert (done.exit, done.summary["status"]) == (DONE, "SUCCESS"), "the run itself had ended"
    site.store.reset()
    assert site.run(*upload_command(site, done)).exit == DONE


def test_a_signal_stops_an_upload_by_hand(site):
    site.store.reset(after_probe(Reply(403)))
    command = upload_command(site, site.run_job())
    site.store.reset(hang)
    process = site.start(*command)
    when(lambda: site.store.requests)
    process.send_signal(signal.SIGTERM)
    done = site.finish(process, seconds=15)
    assert (done.exit, done.code) == (143, ["stopped"])


def test_a_signal_stops_the_probe(site):
    site.store.reset(lambda request: hang)
    process = site.start("run", site.job())
    when(lambda: site.store.requests)
    process.send_signal(signal.SIGINT)
    done = site.finish(process, seconds=15)
    assert (done.exit, done.code) == (130, ["stopped"])
    site.assert_nothing_written()


def test_the_log_of_a_stopped_run_stays_here(site):
    """Whoever stops a run does not wait for an upload. The run is held up by a lock on its target."""
    assert site.run_job(location="file:./runs").exit == DONE
    path = site.job()
    path.write_text(path.read_text().replace('"lake"', '"second_lake"'))
    with contextlib.closing(sqlite3.connect(site.folder / "metaferry-catalog.db", isolation_level=None)) as target:
        target.execute("BEGIN IMMEDIATE")
        process = site.start("run", path, "--format", "json")
        when(lambda: list((site.folder / ".metaferry" / "runs").glob("*/log/run.log")))
        process.send_signal(signal.SIGINT)
        time.sleep(0.3)
        target.execute("ROLLBACK")
    done = site.finish(process)
    assert (done.exit, done.summary["status"]) == (130, "STOPPED"), done.stderr
    assert site.objects() == {}
    assert site.run(*upload_command(site, done)).exit == DONE
    assert_same_files(site.objects(f"{site.folder.name}/contract_test/{done.summary['run_id']}/"),
                      site.local_log(done.summary))


# --- TLS --------------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def authority():
    if importlib.util.find_spec("trustme") is None:
        unavailable("TLS: trustme is not installed")
    import trustme
    return trustme.CA()


def tls_store(certificate):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    certificate.configure_cert(context)
    return ObjectStore(context)


def tls_site(site, secured, authority=None):
    """The site with its job pointed at another store."""
    secured.make_bucket("logs")
    site.store = secured
    secured.reset()
    settings = {}
    if authority:
        authority.cert_pem.write_to_path(site.folder / "ca.pem")
        settings["ca_file"] = "./ca.pem"
    return site.run_job(**settings)


def test_a_certificate_of_ones_own_is_named_in_ca_file(site, authority):
    with tls_store(authority.issue_cert("localhost")) as secured:
        done = tls_site(site, secured, authority)
        assert done.exit == DONE, done.stderr
        assert not any("plain_http" in warning for warning in done.summary["warnings"])
        assert site.objects()


def yesterday():
    return datetime.datetime.now(datetime.timezone.utc) - datetime.timedelta(days=1)


CERTIFICATES = {
    "of an unknown authority": (lambda ca: ca.issue_cert("localhost"), False),
    "for another host": (lambda ca: ca.issue_cert("store.example.com"), True),
    "that has expired": (lambda ca: ca.issue_cert("localhost", not_after=yesterday()), True),
}


@pytest.mark.parametrize("case", CERTIFICATES)
def test_a_certificate_is_refused(site, authority, case):
    issue, trusted = CERTIFICATES[case]
    with tls_store(issue(authority)) as secured:
        done = tls_site(site, secured, authority if trusted else None)
        assert (done.exit, done.code) == (FAILED, ["object_store_tls"]), done.stderr
        assert "ca_file" in done.stderr and secured.requests == []
    site.assert_nothing_written()


def test_ca_file_takes_the_place_of_the_systems_certificates(site, authority):
    import trustme
    with tls_store(authority.issue_cert("localhost")) as secured:
        done = tls_site(site, secured, trustme.CA())
        assert (done.exit, done.code) == (FAILED, ["object_store_tls"]), done.stderr


def test_tls_that_is_no_tls_is_refused(site):
    done = site.run_job(endpoint=site.store.endpoint.replace("http:", "https:"))
    assert (done.exit, done.code) == (FAILED, ["object_store_tls"]), done.stderr
    site.assert_nothing_written()


# --- job files --------------------------------------------------------------------------------------------------------

STORE = "/metaferry/object_store"
LOCATION = "/parameter/metadata_migration_parameter/log_location"
BAD_JOBS = {
    "Hadoop's scheme": ({"location": "s3a://logs/x"}, "unsupported_log_location", LOCATION, "did you mean s3://"),
    "bucket in capitals": ({"location": "s3://Logs/x"}, "bad_log_location", LOCATION, "lower-case"),
    "dots": ({"location": "s3://logs/../x"}, "bad_log_location", LOCATION, '".."'),
    "no region": ({"endpoint": None, "region": None}, "missing_key", STORE + "/region", "region"),
    "no key": ({"access_key": None}, "missing_key", STORE + "/access_key", "${env:NAME}"),
    "no variable": ({"secret_key": "${env:NOT_SET}"}, "secret_unavailable", STORE + "/secret_key", "NOT_SET"),
    "key in the endpoint": ({"endpoint": f"https://{ACCESS_KEY}:x@store"}, "bad_endpoint", STORE + "/endpoint",
                            "https://HOST"),
    "no certificates": ({"ca_file": "no.pem"}, "ca_file_unreadable", STORE + "/ca_file", "no.pem"),
}


@pytest.mark.parametrize("case", BAD_JOBS)
def test_a_bad_job_is_told_before_anything_is_asked(site, case):
    settings, code, where, word = BAD_JOBS[case]
    path = site.job(**settings)
    content = path.read_text()
    process = site.start("run", path)
    stdout, stderr = (text.decode() for text in process.communicate(timeout=60))
    assert (process.returncode, stdout) == (USAGE, ""), stderr
    assert f"  code: {code}\n" in stderr and f"  at: {where}\n" in stderr and word in stderr, stderr
    assert ACCESS_KEY not in stderr and path.read_text() == content
    assert site.store.requests == [] and not (site.folder / ".metaferry").exists()


def test_keys_of_the_environment_are_not_taken_unasked(site):
    process = site.start("run", site.job(access_key=None, secret_key=None), AWS_ACCESS_KEY_ID=ACCESS_KEY,
                         AWS_SECRET_ACCESS_KEY=SECRET_KEY)
    assert site.finish(process).code == ["missing_key"]


def test_a_key_in_clear_that_others_can_read_is_warned_of(site):
    path = site.job(secret_key=SECRET_KEY, access_key=ACCESS_KEY)
    path.chmod(0o644)
    process = site.start("run", path, "--format", "json")
    stdout, stderr = process.communicate(timeout=60)
    assert process.returncode == DONE, stderr
    assert any("chmod 600" in warning for warning in json.loads(stdout)["warnings"])
    assert SECRET_KEY.encode() not in stdout + stderr
