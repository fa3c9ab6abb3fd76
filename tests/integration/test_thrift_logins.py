"""Logging in to real metastore services: by Kerberos, with a real KDC, and by user and password."""

import contextlib
import time
from typing import NamedTuple

import pytest
import trustme

from conftest import unavailable
from support.kerberos import REALM, Kdc, ServiceLogin, host_name
from support.metastore_builder import build
from support.metastore_model import Column, Database, Partition, StorageDescriptor, Table
from support.program import assert_same_lines, run_program
from support.sasl_proxy import COMPLETE, SaslProxy
from support.servers import PASSWORD, PASSWORD_VARIABLE, ServerUnavailable, free_port
from support.tls import Authority

pytestmark = pytest.mark.usefixtures("metaferry")
READER = f"reader@{REALM}"
SERVICE = "principal=hive/_HOST@" + REALM
# Hadoop's words for what a service protects, and what the program says then.
PROTECTIONS = {
    "authentication": "not encrypted, server verified at the login only, by Kerberos (auth)",
    "integrity": "not encrypted, but safe from changes, and server verified, by Kerberos (auth-int)",
    "privacy": "encrypted and server verified by Kerberos (auth-conf)",
}
# A service that offers several leaves the choice to us.
OFFERS = {**PROTECTIONS, "authentication,integrity,privacy": PROTECTIONS["privacy"]}

ROOT = "hdfs://nn1:8020/warehouse/sales.db"
COLUMNS = [Column("id", "bigint"), Column("note", "string", "comment")]
# Answers of more than the 64 KiB, and of one table more than the 16 MiB, that a message of Kerberos is said to have.
DATABASE = Database("sales", ROOT, tables=[
    Table("plain", StorageDescriptor(COLUMNS, f"{ROOT}/plain"), params={"comment": "\u5546\u5e97"}),
    Table("long_text", StorageDescriptor(COLUMNS, f"{ROOT}/long_text"), params=dict.fromkeys("abc", "v" * (6 << 20))),
    Table("many", StorageDescriptor(COLUMNS, f"{ROOT}/many"), partition_keys=[Column("day", "string")],
          partitions=[Partition([f"day-{number:05}-{'x' * 200}"], StorageDescriptor(COLUMNS, f"{ROOT}/many/{number}"))
                      for number in range(1500)])])


class Done(NamedTuple):
    exit: int
    lines: list
    said: str

    @property
    def code(self):
        """Of the error it ended with."""
        return next((line.split(": ")[1] for line in self.said.splitlines() if line.startswith("  code: ")), None)


@pytest.fixture(scope="module")
def kdc():
    centre = Kdc()
    try:
        centre.start()
    except ServerUnavailable as error:
        unavailable(f"Kerberos: {error}")
    yield centre
    centre.close()


@pytest.fixture(scope="module")
def reader(kdc):
    """The keytab of the one who reads."""
    return kdc.keytab("reader")


class Site:
    """A metastore database, and services on it that are started when they are asked for."""

    def __init__(self, lab, kdc, server, version, schema):
        self.version, self._lab, self._kdc, self._server = version, lab, kdc, server
        self._services = contextlib.ExitStack()
        self._started = {}
        lab.apply_official_schema(server, "logins", schema)
        if server.dialect == "mysql":
            lab.convert_text_to_utf8(server, "logins")
        with contextlib.closing(server.connect("logins")) as connection:
            build(connection, [DATABASE])

    def service(self, protection=None, **settings):
        """`protection`: of a service with Kerberos; None: one without."""
        key = (protection, *settings.items())
        if key not in self._started:
            name = f"hive/{host_name()}"
            login = protection and ServiceLogin(self._kdc, f"{name}@{REALM}", self._kdc.keytab(name), protection)
            dotted = {name.replace("_", "."): value for name, value in settings.items()}
            self._started[key] = self._services.enter_context(
                self._lab.start_metastore(self._server, "logins", self.version, dotted, kerberos=login))
        return self._started[key]

    def close(self):
        self._services.close()


@pytest.fixture(scope="module", params=["3.1.3 on mariadb", "4.0.1 on postgres"])
def site(request, hive_lab, kdc):
    version, engine = request.param.split(" on ")
    schema = {"3.1.3": "3.1.0", "4.0.1": "4.0.0"}[version]
    site = Site(hive_lab, kdc, request.getfixturevalue(engine), version, schema)
    yield site
    site.close()


@pytest.fixture(scope="module")
def expected(site):
    """What a service without a login tells."""
    done = export(site.service().port, "")
    assert done.exit == 0 and done.lines, done.said
    return done.lines


