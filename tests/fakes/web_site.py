"""A web site of a member: HTTPS in a thread, with pages that may be anything."""

import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Self

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.x509.oid import NameOID

HOST = "me.example"


@dataclass(frozen=True)
class SitePage:
    """An answer. `is_slow` has no end and hardly any bytes, `is_huge` no end and many.

    With an `etag`, parts of `content` can be asked for. `breaks_after` so many bytes the connection
    ends; `refuses_ranges` answers 416.
    """

    html: str = ""
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict[str, str])
    content_type: str = "text/html; charset=utf-8"
    is_slow: bool = False
    is_huge: bool = False
    content: bytes = b""
    etag: str = ""
    breaks_after: int | None = None
    refuses_ranges: bool = False


class FakeWebSite:
    """A server: `pages` are its pages by path, `asked` the paths that were asked for."""

    def __init__(self) -> None:
        self.pages: dict[str, SitePage] = {}
        self.asked: list[str] = []
        self.ranges: list[str] = []
        self._is_closing = threading.Event()
        self._server = _Server(("127.0.0.1", 0), type("Handler", (_Handler,), {"site": self}))
        self._server.daemon_threads = True
        server_tls, self.tls = _create_contexts()
        self._server.socket = server_tls.wrap_socket(self._server.socket, server_side=True)
        self._thread = threading.Thread(
            target=self._server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True
        )

    @property
    def origin(self) -> str:
        return f"https://{HOST}:{self._server.server_port}"

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._is_closing.set()
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    def clear(self) -> None:
        self.pages.clear()
        self.asked.clear()
        self.ranges.clear()

    def wait(self, seconds: float) -> bool:
        """Wait until the site closes, or for this time."""
        return self._is_closing.wait(seconds)


def resolve_to_this_machine(patch: pytest.MonkeyPatch, *names: str) -> None:
    """Resolve some names to this machine; all others are looked up as usual."""
    look_up = socket.getaddrinfo

    def find(host: Any, port: Any, *given: Any, **named: Any) -> list[Any]:
        return look_up("127.0.0.1" if host in names else host, port, *given, **named)

    patch.setattr(socket, "getaddrinfo", find)


def open_site() -> Iterator[FakeWebSite]:
    """Run a site while its name leads here: the body of a fixture."""
    with pytest.MonkeyPatch.context() as patch, FakeWebSite() as site:
        resolve_to_this_machine(patch, HOST)
        yield site


class _Server(ThreadingHTTPServer):
    def handle_error(self, *_: object) -> None:
        """Say nothing: clients leave before the end."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    site: FakeWebSite

    def do_GET(self) -> None:
        self.site.asked.append(self.path)
        page = self.site.pages.get(self.path, SitePage(status=404))
        body, is_endless = page.content or page.html.encode(), page.is_slow or page.is_huge
        status, start = self._find_part(page)
        self.send_response(status)
        self.send_header("content-type", page.content_type)
        self.send_header("content-length", str(2**40 if is_endless else len(body) - start))
        if page.etag:
            self.send_header("etag", page.etag)
        if status == 206:
            self.send_header("content-range", f"bytes {start}-{len(body) - 1}/{len(body)}")
        for name, value in page.headers.items():
            self.send_header(name, value)
        self.end_headers()
        with suppress(OSError):
            if page.breaks_after is not None:
                self.close_connection = True
            self.wfile.write(body[start : page.breaks_after])
            if is_endless:
                self._go_on(page)

    def _find_part(self, page: SitePage) -> tuple[int, int]:
        """Return the status of an answer, and where it begins."""
        asked = self.headers.get("range", "")
        if not asked:
            return page.status, 0
        self.site.ranges.append(asked)
        if page.refuses_ranges:
            return 416, len(page.content)
        if page.etag and self.headers.get("if-range") == page.etag:
            return 206, int(asked.removeprefix("bytes=").rstrip("-"))
        return page.status, 0

    def _go_on(self, page: SitePage) -> None:
        self.close_connection = True
        piece, pause_s = (b" " * 2**16, 0.0) if page.is_huge else (b" ", 0.05)
        while not self.site.wait(pause_s):
            self.wfile.write(piece)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


def _create_contexts() -> tuple[ssl.SSLContext, ssl.SSLContext]:
    """Return what a server with a certificate for the host needs, and a client that trusts it."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, HOST)])
    begin = datetime.now(UTC) - timedelta(days=1)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(begin)
        .not_valid_after(begin + timedelta(days=30))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(HOST)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, SHA256())
    )
    shown = certificate.public_bytes(serialization.Encoding.PEM)
    secret = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    server = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    with TemporaryDirectory() as folder:
        path = Path(folder) / "site.pem"
        path.write_bytes(secret + shown)
        server.load_cert_chain(path)
    return server, ssl.create_default_context(cadata=shown.decode())
