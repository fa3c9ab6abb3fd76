"""A whole-catalog file carries a catalog from one machine to another, and a damaged one is never taken for whole."""

import json
import sqlite3

import pytest
import zstandard

from support.metastore_builder import build, rich_databases
from support.program import (
    KINDS, ROOT, assert_balanced, assert_same_lines, export_lines, run_job, run_program, write_job,
)

pytestmark = pytest.mark.usefixtures("metaferry")
SCHEMA = ROOT / "fixtures" / "hive_schema" / "sqlite-3.1.sql"
DONE, FAILED, DIFFERENT = 0, 1, 2
SUFFIXES = ["ndjson", "ndjson.zst"]


@pytest.fixture(scope="module")
def metastore(tmp_path_factory):
    """A metastore in SQLite, and what its export must be."""
    folder = tmp_path_factory.mktemp("metastore")
    with sqlite3.connect(folder / "metastore.db") as connection:
        connection.executescript(SCHEMA.read_text(encoding="utf-8"))
        built = build(connection, rich_databases(many_partitions=1500))
    connection.close()
    return folder / "metastore.db", built


@pytest.fixture(scope="module")
def lines(metastore):
    _, built = metastore
    return [line.encode() for line in built.expected_export()]


def write_file(path, lines, **options):
    content = b"".join(line + b"\n" for line in lines)
    path.write_bytes(zstandard.ZstdCompressor(**options).compress(content) if path.suffix == ".zst" else content)


def job(folder, source, target="catalog:target.db", **parameters):
    return write_job(folder, source, metaferry={"target": {"url": target}}, **{"target_catalog": "hive", **parameters})


def assert_refused(folder, path, *words):
    """Neither a job nor an export reads the file, and nothing is written."""
    for command in ("plan", "run"):
        done = run_program(command, job(folder, f"file:{path.name}"))
        stderr = done.stderr.decode()
        assert done.returncode == FAILED and "  code: " in stderr, stderr
        assert path.name in stderr and all(word in stderr for word in words), (words, stderr)
    done = run_program("export", f"file:{path}")
    assert (done.returncode, done.stdout) == (FAILED, b""), done.stdout[:300]
    if (folder / "target.db").exists():
        with sqlite3.connect(folder / "target.db") as connection:
            assert connection.execute("SELECT count(*) FROM databases").fetchone() == (0,)
        connection.close()


# ---- The road: metastore, file, catalog ------------------------------------------------------------


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_out_of_a_metastore_into_a_file_and_into_a_catalog(metastore, lines, tmp_path, suffix):
    source, _ = metastore
    here, there = tmp_path / "here", tmp_path / "there"
    here.mkdir(), there.mkdir()

    out = run_job(job(here, f"jdbc:sqlite:{source}", f"file:catalog.{suffix}"))
    assert out.exit_code == DONE, out.stderr
    (there / f"catalog.{suffix}").write_bytes((here / f"catalog.{suffix}").read_bytes())

    path = job(there, f"file:catalog.{suffix}")
    plan = run_program("plan", path, "--format", "json")
    assert plan.returncode == DIFFERENT, plan.stderr
    assert not (there / "target.db").exists()
    run = run_job(path)
    assert run.exit_code == DONE, run.stderr
    assert_balanced(run.summary)
    assert run.summary["counts"] == json.loads(plan.stdout)["counts"]
    for kind in KINDS:
        assert run.summary["counts"][kind]["created"] == out.summary["counts"][kind]["created"]

    expected = [line.decode() for line in lines]
    for url in (f"jdbc:sqlite:{source}", f"file:{here}/catalog.{suffix}", f"file:{there}/catalog.{suffix}",
                f"catalog:{there}/target.db"):
        assert_same_lines(export_lines(url, "--catalog", "hive"), expected)
    for command in ("plan", "verify"):
        assert run_program(command, path).returncode == DONE


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_the_output_of_export_is_a_whole_catalog_file(metastore, lines, tmp_path, suffix):
    source, _ = metastore
    exported = run_program("export", f"jdbc:sqlite:{source}")
    assert exported.returncode == DONE
    write_file(tmp_path / f"catalog.{suffix}", exported.stdout.splitlines())
    assert run_job(job(tmp_path, f"file:catalog.{suffix}")).exit_code == DONE
    again = run_program("export", f"catalog:{tmp_path}/target.db")
    assert again.stdout == exported.stdout == b"".join(line + b"\n" for line in lines)


