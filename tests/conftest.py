"""Fixtures that every folder of tests shares: real servers, the Hive lab and the program itself."""

import importlib.util
import os
import subprocess
from typing import NamedTuple

import pytest

from support.program import program_path
from support.servers import MariaDB, MySQL56, PostgreSQL, ServerUnavailable

_missing = []


def unavailable(reason):
    """Skips, and says so at the end of the run; in CI nothing may be missing, so there it fails."""
    if os.environ.get("CI") == "true":
        pytest.fail(f"needed in CI: {reason}", pytrace=False)
    if reason not in _missing:
        _missing.append(reason)
    pytest.skip(reason)


def pytest_sessionfinish(session):
    if hasattr(session.config, "workeroutput"):
        session.config.workeroutput["missing"] = _missing


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node, error):
    """What a worker of several could not test is told by the one that sums up."""
    _missing.extend(reason for reason in getattr(node, "workeroutput", {}).get("missing", []) if reason not in _missing)


def pytest_terminal_summary(terminalreporter):
    if _missing:
        terminalreporter.section("NOT TESTED on this machine", red=True, bold=True)
        for reason in _missing:
            terminalreporter.line(reason)


def _server(kind):
    try:
        server = kind().start()
    except ServerUnavailable as error:
        unavailable(f"{kind.__name__}: {error}")
    yield server
    server.close()


@pytest.fixture(scope="session")
def mariadb():
    yield from _server(MariaDB)


@pytest.fixture(scope="session")
def postgres():
    yield from _server(PostgreSQL)


@pytest.fixture(scope="session")
def mysql56():
    yield from _server(MySQL56)


@pytest.fixture(scope="session")
def browser():
    from support.browser import Browser
    yield from _server(Browser)


@pytest.fixture(scope="session")
def axe():
    from support.browser import axe_source
    try:
        return axe_source()
    except ServerUnavailable as error:
        unavailable(f"axe-core: {error}")


@pytest.fixture(scope="session")
def hive_lab():
    from support.hive_lab import HiveLab
    try:
        lab = HiveLab()
        lab.prepare()
    except ServerUnavailable as error:
        unavailable(f"Hive lab: {error}")
    return lab


@pytest.fixture(scope="session")
def spark():
    if importlib.util.find_spec("pyspark") is None:
        unavailable("Spark: tests/requirements-hive.txt is not installed")


class Finished(NamedTuple):
    exit: int
    stdout: str
    stderr: str


class Metaferry:
    """The program under test."""

    def __init__(self, path):
        self.path = path

    def run(self, args, env=None, input=None, cwd=None, timeout=120):
        inherited = {key: value for key, value in os.environ.items() if not key.startswith("METAFERRY")}
        done = subprocess.run([str(self.path), *map(str, args)], env={**inherited, **(env or {})}, cwd=cwd, timeout=timeout,
                              input=(input or "").encode(), capture_output=True)
        return Finished(done.returncode, done.stdout.decode(), done.stderr.decode(errors="replace"))


@pytest.fixture(scope="session")
def metaferry():
    path = program_path()
    if not path.is_file():
        unavailable(f"the program is not built: {path}")
    return Metaferry(path)
