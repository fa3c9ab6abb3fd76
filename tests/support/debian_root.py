"""A minimal Debian of the machine's own release in a folder, to install packages in.

    root = DebianRoot(tmp_path / "root")
    root.install(package)
    root.run("metaferry", "--version")

Needs root's rights, for chroot. Made once and kept as a tar file in the cache; the mirror is the machine's.
"""

import os
import re
import shutil
import subprocess
from pathlib import Path

from support.servers import ServerUnavailable, cache_folder, find_program

# What a user's login has, and nothing of the test run's.
_ENVIRONMENT = {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "HOME": "/root", "LC_ALL": "C.UTF-8", "DEBIAN_FRONTEND": "noninteractive"}
_PROXIES = ("http_proxy", "https_proxy", "no_proxy")


def codename():
    text = Path("/etc/os-release").read_text()
    found = re.search(r"^VERSION_CODENAME=(\S+)$", text, re.MULTILINE)
    if not found or not re.search(r"^ID=debian$", text, re.MULTILINE):
        raise ServerUnavailable("this machine is no Debian")
    return found[1]


def machine_sources():
    """(address, suite) of all places from which this machine gets this release of Debian."""
    release, sources = codename(), []
    for file in [Path("/etc/apt/sources.list"), *sorted(Path("/etc/apt/sources.list.d").glob("*"))]:
        text = file.read_text() if file.is_file() else ""
        if file.suffix == ".list":
            for line in text.splitlines():
                found = re.match(r"deb\s+(?:\[.*?\]\s+)?(\S+)\s+(\S+)\s+.*\bmain\b", line)
                sources += [(found[1], found[2])] if found else []
            continue
        for stanza in re.split(r"\n\s*\n", text):
            field = dict(re.findall(r"^(\w[\w-]*):[ \t]*(.*)$", stanza, re.MULTILINE))
            if "main" in field.get("Components", "").split() and "deb" in field.get("Types", "").split():
                sources += [(uri, suite) for uri in field["URIs"].split() for suite in field["Suites"].split()]
    sources = [source for source in sources if source[1].startswith(release)]
    if not any(suite == release for _, suite in sources):
        raise ServerUnavailable(f"no source of Debian {release} in /etc/apt")
    return sources


class DebianRoot:
    def __init__(self, folder):
        if os.geteuid() != 0:
            raise ServerUnavailable("only root can enter a clean Debian (chroot)")
        self.folder = Path(folder)
        self.folder.mkdir(parents=True)
        self._call(["tar", "--extract", "--file", self._archive(), "--directory", self.folder])
        (self.folder / "etc/apt/sources.list").write_text(
            "".join(f"deb {address} {suite} main\n" for address, suite in machine_sources()))
        proxies = self._call(["apt-config", "dump", "Acquire"]).splitlines()
        (self.folder / "etc/apt/apt.conf.d/00machine").write_text(
            "".join(line + "\n" for line in proxies if "::Proxy" in line))
        shutil.copy("/etc/resolv.conf", self.folder / "etc/resolv.conf")

    def run(self, *command, expect=0):
        """Runs it inside; fails unless it exits with `expect`. Returns what it printed."""
        return self._call(["chroot", self.folder, *command], expect)

    def install(self, *packages):
        """Package files of this machine, with all they depend on."""
        self.run("apt-get", "-qq", "update")
        for package in packages:
            shutil.copy(package, self.folder)
        self.run("apt-get", "-qq", "install", "--no-install-recommends", *(f"/{Path(package).name}" for package in packages))

    @classmethod
    def _archive(cls):
        archive = cache_folder() / f"debian-{codename()}-minbase.tar"
        if archive.is_file():
            return archive
        work = archive.with_suffix(f".{os.getpid()}")
        mirror = next(address for address, suite in machine_sources() if suite == codename())
        try:
            cls._call([find_program("debootstrap"), "--variant=minbase", codename(), work / "root", mirror])
            cls._call(["tar", "--create", "--file", work / "root.tar", "--directory", work / "root", "."])
            (work / "root.tar").rename(archive)
        finally:
            shutil.rmtree(work, ignore_errors=True)
        return archive

    @staticmethod
    def _call(command, expect=0):
        inherited = {name: os.environ[name] for name in _PROXIES if name in os.environ}
        done = subprocess.run([str(part) for part in command], env={**_ENVIRONMENT, **inherited}, stdin=subprocess.DEVNULL,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=600)
        assert done.returncode == expect, f"{command}: exit {done.returncode}\n{done.stdout[-3000:]}"
        return done.stdout
