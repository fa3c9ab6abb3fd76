"""A longer way to a server on this machine: see go/relay."""

import re
import shutil
import socket
import tempfile
import threading
import time
from pathlib import Path

from support.go_program import build
from support.servers import Process


class Relay:
    """Passes connections on to a port; each byte is under way for half of the round trip, in each direction."""

    def __init__(self, port, round_trip_ms):
        self.folder = Path(tempfile.mkdtemp(prefix="metaferry-relay-"))
        self._process = Process([build("relay"), "-to", f"127.0.0.1:{port}", "-one-way", f"{round_trip_ms / 2}ms"],
                                self.folder / "log")
        self._process.wait_until(lambda: "port" in self._process.log_text())
        self.port = int(re.search(r"port (\d+)\n", self._process.log_text())[1])

    def close(self):
        self._process.stop()
        shutil.rmtree(self.folder, ignore_errors=True)


def told_of_a_relay(round_trip_ms, megabytes=512):
    """(milliseconds of a round trip, MB/s of one connection) of such a relay before a server that sends on request."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        threading.Thread(target=_send_on_request, args=(listener,), daemon=True).start()
        relay = Relay(listener.getsockname()[1], round_trip_ms)
        try:
            with socket.create_connection(("127.0.0.1", relay.port)) as connection:
                trips = [_ask(connection, 1) for _ in range(20)]
                seconds = _ask(connection, megabytes * 10**6)
                return sorted(trips)[len(trips) // 2] * 1000, megabytes / (seconds - round_trip_ms / 1000)
        finally:
            relay.close()


def _send_on_request(listener):
    connection, _ = listener.accept()
    with connection:
        piece = memoryview(bytes(1 << 20))
        while request := connection.recv(8):
            left = int.from_bytes(request, "big")
            while left > 0:
                left -= connection.send(piece[:left])


def _ask(connection, count):
    """Seconds until so many bytes have come."""
    room, started = bytearray(1 << 20), time.monotonic()
    connection.sendall(count.to_bytes(8, "big"))
    while count > 0:
        count -= connection.recv_into(room)
    return time.monotonic() - started
