"""A server that speaks the start of MySQL's protocol and asks for the password in whatever way a test wants.

    with Impostor([FULL_LOGIN], certificate=authority.issue("127.0.0.1")) as server:
        ... run the program against server.port ...
    assert b"secret" not in server.in_clear

Whatever is answered, the login is refused at the end.
"""

import contextlib
import socket
import ssl
import struct
import tempfile
import threading

FULL_LOGIN, FAST_LOGIN = b"\x01\x04", b"\x01\x03"  # of caching_sha2_password
DENIED = b"\xff" + struct.pack("<H", 1045) + b"#28000Access denied by a server of the tests"
SCRAMBLE = b"abcdefghijklmnopqrst"
CAPABILITIES = 0x00000001 | 0x00000008 | 0x00000200 | 0x00002000 | 0x00008000 | 0x00080000
WITH_TLS = 0x00000800


def switch_to(plugin):
    """The request to log in by another plugin."""
    return b"\xfe" + plugin.encode() + b"\0" + SCRAMBLE + b"\0"


class Impostor:
    """Greets as MySQL 8, then says `requests` one after another; each but FAST_LOGIN has an answer."""

    def __init__(self, requests, certificate=None, greeting=None):
        self.in_clear, self.inside_tls = b"", b""
        self.answers = []
        self.connections = 0
        self._requests, self._greeting = requests, greeting
        self._context = None
        if certificate:
            self._context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            with tempfile.TemporaryDirectory() as folder:
                self._context.load_cert_chain(*certificate.write(folder, "server"))
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        self._thread = threading.Thread(target=self._serve, daemon=True)

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *_):
        # Closing alone does not wake the thread that waits in accept.
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self._thread.join(30)

    def _serve(self):
        with contextlib.suppress(OSError):
            while True:
                connection, _ = self._listener.accept()
                self.connections += 1
                with connection, contextlib.suppress(OSError, EOFError):
                    connection.settimeout(20)
                    self._log_in(connection)

    def _log_in(self, connection):
        self._write(connection, 0, self._make_greeting() if self._greeting is None else self._greeting)
        sequence, answer = self._read(connection)
        if self._context and struct.unpack("<I", answer[:4])[0] & WITH_TLS:
            connection = self._context.wrap_socket(connection, server_side=True)
            sequence, answer = self._read(connection)
        for request in self._requests:
            self._write(connection, sequence + 1, request)
            sequence += 1
            if request != FAST_LOGIN:
                sequence, answer = self._read(connection)
                self.answers.append(answer)
        self._write(connection, sequence + 1, DENIED)

    def _make_greeting(self):
        flags = CAPABILITIES | (WITH_TLS if self._context else 0)
        return (b"\x0a8.0.36\0" + struct.pack("<I", 42) + SCRAMBLE[:8] + b"\0" + struct.pack("<H", flags & 0xFFFF) + b"\xff\2\0"
                + struct.pack("<H", flags >> 16) + b"\x15" + bytes(10) + SCRAMBLE[8:] + b"\0caching_sha2_password\0")

    @staticmethod
    def _write(connection, sequence, payload):
        connection.sendall(struct.pack("<I", len(payload))[:3] + bytes([sequence & 0xFF]) + payload)

    def _read(self, connection):
        head = self._read_exactly(connection, 4)
        return head[3], self._read_exactly(connection, int.from_bytes(head[:3], "little"))

    def _read_exactly(self, connection, size):
        text = b""
        while len(text) < size:
            part = connection.recv(size - len(text))
            if not part:
                raise EOFError
            if isinstance(connection, ssl.SSLSocket):
                self.inside_tls += part
            else:
                self.in_clear += part
            text += part
        return text
