"""A metastore database that jobs write into: made, filled, dumped and judged without the program."""

import contextlib
import re
import sqlite3

from support.metastore_builder import build
from support.metastore_features import dialect_of, probe
from support.metastore_writer import INSERT_ORDER, SEQUENCES, quoted
from support.program import ROOT, assert_balanced, export_lines, run_job, run_program, write_job
from support.servers import PASSWORD_VARIABLE

SQLITE_SCHEMA = ROOT / "fixtures" / "hive_schema" / "sqlite-3.1.sql"
MODEL = "org.apache.hadoop.hive.metastore.model."
SUCCESS, FAILED, DIFFERENT, PARTIAL = 0, 1, 2, 3


class MetastoreDatabase:
    """One metastore schema, on a server or in a SQLite file."""

    def __init__(self, server=None, name=None, path=None):
        self.server, self.name, self.path = server, name, path
        self.environment = server.environment() if server else {}

    @classmethod
    def on_server(cls, lab, server, name, version, utf8=True):
        """An empty schema; `utf8`: with its texts altered as sites with other alphabets have it."""
        lab.apply_official_schema(server, name, version)
        if utf8 and server.dialect == "mysql":
            lab.convert_text_to_utf8(server, name)
        return cls(server, name)

    @classmethod
    def in_file(cls, path):
        with contextlib.closing(sqlite3.connect(path)) as connection:
            connection.executescript(SQLITE_SCHEMA.read_text(encoding="utf-8"))
        return cls(path=path)

    @property
    def url(self):
        return self.server.plain_jdbc_url(self.name) if self.server else f"jdbc:sqlite:{self.path}"

    @property
    def endpoint(self):
        """What a job says about it."""
        login = {"username": "hive", "password": "${env:%s}" % PASSWORD_VARIABLE} if self.server else {}
        return {"url": self.url, **login}

    def connect(self):
        connection = self.server.connect(self.name) if self.server else sqlite3.connect(self.path, timeout=30)
        return contextlib.closing(connection)

    def fill(self, databases=None):
        with self.connect() as connection:
            return build(connection, databases)

    def empty(self):
        """Takes out all that metastores are filled with; the version and its like stay."""
        with self.connect() as connection:
            dialect, features = dialect_of(connection), probe(connection)
            cursor = connection.cursor()
            for table in (*reversed(INSERT_ORDER), "SEQUENCE_TABLE"):
                if features.has(table):
                    cursor.execute(quoted(f"DELETE FROM `{table}`", dialect))
            connection.commit()

    def rows(self, sql, *values):
        """Runs one statement, written with backticks and %s; the rows of a query."""
        with self.connect() as connection:
            cursor = connection.cursor()
            cursor.execute(quoted(sql, dialect_of(connection)), values)
            found = list(cursor.fetchall()) if cursor.description else []
            connection.commit()
            return found

    def value(self, sql, *values):
        ((value,),) = self.rows(sql, *values)
        return value

    def features(self):
        with self.connect() as connection:
            return probe(connection)

    def dump(self, *without):
        """table -> its rows, sorted; everything there is but the tables of `without`."""
        return {table: sorted(map(_told, self.rows(f"SELECT * FROM `{table}`")))
                for table in self.features().columns if table not in without}

    def export(self, catalog="hive"):
        url = self.server.jdbc_url(self.name) if self.server else self.url
        return export_lines(url, "--catalog", catalog, environment=self.environment)


def _told(row):
    return repr([bytes(value) if isinstance(value, memoryview) else value for value in row])


def changed_rows(before, after):
    """table -> (rows that went, rows that came), of the tables that differ."""
    return {table: (sorted(set(before[table]) - set(rows)), sorted(set(rows) - set(before[table])))
            for table, rows in after.items() if rows != before[table]}


class Migration:
    """A job from one metastore to another."""

    def __init__(self, folder, source, target, metaferry=None, **parameters):
        self.source, self.target = source, target
        self.environment = {**source.environment, **target.environment}
        self.job = write_job(folder, source.url, *list(source.endpoint.values())[1:],
                             metaferry={"target": target.endpoint, **(metaferry or {})},
                             **{"target_catalog": "hive", **parameters})

    def run(self, exit_code=SUCCESS):
        run = run_job(self.job, self.environment)
        told = [line for line in run.object_lines() if line["outcome"] in ("refused", "failed")][:5]
        assert run.exit_code == exit_code, (run.summary.get("error"), told, run.stderr[-3000:])
        assert_balanced(run.summary)
        return run

    def plan(self):
        """The exit code of a plan."""
        done = run_program("plan", self.job, environment=self.environment, folder=self.job.parent)
        assert done.returncode in (SUCCESS, DIFFERENT, PARTIAL), done.stderr.decode(errors="replace")[-3000:]
        return done.returncode

    def verify(self):
        return run_program("verify", self.job, environment=self.environment, folder=self.job.parent).returncode


