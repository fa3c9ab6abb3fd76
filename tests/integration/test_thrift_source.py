"""Exports over Thrift against exports of the same metastore's database: what a service can tell is told to the byte.

Each exception is named below, as it was seen in the services; one that is no longer there fails its test.
"""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from support.hive_lab import OLD_SERVICE
from support.metastore_client import MetastoreError
from support.program import ROOT, assert_balanced, assert_same_lines, export_lines, run_job, run_program, write_job
from support.servers import PASSWORD_VARIABLE
from thrift_fill import ThriftFill

pytestmark = pytest.mark.usefixtures("metaferry")
SPARK_FILL = Path(__file__).with_name("spark_fill.py")
CHECK = ROOT / "connectors" / "hms_thrift" / "read_hive_classes" / "check.py"
TRANSFORMER = {"metastore.metadata.transformer.class": "org.apache.hadoop.hive.metastore.MetastoreDefaultTransformer"}
DATABASE = "hms_thrift"


class OldClient:
    """Takes what a newer client takes, and leaves out the fields that old classes do not know."""

    def __init__(self, client):
        self._client = client

    def __getattr__(self, method):
        return lambda *arguments: self.call(method, *arguments)

    def call(self, method, *arguments):
        while True:
            try:
                return self._client.call(method, *arguments)
            except MetastoreError as error:
                if "has no field" not in str(error):
                    raise
                arguments = without(arguments, str(error).split()[-1])


def without(value, key):
    if isinstance(value, dict):
        return {name: without(inner, key) for name, inner in value.items() if name != key}
    return [without(inner, key) for inner in value] if isinstance(value, (list, tuple)) else value


class Filled:
    """A filled metastore database, and a service over it."""

    def __init__(self, lab, server, version):
        self.lab, self.server, self.version = lab, server, version

    def start(self, settings=None):
        return self.lab.start_metastore(self.server, DATABASE, self.version, settings)

    def sql_export(self, *options):
        return export_lines(self.server.jdbc_url(DATABASE), *options, environment=self.server.environment())

    def expected(self, *options):
        """The SQL export less what no service tells."""
        return [json_line for json_line in map(self._as_told, self.sql_export(*options))]

    def _as_told(self, text):
        line = json.loads(text)
        hive, thing = line.get("hive", {}), line["object"]
        if line["kind"] == "PARTITION":
            # asked about many partitions, a service leaves out what few SerDes have
            hive.pop("serde_info", None)
            # the tests' tables do not say that their partitions have grants of their own
            hive.pop("privileges", None)
        if self.version == "4.0.1" and thing.get("table_name") == "acid" and line["kind"] == "TABLE":
            thing["storage_descriptor"]["serde_info"].pop("parameters", None)
        if not hive:
            line.pop("hive", None)
        return json.dumps(line, ensure_ascii=False, separators=(",", ":"), sort_keys=True)


def url(*services, **options):
    hosts = ",".join(f"127.0.0.1:{service.port}" for service in services)
    return f"thrift://{hosts}?" + "&".join(f"{key}={value}" for key, value in options.items())


@pytest.fixture(scope="module", params=["3.1.3 on MariaDB", "4.0.1 on PostgreSQL", f"{OLD_SERVICE} on PostgreSQL"])
def filled(request, hive_lab, spark):
    version, server_name = request.param.split(" on ")
    server = request.getfixturevalue({"MariaDB": "mariadb", "PostgreSQL": "postgres"}[server_name])
    if version == OLD_SERVICE:
        hive_lab.apply_official_schema(server, DATABASE, "2.3.0")
    else:
        hive_lab.schematool_init(server, DATABASE, version)
    if server_name == "MariaDB":
        hive_lab.convert_text_to_utf8(server, DATABASE)
    result = Filled(hive_lab, server, version)
    with result.start() as service:
        with service.client() as client:
            if version == OLD_SERVICE:
                fill_old(ThriftFill(OldClient(client), server, DATABASE, version))
            else:
                hive_lab.run_spark(service, SPARK_FILL)
                ThriftFill(client, server, DATABASE, version).run()
        result.service = service
        yield result
    server.drop_database(DATABASE)


