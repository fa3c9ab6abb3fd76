"""On what the figures were measured."""

import os
import platform
import subprocess
from pathlib import Path

from lab import memory_bytes
from support.program import program_path


def machine():
    models = [line.partition(":")[2].strip() for line in Path("/proc/cpuinfo").read_text().splitlines()
              if line.startswith(("model name", "Model"))]
    return {"cpu": models[0] if models else platform.machine(), "cores": len(os.sched_getaffinity(0)),
            "memory_bytes": memory_bytes(), "kernel": platform.release(), "load_at_start": os.getloadavg()[0]}


def metaferry_version():
    told = subprocess.run([program_path(), "--version"], capture_output=True, text=True, check=True).stdout
    return told.splitlines()[0].removeprefix("metaferry ")
