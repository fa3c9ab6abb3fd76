"""Writes a metastore model into the backing tables of any schema version through plain DB-API.

Columns that a version lacks are left out; ids are sparse, unrelated between tables, and do not follow the
names, as in a metastore that has lived for a while.
"""

import contextlib
import random

from support.metastore_features import dialect_of, probe
from support.metastore_model import FOREIGN_KEY

# Parents before children, so that foreign keys hold at every moment.
INSERT_ORDER = [
    "CTLGS", "DBS", "DATABASE_PARAMS", "FUNCS", "FUNC_RU", "CDS", "COLUMNS_V2", "SERDES", "SERDE_PARAMS", "SDS",
    "SD_PARAMS", "BUCKETING_COLS", "SORT_COLS", "SKEWED_COL_NAMES", "SKEWED_STRING_LIST",
    "SKEWED_STRING_LIST_VALUES", "SKEWED_VALUES", "SKEWED_COL_VALUE_LOC_MAP", "TBLS", "TABLE_PARAMS",
    "PARTITION_KEYS", "PARTITIONS", "PARTITION_KEY_VALS", "PARTITION_PARAMS", "KEY_CONSTRAINTS",
    "MV_CREATION_METADATA", "MV_TABLES_USED", "TAB_COL_STATS", "PART_COL_STATS", "DB_PRIVS", "TBL_PRIVS",
    "TBL_COL_PRIVS", "PART_PRIVS", "PART_COL_PRIVS",
]
SEQUENCES = {
    "MDatabase": ("DBS", "DB_ID"), "MFunction": ("FUNCS", "FUNC_ID"), "MTable": ("TBLS", "TBL_ID"),
    "MStorageDescriptor": ("SDS", "SD_ID"), "MSerDeInfo": ("SERDES", "SERDE_ID"),
    "MColumnDescriptor": ("CDS", "CD_ID"), "MPartition": ("PARTITIONS", "PART_ID"),
    "MStringList": ("SKEWED_STRING_LIST", "STRING_LIST_ID"), "MDBPrivilege": ("DB_PRIVS", "DB_GRANT_ID"),
    "MTablePrivilege": ("TBL_PRIVS", "TBL_GRANT_ID"),
    "MTableColumnPrivilege": ("TBL_COL_PRIVS", "TBL_COLUMN_GRANT_ID"),
    "MPartitionPrivilege": ("PART_PRIVS", "PART_GRANT_ID"),
    "MPartitionColumnPrivilege": ("PART_COL_PRIVS", "PART_COLUMN_GRANT_ID"),
    "MTableColumnStatistics": ("TAB_COL_STATS", "CS_ID"), "MPartitionColumnStatistics": ("PART_COL_STATS", "CS_ID"),
    "MCreationMetadata": ("MV_CREATION_METADATA", "MV_CREATION_METADATA_ID"),
}
_PREFIX = "org.apache.hadoop.hive.metastore.model."


