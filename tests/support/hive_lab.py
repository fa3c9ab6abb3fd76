"""Real Hive metastores for tests: Hive's own schemas, schematool, metastore services and Spark.

Everything comes from Maven Central at pinned versions and is kept in the cache folder; a second run downloads nothing.
"""

import atexit
import contextlib
import hashlib
import importlib.util
import os
import re
import shutil
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path
from xml.sax.saxutils import escape

from support.java_lab import JavaLab
from support.metastore_client import MetastoreClient
from support.servers import Process, cache_folder, find_program, free_port, port_answers

HERE = Path(__file__).resolve().parent
SERVICE_VERSIONS = ("3.1.3", "4.0.1")
OLD_SERVICE = "2.3.9"
SCHEMA_VERSIONS = ("1.2.0", "2.1.0", "2.3.0", "3.0.0", "3.1.0", "4.0.0")
# Schemes that databases, tables, partitions and functions of the tests live on.
SCHEMES = ("hdfs", "obs", "s3a", "s3", "oss", "cosn", "viewfs")
# Hadoop and DataNucleus reach into these packages by reflection, which JDK 17 forbids unless told otherwise.
OPENED = ("java.lang", "java.lang.reflect", "java.util", "java.util.concurrent", "java.net", "java.nio", "sun.nio.ch")
JVM_OPTIONS = [part for name in OPENED for part in ("--add-opens", f"java.base/{name}=ALL-UNNAMED")]

# Columns that hold user text. Hive's MySQL schemas are latin1, so sites with other alphabets alter some of these.
TEXT_COLUMNS = {
    "CTLGS": ["DESC"], "DBS": ["DESC", "DB_LOCATION_URI"], "DATABASE_PARAMS": ["PARAM_VALUE"],
    "TBLS": ["VIEW_EXPANDED_TEXT", "VIEW_ORIGINAL_TEXT"], "TABLE_PARAMS": ["PARAM_KEY", "PARAM_VALUE"],
    "SDS": ["LOCATION"], "SD_PARAMS": ["PARAM_VALUE"], "SERDE_PARAMS": ["PARAM_VALUE"],
    "COLUMNS_V2": ["COMMENT", "COLUMN_NAME", "TYPE_NAME"], "PARTITION_KEYS": ["PKEY_COMMENT", "PKEY_NAME"],
    "PARTITIONS": ["PART_NAME"], "PARTITION_KEY_VALS": ["PART_KEY_VAL"], "PARTITION_PARAMS": ["PARAM_KEY", "PARAM_VALUE"],
    "BUCKETING_COLS": ["BUCKET_COL_NAME"], "SORT_COLS": ["COLUMN_NAME"], "SKEWED_COL_NAMES": ["SKEWED_COL_NAME"],
    "SKEWED_STRING_LIST_VALUES": ["STRING_LIST_VALUE"], "SKEWED_COL_VALUE_LOC_MAP": ["LOCATION"],
    "FUNC_RU": ["RESOURCE_URI"], "KEY_CONSTRAINTS": ["DEFAULT_VALUE"], "TAB_COL_STATS": ["COLUMN_NAME"],
    "PART_COL_STATS": ["COLUMN_NAME", "PARTITION_NAME"],
}


