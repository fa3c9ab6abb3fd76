"""`metaferry doctor`: each thing that would spoil a run is found before it, with its remedy, and nothing is touched."""

import contextlib
import hashlib
import json
import sqlite3
import time

import pytest

from support.metastore_builder import build
from support.metastore_model import Column, Database, StorageDescriptor, Table
from support.program import ROOT, write_job
from support.servers import free_port

pytestmark = pytest.mark.usefixtures("metaferry")
OK, FAILED, USAGE = 0, 1, 4
FIXTURES = ROOT / "fixtures"
READER, READER_PASSWORD = "doctor_reader", "r3aderS3cret&x"
DATABASE = "doctor"


class Examined:
    """What one doctor said."""

    def __init__(self, done):
        self.exit, self.stderr = done.exit, done.stderr
        self.document = json.loads(done.stdout)
        self.checks = self.document["checks"]

    def __getitem__(self, code):
        found = [check for check in self.checks if check["code"] == code]
        assert found, f"no check {code} among {self.codes()}\n{self.stderr}"
        return found[0]

    def codes(self, level=None):
        return [check["code"] for check in self.checks if level in (None, check["level"])]


def state_of(folder):
    return {str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else "folder"
            for path in sorted(folder.rglob("*"))}


@pytest.fixture
def doctor(metaferry):
    def examine(path, environment=None):
        before = state_of(path.parent)
        done = metaferry.run(["doctor", path, "--format", "json"], env=environment)
        assert state_of(path.parent) == before, "something was written"
        examined = Examined(done)
        assert examined.exit == (FAILED if examined.document["status"] == "fail" else OK), done.stderr
        assert all(check["remedy"] for check in examined.checks if check["level"] != "ok")
        assert all(check["remedy"] == "" for check in examined.checks if check["level"] == "ok")
        return examined
    return examine


@pytest.fixture(scope="module")
def demo(tmp_path_factory):
    path = tmp_path_factory.mktemp("demo") / "metastore.db"
    with sqlite3.connect(path) as connection:
        for script in ("hive_schema/sqlite-3.1.sql", "demo/metastore.sql"):
            connection.executescript((FIXTURES / script).read_text(encoding="utf-8"))
    connection.close()
    return path


@pytest.fixture
def folder(tmp_path, demo):
    (tmp_path / "metastore.db").write_bytes(demo.read_bytes())
    return tmp_path


def sqlite_job(folder, **changes):
    return write_job(folder, "jdbc:sqlite:metastore.db", **changes)


# ---- A metastore in a file -----------------------------------------------------------------------

def test_all_is_well(doctor, folder):
    examined = doctor(sqlite_job(folder, default_owner="admin"))
    assert (examined.exit, examined.document["status"], examined.stderr) == (OK, "ok", "")
    assert examined.document["job"] == "contract_test"
    assert "SQLite 3." in examined["source_connection"]["message"]
    assert "Hive schema 3.1.0" in examined["source_schema"]["message"]
    assert "18 tables, 4,264 partitions" in examined["source_size"]["message"]
    assert "(counted)" in examined["source_size"]["message"]
    assert {check["area"] for check in examined.checks} == {
        "job", "source", "rules", "target", "log_location", "state_dir", "host"}


def test_text_is_for_people_and_says_what_to_do(metaferry, folder):
    path = sqlite_job(folder, source_catalog="hvie")
    done = metaferry.run(["doctor", path])
    assert (done.exit, done.stderr) == (FAILED, "")
    lines = done.stdout.splitlines()
    assert lines[0] == "metaferry doctor  contract_test"
    failed, = (number for number, line in enumerate(lines) if line.startswith("  fail  source_catalog "))
    assert 'no catalog "hvie"' in lines[failed] and "do: " in lines[failed + 1] and "hive" in lines[failed + 1]
    assert lines[-1].startswith("1 check failed, ") and "\x1b" not in done.stdout


@pytest.mark.parametrize("arguments, code", [(["doctor"], "missing_argument"), (["doctor", "no.json"], "job_file_unreadable"),
                                             (["doctor", "job.json", "--format", "xml"], "bad_option")])
def test_a_wrong_command_line(metaferry, folder, arguments, code):
    sqlite_job(folder)
    done = metaferry.run(arguments, cwd=folder)
    assert (done.exit, done.stdout) == (USAGE, "") and f"  code: {code}" in done.stderr


