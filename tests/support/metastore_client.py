"""A Thrift client of a metastore service, by way of a small Java program on Hive's own generated classes."""

import json
import subprocess
import tempfile


class MetastoreError(Exception):
    """An exception that the service or the client's classes raised; `kind` is its Java class."""

    def __init__(self, kind, message):
        super().__init__(f"{kind}: {message}")
        self.kind = kind


class MetastoreClient:
    """Every method of Hive's ThriftHiveMetastore is a method here: client.get_database("default") -> dict.

    Structs are dicts with Hive's field names; fields that are not set are absent. Arguments go by position.
    """

    def __init__(self, java_command, port, *login):
        self._errors = tempfile.TemporaryFile()
        # The program ends with its standard input, so it cannot outlive this process.
        self._process = subprocess.Popen([*java_command, "MetastoreBridge", str(port), *login], stdin=subprocess.PIPE,
                                         stdout=subprocess.PIPE, stderr=self._errors, encoding="utf-8")

    def __getattr__(self, method):
        if method.startswith("_"):
            raise AttributeError(method)
        return lambda *arguments: self.call(method, *arguments)

    def call(self, method, *arguments):
        try:
            self._process.stdin.write(json.dumps([method, *arguments]) + "\n")
            self._process.stdin.flush()
        except BrokenPipeError:
            pass
        line = self._process.stdout.readline()
        if not line:
            self._errors.seek(0)
            raise RuntimeError(f"the Thrift client ended: {self._errors.read()[-3000:].decode(errors='replace')}")
        answer = json.loads(line)
        if "exception" in answer:
            raise MetastoreError(answer["exception"], f"{method}: {answer['message']}")
        return answer["result"]

    @property
    def process_id(self):
        return self._process.pid

    def close(self):
        self._process.stdin.close()
        self._process.stdout.close()
        self._process.wait(30)
        self._errors.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()
