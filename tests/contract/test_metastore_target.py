"""Writing the rich set into the backing database of a metastore: every engine, every schema version."""

import pytest

from support.metastore_target import (
    DIFFERENT, PARTIAL, MetastoreDatabase, Migration, changed_rows, faults, outcomes, totals,
)
from support.program import assert_same_lines
from support.target_expectation import Expectation

pytestmark = pytest.mark.usefixtures("metaferry")

SOURCES = ["mariadb 3.1.0", "postgres 3.1.0", "postgres 4.0.0"]
TARGETS = [*(f"{engine} {version}" for engine in ("mariadb", "postgres") for version in ("2.3.0", "3.1.0", "4.0.0")), "sqlite"]
# Rows of long ago in the rich set, whose PART_NAME is not what today's Hive makes of their values.
ODD_NAMES = {"k=a#b"}


@pytest.fixture(scope="module", params=SOURCES)
def source(request, hive_lab):
    engine, version = request.param.split()
    database = MetastoreDatabase.on_server(hive_lab, request.getfixturevalue(engine), "rich_source", version)
    database.built = database.fill()
    return database


def new_target(request, case, folder):
    if case == "sqlite":
        return MetastoreDatabase.in_file(folder / "target.db")
    engine, version = case.split()
    lab = request.getfixturevalue("hive_lab")
    return MetastoreDatabase.on_server(lab, request.getfixturevalue(engine), "written_target", version)


@pytest.mark.parametrize("case", TARGETS)
def test_the_rich_set_arrives_as_it_is_and_stays(request, source, case, tmp_path):
    target = new_target(request, case, tmp_path)
    migration = Migration(tmp_path, source, target)
    expected = Expectation(source.built, target.features())
    empty = target.dump()

    assert migration.plan() in (DIFFERENT, PARTIAL)
    assert target.dump() == empty, "a plan wrote something"

    run = migration.run(PARTIAL)
    refused = outcomes(run, "refused", "failed")
    assert set(refused) == set(expected.refused)
    assert all(reason in expected.refused[key] for key, reason in refused.items()), refused
    assert_same_lines(target.export(), expected.lines())
    assert list(faults(target, ODD_NAMES)) == []

    written = target.dump()
    again = migration.run(PARTIAL)
    assert totals(again, "created") == {} and totals(again, "updated") == {}
    assert totals(again, "unchanged") == totals(run, "created")
    assert changed_rows(written, target.dump()) == {}, "a second run wrote something"
