"""A metastore service that breaks off, lies, keeps silent or changes under the reader: each ends in bounded time, with
an error that says what is wrong, or with books that say what became of each object.
"""

import http.server
import json
import socket
import struct
import threading
import time

import pytest

from support.program import assert_balanced, run_job, run_program, write_job
from support.thrift_double import (
    INTERNAL_ERROR, LIST, STRING, STRUCT, Raw, Silence, ThriftDouble, answers_of_a_service, declared, descriptor, field, list_of,
    message, partition, struct_of, success, table, text, texts)

pytestmark = pytest.mark.usefixtures("metaferry")
DONE, FAILED, PARTIAL, USAGE = 0, 1, 3, 4
SECONDS = 20
HUGE = struct.pack(">i", 0x7FFFFFFF)


def export(url, *options):
    start = time.monotonic()
    done = run_program("export", url + "&socketTimeout=3&connectTimeout=3", *options, timeout=60)
    assert time.monotonic() - start < SECONDS
    return done


def fails_with(done, *words):
    told = done.stderr.decode()
    assert done.returncode == FAILED, told
    assert not done.stdout
    assert all(word in told for word in words), told
    assert "AddressSanitizer" not in told and "runtime error" not in told, told


def kinds(done):
    return [json.loads(line)["kind"] for line in done.stdout.decode().splitlines()]


def closed_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@pytest.fixture
def answers():
    return answers_of_a_service(keys=("k",), partitions=("1", "2"))


@pytest.mark.parametrize("framed", [False, True], ids=["buffered", "framed"])
def test_the_double_is_a_service(answers, framed):
    """Guards the tests below: without a fault all that it has is exported."""
    with ThriftDouble(answers, framed=framed) as service:
        done = export(service.url)
    assert (done.returncode, kinds(done)) == (DONE, ["DATABASE", "TABLE", "PARTITION", "PARTITION"]), done.stderr


class TestConnections:
    def test_the_next_host_is_taken_when_the_first_is_dead(self, answers):
        with ThriftDouble(answers) as service:
            done = export(f"thrift://127.0.0.1:{closed_port()},127.0.0.1:{service.port}?")
        assert (done.returncode, len(kinds(done))) == (DONE, 4), done.stderr

    def test_all_dead_hosts_are_named(self):
        first, second = closed_port(), closed_port()
        fails_with(export(f"thrift://127.0.0.1:{first},127.0.0.1:{second}?"), f":{first}: ", f":{second}: ")

    def test_a_service_that_dies_between_calls_is_replaced_by_the_next(self, answers):
        dying = {**answers, "get_all_tables": lambda number: None}
        with ThriftDouble(dying) as first, ThriftDouble(answers) as second:
            done = export(f"thrift://127.0.0.1:{first.port},127.0.0.1:{second.port}?")
        assert (done.returncode, len(kinds(done))) == (DONE, 4), done.stderr
        assert "get_all_tables" in first.calls and "get_all_tables" in second.calls

    def test_a_connection_that_is_lost_once_is_made_anew(self, answers):
        answers["get_partition_names"] = lost_once(answers["get_partition_names"])
        with ThriftDouble(answers) as service:
            done = export(service.url)
        assert (done.returncode, len(kinds(done))) == (DONE, 4), done.stderr

    def test_a_connection_lost_amid_many_small_calls_goes_on_where_it_was(self):
        answers = answers_of_a_service(tables=tuple(f"t{number:03}" for number in range(100)))
        answers["get_primary_keys"] = lost_at(57, answers["get_primary_keys"])
        with ThriftDouble(answers) as service:
            done = export(service.url)
        assert (done.returncode, kinds(done).count("TABLE")) == (DONE, 100), done.stderr

    def test_a_service_that_always_hangs_up_is_an_error(self, answers):
        answers["get_all_tables"] = lambda number: None
        with ThriftDouble(answers) as service:
            fails_with(export(service.url), "get_all_tables", "hung up")
            assert service.calls.count("get_all_tables") == 2

    def test_silence_is_not_waited_for_twice(self, answers):
        answers["get_all_tables"] = Silence
        with ThriftDouble(answers) as service:
            fails_with(export(service.url), "get_all_tables", "did not answer in time")
            assert service.calls.count("get_all_tables") == 1

    def test_a_service_that_never_says_anything(self):
        with ThriftDouble({"getVersion": Silence}) as service:
            fails_with(export(service.url), "did not answer in time")

    def test_a_web_server_is_no_metastore_service(self):
        server = http.server.HTTPServer(("127.0.0.1", 0), http.server.BaseHTTPRequestHandler)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        try:
            fails_with(export(f"thrift://127.0.0.1:{server.server_port}?"), "framed")
        finally:
            server.shutdown()

    def test_frames_to_a_service_without_them(self, answers):
        with ThriftDouble(answers) as service:
            done = export(service.url.replace("framed=false", "framed=true"))
        fails_with(done, "framed")


