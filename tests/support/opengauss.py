"""An imitation of an openGauss server: its start-up, login, TLS and dialect, in front of a real PostgreSQL.

    with OpenGauss(postgres, stored="combined", compatibility="A") as server:
        ... run the program with server.jdbc_url("hms") and server.environment() ...
        assert server.most_at_once <= 2

No openGauss can be had for tests. This one is written from the protocol, and the makers' own drivers can log in to it
(tests/integration/test_opengauss_double.py); that a client can is not yet a proof that it can on the real server.
"""

import asyncio
import contextlib
import ssl
import struct
import threading
from dataclasses import dataclass, field
from typing import Optional

from support.opengauss_dialect import Dialect, error_response, later_names_unknown, parameter_status
from support.opengauss_login import REQUEST_CLEARTEXT, REQUEST_GSS, REQUEST_MD5, REQUEST_SHA256, Account, Login
from support.servers import PASSWORD_VARIABLE

SSL_REQUEST, CANCEL_REQUEST = 80877103, 80877102
PROTOCOLS = ((3, 0), (3, 50), (3, 51))
LONGEST_STARTUP = 10000

# Refusals at the login, by fault: SQLSTATE and text.
REFUSALS = {
    "locked": ("28000", "The account has been locked."),
    "initial_user": ("28000", "Forbid remote connection with initial user."),
    "connection_limit": ("53300", "remaining connection slots are reserved for non-replication superuser connections"),
}
# Requests that are sent in place of the account's own.
REQUESTS = {
    "cleartext": struct.pack("!i", REQUEST_CLEARTEXT),
    "gss": struct.pack("!i", REQUEST_GSS),
    "scram": struct.pack("!i", REQUEST_SHA256) + b"SCRAM-SHA-256\0\0",
}
ITERATIONS = {"iteration_bomb": 100_000_000, "few_iterations": 1}
# Bytes after which nothing follows: a message that never ends, and one that ends too soon.
BROKEN = {
    "oversized": b"R" + struct.pack("!i", 0x7FFFFFFF),
    "short": b"R" + struct.pack("!iii", 140, REQUEST_SHA256, 2) + b"0011",
}
NOT_POSTGRES = b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
FAULTS = (*REFUSALS, *REQUESTS, *ITERATIONS, *BROKEN, "downgrade_md5", "double_request", "silent", "silent_login",
          "not_postgres", "plaintext_before_tls", "hangs_up")
# How much a server that hangs up has been asked before.
STATEMENTS_BEFORE_HANGING_UP = 30


@dataclass
class Connection:
    """What a client did with one connection."""

    encrypted: bool = False
    protocol: Optional[tuple] = None  # (3, 51); None when it did not come to a start-up message
    parameters: dict = field(default_factory=dict)
    request: Optional[int] = None  # the number of what it was asked
    answers: list = field(default_factory=list)  # to that, as bytes
    logged_in: bool = False
    statements: list = field(default_factory=list)


