"""A metastore with every kind of object, field and oddity that a migration meets, and what its export must be.

    connection = server.connect("hms")
    metastore = build(connection)                       # fits the schema, writes, commits
    metastore.expected_export("hive")                   # the lines of `metaferry export`
"""

from dataclasses import dataclass

from support.canonical_export import expected_export
from support.metastore_features import Features, fit_to, probe
from support.metastore_model import (
    CHECK, DEFAULT, DEFAULT_PARTITION, FOREIGN_KEY, NOT_NULL, PRIMARY_KEY, UNIQUE, Column, ColumnStatistics,
    Constraint, CreationMetadata, Database, Function, Partition, Privilege, Serde, Skewed, StorageDescriptor, Table,
)
from support.metastore_writer import MetastoreWriter, write_metastore

ROOT = "hdfs://nn1:8020/warehouse"
ORC = {"input_format": "org.apache.hadoop.hive.ql.io.orc.OrcInputFormat",
       "output_format": "org.apache.hadoop.hive.ql.io.orc.OrcOutputFormat"}
ORC_SERDE = "org.apache.hadoop.hive.ql.io.orc.OrcSerde"
ODD_TEXT = "100% \"quoted\" 'single' back\\slash\ttab\r\nline `tick` ; -- /* */ $1 ${env:HOME} é ß 中文"


@dataclass
class BuiltMetastore:
    databases: list
    features: Features
    writer: MetastoreWriter

    def expected_export(self, catalog="hive", shown_as=None):
        return expected_export(self.databases, self.features, catalog, shown_as)


def build(connection, databases=None, seed=7):
    """Fits `databases` (default: the rich set) to the schema behind the connection, writes and commits them."""
    features = probe(connection)
    fitted = fit_to(features, rich_databases() if databases is None else databases)
    return BuiltMetastore(fitted, features, write_metastore(connection, fitted, seed, features))


def rich_databases(many_partitions=1200, huge_parameter=False):
    """Two catalogs; the second has databases of the same names with other contents.

    `many_partitions` sizes the one table that is there for paging; `huge_parameter` adds a value of 10 MB.
    """
    shop = Database(
        "shop", f"{ROOT}/shop.db", description="商店 – " + ODD_TEXT, owner="bob", owner_type="GROUP",
        params={"empty": "", "null": None, "clé": "valeur à l'été", "path": f"{ROOT}/x%2Fy", "long": "v" * 4000},
        create_time=1700000001, managed_location="hdfs://nn1:8020/managed/shop.db",
        functions=_functions(), privileges=_database_privileges(),
        tables=[*_plain_tables(), *_typeless_tables(), *_views(), *_layout_tables(), *_text_tables(huge_parameter),
                *_format_tables(), *_partitioned_tables(many_partitions), *_related_tables()])
    return [
        Database("default", ROOT, description="Default Hive database", owner="public", owner_type="ROLE",
                 tables=[_table("orders", [Column("id", "bigint")])]),
        shop,
        # Collations sort these four differently from their bytes.
        Database("a_b", f"{ROOT}/a_b.db", owner=None, owner_type=None),
        Database("a0b", f"{ROOT}/a0b.db", description="", owner="", owner_type="USER", create_time=0),
        Database("ab", f"{ROOT}/ab.db/", owner="carol", owner_type=None, tables=[
            _table("t", [Column("c", "int")], location=f"{ROOT}/ab.db/t",
                   constraints=[Constraint(PRIMARY_KEY, "pk_t", ["c"], enable=True, validate=True, rely=True)])]),
        Database("größe", f"{ROOT}/größe.db", owner="jürgen"),
        Database("z_remote", "", owner="dave", type="REMOTE", connector="mysql_crm", remote_name="crm",
                 managed_location="", params={"connector.remoteDbName": "crm"}),
        Database("shop", "hdfs://nn1:8020/spark/shop.db", catalog="spark", owner="spark", tables=[
            _table("orders", [Column("other", "string")], owner="spark"),
            Table("only_in_spark", _sd([Column("c", "int")], "hdfs://nn1:8020/spark/only"),
                  partition_keys=[Column("k", "string")],
                  partitions=[Partition(["v"], _sd([Column("c", "int")], "hdfs://nn1:8020/spark/only/k=v"))])],
            functions=[Function("spark_only", "com.example.SparkOnly")]),
        Database("default", "hdfs://nn1:8020/spark", catalog="spark", description="the other default"),
    ]


