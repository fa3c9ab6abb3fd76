"""A metastore on GaussDB or openGauss gives the same objects as on PostgreSQL, to the byte.

There is no such server for tests: support.opengauss imitates one in front of a real PostgreSQL.
"""

import json

import pytest

from support.gaussdb_metastore import LAYOUTS, LOWER_CASE, MIXED_CASE, Template
from support.opengauss import OpenGauss
from support.program import assert_balanced, assert_same_lines, export_lines, run_job, run_program, write_job
from support.servers import PASSWORD_VARIABLE

pytestmark = pytest.mark.usefixtures("metaferry")
MODES = ("A", "PG")
MIGRATION = "metadata_migration_parameter"
MOST_CONNECTIONS = 2  # the metastore of a cluster has few, and other users
READING = ("SELECT", "SET", "SHOW", "START TRANSACTION", "BEGIN", "COMMIT", "ROLLBACK", "DEALLOCATE")


@pytest.fixture(scope="module")
def template(postgres, hive_lab):
    template = Template(hive_lab, postgres)
    yield template
    postgres.drop_database(template.database)


@pytest.fixture(scope="module")
def expected(template):
    return template.metastore.expected_export()


class Metastore:
    """A copy of the metastore in one layout, and what a server in one mode is started with."""

    def __init__(self, template, layout, mode):
        self.template, self.mode = template, mode
        self.database = f"gaussdb_{layout}_{mode}".lower().replace(" ", "_")
        template.copy(self.database, layout, empty_is_null=mode == "A")

    def server(self, **options):
        return OpenGauss(self.template.server, compatibility=self.mode, **options)

    def job(self, folder, server, scheme="gaussdb"):
        return write_job(folder, server.plain_jdbc_url(self.database, scheme) + "?sslmode=disable", user=server.user,
                         password="${env:%s}" % PASSWORD_VARIABLE)

    def export(self, server, **url_options):
        return export_lines(server.jdbc_url(self.database, **url_options), environment=server.environment())


@pytest.fixture(scope="module", params=[(layout, mode) for layout in LAYOUTS for mode in MODES],
                ids=lambda case: f"{case[0]}, mode {case[1]}")
def metastore(request, template):
    metastore = Metastore(template, *request.param)
    yield metastore
    template.server.drop_database(metastore.database)


@pytest.fixture(scope="module")
def mixed_case(template):
    """The least comfortable of them."""
    metastore = Metastore(template, MIXED_CASE, "A")
    yield metastore
    template.server.drop_database(metastore.database)


def assert_only_read(server):
    statements = [statement.strip() for statement in server.statements]
    assert any("READ ONLY" in statement.upper() for statement in statements), statements[:20]
    assert [text for text in statements if not text.upper().startswith(READING)] == []
    assert [text for text in statements if "FOR UPDATE" in text.upper() or "FOR SHARE" in text.upper()] == []


def test_export_is_that_of_postgresql(metastore, template, expected):
    postgres = template.server
    directly = export_lines(postgres.jdbc_url(template.database), environment=postgres.environment())
    with metastore.server() as server:
        exported = metastore.export(server)
    assert_same_lines(exported, directly)
    assert_same_lines(exported, expected)


def test_migration_loses_nothing_and_a_second_run_has_nothing_to_do(metastore, template, tmp_path):
    with metastore.server() as server:
        job = metastore.job(tmp_path, server)
        first, second = (run_job(job, server.environment()) for _ in range(2))
    assert (first.exit_code, first.summary["status"]) == (0, "SUCCESS"), first.stderr[-3000:]
    assert_balanced(first.summary)
    assert_same_lines(first.export_target(), template.metastore.expected_export("hive", shown_as="lake"))
    assert second.exit_code == 0, second.stderr[-3000:]
    assert all(counts["read"] == counts["unchanged"] for counts in second.summary["counts"].values()), second.summary


def test_a_run_is_a_small_guest_that_only_reads(metastore, tmp_path):
    with metastore.server() as server:
        run = run_job(metastore.job(tmp_path, server), server.environment())
        assert run.exit_code == 0, run.stderr[-3000:]
        assert run_program("verify", tmp_path / "job.json", environment=server.environment()).returncode == 0
    assert server.most_at_once <= MOST_CONNECTIONS
    assert {connection.protocol for connection in server.connections} == {(3, 51)}
    assert_only_read(server)