class HiveLab(JavaLab):
    """The pinned Hive programs and what tests do with them."""

    def __init__(self):
        super().__init__(cache_folder() / "hive")

    def prepare(self):
        """Brings and compiles everything but what Spark needs; a no-op when it is there."""
        self._prepare_service()

    def apply_official_schema(self, server, database, version, upgraded=False, charset=None):
        """Makes `database` anew with Hive's own SQL, without Java.

        A version that has a script of its own gets it, unless `upgraded` asks for the schema that a site has
        which once started with 1.2.0 and followed every upgrade.
        """
        if version not in SCHEMA_VERSIONS:
            raise ValueError(f"no schema {version}; there are {', '.join(SCHEMA_VERSIONS)}")
        server.create_database(database, charset or ("latin1" if server.dialect == "mysql" else None))
        for script in self._schema_scripts(server, version, upgraded):
            server.run_sql_file(database, script)

    def upgrade_schema(self, server, database, old, new):
        """Upgrades a metastore, with what is in it, from schema `old` to `new` with Hive's own SQL."""
        done = self._schema_scripts(server, old, upgraded=True)
        for script in self._schema_scripts(server, new, upgraded=True)[len(done):]:
            server.run_sql_file(database, script)

    def schematool_init(self, server, database, version):
        """Makes `database` anew and has Hive's schematool create the schema."""
        server.create_database(database)
        exit_code, told = self._schematool(server, database, version, "-initSchema")
        if exit_code != 0:
            raise RuntimeError(f"schematool {version}: {told[-3000:]}")

    def schematool_validate(self, server, database, version):
        """What Hive's schematool says of tables, columns, sequences and locations."""
        return self._schematool(server, database, version, "-validate")[1]

    def _schematool(self, server, database, version, action):
        main = "org.apache.hadoop.hive.metastore.tools." + ("" if version == "3.1.3" else "schematool.")
        with tempfile.TemporaryDirectory(prefix="metaferry-schematool-") as folder:
            self._write_configuration(Path(folder), server, database, version)
            command = [*self._java(version, Path(folder), "512m"), main + "MetastoreSchemaTool",
                       "-dbType", _database_type(server), action]
            done = subprocess.run(command, env=self._environment(version), capture_output=True, text=True)
        return done.returncode, done.stdout + done.stderr

    def convert_text_to_utf8(self, server, database):
        """Alters the columns of user text as sites with non-Latin metadata do; MySQL and MariaDB only.

        The result mixes latin1 keys, utf8mb4 text, and utf8 (three bytes) where an index would grow too long.
        """
        columns = server.execute("SELECT TABLE_NAME, COLUMN_NAME, COLUMN_TYPE, IS_NULLABLE FROM information_schema.COLUMNS "
                                 "WHERE TABLE_SCHEMA = %s", (database,))
        for table, column, column_type, nullable in columns:
            if column not in TEXT_COLUMNS.get(table, ()):
                continue
            null = "NULL" if nullable == "YES" else "NOT NULL"
            for charset in ("utf8mb4", "utf8"):
                with contextlib.suppress(Exception):
                    server.execute(f"ALTER TABLE `{table}` MODIFY `{column}` {column_type} CHARACTER SET {charset} "
                                   f"COLLATE {charset}_bin {null}", database=database)
                    break

    def start_metastore(self, server, database, version, settings=None, kerberos=None):
        """Starts a metastore service on the database; returns its handle. `kerberos`: a support.kerberos.ServiceLogin."""
        self._prepare_service()
        return Metastore(self, server, database, version, settings or {}, kerberos)

    def run_spark(self, metastore, script, *arguments, timeout=300):
        """Runs a Python script in a Spark that uses the metastore service; the script calls `session()` of spark_session."""
        options = self._spark_options(metastore)
        environment = {**os.environ, "PYTHONPATH": str(HERE.parent), "METAFERRY_SPARK_OPTIONS": "\n".join(options),
                       "SPARK_LOCAL_IP": "127.0.0.1", "TZ": "UTC"}
        done = subprocess.run([sys.executable, str(script), *arguments], env=environment, cwd=metastore.folder,
                              capture_output=True, text=True, timeout=timeout)
        if done.returncode != 0:
            # without the stack frames, which bury what went wrong
            told = "\n".join(line for line in done.stderr.splitlines() if not line.lstrip().startswith("at "))
            raise RuntimeError(f"{script}:\n{done.stdout[-2000:]}\n{told[-6000:]}")
        return done.stdout

    # ---- what the above needs

    def _home(self, version):
        return self.folder / f"apache-hive-metastore-{version}-bin"

    def _schema_scripts(self, server, version, upgraded):
        self._prepare_downloads()
        kind = _database_type(server)
        folder = self._home("4.0.1") / "scripts" / "metastore" / "upgrade" / kind
        own = folder / f"hive-schema-{version}.{kind}.sql"
        if own.exists() and not upgraded:
            return [own]
        scripts = [folder / f"hive-schema-1.2.0.{kind}.sql"]
        if version != "1.2.0":
            for step in (folder / f"upgrade.order.{kind}").read_text().split():
                scripts.append(folder / f"upgrade-{step}.{kind}.sql")
                if step.endswith(f"-to-{version}"):
                    break
        return scripts

    def _libraries(self, version):
        """The jars of a version; OLD_SERVICE is in none of its own, but Spark brings it along."""
        if version != OLD_SERVICE:
            return [self._home(version) / "lib" / "*", self.folder / "jars" / "*"]
        own = [path for name in ("postgresql", "mysql-connector-j", "gson") for path in (self.folder / "jars").glob(f"{name}-*.jar")]
        return [Path(importlib.util.find_spec("pyspark").origin).parent / "jars" / "*", *own]

    def _java(self, version, configuration, memory):
        classpath = [configuration, *self._libraries(version),
                     *(self._compiled(name) for name in ("filesystem", "acid", "client"))]
        return [find_program("java"), f"-Xmx{memory}", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", *JVM_OPTIONS,
                f"-Dlog4j.configurationFile={configuration / 'log4j2.properties'}",
                "-cp", ":".join(str(part) for part in classpath)]

    def _environment(self, version):
        return {**os.environ, "METASTORE_HOME": str(self._home(version)), "TZ": "UTC"}

    def _write_configuration(self, folder, server, database, version, settings=()):
        """metastore-site.xml for one service."""
        self._prepare_service()
        driver = {"mysql": "com.mysql.cj.jdbc.Driver", "postgresql": "org.postgresql.Driver"}[server.dialect]
        options = "?useSSL=false&allowPublicKeyRetrieval=true&characterEncoding=UTF-8" if server.dialect == "mysql" else ""
        values = {
            "javax.jdo.option.ConnectionURL": server.plain_jdbc_url(database) + options,
            "javax.jdo.option.ConnectionDriverName": driver,
            "javax.jdo.option.ConnectionUserName": server.user,
            "javax.jdo.option.ConnectionPassword": server.password,
            "datanucleus.schema.autoCreateAll": "false",
            "metastore.schema.verification": "true",
            "metastore.warehouse.dir": "hdfs://hacluster/user/hive/warehouse",
            "metastore.warehouse.external.dir": "hdfs://hacluster/user/hive/external",
            "metastore.thrift.bind.host": "127.0.0.1",
            "metastore.server.min.threads": "4",
            "metastore.metrics.enabled": "false",
            # the answers about column statistics are to be complete
            "metastore.stats.fetch.bitvector": "true",
            "metastore.stats.fetch.kll": "true",
            # The tarballs lack hive-exec, where the defaults of these three come from.
            "metastore.task.threads.always": "org.apache.hadoop.hive.metastore.events.EventCleanerTask",
            "metastore.task.threads.remote": " ",
            "metastore.expression.proxy": "org.apache.hadoop.hive.metastore.DefaultPartitionExpressionProxy",
            **self._file_system_settings(folder),
            **dict(settings),
        }
        if version.startswith("4"):
            # Off: the service answers what is stored, not what the asking client is thought to understand.
            values.setdefault("metastore.metadata.transformer.class", " ")
        if version == OLD_SERVICE:  # it has all it needs, and knows no tasks
            values = {key: value for key, value in values.items() if not key.startswith(("metastore.task.", "metastore.expression."))}
            values = {re.sub(r"^metastore\.", "hive.metastore.", key): value for key, value in values.items()}
        (folder / ("hive-site.xml" if version == OLD_SERVICE else "metastore-site.xml")).write_text(_configuration_xml(values))
        (folder / "log4j2.properties").write_text(LOGGING)

    @staticmethod
    def _file_system_settings(folder):
        implementations = {f"fs.{scheme}.impl": "LocalFolderFileSystem" for scheme in SCHEMES}
        return {"fs.defaultFS": "hdfs://hacluster", "metaferry.local.folder": str(folder / "files"), **implementations}

    def _spark_options(self, metastore):
        self._prepare_spark()
        file_system = self._compiled("filesystem")
        options = {f"spark.hadoop.{key}": value for key, value in self._file_system_settings(metastore.folder).items()}
        options.update({
            "spark.hadoop.hive.metastore.uris": f"thrift://127.0.0.1:{metastore.port}",
            "spark.sql.warehouse.dir": "hdfs://hacluster/user/hive/warehouse",
            "spark.driver.extraClassPath": f"{file_system}:{self.folder / 'spark-client' / 'hive-hcatalog-core-3.1.3.jar'}",
            "spark.ui.enabled": "false",
            "spark.sql.shuffle.partitions": "1",
            "spark.default.parallelism": "1",
            "spark.master": "local[1]",
            "spark.driver.bindAddress": "127.0.0.1",
        })
        if metastore.version.startswith("4"):
            options["spark.sql.hive.metastore.version"] = "3.1.3"
            options["spark.sql.hive.metastore.jars"] = "path"
            options["spark.sql.hive.metastore.jars.path"] = f"file://{self.folder / 'spark-client' / '*.jar'},file://{file_system}"
        return [f"{key}={value}" for key, value in options.items()]

    # ---- downloads and compilation, each done once

    def _prepare_downloads(self):
        self._once("downloads", self._bring_tarballs)

    def _prepare_service(self):
        self._prepare_downloads()
        self._once("service", self._compile_all)

    def _prepare_spark(self):
        self._prepare_service()
        self._once("spark", self._bring_spark_client)

    def _bring_tarballs(self):
        # Its name changes with the list of what is brought, so that an old cache is not taken for a full one.
        digest = hashlib.sha256((HERE / "maven" / "metastore.xml").read_bytes()).hexdigest()[:12]
        brought = self.folder / f".brought-{digest}"
        if brought.exists():
            return
        jars = self.folder / "jars"
        self._maven("metastore.xml", "copy", jars)
        for archive in sorted(jars.glob("*.tar.gz")):
            self._unpack(archive)
        brought.touch()

    def _bring_spark_client(self):
        target = self.folder / "spark-client"
        if target.is_dir():
            return
        with tempfile.TemporaryDirectory(dir=self.folder) as folder:
            self._maven("spark-client.xml", "copy-dependencies", Path(folder) / "jars", "-DincludeScope=runtime")
            (Path(folder) / "jars").rename(target)

    def _compile_all(self):
        for name in ("filesystem", "acid", "client"):
            self._compile(name, f"{self._home('3.1.3')}/lib/*:{self.folder}/jars/*")

    def _unpack(self, archive):
        # By way of a temporary folder: an interrupted run must not leave half a tarball behind as finished.
        with tempfile.TemporaryDirectory(dir=self.folder) as folder:
            with tarfile.open(archive) as content:
                content.extractall(folder, filter="data")
            for home in Path(folder).iterdir():
                if not (self.folder / home.name).is_dir():
                    home.rename(self.folder / home.name)
        archive.unlink()


