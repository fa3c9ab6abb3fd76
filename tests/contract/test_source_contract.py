"""Every source that holds a Hive metastore's tables gives the same objects, to the byte.

The rich metastore of support.metastore_builder is written into each engine and schema version; what the export
must be is computed there without the program.
"""

import contextlib
import json
import sqlite3
import threading

import pytest

from support.metastore_builder import build
from support.metastore_model import Column, Database, StorageDescriptor, Table
from support.program import ROOT, assert_balanced, assert_same_lines, export_lines, run_job, run_program, write_job
from support.servers import PASSWORD_VARIABLE

VERSIONS = ["1.2.0", "2.1.0", "2.3.0", "3.0.0", "3.1.0", "4.0.0", "4.0.0-upgraded"]
pytestmark = pytest.mark.usefixtures("metaferry")  # says so when the program is not built
SQLITE_SCHEMA = ROOT / "fixtures" / "hive_schema" / "sqlite-3.1.sql"
CASES = [("sqlite", "3.1.0"), *((engine, version) for engine in ("mariadb", "postgres") for version in VERSIONS),
         ("mysql56", "2.3.0")]
SERVERS = ["mariadb", "postgres"]


class Source:
    """A metastore in one engine, with what a command line needs to reach it."""

    def __init__(self, connection, url, environment, server=None, database=None):
        self.connection, self.url, self.environment = connection, url, environment
        self.server, self.database = server, database

    def export(self, *options):
        return export_lines(self.url, *options, environment=self.environment)

    def job(self, folder, **options):
        if self.server is None:
            return write_job(folder, self.url, **options)
        return write_job(folder, self.server.plain_jdbc_url(self.database), user=self.server.user,
                         password="${env:%s}" % PASSWORD_VARIABLE, **options)


def open_source(request, engine, version, folder, text="utf8"):
    """An empty metastore. MariaDB's text columns are altered to UTF-8, unless `text` is latin1."""
    if engine == "sqlite":
        path = folder / "metastore.db"
        connection = sqlite3.connect(path)
        connection.executescript(SQLITE_SCHEMA.read_text(encoding="utf-8"))
        return Source(connection, f"jdbc:sqlite:{path}", {})
    server, lab = request.getfixturevalue(engine), request.getfixturevalue("hive_lab")
    database = "source_" + version.replace(".", "").replace("-", "_") + "_" + text
    number, _, upgraded = version.partition("-")
    lab.apply_official_schema(server, database, number, upgraded=bool(upgraded))
    if engine == "mariadb" and text == "utf8":
        lab.convert_text_to_utf8(server, database)
    return Source(server.connect(database), server.jdbc_url(database), server.environment(), server, database)


@pytest.fixture(scope="module", params=CASES, ids="-".join)
def filled(request, tmp_path_factory):
    engine, version = request.param
    source = open_source(request, engine, version, tmp_path_factory.mktemp("source"))
    source.metastore = build(source.connection)
    yield source
    source.connection.close()
    if source.server:
        source.server.drop_database(source.database)


@pytest.fixture(params=SERVERS)
def server_source(request, tmp_path):
    source = open_source(request, request.param, "3.1.0", tmp_path)
    yield source
    source.connection.close()


@pytest.fixture
def sqlite_source(request, tmp_path):
    source = open_source(request, "sqlite", "3.1.0", tmp_path)
    yield source
    source.connection.close()


def test_export_is_what_the_tables_hold(filled):
    assert_same_lines(filled.export(), filled.metastore.expected_export("hive"))


def test_other_catalogs_stay_apart(filled):
    if not filled.metastore.features.catalogs:
        finished = run_program("export", filled.url, "--catalog", "spark", environment=filled.environment)
        assert finished.returncode == 1 and b"hive" in finished.stderr, finished.stderr
        return
    assert_same_lines(filled.export("--catalog", "spark"), filled.metastore.expected_export("spark"))
    assert not any("only_in_spark" in line for line in filled.export("--catalog", "hive"))


def test_migration_into_the_embedded_catalog_loses_nothing(filled, tmp_path):
    """Catalog names aside, the copy exports as the original does; a second run finds nothing to do."""
    job = filled.job(tmp_path)
    first = run_job(job, filled.environment)
    assert (first.exit_code, first.summary["status"]) == (0, "SUCCESS"), first.stderr[-3000:]
    assert_balanced(first.summary)
    assert_same_lines(first.export_target(), filled.metastore.expected_export("hive", shown_as="lake"))
    second = run_job(job, filled.environment)
    assert second.exit_code == 0
    assert all(counts["read"] == counts["unchanged"] for counts in second.summary["counts"].values()), second.summary