def test_a_job_that_cannot_be_read_is_no_examination(metaferry, folder):
    path = sqlite_job(folder)
    path.write_text(path.read_text().replace('"source_catalog"', '"sourc_catalog"'))
    done = metaferry.run(["doctor", path])
    assert (done.exit, done.stdout) == (USAGE, "") and "  code: unknown_key" in done.stderr
    path = write_job(folder, "jdbc:mysql://h/d", user="u", password="${env:METAFERRY_NOT_SET}")
    done = metaferry.run(["doctor", path])
    assert done.exit == USAGE and "  code: secret_unavailable" in done.stderr


def test_a_catalog_that_is_not_there_ends_the_look_at_the_source(doctor, folder):
    examined = doctor(sqlite_job(folder, source_catalog="spark"))
    assert examined["source_catalog"]["level"] == "fail" and "hive" in examined["source_catalog"]["remedy"]
    assert not {"source_size", "source_names", "rule_matches"} & set(examined.codes())
    assert "target_open" in examined.codes(), "the target does not depend on the source"


@pytest.mark.parametrize("content, words", [(None, "open"), (b"no database at all" * 100, "database")])
def test_a_file_that_is_no_metastore(doctor, folder, content, words):
    path = sqlite_job(folder)
    (folder / "metastore.db").unlink()
    if content:
        (folder / "metastore.db").write_bytes(content)
    examined = doctor(path)
    failed, = [check for check in examined.checks if check["level"] == "fail"]
    assert failed["area"] == "source" and words in failed["message"] + failed["remedy"]
    assert [code for code in examined.codes() if code.startswith("source_")] == [failed["code"]]


def test_a_metastore_that_lacks_a_column(doctor, folder):
    with contextlib.closing(sqlite3.connect(folder / "metastore.db")) as connection:
        connection.execute("ALTER TABLE SERDES RENAME COLUMN SLIB TO X")
    examined = doctor(sqlite_job(folder))
    assert "SERDES.SLIB" in examined["source_schema"]["message"]
    assert "source_catalog" not in examined.codes()


def test_names_that_differ_by_case_only(doctor, folder):
    with contextlib.closing(sqlite3.connect(folder / "metastore.db")) as connection:
        db, name = connection.execute("SELECT DB_ID, TBL_NAME FROM TBLS LIMIT 1").fetchone()
        connection.execute("UPDATE TBLS SET TBL_NAME = ?, DB_ID = ? WHERE TBL_ID = (SELECT MAX(TBL_ID) FROM TBLS)",
                           (name.upper(), db))
        connection.commit()
    examined = doctor(sqlite_job(folder))
    assert examined["source_names"]["level"] == "warn" and name in examined["source_names"]["message"]


# ---- Rules ---------------------------------------------------------------------------------------

WAREHOUSE = {"key": "hdfs://nn1:8020/warehouse", "value": "obs://lake/warehouse"}


def test_rules_are_tried_on_the_locations_there_are(doctor, folder):
    rules = [WAREHOUSE, {"key": "hdfs://nn1/data", "value": "obs://lake/data"}]
    examined = doctor(sqlite_job(folder, locations=rules))
    assert "17 (77.3 %) by rule 0" in examined["rule_matches"]["message"]
    assert "rule 1 (hdfs://nn1/data)" in examined["rule_unseen"]["message"]
    assert "staging.legacy_import hdfs://nn1:8020/warehouse2" in examined["rule_unmatched"]["message"]
    assert "rule 1 would match but for" in examined["rule_unmatched"]["message"], "a port is the difference"
    assert examined.document["status"] == "warn"


@pytest.mark.parametrize("policy, level", [("keep", "ok"), ("warn", "warn"), ("fail", "fail")])
def test_a_location_without_a_rule_is_as_bad_as_the_job_says(doctor, folder, policy, level):
    examined = doctor(sqlite_job(folder, locations=[WAREHOUSE], metaferry={"unmatched_locations": policy}))
    assert examined["rule_unmatched"]["level"] == level


