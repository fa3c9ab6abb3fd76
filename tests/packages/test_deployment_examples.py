"""The examples in docs/examples that deploy metaferry: checked by tools that know their forms, and tried."""

import json
import os
import re
import subprocess
import sys
import venv
from pathlib import Path

import kubernetes_validate
import pytest
import yaml

from conftest import unavailable
from support.command import call
from support.program import ROOT, run_program
from support.servers import cache_folder

EXAMPLES = ROOT / "docs/examples"
MANIFESTS = ("config.yaml", "job.yaml", "cronjob.yaml", "shards.yaml")


def objects(name):
    return list(yaml.safe_load_all((EXAMPLES / "kubernetes" / name).read_text()))


def pod_of(manifest):
    template = manifest["spec"]["jobTemplate"] if manifest["kind"] == "CronJob" else manifest
    return template["spec"]["template"]["spec"]


def command_of(container):
    """What metaferry is told, with what the shell of a shard's pod makes of it."""
    if "command" not in container:
        return container["args"]
    (script,) = container["args"]
    assert container["command"] == ["sh", "-c"] and script.startswith("exec metaferry ")
    shown = script.replace("exec metaferry ", "printf '%s\\n' ", 1)
    return subprocess.run(["sh", "-c", shown], env={"JOB_COMPLETION_INDEX": "0"}, capture_output=True, text=True,
                          check=True).stdout.splitlines()


@pytest.fixture(params=["job.yaml", "cronjob.yaml", "shards.yaml"])
def manifest(request):
    (found,) = objects(request.param)
    return found


def test_the_container_file_has_no_fault_that_hadolint_knows():
    # Versions of Debian packages come from the release of the image.
    file = EXAMPLES / "container/Containerfile"
    call(Path(sys.executable).parent / "hadolint", "--no-color", "--ignore", "DL3008", file)


def test_the_container_runs_metaferry_as_nobody_special():
    lines = (EXAMPLES / "container/Containerfile").read_text().splitlines()
    assert [line for line in lines if line.startswith("USER ")] == ["USER 10001:10001"]
    assert 'ENTRYPOINT ["metaferry"]' in lines
    assert not [line for line in lines if line.startswith(("ARG ", "ENV "))]


@pytest.mark.parametrize("name", MANIFESTS)
@pytest.mark.parametrize("version", ["1.31", "1.33"])
def test_kubernetes_knows_every_field_of_the_manifests(name, version):
    for item in objects(name):
        kubernetes_validate.validate(item, version, strict=True)


def test_the_validator_would_notice_a_wrong_field():
    (job,) = objects("job.yaml")
    job["spec"]["backofLimit"] = 3
    with pytest.raises(kubernetes_validate.ValidationError):
        kubernetes_validate.validate(job, "1.33", strict=True)


def test_the_pod_has_no_more_rights_than_it_needs(manifest):
    pod = pod_of(manifest)
    (container,) = pod["containers"]
    assert pod["securityContext"]["runAsNonRoot"] and not pod["automountServiceAccountToken"]
    assert container["securityContext"]["readOnlyRootFilesystem"]
    assert not container["securityContext"]["allowPrivilegeEscalation"]
    assert set(container["resources"]) == {"requests", "limits"}
    assert {"/state", "/tmp"} == {mount["mountPath"] for mount in container["volumeMounts"] if not mount.get("readOnly")}


def test_the_pod_finds_its_job_its_secret_and_its_state(manifest):
    config, claim = objects("config.yaml")
    pod = pod_of(manifest)
    volumes = {volume["name"]: volume for volume in pod["volumes"]}
    (container,) = pod["containers"]
    assert {mount["name"] for mount in container["volumeMounts"]} == set(volumes)
    assert volumes["job"]["configMap"]["name"] == config["metadata"]["name"]
    assert volumes["state"]["persistentVolumeClaim"]["claimName"] == claim["metadata"]["name"]
    folder, file = os.path.split(command_of(container)[1])
    assert file in config["data"]
    assert {"name": "job", "mountPath": folder, "readOnly": True} in container["volumeMounts"]


