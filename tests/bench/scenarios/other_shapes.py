"""Metastores that are not a few tables with many ordinary partitions."""

from peers import MariaDbPeer
from scenario import Goal, Scenario
from shapes import Partitions, Tables, Ugly


class ManyTables(Scenario):
    name, title = "many_tables", "Tables without partitions, from MariaDB into an embedded catalog"
    normal, tiny = 100_000, 1_000
    base = "mariadb-dump"

    def prepare(self):
        self.peer = MariaDbPeer(self.lab)
        self.filled = self.lab.filled("mariadb", Tables, self.size)
        self.describe(self.filled, counted="tables")

    def round(self, number):
        dump = self.lab.folder / "dump.sql"
        self.take(self.base, self.peer.dump(self.filled.database.name, dump), peer=True, objects=self.size)
        self.data["dump_bytes"] = dump.stat().st_size
        dump.unlink()
        job = self.lab.job(self.filled.database.endpoint)
        self.take("plan", self.lab.metaferry("plan", job, exit_code=2), objects=self.size)
        self.take("run, empty target", self.lab.metaferry("run", job), objects=self.size)
        self.take("run again, unchanged", self.lab.metaferry("run", job), objects=self.size)
        self.lab.discard(job)

    def goals(self):
        return [Goal("tables planned", self.median("plan", "per_second"), 8000, "/s", at_least=True),
                Goal("tables applied", self.median("run, empty target", "per_second"), 4000, "/s", at_least=True)]


class UglyOnes(Scenario):
    """Time per byte of a dump, against that of an ordinary metastore of as many bytes."""

    name, title = "ugly", "A metastore that has been lived in, from MariaDB into an embedded catalog"
    normal, tiny = 250_000, 1_000

    def prepare(self):
        self.peer = MariaDbPeer(self.lab)
        self.dumps = {}
        ugly = self.lab.filled("mariadb", Ugly, self.size)
        self.sides = {"ugly": ugly, "ordinary": self.lab.filled("mariadb", Partitions, self._as_many_bytes(ugly))}
        self.describe(ugly, rows_of_the_ordinary=self.sides["ordinary"].rows)
        self.notes.append("tables of 1,000 columns, partitions of 200 parameters, values of 4,000 characters, ids with "
                          "gaps, a third of the storage descriptors orphaned, one table of most partitions beside "
                          "many of one")

    def _as_many_bytes(self, ugly):
        """How many ordinary partitions make a dump of that size."""
        sample = self.lab.filled("mariadb", Partitions, 1000)
        bytes_of = {}
        for name, filled in (("ugly", ugly), ("sample", sample)):
            dump = self.lab.folder / "dump.sql"
            self.peer.dump(filled.database.name, dump)
            bytes_of[name] = dump.stat().st_size
            dump.unlink()
        return max(1000, bytes_of["ugly"] * 1000 // bytes_of["sample"] // 1000 * 1000)

    def round(self, number):
        for side, filled in self.sides.items():
            dump = self.lab.folder / "dump.sql"
            measured = self.peer.dump(filled.database.name, dump)
            self.dumps[side] = dump.stat().st_size
            dump.unlink()
            self.take(f"mariadb-dump, {side}", measured, peer=True, bytes=self.dumps[side])
            job = self.lab.job(filled.database.endpoint)
            self.take(f"plan, {side}", self.lab.metaferry("plan", job, exit_code=2), bytes=self.dumps[side])
            self.take(f"run, {side}", self.lab.metaferry("run", job), bytes=self.dumps[side])
            self.lab.discard(job)
        self.data |= {"dump_bytes": self.dumps["ugly"], "dump_bytes_of_the_ordinary": self.dumps["ordinary"]}

    def goals(self):
        return [Goal(f"{step}: time per byte, ugly / ordinary",
                     self._seconds_per_byte(step, "ugly") / self._seconds_per_byte(step, "ordinary"), 2.0)
                for step in ("plan", "run")]

    def _seconds_per_byte(self, step, side):
        return self.median(f"{step}, {side}") / self.dumps[side]
