"""Runs one metaferry job in four shards at once, and joins their reports (Airflow 3).

metaferry is to be installed where the tasks run, and the log folders are to be on storage that all
of them see. The job file reads its password from the environment or from a file of the worker.
"""

import json
import subprocess
from datetime import datetime, timedelta

from airflow.sdk import dag, task
from airflow.sdk.exceptions import AirflowException, AirflowFailException

JOB = "/etc/metaferry/sales.json"
MERGED = "/var/log/metaferry/merged"
SHARDS = 4


def metaferry(*arguments):
    """What it printed. What another attempt cannot mend is not tried again."""
    done = subprocess.run(["metaferry", *arguments], capture_output=True, text=True)
    print(done.stdout, done.stderr, sep="\n")
    if done.returncode == 0:
        return done.stdout
    if done.returncode == 3:
        raise AirflowFailException(f"metaferry {arguments[0]}: some objects were refused or failed")
    if done.returncode == 4:
        raise AirflowFailException(f"metaferry {arguments[0]}: the job file or the command line is wrong")
    # 1: no connection, a full disk; 130 and 143: stopped. The same command goes on.
    raise AirflowException(f"metaferry {arguments[0]} left with exit code {done.returncode}")


@task
def shard(index):
    """The folder of the run."""
    summary = metaferry("run", JOB, "--shard", f"{index}/{SHARDS}", "--quiet", "--format", "json")
    return json.loads(summary)["log_folder"]


@task(retries=0)
def merge(folders, run_id):
    metaferry("report", "merge", *folders, "--out", f"{MERGED}/{run_id}")


@dag(
    dag_id="metaferry_shards",
    schedule="15 2 * * *",
    start_date=datetime(2026, 1, 1),
    catchup=False,
    max_active_runs=1,
    default_args={"retries": 3, "retry_delay": timedelta(minutes=5)},
)
def migrate():
    merge(shard.expand(index=list(range(1, SHARDS + 1))), "{{ run_id }}")


migrate()
