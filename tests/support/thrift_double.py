"""A metastore service of a few lines, for what a real one cannot be made to do: Thrift's binary protocol on a socket.

It answers like a service of Hive 2.3 with one database and what is in it. Each answer can be replaced by another, by
raw bytes or by silence.
"""

import contextlib
import socket
import struct
import threading

CALL, REPLY, EXCEPTION = 1, 2, 3
BOOL, I16, I32, I64, STRING, STRUCT, MAP, LIST = 2, 6, 8, 10, 11, 12, 13, 15
UNKNOWN_METHOD, INTERNAL_ERROR = 1, 6


def text(value):
    content = value.encode()
    return struct.pack(">i", len(content)) + content


def field(kind, number, content):
    return struct.pack(">bh", kind, number) + content


def struct_of(*fields):
    return b"".join(fields) + b"\0"


def list_of(kind, elements):
    return struct.pack(">bi", kind, len(elements)) + b"".join(elements)


def texts(names):
    return list_of(STRING, [text(name) for name in names])


def no_map():
    return struct.pack(">bbi", STRING, STRING, 0)


def message(kind, method, sequence, body):
    return struct.pack(">I", 0x80010000 | kind) + text(method) + struct.pack(">i", sequence) + body


def success(kind, content):
    """The result of a call, or with another number than 0 an exception that it declares."""
    return struct_of(field(kind, 0, content))


def declared(number, words):
    return struct_of(field(STRUCT, number, struct_of(field(STRING, 1, text(words)))))


def descriptor(columns=(("id", "int"),), location="hdfs://ns1/warehouse/d.db/t"):
    fields = [struct_of(field(STRING, 1, text(name)), field(STRING, 2, text(kind))) for name, kind in columns]
    serde = struct_of(field(STRING, 2, text("org.example.SerDe")), field(MAP, 3, no_map()))
    return struct_of(field(LIST, 1, list_of(STRUCT, fields)), field(STRING, 2, text(location)), field(STRUCT, 7, serde))


def table(name, database="d", keys=()):
    fields = [struct_of(field(STRING, 1, text(key)), field(STRING, 2, text("string"))) for key in keys]
    return struct_of(field(STRING, 1, text(name)), field(STRING, 2, text(database)), field(STRING, 3, text("alice")),
                     field(STRUCT, 7, descriptor()), field(LIST, 8, list_of(STRUCT, fields)),
                     field(STRING, 12, text("MANAGED_TABLE")))


def partition(value, table_name="t", database="d"):
    return struct_of(field(LIST, 1, texts([value])), field(STRING, 2, text(database)), field(STRING, 3, text(table_name)),
                     field(STRUCT, 6, descriptor(location=f"hdfs://ns1/warehouse/d.db/{table_name}/k={value}")))


def answers_of_a_service(tables=("t",), keys=(), partitions=()):
    """What every call gives; a method that is missing here is unknown to the service."""
    database = struct_of(field(STRING, 1, text("d")), field(STRING, 3, text("hdfs://ns1/warehouse/d.db")))
    nothing = success(STRUCT, struct_of(field(LIST, 1, list_of(STRUCT, []))))
    rows = list_of(STRUCT, [table(name, keys=keys) for name in tables])
    return {
        "getVersion": success(STRING, text("3.0")),
        "get_config_value": success(STRING, text("true")),
        "get_current_notificationEventId": success(STRUCT, struct_of(field(I64, 1, struct.pack(">q", 7)))),
        "get_databases": success(LIST, texts(["d"])),
        "get_database": success(STRUCT, database),
        "get_functions": success(LIST, texts([])),
        "get_all_tables": success(LIST, texts(tables)),
        "get_table_objects_by_name_req": success(STRUCT, struct_of(field(LIST, 1, rows))),
        "get_table_req": success(STRUCT, struct_of(field(STRUCT, 1, table(tables[0] if tables else "t", keys=keys)))),
        "get_partition_names": success(LIST, texts([f"k={value}" for value in partitions])),
        "get_partitions_by_names": success(LIST, list_of(STRUCT, [partition(value) for value in partitions])),
        "get_partitions_statistics_req": success(STRUCT, struct_of(field(MAP, 1, struct.pack(">bbi", STRING, LIST, 0)))),
        "get_primary_keys": nothing,
        "get_foreign_keys": nothing,
        "get_table_statistics_req": nothing,
        "list_privileges": success(LIST, list_of(STRUCT, [])),
    }


