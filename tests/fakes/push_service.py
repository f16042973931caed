"""A push service of our own, and a browser that subscribed there and can read its messages."""

import base64
import json
import threading
import time
from collections import deque
from contextlib import suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self

import jwt
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.hmac import HMAC
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

CURVE = ec.SECP256R1()


def encode(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def decode(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def _digest(key: bytes, data: bytes) -> bytes:
    mac = HMAC(key, SHA256())
    mac.update(data)
    return mac.finalize()


def decrypt(body: bytes, private_key: ec.EllipticCurvePrivateKey, auth: bytes) -> bytes:
    """Decrypt as section 3.4 of RFC 8291 writes it out, step by step, and RFC 8188 for the record.

    It shares nothing with the code that encrypts.
    """
    salt, size, length = body[:16], int.from_bytes(body[16:20]), body[20]
    server_point, record = body[21 : 21 + length], body[21 + length :]
    assert len(record) <= size == 4096
    point = private_key.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
    server_key = ec.EllipticCurvePublicKey.from_encoded_point(CURVE, server_point)
    shared = private_key.exchange(ec.ECDH(), server_key)
    info = b"WebPush: info\0" + point + server_point
    secret = _digest(_digest(auth, shared), info + b"\x01")
    extracted = _digest(salt, secret)
    key = _digest(extracted, b"Content-Encoding: aes128gcm\0\x01")[:16]
    nonce = _digest(extracted, b"Content-Encoding: nonce\0\x01")[:12]
    padded = AESGCM(key).decrypt(nonce, record, None)
    content, delimiter, padding = padded.rpartition(b"\x02")
    assert delimiter, padded
    assert not padding.strip(b"\0"), padded
    return content


@dataclass(frozen=True)
class Pushed:
    """A request that arrived: the headers, and the body as it is encrypted."""

    path: str
    headers: dict[str, str]
    body: bytes


@dataclass(frozen=True)
class PushFault:
    """The answer to the next message. `is_slow` never answers, `is_huge` answers without an end."""

    status: int
    headers: dict[str, str] = field(default_factory=dict[str, str])
    is_slow: bool = False
    is_huge: bool = False


class Browser:
    """A browser with a subscription, whose messages only it can read."""

    def __init__(self, service_url: str, name: str) -> None:
        self.endpoint = f"{service_url}/push/{name}"
        self._private_key = ec.generate_private_key(CURVE)
        self._auth = name.encode().ljust(16, b"-")[:16]

    @property
    def form(self) -> dict[str, Any]:
        """Return a subscription as `PushSubscription.toJSON()` does."""
        point = self._private_key.public_key().public_bytes(
            Encoding.X962, PublicFormat.UncompressedPoint
        )
        return {
            "endpoint": self.endpoint,
            "expirationTime": None,
            "keys": {"p256dh": encode(point), "auth": encode(self._auth)},
        }

    def read(self, service: "FakePushService") -> list[Any]:
        """Decrypt the messages that arrived at the service, the first one first."""
        mine = [one for one in service.pushed if service.url + one.path == self.endpoint]
        return [json.loads(decrypt(one.body, self._private_key, self._auth)) for one in mine]


class FakePushService:
    """A server in a thread. What it accepts is in `pushed`; `tries` counts what arrived at all."""

    def __init__(self) -> None:
        self.pushed: list[Pushed] = []
        self.tries = 0
        self.faults: deque[PushFault] = deque()
        self._is_closing = threading.Event()
        self._server = ThreadingHTTPServer(
            ("127.0.0.1", 0), type("Handler", (_Handler,), {"service": self})
        )
        self._server.daemon_threads = True
        self._thread = threading.Thread(
            target=self._server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True
        )

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_port}"

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._is_closing.set()
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    def wait(self, seconds: float) -> bool:
        """Wait until the service closes, or for this time."""
        return self._is_closing.wait(seconds)

    def refuse_unsigned(self, headers: dict[str, str]) -> bool:
        """Check the token as a push service does: signed by the key in it, for this service."""
        scheme, _, rest = headers["authorization"].partition(" ")
        parts = dict(part.strip().split("=", 1) for part in rest.split(","))
        key = ec.EllipticCurvePublicKey.from_encoded_point(CURVE, decode(parts["k"]))
        try:
            claims = jwt.decode(parts["t"], key, algorithms=["ES256"], audience=self.url)
        except jwt.InvalidTokenError:
            return True
        is_brief = claims["exp"] - time.time() <= 24 * 3600
        return not (scheme == "vapid" and is_brief and claims["sub"].startswith("mailto:"))


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    service: FakePushService

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("content-length") or 0))
        headers = {name.lower(): value for name, value in self.headers.items()}
        service = self.service
        service.tries += 1
        fault = service.faults.popleft() if service.faults else None
        if fault is not None:
            self._fail(fault)
        elif service.refuse_unsigned(headers):
            self._answer(403)
        else:
            service.pushed.append(Pushed(self.path, headers, body))
            self._answer(201, {"location": f"{service.url}/message/1"})

    def _answer(self, status: int, headers: dict[str, str] | None = None) -> None:
        self.send_response(status)
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        self.send_header("content-length", "0")
        self.end_headers()

    def _fail(self, fault: PushFault) -> None:
        self.close_connection = True
        if fault.is_slow:
            self.service.wait(60)
        elif fault.is_huge:
            self._answer_without_end(fault.status)
        else:
            self._answer(fault.status, fault.headers)

    def _answer_without_end(self, status: int) -> None:
        self.send_response(status)
        self.send_header("content-length", str(2**40))
        self.end_headers()
        with suppress(OSError):
            while not self.service.wait(0):
                self.wfile.write(bytes(2**16))

    def log_message(self, *_: object) -> None:
        """Say nothing."""
