"""What `cmake --install` leaves is a working program and a working library."""

import json
import shutil
import subprocess
from concurrent.futures import ThreadPoolExecutor

import pytest

from support.command import call
from support.program import ROOT, export_lines


@pytest.fixture(scope="module")
def relocate(installed, tmp_path_factory):
    """The example of a program that uses the library, built against the installed tree only."""
    folder = tmp_path_factory.mktemp("library")
    shutil.copytree(ROOT / "docs/examples/library", folder / "source")
    call("cmake", "-S", folder / "source", "-B", folder / "build", "-G", "Ninja", "-DCMAKE_BUILD_TYPE=Release",
         f"-DCMAKE_PREFIX_PATH={installed}")
    call("cmake", "--build", folder / "build")
    return folder / "build" / "relocate"


def test_the_installed_program_runs(installed):
    assert call(installed / "bin/metaferry", "--version").startswith("metaferry ")


def test_documents_and_bill_of_materials_come_along(installed):
    documents = installed / "share/doc/metaferry"
    assert (documents / "LICENSE").read_text() == (ROOT / "LICENSE").read_text()
    for page in [ROOT / "README.md", *(ROOT / "docs").glob("*.md")]:
        assert (documents / page.relative_to(ROOT)).read_bytes() == page.read_bytes()
    assert (documents / "docs/examples/kubernetes/job.yaml").is_file()


def test_only_public_headers_are_installed_and_each_stands_alone(installed, tmp_path):
    headers = sorted(file.name for file in (installed / "include/metaferry").iterdir())
    assert headers == sorted(file.name for file in (ROOT / "include/metaferry").iterdir())

    def compiles(header):
        return subprocess.run(["g++", "-std=c++20", "-fsyntax-only", "-Wall", "-Werror", f"-I{installed}/include", "-x", "c++", "-"],
                              input=f'#include "metaferry/{header}"\n', text=True, capture_output=True)
    with ThreadPoolExecutor(2) as pool:
        for header, done in zip(headers, pool.map(compiles, headers)):
            assert done.returncode == 0, f"{header}:\n{done.stderr[:2000]}"


def test_nothing_installed_knows_where_it_was_built(installed, build):
    for file in installed.rglob("*"):
        if file.is_file():
            assert str(ROOT).encode() not in file.read_bytes(), file


def test_a_program_of_ones_own_reads_moves_and_prints_objects(relocate, demo):
    done = subprocess.run([relocate, f"jdbc:sqlite:{demo}/demo-metastore.db", "hive", "hdfs://nn1:8020/warehouse", "obs://lake/x"],
                          capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    moved = [json.loads(line) for line in done.stdout.splitlines()]
    there = [json.loads(line) for line in export_lines(f"jdbc:sqlite:{demo}/demo-metastore.db")]
    assert len(moved) == len(there) > 4000

    def locations(objects):
        return [text for item in objects for text in (item["object"].get("location"),
                item["object"].get("storage_descriptor", {}).get("location")) if text]
    within = [text for text in locations(there) if text.startswith("hdfs://nn1:8020/warehouse/")]
    assert len(within) > 3000
    assert sorted(text for text in locations(moved) if text.startswith("obs://lake/x/")) == sorted(
        text.replace("hdfs://nn1:8020/warehouse", "obs://lake/x", 1) for text in within)
    assert "no rule for hdfs://nn1:8020/warehouse2/legacy_import" in done.stderr


def test_a_program_of_ones_own_gets_errors_as_values(relocate):
    done = subprocess.run([relocate, "jdbc:sqlite:/no/such.db", "hive", "a:/b", "c:/d"], capture_output=True, text=True)
    assert done.returncode == 1
    assert done.stderr.startswith("cannot_open_file: ")
