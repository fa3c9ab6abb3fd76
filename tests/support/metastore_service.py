"""A metastore service that jobs write through, with the database behind it that tells what was stored."""

import json

from support.metastore_target import MetastoreDatabase
from support.program import export_lines


class MetastoreService:
    """A running service as the target, or the source, of a Migration."""

    def __init__(self, lab, database, version, settings=None):
        self.database, self.version = database, version
        self.environment = database.environment
        self.running = lab.start_metastore(database.server, database.name, version, settings)

    @classmethod
    def on_new_schema(cls, lab, server, name, version, settings=None, schema=None):
        if schema:
            lab.apply_official_schema(server, name, schema)
        else:
            lab.schematool_init(server, name, version)
        if server.dialect == "mysql":
            lab.convert_text_to_utf8(server, name)
        return cls(lab, MetastoreDatabase(server, name), version, settings)

    @property
    def url(self):
        return f"thrift://127.0.0.1:{self.running.port}"

    @property
    def endpoint(self):
        return {"url": self.url}

    def client(self):
        return self.running.client()

    def stored(self, catalog="hive"):
        """What its database has, as the program reads it by SQL."""
        return self.database.export(catalog)

    def told(self, catalog="hive"):
        return export_lines(self.url, "--catalog", catalog)

    def stop(self):
        self.running.stop()


# Parameters that a service writes by itself.
ITS_PARAMETERS = ("transient_lastDdlTime", "COLUMN_STATS_ACCURATE", "numFiles", "totalSize", "last_modified_by",
                  "last_modified_time")


def without_the_services_part(text):
    """A line of an export less what a service decides by itself: times, the slash at a location's end, the type of a grantor."""
    line = json.loads(text)
    thing, hive = line["object"], line.get("hive", {})
    thing.pop("create_time", None)
    parameters = {key: value for key, value in thing.pop("parameters", {}).items() if key not in ITS_PARAMETERS}
    if parameters:
        thing["parameters"] = parameters
    hive.get("materialized_view", {}).pop("materializationTime", None)
    for holder in (thing, thing.get("storage_descriptor", {})):
        if "location" in holder:
            holder["location"] = holder["location"].rstrip("/")
    for statistics in hive.get("column_statistics", []):
        statistics["statsDesc"].pop("lastAnalyzed", None)
        if statistics.get("engine") == "hive":  # the only one that services before 4.0 know
            del statistics["engine"]
    for grant in hive.get("privileges", []):
        grant["grantInfo"].pop("createTime", None)
        grant["grantInfo"].pop("grantorType", None)
    if hive.get("type") == "NATIVE":
        del hive["type"]
    if not hive:
        line.pop("hive", None)
    return line
