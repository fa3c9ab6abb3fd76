"""Fills a metastore with what Spark's SQL cannot say: through the service's own Thrift interface, and a little by SQL."""

import base64

ORC = {"inputFormat": "org.apache.hadoop.hive.ql.io.orc.OrcInputFormat",
       "outputFormat": "org.apache.hadoop.hive.ql.io.orc.OrcOutputFormat"}
ORC_SERDE = "org.apache.hadoop.hive.ql.io.orc.OrcSerde"
TEXT = {"inputFormat": "org.apache.hadoop.mapred.TextInputFormat",
        "outputFormat": "org.apache.hadoop.hive.ql.io.HiveIgnoreKeyTextOutputFormat"}
TEXT_SERDE = "org.apache.hadoop.hive.serde2.lazy.LazySimpleSerDe"
CREATED = 1_600_000_000
ANALYZED = 1_650_000_000  # for rows that get their time by SQL
FLAGS = {"enable_cstr": True, "validate_cstr": False, "rely_cstr": True}


def binary(content):
    return base64.b64encode(content).decode()


def fields(text):
    """'a int the comment, b string' as a list of FieldSchema."""
    split = [column.strip().split(" ", 2) for column in text.split(",")] if text else []
    return [dict(zip(("name", "type", "comment"), column)) for column in split]


def descriptor(columns, location=None, **more):
    serde = {"serializationLib": TEXT_SERDE, "parameters": {"serialization.format": "1"}}
    sd = {"cols": fields(columns), "location": location, **TEXT, "compressed": False, "numBuckets": -1, "serdeInfo": serde,
          "bucketCols": [], "sortCols": [], "parameters": {}, **more}
    return {key: value for key, value in sd.items() if value is not None}


def table(database, name, columns="id int", keys="", sd=None, **more):
    result = {"dbName": database, "tableName": name, "owner": "alice", "createTime": CREATED, "lastAccessTime": 0, "retention": 0,
              "sd": descriptor(columns, **(sd or {})), "partitionKeys": fields(keys), "parameters": {}, "tableType": "MANAGED_TABLE",
              **more}
    return {key: value for key, value in result.items() if value is not None}


