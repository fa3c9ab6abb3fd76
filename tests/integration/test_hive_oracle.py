"""The export of a metastore's database against what Hive's own service answers about the same database.

The service is the authority: every object is read over Thrift, brought into the export's form by code that shares
nothing with the program, and compared field by field.
"""

import json
from dataclasses import dataclass
from pathlib import Path

import pytest
from support.metastore_reader import MetastoreReader
from support.program import assert_same_lines, export_lines
from support.thrift_to_contract import in_order, json_text
from thrift_fill import ANALYZED, ThriftFill

SPARK_FILL = Path(__file__).with_name("spark_fill.py")
DATABASE = "hms"
needs_program = pytest.mark.usefixtures("metaferry")  # says so when the program is not built


@dataclass
class Filled:
    """A filled metastore database, and what its service says of it."""

    version: str
    server: object
    lines: list
    other_lines: list

    def export(self, *options):
        return export_lines(self.server.jdbc_url(DATABASE), *options, environment=self.server.environment())


@pytest.fixture(scope="module", params=["3.1.3 on MariaDB", "4.0.1 on PostgreSQL"])
def filled(request, hive_lab, spark):
    version, server_name = request.param.split(" on ")
    server = request.getfixturevalue({"MariaDB": "mariadb", "PostgreSQL": "postgres"}[server_name])
    hive_lab.schematool_init(server, DATABASE, version)
    if server_name == "MariaDB":
        hive_lab.convert_text_to_utf8(server, DATABASE)
    with hive_lab.start_metastore(server, DATABASE, version) as metastore:
        hive_lab.run_spark(metastore, SPARK_FILL)
        with metastore.client() as client:
            ThriftFill(client, server, DATABASE, version).run()
            engines = {"impala": ANALYZED} if version.startswith("4") else {}
            lines = list(MetastoreReader(client, other_engines=engines).lines())
            if version.startswith("4"):
                restore_acid_serde_parameters(lines)
            yield Filled(version, server, lines, list(MetastoreReader(client, "other").lines()))
    server.drop_database(DATABASE)


def restore_acid_serde_parameters(lines):
    """4.0.1 answers a full-ACID table without the SerDe parameters that it was given and that it has stored."""
    acid, = (line for line in lines if line["object"].get("table_name") == "acid")
    serde = acid["object"]["storage_descriptor"]["serde_info"]
    assert "parameters" not in serde, "the service has changed: drop this exception"
    serde["parameters"] = {"serialization.format": "1"}


def comparable(lines):
    """Lines of an export; lists in `hive` are brought into the order that the service's answers are in here."""
    lines = [json.loads(text) for text in lines]
    for hive in (line.get("hive", {}) for line in lines):
        for statistics in hive.get("column_statistics", []):
            statistics["statsObj"] = in_order(statistics["statsObj"])
        for holder, member in [(hive, "column_statistics"), (hive, "privileges"),
                               *((hive.get("constraints", {}), member) for member in hive.get("constraints", {}))]:
            if member in holder:
                holder[member] = in_order(holder[member])
    return [json_text(line) for line in lines]


def test_material_is_rich(filled):
    """Guards the comparison itself: equal answers about a poor metastore would prove nothing."""
    kinds = {kind: sum(line["kind"] == kind for line in filled.lines) for kind in ("DATABASE", "FUNCTION", "TABLE", "PARTITION")}
    assert kinds["DATABASE"] >= 6 and kinds["FUNCTION"] >= 4 and kinds["TABLE"] >= 40 and kinds["PARTITION"] >= 25, kinds
    text = json.dumps(filled.lines, ensure_ascii=False)
    for needle in ("primaryKeys", "foreignKeys", "uniqueConstraints", "notNullConstraints", "defaultConstraints", "checkConstraints",
                   "booleanStats", "longStats", "doubleStats", "stringStats", "binaryStats", "decimalStats", "dateStats", "bitVectors",
                   "materialized_view", "rewrite_enabled", "skewed_column_value_location_maps", "sort_columns", "bucket_columns",
                   "ARCHIVE", "FILE", "JAR", '"GROUP"', '"ROLE"', "__HIVE_DEFAULT_PARTITION__", "spark.sql.sources.schema.part.1",
                   "price=1.50", "%3A", "北京", "🚢", "COLUMN_STATS_ACCURATE", "spark.sql.statistics"):
        assert needle in text, needle
    newer = ("timestampStats", "managed_location", "connector_name", "write_id", "histogram", "impala")
    assert all(needle in text for needle in newer) == filled.version.startswith("4")


@needs_program
def test_export_is_what_the_service_answers(filled):
    assert_same_lines(comparable(filled.export()), [json_text(line) for line in filled.lines])


@needs_program
def test_export_of_another_catalog(filled):
    assert_same_lines(comparable(filled.export("--catalog", "other")), [json_text(line) for line in filled.other_lines])


@needs_program
def test_two_exports_are_the_same_bytes(filled):
    assert filled.export() == filled.export()
