"""What a job chooses arrives, what it leaves out is counted, and every source chooses alike.

What must arrive is computed here: the metastore's model is cut down in Python, and its export is compared with that
of the target, line by line.
"""

import contextlib
import copy
import json
import sqlite3
from datetime import date, timedelta
from decimal import Decimal

import pytest
import zstandard

from support.canonical_export import expected_export
from support.metastore_builder import build
from support.metastore_model import DEFAULT_PARTITION, Column, Database, Function, Partition, StorageDescriptor, Table
from support.program import KINDS, ROOT, assert_balanced, assert_same_lines, run_job, run_program, write_job
from support.servers import PASSWORD_VARIABLE

pytestmark = pytest.mark.usefixtures("metaferry")
SQLITE_SCHEMA = ROOT / "fixtures" / "hive_schema" / "sqlite-3.1.sql"
PLACE = "hdfs://nn1:8020/warehouse"
DONE, FAILED, DIFFERENT, PARTIAL, USAGE = 0, 1, 2, 3, 4
SOURCES = ["mariadb", "postgres", "sqlite", "catalog", "file"]
DAYS = [str(date(2024, 1, 1) + timedelta(days=number)) for number in range(30)]
REGIONS = ["eu", "na", "Été", DEFAULT_PARTITION]


def sd(place):
    return StorageDescriptor([Column("id", "int")], f"{PLACE}/{place}")


def table(name, keys, rows, **fields):
    return Table(name, sd(name), partition_keys=[Column(*key.split()) for key in keys],
                 partitions=[Partition(list(values), sd(f"{name}/{number}")) for number, values in enumerate(rows)],
                 **fields)


def databases():
    return [
        Database("sales", f"{PLACE}/sales.db", owner="svc_etl", functions=[
            Function("clean", "com.example.Clean", owner="bob"), Function("orders", "com.example.Orders")], tables=[
            table("orders", ["dt string", "region string"], [(day, region) for day in DAYS for region in REGIONS],
                  owner="svc_etl", owner_type="ROLE"),
            table("hours", ["Day date", "hh int"], [(day, f"{hour:02}") for day in DAYS[:5] for hour in range(24)],
                  owner=""),
            table("prices", ["price decimal(30,12)"], [(f"{n}.000000000001",) for n in range(-5, 6)] + [("9" * 18,)]),
            table("seen", ["at timestamp", "ok boolean"],
                  [(f"2024-01-0{n} 0{n}:00:00{end}", ok) for n in range(1, 6) for end in ("", ".5") for ok in
                   ("true", "false")]),
            table("messy", ["n int"], [(value,) for value in ("1", "2", "3", "abc", "1O", DEFAULT_PARTITION)]),
            table("plain", [], [], owner="bob"),
        ]),
        Database("hr", f"{PLACE}/hr.db", owner="hr_admin", tables=[
            table("people", ["country string"], [("de",), ("fr",), ("it",)], owner="svc_hr")]),
        Database("crm", f"{PLACE}/crm.db", tables=[table("leads", ["dt string"], [(day,) for day in DAYS[:3]])]),
    ]


class Source:
    """A metastore that jobs read, wherever it lies; each job gets a folder of its own."""

    def __init__(self, url, features, environment=None, **login):
        self.url, self.features, self.environment, self.login = url, features, environment or {}, login

    def job(self, folder, metaferry=None, **parameters):
        return write_job(folder, self.url, metaferry=metaferry, **self.login, **parameters)

    def run(self, folder, metaferry=None, exit_code=DONE, **parameters):
        run = run_job(self.job(folder, metaferry, **parameters), self.environment)
        assert run.exit_code == exit_code, run.stderr[-3000:]
        assert_balanced(run.summary)
        return run

    def command(self, command, folder, *options):
        return run_program(command, folder / "job.json", "--format", "json", "--quiet", *options,
                           environment=self.environment, folder=folder)

    def plan(self, folder):
        done = self.command("plan", folder)
        assert done.stdout, done.stderr.decode()
        return json.loads(done.stdout)

    def expected(self, kept):
        """The lines of a target that holds what is left of the model."""
        return expected_export(kept, self.features, shown_as="lake")


