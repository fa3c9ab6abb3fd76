"""What a metastore must hold after the rich set has been written into it: the model, less what its schema lacks."""

import copy
import json
from dataclasses import replace

from support.canonical_export import dump, expected_export
from support.metastore_features import Features, fit_to


class Expectation:
    """`built` (the source) as the target with `features` is to export it."""

    def __init__(self, built, features, catalog="hive"):
        self.source, self.target = built.features, features
        self.refused = {}  # (kind, name) -> set of reasons, one of which it must be
        columns = {table: {name: None for name in names if name in features.columns.get(table, {})}
                   for table, names in built.features.columns.items() if table in features.columns}
        self._both = Features(columns)
        self._databases = [self._database(database) for database in built.databases if database.catalog == catalog]

    def lines(self):
        return [dump(self._finished(json.loads(line))) for line in expected_export(self._databases, self._both)]

    def _database(self, database):
        database = copy.copy(database)
        database.tables = [table for table in map(self._table, database.tables) if table]
        return database

    def _fits(self, database):
        """Whether every text is as long and of such characters as the columns hold."""
        before, (after,) = copy.deepcopy(database), fit_to(self.target, [database])
        for side in (before, after):
            for table in side.tables:
                table.statistics, table.constraints = [], []
                for partition in table.partitions:
                    partition.statistics = []
                for sd in [table.sd, *(partition.sd for partition in table.partitions)]:
                    if sd:
                        sd.serde.name = None
        return before == after

    def _table(self, table):
        from support.metastore_model import Database

        def alone(*partitions):
            return Database("x", "y", tables=[replace(table, partitions=list(partitions), privileges=[])])
        if table.params.get("transactional") == "true":
            self.refused["TABLE", table.name] = {"acid_table"}
            return None
        if not self._fits(alone()):
            self.refused["TABLE", table.name] = {"value_too_long", "text_not_in_charset"}
            for partition in table.partitions:
                self.refused["PARTITION", f"{table.name}/{table.partition_name(partition)}"] = {
                    "parent_missing", "value_too_long", "text_not_in_charset"}
            return None
        kept = []
        for partition in table.partitions:
            if self._fits(alone(partition)):
                kept.append(partition)
            else:
                self.refused["PARTITION", f"{table.name}/{table.partition_name(partition)}"] = {
                    "value_too_long", "text_not_in_charset"}
        table = replace(table, partitions=kept)
        (fitted,) = fit_to(self.target, [Database("x", "y", tables=[table])])[0].tables
        table.statistics = fitted.statistics
        table.constraints = fitted.constraints
        for ours, theirs in zip(table.partitions, fitted.partitions):
            ours.statistics = theirs.statistics
        return table

    def _finished(self, line):
        """What the target's schema adds by itself."""
        hive = line.setdefault("hive", {})
        if line["kind"] == "DATABASE" and self.target.has("DBS", "TYPE"):
            hive.setdefault("type", "NATIVE")
        for statistics in hive.get("column_statistics", []):
            if self.target.has("TAB_COL_STATS", "ENGINE"):
                statistics.setdefault("engine", "hive")
        if not hive:
            del line["hive"]
        if "column_statistics" in hive:
            hive["column_statistics"].sort(key=lambda item: dump(item).encode())
        return line
