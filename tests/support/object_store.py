"""An S3-compatible store for tests: moto's server, and in front of it a gateway that checks what moto lets pass.

    with ObjectStore() as store:
        store.make_bucket("logs")
        ... run the program with store.endpoint ...
        store.objects("logs")  # {key: bytes}, read by another client

The gateway checks every signature with botocore, the digest of every body, and that paths are encoded as AWS says. It
can be told to answer in the store's place, to break connections, and to speak TLS.
"""

import contextlib
import hashlib
import http.client
import http.server
import os
import re
import socket
import ssl
import struct
import subprocess
import sys
import tempfile
import threading
import time
from typing import NamedTuple
from urllib.parse import parse_qsl, quote, unquote

from support.servers import Process, ServerUnavailable, free_port, port_answers

try:
    import boto3
    from botocore.auth import S3SigV4Auth
    from botocore.awsrequest import AWSRequest
    from botocore.config import Config
    from botocore.credentials import Credentials
except ImportError:
    boto3 = None

REGION = "eu-test-1"
ACCESS_KEY = "AKIAFERRY7QX2TEST0KM"
SECRET_KEY = "wJ9f/Zk3+pQ7rTn=Vx5Lm8Hd2Sg6Bc4Ya1Ue0Ki"


class Request(NamedTuple):
    method: str
    bucket: str
    key: str  # decoded
    query: dict
    headers: dict  # names in lower case
    body: bytes


class Reply(NamedTuple):
    status: int
    body: bytes = b""
    headers: dict = {}


def s3_error(status, code, message="told by a test", **headers):
    body = f'<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>{code}</Code><Message>{message}</Message></Error>'
    return Reply(status, body.encode(), {"Content-Type": "application/xml", **headers})


def reset(handler):
    """Breaks the connection off without a word."""
    handler.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    handler.close_connection = True
    handler.rfile.close()
    handler.wfile.close()
    handler.connection.close()


def hang(handler):
    """Says nothing until the client is gone or the gateway is closed."""
    while not handler.server.closing and handler.connection.fileno() >= 0:
        handler.connection.settimeout(0.05)
        with contextlib.suppress(TimeoutError, ssl.SSLError):
            if not handler.connection.recv(1):
                break
    handler.close_connection = True


def endless(handler):
    """Up to 1 GiB of answer."""
    handler.wfile.write(b"HTTP/1.1 200 OK\r\nETag: \"x\"\r\nContent-Length: 1073741824\r\n\r\n")
    with contextlib.suppress(OSError):
        for _ in range(1024):
            handler.wfile.write(b"<" * (1 << 20))
            handler.server.flooded += 1 << 20
    handler.close_connection = True


def no_http(handler):
    handler.wfile.write(b"220 mail.example.com ESMTP\r\n")
    handler.close_connection = True


