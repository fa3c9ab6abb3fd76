"""Reads a whole metastore service over Thrift into lines of the contract's form."""

from support import thrift_to_contract as contract
from support.metastore_client import MetastoreError

CONSTRAINTS = {
    # member of the form: the service's method
    "primaryKeys": "get_primary_keys",
    "uniqueConstraints": "get_unique_constraints",
    "notNullConstraints": "get_not_null_constraints",
    "defaultConstraints": "get_default_constraints",
    "checkConstraints": "get_check_constraints",
}


# Who is granted anything by the tests that fill a metastore.
PRINCIPALS = [("bob", "USER"), ("analyst", "ROLE"), ("staff", "GROUP")]


class MetastoreReader:
    """`other_engines` maps engines besides Hive whose statistics are read too to their time of analysis.

    The service has no call that answers that time for any engine but Hive, so the caller has to know it.
    """

    def __init__(self, client, catalog="hive", other_engines=None):
        self._client = client
        self._catalog = catalog
        self._other_engines = other_engines or {}

    def lines(self):
        """Every object, in the order that an export has."""
        for name in self._sorted(self._client.get_databases(f"@{self._catalog}#")):
            database = self._client.get_database(f"@{self._catalog}#{name}")
            yield contract.database_line(database, self._privileges("DATABASE", name))
            if database.get("type") == "REMOTE":
                continue  # the service would ask the other database for its tables
            scope = f"@{self._catalog}#{name}"
            for function in self._sorted(self._client.get_functions(scope, "*")):
                yield contract.function_line(self._client.get_function(scope, function))
            for table in self._sorted(self._client.get_tables(scope, "*")):
                yield from self._table_lines(name, table)

    def _table_lines(self, database, name):
        request = {"catName": self._catalog, "dbName": database, "tblName": name,
                   "capabilities": {"values": ["INSERT_ONLY_TABLES"]}}
        table = self._client.get_table_req(request)["table"]
        columns = [field["name"] for field in table.get("sd", {}).get("cols", [])]
        keys = table.get("partitionKeys") or []
        yield contract.table_line(table, self._privileges_with_columns("TABLE", table, columns + [key["name"] for key in keys]),
                                  self._statistics(table, columns), self._constraints(table))
        if not keys:
            return
        # One by one: the service's call for many partitions leaves out what few clients use, a SerDe's description for one.
        for part_name in self._sorted(self._client.get_partition_names(f"@{self._catalog}#{database}", name, -1)):
            partition = self._client.get_partition_by_name(f"@{self._catalog}#{database}", name, part_name)
            own = [field["name"] for field in partition.get("sd", {}).get("cols", [])]
            # a grant may name a column that only the table has
            granted = own + [name for name in columns if name not in own]
            yield contract.partition_line(
                partition, keys, self._privileges_with_columns("PARTITION", table, granted, partition["values"]),
                self._statistics(table, own, part_name))

    @staticmethod
    def _sorted(names):
        return sorted(names, key=lambda name: name.encode())

    def _privileges(self, kind, database, table=None, column=None, values=None):
        reference = {"objectType": kind, "catName": self._catalog, "dbName": database, "objectName": table,
                     "columnName": column, "partValues": values}
        reference = {key: value for key, value in reference.items() if value is not None}
        if column is None or values is None:
            return self._client.list_privileges(None, None, reference) or []
        # Asked about everybody's grants on a partition's column, the service answers none.
        return [grant for name, kind in PRINCIPALS
                for grant in self._client.list_privileges(name, kind, reference) or []]

    def _privileges_with_columns(self, kind, table, columns, values=None):
        database, name = table["dbName"], table["tableName"]
        result = self._privileges(kind, database, name, values=values)
        for column in columns:
            result += self._privileges("COLUMN", database, name, column, values)
        return result

    def _statistics(self, table, columns, partition=None):
        scope = f"@{self._catalog}#{table['dbName']}"
        answers = []
        for column in columns:
            try:
                if partition is None:
                    answer = self._client.get_table_column_statistics(scope, table["tableName"], column)
                else:
                    answer = self._client.get_partition_column_statistics(scope, table["tableName"], partition, column)
            except MetastoreError as error:
                if error.kind != "NoSuchObjectException":
                    raise
                answer = None
            # 3.1 says nothing at all, 4.0 raises, when a column was never analyzed
            if answer is not None:
                answers.append(answer)
        if partition is None:
            answers += self._statistics_of_other_engines(table, columns)
        return answers

    def _statistics_of_other_engines(self, table, columns):
        names = {"catName": self._catalog, "dbName": table["dbName"]}
        for engine, analyzed in self._other_engines.items():
            request = {**names, "tblName": table["tableName"], "colNames": columns, "engine": engine}
            objects = self._client.get_table_statistics_req(request)["tableStats"]
            if objects:
                description = {**names, "tableName": table["tableName"], "isTblLevel": True, "lastAnalyzed": analyzed}
                yield {"statsDesc": description, "statsObj": objects, "engine": engine}

    def _constraints(self, table):
        names = {"catName": self._catalog, "db_name": table["dbName"], "tbl_name": table["tableName"]}
        result = {}
        for member, method in CONSTRAINTS.items():
            answer = self._client.call(method, names)
            result[member] = next(iter(answer.values()), [])
        keys = {"catName": self._catalog, "foreign_db_name": table["dbName"], "foreign_tbl_name": table["tableName"]}
        result["foreignKeys"] = self._client.get_foreign_keys(keys)["foreignKeys"]
        return result