class MetastoreWriter:
    """Collects rows with `add`, then inserts them with `flush`, in one transaction.

    `rows` may be edited in between: that is how tests make broken metastores.
    """

    def __init__(self, features, seed=7):
        self.features = features
        self.rows = {}
        self.table_ids = {}  # (catalog, database, table) -> TBL_ID
        self.partition_ids = {}  # (catalog, database, table, part name) -> PART_ID
        self.database_ids = {}
        self._random = random.Random(seed)
        self._taken = {}
        self._lists = {}  # id of a column list -> CD_ID
        self._late = []  # what needs the ids of every table

    def new_id(self, kind):
        taken = self._taken.setdefault(kind, set())
        while True:
            number = self._random.randrange(10, 60_000_000)
            if number not in taken:
                taken.add(number)
                return number

    def row(self, table, **values):
        self.rows.setdefault(table, []).append(values)

    def find(self, table, **values):
        """The one collected row with these values."""
        (match,) = [row for row in self.rows[table] if all(row[key] == value for key, value in values.items())]
        return match

    def add(self, databases):
        catalogs = {database.catalog for database in databases} | {"hive"}
        for number, name in enumerate(sorted(catalogs), 1):
            self.row("CTLGS", CTLG_ID=number, NAME=name, DESC="catalog " + name, CREATE_TIME=None,
                     LOCATION_URI="hdfs://nn1:8020/warehouse")
        for database in self._shuffled(databases):
            self._database(database)
        while self._late:
            self._late.pop()()

    def stray_rows(self):
        """What crashes leave behind: descriptors that nothing points at."""
        cd, sd, serde = self.new_id("CDS"), self.new_id("SDS"), self.new_id("SERDES")
        self.row("CDS", CD_ID=cd)
        self.row("COLUMNS_V2", CD_ID=cd, INTEGER_IDX=0, COLUMN_NAME="stray", TYPE_NAME="int", COMMENT=None)
        self.row("SERDES", SERDE_ID=serde, NAME="stray", SLIB="stray")
        self.row("SDS", SD_ID=sd, CD_ID=cd, INPUT_FORMAT="stray", IS_COMPRESSED=False,
                 IS_STOREDASSUBDIRECTORIES=False, LOCATION="hdfs://nn1:8020/stray", NUM_BUCKETS=-1,
                 OUTPUT_FORMAT="stray", SERDE_ID=serde)
        self.row("CDS", CD_ID=self.new_id("CDS"))

    def flush(self, connection, check_references=True):
        """Inserts and commits; without reference checks it also writes what foreign keys forbid."""
        dialect = dialect_of(connection)
        if not check_references:
            ignore_foreign_keys(connection, dialect)
        with in_transaction(connection, dialect) as cursor:
            self._insert_all(cursor, dialect)

    def _insert_all(self, cursor, dialect):
        if dialect == "mysql":
            # An unstrict server cuts and mangles what does not fit instead of refusing it.
            cursor.execute("SET SESSION sql_mode = 'STRICT_ALL_TABLES'")
        for table in INSERT_ORDER:
            if self.features.has(table) and self.rows.get(table):
                rows = self.rows[table]
                if table == "CTLGS":
                    rows = self._missing_catalogs(cursor, dialect)
                insert_rows(cursor, dialect, self.features, table, rows)
        self._write_sequences(cursor, dialect)

    def _missing_catalogs(self, cursor, dialect):
        cursor.execute(quoted("SELECT `NAME`, `CTLG_ID` FROM `CTLGS`", dialect))
        present = dict(cursor.fetchall())
        missing = [dict(row) for row in self.rows["CTLGS"] if row["NAME"] not in present]
        for offset, row in enumerate(missing, 1):
            row["CTLG_ID"] = max(present.values(), default=0) + offset
        return missing

    def _write_sequences(self, cursor, dialect):
        for name, (table, column) in SEQUENCES.items():
            if self.rows.get(table) and self.features.has(table):
                last = max(row[column] for row in self.rows[table])
                statement = "DELETE FROM `SEQUENCE_TABLE` WHERE `SEQUENCE_NAME` = %s"
                cursor.execute(quoted(statement, dialect), (_PREFIX + name,))
                insert_rows(cursor, dialect, self.features, "SEQUENCE_TABLE",
                            [{"SEQUENCE_NAME": _PREFIX + name, "NEXT_VAL": last + 6}])

    def _shuffled(self, items):
        return self._random.sample(items, len(items))

    def _params(self, table, column, number, params):
        for key, value in params.items():
            self.row(table, **{column: number, "PARAM_KEY": key, "PARAM_VALUE": value})

    def _database(self, database):
        number = self.new_id("DBS")
        self.database_ids[database.catalog, database.name] = number
        self.row("DBS", DB_ID=number, DESC=database.description, DB_LOCATION_URI=database.location,
                 NAME=database.name, OWNER_NAME=database.owner, OWNER_TYPE=database.owner_type,
                 CTLG_NAME=database.catalog, CREATE_TIME=database.create_time,
                 DB_MANAGED_LOCATION_URI=database.managed_location, TYPE=database.type,
                 DATACONNECTOR_NAME=database.connector, REMOTE_DBNAME=database.remote_name)
        self._params("DATABASE_PARAMS", "DB_ID", number, database.params)
        for grant in database.privileges:
            self.row("DB_PRIVS", DB_GRANT_ID=self.new_id("DB_PRIVS"), DB_ID=number, DB_PRIV=grant.privilege,
                     **_grant_columns(grant))
        for function in self._shuffled(database.functions):
            self._function(function, number)
        for table in self._shuffled(database.tables):
            self._table(database, table, number)

    def _function(self, function, database_id):
        number = self.new_id("FUNCS")
        self.row("FUNCS", FUNC_ID=number, CLASS_NAME=function.class_name, CREATE_TIME=function.create_time,
                 DB_ID=database_id, FUNC_NAME=function.name, FUNC_TYPE=1, OWNER_NAME=function.owner,
                 OWNER_TYPE=function.owner_type)
        resources = [dict(FUNC_ID=number, RESOURCE_TYPE=kind, RESOURCE_URI=uri, INTEGER_IDX=index)
                     for index, (kind, uri) in enumerate(function.resources)]
        for resource in self._shuffled(resources):
            self.row("FUNC_RU", **resource)

    def _columns(self, columns):
        """The CD_ID of a column list: one per list object."""
        if id(columns) not in self._lists:
            number = self._lists[id(columns)] = self.new_id("CDS")
            self.row("CDS", CD_ID=number)
            rows = [dict(CD_ID=number, INTEGER_IDX=index, COLUMN_NAME=column.name, TYPE_NAME=column.type,
                         COMMENT=column.comment) for index, column in enumerate(columns)]
            for row in self._shuffled(rows):
                self.row("COLUMNS_V2", **row)
        return self._lists[id(columns)]

    def _descriptor(self, sd):
        serde_id, number = self.new_id("SERDES"), self.new_id("SDS")
        serde = sd.serde
        self.row("SERDES", SERDE_ID=serde_id, NAME=serde.name, SLIB=serde.slib, DESCRIPTION=serde.description,
                 SERIALIZER_CLASS=serde.serializer, DESERIALIZER_CLASS=serde.deserializer,
                 SERDE_TYPE=serde.serde_type)
        self._params("SERDE_PARAMS", "SERDE_ID", serde_id, serde.params)
        self.row("SDS", SD_ID=number, CD_ID=self._columns(sd.columns), INPUT_FORMAT=sd.input_format,
                 IS_COMPRESSED=sd.compressed, IS_STOREDASSUBDIRECTORIES=sd.sub_directories, LOCATION=sd.location,
                 NUM_BUCKETS=sd.buckets, OUTPUT_FORMAT=sd.output_format, SERDE_ID=serde_id)
        self._params("SD_PARAMS", "SD_ID", number, sd.params)
        for index, name in enumerate(sd.bucket_columns):
            self.row("BUCKETING_COLS", SD_ID=number, BUCKET_COL_NAME=name, INTEGER_IDX=index)
        for index, (name, order) in enumerate(sd.sort_columns):
            self.row("SORT_COLS", SD_ID=number, COLUMN_NAME=name, ORDER=order, INTEGER_IDX=index)
        self._skewed(number, sd.skewed)
        return number

    def _skewed(self, sd_id, skewed):
        for index, name in enumerate(skewed.names):
            self.row("SKEWED_COL_NAMES", SD_ID=sd_id, SKEWED_COL_NAME=name, INTEGER_IDX=index)
        lists = {}
        for index, values in enumerate(skewed.values):
            number = self._string_list(values)
            lists.setdefault(tuple(values), number)
            self.row("SKEWED_VALUES", SD_ID_OID=sd_id, STRING_LIST_ID_EID=number, INTEGER_IDX=index)
        for values, location in skewed.locations:
            shared = lists.get(tuple(values)) if skewed.share_lists else None
            self.row("SKEWED_COL_VALUE_LOC_MAP", SD_ID=sd_id, LOCATION=location,
                     STRING_LIST_ID_KID=shared or self._string_list(values))

    def _string_list(self, values):
        number = self.new_id("SKEWED_STRING_LIST")
        self.row("SKEWED_STRING_LIST", STRING_LIST_ID=number)
        for index, value in enumerate(values):
            self.row("SKEWED_STRING_LIST_VALUES", STRING_LIST_ID=number, STRING_LIST_VALUE=value, INTEGER_IDX=index)
        return number

    def _table(self, database, table, database_id):
        number = self.new_id("TBLS")
        key = (database.catalog, database.name, table.name)
        self.table_ids[key] = number
        self.row("TBLS", TBL_ID=number, CREATE_TIME=table.create_time, DB_ID=database_id,
                 LAST_ACCESS_TIME=table.last_access_time, OWNER=table.owner, OWNER_TYPE=table.owner_type,
                 RETENTION=table.retention, SD_ID=table.sd and self._descriptor(table.sd), TBL_NAME=table.name,
                 TBL_TYPE=table.type, VIEW_EXPANDED_TEXT=table.view_expanded_text,
                 VIEW_ORIGINAL_TEXT=table.view_original_text, IS_REWRITE_ENABLED=table.rewrite_enabled,
                 WRITE_ID=table.write_id)
        self._params("TABLE_PARAMS", "TBL_ID", number, table.params)
        for index, column in enumerate(table.partition_keys):
            self.row("PARTITION_KEYS", TBL_ID=number, PKEY_NAME=column.name, PKEY_TYPE=column.type,
                     PKEY_COMMENT=column.comment, INTEGER_IDX=index)
        for grant in table.privileges:
            if grant.column is None:
                self.row("TBL_PRIVS", TBL_GRANT_ID=self.new_id("TBL_PRIVS"), TBL_ID=number,
                         TBL_PRIV=grant.privilege, **_grant_columns(grant))
            else:
                self.row("TBL_COL_PRIVS", TBL_COLUMN_GRANT_ID=self.new_id("TBL_COL_PRIVS"), TBL_ID=number,
                         COLUMN_NAME=grant.column, TBL_COL_PRIV=grant.privilege, **_grant_columns(grant))
        for statistics in table.statistics:
            self.row("TAB_COL_STATS", CS_ID=self.new_id("TAB_COL_STATS"), TBL_ID=number, CAT_NAME=database.catalog,
                     DB_NAME=database.name, TABLE_NAME=table.name, **_statistics_columns(statistics))
        for partition in self._shuffled(table.partitions):
            self._partition(key, table, partition, number)
        self._late.append(lambda: self._relations(key, table, number))

    def _partition(self, table_key, table, partition, table_id):
        number = self.new_id("PARTITIONS")
        name = table.partition_name(partition)
        self.partition_ids[(*table_key, name)] = number
        self.row("PARTITIONS", PART_ID=number, CREATE_TIME=partition.create_time,
                 LAST_ACCESS_TIME=partition.last_access_time, PART_NAME=name,
                 SD_ID=partition.sd and self._descriptor(partition.sd), TBL_ID=table_id, WRITE_ID=partition.write_id)
        for index, value in enumerate(partition.values):
            self.row("PARTITION_KEY_VALS", PART_ID=number, PART_KEY_VAL=value, INTEGER_IDX=index)
        self._params("PARTITION_PARAMS", "PART_ID", number, partition.params)
        for grant in partition.privileges:
            if grant.column is None:
                self.row("PART_PRIVS", PART_GRANT_ID=self.new_id("PART_PRIVS"), PART_ID=number,
                         PART_PRIV=grant.privilege, **_grant_columns(grant))
            else:
                self.row("PART_COL_PRIVS", PART_COLUMN_GRANT_ID=self.new_id("PART_COL_PRIVS"), PART_ID=number,
                         COLUMN_NAME=grant.column, PART_COL_PRIV=grant.privilege, **_grant_columns(grant))
        for statistics in partition.statistics:
            catalog, database, table_name = table_key
            self.row("PART_COL_STATS", CS_ID=self.new_id("PART_COL_STATS"), PART_ID=number, CAT_NAME=catalog,
                     DB_NAME=database, TABLE_NAME=table_name, PARTITION_NAME=name, **_statistics_columns(statistics))

    def _relations(self, key, table, number):
        catalog = key[0]
        for constraint in table.constraints:
            for position, name in enumerate(constraint.columns, 1):
                own = (number, *self._column_place(key, name))
                parent, child = own, (None, None, None)
                if constraint.kind == FOREIGN_KEY:
                    database, parent_name, columns = constraint.parent
                    parent_key = (catalog, database, parent_name)
                    child = own
                    parent = (self.table_ids[parent_key], *self._column_place(parent_key, columns[position - 1]))
                flags = 4 * constraint.enable + 2 * constraint.validate + constraint.rely
                self.row("KEY_CONSTRAINTS", CONSTRAINT_NAME=constraint.name, CONSTRAINT_TYPE=constraint.kind,
                         POSITION=position, PARENT_TBL_ID=parent[0], PARENT_CD_ID=parent[1],
                         PARENT_INTEGER_IDX=parent[2], CHILD_TBL_ID=child[0], CHILD_CD_ID=child[1],
                         CHILD_INTEGER_IDX=child[2], UPDATE_RULE=constraint.update_rule,
                         DELETE_RULE=constraint.delete_rule, ENABLE_VALIDATE_RELY=flags,
                         DEFAULT_VALUE=constraint.value)
        if table.creation_metadata:
            metadata, metadata_id = table.creation_metadata, self.new_id("MV_CREATION_METADATA")
            self.row("MV_CREATION_METADATA", MV_CREATION_METADATA_ID=metadata_id, CAT_NAME=catalog, DB_NAME=key[1],
                     TBL_NAME=key[2], TXN_LIST=metadata.txn_list,
                     MATERIALIZATION_TIME=metadata.materialization_time)
            for database, name, inserted, updated, deleted in metadata.tables_used:
                self.row("MV_TABLES_USED", MV_CREATION_METADATA_ID=metadata_id,
                         TBL_ID=self.table_ids[catalog, database, name], INSERTED_COUNT=inserted,
                         UPDATED_COUNT=updated, DELETED_COUNT=deleted)

    def _column_place(self, table_key, name):
        """CD_ID and index of a column; a partition key has no CD_ID."""
        table_id = self.table_ids[table_key]
        for row in self.rows.get("PARTITION_KEYS", []):
            if row["TBL_ID"] == table_id and row["PKEY_NAME"] == name:
                return None, row["INTEGER_IDX"]
        sd_id = self.find("TBLS", TBL_ID=table_id)["SD_ID"]
        cd_id = self.find("SDS", SD_ID=sd_id)["CD_ID"]
        return cd_id, self.find("COLUMNS_V2", CD_ID=cd_id, COLUMN_NAME=name)["INTEGER_IDX"]