def make_sqlite(folder):
    with contextlib.closing(sqlite3.connect(folder / "metastore.db")) as connection:
        connection.executescript(SQLITE_SCHEMA.read_text(encoding="utf-8"))
        built = build(connection, databases())
    return Source(f"jdbc:sqlite:{folder / 'metastore.db'}", built.features)


@pytest.fixture(scope="module", params=SOURCES)
def source(request, tmp_path_factory):
    folder = tmp_path_factory.mktemp("source")
    if request.param in ("mariadb", "postgres"):
        server, lab = request.getfixturevalue(request.param), request.getfixturevalue("hive_lab")
        lab.apply_official_schema(server, "choosing", "3.1.0")
        if request.param == "mariadb":
            lab.convert_text_to_utf8(server, "choosing")
        with contextlib.closing(server.connect("choosing")) as connection:
            built = build(connection, databases())
        yield Source(server.plain_jdbc_url("choosing"), built.features, server.environment(), user=server.user,
                     password="${env:%s}" % PASSWORD_VARIABLE)
        server.drop_database("choosing")
        return
    metastore = make_sqlite(folder)
    if request.param == "sqlite":
        yield metastore
        return
    url = f"catalog:{folder / 'copy.db'}" if request.param == "catalog" else f"file:{folder / 'copy.ndjson.zst'}"
    metastore.run(folder, {"target": {"url": url}}, target_catalog="hive")
    yield Source(url, metastore.features)


@pytest.fixture
def metastore(tmp_path):
    """One source is enough for what does not hang on it."""
    folder = tmp_path / "source"
    folder.mkdir()
    return make_sqlite(folder)


def stored(folder):
    """Names of the target's objects, read from its file without the program."""
    with contextlib.closing(sqlite3.connect(folder / "metaferry-catalog.db")) as connection:
        found = [("DATABASE", name) for name, in connection.execute("SELECT name FROM databases")]
        for kind, rows in (("TABLE", "tables"), ("FUNCTION", "functions")):
            found += [(kind, f"{database}.{name}") for database, name in connection.execute(
                f"SELECT d.name, o.name FROM {rows} o JOIN databases d USING (database_id)")]
        found += [("PARTITION", f"{database}.{name}/{part}") for database, name, part in connection.execute(
            "SELECT d.name, t.name, p.name FROM partitions p JOIN tables t USING (table_id) "
            "JOIN databases d USING (database_id)")]
    return sorted(found)


def cut(keep):
    """The model with the partitions for which keep(database.table, values) holds."""
    kept = copy.deepcopy(databases())
    for database in kept:
        for item in database.tables:
            item.partitions = [part for part in item.partitions
                               if keep(f"{database.name}.{item.name}", tuple(part.values))]
    return kept


def names(kept):
    found = []
    for database in kept:
        found.append(("DATABASE", database.name))
        found += [("FUNCTION", f"{database.name}.{item.name}") for item in database.functions]
        for item in database.tables:
            found.append(("TABLE", f"{database.name}.{item.name}"))
            found += [("PARTITION", f"{database.name}.{item.name}/{item.partition_name(part)}")
                      for part in item.partitions]
    return sorted(found)


def filtered_lines(run, reason):
    """`{database.table: count}` of the partitions that were left out; one line for each table."""
    found = {}
    for line in run.object_lines():
        if line.get("reason") != reason or line["kind"] != "PARTITION":
            continue
        thing = line["object"]
        name = f"{thing['database_name']}.{thing['table_name']}"
        assert line["outcome"] == "filtered" and "partition_name" not in thing and name not in found
        found[name] = line.get("count", 1)
    return found


def only(name, keep):
    """A condition on one table's partitions; all others stay."""
    return lambda of, values: of != name or keep(*values)


# ---- Partition filters ---------------------------------------------------------------------------