def export(port, options, environment=None, host="127.0.0.1", timeout=120):
    done = run_program("export", f"thrift://{host}:{port}/?{options}", environment=environment, timeout=timeout)
    assert PASSWORD.encode() not in done.stdout + done.stderr
    return Done(done.returncode, done.stdout.decode().splitlines(), done.stderr.decode())


def assert_fails(done, code, *words):
    assert (done.exit != 0, done.lines, done.code) == (True, [], code), done.said
    for word in words:
        assert word in done.said, done.said


# ---- Kerberos: what lets in

@pytest.mark.parametrize("protection", OFFERS)
def test_a_keytab_lets_in(site, kdc, reader, expected, protection):
    service = site.service(protection)
    with service.client(READER, reader) as oracle:
        assert "default" in oracle.get_all_databases()  # so the laboratory is sound
    done = export(service.port, f"{SERVICE}&keytab={reader}&client_principal={READER}", kdc.environment())
    assert done.exit == 0, done.said
    assert_same_lines(done.lines, expected)


def test_tickets_let_in_and_nothing_is_written(site, kdc, reader, expected, tmp_path):
    service = site.service("privacy")
    cache = kdc.tickets("reader", reader)
    before = cache.read_bytes()
    for options, environment in [(f"&ticket_cache={cache}", kdc.environment()), ("", kdc.environment(cache)),
                                 ("&client_principal=reader", kdc.environment(cache)), (f"&keytab={reader}", kdc.environment())]:
        done = export(service.port, SERVICE + options, {**environment, "TMPDIR": str(tmp_path)})
        assert done.exit == 0, done.said
        assert_same_lines(done.lines, expected)
        assert cache.read_bytes() == before and list(tmp_path.iterdir()) == []


def test_host_stands_for_the_canonical_name(site, kdc, reader):
    """However the URL calls the service; written out it is what it says."""
    service = site.service("authentication")
    for host in ("127.0.0.1", host_name(), host_name().upper()):
        assert export(service.port, f"{SERVICE}&keytab={reader}", kdc.environment(), host=host).exit == 0
    written = f"principal=hive/{host_name()}@{REALM}&keytab={reader}"
    assert export(service.port, written, kdc.environment()).exit == 0


def test_more_protection_than_a_service_has_is_not_gone_without(site, kdc, reader):
    for protection, asked_for, lets_in in [("authentication", "auth-int", False), ("authentication", "auth-conf", False),
                                           ("integrity", "auth-conf", False), ("integrity", "auth-int", True),
                                           ("integrity", "auth", True), ("privacy", "auth-conf", True)]:
        done = export(site.service(protection).port, f"{SERVICE}&keytab={reader}&protection={asked_for}", kdc.environment())
        if lets_in:
            assert done.exit == 0, done.said
        else:
            assert_fails(done, "kerberos_protection", "hadoop.rpc.protection")


# ---- Kerberos: what does not

def test_without_tickets_it_says_what_to_do(site, kdc, reader):
    port = site.service("authentication").port
    assert_fails(export(port, SERVICE, kdc.environment()), "kerberos_no_ticket", "kinit", "keytab=FILE")
    other = kdc.tickets("other", kdc.keytab("other"))
    assert_fails(export(port, f"{SERVICE}&client_principal=reader", kdc.environment(other)), "kerberos_other_client",
                 f"other@{REALM}", READER)
    short = kdc.tickets("reader", reader, lifetime="1s")
    time.sleep(2)
    assert_fails(export(port, SERVICE, kdc.environment(short)), "kerberos_ticket_expired", "kinit")


def test_principals_that_the_kdc_does_not_know(site, kdc, reader):
    port = site.service("authentication").port
    for wrong in (f"hive/elsewhere@{REALM}", f"impala/_HOST@{REALM}", "hive/_HOST@NOWHERE.TEST"):
        assert_fails(export(port, f"principal={wrong}&keytab={reader}", kdc.environment()), "kerberos_unknown_service",
                     "hive.metastore.kerberos.principal")
    assert_fails(export(port, f"{SERVICE}&keytab={reader}&client_principal=nobody", kdc.environment()), "kerberos_no_key",
                 f"nobody@{REALM}")
    done = export(port, "principal=hive&keytab=" + str(reader), kdc.environment())
    assert_fails(done, "bad_principal")
    assert export(port, "auth=kerberos", kdc.environment()).exit == 4


def test_a_keytab_that_is_old_or_open_to_others(site, kdc):
    port = site.service("authentication").port
    old = kdc.keytab("changes_keys")
    kdc.new_key("changes_keys")
    assert_fails(export(port, f"{SERVICE}&keytab={old}", kdc.environment()), "kerberos_refused", "present key")
    old.chmod(0o644)
    assert_fails(export(port, f"{SERVICE}&keytab={old}", kdc.environment()), "kerberos_keytab_open", "0644", "chmod 0400")
    gone = kdc.keytab("is_removed")
    kdc.remove("is_removed")
    assert_fails(export(port, f"{SERVICE}&keytab={gone}", kdc.environment()), "kerberos_refused", "client_principal")