class OpenGauss:
    """Listens on a free loopback port, from start() or `with` on.

    `account` fields (stored, hba, iterations, salt, token) are those of opengauss_login.Account. `tls` is an
    ssl.SSLContext or a certificate of trustme; without it the server offers no TLS. `client_authority` is the CA of
    trustme that clients must have a certificate of. `fault` is one of FAULTS.
    """

    def __init__(self, postgres, *, user=None, password=None, compatibility="A", tls=None, require_tls=False,
                 client_authority=None, fault=None, **account):
        assert fault is None or fault in FAULTS, fault
        self.user = user or postgres.user
        self.password = password or postgres.password
        if fault in ITERATIONS:
            account["iterations"] = ITERATIONS[fault]
        self._account = Account(self.user, self.password, **account)
        self._dialect = Dialect(compatibility)
        self._socket = str(postgres.folder / f".s.PGSQL.{postgres.port}")
        self._tls = tls if tls is None or isinstance(tls, ssl.SSLContext) else _context_of(tls)
        self._require_tls = require_tls or client_authority is not None
        if client_authority:
            # The handshake goes through without one, as it does with the real server.
            client_authority.configure_trust(self._tls)
            self._tls.verify_mode = ssl.CERT_OPTIONAL
        self._client_authority = client_authority
        self._fault = fault
        self.port = None
        self.connections = []  # all but those that only cancel
        self.most_at_once = 0
        self.cancels = 0
        self._open = 0
        self._problems = []  # faults of the imitation itself

    # ---- what tests ask

    @property
    def login_attempts(self):
        return sum(connection.protocol is not None for connection in self.connections)

    @property
    def requests(self):
        """The numbers of what clients were asked for."""
        return [connection.request for connection in self.connections if connection.request is not None]

    @property
    def answers(self):
        return [answer for connection in self.connections for answer in connection.answers]

    @property
    def statements(self):
        return [statement for connection in self.connections for statement in connection.statements]

    def plain_jdbc_url(self, database, scheme="gaussdb", host="127.0.0.1"):
        return f"jdbc:{scheme}://{host}:{self.port}/{database}"

    def jdbc_url(self, database, scheme="gaussdb", host="127.0.0.1", **properties):
        """A URL for the command line; run the program with `environment()`. Without TLS it says so."""
        query = {"user": self.user, "password": "${env:%s}" % PASSWORD_VARIABLE}
        if self._tls is None:
            query["sslmode"] = "disable"
        text = "&".join(f"{key}={value}" for key, value in {**query, **properties}.items() if value is not None)
        return f"{self.plain_jdbc_url(database, scheme, host)}?{text}"

    def environment(self):
        return {PASSWORD_VARIABLE: self.password}

    # ---- start and stop

    def start(self):
        started = threading.Event()
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._run, args=(started,), daemon=True)
        self._thread.start()
        started.wait()
        return self

    def stop(self):
        self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join()
        if self._problems:
            raise self._problems[0]

    __enter__ = start

    def __exit__(self, *_):
        self.stop()

    def _run(self, started):
        asyncio.set_event_loop(self._loop)
        self._loop.run_until_complete(self._listen(started))
        self._loop.close()

    async def _listen(self, started):
        self._stop = asyncio.Event()
        self._tasks = set()
        server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self.port = server.sockets[0].getsockname()[1]
        started.set()
        await self._stop.wait()
        server.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    # ---- one connection

    async def _serve(self, reader, writer):
        self._tasks.add(asyncio.current_task())
        connection = Connection()
        self.connections.append(connection)
        self._open += 1
        self.most_at_once = max(self.most_at_once, self._open)
        try:
            # A client that goes away, and one that does not like the certificate, are what some tests are about.
            with contextlib.suppress(asyncio.IncompleteReadError, OSError, asyncio.CancelledError):
                await self._converse(connection, reader, writer)
        except Exception as problem:  # told by stop(), which the test waits for
            self._problems.append(problem)
        finally:
            self._open -= 1
            self._tasks.discard(asyncio.current_task())
            writer.close()

    async def _converse(self, connection, reader, writer):
        if self._fault == "not_postgres":
            writer.write(NOT_POSTGRES)
            return await writer.drain()
        if self._fault == "silent":
            return await _until_closed(reader)
        parameters = await self._start_up(connection, reader, writer)
        if parameters is None or not await self._log_in(connection, reader, writer):
            return
        connection.logged_in = True
        await self._pass_on(connection, reader, writer)

    async def _start_up(self, connection, reader, writer):
        """The client's parameters; None when it does not get further."""
        while True:
            (length,) = struct.unpack("!i", await reader.readexactly(4))
            if not 8 <= length <= LONGEST_STARTUP:
                return await _fatal(writer, "08P01", "invalid length of startup packet")
            body = await reader.readexactly(length - 4)
            major, minor = struct.unpack_from("!HH", body)
            (code,) = struct.unpack_from("!i", body)
            if code == SSL_REQUEST and not connection.encrypted:
                await self._answer_ssl_request(connection, writer)
            elif code == CANCEL_REQUEST:
                return await self._cancel(connection, body)
            elif (major, minor) in PROTOCOLS:
                break
            else:
                # A request for encryption by GSSAPI ends here as well.
                return await _fatal(writer, "0A000", f"unsupported frontend protocol {major}.{minor}.")
        connection.protocol = (major, minor)
        words = body[4:].decode(errors="replace").split("\0")
        connection.parameters = {key: value for key, value in zip(words[0::2], words[1::2]) if key}
        if self._require_tls and not connection.encrypted:
            told = connection.parameters
            return await _fatal(writer, "28000", f'no pg_hba.conf entry for host "127.0.0.1", user '
                                f'"{told.get("user")}", database "{told.get("database")}", SSL off')
        if self._client_authority and not writer.get_extra_info("peercert"):
            return await _fatal(writer, "28000", "connection requires a valid client certificate")
        return connection.parameters

    async def _answer_ssl_request(self, connection, writer):
        if self._tls is None:
            writer.write(b"N")
            return await writer.drain()
        writer.write(b"S")
        if self._fault == "plaintext_before_tls":
            # What somebody in between would slip in, for the client to take as said under TLS.
            writer.write(_message(b"R", struct.pack("!i", 0)))
        await writer.drain()
        await writer.start_tls(self._tls)
        connection.encrypted = True

    async def _cancel(self, connection, body):
        self.cancels += 1
        self.connections.remove(connection)
        reader, writer = await asyncio.open_unix_connection(self._socket)
        writer.write(struct.pack("!i", len(body) + 4) + body)
        await writer.drain()
        await _until_closed(reader)
        writer.close()

    async def _log_in(self, connection, reader, writer):
        """Whether the client may come in; it has been told when not."""
        fault = self._fault
        if fault in REFUSALS:
            return await _fatal(writer, *REFUSALS[fault])
        if fault == "silent_login":
            return await _until_closed(reader)
        if fault in BROKEN:
            writer.write(BROKEN[fault])
            await writer.drain()
            return None if fault == "short" else await _until_closed(reader)
        login = Login(self._account, connection.protocol[1], REQUEST_MD5 if fault == "downgrade_md5" else None)
        request = REQUESTS.get(fault) or login.request()
        (connection.request,) = struct.unpack_from("!i", request)
        accepted = False
        for _ in range(2 if fault == "double_request" else 1):
            writer.write(_message(b"R", request))
            await writer.drain()
            _, answer = await _read_message(reader)
            answer = answer.rstrip(b"\0")
            connection.answers.append(answer)
            accepted = login.accepts(connection.parameters.get("user"), answer)
        if not accepted:
            await _fatal(writer, "28P01", "Invalid username/password,login denied.")
        return accepted

    async def _pass_on(self, connection, reader, writer):
        """From here on PostgreSQL answers, beginning with its consent."""
        server_reader, server_writer = await asyncio.open_unix_connection(self._socket)
        kept = ("user", "database", "client_encoding", "application_name", "DateStyle", "TimeZone",
                "extra_float_digits", "options")
        body = struct.pack("!HH", 3, 0)
        for key in kept:
            # Some drivers put the encoding into apostrophes.
            value = later_names_unknown(connection.parameters.get(key, "")).strip("'")
            body += f"{key}\0{value}\0".encode() if value else b""
        server_writer.write(struct.pack("!i", len(body) + 5) + body + b"\0")
        ways = [asyncio.create_task(self._to_server(connection, reader, server_writer)),
                asyncio.create_task(self._to_client(server_reader, writer))]
        try:
            ended, _ = await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
            for way in ended:
                way.result()
        finally:
            for way in ways:
                way.cancel()
            await asyncio.gather(*ways, return_exceptions=True)
            server_writer.close()

    async def _to_server(self, connection, reader, server_writer):
        while True:
            kind, body = await _read_message(reader)
            if kind == b"Q":
                sql = body[:-1].decode()
                connection.statements.append(sql)
                body = self._dialect.statement(sql).encode() + b"\0"
            elif kind == b"P":
                name, sql, rest = body.split(b"\0", 2)
                connection.statements.append(sql.decode())
                body = b"\0".join((name, self._dialect.statement(sql.decode()).encode(), rest))
            elif kind == b"B":
                body = self._dialect.bind(body)
            if self._fault == "hangs_up" and len(connection.statements) > STATEMENTS_BEFORE_HANGING_UP:
                return
            server_writer.write(_message(kind, body))
            await server_writer.drain()
            if kind == b"X":
                return

    async def _to_client(self, server_reader, writer):
        while True:
            kind, body = await _read_message(server_reader)
            if kind == b"S":
                body = parameter_status(body)
            elif kind == b"D":
                body = self._dialect.data_row(body)
            elif kind == b"E":
                body = error_response(body)
            if body is not None:
                writer.write(_message(kind, body))
                await writer.drain()


def _context_of(certificate):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    certificate.configure_cert(context)
    return context


def _message(kind, body):
    return kind + struct.pack("!i", len(body) + 4) + body


async def _read_message(reader):
    kind = await reader.readexactly(1)
    (length,) = struct.unpack("!i", await reader.readexactly(4))
    return kind, await reader.readexactly(length - 4)


async def _fatal(writer, sqlstate, text):
    writer.write(_message(b"E", f"SFATAL\0C{sqlstate}\0M{text}\0\0".encode()))
    await writer.drain()


async def _until_closed(reader):
    while await reader.read(4096):
        pass
