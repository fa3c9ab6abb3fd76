"""The demo's metastore: as the quickstart makes it, and copied into a real server."""

import contextlib
import sqlite3

from support.metastore_features import probe
from support.metastore_writer import MetastoreWriter
from support.program import ROOT

SCRIPTS = ("hive_schema/sqlite-3.1.sql", "demo/metastore.sql")


def make_demo_metastore(path):
    """A SQLite file with the demo's metastore."""
    with contextlib.closing(sqlite3.connect(path)) as connection:
        for script in SCRIPTS:
            connection.executescript((ROOT / "fixtures" / script).read_text(encoding="utf-8"))


def copy_demo(source, *connections):
    """Writes the content of the SQLite file `source` into empty metastores of any engine and schema version.

    All get the same: text that one of them cannot hold is spelt out in all of them.
    """
    features = [probe(connection) for connection in connections]
    with contextlib.closing(sqlite3.connect(source)) as metastore:
        metastore.row_factory = sqlite3.Row
        tables = [name for (name,) in metastore.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        rows = {table: [dict(row) for row in metastore.execute(f'SELECT * FROM "{table}"')] for table in tables}
    for table, column, row in ((table, column, row) for table in tables for row in rows[table] for column in row):
        row[column] = _fitted(features, table, column, row[column])
    for statistics in (row for table in ("TAB_COL_STATS", "PART_COL_STATS") for row in rows[table]):
        statistics["ENGINE"] = "hive"  # what schema 4.0 takes those for that are older
    for each, connection in zip(features, connections):
        writer = MetastoreWriter(each)
        writer.rows = rows
        writer.flush(connection)


def _fitted(features, table, column, value):
    if isinstance(value, str):
        for each in features:
            value = each.fit(value, table, column)
    # PostgreSQL wants its truth values as such, which SQLite keeps as numbers.
    return bool(value) if column.startswith("IS_") and value is not None else value
