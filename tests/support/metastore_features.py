"""What a metastore's schema can hold, read from the database itself: versions lie, columns do not."""

import copy
from dataclasses import dataclass, field

from support.metastore_model import FOREIGN_KEY


def dialect_of(connection):
    """mysql, postgres or sqlite, by the driver that made the connection."""
    module = type(connection).__module__.split(".")[0]
    return {"pymysql": "mysql", "psycopg2": "postgres", "sqlite3": "sqlite"}[module]


@dataclass(frozen=True)
class Features:
    columns: dict  # table -> column -> greatest length in characters, None when there is none
    charsets: dict = field(default_factory=dict)  # (table, column) -> character set, where columns have one

    def has(self, table, column=None):
        return table in self.columns and (column is None or column in self.columns[table])

    @property
    def catalogs(self):
        return self.has("CTLGS")

    def fit(self, text, table, column):
        """The text as a column can hold it: characters it lacks spelt out, then cut to its length."""
        if text is None:
            return None
        charset = self.charsets.get((table, column))
        if charset == "latin1":
            text = "".join(char if _in_latin1(char) else f"u{ord(char):04x}" for char in text)
        elif charset in ("utf8", "utf8mb3"):
            text = "".join(char if ord(char) < 0x10000 else f"u{ord(char):04x}" for char in text)
        length = self.columns.get(table, {}).get(column)
        return text if length is None else text[:length]


def _in_latin1(char):
    try:
        return bool(char.encode("cp1252"))  # what MySQL means by latin1
    except UnicodeEncodeError:
        return False


def probe(connection):
    """Reads the columns of the metastore that `connection` is open on."""
    dialect = dialect_of(connection)
    cursor = connection.cursor()
    columns, charsets = {}, {}
    if dialect == "sqlite":
        cursor.execute("SELECT name FROM sqlite_master WHERE type = 'table'")
        for (table,) in cursor.fetchall():
            cursor.execute(f'PRAGMA table_info("{table}")')
            columns[table] = {row[1]: None for row in cursor.fetchall()}
        return Features(columns)
    schema = "DATABASE()" if dialect == "mysql" else "current_schema()"
    cursor.execute(
        "SELECT table_name, column_name, character_maximum_length, character_set_name "
        f"FROM information_schema.columns WHERE table_schema = {schema}")
    for table, column, length, charset in cursor.fetchall():
        columns.setdefault(table, {})[column] = length
        if charset:
            charsets[table, column] = charset
    return Features(columns, charsets)


def fit_to(features, databases):
    """A copy of the model that a schema can hold: texts fitted, and what has no place left out.

    Column lists that were shared stay shared.
    """
    databases = copy.deepcopy(databases)
    fitter = _Fitter(features, databases)
    if not features.catalogs:
        databases = [database for database in databases if database.catalog == "hive"]
    for database in databases:
        fitter.database(database)
    return databases


class _Fitter:
    def __init__(self, features, databases):
        self.features = features
        self.fit = features.fit
        self._done = set()
        self._partition_keys = {(table.name, key.name) for database in databases for table in database.tables
                                for key in table.partition_keys}

    def _params(self, params, table):
        fitted = {self.fit(key, table, "PARAM_KEY"): self.fit(value, table, "PARAM_VALUE")
                  for key, value in params.items()}
        assert len(fitted) == len(params)
        return fitted

    def _attributes(self, thing, table, **columns):
        for attribute, column in columns.items():
            setattr(thing, attribute, self.fit(getattr(thing, attribute), table, column))

    def database(self, database):
        self._attributes(database, "DBS", description="DESC", location="DB_LOCATION_URI", owner="OWNER_NAME",
                         managed_location="DB_MANAGED_LOCATION_URI")
        database.params = self._params(database.params, "DATABASE_PARAMS")
        for function in database.functions:
            self._attributes(function, "FUNCS", class_name="CLASS_NAME", owner="OWNER_NAME")
            function.resources = [(kind, self.fit(uri, "FUNC_RU", "RESOURCE_URI"))
                                  for kind, uri in function.resources]
        for table in database.tables:
            self._table(table)

    def _table(self, table):
        self._attributes(table, "TBLS", name="TBL_NAME", owner="OWNER", view_original_text="VIEW_ORIGINAL_TEXT",
                         view_expanded_text="VIEW_EXPANDED_TEXT")
        table.params = self._params(table.params, "TABLE_PARAMS")
        for key in table.partition_keys:
            self._attributes(key, "PARTITION_KEYS", name="PKEY_NAME", type="PKEY_TYPE", comment="PKEY_COMMENT")
        self._descriptor(table.sd)
        for partition in table.partitions:
            partition.values = [self.fit(self.fit(value, "PARTITION_KEY_VALS", "PART_KEY_VAL"),
                                         "PARTITIONS", "PART_NAME") for value in partition.values]
            partition.params = self._params(partition.params, "PARTITION_PARAMS")
            partition.statistics = self._statistics(partition.statistics, "PART_COL_STATS")
            self._descriptor(partition.sd)
        table.statistics = self._statistics(table.statistics, "TAB_COL_STATS")
        table.constraints = [item for item in table.constraints if self._has_place(item, table)]

    def _has_place(self, constraint, table):
        """Before 3.0 there were primary and foreign keys only, and none on or to partition keys."""
        if self.features.has("KEY_CONSTRAINTS", "DEFAULT_VALUE"):
            return True
        columns = {(table.name, name) for name in constraint.columns}
        if constraint.parent:
            columns |= {(constraint.parent[1], name) for name in constraint.parent[2]}
        return constraint.kind <= FOREIGN_KEY and not columns & self._partition_keys

    def _statistics(self, statistics, table):
        """Without the ENGINE column a table column has one set of statistics only."""
        return [item for item in statistics if item.engine == "hive" or self.features.has(table, "ENGINE")]

    def _descriptor(self, sd):
        if sd is None:
            return
        self._attributes(sd, "SDS", location="LOCATION", input_format="INPUT_FORMAT", output_format="OUTPUT_FORMAT")
        self._attributes(sd.serde, "SERDES", name="NAME", slib="SLIB", description="DESCRIPTION")
        sd.params = self._params(sd.params, "SD_PARAMS")
        sd.serde.params = self._params(sd.serde.params, "SERDE_PARAMS")
        if id(sd.columns) not in self._done:
            self._done.add(id(sd.columns))
            for column in sd.columns:
                self._attributes(column, "COLUMNS_V2", name="COLUMN_NAME", type="TYPE_NAME", comment="COMMENT")
        sd.bucket_columns = [self.fit(name, "BUCKETING_COLS", "BUCKET_COL_NAME") for name in sd.bucket_columns]
        sd.sort_columns = [(self.fit(name, "SORT_COLS", "COLUMN_NAME"), order) for name, order in sd.sort_columns]
        skewed = sd.skewed
        skewed.names = [self.fit(name, "SKEWED_COL_NAMES", "SKEWED_COL_NAME") for name in skewed.names]
        skewed.values = [self._strings(values) for values in skewed.values]
        skewed.locations = [(self._strings(values), self.fit(location, "SKEWED_COL_VALUE_LOC_MAP", "LOCATION"))
                            for values, location in skewed.locations]

    def _strings(self, values):
        return [self.fit(value, "SKEWED_STRING_LIST_VALUES", "STRING_LIST_VALUE") for value in values]