def _sd(columns, location, **fields):
    return StorageDescriptor(columns, location, **fields)


def _table(name, columns, **fields):
    sd_fields = {key: fields.pop(key) for key in list(fields) if key in StorageDescriptor.__dataclass_fields__
                 and key not in ("params", "columns")}
    sd_fields.setdefault("location", f"{ROOT}/shop.db/{name}")
    return Table(name, StorageDescriptor(columns, **sd_fields), **fields)


def _functions():
    jar = "hdfs://nn1:8020/udf/text-1.2.jar"
    return [
        Function("no_files", "org.apache.hadoop.hive.ql.udf.generic.GenericUDFUpper", create_time=1500000000),
        Function("all_kinds", "com.example.AllKinds", owner="erin", owner_type="ROLE", create_time=1500000001,
                 resources=[(3, "hdfs://nn1:8020/udf/data.zip"), (1, jar), (2, "hdfs://nn1:8020/udf/城市.csv"),
                            (1, jar)]),
        Function("nobody", "com.example.Nobody", owner=None, owner_type=None, create_time=0, resources=[(1, jar)]),
        Function("empty_owner", "com.example.Nobody", owner="", owner_type="USER"),
        Function("untyped", "com.example.Outer$Inner", owner="frank", owner_type=None),
    ]


def _database_privileges():
    return [
        Privilege("SELECT", "analysts", "GROUP"),
        Privilege("ALL", "bob", grant_option=True, grantor=None, grantor_type=None, authorizer=None),
        Privilege("CREATE", "rôle_é", "ROLE", grantor="", authorizer="SQL", create_time=0),
    ]


def _plain_tables():
    columns = [Column("id", "bigint", "客户编号"), Column("name", "string", ""), Column("born", "date", None)]
    times = {"create_time": 1325376000, "last_access_time": 2147483647}
    return [
        _table("customers", columns, owner="alice", params={"comment": "客户 – clients", "numRows": "12"}, **times),
        # Its columns equal those of customers, yet it has a descriptor of its own.
        _table("customers_copy", [Column(item.name, item.type, item.comment) for item in columns],
               owner="alice", owner_type="GROUP"),
        _table("external", columns, type="EXTERNAL_TABLE", location="s3a://bucket/key with space/100%25/x=1",
               params={"EXTERNAL": "TRUE"}, retention=2147483647),
        _table("owner_null", columns, owner=None, owner_type=None, write_id=None),
        _table("owner_empty", columns, owner="", owner_type="USER"),
        _table("owner_role", columns, owner="admins", owner_type="ROLE", write_id=17),
        _table("owner_untyped", columns, owner="gina", owner_type=None),
        _table("no_location", columns, location=None),
        _table("empty_location", columns, location=""),
        _table("index_of_old", columns, type="INDEX_TABLE"),
        _table("transactional", columns, params={"transactional": "true"}, write_id=9_000_000_000, **times),
        _table("no_columns", [], location=f"{ROOT}/shop.db/no_columns/"),
        # A backslash, a percent and the like are legal in names that other engines write.
        *(_table(name, columns, location=f"{ROOT}/shop.db/odd{number}") for number, name in enumerate(
            ["with.dot", "with-dash", "per%cent", "per%41", "co:lon", "back\\slash", "quo'te", 'dou"ble', "spa ce",
             "new\nline", "sla/sh", "tick`s", "表名", "été", "under_score", "underxscore", "aa", "a_", "a0"])),
    ]