def test_a_service_that_cannot_read_our_ticket(site, kdc, reader):
    """Another principal than the service's own: the KDC knows it, the service has no key of it."""
    kdc.add("yarn/node1")
    done = export(site.service("authentication").port, f"principal=yarn/node1@{REALM}&keytab={reader}", kdc.environment())
    assert_fails(done, "login_refused", "keytab")


def test_a_kdc_that_is_not_there(site, kdc, reader):
    kdc.stop()
    try:
        assert_fails(export(site.service("authentication").port, f"{SERVICE}&keytab={reader}", kdc.environment()),
                     "kerberos_no_kdc", "krb5.conf")
    finally:
        kdc.start()


def test_a_login_where_there_is_none_and_none_where_there_is_one(site, kdc, reader):
    """Both ends are told apart, in bounded time."""
    with_login, without = site.service("authentication").port, site.service().port
    began = time.monotonic()
    done = export(without, f"{SERVICE}&keytab={reader}&connectTimeout=3", kdc.environment())
    assert_fails(done, "sasl_not_spoken", "hive.metastore.sasl.enabled")
    for options in ("", "user=hive", "framed=true"):
        done = export(with_login, options)
        # 4.0.1 hangs up without a word.
        assert_fails(done, {"3.1.3": "login_required", "4.0.1": "connection_closed"}[site.version], "principal=hive/_HOST")
    done = export(with_login, f"auth=plain&ssl=false&user=x&password=${{env:{PASSWORD_VARIABLE}}}",
                  {PASSWORD_VARIABLE: PASSWORD})
    assert_fails(done, "unsupported_login", "GSSAPI")
    assert time.monotonic() - began < 60


# ---- Kerberos: in the long run, and with somebody in between

def test_a_lost_connection_gets_a_new_ticket(site, kdc):
    """The first connection breaks when its ticket has expired: a keytab gets another, a cache cannot."""
    kdc.add("short", "-maxlife", '"4 seconds"')
    keytab = kdc.keytab("short")

    def break_off(piece):
        if piece.connection == 1 and piece.word is None and piece.number == 2:
            time.sleep(5)
            return None
        return piece.whole()
    with SaslProxy(site.service("privacy").port, break_off) as proxy:
        assert export(proxy.port, f"{SERVICE}&keytab={keytab}", kdc.environment()).exit == 0
        assert proxy.connections == 2
    cache = kdc.tickets("short", keytab)
    with SaslProxy(site.service("privacy").port, break_off) as proxy:
        done = export(proxy.port, SERVICE, kdc.environment(cache))
        assert (done.exit != 0, done.code) == (True, "kerberos_ticket_expired"), done.said


def test_a_connection_outlives_its_ticket(site, kdc):
    """Tickets are for opening connections; one that stands goes on, with everything in it protected as before."""
    kdc.add("short", "-maxlife", '"4 seconds"')
    keytab = kdc.keytab("short")

    def wait(piece):
        if piece.word is None and piece.number == 2:
            time.sleep(5)
        return piece.whole()
    with SaslProxy(site.service("privacy").port, wait) as proxy:
        assert export(proxy.port, f"{SERVICE}&keytab={keytab}", kdc.environment()).exit == 0
        assert proxy.connections == 1


def test_what_was_changed_on_the_way_is_not_read(site, kdc, reader):
    def flip(piece):
        if piece.word is not None:
            return piece.whole()
        middle = len(piece.payload) // 2
        return piece.whole(piece.payload[:middle] + bytes([piece.payload[middle] ^ 1]) + piece.payload[middle + 1:])

    def twice(piece):
        return piece.whole() * (1 if piece.word is not None else 2)

    def left_out(piece):
        return b"" if piece.word is None and piece.number == 1 else piece.whole()

    def in_clear(piece):
        return piece.whole(b"\x80\x01\x00\x02\x00\x00\x00\x0agetVersion\x00\x00\x00\x00\x00" if piece.word is None else None)
    for protection in ("integrity", "privacy"):
        for meddle in (flip, twice, in_clear):
            with SaslProxy(site.service(protection).port, meddle) as proxy:
                done = export(proxy.port, f"{SERVICE}&keytab={reader}", kdc.environment())
            assert (done.exit != 0, done.code) == (True, "connection_tampered"), (meddle.__name__, done.said)
    with SaslProxy(site.service("privacy").port, left_out) as proxy:
        done = export(proxy.port, f"{SERVICE}&keytab={reader}&socketTimeout=3", kdc.environment())
    assert_fails(done, "timed_out")


