"""`doctor --self-check`: what somebody can paste of a server that others do not have, without giving away whose it is."""

import json

import pytest

from support.gaussdb_metastore import Template
from support.opengauss import OpenGauss
from support.program import write_job
from support.servers import PASSWORD_VARIABLE

pytestmark = pytest.mark.usefixtures("metaferry")


@pytest.fixture(scope="module")
def template(postgres, hive_lab):
    template = Template(hive_lab, postgres, "self_check_secret_name")
    yield template
    postgres.drop_database(template.database)


def self_check(metaferry, folder, url, user, environment, *options):
    job = write_job(folder, url, user=user, password="${env:%s}" % PASSWORD_VARIABLE)
    return metaferry.run(["doctor", job, "--self-check", *options], env=environment)


def rows(text, heading):
    table = text.split(f"## {heading}\n\n")[1].split("\n\n")[0].splitlines()[2:]
    return [[cell.strip() for cell in line.strip("|").split(" | ")] for line in table]


def assert_names_nothing(text, template, server):
    names = {template.database, server.user, server.password, "127.0.0.1", str(server.port)}
    for line in template.metastore.expected_export("hive"):
        item = json.loads(line)["object"]
        names |= {item.get(key) for key in ("table_name", "function_name", "location", "owner")}
    seen = sorted(name for name in names if name and len(name) > 5 and name in text)
    assert seen == [], text


def test_gaussdb(metaferry, postgres, template, tmp_path):
    with OpenGauss(postgres) as server:
        url = server.plain_jdbc_url(template.database) + "?sslmode=disable"
        done = self_check(metaferry, tmp_path, url, server.user, server.environment())
        most = server.most_at_once
    assert done.exit == 0, done.stderr
    facts = dict(rows(done.stdout, "Server"))
    assert facts["product"] == "openGauss 5.0.0" and facts["login"] == "sha256"
    assert facts["datcompatibility"] == "A" and facts["'' IS NULL"] == "yes"
    assert facts["transaction_isolation of a run"] == "repeatable read"
    assert facts["names of tables and columns"] == "upper case" and facts["tables that are missing"] == "none"
    read = {row[0]: int(row[1]) for row in rows(done.stdout, "Reading")}
    expected = [json.loads(line)["kind"] for line in template.metastore.expected_export("hive")]
    assert read == {kind: expected.count(kind) for kind in read} and "All was read." in done.stdout
    assert_names_nothing(done.stdout + done.stderr, template, server)
    assert most <= 2


def test_a_login_that_fails_is_told_by_its_codes(metaferry, postgres, tmp_path):
    with OpenGauss(postgres, fault="locked") as server:
        url = server.plain_jdbc_url("hidden_database") + "?sslmode=disable"
        done = self_check(metaferry, tmp_path, url, server.user, server.environment())
    assert done.exit == 1
    (check,) = [row for row in rows(done.stdout, "Checks") if row[2] == "source_connection"]
    assert check[0] == "fail" and check[3].startswith("account_locked")
    assert "It ended with an error: account_locked" in done.stdout
    assert "hidden_database" not in done.stdout and server.user not in done.stdout.split()


def test_mariadb_and_sqlite_have_it_too(metaferry, mariadb, hive_lab, tmp_path):
    hive_lab.apply_official_schema(mariadb, "self_check", "2.3.0")
    done = self_check(metaferry, tmp_path, mariadb.plain_jdbc_url("self_check"), mariadb.user, mariadb.environment())
    assert dict(rows(done.stdout, "Server"))["product"].startswith("MariaDB 1"), done.stderr


def test_it_is_not_json(metaferry, postgres, tmp_path):
    done = self_check(metaferry, tmp_path, "catalog:none.db", None, {}, "--format", "json")
    assert done.exit == 4 and "code: bad_option" in done.stderr
