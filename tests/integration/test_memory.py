"""Peak memory does not grow with the number of partitions, beyond what a few buffers of fixed size take.

Two metastores of the same kind, one six times as large. The larger one fills more of what is bounded whatever the size:
the page cache of the embedded catalog (16 MiB), directories that have moved and are sorted on disk beyond 8 MiB, what
a report keeps to show, partitions that are looked at together. From 300,000 partitions on all of that is full; the
benchmark `memory` follows it to a million and more. What a command would keep of each partition comes on top of it,
and 300 bytes of it would be 30 MiB here.
"""

import sys
from pathlib import Path

import pytest

from support.measured import measure
from support.metastore_target import MetastoreDatabase
from support.program import program_path, write_job

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "bench"))
from dialects import dialect_for  # noqa: E402
from shapes import WAREHOUSE, Partitions, fill  # noqa: E402

pytestmark = pytest.mark.usefixtures("metaferry")
FEW, MANY = 20_000, 120_000
MIB = 1 << 20
# MiB that the many may take more than the few.
ALLOWED = {"plan": 24, "run": 60, "run again": 60, "verify": 24, "export": 45, "run into PostgreSQL": 40,
           "plan from MariaDB": 24}
# Pages that are free go back at once; otherwise the peak depends on how fast the machine happens to be.
STABLE = {"MALLOC_CONF": "dirty_decay_ms:0,muzzy_decay_ms:0"}


def peak(command, subject, *options, exit_code=0, environment=None):
    folder = subject.parent if isinstance(subject, Path) else None
    return measure([program_path(), command, subject, *options], folder=folder, exit_code=exit_code, timeout=300,
                   environment={**STABLE, **(environment or {})}).peak_bytes / MIB


def job(folder, source, target=None):
    folder.mkdir()
    place = {"target": target.endpoint} if target else {}
    return write_job(folder, *source.endpoint.values(), locations=[{"key": WAREHOUSE, "value": "obs://lake/warehouse"}],
                     target_catalog="hive" if target else "lake", metaferry={**place, "workers": 2})


def peaks(folder, partitions, hive_lab, mariadb, postgres):
    """What each command takes, in MiB."""
    source = MetastoreDatabase.in_file(folder / "metastore.db")
    on_server = MetastoreDatabase.on_server(hive_lab, mariadb, "memory_source", "3.1.0", utf8=False)
    for database in (source, on_server):
        with database.connect() as connection:
            fill(connection, dialect_for(database.server), Partitions, partitions, seed=1)
    first, found = job(folder / "first", source), {}
    found["plan"] = peak("plan", first, "--quiet", exit_code=2)
    found["run"] = peak("run", first, "--quiet")
    found["run again"] = peak("run", first, "--quiet")
    found["verify"] = peak("verify", first, "--quiet")
    found["export"] = peak("export", source.url)
    target = MetastoreDatabase.on_server(hive_lab, postgres, "memory_target", "3.1.0")
    found["run into PostgreSQL"] = peak("run", job(folder / "second", source, target), "--quiet",
                                        environment=target.environment)
    found["plan from MariaDB"] = peak("plan", job(folder / "third", on_server), "--quiet", exit_code=2,
                                      environment=on_server.environment)
    for database in (on_server, target):
        database.server.drop_database(database.name)
    return found


@pytest.fixture(scope="module")
def few_and_many(tmp_path_factory, hive_lab, mariadb, postgres):
    return [peaks(tmp_path_factory.mktemp("memory"), partitions, hive_lab, mariadb, postgres)
            for partitions in (FEW, MANY)]


@pytest.mark.parametrize("command", ALLOWED)
def test_memory_does_not_grow_with_the_partitions(command, few_and_many):
    few, many = (found[command] for found in few_and_many)
    assert many - few <= ALLOWED[command], f"{few:.1f} MiB for {FEW:,} partitions, {many:.1f} MiB for {MANY:,}"


def test_what_is_measured_is_the_program(few_and_many):
    """Guards the above: less than the program's own size would be the peak of something else."""
    assert all(value > 15 for found in few_and_many for value in found.values()), few_and_many