def _grant_columns(grant):
    return {"CREATE_TIME": grant.create_time, "GRANT_OPTION": int(grant.grant_option), "GRANTOR": grant.grantor,
            "GRANTOR_TYPE": grant.grantor_type, "PRINCIPAL_NAME": grant.principal,
            "PRINCIPAL_TYPE": grant.principal_type, "AUTHORIZER": grant.authorizer}


STATISTICS_COLUMNS = [
    "LONG_LOW_VALUE", "LONG_HIGH_VALUE", "DOUBLE_LOW_VALUE", "DOUBLE_HIGH_VALUE", "BIG_DECIMAL_LOW_VALUE",
    "BIG_DECIMAL_HIGH_VALUE", "NUM_NULLS", "NUM_DISTINCTS", "BIT_VECTOR", "HISTOGRAM", "AVG_COL_LEN", "MAX_COL_LEN",
    "NUM_TRUES", "NUM_FALSES",
]


def _statistics_columns(statistics):
    unknown = set(statistics.values) - set(STATISTICS_COLUMNS)
    assert not unknown, unknown
    return {**{column: statistics.values.get(column) for column in STATISTICS_COLUMNS},
            "COLUMN_NAME": statistics.column, "COLUMN_TYPE": statistics.type, "ENGINE": statistics.engine,
            "LAST_ANALYZED": statistics.last_analyzed}


