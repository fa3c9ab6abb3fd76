"""TLS with MariaDB and PostgreSQL: a connection has what its driver's words ask for, or there is none.

The servers are asked too: one user of each may log in over TLS only, another with a certificate only.
"""

import contextlib
import json
import shutil

import pytest

from support.metastore_builder import build, rich_databases
from support.program import assert_same_lines, run_job, run_program, write_job
from support.servers import PASSWORD, PASSWORD_VARIABLE, MariaDB, PostgreSQL, ServerUnavailable
from support.tls import Authority, Tls

pytestmark = pytest.mark.usefixtures("metaferry")
OK, FAILED, USAGE = 0, 1, 4
DATABASE = "tls"
PLAIN = "not encrypted, server not verified"
ENCRYPTED = "TLSv1.3, server certificate not verified"
CA_VERIFIED = "TLSv1.3, server certificate verified, host name not verified"
VERIFIED = "TLSv1.3, server certificate and host name verified"
THIS_MACHINE = ("127.0.0.1", "localhost", "0.0.0.0")
MYSQL, MARIADB, POSTGRESQL = "mysql", "mariadb", "postgresql"
DRIVERS = {MYSQL: "mariadb", MARIADB: "mariadb", POSTGRESQL: "postgres"}


class Site:
    """A metastore behind a server, and commands that read it; none of them may show the password."""

    def __init__(self, server, folder, expected):
        self.server, self.folder, self.expected = server, folder, expected

    def url(self, driver, options="", host="127.0.0.1"):
        return f"jdbc:{driver}://{host}:{self.server.port}/{DATABASE}" + (f"?{options}" if options else "")

    def run(self, *arguments, password=PASSWORD):
        done = run_program(*arguments, environment={PASSWORD_VARIABLE: password}, folder=self.folder)
        assert password.encode() not in done.stdout + done.stderr
        return done

    def export(self, driver, options="", user="hive", password=PASSWORD):
        """Its exit code, its lines, and what it said."""
        login = f"user={user}&password=${{env:{PASSWORD_VARIABLE}}}"
        done = self.run("export", self.url(driver, f"{login}&{options}" if options else login), password=password)
        return done.returncode, done.stdout.decode().splitlines(), done.stderr.decode()

    def job(self, driver, options="", user="hive", host="127.0.0.1"):
        return write_job(self.folder, self.url(driver, options, host), user=user,
                         password="${env:%s}" % PASSWORD_VARIABLE)

    def migrate(self, driver, options="", **job):
        run = run_job(self.job(driver, options, **job), {PASSWORD_VARIABLE: PASSWORD})
        for path in self.folder.rglob("*"):
            assert not path.is_file() or PASSWORD.encode() not in path.read_bytes(), path
        return run

    def assert_refused(self, driver, options, code, exit_code=FAILED, **login):
        """By export, run and doctor alike; returns what export said."""
        exit, lines, words = self.export(driver, options, **login)
        assert (exit, lines) == (exit_code, []) and f"  code: {code}" in words, words
        job = self.job(driver, options, user=login.get("user", "hive"))
        done = self.run("run", job, password=login.get("password", PASSWORD))
        assert done.returncode == exit_code and f"  code: {code}" in done.stderr.decode(), done.stderr.decode()
        doctor = self.run("doctor", job, password=login.get("password", PASSWORD))
        assert doctor.returncode == (USAGE if code == "bad_tls_option" else FAILED), doctor.stdout.decode()
        return words


def fill(server, lab):
    """Makes the metastore; returns what its export must be, under both names that a catalog gets here."""
    lab.apply_official_schema(server, DATABASE, "3.1.0")
    if server.dialect == "mysql":
        lab.convert_text_to_utf8(server, DATABASE)
    with contextlib.closing(server.connect(DATABASE)) as connection:
        metastore = build(connection, rich_databases(many_partitions=60))
    return metastore.expected_export("hive"), metastore.expected_export("hive", shown_as="lake")