def outcomes(run, *wanted):
    """(kind, name) -> reason of the objects that ended so; a partition's name has its part name behind a slash."""
    found = {}
    for line in run.object_lines():
        if line["outcome"] in wanted:
            thing = line["object"]
            name = thing.get("table_name") or thing.get("function_name") or thing["database_name"]
            part = line.get("part_name") or "/".join(thing.get("partition_values", []))
            found[line["kind"], f"{name}/{part}" if line["kind"] == "PARTITION" else name] = line.get("reason")
    return found


def totals(run, outcome):
    return {kind: counts[outcome] for kind, counts in run.summary["counts"].items() if counts[outcome]}


# ---- what holds in every sound metastore -----------------------------------------------------------------------

ESCAPED = re.compile(r"[\x00-\x1f\x7f\"#%'*/:=?\\{\[\]^]")


def escaped(text):
    return ESCAPED.sub(lambda match: f"%{ord(match[0]):02X}", text) if text else "__HIVE_DEFAULT_PARTITION__"


def faults(database, odd_names=()):
    """What is wrong with the rows, in words; empty when nothing is."""
    return [*_sequences(database), *_sharing(database), *_types(database), *_partition_names(database, odd_names),
            *_catalogs(database), *_strays(database)]


def _sequences(database):
    features = database.features()
    next_values = dict(database.rows("SELECT `SEQUENCE_NAME`, `NEXT_VAL` FROM `SEQUENCE_TABLE`"))
    sequences = {**SEQUENCES, "MCatalog": ("CTLGS", "CTLG_ID")}
    for name, (table, column) in sequences.items():
        if not features.has(table):
            continue
        greatest = database.value(f"SELECT MAX(`{column}`) FROM `{table}`")
        # Hive's own scripts insert the first catalog without a sequence.
        if greatest is None or (name == "MCatalog" and greatest == 1):
            continue
        if next_values.get(MODEL + name, 0) <= greatest:
            yield f"{name}: next {next_values.get(MODEL + name)}, greatest {greatest}"


def _sharing(database):
    holders = ("SELECT `SD_ID`, COUNT(*) FROM (SELECT `SD_ID` FROM `TBLS` UNION ALL SELECT `SD_ID` FROM `PARTITIONS`) u "
               "WHERE `SD_ID` IS NOT NULL GROUP BY `SD_ID` HAVING COUNT(*) > 1")
    for row in database.rows(holders):
        yield f"descriptor {row[0]} has {row[1]} owners"
    for row in database.rows("SELECT `SERDE_ID`, COUNT(*) FROM `SDS` GROUP BY `SERDE_ID` HAVING COUNT(*) > 1"):
        yield f"SerDe {row[0]} has {row[1]} owners"
    # Nobody else's list, and the table's own where the columns are the same.
    lists = {}
    for number, *column in database.rows("SELECT `CD_ID`, `INTEGER_IDX`, `COLUMN_NAME`, `TYPE_NAME`, `COMMENT` FROM "
                                         "`COLUMNS_V2` ORDER BY `CD_ID`, `INTEGER_IDX`"):
        lists.setdefault(number, []).append(column)
    rows = database.rows("SELECT p.`TBL_ID`, p.`PART_NAME`, ps.`CD_ID`, ts.`CD_ID` FROM `PARTITIONS` p JOIN `SDS` ps ON "
                         "ps.`SD_ID` = p.`SD_ID` JOIN `TBLS` t ON t.`TBL_ID` = p.`TBL_ID` JOIN `SDS` ts ON ts.`SD_ID` = "
                         "t.`SD_ID`")
    owners = {}
    for table, name, own, of_table in rows:
        if own != of_table and lists.get(own) == lists.get(of_table):
            yield f"partition {name} has a list of its own that equals the table's"
        owners.setdefault(own, set()).add(table)
        owners.setdefault(of_table, set()).add(table)
    yield from (f"column list {number} is of several tables" for number, tables in owners.items() if len(tables) > 1)