def ignore_foreign_keys(connection, dialect):
    """For this session, as in metastores on MyISAM or after hand surgery."""
    switch = {"mysql": "SET SESSION foreign_key_checks = 0", "postgres": "SET session_replication_role = replica"}
    if dialect in switch:
        connection.cursor().execute(switch[dialect])


@contextlib.contextmanager
def in_transaction(connection, dialect):
    """A cursor whose statements are committed together, also on a connection that commits each by itself."""
    cursor = connection.cursor()
    if dialect != "sqlite":
        cursor.execute("START TRANSACTION")
    yield cursor
    if dialect == "sqlite":
        connection.commit()
    else:
        cursor.execute("COMMIT")


def quoted(statement, dialect):
    """A statement written with backticks and %s, as the dialect wants it."""
    if dialect == "mysql":
        return statement
    statement = statement.replace("`", '"')
    return statement.replace("%s", "?") if dialect == "sqlite" else statement


def insert_rows(cursor, dialect, features, table, rows):
    if not rows:
        return
    columns = [column for column in rows[0] if features.has(table, column)]
    names = ", ".join(f"`{column}`" for column in columns)
    places = ", ".join(["%s"] * len(columns))
    statement = quoted(f"INSERT INTO `{table}` ({names}) VALUES ({places})", dialect)
    values = [tuple(row.get(column) for column in columns) for row in rows]
    if dialect == "postgres":
        from psycopg2.extras import execute_values

        head = statement[: statement.index(" VALUES ")]
        execute_values(cursor, head + " VALUES %s", values, page_size=500)
    else:
        cursor.executemany(statement, values)


def write_metastore(connection, databases, seed=7, features=None):
    """Writes the databases and commits; returns the writer, which knows every id."""
    writer = MetastoreWriter(features or probe(connection), seed)
    writer.add(databases)
    writer.stray_rows()
    writer.flush(connection)
    return writer
