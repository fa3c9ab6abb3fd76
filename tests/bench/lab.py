"""What scenarios share: servers on private folders, metastores full and empty, and jobs between them."""

import contextlib
import os
import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import NamedTuple

import shapes
from dialects import dialect_for
from support.hive_lab import HiveLab
from support.measured import measure
from support.metastore_target import MetastoreDatabase
from support.program import program_path, write_job
from support.servers import MariaDB, PostgreSQL, find_program

SCHEMA = "3.1.0"
RULES = [{"key": shapes.WAREHOUSE, "value": "obs://lake/warehouse"}]


def memory_bytes():
    return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")


class BigMariaDB(MariaDB):
    """The data stays in memory: the clients are what is measured."""

    def _command(self):
        pool = min(6 << 30, memory_bytes() // 4)
        return [part for part in super()._command() if "buffer-pool" not in part] + \
            [f"--innodb-buffer-pool-size={pool}", "--innodb-log-file-size=1G"]


class BigPostgreSQL(PostgreSQL):
    """As above."""

    def _command(self):
        buffers = min(2 << 30, memory_bytes() // 8) >> 20
        return [*super()._command(), "-c", f"shared_buffers={buffers}MB", "-c", "max_wal_size=8GB"]


class Filled(NamedTuple):
    """A metastore with content."""
    database: MetastoreDatabase
    rows: int
    bytes: int  # that the engine keeps for it


class Lab:
    """Everything it starts or makes is gone after close()."""

    def __init__(self, seed, quick):
        self.seed, self.quick, self.versions = seed, quick, {}
        self.folder = Path(tempfile.mkdtemp(prefix="metaferry-bench-"))
        self.hive = HiveLab()
        self._servers, self._filled, self._jobs = {}, {}, 0
        self.closing = contextlib.ExitStack()  # what a scenario starts besides

    def server(self, engine):
        """`mariadb` or `postgresql`, started when first asked for."""
        if engine not in self._servers:
            kinds = {"mariadb": (MariaDB, BigMariaDB), "postgresql": (PostgreSQL, BigPostgreSQL)}
            server = self._servers[engine] = kinds[engine][not self.quick]().start()
            ((version,),) = server.execute({"mariadb": "SELECT VERSION()", "postgresql": "SHOW server_version"}[engine])
            self.versions[engine] = version
        return self._servers[engine]

    def filled(self, engine, shape, size):
        """A metastore of a shape, made once; the engine may be `sqlite`."""
        key = (engine, shape, size)
        if key not in self._filled:
            name = f"{shape.__name__.lower()}_{size}"
            if engine == "sqlite":
                server, database = None, MetastoreDatabase.in_file(self.folder / f"{name}.db")
            else:
                server, database = self.server(engine), self.empty(engine, name)
            with database.connect() as connection:
                dialect = dialect_for(server)
                rows = shapes.fill(connection, dialect, shape, size, self.seed)
                cursor = connection.cursor()
                cursor.execute(dialect.size())
                self._filled[key] = Filled(database, rows, int(cursor.fetchone()[0]))
        return self._filled[key]

    def forget(self, engine, shape, size):
        """Gives the space of such a metastore back."""
        filled = self._filled.pop((engine, shape, size), None)
        if filled and filled.database.server:
            filled.database.server.drop_database(filled.database.name)
        elif filled:
            filled.database.path.unlink()

    def empty(self, engine, name):
        """A new metastore without content; one of that name is dropped."""
        self.hive.apply_official_schema(self.server(engine), name, SCHEMA)
        return MetastoreDatabase(self.server(engine), name)

    def job(self, source, target=None, **metaferry):
        """A job file in a folder of its own, from an endpoint to another or to an embedded catalog beside it."""
        self._jobs += 1
        folder = self.folder / f"job{self._jobs}"
        folder.mkdir()
        catalog = "hive" if target else "lake"
        return write_job(folder, *source.values(), metaferry={**({"target": target} if target else {}), **metaferry},
                         target_catalog=catalog, locations=RULES)

    def metaferry(self, command, subject, *options, exit_code=0, output=os.devnull):
        """Measures one command of the program on a job file, or on a catalog's URL."""
        quiet = [] if command == "export" else ["--quiet"]
        folder = subject.parent if isinstance(subject, Path) else self.folder
        environment = {key: value for server in self._servers.values() for key, value in server.environment().items()}
        return measure([program_path(), command, subject, *options, *quiet], folder=folder, output=output,
                       environment=environment, exit_code=exit_code)

    @staticmethod
    def discard(job):
        """Removes a job with all it has left."""
        shutil.rmtree(job.parent)

    def program(self, name, *folders):
        """Path of a peer's program, whose version goes into the results."""
        path = find_program(name, *folders)
        if name not in self.versions:
            told = subprocess.run([path, "--version"], capture_output=True, text=True, check=True).stdout
            self.versions[name] = told.splitlines()[0]
        return path

    def close(self):
        try:
            self.closing.close()
        finally:
            for server in self._servers.values():
                server.close()
            shutil.rmtree(self.folder, ignore_errors=True)
