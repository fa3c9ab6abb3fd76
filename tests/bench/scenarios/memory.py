"""The peak memory of every command, at several sizes of one metastore."""

from scenario import Goal, Scenario
from shapes import Partitions

BOUND = 96  # MiB


class Memory(Scenario):
    name, title = "memory", "Peak memory of each command, from MariaDB"
    sizes, tiny_sizes = (100_000, 1_000_000), (1_000, 2_000)
    engine = "mariadb"
    chart = "peak_bytes"
    targets = ("embedded", "postgresql")

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
        for step, command, exit_code in (("plan", "plan", 2), ("run", "run", 0), ("run again", "run", 0), ("verify", "verify", 0)):
            take(step, self.lab.metaferry(command, job, exit_code=exit_code))
        self.lab.discard(job)
        url = source.server.jdbc_url(source.name) if source.server else source.url
        take("export", self.lab.metaferry("export", url))
        target = self.lab.empty("postgresql", "target")
        job = self.lab.job(source.endpoint, target.endpoint)
        take("run into a metastore", self.lab.metaferry("run", job))
        self.lab.discard(job)
        target.server.drop_database(target.name)

    def goals(self):
        largest = max(self.rows(), key=lambda row: row["peak_bytes_range"][1])
        return [Goal(f"largest peak ({largest['step']} partitions)", largest["peak_bytes_range"][1] / 2**20, BOUND, "MiB")]


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