def fill_old(fill):
    """Catalogs came later, and so did transactional tables without a transaction manager."""
    for part in (fill.databases, fill.functions, fill.tables, fill.views, fill.constraints, fill.partitions, fill.statistics,
                 fill.privileges):
        part()


def test_material_is_rich(filled):
    """Guards the comparisons: equal answers about a poor metastore would prove nothing."""
    kinds = [json.loads(line)["kind"] for line in filled.sql_export()]
    assert kinds.count("TABLE") >= 15 and kinds.count("PARTITION") >= 12 and kinds.count("FUNCTION") >= 3
    text = "\n".join(filled.expected())
    for needle in ("primaryKeys", "foreignKeys", "column_statistics", "privileges", "columnName", "skewed_column_values",
                   "materialized_view" if filled.version != OLD_SERVICE else "bucket_columns", "longStats", "北京"):
        assert needle in text, needle


def test_export_is_that_of_the_database(filled):
    assert_same_lines(export_lines(url(filled.service)), filled.expected())


def test_two_exports_are_the_same_bytes(filled):
    assert export_lines(url(filled.service)) == export_lines(url(filled.service))


def test_framed_messages(filled):
    with filled.start({"metastore.thrift.framed.transport.enabled": "true"}) as service:
        assert_same_lines(export_lines(url(service, framed="true")), filled.expected())
        refused = run_program("export", url(service, framed="false", socketTimeout=5))
        assert refused.returncode == 1 and b"framed" in refused.stderr


def test_what_is_stored_is_told_by_a_service_that_answers_other_things_to_most(filled):
    """4.x has a transformer by default, which makes other tables of those that it stores; to older ones the setting is nothing."""
    with filled.start(TRANSFORMER) as service:
        assert_same_lines(export_lines(url(service)), filled.expected())


def test_grants_on_partitions_are_read_where_their_table_says_that_there_are_any(filled):
    quote = "`" if filled.server.dialect == "mysql" else '"'

    def execute(sql):
        filled.server.execute(sql.replace('"', quote), database=DATABASE)

    def granted(lines):
        (partition,) = [json.loads(line) for line in lines if '"part_name":"dt=2024-01-01/region=eu"' in line]
        return partition["hive"]["privileges"]
    execute("""INSERT INTO "TABLE_PARAMS" ("TBL_ID", "PARAM_KEY", "PARAM_VALUE")
               SELECT "TBL_ID", 'PARTITION_LEVEL_PRIVILEGE', 'TRUE' FROM "TBLS" WHERE "TBL_NAME" = 'events'""")
    try:
        assert granted(export_lines(url(filled.service))) == granted(filled.sql_export())
    finally:
        execute("""DELETE FROM "TABLE_PARAMS" WHERE "PARAM_KEY" = 'PARTITION_LEVEL_PRIVILEGE'""")


def test_another_catalog(filled):
    if filled.version == OLD_SERVICE:
        done = run_program("export", url(filled.service), "--catalog", "other")
        assert done.returncode == 1 and b"hive" in done.stderr
        return
    assert_same_lines(export_lines(url(filled.service), "--catalog", "other"), filled.expected("--catalog", "other"))


def test_the_next_service_takes_over_when_one_is_dead(filled):
    with filled.start() as other:
        pass
    assert_same_lines(export_lines(url(other, filled.service)), filled.expected())


SELECTIONS = {
    "patterns": {"include": ["hr.*"], "exclude": ["hr.a*", "*.mv"]},
    "another database": {"include": ["unowned.*", "hr.events"]},
    "values": {"partitions": {"hr.events": "dt >= '2024-01-01' AND dt < '2025-01-01'"}},
    "a list": {"objects_file": "objects.txt"},
}