def lost_once(answer):
    return lost_at(0, answer)


def lost_at(position, answer):
    return lambda number: None if number == position else answer


def raw_answer(kind, content, method="get_all_tables"):
    """The beginning of a right answer, and then what is wrong in it."""
    return Raw(message(2, method, 0, field(kind, 0, content)))


LIES = {
    "a string of two gibibytes": raw_answer(LIST, struct.pack(">bi", STRING, 1) + HUGE + b"abc"),
    "a string of negative length": raw_answer(LIST, struct.pack(">bi", STRING, 1) + struct.pack(">i", -7)),
    "a list of two thousand million texts": raw_answer(LIST, struct.pack(">b", STRING) + HUGE),
    "a list of two thousand million structs": raw_answer(LIST, struct.pack(">b", STRUCT) + HUGE),
    "a list of a negative number": raw_answer(LIST, struct.pack(">bi", STRING, -1)),
    "the answer to another call": Raw(message(2, "get_functions", 0, success(LIST, texts([])))),
    "no result at all": Raw(message(2, "get_all_tables", 0, struct_of())),
    "a message of another protocol": Raw(b"\x82\x21\x01" + b"\0" * 40),
    "nothing but zeros": Raw(b"\0" * 4096),
    "a nesting without end": raw_answer(STRUCT, (struct.pack(">bh", STRUCT, 1)) * 5000),
}