def test_metaferry_accepts_the_job_file_of_the_cluster(manifest, tmp_path):
    config, _ = objects("config.yaml")
    command, path, *options = command_of(pod_of(manifest)["containers"][0])
    text = config["data"][os.path.basename(path)]
    for place in ("/run/secrets/metaferry", "/state"):
        assert place in text
        (tmp_path / place[1:]).mkdir(parents=True)
        text = text.replace(place, f"{tmp_path}{place}")
    (tmp_path / "run/secrets/metaferry/password").write_text("not-used\n")
    job = tmp_path / "sales.json"
    job.write_text(text.replace("hive-db:3306", "127.0.0.1:1"))
    done = run_program(command, job, *options, "--quiet")
    # Nobody listens there; a job file that is wrong would be 4, before anything is connected to.
    assert done.returncode == 1, done.stderr.decode()
    assert "connect" in done.stderr.decode()


def test_the_pods_of_an_indexed_job_make_every_shard_once():
    (job,) = objects("shards.yaml")
    spec = job["spec"]
    (container,) = spec["template"]["spec"]["containers"]
    (script,) = container["args"]
    assert spec["completionMode"] == "Indexed"
    parts = []
    for index in range(spec["completions"]):
        shown = script.replace("exec metaferry run /jobs/sales.json --shard ", "echo ")
        parts.append(subprocess.run(["sh", "-c", shown], env={"JOB_COMPLETION_INDEX": str(index)}, capture_output=True,
                                    text=True, check=True).stdout.strip())
    assert parts == [f"{index}/{spec['completions']}" for index in range(1, spec["completions"] + 1)]


def test_a_job_is_not_repeated_where_that_cannot_help():
    (job,), (nightly,) = objects("job.yaml"), objects("cronjob.yaml")
    fatal = [template["spec"]["podFailurePolicy"]["rules"][0]["onExitCodes"]["values"]
             for template in (job, nightly["spec"]["jobTemplate"])]
    assert fatal == [[3, 4], [2, 3, 4]]


AIRFLOW = "apache-airflow==3.3.2"

# Prints what the DAG is, and how each task ends when metaferry leaves with each exit code.
INSPECT = """
import json, sys
import metaferry_sales as module
dag = module.migrate()
ends = {}
for task in dag.tasks:
    for code in (0, 1, 2, 3, 4, 143):
        open("code", "w").write(str(code))
        try:
            task.python_callable()
            ends[f"{task.task_id} {code}"] = "success"
        except Exception as error:
            ends[f"{task.task_id} {code}"] = type(error).__name__
print("DAG", json.dumps({"tasks": {t.task_id: sorted(t.downstream_task_ids) for t in dag.tasks}, "ends": ends}))
"""


@pytest.fixture(scope="module")
def airflow():
    """The Python of an environment that has Airflow and nothing else."""
    folder = cache_folder() / f"{AIRFLOW.replace('==', '-')}-python{sys.version_info[0]}.{sys.version_info[1]}"
    if not (folder / "complete").exists():
        venv.create(folder, clear=True, with_pip=True)
        done = subprocess.run([folder / "bin/pip", "install", "--quiet", AIRFLOW], capture_output=True, text=True)
        if done.returncode != 0:
            unavailable(f"Airflow cannot be installed: {done.stderr[-300:]}")
        (folder / "complete").touch()
    return folder / "bin/python"


