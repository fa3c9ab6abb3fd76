"""What a metastore's columns cannot hold is refused by name and never cut, whatever mode the server is in."""

import pytest

from support.metastore_model import (
    DEFAULT, PRIMARY_KEY, Column, ColumnStatistics, Constraint, Database, Function, Partition, Privilege, Serde, Skewed,
    StorageDescriptor, Table,
)
from support.metastore_target import PARTIAL, SUCCESS, MetastoreDatabase, Migration, faults, outcomes, totals

pytestmark = pytest.mark.usefixtures("metaferry")


def sd(**fields):
    return StorageDescriptor(**{"columns": [Column("c", "string")], "location": "hdfs://nn1/t", **fields})


def table(descriptor=None, **fields):
    return {"tables": [Table("t", descriptor or sd(), **fields)]}


def partition(value="v", descriptor=None, **fields):
    return table(partition_keys=[Column("k", "string")], partitions=[Partition([value], descriptor or sd(), **fields)])


def database(**fields):
    return fields


def function(**fields):
    return {"functions": [Function(**{"name": "f", "class_name": "C", **fields})]}


def grants(**fields):
    return [Privilege(**{"privilege": "SELECT", "principal": "p", **fields})]


def statistics(**fields):
    return [ColumnStatistics(**{"column": "c", "type": "string", "values": {"NUM_NULLS": 1}, **fields})]


def value_of_name(name):
    """A value with a PART_NAME as long as `name`, and short itself: a percent sign becomes three characters."""
    escapes, rest = divmod(len(name) - len("k="), 3)
    return "%" * escapes + "x" * rest if len(name) > 100 else name


