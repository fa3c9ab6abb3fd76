"""Runs the built program as a user would, and reads what it leaves."""

import json
import os
import subprocess
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
KINDS = ("DATABASE", "FUNCTION", "TABLE", "PARTITION")
OUTCOMES = ("created", "updated", "unchanged", "filtered", "refused", "failed")


def program_path():
    return Path(os.environ.get("METAFERRY") or ROOT / "build" / "release" / "metaferry").resolve()


def run_program(*arguments, environment=None, folder=None, timeout=300):
    """The finished process; its output is bytes, since export promises bytes."""
    command = [str(program_path()), *map(str, arguments)]
    inherited = {key: value for key, value in os.environ.items() if not key.startswith("METAFERRY")}
    return subprocess.run(command, capture_output=True, cwd=folder, timeout=timeout, stdin=subprocess.DEVNULL,
                          env={**inherited, "NO_COLOR": "1", **(environment or {})})


def export_lines(url, *options, environment=None, folder=None):
    done = run_program("export", url, *options, environment=environment, folder=folder)
    assert done.returncode == 0, f"export: exit {done.returncode}\n{done.stderr.decode(errors='replace')[-3000:]}"
    text = done.stdout.decode("utf-8")
    assert text == "" or text.endswith("\n")
    return text.split("\n")[:-1]


def assert_same_lines(actual, expected):
    """Byte equality, with the differing objects side by side when it fails."""
    if actual == expected:
        return
    left, right = {_identity(line): line for line in actual}, {_identity(line): line for line in expected}
    report = [f"{len(actual)} lines, expected {len(expected)}"]
    report += [f"missing: {key}" for key in right if key not in left][:10]
    report += [f"not expected: {key}" for key in left if key not in right][:10]
    for key in [key for key in right if key in left and left[key] != right[key]][:10]:
        report += [f"differs: {key}", *_differences(json.loads(left[key]), json.loads(right[key]), "")[:8]]
        if json.loads(left[key]) == json.loads(right[key]):
            report += ["  same values, other text:", "  " + left[key][:1500], "  " + right[key][:1500]]
    if len(report) == 1:
        at = next((n for n, (a, b) in enumerate(zip(actual, expected)) if a != b), min(len(actual), len(expected)))
        report.append(f"same objects in another order, from line {at}: {actual[at:at + 1]} for {expected[at:at + 1]}")
    raise AssertionError("\n".join(report))


def _identity(line):
    item = json.loads(line)
    thing = item["object"]
    return (item["kind"], thing.get("database_name"), thing.get("function_name") or thing.get("table_name"),
            item.get("hive", {}).get("part_name"))


def _differences(actual, expected, path):
    if isinstance(actual, dict) and isinstance(expected, dict):
        found = []
        for key in sorted(set(actual) | set(expected)):
            if key not in actual or key not in expected or actual[key] != expected[key]:
                found += _differences(actual.get(key, "(absent)"), expected.get(key, "(absent)"), f"{path}/{key}")
        return found
    if isinstance(actual, list) and isinstance(expected, list) and len(actual) == len(expected):
        return [line for number, (left, right) in enumerate(zip(actual, expected)) if left != right
                for line in _differences(left, right, f"{path}/{number}")]
    return [f"  {path}: {str(actual)[:300]!r} for {str(expected)[:300]!r}"]


@dataclass
class JobRun:
    exit_code: int
    summary: dict
    stderr: str
    folder: Path  # where the job file lies; the embedded catalog and the run log are in it

    @property
    def log_folder(self):
        (folder,) = (self.folder / "runs").glob(f"*/{self.summary['run_id']}")
        return folder

    def object_lines(self):
        text = (self.log_folder / "objects.ndjson").read_text(encoding="utf-8")
        return [json.loads(line) for line in text.splitlines()]

    def log_text(self):
        return (self.log_folder / "run.log").read_text(encoding="utf-8")

    def export_target(self, catalog="lake"):
        return export_lines("catalog:metaferry-catalog.db", "--catalog", catalog, folder=self.folder)


def write_job(folder, source_url, user=None, password=None, metaferry=None, **parameters):
    """A job file from a source to the embedded catalog `lake` beside it; returns its path."""
    source = {"url": source_url}
    if user:
        source |= {"username": user, "password": password}
    job = {
        "name": "contract_test", "type": "METADATA_MIGRATION",
        "parameter": {"metadata_migration_parameter": {
            "source_catalog": "hive", "target_catalog": "lake", "conflict_strategy": "UPSERT",
            "log_location": "file:./runs", "sync_objects": list(KINDS), "locations": [], **parameters}},
        "metaferry": {"source": source, **(metaferry or {})}}
    path = Path(folder) / "job.json"
    path.write_text(json.dumps(job, indent=2, ensure_ascii=False), encoding="utf-8")
    path.chmod(0o600)
    return path


def run_job(path, environment=None):
    done = run_program("run", path, "--format", "json", environment=environment, folder=path.parent)
    stderr = done.stderr.decode(errors="replace")
    assert done.stdout, f"run: exit {done.returncode}, no summary\n{stderr[-3000:]}"
    return JobRun(done.returncode, json.loads(done.stdout), stderr, path.parent)


def assert_balanced(summary):
    assert set(summary["counts"]) == set(KINDS)
    for kind, counts in summary["counts"].items():
        assert counts["read"] == sum(counts[outcome] for outcome in OUTCOMES), (kind, counts)
