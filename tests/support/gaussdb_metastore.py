"""A Hive 3.1 metastore as GaussDB databases hold it: names in other case, and NULL where there was an empty text.

    template = Template(lab, postgres)                       # Hive's own schema, filled
    template.copy("hms", "lower case", empty_is_null=True)   # a database in that layout
    template.metastore.expected_export()                     # holds for every copy

Copies differ in layout and content only as far as a reader must not notice.
"""

import dataclasses

from support.metastore_builder import build, rich_databases

# Hive's schema for PostgreSQL quotes its names. What a site made without quotes is in lower case, and the local
# database of an MRS cluster seems to have two columns in upper case among the others.
UPPER_CASE, LOWER_CASE, MIXED_CASE = "upper case", "lower case", "mixed case"
LAYOUTS = (UPPER_CASE, LOWER_CASE, MIXED_CASE)
LEFT_IN_UPPER_CASE = {MIXED_CASE: {("PART_COL_STATS", "COLUMN_NAME"), ("PART_COL_STATS", "TABLE_NAME")}}
TEXT_TYPES = ("character varying", "character", "text")


class Template:
    """A filled database to make copies of."""

    def __init__(self, lab, server, database="gaussdb_template"):
        self.server = server
        self.database = database
        lab.apply_official_schema(server, database, "3.1.0")
        connection = server.connect(database)
        self.metastore = build(connection, comparable_databases())
        connection.close()

    def copy(self, database, layout=UPPER_CASE, empty_is_null=False):
        """Makes `database` anew."""
        self.server.drop_database(database)
        self.server.execute_as_root(f'CREATE DATABASE "{database}" OWNER {self.server.user} TEMPLATE "{self.database}"')
        if empty_is_null:
            turn_empty_text_into_null(self.server, database)
        if layout != UPPER_CASE:
            fold_names(self.server, database, LEFT_IN_UPPER_CASE.get(layout, ()))


def comparable_databases():
    """The rich metastore without the texts that are read differently where '' and NULL are one.

    A reader takes NULL for '' there, so nothing may be NULL that means something else: the value of a parameter or of
    a partition, and the place of a skewed value. Nor may anything be '' that has to be there.
    """
    databases = rich_databases()
    for database in databases:
        _drop_null_parameters(database)
        database.location = database.location or "hdfs://nn1:8020/warehouse/nowhere.db"
        for table in database.tables:
            table.partitions = [partition for partition in table.partitions if None not in partition.values]
            skewed = table.sd.skewed
            skewed.locations = [(values, location) for values, location in skewed.locations if location is not None]
    return databases


def _drop_null_parameters(thing):
    """Of a part of a metastore model, and of what is below it."""
    if isinstance(thing, list):
        for item in thing:
            _drop_null_parameters(item)
    elif dataclasses.is_dataclass(thing):
        for field in dataclasses.fields(thing):
            value = getattr(thing, field.name)
            if field.name == "params":
                setattr(thing, field.name, {key: text for key, text in value.items() if text is not None})
            else:
                _drop_null_parameters(value)


def fold_names(server, database, left_alone=()):
    """Renames tables and columns to lower case, but for the columns in `left_alone`."""
    columns = _columns(server, database)
    statements = [f'ALTER TABLE "{table}" RENAME COLUMN "{column}" TO "{column.lower()}"'
                  for table, column, _, _ in columns if column != column.lower() and (table, column) not in left_alone]
    statements += [f'ALTER TABLE "{table}" RENAME TO "{table.lower()}"'
                   for table in sorted({row[0] for row in columns}) if table != table.lower()]
    server.execute("; ".join(statements), database=database)


def turn_empty_text_into_null(server, database):
    """What a database in mode A does with every text that is written."""
    texts = [(table, column, nullable == "YES") for table, column, data_type, nullable in _columns(server, database)
             if data_type in TEXT_TYPES]
    server.execute("; ".join(f'UPDATE "{table}" SET "{column}" = NULL WHERE "{column}" = \'\''
                             for table, column, nullable in texts if nullable), database=database)
    left = server.execute(" UNION ALL ".join(f"SELECT '{table}.{column}' FROM \"{table}\" WHERE \"{column}\" = ''"
                                             for table, column, _ in texts), database=database)
    assert left == [], f"mode A would have refused an empty text in {left}"


def _columns(server, database):
    """Table, column, type, and YES where NULL is allowed."""
    return server.execute("SELECT c.table_name, c.column_name, c.data_type, c.is_nullable "
                          "FROM information_schema.columns c JOIN information_schema.tables t "
                          "ON t.table_schema = c.table_schema AND t.table_name = c.table_name "
                          "WHERE c.table_schema = 'public' AND t.table_type = 'BASE TABLE'", database=database)