def test_the_report_says_which_server_it_was_and_how_it_was_reached(mixed_case, tmp_path):
    with mixed_case.server() as server:
        run = run_job(mixed_case.job(tmp_path, server), server.environment())
    source = run.summary["source"]
    assert (source["product"], source["schema_version"]) == ("openGauss 5.0.0", "3.1.0")
    assert source["connection"] == "not encrypted, server not verified"
    assert source["connection"] in run.log_text()


@pytest.mark.parametrize("scheme", ["gaussdb", "opengauss"])
def test_both_schemes_of_the_makers_are_taken(mixed_case, expected, scheme):
    with mixed_case.server() as server:
        assert_same_lines(mixed_case.export(server, scheme=scheme), expected)
    assert server.requests == [10]


@pytest.mark.parametrize("scheme", ["postgresql", "gaussdb", "opengauss"])
def test_the_local_database_of_an_mrs_cluster(mixed_case, template, tmp_path, scheme):
    """LakeFormation's form of a job: MRS itself calls that database jdbc:postgresql:, and so may a job."""
    with mixed_case.server() as server:
        path = write_job(tmp_path, "unused:")
        job = json.loads(path.read_text())
        del job["metaferry"]["source"]
        job["parameter"][MIGRATION] |= {"datasource_type": "MRS_LOCAL_GAUSSDB", "datasource_parameter": {
            "jdbc_url": server.plain_jdbc_url(mixed_case.database, scheme) + "?sslmode=disable",
            "username": server.user, "password": "${env:%s}" % PASSWORD_VARIABLE}}
        path.write_text(json.dumps(job))
        run = run_job(path, server.environment())
    assert run.exit_code == 0, run.stderr[-3000:]
    assert_same_lines(run.export_target(), template.metastore.expected_export("hive", shown_as="lake"))
    assert server.requests == [10] and server.most_at_once <= MOST_CONNECTIONS
    assert_only_read(server)


@pytest.mark.parametrize("stored", ["combined", "md5"])
def test_an_account_that_postgresqls_client_can_log_in_to_is_read_as_gaussdb_all_the_same(mixed_case, expected, stored):
    with mixed_case.server(stored=stored) as server:
        assert_same_lines(mixed_case.export(server, scheme="postgresql"), expected)
    assert server.requests == [5]


def test_the_doctor_finds_nothing_wrong(mixed_case, tmp_path):
    with mixed_case.server() as server:
        job = mixed_case.job(tmp_path, server)
        done = run_program("doctor", job, "--format", "json", environment=server.environment(), folder=tmp_path)
    report = json.loads(done.stdout)
    assert done.returncode == 0, done.stdout.decode()
    assert [check for check in report["checks"] if check["level"] == "fail"] == []
    assert server.most_at_once <= MOST_CONNECTIONS
    assert_only_read(server)


def test_a_server_that_hangs_up_in_the_midst_ends_the_run(mixed_case, tmp_path):
    with mixed_case.server(fault="hangs_up") as server:
        run = run_job(mixed_case.job(tmp_path, server), server.environment())
    assert (run.exit_code, run.summary["status"]) == (1, "FAILED"), run.summary
    assert run.summary["error"]["code"] == "connection_failed", run.stderr
    assert server.login_attempts == 1


def test_another_schema_is_found_by_current_schema(template, expected):
    metastore = Metastore(template, LOWER_CASE, "PG")
    try:
        postgres = template.server
        postgres.execute('ALTER SCHEMA public RENAME TO "Hive Meta"; CREATE SCHEMA public', database=metastore.database)
        with metastore.server() as server:
            assert_same_lines(metastore.export(server, currentSchema='"Hive%20Meta"'), expected)
    finally:
        template.server.drop_database(metastore.database)


def test_a_reader_with_select_rights_is_enough(mixed_case, template, expected):
    postgres = template.server
    for statement in ("DO $$ BEGIN CREATE ROLE gauss_reader LOGIN; EXCEPTION WHEN duplicate_object THEN NULL; END $$",
                      "GRANT USAGE ON SCHEMA public TO gauss_reader",
                      "GRANT SELECT ON ALL TABLES IN SCHEMA public TO gauss_reader"):
        postgres.execute(statement, database=mixed_case.database)
    with mixed_case.server(user="gauss_reader") as server:
        assert_same_lines(mixed_case.export(server), expected)
