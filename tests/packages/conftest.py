"""What the tests of packages share: the finished build, its packages and its installed tree.

Tests marked `slow` take more than some seconds: pytest -m 'not slow' leaves them out.
"""

import sqlite3

import pytest

from conftest import unavailable
from support.command import call
from support.program import ROOT, program_path
from support.servers import ServerUnavailable


def pytest_configure(config):
    config.addinivalue_line("markers", "slow: takes more than some seconds")


@pytest.fixture(scope="session")
def build():
    """The folder in which the program was built."""
    folder = program_path().parent
    if not (folder / "manual.stamp").is_file():
        unavailable(f"nothing is built in {folder}")
    return folder


@pytest.fixture(scope="session")
def packages(build):
    """{package name: file} of the Debian packages that cpack makes of the build."""
    if not (build / "CPackConfig.cmake").is_file():
        unavailable(f"{build} is a build without packages (sanitizers, or no Debian)")
    for old in (build / "packages").glob("*.deb"):
        old.unlink()
    call("cpack", "--config", build / "CPackConfig.cmake", cwd=build, umask=0o022)
    return {call("dpkg-deb", "--field", file, "Package").strip(): file for file in (build / "packages").glob("*.deb")}


@pytest.fixture(scope="session")
def installed(build, tmp_path_factory):
    """A prefix with all that `cmake --install` puts there."""
    prefix = tmp_path_factory.mktemp("prefix")
    call("cmake", "--install", build, "--prefix", prefix)
    return prefix


@pytest.fixture
def demo(tmp_path):
    """A folder with the demo's metastore and its job file."""
    folder = tmp_path / "demo"
    folder.mkdir()
    with sqlite3.connect(folder / "demo-metastore.db") as metastore:
        for script in ("hive_schema/sqlite-3.1.sql", "demo/metastore.sql"):
            metastore.executescript((ROOT / "fixtures" / script).read_text())
    metastore.close()
    (folder / "job.json").write_bytes((ROOT / "fixtures/demo/job.json").read_bytes())
    return folder


@pytest.fixture
def clean_debian(tmp_path):
    """A minimal Debian in which nothing is installed yet."""
    from support.debian_root import DebianRoot
    try:
        return DebianRoot(tmp_path / "debian")
    except ServerUnavailable as error:
        unavailable(f"clean Debian: {error}")