ORDERS = "sales.orders"
FILTERS = {
    "text": ({ORDERS: "dt >= '2024-01-10'"}, only(ORDERS, lambda dt, _: dt >= "2024-01-10")),
    "two keys": ({ORDERS: "dt < '2024-01-05' AND Region IN ('eu', 'Été')"},
                 only(ORDERS, lambda dt, region: dt < "2024-01-05" and region in ("eu", "Été"))),
    "null": ({ORDERS: "region IS NULL"}, only(ORDERS, lambda _, region: region == DEFAULT_PARTITION)),
    "null is not unequal": ({ORDERS: "region <> 'eu'"},
                            only(ORDERS, lambda _, region: region not in ("eu", DEFAULT_PARTITION))),
    "not null": ({ORDERS: "NOT (region IS NULL OR dt BETWEEN '2024-01-02' AND '2024-01-30')"},
                 only(ORDERS, lambda dt, region: region != DEFAULT_PARTITION and dt == "2024-01-01")),
    "like": ({ORDERS: "dt LIKE '2024-01-1_' AND region LIKE '%t_'"},
             only(ORDERS, lambda dt, region: dt[:9] == "2024-01-1" and region == "Été")),
    "numbers and days": ({"sales.hours": "DAY > DATE '2024-01-02' and hh < 9"},
                         only("sales.hours", lambda day, hh: day > "2024-01-02" and int(hh) < 9)),
    "decimals": ({"sales.prices": "price > 0.000000000001"},
                 only("sales.prices", lambda price: Decimal(price) > Decimal("0.000000000001"))),
    "timestamps": ({"sales.seen": "at >= '2024-01-02 02:00:00.5' AND ok = TRUE"},
                   only("sales.seen", lambda at, ok: at >= "2024-01-02 02:00:00.5" and ok == "true")),
    "nothing": ({ORDERS: "FALSE"}, only(ORDERS, lambda *_: False)),
    "everything": ({ORDERS: "TRUE"}, lambda *_: True),
    "all days are past": ({ORDERS: "dt < CURRENT_DATE - INTERVAL 1 DAY"}, lambda *_: True),
    "globs add up": ({"*.orders": "dt > '2024-01-03'", "sales.o*": "dt < '2024-01-06'"},
                     only(ORDERS, lambda dt, _: "2024-01-03" < dt < "2024-01-06")),
    "an exact name stands alone": ({"*.*": "dt = 'never'", ORDERS: "region = 'eu'", "sales.hours": "TRUE",
                                    "sales.prices": "TRUE", "sales.seen": "TRUE", "sales.messy": "TRUE",
                                    "hr.people": "country = 'de'"},
                                   lambda of, values: {ORDERS: values[-1] == "eu", "hr.people": values == ("de",),
                                                       "crm.leads": False}.get(of, True)),
}


@pytest.mark.parametrize("case", FILTERS)
def test_partitions_are_chosen_by_their_values(source, tmp_path, case):
    partitions, keep = FILTERS[case]
    everything = names(databases())
    kept = cut(keep)
    left = sum(kind == "PARTITION" for kind, _ in names(kept))
    total = sum(kind == "PARTITION" for kind, _ in everything)
    source.job(tmp_path, {"partitions": partitions})
    plan = source.plan(tmp_path)
    run = source.run(tmp_path, {"partitions": partitions})
    assert plan["counts"] == run.summary["counts"]
    counts = run.summary["counts"]["PARTITION"]
    assert (counts["read"], counts["created"], counts["filtered"]) == (total, left, total - left)
    gone = {}
    for database in databases():
        for item in database.tables:
            name = f"{database.name}.{item.name}"
            number = sum(not keep(name, tuple(part.values)) for part in item.partitions)
            if number:
                gone[name] = number
    assert filtered_lines(run, "partition_filter") == gone
    assert stored(tmp_path) == names(kept)
    assert_same_lines(run.export_target(), source.expected(kept))
    again = source.run(tmp_path, {"partitions": partitions}).summary["counts"]
    assert all(row["read"] == row["unchanged"] + row["filtered"] for row in again.values()), again
    assert source.command("verify", tmp_path).returncode == DONE


def test_a_value_that_cannot_be_read_is_refused_by_name(source, tmp_path):
    partitions = {"sales.messy": "n >= 2"}
    run = source.run(tmp_path, {"partitions": partitions}, exit_code=PARTIAL)
    refused = [line for line in run.object_lines() if line["outcome"] == "refused"]
    assert {line["reason"] for line in refused} == {"partition_filter_undecided"}
    assert sorted(line["object"]["partition_name"] for line in refused) == ["n=1O", "n=abc"]
    assert all("no int" in line["message"] for line in refused)
    assert filtered_lines(run, "partition_filter") == {"sales.messy": 2}  # 1 and NULL
    kept = cut(only("sales.messy", lambda n: n in ("2", "3")))
    assert_same_lines(run.export_target(), source.expected(kept))
    assert stored(tmp_path) == names(kept)


