"""The schema of job files and the program itself agree on what a job is."""

import copy
import json
import tempfile
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

from support.program import KINDS

pytestmark = pytest.mark.usefixtures("metaferry")
MIGRATION = "/parameter/metadata_migration_parameter"
EXTRAS = "/metaferry"
MISSING = object()

OBJECTS = Path(tempfile.mkdtemp(prefix="metaferry-schema-")) / "objects.txt"
OBJECTS.write_text("sales\n", encoding="utf-8")

# Every key there is, with a value that is allowed.
WHOLE_JOB = {
    "$schema": "./job.schema.json", "name": "whole_job", "description": "all keys", "type": "METADATA_MIGRATION",
    "parameter": {
        "metadata_migration_parameter": {
            "datasource_type": "OPEN_FOR_MYSQL",
            "datasource_parameter": {
                "jdbc_url": "jdbc:mysql://127.0.0.1:1/hms", "username": "u", "password": "${env:PW}", "endpoint": "e",
                "access_key": "a", "secret_key": "s", "subnet_ip": "10.0.0.1"},
            "source_catalog": "hive", "target_catalog": "lake", "conflict_strategy": "UPSERT",
            "log_location": "file:./runs", "sync_objects": list(KINDS), "default_owner": "admin",
            "locations": [{"key": "hdfs://nn/a", "value": "obs://lake/a"}], "instance_id": "i",
            "ignore_obs_checked": True, "network_type": "EIP", "accepted_vpc_id": "v"},
        "permission_migration_parameter": {"anything": 1}, "metadata_discovery_parameter": {}},
    "metaferry": {
        "source": {"url": "jdbc:sqlite:missing.db", "username": "u", "password": "p"},
        "target": {"url": "catalog:./lake.db", "username": "u", "password": "p"},
        "include": ["sales.*"], "exclude": ["*.tmp_*"], "owner_policy": "fallback",
        "objects_file": str(OBJECTS), "partitions": {"sales.orders": "dt >= '2024-01-01'"}, "owners": {"old": "new"},
        "renames": [{"key": "sales", "value": "sales_v2"}], "view_text": "report",
        "object_store": {"endpoint": "https://e", "region": "r", "access_key": "a", "secret_key": "s",
                         "path_style": False},
        "unmatched_locations": "warn", "text_repair": "report", "apply_to": ["location"],
        "scheme_aliases": [["s3", "s3a"]], "authority_aliases": [["nn1", "nn1:8020"]], "workers": 2,
        "shard_partitions": 1000,
        "state_dir": "./.metaferry", "keep_runs": 10, "keep_days": 30}}
ENVIRONMENT = {"PW": "secret", "NAME": "from_environment", "STRATEGY": "UPSERT"}


@pytest.fixture(scope="module")
def schema(metaferry):
    done = metaferry.run(["schema"])
    assert (done.exit, done.stderr) == (0, "")
    document = json.loads(done.stdout)
    Draft202012Validator.check_schema(document)
    return document


@pytest.fixture(scope="module")
def validator(schema):
    return Draft202012Validator(schema)


def changed(pointer, value, job=WHOLE_JOB):
    job = copy.deepcopy(job)
    *parents, last = pointer.strip("/").split("/")
    place = job
    for key in parents:
        place = place[int(key) if isinstance(place, list) else key]
    if isinstance(place, list):
        last = int(last)
    if value is MISSING:
        del place[last]
    else:
        place[last] = value
    return job


def pointers(value=WHOLE_JOB, at=""):
    """Every key of the job, and the first item of each list."""
    items = value.items() if isinstance(value, dict) else enumerate(value[:1]) if isinstance(value, list) else ()
    for key, below in items:
        if "permission_migration_parameter" in at:
            continue
        yield f"{at}/{key}", below
        yield from pointers(below, f"{at}/{key}")


# What stands here is read by the loader, and the schema does not know how.
BEYOND_FORM = (EXTRAS + "/objects_file", EXTRAS + "/partitions/", EXTRAS + "/renames/")
WRONG_TYPES = {str: [7, True, [], {}], bool: ["true", 1, []], int: ["2", 2.5, True, []], list: ["x", {}, 1],
               dict: ["x", [], 1]}


