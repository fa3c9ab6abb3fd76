"""What a metastore service answers over Thrift, in the form of `metaferry export`.

Written from the form's description alone, so that it can judge the program's own writer. Structs come as dicts with
Hive's field names and without unset fields, as MetastoreClient gives them.
"""

import json
from datetime import datetime, timezone

# FileUtils.charToEscape; everything else, other alphabets included, stands as it is.
ESCAPED = {*map(chr, range(0x20)), "\x7f", *"\"#%'*/:=?\\{[]^"}
DEFAULT_PARTITION = "__HIVE_DEFAULT_PARTITION__"


def escape_path_name(text):
    return "".join(f"%{ord(c):02X}" if c in ESCAPED else c for c in text)


def partition_name(partition_keys, values):
    pairs = ((key["name"].lower(), value or DEFAULT_PARTITION) for key, value in zip(partition_keys, values, strict=True))
    return "/".join(f"{escape_path_name(key)}={escape_path_name(value)}" for key, value in pairs)


def json_text(value):
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), sort_keys=True)


def in_order(structs):
    """Lists without an order of their own are compared in the order of their JSON text."""
    return sorted(structs, key=json_text)


def present(fields):
    """The fields that say something."""
    return {key: value for key, value in fields.items() if value not in (None, "", [], {})}