@pytest.mark.parametrize("rules, code", [
    ([WAREHOUSE, {"key": "hdfs://nn1:8020/warehouse/hr.db", "value": "obs://hr"}], "overlapping_rule"),
    ([{"key": "hdfs://nn1:8020/a", "value": "hdfs://nn1:8020/a/b"}], "chained_rule"),
    ([WAREHOUSE, {"key": "hdfs://nn2/w", "value": "obs://lake/warehouse"}], "same_target"),
    ([{"key": "hdfs://nn1/a/../b", "value": "obs://x"}], "no_effect"),
])
def test_a_bad_rule_is_told(doctor, folder, rules, code):
    examined = doctor(sqlite_job(folder, locations=rules))
    assert examined[code]["level"] == "warn" and examined[code]["area"] == "rules"


def test_objects_outside_the_job_are_not_looked_at(doctor, folder):
    examined = doctor(sqlite_job(folder, locations=[WAREHOUSE], metaferry={"include": ["hr.*"]}))
    assert "rule_unmatched" not in examined.codes()
    assert "1 of the databases and tables" in examined["owner_missing"]["message"], "web_logs has none either"


def test_a_missing_owner_matters_when_none_is_given(doctor, folder):
    assert doctor(sqlite_job(folder))["owner_missing"]["level"] == "warn"
    assert doctor(sqlite_job(folder, default_owner="admin"))["owner_missing"]["level"] == "ok"


# ---- Targets, folders, the job file --------------------------------------------------------------

def test_a_target_that_is_not_ours(doctor, folder):
    (folder / "lake.db").write_bytes(b"something else, and long enough to be looked at" * 50)
    (folder / "lake.ndjson").write_text("{\"no\": \"object\"}\n")
    for url in ("catalog:lake.db", "file:lake.ndjson"):
        examined = doctor(sqlite_job(folder, metaferry={"target": {"url": url}}))
        assert examined["target_open"]["level"] == "fail" and "target_room" not in examined.codes()


@pytest.mark.parametrize("url", ["catalog:lake.db", "file:lake.ndjson.zst"])
def test_a_target_that_will_be_made_and_one_that_is_there(doctor, metaferry, folder, url):
    path = sqlite_job(folder, metaferry={"target": {"url": url}})
    assert "will be made" in doctor(path)["target_open"]["message"]
    assert metaferry.run(["run", path]).exit == OK
    examined = doctor(path)
    assert "is a " in examined["target_open"]["message"]
    assert examined.codes("fail") == [] and examined["target_limits"]["level"] == "ok"


@pytest.mark.parametrize("url", ["catalog:/proc/self/lake.db", "file:/proc/self/lake.ndjson", "catalog:no/such/lake.db"])
def test_a_target_that_cannot_be_written(doctor, folder, url):
    examined = doctor(sqlite_job(folder, metaferry={"target": {"url": url}}))
    assert examined["target_writable"]["level"] == "fail"


@pytest.mark.parametrize("place", ["file:/proc/self/runs", "file:./metastore.db/runs"])
def test_a_log_location_that_cannot_be_written(doctor, folder, place):
    examined = doctor(sqlite_job(folder, log_location=place))
    assert examined.codes("fail") == ["log_location_writable"]


def test_a_state_folder_that_cannot_be_written(doctor, folder):
    examined = doctor(sqlite_job(folder, metaferry={"state_dir": "/proc/self/state"}))
    assert examined.codes("fail") == ["state_dir_writable"]


def test_a_password_in_clear_is_told_by_who_may_read_it(doctor, folder):
    path = write_job(folder, "jdbc:sqlite:metastore.db", user="u", password="Pl4inS3cret", default_owner="x")
    assert doctor(path)["job_secret"]["level"] == "ok"
    path.chmod(0o644)
    examined = doctor(path)
    assert examined["job_secret"]["level"] == "warn" and "chmod 600" in examined["job_secret"]["remedy"]
    assert "Pl4inS3cret" not in json.dumps(examined.document)


@pytest.mark.parametrize("suffix", ["", ".zst"])
def test_a_whole_catalog_file_and_an_embedded_catalog_as_sources(doctor, metaferry, folder, suffix):
    name = f"whole.ndjson{suffix}"
    for target in (f"file:{name}", "catalog:whole.db"):
        assert metaferry.run(["run", sqlite_job(folder, metaferry={"target": {"url": target}})]).exit == OK
    for source in (f"file:{name}", "catalog:whole.db"):
        path = write_job(folder, source, source_catalog="lake", locations=[WAREHOUSE])
        examined = doctor(path)
        assert "18 tables, 4,264 partitions" in examined["source_size"]["message"]
        assert "17 (77.3 %) by rule 0" in examined["rule_matches"]["message"]
        examined = doctor(write_job(folder, source, source_catalog="hive"))
        assert "lake" in examined["source_catalog"]["remedy"]


