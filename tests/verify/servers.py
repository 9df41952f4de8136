"""Servers, certificates and proxies on loopback, for how a server is reached."""

import http.server
import select
import shutil
import socket
import socketserver
import ssl
import subprocess
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import pytest

CONTRACT = """\
openapi: 3.1.0
info: {title: Lamps, version: "1"}
paths:
  /lamps:
    get:
      operationId: listLamps
      responses:
        "200":
          description: All lamps.
          content: {application/json: {schema: {type: array, items: {type: string}}}}
  /switches:
    get:
      operationId: listSwitches
      responses:
        "200":
          description: All switches.
          content: {application/json: {schema: {type: array, items: {type: string}}}}
  /fuses:
    get:
      operationId: listFuses
      responses:
        "200":
          description: All fuses.
          content: {application/json: {schema: {type: array, items: {type: string}}}}
"""
Answer = tuple[int, dict[str, str], bytes]
LAMPS: Answer = (200, {"Content-Type": "application/json"}, b"[]")
needs_openssl = pytest.mark.skipif(not shutil.which("openssl"), reason="needs openssl")


def no_port() -> int:
    """A port at which nobody listens."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port: int = taken.getsockname()[1]
    return port


class _Quiet(http.server.ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, *_: Any) -> None:
        """Clients that go away are no news."""


@contextmanager
def serving(
    answer: Callable[[Any], Answer] = lambda _: LAMPS,
    context: ssl.SSLContext | None = None,
    port: int = 0,
) -> Iterator[int]:
    """A server of HTTP, or of TLS with a context; `answer` sees each request. Gives its port."""

    class Handler(http.server.BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def respond(self) -> None:
            status, headers, body = answer(self)
            self.send_response(status)
            for name, value in {**headers, "Content-Length": str(len(body))}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: Any) -> None:
            pass

        def __getattr__(self, name: str) -> Any:
            if name.startswith("do_"):
                return self.respond
            raise AttributeError(name)

    server = _Quiet(("127.0.0.1", port), Handler)
    if context:
        server.socket = context.wrap_socket(
            server.socket, server_side=True, do_handshake_on_connect=False
        )
    with _running(server):
        yield server.server_address[1]


@contextmanager
def _running(server: socketserver.BaseServer) -> Iterator[None]:
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield
    finally:
        server.shutdown()
        server.server_close()
        thread.join(timeout=10)


class Certificate:
    """A certificate with its key, in a file that holds both: signed by itself, or `by` another."""

    def __init__(
        self,
        folder: Path,
        names: str = "IP:127.0.0.1",
        days: int = 2,
        by: "Certificate | None" = None,
    ) -> None:
        key, wish, cert = (folder / f"own.{end}" for end in ("key", "csr", "crt"))
        extensions = folder / "own.ext"
        able = "" if by else "basicConstraints=CA:TRUE\n"
        extensions.write_text(f"subjectAltName={names}\n{able}", "utf-8")
        new = ["req", "-new", "-newkey", "rsa:2048", "-nodes", "-subj", f"/CN={folder.name}"]
        self._openssl(*new, "-keyout", key, "-out", wish)
        signer = ["-signkey", key]
        if by:
            signer = ["-CA", by.trusted, "-CAkey", by.key, "-CAcreateserial"]
        signed = ["x509", "-req", "-in", wish, *signer, "-days", days, "-out", cert]
        self._openssl(*signed, "-extfile", extensions)
        self.file = folder / "own.pem"
        self.file.write_bytes(cert.read_bytes() + key.read_bytes())
        self.trusted, self.key = cert, key

    def context(self) -> ssl.SSLContext:
        """What a server speaks TLS by."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.file)
        return context

    @staticmethod
    def _openssl(*arguments: object) -> None:
        subprocess.run(["openssl", *map(str, arguments)], check=True, capture_output=True)


class Proxying:
    """A proxy that brings everybody to one server, whatever host they ask for.

    `seen` are the heads of what it was asked; `act` answers in its place, or None to go on.
    """

    def __init__(self, to: int, act: Callable[[bytes], bytes | None] = lambda _: None) -> None:
        self.to, self.act = to, act
        self.seen: list[bytes] = []

    @contextmanager
    def running(self, context: ssl.SSLContext | None = None) -> Iterator[int]:
        """Listen; gives the port."""
        proxy = self

        class Handler(socketserver.BaseRequestHandler):
            def handle(self) -> None:
                with suppress(OSError):
                    self.request.settimeout(10)
                    taken = (
                        context.wrap_socket(self.request, server_side=True)
                        if context
                        else self.request
                    )
                    with taken:
                        proxy._handle(taken)

        class Server(socketserver.ThreadingTCPServer):
            daemon_threads = True
            allow_reuse_address = True

        server = Server(("127.0.0.1", 0), Handler)
        with _running(server):
            yield server.server_address[1]

    def _handle(self, client: socket.socket) -> None:
        head = b""
        while b"\r\n\r\n" not in head:
            part = client.recv(65_536)
            if not part:
                return
            head += part
        self.seen.append(head)
        said = self.act(head)
        if said is not None:
            client.sendall(said)
            return
        with socket.create_connection(("127.0.0.1", self.to), 10) as server:
            if head.startswith(b"CONNECT "):
                client.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")
            else:
                line, _, rest = head.partition(b"\r\n")
                method, url, version = line.split(b" ", 2)
                path = b"/" + url.split(b"/", 3)[3]
                server.sendall(b" ".join((method, path, version)) + b"\r\n" + rest)
            _relay(client, server)


def _relay(client: socket.socket, server: socket.socket) -> None:
    """Bring bytes to and fro until one of both has no more.

    In one thread: OpenSSL lets nobody write to a connection while another reads from it.
    """
    other = {client: server, server: client}
    while True:
        held = isinstance(client, ssl.SSLSocket) and client.pending()
        ready = [client] if held else select.select(list(other), [], [], 10)[0]
        parts = [(source, source.recv(65_536)) for source in ready]
        for source, part in parts:
            other[source].sendall(part)
        if not all(part for _, part in parts) or not parts:
            return