@pytest.mark.parametrize("selection", SELECTIONS)
def test_a_job_chooses_as_it_does_in_the_database(filled, tmp_path, selection):
    """Counts, reasons and what arrives are those of a job that reads the tables."""
    runs = []
    for name, source, user in (("sql", filled.server.plain_jdbc_url(DATABASE), filled.server.user), ("thrift", url(filled.service), None)):
        folder = tmp_path / name
        folder.mkdir()
        (folder / "objects.txt").write_text("hr\nhr.plain\nhr.bare\nhr.events\nhr.events/dt=2024-01-01/region=eu\n")
        job = write_job(folder, source, user=user, password="${env:%s}" % PASSWORD_VARIABLE, metaferry=SELECTIONS[selection])
        run = run_job(job, filled.server.environment())
        assert run.exit_code == 0, run.stderr
        assert_balanced(run.summary)
        again = run_job(job, filled.server.environment())
        assert all(counts["read"] == counts["unchanged"] + counts["filtered"] for counts in again.summary["counts"].values())
        runs.append(run)
    sql, thrift = runs
    assert thrift.summary["counts"] == sql.summary["counts"]

    def filtered(run):
        return sorted((line["kind"], line["id"] if "id" in line else str(line), line["reason"]) for line in run.object_lines()
                      if line["outcome"] == "filtered")
    assert [entry[::2] for entry in filtered(thrift)] == [entry[::2] for entry in filtered(sql)]
    assert_same_lines([filled._as_told(line) for line in thrift.export_target()], [filled._as_told(line) for line in sql.export_target()])


def test_shards_of_a_job_make_what_one_run_makes(filled, tmp_path):
    settings = {"shard_partitions": 3}
    (tmp_path / "one").mkdir()
    one = run_job(write_job(tmp_path / "one", url(filled.service), metaferry=settings))
    (tmp_path / "shards").mkdir()
    job = write_job(tmp_path / "shards", url(filled.service), metaferry=settings)
    shards = []
    for index in (3, 1, 2):
        done = run_program("run", job, "--shard", f"{index}/3", "--format", "json", folder=job.parent)
        assert done.returncode == one.exit_code, done.stderr.decode()
        shards.append(json.loads(done.stdout))
    names = [table["table"] for table in shards[0]["shard"]["split_tables"]]
    assert "hr.events" in names
    assert all([table["table"] for table in shard["shard"]["split_tables"]] == names for shard in shards)
    made = export_lines("catalog:metaferry-catalog.db", "--catalog", "lake", folder=job.parent)
    assert_same_lines(made, one.export_target())
    merged = run_program("report", "merge", *(shard["log_folder"] for shard in shards), "--out", tmp_path / "merged",
                         "--format", "json")
    assert json.loads(merged.stdout)["counts"] == one.summary["counts"]


def test_a_filter_that_does_not_fit_ends_the_run_before_anything_is_written(filled, tmp_path):
    job = write_job(tmp_path, url(filled.service), metaferry={"partitions": {"hr.events": "nothing = '1'"}})
    run = run_job(job)
    assert run.exit_code == 4 and "nothing" in run.stderr
    assert not (tmp_path / "metaferry-catalog.db").exists()


def test_changes_are_seen_by_their_events(filled, tmp_path):
    run = run_job(write_job(tmp_path, url(filled.service)))
    assert run.summary["source"]["snapshot"].startswith("none")
    assert not any("was changed while it was read" in warning for warning in run.summary["warnings"])


def test_doctor_says_what_a_service_cannot_give(filled, tmp_path):
    done = run_program("doctor", write_job(tmp_path, url(filled.service)), "--format", "json")
    checks = {check["code"]: check for check in json.loads(done.stdout)["checks"] if check["area"] == "source"}
    assert done.returncode == 0, done.stdout
    assert {code: checks[code]["level"] for code in ("source_connection", "source_security", "source_catalog", "source_rights")} == {
        "source_connection": "ok", "source_security": "ok", "source_catalog": "ok", "source_rights": "ok"}
    assert checks["source_snapshot"]["level"] == "warn" and "jdbc:" in checks["source_snapshot"]["remedy"]


def test_the_interface_is_that_of_hives_classes(hive_lab, spark):
    if shutil.which("thrift") is None:
        pytest.skip("there is no Thrift compiler")
    jars = []
    for version in (OLD_SERVICE, "3.1.3", "4.0.1"):
        libraries = hive_lab._libraries(version)
        name = {OLD_SERVICE: "hive-metastore-2.3.9.jar", "3.1.3": "hive-standalone-metastore-3.1.3.jar",
                "4.0.1": "hive-standalone-metastore-common-4.0.1.jar"}[version]
        jars.append(f"{libraries[0].parent / name},{':'.join(map(str, libraries))}")
    done = subprocess.run([sys.executable, CHECK, "compare", *jars], capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