def test_row_ids_do_not_show(request, tmp_path):
    exports = []
    for seed in (1, 2):
        folder = tmp_path / str(seed)
        folder.mkdir()
        source = open_source(request, "sqlite", "3.1.0", folder)
        build(source.connection, seed=seed)
        source.connection.close()
        exports.append(source.export())
    assert_same_lines(exports[0], exports[1])


def test_ten_megabytes_in_one_parameter(server_source):
    huge = "0123456789ABCDEF" * (10 * 1024 * 1024 // 16)
    metastore = build(server_source.connection, [_one_table({"huge": huge, "after": "1"})])
    assert_same_lines(server_source.export(), metastore.expected_export())


def _one_table(params, catalog="hive"):
    sd = StorageDescriptor([Column("id", "int")], "hdfs://nn1:8020/warehouse/d.db/t")
    return Database("d", "hdfs://nn1:8020/warehouse/d.db", catalog=catalog, tables=[Table("t", sd, params=params)])


def test_an_empty_metastore_exports_nothing(sqlite_source):
    assert sqlite_source.export() == []


class TestChoiceOfCatalog:
    def test_the_only_catalog_is_taken(self, sqlite_source):
        metastore = build(sqlite_source.connection, [_one_table({}, catalog="spark")])
        sqlite_source.connection.execute('DELETE FROM "CTLGS" WHERE "NAME" = \'hive\'')
        sqlite_source.connection.commit()
        assert_same_lines(sqlite_source.export(), metastore.expected_export("spark"))

    def test_several_without_hive_are_listed(self, sqlite_source):
        build(sqlite_source.connection, [_one_table({}, catalog="spark"), _one_table({}, catalog="lab_x")])
        sqlite_source.connection.execute('DELETE FROM "CTLGS" WHERE "NAME" = \'hive\'')
        sqlite_source.connection.commit()
        done = run_program("export", sqlite_source.url)
        assert done.returncode != 0 and not done.stdout
        assert b"spark" in done.stderr and b"lab_x" in done.stderr

    def test_an_unknown_one_is_an_error(self, sqlite_source):
        build(sqlite_source.connection, [_one_table({})])
        done = run_program("export", sqlite_source.url, "--catalog", "nowhere")
        assert done.returncode != 0 and not done.stdout
        assert b"nowhere" in done.stderr


class TestMojibake:
    """UTF-8 bytes that a latin1 connection wrote into a latin1 column."""

    TEXT = "客户主数据"

    @pytest.fixture(params=["mariadb", "mysql56"])
    def latin1_source(self, request, tmp_path):
        version = "3.1.0" if request.param == "mariadb" else "2.3.0"
        source = open_source(request, request.param, version, tmp_path, text="latin1")
        source.metastore = build(source.connection, [_one_table({"comment": "?", "honest": "für l'été €"})])
        with source.connection.cursor() as cursor:
            cursor.execute("UPDATE TABLE_PARAMS SET PARAM_VALUE = _latin1 0x%s WHERE PARAM_KEY = 'comment'"
                           % self.TEXT.encode("utf-8").hex())
            cursor.execute("SELECT PARAM_VALUE FROM TABLE_PARAMS WHERE PARAM_KEY = 'comment'")
            source.stored = cursor.fetchone()[0]
        assert source.stored != self.TEXT
        yield source
        source.connection.close()

    @staticmethod
    def parameters(lines):
        (table,) = [json.loads(line)["object"] for line in lines if '"kind":"TABLE"' in line]
        return table["parameters"]

    def test_export_shows_what_is_stored(self, latin1_source):
        assert self.parameters(latin1_source.export()) == {"comment": latin1_source.stored, "honest": "für l'été €"}

    def test_a_run_reports_it_and_changes_nothing(self, latin1_source, tmp_path):
        run = run_job(latin1_source.job(tmp_path), latin1_source.environment)
        assert run.exit_code == 0
        assert self.parameters(run.export_target())["comment"] == latin1_source.stored
        reported = [line for path in run.log_folder.iterdir() if path.suffix in (".ndjson", ".log")
                    for line in path.read_text(encoding="utf-8").splitlines() if "mojibake" in line.lower()]
        assert any('"t"' in line or "d.t" in line for line in reported), reported

    def test_it_is_repaired_on_request_only(self, latin1_source, tmp_path):
        job = latin1_source.job(tmp_path, metaferry={"text_repair": "cp1252-utf8"})
        run = run_job(job, latin1_source.environment)
        assert run.exit_code == 0
        assert self.parameters(run.export_target()) == {"comment": self.TEXT, "honest": "für l'été €"}


class TestOneSnapshot:
    def test_an_export_sees_each_transaction_whole_or_not_at_all(self, server_source):
        """A writer sets the same number in three tables of the metastore, over and over, while exports run."""
        metastore = build(server_source.connection)
        quote = "`" if server_source.server.dialect == "mysql" else '"'
        writer = metastore.writer
        places = [("DATABASE_PARAMS", "DB_ID", writer.database_ids["hive", "a_b"]),
                  ("TABLE_PARAMS", "TBL_ID", writer.table_ids["hive", "shop", "customers"]),
                  ("PARTITION_PARAMS", "PART_ID", writer.partition_ids["hive", "shop", "many", "day=9/hour=9"])]
        statements = []
        for table, column, number in places:
            server_source.server.execute(
                f"INSERT INTO {quote}{table}{quote} ({quote}{column}{quote}, {quote}PARAM_KEY{quote}, "
                f"{quote}PARAM_VALUE{quote}) VALUES ({number}, 'generation', '0')", database=server_source.database)
            statements.append(f"UPDATE {quote}{table}{quote} SET {quote}PARAM_VALUE{quote} = %s "
                              f"WHERE {quote}PARAM_KEY{quote} = 'generation'")
        stop = threading.Event()

        def keep_writing():
            generation = 0
            with contextlib.closing(server_source.server.connect(server_source.database)) as connection:
                cursor = connection.cursor()
                while not stop.wait(0.001):
                    generation += 1
                    cursor.execute("START TRANSACTION")
                    for statement in statements:
                        cursor.execute(statement, (str(generation),))
                    cursor.execute("COMMIT")

        thread = threading.Thread(target=keep_writing)
        thread.start()
        try:
            seen = []
            for _ in range(6):
                objects = [json.loads(line)["object"] for line in server_source.export()]
                seen.append([thing["parameters"]["generation"] for thing in objects
                             if "generation" in thing.get("parameters", {})])
        finally:
            stop.set()
            thread.join()
        assert all(len(numbers) == 3 and len(set(numbers)) == 1 for numbers in seen), seen
        assert len({numbers[0] for numbers in seen}) > 1, "the writer did not write"


class TestSourceIsOnlyRead:
    def test_select_rights_are_enough(self, server_source, tmp_path):
        metastore = build(server_source.connection)
        server, database = server_source.server, server_source.database
        if server.dialect == "mysql":
            server.execute_as_root("DROP USER IF EXISTS 'reader'@'127.0.0.1'",
                                   f"CREATE USER 'reader'@'127.0.0.1' IDENTIFIED BY '{server.password}'",
                                   f"GRANT SELECT ON `{database}`.* TO 'reader'@'127.0.0.1'")
        else:
            for statement in (
                    "DO $$ BEGIN CREATE ROLE reader LOGIN; EXCEPTION WHEN duplicate_object THEN NULL; END $$",
                    f"ALTER ROLE reader PASSWORD '{server.password}'", "GRANT USAGE ON SCHEMA public TO reader",
                    "GRANT SELECT ON ALL TABLES IN SCHEMA public TO reader"):
                server.execute(statement, database=database)
        url = server_source.url.replace(f"user={server.user}", "user=reader")
        assert_same_lines(export_lines(url, environment=server_source.environment), metastore.expected_export())
        job = write_job(tmp_path, server.plain_jdbc_url(database), user="reader",
                        password="${env:%s}" % PASSWORD_VARIABLE)
        assert run_job(job, server_source.environment).exit_code == 0

    def test_the_server_logs_no_write(self, request, tmp_path):
        source = open_source(request, "mariadb", "3.1.0", tmp_path)
        build(source.connection)
        source.server.execute_as_root("SET GLOBAL log_output = 'TABLE'", "TRUNCATE TABLE mysql.general_log",
                                      "SET GLOBAL general_log = ON")
        try:
            source.export()
            assert run_job(source.job(tmp_path), source.environment).exit_code == 0
            assert run_program("verify", tmp_path / "job.json", environment=source.environment).returncode in (0, 2)
        finally:
            source.server.execute_as_root("SET GLOBAL general_log = OFF")
        logged = source.server.execute(
            "SELECT CONVERT(argument USING utf8mb4) FROM mysql.general_log WHERE command_type IN ('Query', 'Execute') "
            "AND user_host LIKE '%hive%'")
        statements = [text.strip() for (text,) in logged]
        assert any(text.upper().startswith("SELECT") for text in statements)
        allowed = ("SELECT", "SET", "SHOW", "START TRANSACTION", "BEGIN", "COMMIT", "ROLLBACK", "USE", "KILL")
        assert [text for text in statements if not text.upper().startswith(allowed)] == []
        assert [text for text in statements if "FOR UPDATE" in text.upper() or "SET GLOBAL" in text.upper()
                or "LOCK IN" in text.upper()] == []