def test_rules_work_on_a_file_as_on_a_metastore(metastore, lines, tmp_path):
    source, _ = metastore
    write_file(tmp_path / "catalog.ndjson", lines)
    rules = [{"key": "hdfs://nn1:8020/warehouse", "value": "obs://lake/wh"}]
    for url, target in ((f"jdbc:sqlite:{source}", "catalog:one.db"), ("file:catalog.ndjson", "catalog:two.db")):
        assert run_job(job(tmp_path, url, target, locations=rules)).exit_code == DONE
    one, two = (export_lines(f"catalog:{tmp_path}/{name}.db") for name in ("one", "two"))
    assert_same_lines(one, two)
    assert any('"location":"obs://lake/wh/shop.db"' in line for line in one)


def test_a_file_is_read_whatever_the_order_of_its_lines_within_a_kind(lines, tmp_path):
    kinds = {kind: [line for line in lines if json.loads(line)["kind"] == kind] for kind in KINDS}
    write_file(tmp_path / "catalog.ndjson", [line for kind in KINDS for line in reversed(kinds[kind])])
    assert_same_lines(export_lines(f"file:{tmp_path}/catalog.ndjson"), [line.decode() for line in lines])


def test_several_catalogs_in_a_file(metastore, tmp_path):
    source, _ = metastore
    for catalog in ("hive", "spark"):
        assert run_job(job(tmp_path, f"jdbc:sqlite:{source}", "file:all.ndjson.zst", source_catalog=catalog,
                           target_catalog=catalog)).exit_code == DONE
    for catalog in ("hive", "spark"):
        assert_same_lines(export_lines(f"file:{tmp_path}/all.ndjson.zst", "--catalog", catalog),
                          export_lines(f"jdbc:sqlite:{source}", "--catalog", catalog))


# ---- What other tools make of such a file ------------------------------------------------------------


def frames(content):
    """Several frames one after another, as `cat a.zst b.zst` makes them."""
    middle = len(content) // 2
    return b"".join(zstandard.ZstdCompressor().compress(part) for part in (content[:middle], content[middle:]))


def flushed_blocks(content):
    """Blocks of odd sizes and no checksum, as a program makes them that flushes."""
    compressor = zstandard.ZstdCompressor(level=1, write_checksum=False, write_content_size=False).compressobj()
    parts, at, size = [], 0, 1
    while at < len(content):
        parts += [compressor.compress(content[at:at + size]), compressor.flush(zstandard.COMPRESSOBJ_FLUSH_BLOCK)]
        at, size = at + size, size * 2 + 1
    return b"".join([*parts, compressor.flush()])


def with_skippable_frame(content):
    return b"\x50\x2a\x4d\x18" + (5).to_bytes(4, "little") + b"notes" + zstandard.ZstdCompressor().compress(content)


WRITERS = {
    "without checksum": lambda content: zstandard.ZstdCompressor(write_checksum=False).compress(content),
    "without size": lambda content: zstandard.ZstdCompressor(write_content_size=False).compress(content),
    "very strong": lambda content: zstandard.ZstdCompressor(level=19).compress(content),
    "several frames": frames,
    "flushed blocks": flushed_blocks,
    "skippable frame": with_skippable_frame,
    "no last line end": lambda content: zstandard.ZstdCompressor().compress(content[:-1]),
    "empty lines": lambda content: zstandard.ZstdCompressor().compress(b"\n" + content.replace(b"\n", b"\n\n")),
}


