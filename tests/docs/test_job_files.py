"""Every whole job that the documentation shows is one that the program takes."""

import json
import re

import pytest

from support.doc_pages import blocks, pages
from support.program import run_program

pytestmark = pytest.mark.usefixtures("metaferry")
BAD_JOB = 4
# What a reference in a URL's place can stand for, by the kind of source; nothing listens there.
URLS = {"OPEN_FOR_MYSQL": "jdbc:mysql://127.0.0.1:9/hive", "MRS_RDS_FOR_MYSQL": "jdbc:mysql://127.0.0.1:9/hive",
        "MRS_RDS_FOR_PG": "jdbc:postgresql://127.0.0.1:9/hive",
        "MRS_LOCAL_GAUSSDB": "jdbc:gaussdb://127.0.0.1:9/hivemeta?sslmode=disable"}


def whole_jobs():
    for page in pages():
        for block in blocks(page):
            if block.language == "json" and '"type": "METADATA_MIGRATION"' in block.text:
                yield pytest.param(block, id=block.place)


def migration(job):
    return job["parameter"]["metadata_migration_parameter"]


def made_harmless(text, folder):
    """The job with secrets that are there and a server that is not; and what its variables shall be."""
    job = json.loads(text)
    environment = {name: "dummy" for name in re.findall(r"\$\{env:(\w+)\}", text)}
    for path in re.findall(r"\$\{file:([^}]+)\}", text):
        (folder / "secret").write_text("dummy\n")
        job = json.loads(json.dumps(job).replace("${file:%s}" % path, "${file:secret}"))
    source = migration(job).get("datasource_parameter", {})
    url = source.get("jdbc_url", "")
    if re.fullmatch(r"\$\{env:\w+\}", url):
        environment[url[6:-1]] = URLS[migration(job)["datasource_type"]]
    else:  # no name is looked up
        source["jdbc_url"] = re.sub(r"//[^/]+/", "//127.0.0.1:9/", url)
    if not url:
        migration(job).pop("datasource_parameter", None)
    service = job["metaferry"].get("source", {})
    if service.get("url", "").startswith("thrift:"):
        service["url"] = "thrift://127.0.0.1:9"
    return job, environment


@pytest.mark.parametrize("block", list(whole_jobs()))
def test_the_job_is_taken(block, tmp_path):
    job, environment = made_harmless(block.text, tmp_path)
    path = tmp_path / "job.json"
    path.write_text(json.dumps(job))
    path.chmod(0o600)
    done = run_program("plan", path, environment=environment, folder=tmp_path)
    stderr = done.stderr.decode()
    # Nothing is there to be read, which is found out only after the job was found good.
    assert done.returncode == 1 and re.search(r"code: (connection_failed|cannot_open_file)", stderr), (done.returncode, stderr)
    assert "ignored" not in done.stdout.decode(), done.stdout.decode()


def test_jobs_are_found():
    assert len(list(whole_jobs())) >= 5