class Metastore:
    """A running metastore service."""

    def __init__(self, lab, server, database, version, settings, kerberos=None):
        self.version = version
        self.kerberos = kerberos
        self.server = server
        self.database = database
        self.folder = Path(tempfile.mkdtemp(prefix=f"metaferry-metastore-{version}-"))
        # also when the start below fails or nobody calls stop()
        atexit.register(shutil.rmtree, self.folder, ignore_errors=True)
        self._lab = lab
        if kerberos:
            (self.folder / "core-site.xml").write_text(_configuration_xml(kerberos.hadoop_settings()))
            settings = {**kerberos.service_settings(), **settings}
        lab._write_configuration(self.folder, server, database, version, settings)
        self.port = free_port()
        command = [*self._java("1g"), "org.apache.hadoop.hive.metastore.HiveMetaStore", "-p", str(self.port)]
        self._process = Process(command, self.folder / "service.log", env=lab._environment(version), cwd=self.folder)
        # A failed start leaves the JVM alive through its pool threads; only the log tells.
        self._process.wait_until(lambda: port_answers(self.port), failure_text="Metastore Thrift Server threw an exception")

    def client(self, *login):
        """A Thrift client built on the service's own version of Hive's classes; with Kerberos it gets the client's
        principal and keytab."""
        service = [self.kerberos.principal, *map(str, login)] if login else []
        return MetastoreClient(self._java("512m"), self.port, *service)

    def log_text(self):
        return self._process.log_text()

    def stop(self):
        self._process.stop()
        shutil.rmtree(self.folder, ignore_errors=True)

    def _java(self, memory):
        java, *options = self._lab._java(self.version, self.folder, memory)
        return [java, *(self.kerberos.java_options() if self.kerberos else []), *options]

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()


def validation_results(told):
    """check -> SUCCESS or FAIL, of what schematool_validate returned."""
    return dict(re.findall(r"^(Validating .*)\n(?:(?!\[|Validating).*\n)*\[(\w+)\]", told, re.MULTILINE))


def _database_type(server):
    """Hive's word for the kind of database."""
    return "postgres" if server.dialect == "postgresql" else "mysql"


def _configuration_xml(values):
    rows = "".join(f"<property><name>{escape(key)}</name><value>{escape(value)}</value></property>\n"
                   for key, value in values.items())
    return f'<?xml version="1.0"?>\n<configuration>\n{rows}</configuration>\n'


LOGGING = """\
status = ERROR
appender.console.type = Console
appender.console.name = console
appender.console.target = SYSTEM_ERR
appender.console.layout.type = PatternLayout
appender.console.layout.pattern = %d{ISO8601} %p %c{2}: %m%n
rootLogger.level = WARN
rootLogger.appenderRef.console.ref = console
logger.metastore.name = org.apache.hadoop.hive.metastore
logger.metastore.level = INFO
"""