class ThriftFill:
    def __init__(self, client, server, database, version):
        self.client = client
        self.server = server
        self.metastore_database = database
        self.hive4 = version.startswith("4")

    def run(self):
        for part in (self.databases, self.functions, self.tables, self.views, self.transactional, self.constraints, self.partitions,
                     self.statistics, self.privileges, self.second_catalog, self.by_sql):
            part()

    def databases(self):
        create = self.client.create_database
        managed = {"managedLocationUri": "hdfs://nn1:8020/managed/hr.db"} if self.hive4 else {}
        create({"name": "hr", "description": "people", "locationUri": "hdfs://nn1:8020/warehouse/hr.db", "ownerName": "alice",
                "ownerType": "USER", "parameters": {"k": "v", "empty": "", "long": "x" * 3900}, **managed})
        create({"name": "role_owned", "locationUri": "obs://lake/role_owned", "ownerName": "admin", "ownerType": "ROLE"})
        create({"name": "group_owned", "locationUri": "s3a://bucket/group_owned", "ownerName": "staff", "ownerType": "GROUP"})
        create({"name": "unowned", "locationUri": "obs://lake/unowned", "description": ""})
        if self.hive4:
            connector = {"name": "crm", "type": "mysql", "url": "jdbc:mysql://crm:3306", "ownerName": "alice", "ownerType": "USER"}
            self.client.create_dataconnector_req({"connector": connector})
            create({"name": "remote_crm", "type": "REMOTE", "connector_name": "crm", "remote_dbname": "customers",
                    "ownerName": "alice", "ownerType": "USER"})

    def functions(self):
        def create(name, owner, owner_type, resources, created=CREATED):
            self.client.create_function({
                "dbName": "hr", "functionName": name, "className": f"com.example.{name.title()}", "ownerName": owner, "ownerType": owner_type,
                "createTime": created, "functionType": "JAVA",
                "resourceUris": [{"resourceType": kind, "uri": uri} for kind, uri in resources]})
        create("bare", "alice", "USER", [])
        create("packed", "admin", "ROLE", [("ARCHIVE", "obs://lake/udf/z.zip"), ("JAR", "hdfs://nn1:8020/udf/a b.jar"),
                                           ("FILE", "file:/etc/城市.txt"), ("JAR", "hdfs://nn1:8020/udf/a.jar")])
        create("grouped", "staff", "GROUP", [("JAR", "s3a://bucket/g.jar")], created=0)

    def tables(self):
        create = self.client.create_table
        create(table("hr", "plain", "id int the key,name string 名字 🚢", retention=7, lastAccessTime=CREATED + 5,
                     parameters={"empty": "", "comment": "staff 员工", "long": "长" * 20_000, "quote\"key": "tab\there\nline \\"}))
        create(table("hr", "no_owner", owner=None))
        create(table("hr", "empty_owner", owner=""))
        create(table("hr", "role_owner", owner="admin", ownerType="ROLE"))
        create(table("hr", "outside", tableType="EXTERNAL_TABLE", parameters={"EXTERNAL": "TRUE"},
                     sd={"location": "obs://lake/outside/a%20b c"}))
        create(table("hr", "bucketed", "id int,name string,at date", sd={
            **ORC, "bucketCols": ["name", "id"], "numBuckets": 16, "compressed": True, "parameters": {"sd.key": "sd value", "e": ""},
            "sortCols": [{"col": "id", "order": 0}, {"col": "at", "order": 1}],
            "serdeInfo": {"name": "own name", "serializationLib": ORC_SERDE, "parameters": {"a": "", "b": "1"},
                          "description": "a described SerDe", "serializerClass": "com.example.Ser",
                          "deserializerClass": "com.example.De"}}))
        create(table("hr", "buckets_without_columns", sd={"numBuckets": 5}))
        create(table("hr", "skewed", "k string,v string,n int", sd={
            "storedAsSubDirectories": True, "skewedInfo": {
                "skewedColNames": ["k", "v"], "skewedColValues": [["b", "2"], ["a", "1"], ["城", ""]],
                "skewedColValueLocationMaps": {'["a","1"]': "hdfs://nn1:8020/warehouse/hr.db/skewed/k=a/v=1",
                                               '["b","2"]': "hdfs://nn1:8020/warehouse/hr.db/skewed/k=b/v=2"}}}))
        create(table("hr", "complex", sd={"cols": [
            {"name": "m", "type": "map<string,array<struct<a:int,b:decimal(38,18)>>>", "comment": "nested"},
            {"name": "u", "type": "uniontype<int,string>"}, {"name": "i", "type": "interval_day_time", "comment": ""}]}))
        create(table("hr", "no_columns", columns="", sd={"serdeInfo": {"serializationLib": "com.example.OwnSerDe"}}))

    def views(self):
        view = {"viewOriginalText": "select id from plain -- 注释\n", "viewExpandedText": "select `plain`.`id` from `hr`.`plain`"}
        self.client.create_table(table("hr", "view_t", tableType="VIRTUAL_VIEW", **view))
        metadata = {"catName": "hive", "dbName": "hr", "tblName": "mv", "tablesUsed": ["hr.plain", "hr.bucketed"],
                    "validTxnList": "10:9223372036854775807::"}
        self.client.create_table(table("hr", "mv", tableType="MATERIALIZED_VIEW", rewriteEnabled=True, creationMetadata=metadata,
                                       **view))

    def transactional(self):
        create = self.client.create_table
        acid = {"transactional": "true", "transactional_properties": "default"}
        create(table("hr", "acid", parameters=acid, sd={
            **ORC, "serdeInfo": {"serializationLib": ORC_SERDE, "parameters": {"serialization.format": "1"}}}))
        create(table("hr", "insert_only", parameters={"transactional": "true", "transactional_properties": "insert_only"}))

    def constraints(self):
        def rows(database, name, columns, **more):
            return [{"catName": "hive", "table_db": database, "table_name": name, "column_name": column, **FLAGS, **more}
                    for column in columns]

        def keys(name, columns, kind):
            return [{**row, "key_seq": position, kind: f"{name}_{kind[:2]}"}
                    for position, row in enumerate(rows("hr", name, columns), 1)]
        create = self.client.create_table_with_constraints
        create(table("hr", "parent", "a int,b string,c string"), keys("parent", ["b", "a"], "pk_name"), [], [], [], [], [])
        foreign = [{"catName": "hive", "pktable_db": "hr", "pktable_name": "parent", "pkcolumn_name": parent, "fktable_db": "hr",
                    "fktable_name": "child", "fkcolumn_name": child, "key_seq": position, "update_rule": 0, "delete_rule": 0,
                    "fk_name": "child_fk", "pk_name": "parent_pk", **FLAGS}
                   for position, (parent, child) in enumerate([("b", "pb"), ("a", "pa")], 1)]
        one = {"enable_cstr": True, "validate_cstr": True, "rely_cstr": False}
        none = {"enable_cstr": False, "validate_cstr": False, "rely_cstr": False}
        create(table("hr", "child", keys="dt string", sd={"cols": [
            {"name": "id", "type": "int"}, {"name": "pa", "type": "int"}, {"name": "pb", "type": "string"},
            {"name": "price", "type": "decimal(10,2)"}]}),
            keys("child", ["id"], "pk_name"), foreign, keys("child", ["pa", "pb"], "uk_name"),
            rows("hr", "child", ["id"], nn_name="child_nn") + rows("hr", "child", ["dt"], nn_name="child_dt_nn"),
            rows("hr", "child", ["price"], dc_name="child_dc", default_value="0.00") +
            rows("hr", "child", ["pb"], dc_name="child_d2", default_value="'北京'"),
            [{**row, **one} for row in rows("hr", "child", ["price"], dc_name="child_cc", check_expression="price > 0")] +
            [{**row, **none} for row in rows("hr", "child", ["pa"], dc_name="child_c2", check_expression="pa IN (1, 2)")])

    def partitions(self):
        self.client.create_table(table("hr", "events", "id int,what string", keys="dt string the day,region string"))
        home = "hdfs://nn1:8020/warehouse/hr.db/events"

        def partition(*values, **more):
            result = {"dbName": "hr", "tableName": "events", "values": list(values), "createTime": CREATED, "lastAccessTime": 0,
                      "parameters": {}, "sd": descriptor("id int,what string"), **more}
            return {key: value for key, value in result.items() if value is not None}
        values = [("2024-01-01", "eu"), ("2024-01-01", "EU"), ("2024-01-02", "__HIVE_DEFAULT_PARTITION__"), ("a/b", "c=d%e"),
                  ("北京", "🚢"), (" lead", "in ner"), ("tab\t", "\x01"), ("[x]{y}^", "~!@$&+,;")]
        self.client.add_partitions([partition(*pair) for pair in values])
        self.client.add_partition(partition(
            "own", "columns", parameters={"p": "", "q": "值"}, lastAccessTime=CREATED + 1,
            sd=descriptor("id bigint widened,what string,extra double", "obs://lake/elsewhere/own", **ORC, numBuckets=4, bucketCols=["id"],
                          sortCols=[{"col": "id", "order": 1}], parameters={"part": "1"}, compressed=True,
                          serdeInfo={"serializationLib": ORC_SERDE, "parameters": {"own": "yes", "none": ""}, "description": "of a partition"},
                          storedAsSubDirectories=True, skewedInfo={
                              "skewedColNames": ["what"], "skewedColValues": [["x"], ["y"]],
                              "skewedColValueLocationMaps": {'["x"]': "obs://lake/elsewhere/own/what=x"}})))
        self.client.add_partition(partition("outside", "table", sd=descriptor("id int,what string", "s3a://bucket/far away")))
        self.client.add_partition(partition("no", "time", sd=descriptor("id int", f"{home}/odd%20place")))
        # the table moves on, the partitions stay as they were
        changed = self.client.get_table_req({"catName": "hive", "dbName": "hr", "tblName": "events"})["table"]
        changed["sd"]["cols"].append({"name": "added", "type": "string", "comment": "later"})
        context = {"properties": {"CASCADE": "false"}}
        self.client.alter_table_with_environment_context("hr", "events", changed, context)

    def statistics(self):
        bits = {"bitVectors": binary(b"HL\x03\x02\x01")}
        histogram = {"histogram": binary(b"\x01\x02\x03")} if self.hive4 else {}
        data = {
            "flag": ("boolean", "booleanStats", {"numTrues": 3, "numFalses": 4, "numNulls": 1, **bits}),
            "small": ("tinyint", "longStats", {"lowValue": -5, "highValue": 127, "numNulls": 0, "numDVs": 9, **bits, **histogram}),
            "big": ("bigint", "longStats", {"numNulls": 12, "numDVs": 0}),
            "ratio": ("double", "doubleStats", {"lowValue": -1.5, "highValue": 1e300, "numNulls": 2, "numDVs": 5}),
            "name": ("string", "stringStats", {"maxColLen": 20, "avgColLen": 6.25, "numNulls": 2, "numDVs": 5, **bits}),
            "short_name": ("varchar(20)", "stringStats", {"maxColLen": 20, "avgColLen": 3.0, "numNulls": 0, "numDVs": 1}),
            "blob": ("binary", "binaryStats", {"maxColLen": 1024, "avgColLen": 100.5, "numNulls": 3}),
            "price": ("decimal(20,2)", "decimalStats", {
                "lowValue": {"scale": 2, "unscaled": binary(b"\xff\x38")},
                "highValue": {"scale": 2, "unscaled": binary(b"\x01\x00\x00")}, "numNulls": 1, "numDVs": 7}),
            "day": ("date", "dateStats", {"lowValue": {"daysSinceEpoch": -10}, "highValue": {"daysSinceEpoch": 19000},
                                          "numNulls": 0, "numDVs": 4}),
        }
        if self.hive4:
            data["at"] = ("timestamp", "timestampStats", {
                "lowValue": {"secondsSinceEpoch": -1}, "highValue": {"secondsSinceEpoch": CREATED}, "numNulls": 0, "numDVs": 2})
        columns = [{"name": name, "type": kind} for name, (kind, _, _) in data.items()]
        self.client.create_table(table("hr", "analyzed", sd={"cols": columns}, keys="dt string"))
        for value in ("2024-01-01", "a/b c"):
            self.client.add_partition({"dbName": "hr", "tableName": "analyzed", "values": [value], "parameters": {}, "createTime": CREATED,
                                       "lastAccessTime": 0, "sd": {**descriptor(""), "cols": columns}})

        def update(method, names, **more):
            objects = [{"colName": name, "colType": kind, "statsData": {member: values}} for name, (kind, member, values) in data.items()
                       if name in names]
            description = {"catName": "hive", "dbName": "hr", "tableName": "analyzed", **more}
            request = {"statsDesc": description, "statsObj": objects, **({"engine": "hive"} if self.hive4 else {})}
            self.client.call(method, request)
        for value in ("dt=2024-01-01", "dt=a%2Fb c"):
            update("update_partition_column_statistics", data, isTblLevel=False, partName=value)
        self.client.create_table(table("hr", "analyzed_whole", sd={"cols": columns}))
        update("update_table_column_statistics", data, isTblLevel=True, tableName="analyzed_whole")

    def privileges(self):
        self.client.create_role({"roleName": "analyst", "createTime": CREATED, "ownerName": "alice"})

        def grant(kind, privilege, principal="bob", principal_type="USER", option=False, **names):
            reference = {"objectType": kind, "catName": "hive", "dbName": "hr", **names}
            information = {"privilege": privilege, "createTime": CREATED, "grantor": "alice", "grantorType": "USER", "grantOption": option}
            self.client.grant_privileges({"privileges": [{
                "hiveObject": reference, "principalName": principal, "principalType": principal_type, "grantInfo": information,
                "authorizer": "SQL"}]})
        grant("DATABASE", "create")
        grant("DATABASE", "select", "analyst", "ROLE", True)
        grant("TABLE", "select", objectName="plain")
        grant("TABLE", "insert", "staff", "GROUP", True, objectName="plain")
        grant("COLUMN", "select", objectName="plain", columnName="name")
        grant("TABLE", "select", objectName="events")
        grant("COLUMN", "select", "analyst", "ROLE", objectName="events", columnName="id")
        grant("PARTITION", "select", objectName="events", partValues=["2024-01-01", "eu"])
        grant("COLUMN", "update", objectName="events", columnName="what", partValues=["a/b", "c=d%e"])

    def second_catalog(self):
        """A database and a table of the same names in another catalog must stay out of the export of `hive`."""
        self.client.create_catalog({"catalog": {"name": "other", "locationUri": "obs://other/wh", "description": "another"}})
        self.client.create_database({"name": "hr", "catalogName": "other", "locationUri": "obs://other/hr", "ownerName": "eve"})
        self.client.create_table({**table("hr", "plain"), "catName": "other"})

    def by_sql(self):
        """Rows that older metastores and other writers left behind and that no service writes today."""
        quote = "`" if self.server.dialect == "mysql" else '"'

        def execute(sql):
            self.server.execute(sql.replace('"', quote), database=self.metastore_database)
        execute("""INSERT INTO "TABLE_PARAMS" ("TBL_ID", "PARAM_KEY", "PARAM_VALUE")
                   SELECT "TBL_ID", 'nothing', NULL FROM "TBLS" WHERE "TBL_NAME" = 'bucketed'""")
        untyped = ["outside", "no_owner"]
        if not self.hive4:  # 4.0.1 tells the type of such a view but withholds its text
            untyped.append("view_t")
        for name in untyped:
            execute(f"""UPDATE "TBLS" SET "TBL_TYPE" = NULL WHERE "TBL_NAME" = '{name}'""")
        execute("""UPDATE "TBLS" SET "CREATE_TIME" = 0 WHERE "TBL_NAME" = 'empty_owner'""")
        # the service takes no time of analysis from its clients, so columns of different times need this
        for statistics in ("TAB_COL_STATS", "PART_COL_STATS"):
            execute(f"""UPDATE "{statistics}" SET "LAST_ANALYZED" = {ANALYZED} WHERE "COLUMN_NAME" IN ('flag', 'blob', 'day')""")
        execute("""UPDATE "PARTITIONS" SET "CREATE_TIME" = 0 WHERE "PART_NAME" = 'dt=no/region=time'""")
        if self.hive4:
            execute("""UPDATE "TBLS" SET "WRITE_ID" = 7 WHERE "TBL_NAME" = 'acid'""")
            execute("""UPDATE "PARTITIONS" SET "WRITE_ID" = 9 WHERE "PART_NAME" = 'dt=own/region=columns'""")
            # the same columns analyzed by a second engine
            columns = [name for name, in self.server.execute(
                "SELECT column_name FROM information_schema.columns WHERE table_name = 'TAB_COL_STATS'", database=self.metastore_database)]
            chosen = {"CS_ID": '"CS_ID" + 1000000', "ENGINE": "'impala'", "LAST_ANALYZED": str(ANALYZED)}
            execute('INSERT INTO "TAB_COL_STATS" (%s) SELECT %s FROM "TAB_COL_STATS" WHERE "COLUMN_NAME" = \'small\'' % (
                ", ".join(f'"{name}"' for name in columns), ", ".join(chosen.get(name, f'"{name}"') for name in columns)))
