"""Programs in Go that tests need: their sources lie in go/NAME."""

import os
import subprocess
from pathlib import Path

from support.servers import ServerUnavailable, cache_folder, find_program

HERE = Path(__file__).resolve().parent


def build(name):
    """The program; Go keeps what it has built, so that a second time is quick."""
    path = cache_folder() / "go" / name
    path.parent.mkdir(parents=True, exist_ok=True)
    environment = {**os.environ, "GOFLAGS": "-mod=readonly -buildvcs=false", "CGO_ENABLED": "0"}
    done = subprocess.run([find_program("go", "/usr/local/go/bin"), "build", "-o", path, "."], cwd=HERE / "go" / name,
                          env=environment, capture_output=True, text=True, timeout=600)
    if done.returncode != 0:
        raise ServerUnavailable(f"go cannot build {name}: {done.stderr[-500:]}")
    return path