def test_a_line_that_is_no_object_is_named(doctor, folder):
    (folder / "whole.ndjson").write_text('{"kind": "DATABASE", "object": {"catalog_name": "hive", "database_name": "a"}}\nx\n')
    examined = doctor(write_job(folder, "file:whole.ndjson"))
    assert "whole.ndjson:2" in examined["source_read"]["message"]


# ---- Servers -------------------------------------------------------------------------------------

@pytest.fixture(scope="module", params=["mariadb", "postgres"])
def server(request, hive_lab):
    """A metastore with one table, whose reader has exactly the rights that are needed."""
    server = request.getfixturevalue(request.param)
    hive_lab.apply_official_schema(server, DATABASE, "3.1.0")
    if server.dialect == "mysql":
        hive_lab.convert_text_to_utf8(server, DATABASE)
    place = "hdfs://nn1:8020/d"
    build(server.connect(DATABASE), [
        Database("d", place, owner="o", tables=[Table("t", StorageDescriptor([Column("c", "int")], place + "/t"), owner="o")])])
    return server


@pytest.fixture
def reader(server):
    """Makes the reader anew; returns how to run statements about it."""
    if server.dialect == "mysql":
        server.execute_as_root(f"DROP USER IF EXISTS '{READER}'@'127.0.0.1'",
                               f"CREATE USER '{READER}'@'127.0.0.1' IDENTIFIED BY '{READER_PASSWORD}'")
        return lambda *statements: server.execute_as_root(*statements)
    for statement in (
            f"DO $$ BEGIN CREATE ROLE {READER}; EXCEPTION WHEN duplicate_object THEN NULL; END $$",
            f"REVOKE ALL ON ALL TABLES IN SCHEMA public FROM {READER}", f"ALTER ROLE {READER} RESET ALL",
            f"ALTER ROLE {READER} LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE PASSWORD '{READER_PASSWORD}'"):
        server.execute(statement, database=DATABASE)
    return lambda *statements: [server.execute(statement, database=DATABASE) for statement in statements]


def grant_reading(server, run):
    run(f"GRANT SELECT ON `{DATABASE}`.* TO '{READER}'@'127.0.0.1'" if server.dialect == "mysql"
        else f"GRANT SELECT ON ALL TABLES IN SCHEMA public TO {READER}")


def grant_all_but(server, run, withheld):
    if server.dialect == "mysql":
        tables = [row[0] for row in server.execute(
            f"SELECT TABLE_NAME FROM information_schema.TABLES WHERE TABLE_SCHEMA = '{DATABASE}'")]
        run(*(f"GRANT SELECT ON `{DATABASE}`.`{table}` TO '{READER}'@'127.0.0.1'" for table in tables
              if table not in withheld))
    else:
        grant_reading(server, run)
        run(*(f'REVOKE SELECT ON "{table}" FROM {READER}' for table in withheld))


def server_job(folder, server, **changes):
    return write_job(folder, server.plain_jdbc_url(DATABASE), user=READER, password="${env:READER_PW}", **changes)


ENVIRONMENT = {"READER_PW": READER_PASSWORD}


def test_a_reader_with_the_least_rights(doctor, server, reader, tmp_path):
    grant_reading(server, reader)
    examined = doctor(server_job(tmp_path, server), ENVIRONMENT)
    assert (examined.codes("fail"), examined.codes("warn")) == ([], []), examined.checks
    product = "MariaDB 10." if server.dialect == "mysql" else "PostgreSQL 1"
    assert product in examined["source_connection"]["message"] and "round trip" in examined["source_connection"]["message"]
    assert "not encrypted, server not verified; the server is on this machine" in examined["source_security"]["message"]
    assert "SELECT on all " in examined["source_rights"]["message"]
    assert "Hive schema 3.1.0" in examined["source_schema"]["message"]
    assert "1 database, 0 functions, 1 table, 0 partitions" in examined["source_size"]["message"]
    assert "agree" in examined["source_clock"]["message"]


