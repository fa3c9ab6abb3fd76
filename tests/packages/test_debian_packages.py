"""The Debian packages: what they say of themselves, that they are reproducible, and that they install."""

import filecmp
import json
import os
import re
import shutil
import subprocess

import pytest
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator

from support.command import call
from support.program import ROOT


@pytest.fixture(scope="module")
def bill(packages):
    return json.loads((packages["metaferry"].parent / "metaferry.cdx.json").read_text())


def depends(package):
    return {name.split()[0] for name in call("dpkg-deb", "--field", package, "Depends").split(", ")}


def test_there_is_one_package_to_run_and_one_to_build_on(packages):
    assert set(packages) == {"metaferry", "libmetaferry-dev"}
    programs, headers = (call("dpkg-deb", "--contents", packages[name]) for name in ("metaferry", "libmetaferry-dev"))
    assert "./usr/bin/metaferry\n" in programs and "./usr/share/man/man1/metaferry.1.gz\n" in programs
    assert "./usr/share/zsh/vendor-completions/_metaferry\n" in programs and "/include/" not in programs
    assert "./usr/include/metaferry/model.h\n" in headers and "/bin/" not in headers


def test_the_packages_name_who_to_write_to_and_what_they_need(packages):
    for package in packages.values():
        assert call("dpkg-deb", "--field", package, "Maintainer").strip() == "metaferry project <maintainers@metaferry.invalid>"
    assert {"libzstd1", "libsqlite3-0", "libsoci-mysql4.0", "libsoci-postgresql4.0", "libmariadb3", "libpq5", "libssl3",
            "libgssapi-krb5-2", "libkrb5-3", "libjemalloc2", "libcurl4", "libpugixml1v5"} <= depends(packages["metaferry"])
    assert {"libsoci-dev", "libboost-dev", "libexpected-dev"} <= depends(packages["libmetaferry-dev"])


def test_lintian_finds_no_fault(packages):
    # A first version closes no bug of Debian's tracker: it is not Debian's.
    call("lintian", "--allow-root", "--fail-on", "error,warning", "--suppress-tags", "initial-upload-closes-no-bugs",
         *packages.values())


def test_the_bill_of_materials_follows_the_standard(packages):
    text = (packages["metaferry"].parent / "metaferry.cdx.json").read_text()
    assert JsonStrictValidator(SchemaVersion.V1_5).validate_str(text) is None
    assert JsonStrictValidator(SchemaVersion.V1_5).validate_str(text.replace('"purl"', '"pearl"')) is not None


def test_the_bill_of_materials_names_all_direct_dependencies_with_their_versions(packages, bill):
    listed = {item["name"]: item["version"] for item in bill["components"]}
    assert depends(packages["metaferry"]) <= set(listed)
    # All header: nothing of them is left to be seen in the program.
    assert {"libexpected-dev", "nlohmann-json3-dev"} <= set(listed)
    for name, version in listed.items():
        assert version in call("dpkg-query", "--show", "--showformat=${Version}\n", name).splitlines()
    assert bill["dependencies"] == [{"ref": "metaferry", "dependsOn": sorted(listed)}]


def test_the_bill_of_materials_is_in_the_package_too(packages, bill, tmp_path):
    call("dpkg-deb", "--extract", packages["metaferry"], tmp_path)
    assert json.loads((tmp_path / "usr/share/doc/metaferry/metaferry.cdx.json").read_text()) == bill


@pytest.mark.slow
def test_a_build_elsewhere_gives_the_same_packages_to_the_byte(packages):
    elsewhere = ROOT / "build/elsewhere/in a folder of another name and length"
    shutil.rmtree(elsewhere, ignore_errors=True)
    shutil.copytree(ROOT, elsewhere, symlinks=True, ignore=lambda folder, names: [
        name for name in names if (folder == str(ROOT) and name in ("build", "demo", ".git", ".venv")) or name == "__pycache__"])
    # A compiler cache must not hand over what was compiled here: nothing is shared between the two.
    environment = {**os.environ, "CCACHE_NAMESPACE": "metaferry-elsewhere", "CCACHE_BASEDIR": "", "CCACHE_HASHDIR": "1",
                   "TZ": "Pacific/Auckland", "LC_ALL": "C"}
    environment.pop("SOURCE_DATE_EPOCH", None)
    for step in (["cmake", "--preset", "release"], ["cmake", "--build", "--preset", "release"], ["cpack", "--preset", "release"]):
        call(*step, cwd=elsewhere, env=environment, umask=0o022, timeout=1500)
    made = elsewhere / "build/release/packages"
    here = next(iter(packages.values())).parent
    names = sorted(file.name for file in here.iterdir() if file.is_file())
    assert names == sorted(file.name for file in made.iterdir() if file.is_file())
    for name in names:
        assert filecmp.cmp(here / name, made / name, shallow=False), f"diffoscope '{here / name}' '{made / name}'"
    assert str(elsewhere).encode() not in (elsewhere / "build/release/metaferry").read_bytes()


def test_no_package_is_made_whose_folders_others_cannot_enter(build, packages, tmp_path):
    done = subprocess.run(["cpack", "--config", build / "CPackConfig.cmake", "-B", tmp_path], cwd=build, umask=0o027,
                          capture_output=True, text=True)
    assert done.returncode != 0 and "call umask 022" in done.stderr
    assert list(tmp_path.rglob("*.deb")) == []
    listed = call("dpkg-deb", "--contents", packages["metaferry"]).splitlines()
    assert {line.split()[0] for line in listed if line.endswith("/")} == {"drwxr-xr-x"}


@pytest.mark.slow
def test_in_a_clean_debian_the_package_installs_works_and_goes(packages, clean_debian, demo):
    clean_debian.install(packages["metaferry"])
    assert re.fullmatch(r"metaferry \d+\.\d+\.\d+\n", clean_debian.run("metaferry", "--version"))
    shutil.copytree(demo, clean_debian.folder / "demo")
    assert "4,293 objects would change" in clean_debian.run("metaferry", "plan", "/demo/job.json", "--quiet", expect=2)
    assert "SUCCESS" in clean_debian.run("metaferry", "run", "/demo/job.json", "--quiet")
    assert "Nothing to do" in clean_debian.run("metaferry", "plan", "/demo/job.json", "--quiet")
    clean_debian.run("apt-get", "-qq", "purge", "metaferry")
    left = [file for file in clean_debian.folder.glob("usr/**/*metaferry*")]
    assert left == []