def test_what_the_value_cannot_change_is_decided(source, tmp_path):
    run = source.run(tmp_path, {"partitions": {"sales.messy": "n >= 2 OR n LIKE '%'"}})
    assert filtered_lines(run, "partition_filter") == {"sales.messy": 1}
    assert_same_lines(run.export_target(), source.expected(cut(only("sales.messy", lambda n: n != DEFAULT_PARTITION))))


@pytest.mark.parametrize("partitions, code, words", [
    ({"hr.*": "dt > '2024'"}, "unknown_partition_key", ["hr.people", '"dt"', "country"]),
    ({"sales.hours": "hh > 'noon'"}, "bad_partition_filter", ["sales.hours", "character 6", "hh"]),
    ({"sales.orders": "dt > 5"}, "bad_partition_filter", ["sales.orders", "quotes"]),
], ids=["unknown key", "no such value", "a number for text"])
def test_a_filter_that_does_not_fit_its_table_ends_the_run_before_it_writes(source, tmp_path, partitions, code, words):
    source.job(tmp_path, {"partitions": partitions})
    for command in ("plan", "run"):
        done = source.command(command, tmp_path)
        stderr = done.stderr.decode()
        assert done.returncode == USAGE and f"code: {code}" in stderr and all(word in stderr for word in words), stderr
    assert not (tmp_path / "metaferry-catalog.db").exists()


def test_a_wrong_expression_names_its_place(metastore, tmp_path):
    metastore.job(tmp_path, {"partitions": {"sales.orders": "dt >= '2024' AN region = 'eu'"}})
    done = metastore.command("plan", tmp_path)
    stderr = done.stderr.decode()
    assert done.returncode == USAGE and not done.stdout
    assert "character 14" in stderr and "at: /metaferry/partitions/sales.orders" in stderr


def test_filters_that_concern_nothing_are_told(source, tmp_path):
    partitions = {"sales.plain": "TRUE", "sales.ordres": "dt > '2024'", "gone.*": "TRUE"}
    warnings = source.run(tmp_path, {"partitions": partitions}).summary["warnings"]
    for name in partitions:
        assert [text for text in warnings if "unused_partition_filter" in text and f'"{name}"' in text], warnings
    assert any("has no partition keys" in text for text in warnings)


def test_todays_date_is_told(metastore, tmp_path):
    warnings = metastore.run(tmp_path, {"partitions": {ORDERS: "dt < CURRENT_DATE"}}).summary["warnings"]
    assert any("CURRENT_DATE in partitions is 20" in text for text in warnings)


def test_broken_partitions_that_are_filtered_stay_filtered(tmp_path):
    """Nothing but name and values is read of what a filter leaves out."""
    source = make_sqlite(tmp_path)
    with contextlib.closing(sqlite3.connect(tmp_path / "metastore.db")) as connection:
        connection.execute("UPDATE PARTITIONS SET SD_ID = NULL WHERE PART_NAME LIKE 'dt=2024-01-0%/region=%'")
        connection.commit()
    run = source.run(tmp_path, {"partitions": {ORDERS: "dt > '2024-01-01'"}}, exit_code=PARTIAL)
    refused = [line["object"]["partition_name"] for line in run.object_lines() if line["outcome"] == "refused"]
    assert len(refused) == 8 * len(REGIONS) and not any("2024-01-01" in name for name in refused)
    assert filtered_lines(run, "partition_filter") == {ORDERS: len(REGIONS)}


def test_many_partitions_with_few_that_stay(request, tmp_path):
    """Pages, groups of tables and gaps between ids do not show."""
    rows = [(f"{number:05}",) for number in range(7000)]
    model = [Database("d", f"{PLACE}/d.db", tables=[table(f"t{at}", ["n string"], rows[at::3]) for at in range(3)])]
    with contextlib.closing(sqlite3.connect(tmp_path / "metastore.db")) as connection:
        connection.executescript(SQLITE_SCHEMA.read_text(encoding="utf-8"))
        built = build(connection, model)
    source = Source(f"jdbc:sqlite:{tmp_path / 'metastore.db'}", built.features)
    for exclude in ([], ["d.t0"]):
        run = source.run(tmp_path, {"partitions": {"d.*": "n LIKE '%77'"}, "exclude": exclude})
        kept = {name for kind, name in stored(tmp_path) if kind == "PARTITION"}
        assert kept == {f"d.t{int(n) % 3}/n={n}" for n, in rows if n.endswith("77")}
        assert run.summary["counts"]["PARTITION"]["read"] == 7000


