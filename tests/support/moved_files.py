"""The files of a migration, copied between the folders that LocalFolderFileSystem keeps for services."""

import re
import shutil
from pathlib import Path
from urllib.parse import urlsplit

ESCAPES = {"\\\\": "\\", "\\t": "\t", "\\n": "\n", "\\r": "\r"}


def moves(run):
    """(old, new) directories, as the run's moves.tsv lists them."""
    lines = (run.log_folder / "moves.tsv").read_text(encoding="utf-8").split("\n")[:-1]
    return [tuple(re.sub(r"\\.", lambda match: ESCAPES[match[0]], part) for part in line.split("\t")) for line in lines]


def local_folder(metastore, location):
    """Where a service and its Spark keep a location."""
    scheme, authority = urlsplit(location)[:2]
    path = location.removeprefix(f"{scheme}://{authority}")
    return Path(metastore.folder) / "files" / scheme / authority / path.lstrip("/")


def copy_files(run, source, target):
    """Does what the list of a run tells users to do; returns how many directories it found."""
    found = 0
    for old, new in moves(run):
        if local_folder(source, old).is_dir():
            shutil.copytree(local_folder(source, old), local_folder(target, new), dirs_exist_ok=True)
            found += 1
    return found