@pytest.mark.parametrize("withheld", [["SDS"], ["PARTITION_PARAMS", "TBL_PRIVS"]])
def test_a_missing_grant_is_named_and_the_remedy_works(doctor, server, reader, tmp_path, withheld):
    grant_all_but(server, reader, withheld)
    path = server_job(tmp_path, server)
    examined = doctor(path, ENVIRONMENT)
    rights = examined["source_rights"]
    assert rights["level"] == "fail" and all(table in rights["message"] for table in withheld)
    assert "source_schema" not in examined.codes(), "what depends on it does not fail again"
    reader(*(statement for statement in rights["remedy"].split(";") if statement.strip()))
    assert doctor(path, ENVIRONMENT)["source_rights"]["level"] == "ok", rights["remedy"]


def test_a_user_who_may_do_more_than_read(doctor, server, reader, tmp_path):
    grant_reading(server, reader)
    if server.dialect == "mysql":
        reader(f"GRANT ALL ON `{DATABASE}`.* TO '{READER}'@'127.0.0.1'",
               f"GRANT CREATE, RELOAD ON *.* TO '{READER}'@'127.0.0.1'")
        words = ["ALL PRIVILEGES on doctor.*", "RELOAD", "on *.*"]
    else:
        reader(f'GRANT INSERT, DELETE ON "TBLS", "SDS" TO {READER}', f"ALTER ROLE {READER} CREATEDB")
        words = ["may create databases", "may write 2 tables"]
    examined = doctor(server_job(tmp_path, server), ENVIRONMENT)
    excess = examined["source_rights_excess"]
    assert excess["level"] == "warn" and "GRANT SELECT" in excess["remedy"]
    assert all(word in excess["message"] for word in words), excess
    assert examined.exit == OK


def test_a_superuser_is_told(doctor, server, tmp_path):
    path = write_job(tmp_path, server.plain_jdbc_url(DATABASE), user=server.user, password="${env:PW}")
    examined = doctor(path, {"PW": server.password})
    assert ("superuser" if server.dialect == "postgresql" else "ALL PRIVILEGES") in examined["source_rights_excess"]["message"]


@pytest.mark.parametrize("case", ["wrong password", "unreachable port", "no such database", "no right to enter"])
def test_a_connection_that_cannot_be_had(doctor, server, reader, tmp_path, case):
    url, environment = server.plain_jdbc_url(DATABASE), dict(ENVIRONMENT)
    if case == "wrong password":
        environment["READER_PW"] = "Wr0ng" + READER_PASSWORD
    elif case == "unreachable port":
        url = f"jdbc:{server.dialect}://127.0.0.1:{free_port()}/{DATABASE}"
    elif case == "no such database":
        grant_reading(server, reader)
        url = server.plain_jdbc_url("not_there")
    elif server.dialect == "postgresql":
        reader(f"REVOKE CONNECT ON DATABASE {DATABASE} FROM PUBLIC")
    path = write_job(tmp_path, url, user=READER, password="${env:READER_PW}")
    examined = doctor(path, environment)
    failed = examined["source_connection"]
    assert failed["level"] == "fail"
    assert [code for code in examined.codes() if code.startswith("source_")] == ["source_connection"]
    assert READER_PASSWORD not in json.dumps(examined.document)
    if case == "no right to enter" and server.dialect == "mysql":
        assert failed["remedy"] == f"GRANT SELECT ON `{DATABASE}`.* TO '{READER}'@'HOST';"
    elif case == "no right to enter":
        assert failed["remedy"] == f'GRANT CONNECT ON DATABASE "{DATABASE}" TO "{READER}";'
        grant_reading(server, reader)
        reader(failed["remedy"])
        assert doctor(path, environment)["source_connection"]["level"] == "ok"


def test_a_user_name_by_reference_is_not_shown(doctor, server, reader, tmp_path):
    grant_all_but(server, reader, ["SDS"])
    path = write_job(tmp_path, server.plain_jdbc_url(DATABASE), user="${env:READER_USER}", password="${env:READER_PW}")
    examined = doctor(path, {**ENVIRONMENT, "READER_USER": READER})
    assert examined["source_rights"]["level"] == "fail" and "USER" in examined["source_rights"]["remedy"]
    assert READER not in json.dumps(examined.document)