# What makes a database whose one text is in the column; the kind of object that is refused when it does not fit.
PLACES = {
    "DBS.NAME": ("DATABASE", lambda text: {"name": text}),
    "DBS.DESC": ("DATABASE", lambda text: database(description=text)),
    "DBS.DB_LOCATION_URI": ("DATABASE", lambda text: {"location": text}),
    "DBS.OWNER_NAME": ("DATABASE", lambda text: database(owner=text)),
    "DATABASE_PARAMS.PARAM_KEY": ("DATABASE", lambda text: database(params={text: ""})),
    "DATABASE_PARAMS.PARAM_VALUE": ("DATABASE", lambda text: database(params={"k": text})),
    "DB_PRIVS.PRINCIPAL_NAME": ("DATABASE", lambda text: database(privileges=grants(principal=text))),
    "DB_PRIVS.GRANTOR": ("DATABASE", lambda text: database(privileges=grants(grantor=text))),
    "DB_PRIVS.DB_PRIV": ("DATABASE", lambda text: database(privileges=grants(privilege=text))),
    "FUNCS.FUNC_NAME": ("FUNCTION", lambda text: function(name=text)),
    "FUNCS.CLASS_NAME": ("FUNCTION", lambda text: function(class_name=text)),
    "FUNCS.OWNER_NAME": ("FUNCTION", lambda text: function(owner=text)),
    "FUNC_RU.RESOURCE_URI": ("FUNCTION", lambda text: function(resources=[(1, text)])),
    "TBLS.TBL_NAME": ("TABLE", lambda text: {"tables": [Table(text, sd())]}),
    "TBLS.OWNER": ("TABLE", lambda text: table(owner=text)),
    "TABLE_PARAMS.PARAM_KEY": ("TABLE", lambda text: table(params={text: ""})),
    "TABLE_PARAMS.PARAM_VALUE": ("TABLE", lambda text: table(params={"k": text})),
    "PARTITION_KEYS.PKEY_NAME": ("TABLE", lambda text: table(partition_keys=[Column(text, "string")])),
    "PARTITION_KEYS.PKEY_TYPE": ("TABLE", lambda text: table(partition_keys=[Column("k", text)])),
    "PARTITION_KEYS.PKEY_COMMENT": ("TABLE", lambda text: table(partition_keys=[Column("k", "string", text)])),
    "TBL_PRIVS.PRINCIPAL_NAME": ("TABLE", lambda text: table(privileges=grants(principal=text))),
    "TBL_COL_PRIVS.COLUMN_NAME": ("TABLE", lambda text: table(privileges=grants(column=text))),
    "TAB_COL_STATS.COLUMN_NAME": ("TABLE", lambda text: table(statistics=statistics(column=text))),
    "TAB_COL_STATS.COLUMN_TYPE": ("TABLE", lambda text: table(statistics=statistics(type=text))),
    "KEY_CONSTRAINTS.CONSTRAINT_NAME": ("TABLE", lambda text: table(constraints=[
        Constraint(PRIMARY_KEY, text, ["c"])])),
    "KEY_CONSTRAINTS.DEFAULT_VALUE": ("TABLE", lambda text: table(constraints=[
        Constraint(DEFAULT, "d", ["c"], value=text)])),
    "SDS.LOCATION": ("TABLE", lambda text: table(sd(location=text))),
    "SDS.INPUT_FORMAT": ("TABLE", lambda text: table(sd(input_format=text))),
    "SDS.OUTPUT_FORMAT": ("TABLE", lambda text: table(sd(output_format=text))),
    "SD_PARAMS.PARAM_KEY": ("TABLE", lambda text: table(sd(params={text: ""}))),
    "SD_PARAMS.PARAM_VALUE": ("TABLE", lambda text: table(sd(params={"k": text}))),
    "SERDES.SLIB": ("TABLE", lambda text: table(sd(serde=Serde(text)))),
    "SERDES.DESCRIPTION": ("TABLE", lambda text: table(sd(serde=Serde(description=text)))),
    "SERDES.SERIALIZER_CLASS": ("TABLE", lambda text: table(sd(serde=Serde(serializer=text)))),
    "SERDES.DESERIALIZER_CLASS": ("TABLE", lambda text: table(sd(serde=Serde(deserializer=text)))),
    "SERDE_PARAMS.PARAM_KEY": ("TABLE", lambda text: table(sd(serde=Serde(params={text: ""})))),
    "SERDE_PARAMS.PARAM_VALUE": ("TABLE", lambda text: table(sd(serde=Serde(params={"k": text})))),
    "COLUMNS_V2.COLUMN_NAME": ("TABLE", lambda text: table(sd(columns=[Column(text, "string")]))),
    "COLUMNS_V2.TYPE_NAME": ("TABLE", lambda text: table(sd(columns=[Column("c", text)]))),
    "COLUMNS_V2.COMMENT": ("TABLE", lambda text: table(sd(columns=[Column("c", "string", text)]))),
    "BUCKETING_COLS.BUCKET_COL_NAME": ("TABLE", lambda text: table(sd(buckets=1, bucket_columns=[text]))),
    "SORT_COLS.COLUMN_NAME": ("TABLE", lambda text: table(sd(sort_columns=[(text, 1)]))),
    "SKEWED_COL_NAMES.SKEWED_COL_NAME": ("TABLE", lambda text: table(sd(skewed=Skewed([text])))),
    "SKEWED_STRING_LIST_VALUES.STRING_LIST_VALUE": ("TABLE", lambda text: table(sd(skewed=Skewed(["c"], [[text]])))),
    "SKEWED_COL_VALUE_LOC_MAP.LOCATION": ("TABLE", lambda text: table(sd(skewed=Skewed(["c"], [["1"]], [(["1"], text)])))),
    "PARTITION_PARAMS.PARAM_KEY": ("PARTITION", lambda text: partition(params={text: ""})),
    "PARTITION_PARAMS.PARAM_VALUE": ("PARTITION", lambda text: partition(params={"k": text})),
    "PARTITIONS.PART_NAME": ("PARTITION", lambda text: partition(value_of_name(text))),
    "PARTITION_KEY_VALS.PART_KEY_VAL": ("PARTITION", lambda text: partition(text)),
    "PART_PRIVS.PRINCIPAL_NAME": ("PARTITION", lambda text: partition(privileges=grants(principal=text))),
    "PART_COL_STATS.COLUMN_NAME": ("PARTITION", lambda text: partition(statistics=statistics(column=text))),
}
LONGEST = 5000  # longer texts prove nothing more


