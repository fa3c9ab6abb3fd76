"""Plans, runs and verifies one metaferry job every night (Airflow 3).

metaferry is to be installed where the tasks run. The job file reads its password from the
environment or from a file of the worker, so Airflow never sees it.
"""

import subprocess
from datetime import datetime, timedelta

from airflow.sdk import dag, task
from airflow.sdk.exceptions import AirflowException, AirflowFailException, AirflowSkipException

JOB = "/etc/metaferry/sales.json"


def metaferry(command, *meant):
    """The exit code, which is one of `meant`. What another attempt cannot mend is not tried again."""
    done = subprocess.run(["metaferry", command, JOB, "--quiet"], capture_output=True, text=True)
    print(done.stdout, done.stderr, sep="\n")
    if done.returncode in meant:
        return done.returncode
    if done.returncode == 2:
        raise AirflowFailException(f"metaferry {command}: source and target differ")
    if done.returncode == 3:
        raise AirflowFailException(f"metaferry {command}: some objects were refused or failed")
    if done.returncode == 4:
        raise AirflowFailException("the job file is wrong; nothing was touched")
    # 1: no connection, a full disk; 130 and 143: stopped. The same command goes on.
    raise AirflowException(f"metaferry {command} left with exit code {done.returncode}")


@task
def plan():
    if metaferry("plan", 0, 2) == 0:
        raise AirflowSkipException("nothing to do: the target is what the job makes it")


@task
def run():
    metaferry("run", 0)


@task
def verify():
    metaferry("verify", 0)


@dag(
    dag_id="metaferry_sales",
    schedule="15 2 * * *",
    start_date=datetime(2026, 1, 1),
    catchup=False,
    max_active_runs=1,
    default_args={"retries": 3, "retry_delay": timedelta(minutes=5)},
)
def migrate():
    plan() >> run() >> verify()


migrate()