@pytest.mark.parametrize("writer", WRITERS)
def test_files_of_other_writers(lines, tmp_path, writer):
    path = tmp_path / "catalog.ndjson.zst"
    path.write_bytes(WRITERS[writer](b"".join(line + b"\n" for line in lines)))
    assert_same_lines(export_lines(f"file:{path}"), [line.decode() for line in lines])


@pytest.mark.parametrize("length", [1 << 17, (1 << 18) - 1, 1 << 18, (1 << 18) + 1, 3 << 20])
def test_long_lines_that_compress_well(lines, tmp_path, length):
    """All of the input may have been taken while output is still to come."""
    database = json.loads(lines[0])
    for number in range(3):
        database["object"].setdefault("parameters", {})[f"p{number}"] = "x" * length
    text = json.dumps(database, ensure_ascii=False, separators=(",", ":"), sort_keys=True).encode()
    path = tmp_path / "catalog.ndjson.zst"
    for compress in (WRITERS["without checksum"], flushed_blocks, frames):
        path.write_bytes(compress(text + b"\n"))
        exported = run_program("export", f"file:{path}")
        assert (exported.returncode, exported.stdout) == (DONE, text + b"\n"), exported.stderr


# ---- Damage ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("part", [0.1, 0.5, 0.9, 0.999])
def test_a_compressed_file_that_is_cut_short(lines, tmp_path, part):
    path = tmp_path / "catalog.ndjson.zst"
    write_file(path, lines, write_checksum=True)
    content = path.read_bytes()
    path.write_bytes(content[:int(len(content) * part)])
    assert_refused(tmp_path, path, "cut short")


def test_a_compressed_file_without_its_checksum(lines, tmp_path):
    path = tmp_path / "catalog.ndjson.zst"
    write_file(path, lines, write_checksum=True)
    path.write_bytes(path.read_bytes()[:-1])
    assert_refused(tmp_path, path, "cut short")


@pytest.mark.parametrize("part", [0.0, 0.3, 0.6, 0.99])
def test_a_compressed_file_with_a_wrong_bit(lines, tmp_path, part):
    path = tmp_path / "catalog.ndjson.zst"
    write_file(path, lines, write_checksum=True)
    content = bytearray(path.read_bytes())
    content[int(len(content) * part)] ^= 0x10
    path.write_bytes(content)
    assert_refused(tmp_path, path)


def test_a_file_that_is_not_compressed_but_says_so(lines, tmp_path):
    path = tmp_path / "catalog.ndjson.zst"
    path.write_bytes(b"".join(line + b"\n" for line in lines))
    assert_refused(tmp_path, path)


def test_a_compressed_file_that_says_it_is_not(lines, tmp_path):
    path = tmp_path / "catalog.ndjson"
    path.write_bytes(zstandard.ZstdCompressor().compress(b"".join(line + b"\n" for line in lines)))
    assert_refused(tmp_path, path, ":1")


def without(line, *keys):
    item = json.loads(line)
    place = item
    for key in keys[:-1]:
        place = place[key]
    del place[keys[-1]]
    return json.dumps(item).encode()