# ---- Lists of objects ----------------------------------------------------------------------------


def pick(*wanted):
    """The model cut down to the databases, functions, tables and partitions named."""
    kept = []
    for database in copy.deepcopy(databases()):
        if database.name not in wanted:
            continue
        database.functions = [item for item in database.functions if f"{database.name}.{item.name}" in wanted]
        database.tables = [item for item in database.tables if f"{database.name}.{item.name}" in wanted]
        for item in database.tables:
            name = f"{database.name}.{item.name}"
            single = [part for part in item.partitions if f"{name}/{item.partition_name(part)}" in wanted]
            item.partitions = single or item.partitions
        kept.append(database)
    return kept


LISTS = {
    "tables with their partitions": ["sales", "sales.hours", "Sales.Plain", "hr", "hr.people"],
    "a function and a table of one name": ["sales", "sales.orders"],
    "single partitions": ["sales", "sales.hours", "sales.hours/day=2024-01-02/hh=07", "sales.prices"],
    "a database alone": ["crm"],
}


@pytest.mark.parametrize("case", LISTS)
def test_only_what_is_listed_takes_part(source, tmp_path, case):
    (tmp_path / "list.txt").write_text("# chosen by hand\n\n" + "\n".join(LISTS[case]) + "\n", encoding="utf-8")
    kept = pick(*(name if "/" in name else name.lower() for name in LISTS[case]))
    metaferry = {"objects_file": "list.txt"}
    source.job(tmp_path, metaferry)
    plan = source.plan(tmp_path)
    run = source.run(tmp_path, metaferry)
    assert plan["counts"] == run.summary["counts"]
    assert stored(tmp_path) == names(kept)
    assert_same_lines(run.export_target(), source.expected(kept))
    inside = {name.lower().split(".")[0] for name in LISTS[case]}
    everything = names([database for database in databases() if database.name in inside])
    for kind in KINDS:
        counts = run.summary["counts"][kind]
        read, left = (sum(of == kind for of, _ in some) for some in (everything, names(kept)))
        assert (counts["read"], counts["created"], counts["filtered"]) == (read, left, read - left), kind
    reasons = {line["reason"] for line in run.object_lines() if line["outcome"] == "filtered"}
    assert reasons <= {"object_list"}
    assert not any("unmet_objects" in text for text in run.summary["warnings"])
    again = source.run(tmp_path, metaferry).summary["counts"]
    assert all(row["read"] == row["unchanged"] + row["filtered"] for row in again.values())


def test_partitions_come_without_their_table_when_the_target_has_it(source, tmp_path):
    chosen = ["sales.orders/dt=2024-01-02/region=eu", "sales.orders/dt=2024-01-03/region=" + DEFAULT_PARTITION]
    (tmp_path / "list.txt").write_text("\n".join(chosen), encoding="utf-8")
    orphaned = source.run(tmp_path, {"objects_file": "list.txt"}, exit_code=PARTIAL)
    assert {line["reason"] for line in orphaned.object_lines() if line["outcome"] == "refused"} == {"parent_missing"}
    source.run(tmp_path, sync_objects=["DATABASE", "TABLE"])
    run = source.run(tmp_path, {"objects_file": "list.txt"})
    assert {name for kind, name in stored(tmp_path) if kind == "PARTITION"} == set(chosen)
    counts = run.summary["counts"]
    assert counts["DATABASE"]["filtered"] == 1 and counts["TABLE"]["filtered"] == counts["TABLE"]["read"] == 6
    assert filtered_lines(run, "object_list")["sales.orders"] == len(DAYS) * len(REGIONS) - 2


def test_other_choices_apply_on_top(source, tmp_path):
    (tmp_path / "list.txt").write_text("sales\nsales.orders\nsales.hours\nhr.people\n", encoding="utf-8")
    run = source.run(tmp_path, {"objects_file": "list.txt", "include": ["sales.*"], "exclude": ["*.hours"],
                                "partitions": {ORDERS: "region = 'eu'"}})
    orders = {name for kind, name in stored(tmp_path) if kind == "PARTITION"}
    assert orders == {f"sales.orders/dt={day}/region=eu" for day in DAYS}
    assert filtered_lines(run, "partition_filter") == {ORDERS: len(DAYS) * (len(REGIONS) - 1)}
    assert filtered_lines(run, "exclude") == {"sales.hours": 120}
    assert ("DATABASE", "hr") not in stored(tmp_path)
    assert any("1 of 4 listed names is no object" in text and "hr.people (line 4)" in text
               for text in run.summary["warnings"])