@pytest.fixture(scope="module")
def certificates(tmp_path_factory):
    """name -> certificate of the server; `authority` and `stranger` are who issues them."""
    folder = tmp_path_factory.mktemp("certificates")
    authority, stranger = Authority(folder), Authority(folder, "stranger")
    return {"authority": authority, "stranger": stranger, "good": authority.issue(*THIS_MACHINE),
            "expired": authority.issue(*THIS_MACHINE, days=(-9, -2)),
            "not yet valid": authority.issue(*THIS_MACHINE, days=(2, 9)),
            "of another host": authority.issue("db.example.com", "192.0.2.1"),
            "of a stranger": stranger.issue(*THIS_MACHINE)}


def tls_server(kind, certificates, hive_lab):
    from conftest import unavailable
    try:
        server = kind(Tls(certificates["good"], certificates["authority"].pem)).start()
    except ServerUnavailable as error:
        unavailable(f"{kind.__name__}: {error}")
    server.exports = fill(server, hive_lab)
    yield server
    server.close()


@pytest.fixture(scope="module")
def tls_mariadb(certificates, hive_lab):
    yield from tls_server(MariaDB, certificates, hive_lab)


@pytest.fixture(scope="module")
def tls_postgres(certificates, hive_lab):
    yield from tls_server(PostgreSQL, certificates, hive_lab)


@pytest.fixture
def site(request, tmp_path, certificates):
    """The metastore of a driver, at a server that speaks TLS; beside the job lie `ca.pem` and `stranger.pem`."""
    def make(driver):
        server = request.getfixturevalue("tls_" + DRIVERS[driver])
        (tmp_path / "certs").mkdir(exist_ok=True)
        shutil.copy(certificates["authority"].file, tmp_path / "certs" / "ca.pem")
        shutil.copy(certificates["stranger"].file, tmp_path / "certs" / "stranger.pem")
        certificates["authority"].issue("reader").write(tmp_path, "client")
        certificates["stranger"].issue("reader").write(tmp_path, "strange-client")
        return Site(server, tmp_path, server.exports)
    return make


@pytest.fixture
def plain_site(request, tmp_path):
    """The same at a server that speaks none; its metastore is empty."""
    def make(driver):
        server = request.getfixturevalue(DRIVERS[driver])
        request.getfixturevalue("hive_lab").apply_official_schema(server, DATABASE, "3.1.0")
        return Site(server, tmp_path, ([], []))
    return make


# ---- What the words of each driver come to -------------------------------------------------------

CA = "certs/ca.pem"
WORDS = [
    (MYSQL, "", ENCRYPTED),
    (MYSQL, "useSSL=false", PLAIN),
    (MYSQL, "useSSL=true", ENCRYPTED),
    (MYSQL, "requireSSL=true", ENCRYPTED),
    (MYSQL, f"useSSL=true&verifyServerCertificate=true&trustCertificateKeyStoreUrl=file:{CA}", CA_VERIFIED),
    (MYSQL, "sslMode=DISABLED", PLAIN),
    (MYSQL, f"sslMode=VERIFY_CA&serverSslCert={CA}", CA_VERIFIED),
    (MYSQL, f"sslMode=VERIFY_IDENTITY&sslrootcert={CA}", VERIFIED),
    (MARIADB, "", PLAIN),
    (MARIADB, "useSsl=true&trustServerCertificate=true", ENCRYPTED),
    (MARIADB, f"useSsl=true&serverSslCert={CA}", VERIFIED),
    (MARIADB, f"useSsl=true&disableSslHostnameVerification=true&serverSslCert={CA}", CA_VERIFIED),
    (MARIADB, "sslMode=trust", ENCRYPTED),
    (MARIADB, f"sslMode=verify-ca&serverSslCert={CA}", CA_VERIFIED),
    (MARIADB, f"sslMode=verify-full&serverSslCert={CA}", VERIFIED),
    (POSTGRESQL, "", ENCRYPTED),
    (POSTGRESQL, "sslmode=disable", PLAIN),
    (POSTGRESQL, "sslmode=require", ENCRYPTED),
    (POSTGRESQL, f"sslmode=verify-ca&sslrootcert={CA}", CA_VERIFIED),
    (POSTGRESQL, f"sslmode=verify-full&sslrootcert={CA}", VERIFIED),
    (POSTGRESQL, f"ssl=true&sslrootcert={CA}", VERIFIED),
    (POSTGRESQL, "ssl=true&sslfactory=org.postgresql.ssl.NonValidatingFactory", ENCRYPTED),
]


