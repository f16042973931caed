"""An OpenID provider of our own: a server in a thread, which can be told to misbehave.

It writes its tokens by itself, with `cryptography` alone: it shares nothing with the code that
verifies them.
"""

import base64
import hashlib
import hmac
import json
import secrets
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self
from urllib.parse import parse_qs, parse_qsl, urlencode, urlsplit

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

CLIENT_ID, CLIENT_SECRET = "veza", "a secret of the client: % and +"

type Json = dict[str, Any]


def encode(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


class SigningKey:
    """A key of ES256 with an id."""

    def __init__(self, key_id: str) -> None:
        self.key_id = key_id
        self._private_key = ec.generate_private_key(ec.SECP256R1())

    def sign(self, claims: Json, **header: Any) -> str:
        head = {"alg": "ES256", "typ": "JWT", "kid": self.key_id} | header
        text = _write(head, claims)
        pair = decode_dss_signature(self._private_key.sign(text.encode(), ec.ECDSA(SHA256())))
        signature = b"".join(number.to_bytes(32) for number in pair)
        return f"{text}.{encode(signature)}"

    @property
    def jwk(self) -> Json:
        point = self._private_key.public_key().public_numbers()
        x, y = (encode(number.to_bytes(32)) for number in (point.x, point.y))
        return {"kty": "EC", "crv": "P-256", "kid": self.key_id, "use": "sig", "x": x, "y": y}

    @property
    def public_pem(self) -> bytes:
        key = self._private_key.public_key()
        return key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)


def sign_nothing(claims: Json) -> str:
    """A token of the algorithm `none`."""
    return f"{_write({'alg': 'none', 'typ': 'JWT'}, claims)}."


def sign_by_secret(claims: Json, secret: bytes, key_id: str) -> str:
    """A token of HS256: with a public key as the secret, everybody can write it."""
    text = _write({"alg": "HS256", "typ": "JWT", "kid": key_id}, claims)
    return f"{text}.{encode(hmac.digest(secret, text.encode(), hashlib.sha256))}"


def _write(head: Json, claims: Json) -> str:
    return f"{encode(json.dumps(head).encode())}.{encode(json.dumps(claims).encode())}"


@dataclass
class Grant:
    """A code that was given out."""

    query: dict[str, str]
    claims: Json
    is_used: bool = False


@dataclass
class Misbehaviour:
    """The faults of the provider, until they are cleared."""

    claims: Json = field(default_factory=dict[str, Any])
    write_token: Callable[[Json], str] | None = None
    discovery: Json = field(default_factory=dict[str, Any])
    answer: Json = field(default_factory=dict[str, Any])
    # Of the token endpoint.
    size: int = 0
    delay_s: float = 0
    status: int = 0
    headers: dict[str, str] = field(default_factory=dict[str, str])
    takes_codes_again: bool = False


