"""Logging in to GaussDB and openGauss: what is proven how, what is refused, and that no error costs an account.

Some servers lock an account after a few wrong passwords, so one start of the program is one try.
"""

import re
import time
from urllib.parse import quote

import pytest

from support.opengauss import OpenGauss
from support.program import write_job

pytestmark = pytest.mark.usefixtures("metaferry")
FAILED, USAGE = 1, 4
DATABASE = "postgres"  # it holds no metastore: whoever has logged in is told so
LOGGED_IN = "not_a_metastore"
PASSWORD = "kLm3Rt9@Zx8Vb2W&Qw5Pn1G=%41+Hj6Tf4D/Gauß密码'Bn4Mc1L"
VARIABLE = "METAFERRY_TEST_GAUSS"
SECONDS = 20


class Attempt:
    """One start of the program against a server, and all that it has left behind."""

    def __init__(self, metaferry, folder, server, scheme="gaussdb", database=DATABASE, password=PASSWORD, **options):
        options = {"sslmode": "disable", **options}
        query = "&".join(f"{key}={value}" for key, value in options.items())
        job = write_job(folder, f"jdbc:{scheme}://127.0.0.1:{server.port}/{database}?{query}", user=server.user,
                        password="${env:%s}" % VARIABLE)
        began = time.monotonic()
        done = metaferry.run(["run", job, "--format", "json"], env={VARIABLE: password}, cwd=folder)
        self.seconds = time.monotonic() - began
        self.exit, self.stderr = done.exit, done.stderr
        self.codes = re.findall(r"^  code: (\w+)$", done.stderr, re.M)
        self.advice = "\n".join(re.findall(r"^  do: (.*)$", done.stderr, re.M))
        self._assert_unseen(password, {"stdout": done.stdout, "stderr": done.stderr, **_texts_in(folder)})

    @staticmethod
    def _assert_unseen(password, places):
        pieces = {piece for piece in re.split(r"\W", password) if len(piece) >= 6}
        for form in {password, quote(password, safe=""), *pieces}:
            for name, text in places.items():
                assert form not in text, f"the password is seen in {name}: {text[:2000]}"


def _texts_in(folder):
    return {str(path): path.read_text(encoding="utf-8", errors="replace")
            for path in folder.rglob("*") if path.is_file() and path.name != "job.json"}


@pytest.fixture
def attempt(metaferry, tmp_path):
    return lambda server, **options: Attempt(metaferry, tmp_path, server, **options)


def gauss(postgres, **options):
    return OpenGauss(postgres, password=PASSWORD, **options)


def assert_told(done, code):
    assert (done.exit, done.codes) == (FAILED, [code]), done.stderr
    assert done.advice, f"no advice:\n{done.stderr}"


LOGINS = {
    "sha256": ({}, {}),
    "sha256 with few iterations": ({"iterations": 2048}, {}),
    "sha256 with many iterations": ({"iterations": 300_000}, {}),
    "combined": ({"stored": "combined"}, {}),
    "sm3": ({"stored": "sm3"}, {}),
    "sm3 alone allowed": ({"stored": "sm3"}, {"require_auth": "sm3"}),
    "md5 when allowed": ({"stored": "md5"}, {"require_auth": "sha256,md5"}),
    "md5 under sha256 when allowed": ({"stored": "md5 under sha256"}, {"require_auth": "md5"}),
    "sha256 asked for as md5 when allowed": ({"hba": "md5", "iterations": 2048}, {"require_auth": "md5-sha256"}),
}


@pytest.mark.parametrize("case", LOGINS)
def test_a_login_succeeds(postgres, attempt, case):
    account, options = LOGINS[case]
    with gauss(postgres, **account) as server:
        done = attempt(server, **options)
    assert_told(done, LOGGED_IN)
    assert [connection.logged_in for connection in server.connections] == [True]


TOO_WEAK = {
    "md5": ({"stored": "md5"}, {}),
    "md5 under sha256": ({"stored": "md5 under sha256"}, {}),
    "sha256 asked for as md5": ({"hba": "md5", "iterations": 2048}, {}),
    "sha256 where only sm3 is allowed": ({}, {"require_auth": "sm3"}),
    "md5 in place of sha256": ({"fault": "downgrade_md5"}, {}),
    "clear text": ({"fault": "cleartext"}, {}),
    "clear text that is allowed, without TLS": ({"fault": "cleartext"}, {"require_auth": "password"}),
}


