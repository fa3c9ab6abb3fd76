"""The makers' own JDBC drivers, to see what they make of the imitation of openGauss."""

import subprocess
import tempfile
from pathlib import Path

from support.java_lab import JavaLab
from support.servers import cache_folder, find_program

# Driver -> its jar, and the scheme of its URLs. The first has PostgreSQL's package names: never both on one class path.
DRIVERS = {
    "opengauss-jdbc": ("opengauss-jdbc-6.0.0.jar", "postgresql"),
    "gaussdbjdbc": ("gaussdbjdbc-506.0.0.b058.jar", "gaussdb"),
}
SM3_JAR = "bcprov-jdk18on-1.78.1.jar"


class GaussdbDrivers(JavaLab):
    """Brings the drivers from Maven Central into the cache, and runs statements through one of them."""

    def __init__(self):
        super().__init__(cache_folder() / "gaussdb")

    def prepare(self):
        find_program("java")
        self._once("drivers", self._bring_drivers)

    def run(self, driver, server, database, *statements, password=None):
        """What RunStatements.java printed, line by line, each split at its tabs."""
        jar, scheme = DRIVERS[driver]
        url = f"{server.plain_jdbc_url(database, scheme)}?loginTimeout=20&socketTimeout=30"
        classpath = [self._compiled("gaussdb"), self._jars / jar, self._jars / SM3_JAR]
        command = [find_program("java"), "-Xmx128m", "-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC",
                   "-cp", ":".join(map(str, classpath)), "RunStatements",
                   url, server.user, password or server.password, *statements]
        done = subprocess.run(command, capture_output=True, text=True, timeout=120)
        assert done.returncode == 0, done.stderr[-3000:]
        return [line.split("\t") for line in done.stdout.splitlines()]

    @property
    def _jars(self):
        return self.folder / "jars"

    def _bring_drivers(self):
        if not self._jars.is_dir():
            with tempfile.TemporaryDirectory(dir=self.folder) as folder:
                self._maven("gaussdb-drivers.xml", "copy", Path(folder) / "jars")
                (Path(folder) / "jars").rename(self._jars)
        self._compile("gaussdb")
