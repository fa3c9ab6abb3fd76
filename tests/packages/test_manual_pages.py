"""The installed manual pages: sound roff, and the same content as --help."""

import re
import subprocess

import pytest

from conftest import unavailable
from support.command import call


@pytest.fixture(scope="module")
def pages(installed, tmp_path_factory):
    """{page name: uncompressed file}"""
    folder = tmp_path_factory.mktemp("man")
    files = {}
    for packed in (installed / "share/man/man1").glob("*.1.gz"):
        page = folder / packed.stem
        page.write_text(call("gzip", "--decompress", "--stdout", packed))
        files[packed.name.removesuffix(".1.gz")] = page
    return files


def commands(metaferry):
    return re.findall(r"^  metaferry ([a-z]+) .*  ", metaferry.run(["--help"]).stdout, re.MULTILINE)


def test_every_command_has_a_page_and_there_are_no_others(pages, metaferry):
    assert set(pages) == {"metaferry", *(f"metaferry-{command}" for command in commands(metaferry))}


def test_the_pages_have_no_errors_of_form(pages):
    for page in pages.values():
        assert call("mandoc", "-T", "lint", page) == ""
        done = subprocess.run(["man", "--warnings", "--encoding=UTF-8", "-l", "-Z", str(page)], capture_output=True, text=True)
        assert (done.returncode, done.stderr) == (0, "")


def test_the_pages_are_found_by_their_summaries(pages):
    for name, page in pages.items():
        assert re.search(rf'"{name} - \w.+"', call("lexgrog", page))


def test_a_page_tells_all_that_help_tells(pages, metaferry):
    for command in commands(metaferry):
        page = " ".join(call("mandoc", "-T", "utf8", "-O", "width=200", pages[f"metaferry-{command}"]).split())
        page = re.sub(r".\x08", "", page)
        shown = metaferry.run([command, "--help"]).stdout
        for option in re.findall(r"--[a-z-]+", shown):
            assert option in page
        for code, meaning in re.findall(r"(\d+) ([^,.]+)", shown[shown.index("\nExit:"):]):
            assert f"{code} {meaning}" in page


def test_man_shows_an_installed_page(installed):
    assert call("man", "-M", installed / "share/man", "-w", "metaferry-plan").strip().endswith("metaferry-plan.1.gz")


def test_two_builds_of_the_pages_are_equal(build, installed, tmp_path):
    generator = build / "metaferry_manual"
    if not generator.is_file():
        unavailable("metaferry_manual is not built")
    for folder in ("a", "b"):
        call(generator, tmp_path / folder, "1.0.0", "2026-01-01")
    first, second = ({file.relative_to(tmp_path / folder): file.read_bytes() for file in (tmp_path / folder).rglob("*.*")}
                     for folder in ("a", "b"))
    assert first == second and len(first) > 2