class FakeOpenIdProvider:
    """The provider: `asked` counts requests by path."""

    def __init__(self) -> None:
        self.key = SigningKey("first")
        self.published: list[SigningKey] = [self.key]
        self.userinfo: Json = {}
        self._subject = ""
        self.wrong = Misbehaviour()
        self.asked: dict[str, int] = {}
        self._grants: dict[str, Grant] = {}
        self._is_closing = threading.Event()
        self._server = ThreadingHTTPServer(
            ("127.0.0.1", 0), type("Handler", (_Handler,), {"provider": self})
        )
        self._server.daemon_threads = True
        self._thread = threading.Thread(
            target=self._server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True
        )

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._is_closing.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    @property
    def issuer(self) -> str:
        return f"http://127.0.0.1:{self._server.server_port}/realms/music"

    @property
    def settings(self) -> dict[str, str]:
        """The setting of a server that knows this provider."""
        provider = {
            "id": "community",
            "name": "Community account",
            "issuer": self.issuer,
            "client_id": CLIENT_ID,
            "client_secret": CLIENT_SECRET,
            "creates_accounts": True,
            "signs_out": True,
        }
        return {"VEZA_OPENID_PROVIDERS": json.dumps([provider])}

    def behave(self) -> None:
        """Do everything right again, with a key that everybody knows."""
        self.wrong = Misbehaviour()
        self.userinfo = {}

    def sign_in(self, url: str, subject: str, **claims: Any) -> str:
        """Sign somebody in at the address that a browser was sent to; return where it goes then."""
        query = dict(parse_qsl(urlsplit(url).query))
        assert url.startswith(f"{self.issuer}/authorize?")
        assert query["response_type"] == "code"
        assert query["client_id"] == CLIENT_ID
        assert query["code_challenge_method"] == "S256"
        assert "openid" in query["scope"].split()
        assert min(len(query["state"]), len(query["nonce"])) >= 22
        code = secrets.token_urlsafe(16)
        self._grants[code] = Grant(query, {"sub": subject} | claims)
        answer = {"code": code, "state": query["state"], "iss": self.issuer} | self.wrong.answer
        return f"{query['redirect_uri']}?{urlencode(answer)}"

    def answer_get(self, path: str) -> tuple[int, Json]:
        base = self.issuer
        if path.endswith("/.well-known/openid-configuration"):
            return 200, {
                "issuer": base,
                "authorization_endpoint": f"{base}/authorize",
                "token_endpoint": f"{base}/token",
                "userinfo_endpoint": f"{base}/userinfo",
                "jwks_uri": f"{base}/keys",
                "end_session_endpoint": f"{base}/logout",
                "token_endpoint_auth_methods_supported": ["client_secret_post"],
                "authorization_response_iss_parameter_supported": True,
            } | self.wrong.discovery
        if path.endswith("/keys"):
            return 200, {"keys": [key.jwk for key in self.published]}
        if path.endswith("/userinfo"):
            return 200, {"sub": self._subject} | self.userinfo
        return 404, {}

    def answer_token(self, form: dict[str, str]) -> tuple[int, Json]:
        grant = self._grants.get(form.get("code", ""))
        if grant is None or (grant.is_used and not self.wrong.takes_codes_again):
            return 400, {"error": "invalid_grant", "error_description": "<script>no</script>"}
        grant.is_used, self._subject = True, grant.claims["sub"]
        digest = hashlib.sha256(form["code_verifier"].encode()).digest()
        assert encode(digest) == grant.query["code_challenge"]
        assert len(form["code_verifier"]) >= 43
        assert form["redirect_uri"] == grant.query["redirect_uri"]
        assert form["grant_type"] == "authorization_code"
        if (form["client_id"], form["client_secret"]) != (CLIENT_ID, CLIENT_SECRET):
            return 401, {"error": "invalid_client"}
        now = int(time.time())
        claims = {
            "iss": self.issuer,
            "aud": CLIENT_ID,
            "exp": now + 300,
            "iat": now,
            "nonce": grant.query["nonce"],
        }
        claims |= grant.claims | self.wrong.claims
        write = self.wrong.write_token or self.key.sign
        return 200, {
            "id_token": write(claims),
            "access_token": "for-userinfo",
            "expires_in": 60,
        } | {"token_type": "Bearer"}

    def wait(self) -> None:
        """Take long, but no longer than the test."""
        self._is_closing.wait(self.wrong.delay_s)


class _Handler(BaseHTTPRequestHandler):
    provider: FakeOpenIdProvider

    def do_GET(self) -> None:
        path = urlsplit(self.path).path
        self._count(path)
        self._send(*self.provider.answer_get(path))

    def do_POST(self) -> None:
        self._count(urlsplit(self.path).path)
        body = self.rfile.read(int(self.headers["content-length"])).decode()
        form = {name: values[0] for name, values in parse_qs(body).items()}
        status, answer = self.provider.answer_token(form)
        wrong = self.provider.wrong
        if wrong.delay_s:
            self.provider.wait()
        if wrong.size:
            answer |= {"filler": "x" * wrong.size}
        self._send(wrong.status or status, answer, wrong.headers)

    def _count(self, path: str) -> None:
        name = path.rpartition("/")[2]
        self.provider.asked[name] = self.provider.asked.get(name, 0) + 1

    def _send(self, status: int, answer: Json, headers: dict[str, str] | None = None) -> None:
        body = json.dumps(answer).encode()
        try:
            self.send_response(status)
            self.send_header("content-type", "application/json")
            self.send_header("content-length", str(len(body)))
            for name, value in (headers or {}).items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)
        except ConnectionError:
            # The client had enough.
            self.close_connection = True

    def log_message(self, *_: Any) -> None:
        pass