class TestLies:
    @pytest.mark.parametrize("lie", LIES)
    def test_it_is_refused(self, answers, lie):
        with ThriftDouble({**answers, "get_all_tables": LIES[lie]}) as service:
            done = export(service.url)
        fails_with(done, "get_all_tables")

    def test_a_frame_of_two_gibibytes(self, answers):
        answers["get_all_tables"] = Raw(HUGE + b"x" * 100)
        with ThriftDouble(answers, framed=True) as service:
            fails_with(export(service.url), "get_all_tables", "longer than")

    def test_half_a_frame(self, answers):
        whole = message(2, "get_all_tables", 0, success(LIST, texts(["t"])))
        answers["get_all_tables"] = Raw(struct.pack(">i", len(whole)) + whole[: len(whole) // 2])
        with ThriftDouble(answers, framed=True) as service:
            fails_with(export(service.url), "get_all_tables", "did not answer in time")

    def test_a_number_that_no_enum_has(self, answers):
        """A newer service may have more kinds of owners than this program knows."""
        owner = struct_of(field(STRING, 1, text("d")), field(STRING, 6, text("alice")), field(8, 7, struct.pack(">i", 7)))
        with ThriftDouble({**answers, "get_database": success(STRUCT, owner)}) as service:
            done = export(service.url)
        assert done.returncode == DONE, done.stderr
        assert json.loads(done.stdout.splitlines()[0])["object"]["owner"] == "alice"


class TestExceptions:
    @pytest.mark.parametrize("answer, words", [
        (declared(1, "Got exception: no space left"), "no space left"),
        (INTERNAL_ERROR, "get_databases"),
        (1, "does not know this call"),
    ], ids=["MetaException", "internal error", "unknown method"])
    def test_one_that_nothing_can_be_read_without_ends_the_run(self, answers, answer, words):
        answers["get_databases"] = answer
        with ThriftDouble(answers) as service:
            fails_with(export(service.url), words)

    def test_words_of_the_service_are_cut_to_their_first_line(self, answers):
        answers["get_databases"] = declared(1, "went wrong\n\tat java.lang.Thread: SELECT secret FROM TBLS" + "x" * 5000)
        with ThriftDouble(answers) as service:
            done = export(service.url)
        fails_with(done, "went wrong")
        assert b"SELECT" not in done.stderr

    def test_a_table_that_the_service_cannot_read_is_refused_and_the_others_are_not(self):
        answers = answers_of_a_service(tables=("bad", "good"))
        answers["get_table_objects_by_name_req"] = declared(1, "Unable to convert storage descriptor")
        good = success(STRUCT, struct_of(field(STRUCT, 1, table("good"))))
        # the names are asked for in their order
        answers["get_table_req"] = lambda number: declared(1, "Unable to convert storage descriptor") if number == 0 else good
        with ThriftDouble(answers) as service:
            done = export(service.url)
        assert (done.returncode, kinds(done)) == (PARTIAL, ["DATABASE", "TABLE"]), done.stderr
        assert b"d.bad: not_answered" in done.stderr and b"storage descriptor" in done.stderr

    def test_facts_that_the_service_withholds_refuse_their_table(self, answers):
        """Carried without its grants it would look as if it had none."""
        answers["list_privileges"] = declared(1, "not authorized")
        with ThriftDouble(answers) as service:
            done = export(service.url)
            assert done.returncode == PARTIAL and b"not_answered" in done.stderr, done.stderr
            done = export(service.url + "&skip=privileges")
        assert (done.returncode, len(kinds(done))) == (DONE, 4), done.stderr


def job_of(service, folder, **metaferry):
    return write_job(folder, service.url, metaferry=metaferry)


class TestChangesWhileReading:
    def outcomes(self, run):
        return {(line["kind"], line.get("reason")) for line in run.object_lines()}

    def test_what_is_dropped_between_listing_and_reading_is_told(self, tmp_path):
        answers = answers_of_a_service(tables=("stays", "goes"))
        answers["get_table_objects_by_name_req"] = success(STRUCT, struct_of(field(LIST, 1, list_of(STRUCT, [table("stays")]))))
        answers["get_table_req"] = declared(2, "d.goes table not found")
        with ThriftDouble(answers) as service:
            run = run_job(job_of(service, tmp_path))
        assert (run.exit_code, run.summary["counts"]["TABLE"]["filtered"]) == (DONE, 1), run.stderr
        assert_balanced(run.summary)
        assert ("TABLE", "gone") in self.outcomes(run)

    def test_a_partition_too(self, answers, tmp_path):
        names = answers["get_partition_names"]
        answers["get_partition_names"] = lambda number: names if number == 0 else success(LIST, texts(["k=1"]))
        answers["get_partitions_by_names"] = success(LIST, list_of(STRUCT, [partition("1")]))
        with ThriftDouble(answers) as service:
            run = run_job(job_of(service, tmp_path))
        assert (run.exit_code, run.summary["counts"]["PARTITION"]["filtered"]) == (DONE, 1), run.stderr
        assert_balanced(run.summary)
        assert ("PARTITION", "gone") in self.outcomes(run)

    def test_a_partition_that_is_listed_and_never_given_is_refused(self, answers, tmp_path):
        answers["get_partitions_by_names"] = lambda number: success(
            LIST, list_of(STRUCT, [partition("1")] if number == 0 else []))
        with ThriftDouble(answers) as service:
            run = run_job(job_of(service, tmp_path))
        assert (run.exit_code, run.summary["counts"]["PARTITION"]["refused"]) == (PARTIAL, 1), run.stderr
        assert_balanced(run.summary)
        assert ("PARTITION", "not_answered") in self.outcomes(run)

    def test_a_partition_whose_name_is_not_what_its_values_escape_to_is_found(self, answers):
        """Other programs escape names by rules of their own."""
        answers["get_partition_names"] = success(LIST, texts(["k=a%20b", "k=2"]))
        both = success(LIST, list_of(STRUCT, [partition("a b"), partition("2")]))
        alone = success(LIST, list_of(STRUCT, [partition("a b")]))
        answers["get_partitions_by_names"] = lambda number: both if number == 0 else alone
        with ThriftDouble(answers) as service:
            done = export(service.url)
        names = [json.loads(line)["hive"]["part_name"] for line in done.stdout.splitlines() if b"part_name" in line]
        assert (done.returncode, names) == (DONE, ["k=2", "k=a%20b"]), done.stderr

    def test_a_database_that_goes(self, answers):
        answers["get_database"] = declared(1, "database d not found")
        answers["get_all_tables"] = success(LIST, texts([]))
        with ThriftDouble(answers) as service:
            done = export(service.url)
        assert (done.returncode, kinds(done)) == (DONE, []), done.stderr

    def test_events_of_the_meantime_are_a_warning(self, answers, tmp_path):
        answers["get_current_notificationEventId"] = lambda number: success(
            STRUCT, struct_of(field(10, 1, struct.pack(">q", 7 + 3 * number))))
        with ThriftDouble(answers) as service:
            run = run_job(job_of(service, tmp_path))
        assert run.exit_code == DONE
        assert any("changed while it was read" in warning and "8 to 10" in warning for warning in run.summary["warnings"])

    def test_without_events_nothing_is_claimed(self, answers, tmp_path):
        with ThriftDouble(answers) as service:
            run = run_job(job_of(service, tmp_path))
        assert not any("changed" in warning for warning in run.summary["warnings"]), run.summary["warnings"]


class TestBatches:
    def test_what_is_too_much_for_one_answer_is_asked_for_in_halves(self):
        answers = answers_of_a_service(keys=("k",), partitions=("1", "2"))
        one = iter(["1", "2"])
        answers["get_partitions_by_names"] = lambda number: INTERNAL_ERROR if number == 0 else success(
            LIST, list_of(STRUCT, [partition(next(one))]))
        with ThriftDouble(answers) as service:
            done = export(service.url)
        assert (done.returncode, kinds(done).count("PARTITION")) == (DONE, 2), done.stderr


class TestOptions:
    @pytest.mark.parametrize("option", ["auth=ldap", "framed=perhaps", "socketTimeout=-1", "skip=all", "sslmode=prefer"])
    def test_a_wrong_value_is_an_error_before_anything_is_connected_to(self, option):
        done = run_program("export", f"thrift://127.0.0.1:{closed_port()}?{option}")
        assert done.returncode == USAGE and option.split("=")[0].encode() in done.stderr, done.stderr

    def test_a_skipped_kind_is_not_asked_for_and_the_run_says_so(self, answers, tmp_path):
        with ThriftDouble(answers) as service:
            run = run_job(write_job(tmp_path, service.url + "&skip=constraints,column_privileges,column_statistics"))
            assert {"get_primary_keys", "get_table_statistics_req"}.isdisjoint(service.calls)
        assert run.exit_code == DONE
        told = " ".join(run.summary["warnings"])
        assert all(f"{what} are not read" in told for what in ("constraints", "privileges on columns", "column statistics"))

    def test_descriptors_are_as_they_came(self, answers):
        wide = descriptor(columns=[(f"c{number}", "string") for number in range(2000)])
        row = struct_of(field(STRING, 1, text("t")), field(STRING, 2, text("d")), field(STRUCT, 7, wide),
                        field(STRING, 12, text("MANAGED_TABLE")))
        answers["get_table_req"] = success(STRUCT, struct_of(field(STRUCT, 1, row)))
        with ThriftDouble(answers) as service:
            done = export(service.url)
        columns = json.loads(done.stdout.splitlines()[1])["object"]["storage_descriptor"]["columns"]
        assert len(columns) == 2000, done.stderr
