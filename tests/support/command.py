"""Runs a tool that is expected to succeed."""

import subprocess


def call(*command, **options):
    """What the command printed; fails with that unless it exits with 0."""
    done = subprocess.run([str(part) for part in command], text=True, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, **{"timeout": 600, **options})
    assert done.returncode == 0, f"{' '.join(map(str, command))}: exit {done.returncode}\n{done.stdout[-4000:]}"
    return done.stdout
