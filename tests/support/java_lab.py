"""Java for tests: what Maven brings and what is compiled here, each once and kept in a folder of the cache."""

import fcntl
import hashlib
import shutil
import subprocess
import tempfile
from pathlib import Path

from support.servers import find_program

HERE = Path(__file__).resolve().parent
DEPENDENCY_PLUGIN = "org.apache.maven.plugins:maven-dependency-plugin:3.6.1"


class JavaLab:
    """Sources lie in java/NAME, project files in maven/."""

    def __init__(self, folder):
        self.folder = folder
        self._ready = set()

    def _once(self, step, action):
        """Runs `action` the first time only, and never in two processes at once: they share the cache."""
        if step in self._ready:
            return
        self.folder.mkdir(parents=True, exist_ok=True)
        with open(self.folder / f".{step}.lock", "w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            action()
        self._ready.add(step)

    def _maven(self, pom, goal, target, *options):
        command = [find_program("mvn"), "-q", "-B", "-f", str(HERE / "maven" / pom), f"{DEPENDENCY_PLUGIN}:{goal}",
                   f"-DoutputDirectory={target}", *options]
        done = subprocess.run(command, capture_output=True, text=True)
        if done.returncode != 0:
            raise RuntimeError(f"Maven could not bring {pom}: {done.stdout[-3000:]}")

    def _sources(self, name):
        return sorted((HERE / "java" / name).rglob("*.java"))

    def _compiled(self, name):
        """Jar of compiled classes; the name changes with the sources, so edits are never missed."""
        digest = hashlib.sha256(b"".join(path.read_bytes() for path in self._sources(name))).hexdigest()[:12]
        return self.folder / "classes" / f"{name}-{digest}.jar"

    def _compile(self, name, classpath=""):
        target = self._compiled(name)
        if target.exists():
            return
        target.parent.mkdir(exist_ok=True)
        with tempfile.TemporaryDirectory(dir=target.parent) as folder:
            command = [find_program("javac"), "-nowarn", "--release", "11", "-cp", classpath, "-d", f"{folder}/out",
                       *map(str, self._sources(name))]
            done = subprocess.run(command, capture_output=True, text=True)
            if done.returncode != 0:
                raise RuntimeError(f"javac {name}: {done.stderr[-3000:]}")
            Path(shutil.make_archive(f"{folder}/classes", "zip", f"{folder}/out")).rename(target)