def test_an_empty_database_is_no_metastore(doctor, server, tmp_path):
    server.create_database("doctor_empty")
    path = write_job(tmp_path, server.plain_jdbc_url("doctor_empty"), user=server.user, password="${env:PW}")
    examined = doctor(path, {"PW": server.password})
    assert "no tables DBS" in examined["source_schema"]["message"] and "source_rights" not in examined.codes("fail")


def test_options_of_the_url_that_do_nothing(doctor, server, reader, tmp_path):
    grant_reading(server, reader)
    path = write_job(tmp_path, server.plain_jdbc_url(DATABASE) + "?loginTimeout=5&x=S3cretValue", user=READER,
                     password="${env:READER_PW}")
    examined = doctor(path, ENVIRONMENT)
    notes = [check["message"] for check in examined.checks if check["code"] == "source_url_option"]
    assert len(notes) == 2 and "loginTimeout" in notes[0] and "S3cretValue" not in json.dumps(examined.document)


def test_a_metastore_without_its_version(doctor, server, reader, tmp_path):
    grant_reading(server, reader)
    quote = "`" if server.dialect == "mysql" else '"'
    rename = f"ALTER TABLE {quote}%s{quote} RENAME TO {quote}%s{quote}"
    server.execute(rename % ("VERSION", "VERSION_OF_OLD"), database=DATABASE)
    try:
        examined = doctor(server_job(tmp_path, server), ENVIRONMENT)
    finally:
        server.execute(rename % ("VERSION_OF_OLD", "VERSION"), database=DATABASE)
    assert examined.codes("fail") == [] and "VERSION" in examined["source_schema_version"]["message"]


# ---- One engine's own ----------------------------------------------------------------------------

@pytest.fixture(scope="module")
def latin1(mariadb, hive_lab):
    """As Hive's own script makes it, with a comment that went in as UTF-8 over a latin1 connection."""
    hive_lab.apply_official_schema(mariadb, "doctor_latin1", "3.1.0")
    build(mariadb.connect("doctor_latin1"), [
        Database("d", "hdfs://nn/d", tables=[Table("t", StorageDescriptor([Column("c", "int", "Ã©tÃ©")], "hdfs://nn/d/t"))])])
    return mariadb


def test_latin1_text_is_a_risk_and_damage_is_counted(doctor, latin1, tmp_path):
    path = write_job(tmp_path, latin1.plain_jdbc_url("doctor_latin1"), user=latin1.user, password="${env:PW}")
    charset = doctor(path, {"PW": latin1.password})["source_charset"]
    assert charset["level"] == "warn" and "latin1" in charset["message"]
    assert "of 1 column comments looked at, 1 looks so" in charset["message"]


@contextlib.contextmanager
def global_variables(mariadb, **values):
    names = [f"@@GLOBAL.{name}" for name in values]
    old, = mariadb.execute(f"SELECT {', '.join(names)}")
    for name, value in values.items():
        mariadb.execute(f"SET GLOBAL {name} = %s", (value,))
    try:
        yield
    finally:
        for name, value in zip(values, old):
            mariadb.execute(f"SET GLOBAL {name} = %s", (value,))


def test_settings_of_mariadb_that_bite(doctor, latin1, tmp_path):
    path = write_job(tmp_path, latin1.plain_jdbc_url("doctor_latin1"), user=latin1.user, password="${env:PW}")
    with global_variables(latin1, sql_mode="", max_statement_time=3600, max_allowed_packet=1048576):
        examined = doctor(path, {"PW": latin1.password})
    warned = examined.codes("warn")
    assert {"source_sql_mode", "source_time_limit", "source_packet_size"} <= set(warned)
    assert "source_limits" not in examined.codes()
    assert "1048576" in examined["source_packet_size"]["message"]