def _typeless_tables():
    columns = [Column("line", "string")]
    return [
        _table("typeless_managed", columns, type=None, params={"EXTERNAL": "FALSE"}),
        _table("typeless_external", columns, type=None, params={"EXTERNAL": "true"}),
        _table("typeless_view", columns, type=None, location=None, view_original_text="select 1",
               view_expanded_text="select 1"),
    ]


def _views():
    columns = [Column("total", "decimal(28,2)")]
    nothing = {"location": None, "input_format": None, "output_format": None}
    text = "select `orders`.`total` from `shop`.`orders` where `orders`.`note` <> '测试' -- " + ODD_TEXT
    year = [Column("year", "int")]
    return [
        _table("v_plain", columns, type="VIRTUAL_VIEW", location=None, serde=Serde(None),
               view_original_text="select total\nfrom orders", view_expanded_text=text),
        _table("v_empty_text", columns, type="VIRTUAL_VIEW", serde=Serde(None, {"serialization.format": "1"}),
               view_original_text="", view_expanded_text="", **nothing),
        # Partitions of a view have no data: no location, or no storage descriptor at all.
        _table("v_partitioned", columns, type="VIRTUAL_VIEW", serde=Serde(""), partition_keys=year,
               view_original_text="select 1", view_expanded_text="select 1", **nothing,
               partitions=[Partition(["2023"], None, create_time=1680000000),
                           Partition(["2024"], StorageDescriptor(columns, serde=Serde(None), **nothing))]),
        _table("mv_used", columns, type="MATERIALIZED_VIEW", rewrite_enabled=True, **ORC, serde=Serde(ORC_SERDE),
               view_original_text="select 1 as total", view_expanded_text="select 1 as `total`",
               creation_metadata=CreationMetadata(
                   [("shop", "orders", 3, 0, 1), ("shop", "customers", 0, 0, 0), ("default", "orders", 0, 2, 0)],
                   "42$shop.orders:7:9223372036854775807::", 1675209700000)),
        _table("mv_bare", columns, type="MATERIALIZED_VIEW", view_original_text="select 2",
               view_expanded_text="select 2",
               creation_metadata=CreationMetadata([("shop", "customers", 0, 0, 0)], None, 1675209700001)),
    ]


def _layout_tables():
    columns = [Column("id", "bigint"), Column("城市", "string"), Column("at", "timestamp")]
    place = f"{ROOT}/shop.db/skew"
    return [
        _table("bucketed", columns, buckets=32, bucket_columns=["id", "城市"],
               sort_columns=[("at", 0), ("id", 1), ("城市", 1)]),
        _table("sorted_only", columns, sort_columns=[("id", 1)], buckets=0),
        _table("bucket_count_zero", columns, buckets=0),
        _table("bucket_count_without_columns", columns, buckets=8),
        _table("compressed", columns, compressed=True),
        _table("sub_directories", columns, sub_directories=True),
        _table("skewed", columns, sub_directories=True, skewed=Skewed(
            ["城市", "id"], [["北京", "1"], ["", "2"], ["a\"b\\c/d", "3"]],
            [(["北京", "1"], f"{place}/城市=北京/id=1"), (["a\"b\\c/d", "3"], f"{place}/city=a%22b%5Cc%2Fd/id=3")])),
        _table("skewed_empty_list", columns, skewed=Skewed(["id"], [[], ["1"]], [([], f"{place}/empty")])),
        _table("skewed_shared_lists", columns, skewed=Skewed(
            ["id"], [["7"], ["8"]], [(["8"], f"{place}/8"), (["7"], f"{place}/7")], share_lists=True)),
        _table("skewed_repeated_list", columns, skewed=Skewed(["id"], [["7"], ["7"]], [(["7"], f"{place}/7")])),
        _table("skewed_names_only", columns, skewed=Skewed(["id"])),
        _table("skewed_null_location", columns, skewed=Skewed(["id"], [["7"]], [(["7"], None)])),
    ]