def test_names_that_match_nothing_are_told(source, tmp_path):
    (tmp_path / "list.txt").write_text(
        "sales\nsales.ordres\nsales.orders/dt=1999-01-01/region=eu\nnowhere.t\n", encoding="utf-8")
    run = source.run(tmp_path, {"objects_file": "list.txt"})
    (warning,) = [text for text in run.summary["warnings"] if text.startswith("unmet_objects")]
    assert "3 of 4" in warning and "sales.ordres (line 2)" in warning and "nowhere.t (line 4)" in warning
    (tmp_path / "list.txt").write_text("nowhere.t\n", encoding="utf-8")
    assert run_job(tmp_path / "job.json", source.environment).exit_code == FAILED


@pytest.mark.parametrize("suffix", ["ndjson", "zst"])
def test_an_export_is_a_list(metastore, tmp_path, suffix):
    lines = "\n".join(line for line in metastore.expected(databases()) if '"orders"' in line or '"kind":"DATABASE"' in line)
    content = lines.encode()
    (tmp_path / f"list.{suffix}").write_bytes(
        zstandard.ZstdCompressor().compress(content) if suffix == "zst" else content)
    run = metastore.run(tmp_path, {"objects_file": f"list.{suffix}"})
    assert run.summary["counts"]["TABLE"]["created"] == run.summary["counts"]["FUNCTION"]["created"] == 1
    assert run.summary["counts"]["PARTITION"]["created"] == len(DAYS) * len(REGIONS)
    assert run.summary["counts"]["DATABASE"]["created"] == 3


def test_what_a_run_refused_is_tried_again_by_its_log(source, tmp_path):
    """The lines of a run's objects.ndjson, given on the command line, take the place of the job's own list."""
    first = source.run(tmp_path, {"partitions": {"sales.messy": "n >= 2"}}, exit_code=PARTIAL)
    refused = [json.dumps(line) for line in first.object_lines() if line["outcome"] == "refused"]
    (tmp_path / "again").mkdir()
    (tmp_path / "again" / "failed.ndjson").write_text("\n".join(refused), encoding="utf-8")
    (tmp_path / "list.txt").write_text("crm.leads\n", encoding="utf-8")
    job = source.job(tmp_path, {"objects_file": "list.txt"})
    for command, exit_code in (("plan", DIFFERENT), ("run", DONE), ("verify", DONE)):
        done = run_program(command, job, "--objects", "failed.ndjson", "--format", "json",
                           environment=source.environment, folder=tmp_path / "again")
        assert done.returncode == exit_code, done.stderr.decode()
        counts = json.loads(done.stdout)["counts"]
        assert (counts["PARTITION"]["created"], counts["TABLE"]["created"]) == (0 if command == "verify" else 2, 0)
    assert {"sales.messy/n=abc", "sales.messy/n=1O"} <= {name for _, name in stored(tmp_path)}


def test_only_what_failed_in_a_run_is_tried_again(source, tmp_path):
    first = source.run(tmp_path, {"partitions": {"sales.messy": "n >= 2"}}, exit_code=PARTIAL)
    source.job(tmp_path)
    for run_id in (first.summary["run_id"], "last"):
        done = source.command("plan", tmp_path, "--only-failed", run_id)
        assert done.returncode == DIFFERENT, done.stderr.decode()
        counts = json.loads(done.stdout)["counts"]
        assert (counts["PARTITION"]["created"], counts["TABLE"]["created"]) == (2, 0)
        assert counts["PARTITION"]["filtered"] == counts["PARTITION"]["read"] - 2
        assert counts["TABLE"]["read"] == counts["TABLE"]["filtered"] == 6
    assert source.command("run", tmp_path, "--only-failed", "last").returncode == DONE
    assert {"sales.messy/n=abc", "sales.messy/n=1O"} <= {name for _, name in stored(tmp_path)}
    done = source.command("run", tmp_path, "--only-failed", "last")
    assert done.returncode == USAGE and "code: nothing_failed" in done.stderr.decode()