def documents():
    yield "everything", WHOLE_JOB
    yield "by datasource", changed(EXTRAS + "/source", MISSING)
    yield "no metaferry", changed(EXTRAS, MISSING)
    yield "no JSON object", []
    for pointer, value in pointers():
        yield f"{pointer} is missing", changed(pointer, MISSING)
        yield f"{pointer} is null", changed(pointer, None)
        for number, wrong in enumerate(WRONG_TYPES[type(value)]):
            yield f"{pointer} has wrong type {number}", changed(pointer, wrong)
        if isinstance(value, str):
            yield f"{pointer} is empty", changed(pointer, "")
            yield f"{pointer} holds a NUL", changed(pointer, value + "\0")
            if not pointer.startswith(BEYOND_FORM):
                yield f"{pointer} is long", changed(pointer, value + "x" * 5000)
        if isinstance(value, dict) and "permission" not in pointer and "discovery" not in pointer:
            yield f"{pointer} has an unknown key", changed(pointer + "/no_such_key", 1)
    yield from edges()


def edges():
    """Bounds from both sides, and what a reference lets pass."""
    for text in ("abc", "abcd", "a" * 255, "a" * 256, "with space", "ümlaut", "${env:NAME}", "x_${env:NAME}"):
        yield f"name {text[:20]} {len(text)}", changed("/name", text)
    for strategy in ("upsert", "INSERT", "${env:STRATEGY}", ""):
        yield f"strategy {strategy}", changed(MIGRATION + "/conflict_strategy", strategy)
    for size in (0, 20, 21):
        rules = [{"key": f"hdfs://nn/{number}", "value": "obs://lake"} for number in range(size)]
        yield f"{size} rules", changed(MIGRATION + "/locations", rules)
    for kinds in ([], ["TABLE"], ["TABLE", "TABLE"], ["VIEW"], [None]):
        yield f"kinds {kinds}", changed(MIGRATION + "/sync_objects", kinds)
    for workers in (0, 1, 64, 65, 2.0, 1e1, -1, 1e300):
        yield f"{workers} workers", changed(EXTRAS + "/workers", workers)
    for group in (["s3"], ["s3", "s3"], ["s3", ""], []):
        yield f"aliases {group}", changed(EXTRAS + "/scheme_aliases", [group])
    for length in (4000, 4001):
        yield f"description of {length}", changed("/description", "é" * length)
    for length in (255, 256):
        yield f"user of {length}", changed(EXTRAS + "/source/username", "é" * length)
    no_source = changed(EXTRAS + "/source", MISSING)
    for key in ("datasource_type", "datasource_parameter"):
        yield f"no source and no {key}", changed(f"{MIGRATION}/{key}", MISSING, no_source)
        yield f"no source and {key} null", changed(f"{MIGRATION}/{key}", None, no_source)
    yield "source is null and no datasource", changed(
        MIGRATION + "/datasource_type", MISSING, changed(EXTRAS + "/source", None))


DOCUMENTS = dict(documents())

def program_takes(metaferry, folder, job):
    path = folder / "job.json"
    path.write_text(json.dumps(job, ensure_ascii=False), encoding="utf-8")
    done = metaferry.run(["plan", path, "--quiet"], env=ENVIRONMENT)
    assert done.exit in (1, 4), (done.exit, done.stderr)
    return done.exit == 1, done.stderr


@pytest.mark.parametrize("name", DOCUMENTS)
def test_schema_and_program_agree(metaferry, validator, tmp_path, name):
    takes, stderr = program_takes(metaferry, tmp_path, DOCUMENTS[name])
    errors = [error.message[:300] for error in validator.iter_errors(DOCUMENTS[name])]
    assert takes == (not errors), (name, errors[:3], stderr)


def test_the_documents_are_both_taken_and_refused(validator):
    taken = sum(validator.is_valid(job) for job in DOCUMENTS.values())
    assert taken > 80 and len(DOCUMENTS) - taken > 200, (taken, len(DOCUMENTS))


def test_an_editor_is_told_what_every_key_is_for(schema):
    def keys(part, at=""):
        for name, key in part.get("properties", {}).items():
            yield f"{at}/{name}", key
            values = [key, *key.get("anyOf", ())]
            for value in values + [value["items"] for value in values if "items" in value]:
                yield from keys(value, f"{at}/{name}")
    described = dict(keys(schema))
    assert len(described) > 50
    assert all(key.get("description") for key in described.values())
    assert described["/metaferry/workers"]["default"] == 2


def test_a_job_may_name_its_schema_and_hold_comments(metaferry, schema, tmp_path):
    (tmp_path / "job.schema.json").write_text(json.dumps(schema))
    job = "// what this is\n" + json.dumps(WHOLE_JOB, indent=2).replace('"type"', '/* kind */ "type"')
    (tmp_path / "job.json").write_text(job)
    done = metaferry.run(["plan", tmp_path / "job.json"], env=ENVIRONMENT)
    assert done.exit == 1 and "code: cannot_open_file" in done.stderr, done.stderr