def test_settings_of_postgresql_that_bite(doctor, postgres, hive_lab, tmp_path):
    hive_lab.apply_official_schema(postgres, "doctor_limits", "3.1.0")
    role = "doctor_limited"
    for statement in (f"DO $$ BEGIN CREATE ROLE {role} LOGIN PASSWORD 'pw'; EXCEPTION WHEN duplicate_object THEN NULL; END $$",
                      f"GRANT SELECT ON ALL TABLES IN SCHEMA public TO {role}",
                      f"ALTER ROLE {role} SET statement_timeout = '1min'",
                      f"ALTER ROLE {role} SET idle_in_transaction_session_timeout = '2min'"):
        postgres.execute(statement, database="doctor_limits")
    path = write_job(tmp_path, postgres.plain_jdbc_url("doctor_limits"), user=role, password="${env:PW}")
    examined = doctor(path, {"PW": "pw"})
    limits = {check["message"]: check["remedy"] for check in examined.checks if check["code"] == "source_time_limit"}
    assert len(limits) == 2 and f'ALTER ROLE "{role}" SET statement_timeout = 0;' in limits.values()
    for statement in ("ALTER TABLE \"DBS\" ENABLE ROW LEVEL SECURITY",):
        postgres.execute(statement, database="doctor_limits")
    examined = doctor(path, {"PW": "pw"})
    assert "DBS" in examined["source_row_security"]["message"] and "source_schema" not in examined.codes()


def test_a_schema_outside_the_search_path(doctor, postgres, hive_lab, tmp_path):
    hive_lab.apply_official_schema(postgres, "doctor_path", "3.1.0")
    postgres.execute("ALTER SCHEMA public RENAME TO hms", database="doctor_path")
    url = postgres.plain_jdbc_url("doctor_path")
    job = {"user": postgres.user, "password": "${env:PW}"}
    rights = doctor(write_job(tmp_path, url, **job), {"PW": postgres.password})["source_rights"]
    assert rights["level"] == "fail" and rights["remedy"] == "add currentSchema=hms to the URL"
    examined = doctor(write_job(tmp_path, url + "?currentSchema=hms", **job), {"PW": postgres.password})
    assert examined["source_rights"]["level"] == "ok"


def test_a_database_without_an_encoding(doctor, postgres, hive_lab, tmp_path):
    hive_lab.apply_official_schema(postgres, "doctor_ascii", "3.1.0", charset="SQL_ASCII")
    path = write_job(tmp_path, postgres.plain_jdbc_url("doctor_ascii"), user=postgres.user, password="${env:PW}")
    charset = doctor(path, {"PW": postgres.password})["source_charset"]
    assert charset["level"] == "warn" and "SQL_ASCII" in charset["message"]


def test_old_mysql_is_examined_too(doctor, mysql56, hive_lab, tmp_path):
    hive_lab.apply_official_schema(mysql56, "doctor56", "2.3.0")
    path = write_job(tmp_path, mysql56.plain_jdbc_url("doctor56"), user=mysql56.user, password="${env:PW}")
    examined = doctor(path, {"PW": mysql56.password})
    assert "MySQL 5.6" in examined["source_connection"]["message"]
    assert examined.codes("fail") == [] and {"source_charset", "source_sql_mode"} <= set(examined.codes("warn"))


def test_a_million_partitions_are_estimated_in_seconds(doctor, server, reader, tmp_path):
    grant_reading(server, reader)
    if server.dialect == "mysql":
        fill = ("INSERT INTO PARTITIONS (PART_ID, CREATE_TIME, LAST_ACCESS_TIME, PART_NAME) "
                "SELECT seq, 0, 0, CONCAT('p=', seq) FROM seq_1_to_1000000")
        clean, analyze = "DELETE FROM PARTITIONS", "ANALYZE TABLE PARTITIONS"
    else:
        fill = ('INSERT INTO "PARTITIONS" ("PART_ID", "CREATE_TIME", "LAST_ACCESS_TIME", "PART_NAME") '
                "SELECT s, 0, 0, 'p=' || s FROM generate_series(1, 1000000) s")
        clean, analyze = 'TRUNCATE "PARTITIONS" CASCADE', 'ANALYZE "PARTITIONS"'
    try:
        for statement in (fill, analyze):
            server.execute(statement, database=DATABASE)
        start = time.monotonic()
        examined = doctor(server_job(tmp_path, server), ENVIRONMENT)
        assert time.monotonic() - start < 20
    finally:
        server.execute(clean, database=DATABASE)
    message = examined["source_size"]["message"]
    assert "about " in message and "the server's own estimate" in message
    number = int(message.split("about ")[1].split(" partitions")[0].replace(",", ""))
    assert 500_000 < number < 2_000_000