BAD_LINES = {
    "cut short": lambda line: line[:len(line) // 2],
    "no JSON": lambda line: b"this is not JSON",
    "a list": lambda line: b"[1, 2]",
    "no kind": lambda line: without(line, "kind"),
    "unknown kind": lambda line: line.replace(b'"kind":"TABLE"', b'"kind":"INDEX"'),
    "no object": lambda line: without(line, "object"),
    "no catalog": lambda line: without(line, "object", "catalog_name"),
    "no database": lambda line: without(line, "object", "database_name"),
    "no name": lambda line: without(line, "object", "table_name"),
    "no UTF-8": lambda line: line.replace(b'"kind"', b'"\xff\xfe":1,"kind"'),
    "two objects": lambda line: line + line,
    "number for a name": lambda line: line.replace(b'"kind":', b'"kind":7,"k":'),
    "NUL": lambda line: line + b"\0",
    "deep": lambda line: b"[" * 100_000,
}


@pytest.mark.parametrize("suffix", SUFFIXES)
@pytest.mark.parametrize("case", BAD_LINES)
def test_a_bad_line_is_named_by_its_number(lines, tmp_path, case, suffix):
    number, line = next((at, line) for at, line in enumerate(lines) if b'"kind":"TABLE"' in line)
    path = tmp_path / f"catalog.{suffix}"
    write_file(path, [*lines[:number], BAD_LINES[case](line), *lines[number + 1:]])
    assert_refused(tmp_path, path, f"{path.name}:{number + 1}")


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("distance", ["next to it", "at the end"])
def test_an_object_that_stands_twice(lines, tmp_path, kind, distance):
    number, line = next((at, line) for at, line in enumerate(lines) if json.loads(line)["kind"] == kind)
    at = number + 1 if distance == "next to it" else len(lines)
    path = tmp_path / "catalog.ndjson"
    write_file(path, [*lines[:at], line, *lines[at:]])
    assert_refused(tmp_path, path, f"{path.name}:{at + 1}", "twice")


@pytest.mark.parametrize("kind", ["FUNCTION", "TABLE", "PARTITION"])
def test_an_object_before_its_parent(lines, tmp_path, kind):
    line = next(line for line in lines if json.loads(line)["kind"] == kind)
    path = tmp_path / "catalog.ndjson"
    write_file(path, [line, *(other for other in lines if other != line)])
    assert_refused(tmp_path, path, f"{path.name}:1")


def test_a_damaged_file_is_no_target_and_keeps_its_bytes(metastore, lines, tmp_path):
    source, _ = metastore
    path = tmp_path / "catalog.ndjson.zst"
    write_file(path, lines, write_checksum=True)
    content = path.read_bytes()[:-100]
    path.write_bytes(content)
    done = run_program("run", job(tmp_path, f"jdbc:sqlite:{source}", f"file:{path.name}"))
    assert done.returncode == FAILED and "cut short" in done.stderr.decode()
    assert path.read_bytes() == content
    assert sorted(item.name for item in tmp_path.iterdir()) == [".metaferry", "catalog.ndjson.zst", "job.json", "runs"]


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_an_empty_file_holds_no_catalog(tmp_path, suffix):
    path = tmp_path / f"catalog.{suffix}"
    write_file(path, [])
    done = run_program("run", job(tmp_path, f"file:{path.name}"))
    assert done.returncode == FAILED and "  code: " in done.stderr.decode()


def test_a_file_that_is_not_there(tmp_path):
    done = run_program("run", job(tmp_path, "file:nowhere.ndjson"))
    assert done.returncode == FAILED and "nowhere.ndjson" in done.stderr.decode()


def test_source_and_target_are_not_one_file(lines, tmp_path):
    path = tmp_path / "catalog.ndjson"
    write_file(path, lines)
    content = path.read_bytes()
    done = run_program("run", job(tmp_path, "file:catalog.ndjson", "file:./catalog.ndjson"))
    assert done.returncode == 4 and "same_file" in done.stderr.decode()
    assert path.read_bytes() == content


def test_a_run_that_fails_leaves_the_old_file(lines, tmp_path):
    """The new file takes the old one's place only when it is whole."""
    write_file(tmp_path / "old.ndjson", lines)
    content = (tmp_path / "old.ndjson").read_bytes()
    write_file(tmp_path / "bad.ndjson", [*lines, b"oops"])
    done = run_program("run", job(tmp_path, "file:bad.ndjson", "file:old.ndjson", target_catalog="new"))
    assert done.returncode == FAILED
    assert (tmp_path / "old.ndjson").read_bytes() == content
    assert not list(tmp_path.glob("*.tmp"))