class _Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def _serve(self):
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        headers = {name.lower(): value for name, value in self.headers.items()}
        path, _, query = self.path.partition("?")
        bucket, key = self.server.gateway.split(headers["host"], path)
        request = Request(self.command, bucket, unquote(key), dict(parse_qsl(query, keep_blank_values=True)), headers,
                          body)
        reply = self.server.gateway.answer(request, self.path)
        if callable(reply):
            reply(self)
        else:
            self._send(reply)

    def _send(self, reply):
        self.send_response(reply.status)
        for name, value in reply.headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(reply.body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(reply.body)

    do_GET = do_PUT = do_POST = do_DELETE = do_HEAD = _serve

    def log_message(self, *_):
        pass


class _Server(http.server.ThreadingHTTPServer):
    daemon_threads = True
    closing = False
    flooded = 0
    gateway = None

    def handle_error(self, request, client_address):
        """Clients that go away are what some tests are about."""
        if not isinstance(sys.exc_info()[1], (OSError, ValueError)):
            super().handle_error(request, client_address)


class ObjectStore:
    """`script(request)` may return None (go on), a Reply, or a function of the handler."""

    def __init__(self, context=None):
        if boto3 is None:
            raise ServerUnavailable("boto3 and moto are not installed")
        self._context = context
        self.script = None
        self.requests = []
        self.token = None
        self.problems = []  # what the gateway found wrong, whatever it was told to answer

    def __enter__(self):
        folder = tempfile.TemporaryDirectory(prefix="metaferry-moto-")
        self._stack = contextlib.ExitStack()
        self._stack.enter_context(folder)
        self._moto_port = free_port()
        moto = Process([sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", str(self._moto_port)],
                       os.path.join(folder.name, "moto.log"))
        self._stack.callback(moto.stop)
        moto.wait_until(lambda: port_answers(self._moto_port))
        self._server = _Server(("127.0.0.1", 0), _Handler)
        self._server.gateway = self
        if self._context:
            self._server.socket = self._context.wrap_socket(self._server.socket, server_side=True,
                                                            do_handshake_on_connect=False)
        thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True)
        thread.start()
        self._stack.callback(self._close)
        self.client = boto3.client("s3", endpoint_url=f"http://127.0.0.1:{self._moto_port}", region_name=REGION,
                                   aws_access_key_id="other", aws_secret_access_key="other",
                                   config=Config(s3={"addressing_style": "path"}, proxies={}))
        return self

    def __exit__(self, *_):
        self._stack.close()

    def _close(self):
        self._server.closing = True
        self._server.shutdown()
        self._server.server_close()

    @property
    def port(self):
        return self._server.server_address[1]

    @property
    def endpoint(self):
        return f"{'https' if self._context else 'http'}://localhost:{self.port}"

    @property
    def flooded(self):
        return self._server.flooded

    def reset(self, script=None, token=None):
        self.script, self.token = script, token
        self.requests, self.problems = [], []

    def make_bucket(self, name):
        self.client.create_bucket(Bucket=name, CreateBucketConfiguration={"LocationConstraint": REGION})

    def objects(self, bucket):
        pages = self.client.get_paginator("list_objects_v2").paginate(Bucket=bucket)
        return {item["Key"]: self.client.get_object(Bucket=bucket, Key=item["Key"])["Body"].read()
                for page in pages for item in page.get("Contents", [])}

    def unfinished_uploads(self, bucket):
        return self.client.list_multipart_uploads(Bucket=bucket).get("Uploads", [])

    # --- the gateway ------------------------------------------------------------------------------------------------

    @staticmethod
    def split(host, path):
        """Bucket and encoded key, from the host's name or from the path."""
        name = host.rsplit(":", 1)[0]
        if name.endswith(".localhost"):
            return name.removesuffix(".localhost"), path.removeprefix("/")
        bucket, _, key = path.removeprefix("/").partition("/")
        return bucket, key

    def answer(self, request, target):
        self.requests.append(request)
        refusal = self._refusal(request, target)
        told = self.script(request) if self.script else None
        return told or refusal or self._forward(request)

    def _refusal(self, request, target):
        path, _, query = target.partition("?")
        if quote(unquote(path), safe="/-._~") != path:
            self.problems.append(f"not encoded as AWS does: {path}")
            return s3_error(400, "InvalidURI")
        if request.headers.get("x-amz-content-sha256") != hashlib.sha256(request.body).hexdigest():
            self.problems.append("the body is not what its digest says")
            return s3_error(400, "XAmzContentSHA256Mismatch")
        if (request.headers.get("x-amz-security-token") or None) != self.token:
            return s3_error(400, "InvalidToken")
        return self._check_signature(request, target)

    def _check_signature(self, request, target):
        given = re.fullmatch(r"AWS4-HMAC-SHA256 Credential=([^/]+)/\d{8}/([^/]+)/s3/aws4_request, ?"
                             r"SignedHeaders=([^,]+), ?Signature=([0-9a-f]{64})",
                             request.headers.get("authorization", ""))
        if not given:
            return s3_error(403, "AccessDenied")
        access_key, region, signed, signature = given.groups()
        if access_key != ACCESS_KEY:
            return s3_error(403, "InvalidAccessKeyId")
        if region != REGION:
            return s3_error(400, "AuthorizationHeaderMalformed", f"expecting {REGION}")
        names = signed.split(";")
        must = {"host", "x-amz-date"} | {name for name in request.headers if name.startswith("x-amz-")}
        if not must <= set(names):
            self.problems.append(f"not signed: {must - set(names)}")
        auth = S3SigV4Auth(Credentials(ACCESS_KEY, SECRET_KEY, self.token), "s3", REGION)
        copy = AWSRequest(request.method, f"http://{request.headers['host']}{target}",
                          {name: request.headers[name] for name in names}, request.body)
        copy.context["timestamp"] = request.headers["x-amz-date"]
        text = auth.string_to_sign(copy, auth.canonical_request(copy))
        if auth.signature(text, copy) != signature:
            return s3_error(403, "SignatureDoesNotMatch")
        return None

    def _forward(self, request):
        connection = http.client.HTTPConnection("127.0.0.1", self._moto_port, timeout=60)
        query = "&".join(f"{quote(name, safe='')}={quote(value, safe='')}" for name, value in request.query.items())
        target = f"/{request.bucket}/{quote(request.key, safe='/-._~')}" + (f"?{query}" if query else "")
        passed = ("content-type", "x-amz-date", "authorization", "x-amz-content-sha256")
        connection.request(request.method, target, request.body,
                           {name: request.headers[name] for name in passed if name in request.headers})
        with contextlib.closing(connection):
            answer = connection.getresponse()
            headers = {name: value for name, value in answer.getheaders()
                       if name.lower() in ("etag", "content-type", "x-amz-bucket-region")}
            return Reply(answer.status, answer.read(), headers)
