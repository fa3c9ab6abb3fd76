"""A server that lets clients in as MySQL 8 does and answers as the MariaDB behind it: see go/mysql8_login."""

import os
import re
import shutil
import subprocess
import tempfile
from pathlib import Path

from support.servers import Process, ServerUnavailable, cache_folder, find_program

SOURCE = Path(__file__).resolve().parent / "go" / "mysql8_login"


def build():
    """The program; Go keeps what it has built, so that a second time is quick."""
    path = cache_folder() / "go" / SOURCE.name
    path.parent.mkdir(parents=True, exist_ok=True)
    environment = {**os.environ, "GOFLAGS": "-mod=readonly -buildvcs=false", "CGO_ENABLED": "0"}
    done = subprocess.run([find_program("go", "/usr/local/go/bin"), "build", "-o", path, "."], cwd=SOURCE,
                          env=environment, capture_output=True, text=True, timeout=600)
    if done.returncode != 0:
        raise ServerUnavailable(f"go cannot build {SOURCE.name}: {done.stderr[-500:]}")
    return path


class Mysql8Login:
    """In front of a MariaDB of support.servers; `certificate` has an RSA key."""

    def __init__(self, mariadb, certificate, user, password):
        program = build()
        self.folder = Path(tempfile.mkdtemp(prefix="metaferry-mysql8-"))
        files = certificate.write(self.folder, "server")
        self._process = Process([program, "-user", user, "-password", password, "-certificate", files[0], "-key", files[1],
                                 "-socket", mariadb.socket], self.folder / "log")
        self._process.wait_until(lambda: "port" in self._process.log_text())
        self.port = int(re.search(r"port (\d+)\n", self._process.log_text())[1])

    def full_logins(self):
        """How often somebody had to send the password, rather than a proof of it."""
        return self._process.log_text().count("full login of")

    def close(self):
        self._process.stop()
        shutil.rmtree(self.folder, ignore_errors=True)
