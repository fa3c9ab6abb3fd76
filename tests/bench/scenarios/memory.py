"""The peak memory of every command, at several sizes of one metastore."""

from scenario import Goal, Scenario
from shapes import Partitions

BOUND = 96  # MiB
# From 300,000 partitions on, all that has a bound of its own is full: what grows then grows with the catalog.
FULL, GROWTH = 300_000, 8  # MiB, from there to the largest
COMMANDS = ("plan", "run", "run again", "verify", "export", "run into a metastore")


class Memory(Scenario):
    name, title = "memory", "Peak memory of each command, from MariaDB"
    sizes, tiny_sizes = (100_000, 300_000, 1_000_000), (1_000, 2_000, 3_000)
    engine = "mariadb"
    chart = "peak_bytes"

    def __init__(self, lab, size=None):
        super().__init__(lab, size)
        self.at = (size,) if size else self.tiny_sizes if lab.quick else self.sizes
        self.size = max(self.at)

    def prepare(self):
        self.filled = {size: self.lab.filled(self.engine, Partitions, size) for size in self.at}
        self.describe(self.filled[self.size], sizes=list(self.at))

    def round(self, number):
        for size, filled in self.filled.items():
            self._measure(size, filled.database)

    def _measure(self, size, source):
        def take(step, measured):
            self.take(f"{step}, {size:,}", measured, objects=size)
        job = self.lab.job(source.endpoint)
        for step, exit_code in (("plan", 2), ("run", 0), ("run again", 0), ("verify", 0)):
            take(step, self.lab.metaferry(step.split()[0], job, exit_code=exit_code))
        self.lab.discard(job)
        url = source.server.jdbc_url(source.name) if source.server else source.url
        take("export", self.lab.metaferry("export", url))
        target = self.lab.empty("postgresql", "target")
        job = self.lab.job(source.endpoint, target.endpoint)
        take("run into a metastore", self.lab.metaferry("run", job))
        self.lab.discard(job)
        target.server.drop_database(target.name)

    def goals(self):
        peaks = {row["step"]: row["peak_bytes_range"][1] / 2**20 for row in self.rows()}
        largest = max(peaks, key=peaks.get)
        found = [Goal(f"largest peak ({largest} partitions)", peaks[largest], BOUND, "MiB")]
        if FULL in self.at and self.size > FULL:
            found += [Goal(f"{command}: growth from {FULL:,} to {self.size:,}",
                           self._peak(command, self.size) - self._peak(command, FULL), GROWTH, "MiB")
                      for command in COMMANDS]
        return found

    def _peak(self, command, size):
        return self.median(f"{command}, {size:,}", "peak_bytes") / 2**20


class Memory10M(Memory):
    """From a SQLite file, which is made the fastest; the disk needs 40 GB."""

    name, title = "memory_10m", "Peak memory of each command, 10 million partitions from a SQLite file"
    sizes, tiny_sizes = (10_000_000,), (2_000,)
    engine = "sqlite"
    in_default = False

    def prepare(self):
        super().prepare()
        for size in self.at:
            self.lab.closing.callback(self.lab.forget, self.engine, Partitions, size)
