"""The lines that `metaferry export` must print for a metastore model, made without any of the program's code."""

import base64
import json
import re
from datetime import datetime, timezone
from decimal import Decimal

from support.metastore_model import CHECK, DEFAULT, DEFAULT_PARTITION, FOREIGN_KEY, NOT_NULL, PRIMARY_KEY, UNIQUE


def dump(value):
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def expected_export(databases, features, catalog="hive", shown_as=None):
    """Every line, without line ends, in the order of the export; `shown_as` is the name after a migration."""
    lines = []
    exporter = _Exporter(databases, features, catalog, shown_as or catalog)
    for database in _by_name(exporter.databases, lambda item: item.name):
        lines.append(_line("DATABASE", *exporter.database(database)))
        for function in _by_name(database.functions, lambda item: item.name):
            lines.append(_line("FUNCTION", *exporter.function(database, function)))
        for table in _by_name(database.tables, lambda item: item.name):
            lines.append(_line("TABLE", *exporter.table(database, table)))
            for partition in _by_name(table.partitions, table.partition_name):
                lines.append(_line("PARTITION", *exporter.partition(database, table, partition)))
    return lines


def _by_name(items, name):
    return sorted(items, key=lambda item: name(item).encode("utf-8"))


def _line(kind, thing, hive):
    line = {"kind": kind, "object": thing}
    if hive:
        line["hive"] = hive
    return dump(line)


def _present(**fields):
    """The fields that say something: no NULL, no empty text, list or map."""
    return {key: value for key, value in fields.items() if value not in (None, "", [], {})}