@pytest.mark.parametrize("driver, options, words", WORDS, ids=lambda value: value.replace("/", "_") or "default")
def test_a_connection_has_what_was_asked_for(site, driver, options, words):
    """And everything comes through it: an export, and a migration, are what they are without TLS."""
    at = site(driver)
    exit, lines, said = at.export(driver, options)
    assert exit == OK, said
    assert_same_lines(lines, at.expected[0])
    run = at.migrate(driver, options)
    assert run.exit_code == OK, run.stderr
    assert run.summary["source"]["connection"] == words
    assert f", connection: {words}\n" in run.log_text()
    assert_same_lines(run.export_target(), at.expected[1])


@pytest.mark.parametrize("driver, options, exit_code", [
    (MYSQL, "", OK), (MYSQL, "useSSL=true", OK), (MYSQL, "requireSSL=true", FAILED),
    (MYSQL, "verifyServerCertificate=true", FAILED), (MYSQL, "sslMode=VERIFY_IDENTITY", FAILED),
    (MARIADB, "", OK), (MARIADB, "useSsl=true", FAILED), (MARIADB, "sslMode=trust", FAILED),
    (POSTGRESQL, "", OK), (POSTGRESQL, "ssl=false", OK), (POSTGRESQL, "sslmode=require", FAILED),
    (POSTGRESQL, "sslmode=verify-full", FAILED), (POSTGRESQL, "ssl=true", FAILED),
])
def test_a_server_without_tls_is_used_only_where_that_was_allowed(plain_site, driver, options, exit_code):
    at = plain_site(driver)
    if exit_code == FAILED:
        words = at.assert_refused(driver, options, "tls_not_offered")
        assert "DISABLED" in words or "sslmode=disable" in words
        return
    assert at.export(driver, options)[0] == OK
    assert at.migrate(driver, options).summary["source"]["connection"] == PLAIN


# ---- Certificates --------------------------------------------------------------------------------

REQUIRE = {MYSQL: "sslMode=REQUIRED", MARIADB: "sslMode=trust", POSTGRESQL: "sslmode=require"}
VERIFY_CA = {MYSQL: "sslMode=VERIFY_CA", MARIADB: "sslMode=verify-ca", POSTGRESQL: "sslmode=verify-ca"}
VERIFY_FULL = {MYSQL: "sslMode=VERIFY_IDENTITY", MARIADB: "useSsl=true", POSTGRESQL: "ssl=true"}
BAD = {  # certificate -> what comes of verify-ca and of verify-full; None: it will do
    "expired": ("tls_expired", "tls_expired"),
    "not yet valid": ("tls_expired", "tls_expired"),
    "of another host": (None, "tls_wrong_host"),
    "of a stranger": ("tls_untrusted", "tls_untrusted"),
}


@pytest.fixture(params=BAD)
def bad_certificate(request, certificates):
    """Puts a certificate on a server for the time of the test; gives its name."""
    changed = []

    def put_on(server):
        server.present(certificates[request.param])
        changed.append(server)
        return request.param
    yield put_on
    for server in changed:
        server.present(certificates["good"])


@pytest.mark.parametrize("engine", ["mariadb", "postgres"])
def test_a_bad_certificate_is_refused_by_those_who_look_at_it(site, bad_certificate, engine):
    for driver in (driver for driver, of in DRIVERS.items() if of == engine):
        at = site(driver)
        if driver != MARIADB:
            certificate = bad_certificate(at.server)
        assert at.export(driver, REQUIRE[driver])[0] == OK
        for words, code in zip((VERIFY_CA, VERIFY_FULL), BAD[certificate]):
            options = f"{words[driver]}&sslrootcert={CA}"
            if code is None:
                assert at.export(driver, options)[0] == OK
                continue
            said = at.assert_refused(driver, options, code)
            assert at.url(driver) in said and "\n  do: " in said


@pytest.mark.parametrize("driver", DRIVERS)
def test_the_certificate_of_another_authority_does_not_help(site, driver):
    at = site(driver)
    at.assert_refused(driver, f"{VERIFY_FULL[driver]}&sslrootcert=certs/stranger.pem", "tls_untrusted")
    said = at.assert_refused(driver, VERIFY_FULL[driver], "tls_untrusted")
    assert "sslrootcert=FILE" in said, "the authorities of the system do not know it either"


