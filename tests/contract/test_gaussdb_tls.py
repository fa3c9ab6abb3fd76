"""TLS to GaussDB and openGauss: verified in full unless the URL says otherwise, and reports say what was verified."""

import datetime
import importlib.util
import ssl

import pytest
from conftest import unavailable

from support.gaussdb_metastore import Template
from support.opengauss import OpenGauss
from support.program import run_job, run_program, write_job
from support.servers import PASSWORD_VARIABLE

pytestmark = pytest.mark.usefixtures("metaferry")
FAILED = 1
PLAIN = "not encrypted, server not verified"
ANYBODY = "TLSv1.3, server certificate not verified"
KNOWN_CA = "TLSv1.3, server certificate verified, host name not verified"
KNOWN_SERVER = "TLSv1.3, server certificate and host name verified"


@pytest.fixture(scope="module")
def database(postgres, hive_lab):
    template = Template(hive_lab, postgres, "gaussdb_tls")
    yield template.database
    postgres.drop_database(template.database)


@pytest.fixture(scope="module")
def authority():
    if importlib.util.find_spec("trustme") is None:
        unavailable("TLS: trustme is not installed")
    import trustme
    return trustme.CA()


class Site:
    """A folder with the authority's certificate, and a job that reads over TLS."""

    def __init__(self, folder, database, authority):
        self.folder, self.database = folder, database
        authority.cert_pem.write_to_path(folder / "ca.pem")

    def _url(self, server, host, options):
        options = {key: value for key, value in options.items() if value is not None}
        query = "&".join(f"{key}={value}" for key, value in options.items())
        return server.plain_jdbc_url(self.database, host=host) + (f"?{query}" if query else "")

    def job(self, server, host="localhost", **options):
        return write_job(self.folder, self._url(server, host, options), user=server.user,
                         password="${env:%s}" % PASSWORD_VARIABLE)

    def connection(self, server, **options):
        """A run's words for the connection, which it must have logged as well."""
        run = run_job(self.job(server, **options), server.environment())
        assert run.exit_code == 0, run.stderr[-3000:]
        words = run.summary["source"]["connection"]
        assert f"connection: {words}" in run.log_text()
        return words

    def failure(self, server, word="", **options):
        """The code of the error that a run ends with, having sent nothing that proves a password; it tells `word`."""
        done = run_program("run", self.job(server, **options), environment=server.environment(), folder=self.folder)
        stderr = done.stderr.decode()
        assert done.returncode == FAILED and "\n  do: " in stderr and word in stderr, stderr
        assert server.answers == [], "a proof of the password was sent"
        (code,) = [line.removeprefix("  code: ") for line in stderr.splitlines() if line.startswith("  code: ")]
        return code


@pytest.fixture
def site(tmp_path, database, authority):
    return Site(tmp_path, database, authority)


def yesterday():
    return datetime.datetime.now(datetime.timezone.utc) - datetime.timedelta(days=1)


class TestVerified:
    @pytest.mark.parametrize("host", ["localhost", "127.0.0.1"])
    @pytest.mark.parametrize("sslmode", [None, "verify-full"])
    def test_host_and_certificate_are_verified_unless_told_otherwise(self, postgres, site, authority, host, sslmode):
        with OpenGauss(postgres, tls=authority.issue_cert(host), require_tls=True) as server:
            assert site.connection(server, host=host, sslrootcert="ca.pem", sslmode=sslmode) == KNOWN_SERVER
        assert all(connection.encrypted for connection in server.connections)

    def test_an_older_tls_is_named(self, postgres, site, authority):
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        authority.issue_cert("localhost").configure_cert(context)
        context.maximum_version = ssl.TLSVersion.TLSv1_2
        with OpenGauss(postgres, tls=context) as server:
            assert site.connection(server, sslrootcert="ca.pem") == KNOWN_SERVER.replace("1.3", "1.2")

    def test_verify_ca_takes_any_server_of_the_authority(self, postgres, site, authority):
        with OpenGauss(postgres, tls=authority.issue_cert("store.example.com")) as server:
            assert site.connection(server, sslrootcert="ca.pem", sslmode="verify-ca") == KNOWN_CA

    @pytest.mark.parametrize("sslmode", ["require", "prefer"])
    def test_require_and_prefer_take_anybody(self, postgres, site, authority, sslmode):
        certificate = authority.issue_cert("store.example.com", not_after=yesterday())
        with OpenGauss(postgres, tls=certificate) as server:
            assert site.connection(server, sslmode=sslmode) == ANYBODY
        assert all(connection.encrypted for connection in server.connections)

    def test_the_clients_own_certificate_is_shown(self, postgres, site, authority):
        own = authority.issue_cert("metaferry")
        own.cert_chain_pems[0].write_to_path(site.folder / "own.pem")
        own.private_key_pem.write_to_path(site.folder / "own.key")
        (site.folder / "own.key").chmod(0o600)
        certificate = authority.issue_cert("localhost")
        with OpenGauss(postgres, tls=certificate, client_authority=authority) as server:
            words = site.connection(server, sslrootcert="ca.pem", sslcert="own.pem", sslkey="own.key")
        assert words == KNOWN_SERVER
        with OpenGauss(postgres, tls=certificate, client_authority=authority) as server:
            assert site.failure(server, sslrootcert="ca.pem", word="sslcert=FILE") == "login_refused"


