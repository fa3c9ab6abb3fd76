"""Runs a pipeline of commands and tells what each took. Started by support.measured, in an interpreter of its own.

The kernel lets a child's peak memory begin at that of the process which started it. So whoever measures has to be
small, which a test run is not. Standard input: {"commands": [[...], ...], "output": path}. Standard output: one object.
"""

import json
import os
import sys
import time


def launch(commands, output, errors):
    """(seconds, [(exit code, CPU seconds, peak bytes) of each command]); each reads what the one before it writes."""
    started, source, children = time.monotonic(), os.open(os.devnull, os.O_RDONLY), []
    for number, command in enumerate(commands):
        following, sink = os.pipe() if number + 1 < len(commands) else (None, output)
        files = [(os.POSIX_SPAWN_DUP2, source, 0), (os.POSIX_SPAWN_DUP2, sink, 1), (os.POSIX_SPAWN_DUP2, errors, 2)]
        children.append(os.posix_spawnp(command[0], command, os.environ, file_actions=files))
        os.close(source)
        if following is not None:
            os.close(sink)
        source = following
    ended = []
    for child in children:
        _, status, usage = os.wait4(child, 0)
        ended.append((os.waitstatus_to_exitcode(status), usage.ru_utime + usage.ru_stime, usage.ru_maxrss * 1024))
    return time.monotonic() - started, ended


if __name__ == "__main__":
    request = json.load(sys.stdin)
    sink = os.open(request["output"], os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
    print(json.dumps(launch(request["commands"], sink, 2)))