@pytest.fixture(params=["mariadb 3.1.0", "mariadb 2.3.0", "postgres 4.0.0"])
def target(request, hive_lab):
    engine, version = request.param.split()
    return MetastoreDatabase.on_server(hive_lab, request.getfixturevalue(engine), "narrow_target", version, utf8=False)


def migration_of(folder, databases, target):
    source = MetastoreDatabase.in_file(folder / "source.db")
    source.fill(databases)
    return Migration(folder, source, target)


def database_with(name, make, text):
    return Database(**{"name": name, "location": "hdfs://nn1/d", **make(text)})


def bounded(target):
    columns = target.features().columns
    for place, (kind, make) in PLACES.items():
        name, column = place.split(".")
        longest = columns.get(name, {}).get(column)
        if longest and longest <= LONGEST:
            yield place, longest, kind, make


def test_a_text_may_be_as_long_as_its_column_and_no_longer(target, tmp_path):
    cases = list(bounded(target))
    assert len(cases) > 30
    fitting = [database_with(f"fits{number}", make, "x" * longest) for number, (_, longest, _, make) in enumerate(cases)]
    migration_of(tmp_path, fitting, target).run(SUCCESS)
    fitted = target.export()

    (tmp_path / "source.db").unlink()
    too_long = [database_with(f"long{number}", make, "y" * (longest + 1)) for number, (_, longest, _, make) in enumerate(cases)]
    run = migration_of(tmp_path, too_long, target).run(PARTIAL)
    told = {line["object"]["database_name"]: line for line in run.object_lines()
            if line["outcome"] in ("refused", "failed") and line["reason"] != "parent_missing"}
    for number, (place, longest, kind, _) in enumerate(cases):
        line = told["y" * (longest + 1) if place == "DBS.NAME" else f"long{number}"]
        assert (line["kind"], line["reason"]) == (kind, "value_too_long"), (place, line)
        assert line["message"].startswith(f"{place} takes {longest} characters"), line
    assert len(told) == len(cases)
    assert [line for line in target.export() if '"fits' in line or '"xxx' in line] == fitted
    assert not any("y" * 60 in row for rows in target.dump().values() for row in rows)
    assert list(faults(target)) == []


@pytest.mark.parametrize("engine", ["mariadb", "mysql56"])
def test_characters_that_a_column_lacks_are_refused(request, hive_lab, engine, tmp_path):
    """Hive's own MySQL schema is latin1, and MySQL 5.6 puts a question mark for the rest unless told not to."""
    server = request.getfixturevalue(engine)
    target = MetastoreDatabase.on_server(hive_lab, server, "latin1_target", "2.3.0", utf8=False)
    target.rows("ALTER TABLE `SERDE_PARAMS` MODIFY `PARAM_VALUE` MEDIUMTEXT CHARACTER SET utf8 COLLATE utf8_bin")
    features = target.features()
    latin1 = [(place, kind, make) for place, (kind, make) in PLACES.items()
              if features.charsets.get(tuple(place.split("."))) == "latin1"]
    # what latin1 means to MySQL, its five control characters among it
    good = "é€œ\x81ÿ"
    fitting = [database_with(f"fits{number}", make, good) for number, (_, _, make) in enumerate(latin1)]
    wide = {f"wide{number}": (place, kind, database_with(f"wide{number}", make, "ab中c"))
            for number, (place, kind, make) in enumerate(latin1)}
    three = database_with("three", PLACES["SERDE_PARAMS.PARAM_VALUE"][1], "中文")
    four = database_with("four", PLACES["SERDE_PARAMS.PARAM_VALUE"][1], "🚢")
    run = migration_of(tmp_path, [*fitting, *(item for *_, item in wide.values()), three, four], target).run(PARTIAL)

    told = {line["object"]["database_name"]: line for line in run.object_lines()
            if line["outcome"] in ("refused", "failed") and line["reason"] != "parent_missing"}
    for name, (place, kind, _) in wide.items():
        line = told.pop("ab中c" if place == "DBS.NAME" else name)
        # the name is looked at before its values
        place = place.replace("PARTITION_KEY_VALS.PART_KEY_VAL", "PARTITIONS.PART_NAME")
        assert (line["kind"], line["reason"], line["message"]) == (
            kind, "text_not_in_charset", f"{place} is latin1, which lacks U+4E2D")
    assert told.pop("four")["message"] == "SERDE_PARAMS.PARAM_VALUE is utf8mb3, which lacks U+1F6A2"
    assert told == {}
    content = "".join(row for rows in target.dump().values() for row in rows)
    assert "?" not in content and "ab中" not in content and "中文" in content
    assert content.count(repr(good)[1:-1]) >= len(fitting)
    assert list(faults(target)) == []


