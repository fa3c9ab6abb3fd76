"""What a command, or a pipeline of them, takes: wall seconds, CPU seconds and peak memory."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

LAUNCHER = Path(__file__).with_name("launch.py")


class Child(NamedTuple):
    exit_code: int
    cpu_seconds: float
    peak_bytes: int  # as wait4 tells it; an idle launcher's 10 MiB are the least that can be told


class Measured(NamedTuple):
    seconds: float  # from the start of the first to the end of the last
    children: list

    @property
    def cpu_seconds(self):
        return sum(child.cpu_seconds for child in self.children)

    @property
    def peak_bytes(self):
        """Of all of them together: those of a pipeline live at the same time."""
        return sum(child.peak_bytes for child in self.children)


def measure(*commands, environment=None, folder=None, output=os.devnull, exit_code=0, timeout=None):
    """Runs the commands, each one's output the next one's input, the last one's to the file `output`.

    All must end with 0 and the last with `exit_code`; anything else raises with what they told.
    """
    request = {"commands": [[str(part) for part in command] for command in commands], "output": str(output)}
    done = subprocess.run([sys.executable, "-I", "-S", str(LAUNCHER)], input=json.dumps(request).encode(), cwd=folder,
                          env={**os.environ, **(environment or {})}, capture_output=True, timeout=timeout)
    told = done.stderr.decode(errors="replace")[-3000:]
    if done.returncode != 0:
        raise RuntimeError(f"{commands[0][0]} could not be measured: {told}")
    seconds, children = json.loads(done.stdout)
    measured = Measured(seconds, [Child(*child) for child in children])
    for number, (command, child) in enumerate(zip(commands, measured.children), 1):
        if child.exit_code != (exit_code if number == len(commands) else 0):
            raise RuntimeError(f"{' '.join(request['commands'][number - 1])}: exit {child.exit_code}\n{told}")
    return measured


def of_running(pid):
    """(CPU seconds, peak bytes) of a process so far."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    peak = next(line for line in Path(f"/proc/{pid}/status").read_text().splitlines() if line.startswith("VmHWM:"))
    ticks = int(fields[11]) + int(fields[12])
    return ticks / os.sysconf("SC_CLK_TCK"), int(peak.split()[1]) * 1024
