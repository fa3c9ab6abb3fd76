"""A catalog of any size goes through the same room: peak memory does not grow with the number of partitions.

Figures are those of the built program as it is shipped, at two sizes, the smaller one already past all warming up.
"""

import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from support.measured import measure
from support.metastore_target import MetastoreDatabase
from support.program import program_path, write_job

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "bench"))
import dialects  # noqa: E402
import shapes  # noqa: E402

pytestmark = pytest.mark.usefixtures("metaferry")
FEW, MANY = 20_000, 120_000
MIB = 1 << 20


@dataclass
class Site:
    """The same kind of metastore in two sizes, and what commands take on each."""
    metastores: dict  # partitions -> MetastoreDatabase
    jobs: dict  # partitions -> a job into an embedded catalog

    def growth(self, command, exit_code=0):
        """MiB that the many take more than the few."""
        few, many = (measure([program_path(), command, job, "--quiet"], folder=job.parent, exit_code=exit_code,
                             environment=self.metastores[size].environment).peak_bytes for size, job in self.jobs.items())
        return (many - few) / MIB