def _time(seconds):
    if not seconds:
        return None
    return datetime.fromtimestamp(seconds, timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")


def _params(params):
    return {key: value for key, value in params.items() if value is not None}


def _sorted(structs):
    return sorted(structs, key=lambda struct: dump(struct).encode("utf-8"))


def _column(column):
    return _present(column_name=column.name, column_type=column.type, comment=column.comment)


def _base64(data):
    return None if data is None else base64.b64encode(data).decode()


class _Exporter:
    def __init__(self, databases, features, catalog, shown_as):
        self.catalog = shown_as
        self.databases = [item for item in databases if item.catalog == catalog or not features.catalogs]
        self.features = features

    def _owner(self, owner, owner_type, type_known=True):
        if not owner:
            return {}
        return {"owner": owner, "owner_type": (type_known and owner_type) or "USER"}

    def database(self, database):
        has = lambda column: self.features.has("DBS", column)
        thing = {
            **_present(catalog_name=self.catalog, database_name=database.name, description=database.description,
                       location=database.location, parameters=_params(database.params)),
            **self._owner(database.owner, database.owner_type),
        }
        hive = _present(
            managed_location=database.managed_location if has("DB_MANAGED_LOCATION_URI") else None,
            type=database.type if has("TYPE") else None,
            connector_name=database.connector if has("DATACONNECTOR_NAME") else None,
            remote_dbname=database.remote_name if has("REMOTE_DBNAME") else None,
            privileges=self._privileges(database.privileges, "DB_PRIVS", "DATABASE", dbName=database.name),
        )
        return thing, hive

    def function(self, database, function):
        kinds = {1: "JAR", 2: "FILE", 3: "ARCHIVE"}
        thing = {
            **_present(catalog_name=self.catalog, database_name=database.name, function_name=function.name,
                       function_type="JAVA", class_name=function.class_name, create_time=_time(function.create_time),
                       resource_uris=[{"type": kinds[kind], "uri": uri} for kind, uri in function.resources]),
            **self._owner(function.owner, function.owner_type),
        }
        return thing, {}

    def table(self, database, table):
        thing = {
            **_present(
                catalog_name=self.catalog, database_name=database.name, table_name=table.name,
                create_time=_time(table.create_time), last_access_time=_time(table.last_access_time),
                parameters=_params(table.params), partition_keys=[_column(key) for key in table.partition_keys],
                table_type=_table_type(table), view_original_text=table.view_original_text,
                view_expanded_text=table.view_expanded_text,
                storage_descriptor=_storage_descriptor(table.sd),
            ),
            **self._owner(table.owner, table.owner_type, self.features.has("TBLS", "OWNER_TYPE")),
            "retention": table.retention,
        }
        where = {"dbName": database.name, "objectName": table.name}
        grants = [grant for grant in table.privileges if grant.column is None]
        column_grants = [grant for grant in table.privileges if grant.column is not None]
        hive = _present(
            rewrite_enabled=(table.rewrite_enabled and self.features.has("TBLS", "IS_REWRITE_ENABLED")) or None,
            write_id=(table.write_id if self.features.has("TBLS", "WRITE_ID") else None) or None,
            constraints=self._constraints(database, table),
            privileges=_sorted(
                self._privileges(grants, "TBL_PRIVS", "TABLE", **where)
                + self._privileges(column_grants, "TBL_COL_PRIVS", "COLUMN", **where)),
            column_statistics=self._statistics(
                table.statistics, "TAB_COL_STATS",
                {"dbName": database.name, "tableName": table.name, "isTblLevel": True}),
            materialized_view=self._materialized_view(database, table),
            serde_info=self._serde_extras(table.sd),
        )
        return thing, hive

    def partition(self, database, table, partition):
        values = [DEFAULT_PARTITION if value is None else value for value in partition.values]
        thing = _present(
            catalog_name=self.catalog, database_name=database.name, table_name=table.name, partition_values=values,
            create_time=_time(partition.create_time), last_access_time=_time(partition.last_access_time),
            parameters=_params(partition.params), storage_descriptor=_storage_descriptor(partition.sd))
        name = table.partition_name(partition)
        where = {"dbName": database.name, "objectName": table.name, "partValues": values}
        grants = [grant for grant in partition.privileges if grant.column is None]
        column_grants = [grant for grant in partition.privileges if grant.column is not None]
        hive = _present(
            part_name=name,
            write_id=(partition.write_id if self.features.has("PARTITIONS", "WRITE_ID") else None) or None,
            privileges=_sorted(
                self._privileges(grants, "PART_PRIVS", "PARTITION", **where)
                + self._privileges(column_grants, "PART_COL_PRIVS", "COLUMN", **where)),
            column_statistics=self._statistics(
                partition.statistics, "PART_COL_STATS",
                {"dbName": database.name, "tableName": table.name, "partName": name, "isTblLevel": False}),
            serde_info=self._serde_extras(partition.sd),
        )
        return thing, hive

    def _serde_extras(self, sd):
        if sd is None or not self.features.has("SERDES", "DESCRIPTION"):
            return None
        return _present(description=sd.serde.description, serializerClass=sd.serde.serializer,
                        deserializerClass=sd.serde.deserializer)

    def _privileges(self, grants, table, object_type, **where):
        structs = []
        for grant in grants:
            grant_info = _present(privilege=grant.privilege, grantor=grant.grantor, grantorType=grant.grantor_type)
            grant_info |= {"createTime": grant.create_time, "grantOption": bool(grant.grant_option)}
            target = {"catName": self.catalog, "objectType": object_type, **where,
                      **_present(columnName=grant.column)}
            authorizer = grant.authorizer if self.features.has(table, "AUTHORIZER") else None
            structs.append({"grantInfo": grant_info, "hiveObject": target,
                            **_present(authorizer=authorizer, principalName=grant.principal,
                                       principalType=grant.principal_type)})
        return _sorted(structs)

    def _constraints(self, database, table):
        if not self.features.has("KEY_CONSTRAINTS"):
            return {}
        lists = {}
        for constraint in table.constraints:
            for position, column in enumerate(constraint.columns, 1):
                struct = {"catName": self.catalog, "enable_cstr": constraint.enable,
                          "validate_cstr": constraint.validate, "rely_cstr": constraint.rely}
                if constraint.kind == FOREIGN_KEY:
                    parent_database, parent_table, parent_columns = constraint.parent
                    struct |= {"fktable_db": database.name, "fktable_name": table.name, "fkcolumn_name": column,
                               "pktable_db": parent_database, "pktable_name": parent_table,
                               "pkcolumn_name": parent_columns[position - 1], "key_seq": position,
                               "fk_name": constraint.name, **_present(
                                   update_rule=constraint.update_rule, delete_rule=constraint.delete_rule,
                                   pk_name=self._primary_key_name(parent_database, parent_table))}
                    lists.setdefault("foreignKeys", []).append(struct)
                    continue
                struct |= {"table_db": database.name, "table_name": table.name, "column_name": column}
                name_field, list_name, numbered, value_field = {
                    PRIMARY_KEY: ("pk_name", "primaryKeys", True, None),
                    UNIQUE: ("uk_name", "uniqueConstraints", True, None),
                    NOT_NULL: ("nn_name", "notNullConstraints", False, None),
                    DEFAULT: ("dc_name", "defaultConstraints", False, "default_value"),
                    CHECK: ("dc_name", "checkConstraints", False, "check_expression"),
                }[constraint.kind]
                struct[name_field] = constraint.name
                if numbered:
                    struct["key_seq"] = position
                if value_field:
                    struct[value_field] = constraint.value
                lists.setdefault(list_name, []).append(struct)
        return {name: _sorted(structs) for name, structs in lists.items()}

    def _primary_key_name(self, database_name, table_name):
        for database in self.databases:
            for table in database.tables:
                if (database.name, table.name) == (database_name, table_name):
                    for constraint in table.constraints:
                        if constraint.kind == PRIMARY_KEY:
                            return constraint.name
        return None

    def _statistics(self, statistics, table, description):
        groups = {}
        with_engine = self.features.has(table, "ENGINE")
        for item in statistics:
            engine = item.engine if with_engine else None
            groups.setdefault((engine, item.last_analyzed), []).append(item)
        structs = []
        for (engine, last_analyzed), items in groups.items():
            objects = [{"colName": item.column, "colType": item.type, "statsData": self._statistics_data(item, table)}
                       for item in items]
            structs.append({
                **_present(engine=engine),
                "statsDesc": {"catName": self.catalog, "lastAnalyzed": last_analyzed, **description},
                "statsObj": sorted(objects, key=lambda item: item["colName"].encode("utf-8"))})
        return _sorted(structs)

    def _statistics_data(self, item, table):
        known = {column: value for column, value in item.values.items() if self.features.has(table, column)}
        value = known.get
        common = {"numNulls": value("NUM_NULLS"), "bitVectors": _base64(value("BIT_VECTOR"))}
        counted = {**common, "numDVs": value("NUM_DISTINCTS")}
        ranged = {**counted, "histogram": _base64(value("HISTOGRAM"))}
        name, fields = {
            "boolean": lambda: ("booleanStats", {
                **common, "numTrues": value("NUM_TRUES"), "numFalses": value("NUM_FALSES")}),
            "binary": lambda: ("binaryStats", {
                **common, "avgColLen": value("AVG_COL_LEN"), "maxColLen": value("MAX_COL_LEN")}),
            "string": lambda: ("stringStats", {
                **counted, "avgColLen": value("AVG_COL_LEN"), "maxColLen": value("MAX_COL_LEN")}),
            "long": lambda: ("longStats", {
                **ranged, "lowValue": value("LONG_LOW_VALUE"), "highValue": value("LONG_HIGH_VALUE")}),
            "double": lambda: ("doubleStats", {
                **ranged, "lowValue": value("DOUBLE_LOW_VALUE"), "highValue": value("DOUBLE_HIGH_VALUE")}),
            "date": lambda: ("dateStats", {
                **ranged, "lowValue": _wrapped("daysSinceEpoch", value("LONG_LOW_VALUE")),
                "highValue": _wrapped("daysSinceEpoch", value("LONG_HIGH_VALUE"))}),
            "timestamp": lambda: ("timestampStats", {
                **ranged, "lowValue": _wrapped("secondsSinceEpoch", value("LONG_LOW_VALUE")),
                "highValue": _wrapped("secondsSinceEpoch", value("LONG_HIGH_VALUE"))}),
            "decimal": lambda: ("decimalStats", {
                **ranged, "lowValue": _decimal(value("BIG_DECIMAL_LOW_VALUE")),
                "highValue": _decimal(value("BIG_DECIMAL_HIGH_VALUE"))}),
        }[_statistics_kind(item.type)]()
        return {name: {key: field for key, field in fields.items() if field is not None}}

    def _materialized_view(self, database, table):
        metadata = table.creation_metadata
        if metadata is None or not self.features.has("MV_CREATION_METADATA"):
            return None
        sources = []
        if self.features.has("MV_TABLES_USED", "INSERTED_COUNT"):
            sources = [{"table": f"{name}.{used}", "insertedCount": inserted, "updatedCount": updated,
                        "deletedCount": deleted}
                       for name, used, inserted, updated, deleted in metadata.tables_used
                       if inserted or updated or deleted]
        timed = self.features.has("MV_CREATION_METADATA", "MATERIALIZATION_TIME")
        return _present(
            catName=self.catalog, dbName=database.name, tblName=table.name, validTxnList=metadata.txn_list,
            tablesUsed=sorted((f"{name}.{used}" for name, used, *_ in metadata.tables_used), key=str.encode),
            materializationTime=metadata.materialization_time if timed else None, sourceTables=_sorted(sources))


def _table_type(table):
    """A metastore that finds no type derives one from the view text and the EXTERNAL parameter."""
    if table.type is not None:
        return table.type
    if table.view_original_text is not None:
        return "VIRTUAL_VIEW"
    return "EXTERNAL_TABLE" if (table.params.get("EXTERNAL") or "").lower() == "true" else "MANAGED_TABLE"


def _storage_descriptor(sd):
    if sd is None:
        return None
    return {
        **_present(
            columns=[_column(column) for column in sd.columns], location=sd.location, input_format=sd.input_format,
            output_format=sd.output_format, bucket_columns=sd.bucket_columns, parameters=_params(sd.params),
            number_of_buckets=sd.buckets if sd.bucket_columns else None,
            sort_columns=[{"column": name, "sort_order": order} for name, order in sd.sort_columns],
            serde_info=_present(serialization_library=sd.serde.slib, parameters=_params(sd.serde.params)),
            skewed_info=_present(
                skewed_column_names=sd.skewed.names, skewed_column_values=sd.skewed.values,
                skewed_column_value_location_maps={
                    dump(values): location for values, location in sd.skewed.locations if location is not None})),
        "compressed": sd.compressed,
        "stored_as_sub_directories": sd.sub_directories,
    }


def _statistics_kind(column_type):
    base = re.match(r"[a-z]+", column_type).group()
    return {"varchar": "string", "char": "string", "tinyint": "long", "smallint": "long", "int": "long",
            "bigint": "long", "float": "double"}.get(base, base)


def _wrapped(name, value):
    return None if value is None else {name: value}


def _decimal(text):
    """Thrift's Decimal as Java's BigDecimal splits the text: the scale as written, the digits in two's complement."""
    if text is None:
        return None
    sign, digits, exponent = Decimal(text).as_tuple()
    unscaled = int("".join(map(str, digits))) * (-1 if sign else 1)
    size = 1
    while not -(1 << (8 * size - 1)) <= unscaled < 1 << (8 * size - 1):
        size += 1
    return {"scale": -exponent, "unscaled": _base64(unscaled.to_bytes(size, "big", signed=True))}