def _text_tables(huge_parameter):
    odd_names = ["with.dot", "with space", "per%cent", "co:lon", "back\\slash", "quo'te", 'dou"ble', "sla/sh",
                 "new\nline", "tick`s", "列名", "été", "comma,semi;colon", "under_score", "under score"]
    deep = "struct<a:int>"
    for level in range(400):
        deep = f"array<map<string,struct<level_{level}:{deep}>>>"
    params = {
        "null": None, "empty": "", "blank": "  two  spaces  ", "comment": "", "odd": ODD_TEXT, "键": "值",
        "emoji": "ok 🚚",
        "k.with.dots": "1", "k=with=equals": "2", "k with space": "3", 'k"quoted"\\': "4",
        "json": '{"a":[1,"\\u00e9"]}',
        "control": "\x01\x02\x1f\x7f", "html": "<b>&amp;</b>", "uri": f"{ROOT}/shop.db/texts",
        "long": "0123456789" * 6000, "true": "true", "number": "0123",
    }
    if huge_parameter:
        params["huge"] = "0123456789ABCDEF" * (10 * 1024 * 1024 // 16)
    return [
        _table("texts", [Column("id", "bigint", ODD_TEXT)], params=params,
               serde=Serde(params={"field.delim": "\x01", "escape.delim": "\\", "null": None, "empty": "",
                                   "line.delim": "\n", "键": "值", "long": "s" * 5000}, name="texts")),
        _table("odd_columns", [Column(name, "string", name) for name in odd_names]),
        _table("long_types", [Column("deep", deep), Column("wide", "struct<" + ",".join(
            f"field_{number}:decimal(38,{number % 38})" for number in range(900)) + ">"),
            Column("long_comment", "uniontype<int,string,array<double>>", "注释" * 2000),
            Column("n" * 700, "char(255)")]),
        Table("descriptor_params", _sd([Column("id", "int")], f"{ROOT}/shop.db/dp", params={
            "null": None, "empty": "", "rcfile.columns": "3", "odd": ODD_TEXT, "long": "d" * 5000})),
        _table("serde_extras", [Column("id", "int")], serde=Serde(
            "com.example.Serde", {}, "named", "Beschreibung für alle", "com.example.Ser", "com.example.De", 2)),
        _table("serde_extras_empty", [Column("id", "int")], serde=Serde("com.example.Serde", {}, "", "", "", "", 0)),
    ]


def _format_tables():
    columns = [Column("id", "bigint", "from deserializer")]
    schema = '{"type":"struct","fields":[{"name":"Id","type":"long","nullable":true,"metadata":{}}]}'
    return [
        _table("avro", columns, serde=Serde("org.apache.hadoop.hive.serde2.avro.AvroSerDe", {
            "avro.schema.url": "hdfs://nn1:8020/schemas/serde.avsc"}),
            params={"avro.schema.url": "hdfs://nn1:8020/schemas/table.avsc",
                    "avro.schema.literal": '{"type":"record"}'}),
        _table("spark_source", [Column("col", "array<string>", "from deserializer")], type="EXTERNAL_TABLE",
               location=f"{ROOT}/shop.db/spark_source-__PLACEHOLDER__",
               serde=Serde("org.apache.hadoop.hive.serde2.MetadataTypedColumnsetSerDe", {
                   "path": f"{ROOT}/shop.db/spark_source", "serialization.format": "1"}),
               params={"EXTERNAL": "TRUE", "spark.sql.sources.provider": "delta",
                       "spark.sql.sources.schema.numParts": "2", "spark.sql.sources.schema.part.0": schema[:40],
                       "spark.sql.sources.schema.part.1": schema[40:]}),
        _table("iceberg", columns, type="EXTERNAL_TABLE", serde=Serde("org.apache.iceberg.mr.hive.HiveIcebergSerDe"),
               params={"EXTERNAL": "TRUE", "table_type": "ICEBERG",
                       "metadata_location": f"{ROOT}/shop.db/iceberg/metadata/00002.metadata.json",
                       "previous_metadata_location": f"{ROOT}/shop.db/iceberg/metadata/00001.metadata.json",
                       "storage_handler": "org.apache.iceberg.mr.hive.HiveIcebergStorageHandler"}),
        _table("hbase", columns, type="EXTERNAL_TABLE", location=None, input_format=None, output_format=None,
               serde=Serde("org.apache.hadoop.hive.hbase.HBaseSerDe", {"hbase.columns.mapping": ":key"}),
               params={"EXTERNAL": "TRUE", "storage_handler": "org.apache.hadoop.hive.hbase.HBaseStorageHandler",
                       "hbase.table.name": "ns:orders"}),
    ]


ODD_VALUES = [
    "plain", "with space", "trailing ", " leading", "sla/sh", "co:lon", "per%cent", "%2F", "%252F", "%zz", "%",
    "quo'te", 'dou"ble', "back\\slash", "hash#tag", "star*", "que?ry", "eq=ual", "{brace}", "[bracket]", "caret^",
    "plus+and&", "<less>|pipe", "~!,;@$", "tab\there", "new\nline", "return\r", "\x01", "\x7f", "北京", "été",
    "CASE", "case", "01", "1", "2024-01-01", "2024-1-1", "2024-01-01 10:00:00.5", "1.50", "-1", "true",
    DEFAULT_PARTITION, "__other_default__", "null", "NULL", ".", "..", "v" * 230,
]


def _partitioned_tables(many_partitions):
    columns = [Column("id", "bigint", "now"), Column("added", "string", None)]
    before = [Column("id", "int", "then")]
    twin = [Column("id", "int", "then")]
    place = f"{ROOT}/shop.db"

    def odd(number, value):
        return Partition([value], _sd(columns, f"{place}/odd/{number}"), {"n": str(number)}, 1600000000 + number)

    evolved = [
        Partition(["2021"], _sd(before, f"{place}/evolved/y=2021"), {"old": "yes", "null": None, "empty": ""}),
        Partition(["2022"], _sd(before, f"{place}/evolved/y=2022", compressed=True)),
        Partition(["2023"], _sd(twin, f"{place}/evolved/y=2023", buckets=4, bucket_columns=["id"],
                                sort_columns=[("id", 0)], skewed=Skewed(["id"], [["1"]], [(["1"], "hdfs://nn1/1")]))),
        Partition(["2024"], _sd(columns, f"{place}/evolved/y=2024", **ORC, serde=Serde(
            ORC_SERDE, {"orc.compress": "ZSTD"}, None, "own description")), last_access_time=1700000000),
        Partition(["2025"], _sd(columns, "s3://elsewhere/evolved", serde=Serde(None)), write_id=5),
        Partition(["2026"], _sd([], None), write_id=None),
    ]
    two_keys = [Column("国家", "string", "国家/地区"), Column("day", "date", "")]
    return [
        _table("odd_values", columns, partition_keys=[Column("k", "string")],
               partitions=[odd(number, value) for number, value in enumerate(ODD_VALUES)]),
        _table("evolved", columns, partition_keys=[Column("y", "int")], partitions=evolved),
        _table("two_keys", columns, partition_keys=two_keys, partitions=[
            Partition([country, day], _sd(columns, f"{place}/two_keys/{number}"))
            for number, (country, day) in enumerate(
                [("中国", "2024-01-01"), ("中国", DEFAULT_PARTITION), (DEFAULT_PARTITION, "2024-01-01"),
                 ("a/b", "x=y/day=z"), ("a", "2024-01-01"), ("a-", "2024-01-01"), ("a!", "2024-01-01")])]),
        # Rows of long ago: a real NULL, an empty value, and a name with fewer escapes than today's.
        _table("old_values", columns, partition_keys=[Column("k", "string")], partitions=[
            Partition([None], _sd(columns, f"{place}/old/null")),
            Partition(["a#b"], _sd(columns, f"{place}/old/hash"), name="k=a#b"),
            Partition(["a b"], _sd(columns, f"{place}/old/a%20b"))]),
        _table("old_empty_value", columns, partition_keys=[Column("k", "string")], partitions=[
            Partition([""], _sd(columns, f"{place}/old/empty"))]),
        _table("no_partitions_yet", columns, partition_keys=[Column("k", "string", ODD_TEXT)]),
        _table("many", columns, partition_keys=[Column("day", "int"), Column("hour", "string")], partitions=[
            Partition([str(number // 24), str(number % 24)],
                      _sd(columns if number % 3 else before, f"{place}/many/{number}"), {"n": str(number)},
                      1600000000 + number)
            for number in range(many_partitions)]),
    ]


def _related_tables():
    """Constraints, privileges and statistics."""
    orders = [Column("order_id", "bigint"), Column("customer", "bigint"), Column("total", "decimal(20,4)"),
              Column("state", "string")]
    region = [Column("region", "string"), Column("day", "date")]
    lines = [Column("order_id", "bigint"), Column("line", "int"), Column("parent_line", "int")]
    order_partition = Partition(
        ["e/u", "2024-01-01"], _sd(orders, f"{ROOT}/shop.db/orders/1"), statistics=_partition_statistics(),
        privileges=[Privilege("SELECT", "zoë"), Privilege("SELECT", "hana", column="total", grant_option=True),
                    Privilege("ALTER", "analysts", "GROUP", authorizer=None)])
    return [
        _table("orders", orders, partition_keys=region, partitions=[
            order_partition, Partition(["us", "2024-01-01"], _sd(orders, f"{ROOT}/shop.db/orders/2"))],
            privileges=[
                Privilege("INSERT", "bob", grant_option=True), Privilege("SELECT", "bob", create_time=1600000009),
                Privilege("SELECT", "analysts", "GROUP", grantor=None, grantor_type=None, authorizer=None),
                Privilege("UPDATE", "admins", "ROLE", authorizer="RANGER"),
                Privilege("SELECT", "ivan", column="total"), Privilege("SELECT", "ivan", column="customer")],
            constraints=[
                Constraint(PRIMARY_KEY, "pk_orders", ["order_id", "customer"], rely=True),
                Constraint(UNIQUE, "uk_orders", ["state", "total"], enable=True, validate=True),
                Constraint(UNIQUE, "uk_orders_region", ["region", "order_id"]),
                Constraint(NOT_NULL, "nn_orders_total", ["total"], enable=True),
                Constraint(NOT_NULL, "nn_orders_day", ["day"], enable=True, rely=True),
                Constraint(DEFAULT, "df_orders_state", ["state"], enable=True, value="'neu'"),
                Constraint(DEFAULT, "df_orders_region", ["region"], value="'北京'"),
                Constraint(CHECK, "ck_orders_total", ["total"], enable=True, value="total >= 0 AND state <> '\\'"),
                Constraint(FOREIGN_KEY, "fk_orders_ab", ["customer"], parent=("ab", "t", ["c"]), update_rule=1,
                           delete_rule=2, validate=True)]),
        _table("order_lines", lines, constraints=[
            Constraint(FOREIGN_KEY, "fk_lines_orders", ["order_id", "line"], enable=False, validate=False, rely=True,
                       parent=("shop", "orders", ["order_id", "customer"]), update_rule=0, delete_rule=0),
            Constraint(FOREIGN_KEY, "fk_lines_self", ["parent_line"], parent=("shop", "order_lines", ["line"]),
                       update_rule=0, delete_rule=0),
            Constraint(PRIMARY_KEY, "pk_lines", ["line"])]),
        _table("measured", [Column(item.column, item.type) for item in _all_statistics()][:11],
               statistics=_all_statistics()),
    ]


def _partition_statistics():
    return [
        ColumnStatistics("order_id", "bigint", {"LONG_LOW_VALUE": -5, "LONG_HIGH_VALUE": 2**63 - 1, "NUM_NULLS": 0,
                                                "NUM_DISTINCTS": 10, "BIT_VECTOR": b"HLL\x00\xff\x80"}),
        ColumnStatistics("total", "decimal(20,4)", {
            "BIG_DECIMAL_LOW_VALUE": "-0.5", "BIG_DECIMAL_HIGH_VALUE": "128", "NUM_NULLS": 1, "NUM_DISTINCTS": 2}),
        ColumnStatistics("state", "string", {"NUM_NULLS": 3, "NUM_DISTINCTS": 4, "AVG_COL_LEN": 3.25,
                                             "MAX_COL_LEN": 9}, last_analyzed=1650000777),
    ]


def _all_statistics():
    counts = {"NUM_NULLS": 7, "NUM_DISTINCTS": 99}
    bits = {"BIT_VECTOR": bytes(range(256)), "HISTOGRAM": b"KLL\x00\xfe"}
    return [
        ColumnStatistics("a_tiny", "tinyint", {**counts, "LONG_LOW_VALUE": 0, "LONG_HIGH_VALUE": 127}),
        ColumnStatistics("b_big", "bigint", {**counts, **bits, "LONG_LOW_VALUE": -2**63, "LONG_HIGH_VALUE": 2**63 - 1}),
        ColumnStatistics("c_double", "double", {**counts, "DOUBLE_LOW_VALUE": -1.5, "DOUBLE_HIGH_VALUE": 1234567.0625}),
        ColumnStatistics("d_float", "float", {**counts, **bits, "DOUBLE_LOW_VALUE": 0.1, "DOUBLE_HIGH_VALUE": 6.0}),
        ColumnStatistics("e_decimal", "decimal(38,10)", {
            **counts, **bits, "BIG_DECIMAL_LOW_VALUE": "-99999999999999999999999999.1234567890",
            "BIG_DECIMAL_HIGH_VALUE": "1E+3"}),
        ColumnStatistics("f_string", "string", {**counts, "AVG_COL_LEN": 4.5, "MAX_COL_LEN": 200}),
        ColumnStatistics("g_varchar", "varchar(20)", {
            **counts, "BIT_VECTOR": b"\x00\xff", "AVG_COL_LEN": 20.0, "MAX_COL_LEN": 20}),
        ColumnStatistics("h_bool", "boolean", {"NUM_NULLS": 0, "NUM_TRUES": 3, "NUM_FALSES": 0}),
        ColumnStatistics("i_binary", "binary", {"NUM_NULLS": 2, "AVG_COL_LEN": 0.5, "MAX_COL_LEN": 1}),
        ColumnStatistics("j_date", "date", {**counts, "LONG_LOW_VALUE": -719162, "LONG_HIGH_VALUE": 19723}),
        ColumnStatistics("k_time", "timestamp", {**counts, "LONG_LOW_VALUE": -1, "LONG_HIGH_VALUE": 1700000000}),
        # Two engines may each have measured a column, and a column may have been measured later than the others.
        ColumnStatistics("a_tiny", "tinyint", {**counts, "LONG_LOW_VALUE": 1}, engine="impala"),
        ColumnStatistics("l_char", "char(3)", {"NUM_NULLS": 0}, last_analyzed=1650009999),
        ColumnStatistics("m_small", "smallint", {"NUM_NULLS": 0}, last_analyzed=1650009999),
        ColumnStatistics("n_int", "int", {"NUM_NULLS": 0, "LONG_HIGH_VALUE": 5}),
    ]