def _types(database):
    rows = database.rows("SELECT t.`TBL_NAME`, t.`TBL_TYPE`, p.`PARAM_VALUE` FROM `TBLS` t LEFT JOIN `TABLE_PARAMS` p ON "
                         "p.`TBL_ID` = t.`TBL_ID` AND p.`PARAM_KEY` = 'EXTERNAL'")
    for name, kind, external in rows:
        says = (external or "").upper() == "TRUE"
        if kind in ("MANAGED_TABLE", "EXTERNAL_TABLE") and says != (kind == "EXTERNAL_TABLE"):
            yield f"{name} is {kind} and EXTERNAL={external}"
        if kind is None:
            yield f"{name} has no type"


def _partition_names(database, odd_names):
    keys, values = {}, {}
    for table, name in database.rows("SELECT `TBL_ID`, `PKEY_NAME` FROM `PARTITION_KEYS` ORDER BY `TBL_ID`, `INTEGER_IDX`"):
        keys.setdefault(table, []).append(name)
    for part, value in database.rows("SELECT `PART_ID`, `PART_KEY_VAL` FROM `PARTITION_KEY_VALS` ORDER BY `PART_ID`, "
                                     "`INTEGER_IDX`"):
        values.setdefault(part, []).append(value)
    for part, table, name in database.rows("SELECT `PART_ID`, `TBL_ID`, `PART_NAME` FROM `PARTITIONS`"):
        if len(keys.get(table, [])) != len(values.get(part, [])):
            yield f"{name}: {len(values.get(part, []))} values"
            continue
        told = "/".join(f"{escaped(key)}={escaped(value)}" for key, value in zip(keys[table], values[part]))
        if told != name and name not in odd_names:
            yield f"{name} is not {told}"


def _catalogs(database):
    if database.features().has("CTLGS"):
        for row in database.rows("SELECT `NAME` FROM `DBS` WHERE `CTLG_NAME` NOT IN (SELECT `NAME` FROM `CTLGS`)"):
            yield f"database {row[0]} has no catalog"


def _strays(database):
    """Rows that nothing points at, or that point at nothing."""
    used = {"CDS": ("CD_ID", ["SDS.CD_ID"]), "SERDES": ("SERDE_ID", ["SDS.SERDE_ID"]),
            "SDS": ("SD_ID", ["TBLS.SD_ID", "PARTITIONS.SD_ID"]),
            "SKEWED_STRING_LIST": ("STRING_LIST_ID", ["SKEWED_VALUES.STRING_LIST_ID_EID",
                                                      "SKEWED_COL_VALUE_LOC_MAP.STRING_LIST_ID_KID"])}
    for table, (key, users) in used.items():
        wanted = {number for user in users for number, in database.rows(
            "SELECT `{1}` FROM `{0}` WHERE `{1}` IS NOT NULL".format(*user.split(".")))}
        there = {number for number, in database.rows(f"SELECT `{key}` FROM `{table}`")}
        if there != wanted:
            yield f"{table}: unused {sorted(there - wanted)[:5]}, missing {sorted(wanted - there)[:5]}"
    features = database.features()
    children = [("TBLS", "DB_ID", "DBS"), ("FUNCS", "DB_ID", "DBS"), ("PARTITIONS", "TBL_ID", "TBLS"),
                ("TAB_COL_STATS", "TBL_ID", "TBLS"), ("PART_COL_STATS", "PART_ID", "PARTITIONS"),
                ("MV_TABLES_USED", "TBL_ID", "TBLS"), ("TBL_PRIVS", "TBL_ID", "TBLS")]
    for child, column, parent in children:
        if features.has(child):
            lost = database.value(f"SELECT COUNT(*) FROM `{child}` WHERE `{column}` NOT IN (SELECT `{column}` FROM `{parent}`)")
            if lost:
                yield f"{child}: {lost} rows without {parent}"
    if features.has("KEY_CONSTRAINTS"):
        for side in ("PARENT", "CHILD"):
            lost = database.rows(
                f"SELECT k.`CONSTRAINT_NAME` FROM `KEY_CONSTRAINTS` k JOIN `TBLS` t ON t.`TBL_ID` = k.`{side}_TBL_ID` JOIN "
                f"`SDS` s ON s.`SD_ID` = t.`SD_ID` WHERE k.`{side}_CD_ID` <> s.`CD_ID`")
            yield from (f"constraint {name} is on a list that is not its table's" for name, in lost)
    if features.has("MV_CREATION_METADATA"):
        twice = database.rows("SELECT `TBL_NAME` FROM `MV_CREATION_METADATA` GROUP BY `CAT_NAME`, `DB_NAME`, `TBL_NAME` "
                              "HAVING COUNT(*) > 1")
        yield from (f"materialized view {name} is there twice" for name, in twice)
