"""What makes an attack through metaferry's memory harder, as seen in the program that is shipped."""

import re

import pytest

from support.command import call
from support.program import ROOT


@pytest.fixture(scope="module")
def program(packages, tmp_path_factory):
    folder = tmp_path_factory.mktemp("unpacked")
    call("dpkg-deb", "--extract", packages["metaferry"], folder)
    return folder / "usr/bin/metaferry"


@pytest.fixture(scope="module")
def dynamic(program):
    return call("readelf", "--dynamic", "--program-headers", "--wide", program)


def test_it_can_be_loaded_at_any_address(dynamic):
    assert "Position-Independent Executable" in dynamic or re.search(r"FLAGS_1\).*\bPIE\b", dynamic)


def test_its_tables_of_functions_are_read_only_once_it_runs(dynamic):
    assert "GNU_RELRO" in dynamic and "BIND_NOW" in dynamic


def test_its_stack_is_guarded_and_not_executable(program, dynamic):
    assert re.search(r"GNU_STACK\s+(0x0+\s+){3}0x0+ 0x0+ RW ", dynamic)
    assert "__stack_chk_fail" in call("nm", "--dynamic", program)


def test_copies_of_known_size_are_checked(program):
    assert re.search(r"__memcpy_chk\b", call("nm", "--dynamic", program))


def test_libraries_come_from_the_system_only(dynamic):
    assert "RPATH" not in dynamic and "RUNPATH" not in dynamic


def test_indirect_calls_land_where_they_may(program):
    if "X86-64" not in call("readelf", "--file-header", program):
        pytest.skip("only x86-64 has this")
    # Without the compiler's option only the few start-up functions of the C library have one.
    assert call("objdump", "--disassemble", "--no-show-raw-insn", program).count("endbr64") > 1000


def test_it_does_not_tell_where_it_was_built(program):
    assert str(ROOT).encode() not in program.read_bytes()
