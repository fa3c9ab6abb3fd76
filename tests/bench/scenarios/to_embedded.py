"""A metastore into an embedded catalog, against a dump of the same database."""

from peers import PEERS
from scenario import Scenario
from shapes import Partitions


class ToEmbedded(Scenario):
    engine = ""
    bounds = {}

    def prepare(self):
        self.peer = PEERS[self.engine](self.lab)
        self.base = self.peer.dump_name
        self.filled = self.lab.filled(self.engine, Partitions, self.size)
        self.describe(self.filled)
        self.notes.append("the dump is written to a file on the disk that holds the embedded catalog")

    def round(self, number):
        dump = self.lab.folder / "dump.sql"
        measured = self.peer.dump(self.filled.database.name, dump)
        self.data["dump_bytes"] = dump.stat().st_size
        dump.unlink()
        self.take(self.base, measured, peer=True, objects=self.size, bytes=self.data["dump_bytes"])
        job = self.lab.job(self.filled.database.endpoint)
        for step, command, exit_code in (("plan", "plan", 2), ("run, empty target", "run", 0),
                                         ("run again, unchanged", "run", 0), ("verify", "verify", 0)):
            self.take(step, self.lab.metaferry(command, job, exit_code=exit_code), objects=self.size)
        self.lab.discard(job)

    def goals(self):
        return [self.ratio_goal(f"{step} / {self.base}", step, bound) for step, bound in self.bounds.items()]


class MariaDbToEmbedded(ToEmbedded):
    name, title = "mariadb_to_embedded", "MariaDB metastore into an embedded catalog"
    engine = "mariadb"
    bounds = {"plan": 1.8, "run, empty target": 1.8, "run again, unchanged": 1.3, "verify": 1.8}


class PostgreSqlToEmbedded(ToEmbedded):
    name, title = "postgresql_to_embedded", "PostgreSQL metastore into an embedded catalog"
    engine = "postgresql"
    bounds = {"plan": 2.5, "run, empty target": 2.5, "run again, unchanged": 1.3, "verify": 2.5}