def test_a_plan_of_listed_objects_is_applied_with_the_same_list(metastore, tmp_path):
    (tmp_path / "list.txt").write_text("hr\nhr.people\n", encoding="utf-8")
    metastore.job(tmp_path)
    assert metastore.command("plan", tmp_path, "--objects", "list.txt", "--out", "plan").returncode == DIFFERENT
    done = metastore.command("run", tmp_path, "--plan", "plan", "--objects", "list.txt")
    assert done.returncode == DONE, done.stderr.decode()
    assert stored(tmp_path) == names(pick("hr", "hr.people"))


def test_a_saved_plan_is_a_list(metastore, tmp_path):
    metastore.job(tmp_path, {"include": ["hr.*"]})
    assert metastore.command("plan", tmp_path, "--out", "plan.ndjson").returncode == DIFFERENT
    run = metastore.run(tmp_path, {"objects_file": "plan.ndjson"})
    assert stored(tmp_path) == names(pick("hr", "hr.people"))
    assert not any("unmet_objects" in text for text in run.summary["warnings"])


def test_two_lists_are_one_too_many(metastore, tmp_path):
    metastore.job(tmp_path)
    done = metastore.command("plan", tmp_path, "--objects", "list.txt", "--only-failed", "last")
    assert done.returncode == USAGE and "--only-failed" in done.stderr.decode()
    done = metastore.command("plan", tmp_path, "--only-failed", "last")
    assert done.returncode == USAGE and "code: no_such_run" in done.stderr.decode()


@pytest.mark.parametrize("content, code", [("sales.\n", "bad_object_line"), ("# none\n", "empty_object_list"),
                                           (None, "objects_file_unreadable")])
def test_a_list_that_cannot_be_used_is_a_usage_error(metastore, tmp_path, content, code):
    if content is not None:
        (tmp_path / "list.txt").write_text(content, encoding="utf-8")
    metastore.job(tmp_path)
    done = metastore.command("run", tmp_path, "--objects", "list.txt")
    assert done.returncode == USAGE and f"code: {code}" in done.stderr.decode()
    assert not (tmp_path / "metaferry-catalog.db").exists() and not (tmp_path / "runs").exists()


# ---- Owners --------------------------------------------------------------------------------------


def test_owners_are_mapped_and_every_substitution_is_told(source, tmp_path):
    owners = {"svc_*": "lake_admin", "svc_hr": "people_team", "bob": "alice"}
    kept = databases()
    mapped = {"svc_etl": "lake_admin", "svc_hr": "people_team", "bob": "alice"}
    told = {}
    for database in kept:
        for thing in [database, *database.functions, *database.tables]:
            name = thing.name if thing is database else f"{database.name}.{thing.name}"
            if not thing.owner:
                thing.owner, thing.owner_type = "fallback", "USER"
                told[name] = "fallback (default_owner)"
            elif thing.owner in mapped:
                rule = {"svc_etl": "svc_*"}.get(thing.owner, thing.owner)
                told[name] = f"{mapped[thing.owner]} (owners: {rule})"
                thing.owner = mapped[thing.owner]
    run = source.run(tmp_path, {"owners": owners}, default_owner="fallback")
    assert_same_lines(run.export_target(), source.expected(kept))
    findings = [json.loads(line) for line in (run.log_folder / "findings.ndjson").read_text("utf-8").splitlines()]
    substituted = [line for line in findings if line["code"] == "owner_substituted"]
    assert run.summary["findings"]["owner_substituted"]["count"] == len(substituted) == len(told)
    details = {}
    for line in substituted:
        thing = line["object"]
        part = thing.get("function_name") or thing.get("table_name")
        details[thing["database_name"] + (f".{part}" if part else "")] = line["detail"]
    assert details == told
    again = source.run(tmp_path, {"owners": owners}, default_owner="fallback").summary["counts"]
    assert all(row["read"] == row["unchanged"] for row in again.values())


def test_a_map_beside_an_override_is_refused(metastore, tmp_path):
    metastore.job(tmp_path, {"owners": {"bob": "alice"}, "owner_policy": "override"}, default_owner="admin")
    done = metastore.command("plan", tmp_path)
    assert done.returncode == USAGE and "code: contradicting_owners" in done.stderr.decode()