@pytest.mark.parametrize("driver", DRIVERS)
def test_authorities_of_the_system_are_trusted_where_none_are_named(site, driver):
    at = site(driver)
    done = run_program("run", at.job(driver, VERIFY_FULL[driver]), "--format", "json", folder=at.folder,
                       environment={PASSWORD_VARIABLE: PASSWORD, "SSL_CERT_FILE": str(at.folder / CA)})
    assert json.loads(done.stdout)["source"]["connection"] == VERIFIED


@pytest.mark.parametrize("driver", DRIVERS)
def test_the_name_in_the_url_is_what_counts(site, certificates, driver):
    at = site(driver)
    run = at.migrate(driver, f"{VERIFY_FULL[driver]}&sslrootcert={CA}", host="localhost")
    assert (run.exit_code, run.summary["source"]["connection"]) == (OK, VERIFIED), run.stderr
    job = at.job(driver, f"{VERIFY_FULL[driver]}&sslrootcert={CA}", host="127.0.0.2")
    done = at.run("run", job)
    assert b"  code: tls_wrong_host" in done.stderr or b"  code: connection_failed" in done.stderr


@pytest.mark.parametrize("driver", DRIVERS)
def test_files_lie_beside_the_job_wherever_one_stands(site, driver, tmp_path_factory):
    at = site(driver)
    job = at.job(driver, f"{VERIFY_FULL[driver]}&sslrootcert={CA}")
    done = run_program("run", job, "--format", "json", environment={PASSWORD_VARIABLE: PASSWORD},
                       folder=tmp_path_factory.mktemp("elsewhere"))
    assert json.loads(done.stdout)["source"]["connection"] == VERIFIED, done.stderr


@pytest.mark.parametrize("driver", DRIVERS)
@pytest.mark.parametrize("option", ["sslrootcert=nowhere.pem", "sslrootcert=job.json", "sslcert=nowhere.pem",
                                    "sslcert=client.pem&sslkey=nowhere.pem", "sslcert=client.pem&sslkey=job.json",
                                    "sslcert=client.pem&sslkey=strange-client-key.pem"])
def test_a_file_that_is_missing_or_no_pem_is_named(site, driver, option):
    at = site(driver)
    options = f"{VERIFY_FULL[driver]}&{option}" + ("" if "rootcert" in option else f"&sslrootcert={CA}")
    said = at.assert_refused(driver, options, "tls_bad_file", USAGE)
    assert option.rpartition("=")[2] in said


@pytest.mark.parametrize("driver, options", [
    (MYSQL, "sslMode=maybe"), (MYSQL, "useSSL=ture"), (MARIADB, "useSsl=on"), (MARIADB, "sslMode=strict"),
    (POSTGRESQL, "sslmode=verify"), (POSTGRESQL, "ssl=require")])
def test_a_word_that_no_driver_knows_ends_it_before_anything_is_connected(metaferry, tmp_path, driver, options):
    nowhere = Site(type("Nowhere", (), {"port": 1}), tmp_path, None)
    said = nowhere.assert_refused(driver, options, "bad_tls_option", USAGE)
    assert options.split("=")[0].lower() in said.lower()


# ---- What the servers say ------------------------------------------------------------------------

@pytest.mark.parametrize("driver", DRIVERS)
def test_a_user_who_must_come_by_tls_does(site, driver):
    at = site(driver)
    exit, lines, said = at.export(driver, REQUIRE[driver], user=at.server.tls_user)
    assert exit == OK, said
    assert_same_lines(lines, at.expected[0])
    plain = {MYSQL: "useSSL=false", MARIADB: "", POSTGRESQL: "sslmode=disable"}[driver]
    said = at.assert_refused(driver, plain, "login_refused", user=at.server.tls_user)
    assert "sslMode=REQUIRED" in said or "sslmode=require" in said, "the server's own words do not tell"


