"""Logging in as MySQL 8 has it by default: caching_sha2_password, with and without TLS.

The first login of an account since the server started needs the password itself, inside TLS or encrypted with
the server's key. Those after it need a proof only.
"""

import contextlib

import pytest
import trustme

from conftest import unavailable
from support.metastore_builder import build, rich_databases
from support.mysql8_login import Mysql8Login
from support.program import assert_same_lines, run_program
from support.servers import PASSWORD, PASSWORD_VARIABLE, ServerUnavailable
from support.tls import Authority

pytestmark = pytest.mark.usefixtures("metaferry")
DATABASE = "mysql8"
USER = "reader8"


@pytest.fixture(scope="module")
def authority(tmp_path_factory):
    return Authority(tmp_path_factory.mktemp("authority"))


@pytest.fixture(scope="module")
def expected(mariadb, hive_lab):
    hive_lab.apply_official_schema(mariadb, DATABASE, "3.1.0")
    hive_lab.convert_text_to_utf8(mariadb, DATABASE)
    with contextlib.closing(mariadb.connect(DATABASE)) as connection:
        return build(connection, rich_databases(many_partitions=60)).expected_export("hive")


@pytest.fixture
def mysql8(mariadb, authority, expected):
    try:
        server = Mysql8Login(mariadb, authority.issue("127.0.0.1", key=trustme.KeyType.RSA), USER, PASSWORD)
    except ServerUnavailable as error:
        unavailable(f"a login of MySQL 8: {error}")
    yield server
    server.close()


def export(server, driver, options, password=PASSWORD):
    url = f"jdbc:{driver}://127.0.0.1:{server.port}/{DATABASE}?user={USER}&password=${{env:{PASSWORD_VARIABLE}}}&{options}"
    done = run_program("export", url, environment={PASSWORD_VARIABLE: password})
    assert password.encode() not in done.stdout + done.stderr
    return done.returncode, done.stdout.decode().splitlines(), done.stderr.decode()


@pytest.mark.parametrize("driver, options", [
    ("mysql", ""), ("mysql", "sslMode=VERIFY_IDENTITY&sslrootcert={ca}"), ("mariadb", "useSsl=true&serverSslCert={ca}"),
    ("mysql", "useSSL=false"), ("mariadb", "")])
def test_both_kinds_of_login_let_everything_through(mysql8, authority, expected, driver, options):
    for _ in ("with the password", "with a proof"):
        exit, lines, said = export(mysql8, driver, options.format(ca=authority.file))
        assert exit == 0, said
        assert_same_lines(lines, expected)
        assert mysql8.full_logins() == 1


@pytest.mark.parametrize("options", ["", "useSSL=false"])
def test_a_wrong_password_is_refused_in_both(mysql8, options):
    for _ in range(2):
        exit, lines, said = export(mysql8, "mysql", options, password="Wr0ngS3cret")
        assert (exit, lines) == (1, []) and "  code: login_refused" in said
    assert export(mysql8, "mysql", options)[0] == 0
    exit, _, said = export(mysql8, "mysql", options, password="Wr0ngS3cret")
    assert exit == 1 and "  code: login_refused" in said
