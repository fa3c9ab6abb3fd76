"""What a server of MySQL's family gets of a password when it asks for it in its own ways.

The server is an impostor that may ask for anything, as may whoever stands in a real one's place. The password
itself goes inside TLS only, whatever is asked for.
"""

import pytest

from support.mysql_impostor import FAST_LOGIN, FULL_LOGIN, Impostor, switch_to
from support.program import run_program, write_job
from support.tls import Authority

pytestmark = pytest.mark.usefixtures("metaferry")
FAILED = 1
PASSWORD = "pl4in&S3cret"
CLEAR = switch_to("mysql_clear_password")
DIALOG = b"\xfedialog\0\x04Password: "  # asks for a password, and may go on
LAST_QUESTION = b"\xfedialog\0\x05Password: "
WITHOUT_TLS = [("mysql", "useSSL=false"), ("mariadb", "")]
WITH_TLS = [("mysql", ""), ("mysql", "sslMode=REQUIRED"), ("mariadb", "sslMode=trust")]


@pytest.fixture
def authority(tmp_path):
    return Authority(tmp_path)


def export(server, driver, options):
    """What an export says; nothing of what the server sends is printed, and nobody is asked anything."""
    url = f"jdbc:{driver}://127.0.0.1:{server.port}/hms?user=reader&password=${{env:PASSWORD}}&{options}"
    done = run_program("export", url, environment={"PASSWORD": PASSWORD}, timeout=60)
    assert (done.returncode, done.stdout) == (FAILED, b"")
    assert PASSWORD.encode() not in done.stderr
    return done.stderr.decode()


def assert_unseen(server):
    assert PASSWORD.encode() not in server.in_clear + server.inside_tls


@pytest.mark.parametrize("driver, options", WITH_TLS)
@pytest.mark.parametrize("request_", [FULL_LOGIN, CLEAR, LAST_QUESTION, DIALOG], ids=["full", "clear", "dialog", "open dialog"])
def test_inside_tls_a_server_that_asks_for_the_password_gets_it(authority, driver, options, request_):
    with Impostor([request_], authority.issue("127.0.0.1")) as server:
        assert "  code: login_refused" in export(server, driver, options)
    assert server.answers == [PASSWORD.encode() + b"\0"]
    assert PASSWORD.encode() in server.inside_tls and PASSWORD.encode() not in server.in_clear


@pytest.mark.parametrize("driver, options", [*WITHOUT_TLS, ("mysql", "")])
@pytest.mark.parametrize("request_", [CLEAR, LAST_QUESTION, DIALOG], ids=["clear", "dialog", "open dialog"])
def test_without_tls_it_does_not(driver, options, request_):
    """The last driver would speak TLS: that the server has none proves nothing."""
    with Impostor([request_]) as server:
        said = export(server, driver, options)
    assert "  code: login_method_refused" in said and "sslMode=VERIFY_IDENTITY" in said
    assert server.answers == []
    assert_unseen(server)


@pytest.mark.parametrize("driver, options", [*WITHOUT_TLS, ("mysql", "")])
def test_without_tls_a_full_login_asks_for_a_key_to_encrypt_with(driver, options):
    with Impostor([FULL_LOGIN]) as server:
        assert "  code: unsupported_login" in export(server, driver, options)
    assert server.answers == [b"\x02"], "the request for the server's public key"
    assert_unseen(server)


@pytest.mark.parametrize("tls", [False, True])
def test_a_login_that_needs_no_password_in_clear_sends_none(authority, tls):
    for request in (FAST_LOGIN, switch_to("mysql_native_password"), switch_to("caching_sha2_password"),
                    switch_to("sha256_password"), switch_to("client_ed25519"), switch_to("no_such_plugin")):
        with Impostor([request], authority.issue("127.0.0.1") if tls else None) as server:
            export(server, "mysql", "")
        assert_unseen(server)


def test_a_server_that_is_not_trusted_gets_nothing_of_the_login(authority, tmp_path):
    stranger = Authority(tmp_path, "stranger")
    with Impostor([FULL_LOGIN], stranger.issue("127.0.0.1")) as server:
        for words in ("VERIFY_CA", "VERIFY_IDENTITY"):
            assert "  code: tls_untrusted" in export(server, "mysql", f"sslMode={words}&sslrootcert={authority.file}")
    assert server.inside_tls == b"" and b"reader" not in server.in_clear


def test_more_questions_than_one_are_not_answered(authority):
    with Impostor([DIALOG, b"\x05And your PIN: "], authority.issue("127.0.0.1")) as server:
        said = export(server, "mysql", "")
    assert "asks for more than a password" in said and "PIN" not in said
    assert server.answers[:1] == [PASSWORD.encode() + b"\0"] and len(server.answers) == 1


def test_a_login_that_the_library_cannot_do_is_named(authority):
    for tls in (None, authority.issue("127.0.0.1")):
        with Impostor([switch_to("no_such_plugin")], tls) as server:
            said = export(server, "mysql", "")
        assert "no_such_plugin" in said and "  code: unsupported_login" in said


@pytest.mark.parametrize("greeting", [b"HTTP/1.1 400 Bad Request", b"\x0a8.0", b"", b"\x09old"])
def test_what_is_no_mysql_is_told(greeting):
    with Impostor([], greeting=greeting) as server:
        assert "  code: not_mysql" in export(server, "mysql", "sslMode=REQUIRED")
    assert server.in_clear == b""


def test_a_silent_server_is_left_in_time(tmp_path):
    """The time that the URL gives counts for the greeting too."""
    import socket
    import time
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"jdbc:mysql://127.0.0.1:{silent.getsockname()[1]}/hms?connectTimeout=1500&sslMode=REQUIRED"
        job = write_job(tmp_path, url, user="reader", password="${env:PASSWORD}")
        start = time.monotonic()
        done = run_program("run", job, environment={"PASSWORD": PASSWORD}, timeout=60)
    assert done.returncode == FAILED and b"  code: timed_out" in done.stderr
    assert 1 < time.monotonic() - start < 10