def test_nobody_passes_for_the_service(site, kdc, reader):
    """Whoever has no key can neither skip the proof nor weaken what is agreed on."""
    def complete_at_once(piece):
        return piece.whole(word=COMPLETE)

    def offer_nothing(piece):
        if piece.number == 2 and piece.word is not None:
            return piece.whole(piece.payload[:-5] + bytes([piece.payload[-5] ^ 4]) + piece.payload[-4:])
        return piece.whole()

    def own_proof(piece):
        return piece.whole(piece.payload[:-1] + bytes([piece.payload[-1] ^ 1])) if piece.number == 1 else piece.whole()
    for meddle, code in [(complete_at_once, "bad_sasl_message"), (offer_nothing, "connection_tampered"),
                         (own_proof, "kerberos_refused")]:
        with SaslProxy(site.service("privacy").port, meddle) as proxy:
            assert_fails(export(proxy.port, f"{SERVICE}&keytab={reader}", kdc.environment()), code)


def test_the_next_host_is_tried_when_one_is_dead(site, kdc, reader):
    dead = free_port()
    done = export(f"{dead},127.0.0.1:{site.service('privacy').port}", f"{SERVICE}&keytab={reader}", kdc.environment())
    assert done.exit == 0, done.said


# ---- user and password

BY_PASSWORD = {"metastore_authentication": "CONFIG", "metastore_authentication_config_username": "reader",
               "metastore_authentication_config_password": PASSWORD, "metastore_execute_setugi": "false"}
LOGIN = f"auth=plain&user=reader&password=${{env:{PASSWORD_VARIABLE}}}"


def export_by_password(port, options, password=PASSWORD):
    return export(port, f"{LOGIN}&{options}", {PASSWORD_VARIABLE: password})


def test_user_and_password(site, expected):
    """From 4.0 on; 3.1.3 takes the settings and lets everybody in who does not try to log in."""
    service = site.service(**BY_PASSWORD)
    if site.version == "3.1.3":
        assert_fails(export_by_password(service.port, "ssl=false"), "sasl_not_spoken", "metastore.authentication")
        return
    done = export_by_password(service.port, "ssl=false")
    assert done.exit == 0, done.said
    assert_same_lines(done.lines, expected)
    for options, password in [("ssl=false", "Wr0ng" + PASSWORD), ("ssl=false", PASSWORD + " ")]:
        assert_fails(export_by_password(service.port, options, password), "login_refused", "user name and password")
    assert_fails(export(service.port, "user=reader"), "connection_closed", "auth=plain")
    assert_fails(export(service.port, f"{SERVICE}&keytab=/nosuch"), "kerberos_no_keytab")


def test_a_wrong_password_is_sent_once(site):
    """Not to the next host as well, nor a second time: it would lock the account the sooner."""
    if site.version == "3.1.3":
        return
    port = site.service(**BY_PASSWORD).port
    with SaslProxy(port) as first, SaslProxy(port) as second:
        done = export(f"{first.port},127.0.0.1:{second.port}", f"{LOGIN}&ssl=false", {PASSWORD_VARIABLE: "wrong"})
        assert_fails(done, "login_refused")
        assert (first.connections, second.connections) == (1, 0)


def test_a_password_goes_in_clear_only_when_that_was_said(site):
    """Nobody is even spoken to before."""
    with SaslProxy(free_port()) as nobody:
        done = export_by_password(nobody.port, "")
        assert (done.exit, done.code) == (4, "plain_without_tls"), done.said
        assert nobody.connections == 0
    assert "sslmode=verify-full" in done.said and "ssl=false" in done.said


def test_a_password_inside_tls(site, expected, tmp_path):
    if site.version == "3.1.3":
        return
    authority = Authority(tmp_path)
    keystore = authority.issue("127.0.0.1", key=trustme.KeyType.RSA).java_keystore(tmp_path, "keystore")
    service = site.service(**BY_PASSWORD, metastore_use_SSL="true", metastore_keystore_path=str(keystore),
                           metastore_keystore_password="keystore", metastore_keystore_type="pkcs12")
    done = export_by_password(service.port, f"sslmode=verify-full&sslrootcert={authority.file}")
    assert done.exit == 0, done.said
    assert_same_lines(done.lines, expected)
    assert_fails(export_by_password(service.port, "sslmode=verify-full"), "tls_untrusted")
    # Who asks for no TLS here gets no answer, and has said the password aloud.
    assert_fails(export_by_password(service.port, "ssl=false&connectTimeout=3"), "sasl_not_spoken", "ssl in the URL")


def test_a_login_has_frames_of_its_own(site):
    done = export_by_password(site.service().port, "ssl=false&framed=true")
    assert (done.exit, done.code) == (4, "bad_thrift_option"), done.said