def time(seconds):
    return datetime.fromtimestamp(seconds, timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ") if seconds else None


def owner(name, kind):
    return {"owner": name, "owner_type": (kind or "USER") if name else None}


def column(field):
    return present({"column_name": field.get("name"), "column_type": field.get("type"), "comment": field.get("comment")})


def columns(fields):
    return [column(field) for field in fields or []]


def skewed_info(info):
    return present({
        "skewed_column_names": info.get("skewedColNames"),
        "skewed_column_values": info.get("skewedColValues"),
        "skewed_column_value_location_maps": {
            json_text(json.loads(key)): value for key, value in (info.get("skewedColValueLocationMaps") or {}).items()},
    })


def storage_descriptor(sd):
    if sd is None:
        return None
    serde = sd.get("serdeInfo") or {}
    buckets = sd.get("bucketCols")
    return present({
        "columns": columns(sd.get("cols")),
        "location": sd.get("location"),
        "compressed": sd.get("compressed", False),
        "input_format": sd.get("inputFormat"),
        "output_format": sd.get("outputFormat"),
        "number_of_buckets": sd.get("numBuckets") if buckets else None,
        "bucket_columns": buckets,
        "sort_columns": [{"column": order["col"], "sort_order": order["order"]} for order in sd.get("sortCols") or []],
        "serde_info": present({"serialization_library": serde.get("serializationLib"), "parameters": serde.get("parameters")}),
        "parameters": sd.get("parameters"),
        "skewed_info": skewed_info(sd.get("skewedInfo") or {}),
        "stored_as_sub_directories": sd.get("storedAsSubDirectories", False),
    })


def hive_serde(sd):
    serde = (sd or {}).get("serdeInfo") or {}
    return present({key: serde.get(key) for key in ("description", "serializerClass", "deserializerClass")})


def line(kind, fields, hive):
    return present({"kind": kind, "object": present(fields), "hive": present(hive)})


def database_line(database, privileges=()):
    return line("DATABASE", {
        "catalog_name": database.get("catalogName", "hive"),
        "database_name": database["name"],
        **owner(database.get("ownerName"), database.get("ownerType")),
        "description": database.get("description"),
        "location": database.get("locationUri"),
        "parameters": database.get("parameters"),
    }, {
        "managed_location": database.get("managedLocationUri"),
        "type": database.get("type"),
        "connector_name": database.get("connector_name"),
        "remote_dbname": database.get("remote_dbname"),
        "privileges": in_order(map(plain, privileges)),
    })


def function_line(function):
    return line("FUNCTION", {
        "catalog_name": function.get("catName", "hive"),
        "database_name": function["dbName"],
        "function_name": function["functionName"],
        "function_type": function.get("functionType"),
        **owner(function.get("ownerName"), function.get("ownerType")),
        "class_name": function.get("className"),
        "create_time": time(function.get("createTime")),
        "resource_uris": [{"type": uri["resourceType"], "uri": uri["uri"]} for uri in function.get("resourceUris") or []],
    }, {})


def table_line(table, privileges=(), statistics=(), constraints=None):
    return line("TABLE", {
        "catalog_name": table.get("catName", "hive"),
        "database_name": table["dbName"],
        "table_name": table["tableName"],
        "create_time": time(table.get("createTime")),
        "last_access_time": time(table.get("lastAccessTime")),
        **owner(table.get("owner"), table.get("ownerType")),
        "parameters": table.get("parameters"),
        "partition_keys": columns(table.get("partitionKeys")),
        "retention": table.get("retention", 0),
        "storage_descriptor": storage_descriptor(table.get("sd")),
        "table_type": table.get("tableType"),
        "view_expanded_text": table.get("viewExpandedText"),
        "view_original_text": table.get("viewOriginalText"),
    }, {
        "rewrite_enabled": table.get("rewriteEnabled") or None,
        # the service says -1 for a table that was never written to in a transaction
        "write_id": table["writeId"] if table.get("writeId", 0) > 0 else None,
        "constraints": present({kind: in_order(map(plain, rows)) for kind, rows in (constraints or {}).items()}),
        "privileges": in_order(map(plain, privileges)),
        "column_statistics": statistics_structs(statistics),
        "materialized_view": plain(materialized_view(table.get("creationMetadata"))),
        "serde_info": hive_serde(table.get("sd")),
    })


def partition_line(partition, partition_keys, privileges=(), statistics=()):
    return line("PARTITION", {
        "catalog_name": partition.get("catName", "hive"),
        "database_name": partition["dbName"],
        "table_name": partition["tableName"],
        "partition_values": partition["values"],
        "create_time": time(partition.get("createTime")),
        "last_access_time": time(partition.get("lastAccessTime")),
        "parameters": partition.get("parameters"),
        "storage_descriptor": storage_descriptor(partition.get("sd")),
    }, {
        "part_name": partition_name(partition_keys, partition["values"]),
        "write_id": partition["writeId"] if partition.get("writeId", 0) > 0 else None,
        "privileges": in_order(map(plain, privileges)),
        "column_statistics": statistics_structs(statistics),
        "serde_info": hive_serde(partition.get("sd")),
    })


def plain(struct):
    """A struct without its empty fields, all the way down; lists keep their order."""
    if isinstance(struct, dict):
        return present({key: plain(value) for key, value in struct.items()})
    return [plain(element) for element in struct] if isinstance(struct, list) else struct


def statistics_structs(answers):
    """Answers come one for each column; the form has one struct for each engine and time of analysis."""
    groups = {}
    for answer in answers:
        description = plain(answer["statsDesc"])
        engine = answer.get("engine")
        group = groups.setdefault((engine or "", json_text(description)),
                                  {"engine": engine, "statsDesc": description, "statsObj": []})
        group["statsObj"] += map(plain, answer["statsObj"])
    for group in groups.values():
        group["statsObj"] = in_order(group["statsObj"])
    return in_order(map(present, groups.values()))


def materialized_view(metadata):
    if metadata is None:
        return None
    # Each source comes as the whole table as it is now; what belongs to the view is its name and what was changed since.
    counted = [{**source, "table": f"{source['table']['dbName']}.{source['table']['tableName']}"}
               for source in metadata.get("sourceTables", [])
               if any(source[count] for count in ("insertedCount", "updatedCount", "deletedCount"))]
    return {**plain(metadata), "tablesUsed": sorted(metadata.get("tablesUsed", [])), "sourceTables": in_order(counted)}