@pytest.mark.slow
def test_airflow_loads_the_dag_and_its_tasks_heed_the_exit_codes(airflow, tmp_path):
    fake = tmp_path / "bin/metaferry"
    fake.parent.mkdir()
    fake.write_text('#!/bin/sh\nexit "$(cat code)"\n')
    fake.chmod(0o755)
    done = subprocess.run([airflow, "-c", INSPECT], cwd=tmp_path, capture_output=True, text=True, timeout=300, env={
        "PATH": f"{fake.parent}:/usr/bin:/bin", "AIRFLOW_HOME": str(tmp_path), "PYTHONPATH": str(EXAMPLES / "airflow"),
        "AIRFLOW__CORE__LOAD_EXAMPLES": "False", "PYTHONDONTWRITEBYTECODE": "1"})
    assert done.returncode == 0, done.stderr[-3000:]
    assert "Deprecated" not in done.stderr + done.stdout
    found = json.loads(re.search(r"^DAG (.*)$", done.stdout, re.MULTILINE)[1])
    assert found["tasks"] == {"plan": ["run"], "run": ["verify"], "verify": []}
    again, never, skip = "AirflowException", "AirflowFailException", "AirflowSkipException"
    assert found["ends"] == {
        "plan 0": skip, "plan 1": again, "plan 2": "success", "plan 3": never, "plan 4": never, "plan 143": again,
        "run 0": "success", "run 1": again, "run 2": never, "run 3": never, "run 4": never, "run 143": again,
        "verify 0": "success", "verify 1": again, "verify 2": never, "verify 3": never, "verify 4": never, "verify 143": again}


# Gives each shard's run a folder and tells what the merge is asked for.
INSPECT_SHARDS = """
import json
import metaferry_shards as module
dag = module.migrate()
tasks = {task.task_id: task for task in dag.tasks}
print("DAG", json.dumps({"tasks": {name: sorted(t.downstream_task_ids) for name, t in tasks.items()}}))
shard, merge = module.shard.function, module.merge.function
folders = [shard(index) for index in range(1, module.SHARDS + 1)]
merge(folders, "tonight")
print("FOLDERS", json.dumps(folders))
ends = {}
for code in (1, 3, 4, 143):
    open("code", "w").write(str(code))
    for name, call in (("shard", lambda: shard(1)), ("merge", lambda: merge(folders, "x"))):
        try:
            call()
        except Exception as error:
            ends[f"{name} {code}"] = type(error).__name__
print("ENDS", json.dumps(ends))
"""


@pytest.mark.slow
def test_airflow_runs_every_shard_and_merges_what_they_left(airflow, tmp_path):
    fake = tmp_path / "bin/metaferry"
    fake.parent.mkdir()
    fake.write_text('#!/bin/sh\necho "$@" >>calls\n[ "$1" = run ] && printf \'{"log_folder": "/runs/%s"}\' "$4"\n'
                    'exit "$(cat code)"\n')
    fake.chmod(0o755)
    (tmp_path / "code").write_text("0")
    environment = {
        "PATH": f"{fake.parent}:/usr/bin:/bin", "AIRFLOW_HOME": str(tmp_path), "PYTHONPATH": str(EXAMPLES / "airflow"),
        "AIRFLOW__CORE__LOAD_EXAMPLES": "False", "PYTHONDONTWRITEBYTECODE": "1"}
    done = subprocess.run([airflow, "-c", INSPECT_SHARDS], cwd=tmp_path, capture_output=True, text=True, timeout=300,
                          env=environment)
    assert done.returncode == 0, done.stderr[-3000:]
    told = {name: json.loads(re.search(rf"^{name} (.*)$", done.stdout, re.MULTILINE)[1])
            for name in ("DAG", "FOLDERS", "ENDS")}
    assert told["DAG"]["tasks"] == {"shard": ["merge"], "merge": []}
    assert told["FOLDERS"] == [f"/runs/{index}/4" for index in (1, 2, 3, 4)]
    calls = (tmp_path / "calls").read_text().splitlines()
    assert calls[4] == "report merge /runs/1/4 /runs/2/4 /runs/3/4 /runs/4/4 --out /var/log/metaferry/merged/tonight"
    again, never = "AirflowException", "AirflowFailException"
    assert told["ENDS"] == {f"{name} {code}": end for name in ("shard", "merge")
                            for code, end in ((1, again), (3, never), (4, never), (143, again))}