class TestRefused:
    @pytest.mark.parametrize("sslmode", [None, "verify-ca"])
    def test_an_expired_certificate(self, postgres, site, authority, sslmode):
        with OpenGauss(postgres, tls=authority.issue_cert("localhost", not_after=yesterday())) as server:
            assert site.failure(server, sslrootcert="ca.pem", sslmode=sslmode) == "tls_expired"

    @pytest.mark.parametrize("host", ["localhost", "127.0.0.1"])
    def test_a_certificate_for_another_host(self, postgres, site, authority, host):
        with OpenGauss(postgres, tls=authority.issue_cert("store.example.com", "127.0.0.2")) as server:
            assert site.failure(server, host=host, sslrootcert="ca.pem") == "tls_wrong_host"

    @pytest.mark.parametrize("sslmode", [None, "verify-ca"])
    def test_a_certificate_of_an_authority_that_the_system_does_not_trust(self, postgres, site, authority, sslmode):
        with OpenGauss(postgres, tls=authority.issue_cert("localhost")) as server:
            assert site.failure(server, sslmode=sslmode) == "tls_untrusted"

    @pytest.mark.parametrize("sslmode", [None, "verify-ca"])
    def test_a_certificate_of_another_authority_than_is_named(self, postgres, site, sslmode):
        import trustme
        with OpenGauss(postgres, tls=trustme.CA().issue_cert("localhost")) as server:
            assert site.failure(server, sslrootcert="ca.pem", sslmode=sslmode) == "tls_untrusted"

    def test_words_in_the_clear_before_tls(self, postgres, site, authority):
        with OpenGauss(postgres, tls=authority.issue_cert("localhost"), fault="plaintext_before_tls") as server:
            assert site.failure(server, sslrootcert="ca.pem") == "tls_failed"

    @pytest.mark.parametrize("content", [None, "no certificate\n"], ids=["not there", "not a certificate"])
    def test_an_sslrootcert_that_cannot_be_read(self, postgres, site, authority, content):
        if content:
            (site.folder / "other.pem").write_text(content)
        with OpenGauss(postgres, tls=authority.issue_cert("localhost")) as server:
            job = site.job(server, sslrootcert="other.pem")
            done = run_program("run", job, environment=server.environment(), folder=site.folder)
        assert done.returncode in (1, 4) and b"  code: tls_bad_file\n" in done.stderr, done.stderr
        assert b"other.pem" in done.stderr
        assert server.login_attempts == 0


class TestWithoutTls:
    @pytest.mark.parametrize("sslmode", [None, "require", "verify-ca", "verify-full"])
    def test_a_server_without_tls_is_refused_and_the_advice_says_how_to_go_without(self, postgres, site, sslmode):
        with OpenGauss(postgres) as server:
            code = site.failure(server, sslmode=sslmode, word="sslmode=disable")
        assert (code, server.login_attempts) == ("tls_not_offered", 0)

    @pytest.mark.parametrize("sslmode", ["disable", "prefer"])
    def test_it_is_taken_when_the_url_says_so(self, postgres, site, sslmode):
        with OpenGauss(postgres) as server:
            assert site.connection(server, sslmode=sslmode) == PLAIN

    def test_disable_does_not_use_what_is_offered(self, postgres, site, authority):
        with OpenGauss(postgres, tls=authority.issue_cert("localhost")) as server:
            assert site.connection(server, sslmode="disable") == PLAIN

    def test_a_server_that_wants_tls_says_so(self, postgres, site, authority):
        with OpenGauss(postgres, tls=authority.issue_cert("localhost"), require_tls=True) as server:
            assert site.failure(server, sslmode="disable", word="SSL off") == "login_refused"
        assert server.login_attempts == 1


def test_postgresqls_prefer_gives_a_wrong_password_once(postgres, site, authority):
    """Its client library by itself tries a refused password again without TLS, for all to read."""
    with OpenGauss(postgres, tls=authority.issue_cert("localhost"), stored="combined") as server:
        url = server.plain_jdbc_url(site.database).replace("jdbc:gaussdb:", "jdbc:postgresql:")
        job = write_job(site.folder, url, user=server.user, password="${env:WRONG}")
        done = run_program("run", job, environment={"WRONG": "wr0ngPassw0rd"}, folder=site.folder)
    assert done.returncode == FAILED and b"code: login_refused" in done.stderr, done.stderr
    assert [(connection.encrypted, len(server.answers)) for connection in server.connections] == [(True, 1)]
