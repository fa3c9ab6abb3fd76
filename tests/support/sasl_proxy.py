"""Somebody between a client and a metastore service, who sees a login by SASL and may meddle with it.

    with SaslProxy(metastore.port, meddle) as proxy: ...      # clients connect to proxy.port

`meddle(piece)` is called with each thing that the service sends; it returns the bytes to pass on, or None to hang up.
"""

import contextlib
import socket
import struct
import threading
from dataclasses import dataclass

COMPLETE = 5


@dataclass
class Piece:
    connection: int   # from 1 on
    number: int       # of the message of the login, or of the frame behind it, from 1 on
    word: int | None  # of a message of the login; None: a frame
    payload: bytes

    def whole(self, payload=None, word=None):
        payload = self.payload if payload is None else payload
        frame = struct.pack(">I", len(payload)) + payload
        return frame if self.word is None else bytes([word or self.word]) + frame


class SaslProxy:
    def __init__(self, service_port, meddle=Piece.whole):
        self._service_port, self._meddle = service_port, meddle
        self._open = []
        self.connections = 0
        self.upstream_frames = []  # lengths of what clients sent behind their logins

    def __enter__(self):
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(self, *_):
        for one in (self._listener, *self._open):
            with contextlib.suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)
            one.close()

    def _accept(self):
        with contextlib.suppress(OSError):
            while True:
                client, _ = self._listener.accept()
                service = socket.create_connection(("127.0.0.1", self._service_port))
                self._open += [client, service]
                self.connections += 1
                for way in (self._upstream, self._downstream):
                    threading.Thread(target=self._run, args=(way, client, service, self.connections), daemon=True).start()

    @staticmethod
    def _run(way, client, service, connection):
        with contextlib.suppress(OSError, EOFError):
            way(client, service, connection)
        for one in (client, service):
            with contextlib.suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)

    def _upstream(self, client, service, _):
        login = True
        while True:
            word, payload = self._read(client, login)
            head = bytes([word]) if login else b""
            service.sendall(head + struct.pack(">I", len(payload)) + payload)
            if not login:
                self.upstream_frames.append(len(payload))
            login = login and word != COMPLETE

    def _downstream(self, client, service, connection):
        login, number = True, 0
        while True:
            word, payload = self._read(service, login)
            number += 1
            passed_on = self._meddle(Piece(connection, number, word if login else None, payload))
            if passed_on is None:
                return
            client.sendall(passed_on)
            if login and word == COMPLETE:
                login, number = False, 0

    @staticmethod
    def _read(stream, login):
        def exactly(length):
            data = b""
            while len(data) < length:
                more = stream.recv(length - len(data))
                if not more:
                    raise EOFError
                data += more
            return data
        word = exactly(1)[0] if login else None
        return word, exactly(struct.unpack(">I", exactly(4))[0])
