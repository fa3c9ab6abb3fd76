"""The tools that metaferry is measured against: each engine's own dump, alone and piped into its client."""

from support.measured import measure
from support.servers import PostgreSQL

# What a new schema holds already, so that its load would fail or double it.
KEPT = ["VERSION", "CTLGS", "NOTIFICATION_SEQUENCE", "SEQUENCE_TABLE", "NEXT_COMPACTION_QUEUE_ID", "NEXT_LOCK_ID",
        "NEXT_TXN_ID", "TXN_LOCK_TBL"]


class MariaDbPeer:
    dump_name, load_name = "mariadb-dump", "mariadb-dump | mariadb"

    def __init__(self, lab):
        self.server = lab.server("mariadb")
        self._dump, self._load = lab.program("mariadb-dump"), lab.program("mariadb")

    def dump(self, database, output):
        """The whole database in one snapshot, as text."""
        return measure([self._dump, *self._login(), "--single-transaction", database], environment=self._password(),
                       output=output)

    def dump_and_load(self, database, into):
        """Into a schema that is there, with its keys."""
        kept = [f"--ignore-table={database}.{table}" for table in KEPT]
        return measure([self._dump, *self._login(), "--single-transaction", "--no-create-info", *kept, database],
                       [self._load, *self._login(), into], environment=self._password())

    def _login(self):
        return ["--no-defaults", "-h127.0.0.1", f"-P{self.server.port}", f"-u{self.server.user}"]

    def _password(self):
        return {"MYSQL_PWD": self.server.password}


class PostgreSqlPeer:
    dump_name, load_name = "pg_dump", "pg_dump | psql"

    def __init__(self, lab):
        self.server = lab.server("postgresql")
        self._dump, self._load = (lab.program(name, *PostgreSQL._folders()) for name in ("pg_dump", "psql"))

    def dump(self, database, output):
        """All data in one snapshot, as text for COPY."""
        return measure([self._dump, *self._login(), "--data-only", database], environment=self._password(),
                       output=output)

    def dump_and_load(self, database, into):
        """Into a schema that is there, with its indexes; --disable-triggers leaves foreign keys unchecked."""
        kept = [part for table in KEPT for part in ("-T", f'"{table}"')]
        return measure([self._dump, *self._login(), "--data-only", "--disable-triggers", *kept, database],
                       [self._load, "-qX", "-v", "ON_ERROR_STOP=1", *self._login(), into], environment=self._password())

    def _login(self):
        return ["-h", "127.0.0.1", "-p", str(self.server.port), "-U", self.server.user]

    def _password(self):
        return {"PGPASSWORD": self.server.password}


PEERS = {"mariadb": MariaDbPeer, "postgresql": PostgreSqlPeer}
