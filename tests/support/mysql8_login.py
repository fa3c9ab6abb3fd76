"""A server that lets clients in as MySQL 8 does and answers as the MariaDB behind it: see go/mysql8_login."""

import re
import shutil
import tempfile
from pathlib import Path

from support.go_program import build
from support.servers import Process


class Mysql8Login:
    """In front of a MariaDB of support.servers; `certificate` has an RSA key."""

    def __init__(self, mariadb, certificate, user, password):
        program = build("mysql8_login")
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