class Silence:
    """No answer at all."""


class ThriftDouble:
    """`answers` maps methods to the struct they return, to Raw bytes, to Silence, or to a function of the number of the
    call (from 0) that gives one of these; None from it hangs up."""

    def __init__(self, answers, framed=False):
        self.answers = answers
        self.framed = framed
        self.calls = []
        self._count = {}
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        self._sockets = []
        threading.Thread(target=self._accept, daemon=True).start()

    @property
    def url(self):
        return f"thrift://127.0.0.1:{self.port}?" + ("framed=true" if self.framed else "framed=false")

    def _accept(self):
        with contextlib.suppress(OSError):
            while True:
                connection, _ = self._listener.accept()
                self._sockets.append(connection)
                threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection):
        with contextlib.suppress(OSError, EOFError, ValueError, struct.error):
            stream = connection.makefile("rb")
            while True:
                if self.framed:
                    read(stream, 4)
                method, sequence = read_call(stream)
                self.calls.append(method)
                answer = self._answer(method)
                if answer is None:
                    break
                if answer is Silence:
                    continue
                connection.sendall(answer if isinstance(answer, Raw) else self._frame(self._message(method, sequence, answer)))
        with contextlib.suppress(OSError):
            connection.shutdown(socket.SHUT_RDWR)
        connection.close()

    def _answer(self, method):
        number = self._count.get(method, 0)
        self._count[method] = number + 1
        answer = self.answers.get(method, UNKNOWN_METHOD)
        return answer(number) if callable(answer) and answer is not Silence else answer

    @staticmethod
    def _message(method, sequence, answer):
        if isinstance(answer, int):
            words = struct_of(field(STRING, 1, text(f"Invalid method name: '{method}'")), field(I32, 2, struct.pack(">i", answer)))
            return message(EXCEPTION, method, sequence, words)
        return message(REPLY, method, sequence, answer)

    def _frame(self, content):
        return (struct.pack(">i", len(content)) if self.framed else b"") + content

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._listener.close()
        for connection in self._sockets:
            with contextlib.suppress(OSError):
                connection.close()


class Raw(bytes):
    """Sent as it is, in the place of a message."""


def read(stream, count):
    content = stream.read(count)
    if len(content) < count:
        raise EOFError
    return content


def number(stream, form):
    return struct.unpack(form, read(stream, struct.calcsize(form)))[0]


def read_call(stream):
    """The name and the sequence number of a call; its arguments are passed over."""
    number(stream, ">I")
    method = read(stream, number(stream, ">i")).decode()
    sequence = number(stream, ">i")
    skip(stream, STRUCT)
    return method, sequence


def skip(stream, kind):
    sizes = {BOOL: 1, 3: 1, 4: 8, I16: 2, I32: 4, I64: 8}
    if kind in sizes:
        read(stream, sizes[kind])
    elif kind == STRING:
        read(stream, number(stream, ">i"))
    elif kind == STRUCT:
        while inner := number(stream, ">b"):
            number(stream, ">h")
            skip(stream, inner)
    elif kind == MAP:
        key, value, count = number(stream, ">b"), number(stream, ">b"), number(stream, ">i")
        for _ in range(count):
            skip(stream, key)
            skip(stream, value)
    else:
        inner, count = number(stream, ">b"), number(stream, ">i")
        for _ in range(count):
            skip(stream, inner)