@pytest.mark.parametrize("driver", DRIVERS)
def test_a_user_who_must_show_a_certificate_does(site, driver):
    at = site(driver)
    user, base = at.server.certificate_user, f"{VERIFY_FULL[driver]}&sslrootcert={CA}"
    both = at.folder / "both.pem"
    both.write_bytes((at.folder / "client.pem").read_bytes() + (at.folder / "client-key.pem").read_bytes())
    both.chmod(0o600)
    for files in ("sslcert=client.pem&sslkey=client-key.pem", "sslcert=both.pem"):
        exit, lines, said = at.export(driver, f"{base}&{files}", user=user)
        assert exit == OK, said
        assert_same_lines(lines, at.expected[0])
    at.assert_refused(driver, base, "login_refused", user=user)
    strange = "sslcert=strange-client.pem&sslkey=strange-client-key.pem"
    exit, _, said = at.export(driver, f"{base}&{strange}", user=user)
    # The server hangs up at once, which may overtake its word for it; libpq then knows no more.
    assert exit == FAILED and ("code: tls_failed" in said or driver == POSTGRESQL and "code: connection_failed" in said), said


@pytest.mark.parametrize("driver", DRIVERS)
def test_a_wrong_password_inside_tls(site, driver):
    at = site(driver)
    for options in (REQUIRE[driver], f"{VERIFY_FULL[driver]}&sslrootcert={CA}"):
        said = at.assert_refused(driver, options, "login_refused", password="Wr0ngS3cret")
        assert "hive" in said and "password" in said


@pytest.mark.parametrize("driver", DRIVERS)
def test_a_database_that_is_not_there(site, driver):
    at = site(driver)
    login = f"user=hive&password=${{env:{PASSWORD_VARIABLE}}}&{REQUIRE[driver]}"
    done = at.run("export", f"jdbc:{driver}://127.0.0.1:{at.server.port}/nowhere?{login}")
    assert done.returncode == FAILED and b"  code: no_such_database" in done.stderr


def test_a_server_without_room_says_so(site):
    at = site(MYSQL)
    at.server.execute_as_root("SET GLOBAL max_connections = 10")
    try:
        with contextlib.ExitStack() as held:
            with contextlib.suppress(Exception):
                for _ in range(20):
                    held.enter_context(contextlib.closing(at.server.connect()))
            for driver in (MYSQL, MARIADB):
                for options in ("", REQUIRE[driver]):
                    exit, _, said = at.export(driver, options, user=at.server.tls_user)
                    assert exit == FAILED and "  code: connection_limit" in said, said
                    assert "Too many connections" in said
    finally:
        at.server.execute_as_root("SET GLOBAL max_connections = 200")


def test_a_user_without_room_says_so(site):
    at = site(POSTGRESQL)
    user = at.server.tls_user
    at.server.execute_as_root(f"ALTER ROLE {user} CONNECTION LIMIT 1")
    try:
        with contextlib.closing(at.server.connect(user=user)):
            said = at.assert_refused(POSTGRESQL, REQUIRE[POSTGRESQL], "connection_limit", user=user)
            assert "too many connections for role" in said
    finally:
        at.server.execute_as_root(f"ALTER ROLE {user} CONNECTION LIMIT -1")


# ---- doctor --------------------------------------------------------------------------------------

@pytest.mark.parametrize("driver, words", [(MYSQL, "sslMode=VERIFY_IDENTITY"), (POSTGRESQL, "sslmode=verify-full")])
def test_doctor_says_what_a_connection_proves(site, driver, words):
    at = site(driver)

    def security(options, host):
        done = at.run("doctor", at.job(driver, options, host=host), "--format", "json")
        checks = {check["code"]: check for check in json.loads(done.stdout)["checks"]}
        return checks["source_security"]

    off = {MYSQL: "useSSL=false", POSTGRESQL: "sslmode=disable"}[driver]
    # An address of this machine that does not look like one.
    for options, protection, danger in (
            (off, PLAIN, "the password and all content"), (REQUIRE[driver], ENCRYPTED, "nobody has proved"),
            (f"{VERIFY_CA[driver]}&sslrootcert={CA}", CA_VERIFIED, "any server with a certificate")):
        check = security(options, "0.0.0.0")
        assert check["level"] == "warn" and check["message"].startswith(f"{protection}: {danger}"), check
        assert words in check["remedy"]
        check = security(options, "127.0.0.1")
        assert check["level"] == "ok" and check["message"] == f"{protection}; the server is on this machine"
    check = security(f"{VERIFY_FULL[driver]}&sslrootcert={CA}", "0.0.0.0")
    assert (check["level"], check["message"]) == ("ok", VERIFIED)