def test_a_server_without_strict_mode_cuts_nothing(mysql56, hive_lab, tmp_path):
    target = MetastoreDatabase.on_server(hive_lab, mysql56, "unstrict_target", "2.3.0", utf8=False)
    assert "STRICT" not in target.value("SELECT @@GLOBAL.sql_mode")
    cases = list(bounded(target))
    made = [database_with(f"d{number}", make, "z" * (longest + 1)) for number, (_, longest, _, make) in enumerate(cases)]
    run = migration_of(tmp_path, made, target).run(PARTIAL)
    refused = [reason for reason in outcomes(run, "refused", "failed").values() if reason != "parent_missing"]
    assert set(refused) == {"value_too_long"}
    assert not any("zzzz" in row for rows in target.dump().values() for row in rows)


def test_names_that_the_target_cannot_spell_do_not_end_the_run(mariadb, hive_lab, tmp_path):
    """Their partitions are refused too, and all others arrive: asking latin1 columns for such names is no error."""
    target = MetastoreDatabase.on_server(hive_lab, mariadb, "latin1_target", "3.1.0", utf8=False)
    key = [Column("k", "string")]
    databases = [
        Database("shop", "hdfs://nn1/d", tables=[
            Table("表", sd(), partition_keys=key, partitions=[Partition(["1"], sd())]),
            Table("t", sd(), partition_keys=key, partitions=[Partition(["北京"], sd()), Partition(["1"], sd())])],
            functions=[Function("函数", "C"), Function("f", "C")]),
        Database("数据", "hdfs://nn1/e", tables=[Table("t", sd())], functions=[Function("f", "C")])]
    migration = migration_of(tmp_path, databases, target)
    for again in (False, True):
        run = migration.run(PARTIAL)
        assert sorted(outcomes(run, "refused").values()) == ["parent_missing"] * 3 + ["text_not_in_charset"] * 4, again
        assert totals(run, "unchanged" if again else "created") == {"DATABASE": 1, "FUNCTION": 1, "TABLE": 1, "PARTITION": 1}


def test_values_that_differ_by_a_trailing_space_are_one_to_mysql(mariadb, hive_lab, tmp_path):
    """MySQL pads when it compares: the second of the two fails by name, and the rest arrives."""
    target = MetastoreDatabase.on_server(hive_lab, mariadb, "padded_target", "3.1.0")
    made = Table("t", sd(), partition_keys=[Column("k", "string")],
                 partitions=[Partition([value], sd()) for value in ("a", "a ", "b", "c ")])
    run = migration_of(tmp_path, [Database("shop", "hdfs://nn1/d", tables=[made])], target).run(PARTIAL)
    assert set(outcomes(run, "failed").values()) == {"duplicate_row"} and len(outcomes(run, "failed")) == 1
    assert len(outcomes(run, "created")) == 5
    assert list(faults(target)) == []