@pytest.mark.parametrize("case", TOO_WEAK)
def test_a_weaker_proof_than_is_allowed_is_not_given(postgres, attempt, case):
    account, options = TOO_WEAK[case]
    with gauss(postgres, **account) as server:
        done = attempt(server, **options)
    assert_told(done, "login_method_refused")
    assert (server.login_attempts, server.answers) == (1, [])


@pytest.mark.parametrize("account", [{}, {"stored": "combined"}, {"stored": "sm3"}],
                         ids=lambda account: account.get("stored", "sha256"))
def test_a_wrong_password_is_tried_once(postgres, attempt, account):
    with gauss(postgres, **account) as server:
        done = attempt(server, password="wr0ngPassw0rd")
    assert_told(done, "login_refused")
    assert (server.login_attempts, len(server.answers)) == (1, 1)


def test_an_unknown_user_is_told_as_a_wrong_password(postgres, attempt):
    with gauss(postgres) as server:
        server.user = "nobody"
        assert_told(attempt(server), "login_refused")
    assert server.login_attempts == 1


def test_a_database_that_is_not_there(postgres, attempt):
    with gauss(postgres) as server:
        assert_told(attempt(server, database="nowhere"), "no_such_database")
    assert server.login_attempts == 1


FAULTS = {
    "locked": "account_locked", "initial_user": "initial_user", "connection_limit": "connection_limit",
    "iteration_bomb": "login_cost", "few_iterations": "login_cost", "oversized": "bad_login_request",
    "short": "connection_closed", "silent": "timed_out", "silent_login": "timed_out",
    "not_postgres": "bad_login_request", "double_request": "bad_login_request", "gss": "unsupported_login",
    "scram": "unsupported_login",
}


@pytest.mark.parametrize("sslmode", ["disable", "verify-full"])
@pytest.mark.parametrize("fault", ["silent", "not_postgres"])
def test_a_server_that_is_none_is_left_in_time(postgres, attempt, fault, sslmode):
    with gauss(postgres, fault=fault) as server:
        done = attempt(server, connectTimeout=2, sslmode=sslmode)
    assert_told(done, FAULTS[fault])
    assert done.seconds < 15
    assert len(server.connections) == 1


@pytest.mark.parametrize("fault", FAULTS)
def test_each_fault_has_its_error(postgres, attempt, fault):
    with gauss(postgres, fault=fault) as server:
        done = attempt(server, connectTimeout=2 if FAULTS[fault] == "timed_out" else 10)
    assert_told(done, FAULTS[fault])
    assert done.seconds < SECONDS
    assert len(server.connections) == 1 and len(server.answers) <= 1


@pytest.mark.parametrize("fault, code", [(None, "login_refused"), ("locked", "account_locked"),
                                         ("initial_user", "initial_user"), ("connection_limit", "connection_limit")])
def test_postgresqls_login_to_a_combined_account_is_told_the_same(postgres, attempt, fault, code):
    with gauss(postgres, stored="combined", fault=fault) as server:
        done = attempt(server, scheme="postgresql", password="wr0ngPassw0rd")
    assert_told(done, code)


@pytest.mark.parametrize("account, request_number", [({}, 10), ({"hba": "md5"}, 11), ({"stored": "sm3"}, 13)])
def test_postgresqls_login_is_told_where_it_has_come_to(postgres, attempt, account, request_number):
    with gauss(postgres, **account) as server:
        done = attempt(server, scheme="postgresql")
    assert_told(done, "looks_like_opengauss")
    assert "jdbc:gaussdb:" in done.advice
    assert server.requests == [request_number]


def test_postgresql_is_told_where_gaussdbs_login_has_come_to_it(postgres, attempt):
    done = attempt(postgres, scheme="gaussdb", password=postgres.password)
    assert_told(done, "unsupported_login")
    assert "jdbc:postgresql:" in done.advice


@pytest.mark.parametrize("options, code", [({"require_auth": "kerberos"}, "bad_login_method"),
                                           ({"require_auth": "sha256,,md4"}, "bad_login_method"),
                                           ({"sslmode": "always"}, "bad_tls_option")])
def test_an_option_that_is_no_word_is_refused_before_anything_is_connected(postgres, attempt, options, code):
    with gauss(postgres) as server:
        done = attempt(server, **options)
    assert (done.exit, done.codes) == (USAGE, [code]), done.stderr
    assert server.connections == []
