"""What a running service answers about every object, in a form that compares with an export."""

from support.metastore_reader import MetastoreReader
from support.thrift_to_contract import in_order, json_text


class ObjectReader(MetastoreReader):
    """Without grants: the service refuses to tell those whose grantor is NULL, in the source as well."""

    def _privileges(self, *_):
        return []

    def _privileges_with_columns(self, *_):
        return []


def answers_of(metastore):
    """A line for each object that a running service tells of."""
    with metastore.client() as client:
        return list(ObjectReader(client).lines())


def as_numbers(data):
    """3.1.3 tells statistics of timestamps as those of numbers."""
    if "timestampStats" in data:
        values = data.pop("timestampStats")
        data["longStats"] = {key: value["secondsSinceEpoch"] if isinstance(value, dict) else value
                             for key, value in values.items()}


def comparable(lines):
    """Lists without an order of their own in one order; no grants, and statistics of columns only that are there."""
    for line in lines:
        hive = line.get("hive", {})
        hive.pop("privileges", None)
        columns = {column["column_name"] for column in line["object"].get("storage_descriptor", {}).get("columns", [])}
        for statistics in hive.get("column_statistics", []):
            statistics["statsObj"] = in_order(item for item in statistics["statsObj"] if item["colName"] in columns)
            for item in statistics["statsObj"]:
                as_numbers(item["statsData"])
        if "column_statistics" in hive:
            hive["column_statistics"] = [item for item in hive["column_statistics"]
                                         if item["statsObj"] and item.get("engine", "hive") == "hive"]
        constraints = hive.get("constraints", {})
        for holder, member in [(hive, "column_statistics"), *((constraints, kind) for kind in constraints)]:
            if member in holder:
                holder[member] = in_order(holder[member])
        if not hive:
            line.pop("hive", None)
    return [json_text(line) for line in lines]
