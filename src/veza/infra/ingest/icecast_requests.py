"""The requests of Icecast's source protocol, read and answered without I/O."""

import base64
import binascii
from urllib.parse import parse_qs, urlsplit

from msgspec import Struct

MAX_HEAD_BYTES = 8 * 1024
_MAX_FIELDS = 20
MAX_TITLE_LENGTH = 200
_ADMIN_PATHS = frozenset({"/admin/metadata", "/admin.cgi"})

# What encoders call their format, and ffmpeg's name for it.
_DEMUXERS = {
    "audio/mpeg": "mp3",
    "audio/mp3": "mp3",
    "audio/x-mpeg": "mp3",
    "application/ogg": "ogg",
    "application/x-ogg": "ogg",
    "audio/ogg": "ogg",
    "audio/opus": "ogg",
    "audio/vorbis": "ogg",
    "audio/aac": "aac",
    "audio/aacp": "aac",
    "audio/x-aac": "aac",
    "audio/x-hx-aac-adts": "aac",
    "audio/flac": "flac",
    "audio/x-flac": "flac",
    "application/flac": "flac",
}
_REASONS = {
    200: "OK",
    400: "Bad Request",
    401: "Unauthorized",
    403: "Forbidden",
    404: "Not Found",
    405: "Method Not Allowed",
    408: "Request Timeout",
    415: "Unsupported Media Type",
    429: "Too Many Requests",
    503: "Service Unavailable",
}
CONTINUE = b"HTTP/1.1 100 Continue\r\n\r\n"


class BadRequest(Exception):
    """A request is malformed, or too long."""


class SourceRequest(Struct, frozen=True):
    """A request: its method, path and fields."""

    method: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]

    @property
    def is_source(self) -> bool:
        """True if an encoder wants to send."""
        return self.method in {"PUT", "SOURCE"} and not self.is_admin

    @property
    def is_admin(self) -> bool:
        """True if it is about a stream that another connection sends."""
        return self.path in _ADMIN_PATHS

    @property
    def expects_continue(self) -> bool:
        """True if it waits for `100 Continue` before it sends."""
        return self.headers.get("expect", "").lower() == "100-continue"

    @property
    def is_chunked(self) -> bool:
        """True if the body is chunked."""
        return self.headers.get("transfer-encoding", "").lower() == "chunked"

    @property
    def demuxer(self) -> str | None:
        """The name of the format in ffmpeg, or None if it isn't taken."""
        kind = self.headers.get("content-type", "audio/mpeg")
        return _DEMUXERS.get(kind.partition(";")[0].strip().lower())

    @property
    def key(self) -> str | None:
        """The password, which is the key of the stream; None where none was sent."""
        scheme, _, sent = self.headers.get("authorization", "").partition(" ")
        if scheme.lower() != "basic":
            # As Shoutcast's encoders send it.
            return self.query.get("pass")
        try:
            decoded = base64.b64decode(sent.strip(), validate=True).decode()
        except (binascii.Error, UnicodeDecodeError):
            return ""
        return decoded.partition(":")[2]

    @property
    def title(self) -> str | None:
        """The title in the request, if any."""
        if self.query.get("mode") != "updinfo":
            return None
        title = self.query.get("song")
        if title is None and "title" in self.query:
            parts = (self.query.get("artist", ""), self.query["title"])
            title = " - ".join(part for part in parts if part)
        return title


def read_request(head: bytes) -> SourceRequest:
    """Return the request of a head. Raises BadRequest."""
    first, *lines = head.decode("latin-1").rstrip("\r\n").replace("\r\n", "\n").split("\n")
    words = first.split(" ")
    if len(words) != 3 or not words[2].startswith(("HTTP/1.", "ICE/1.")):
        raise BadRequest
    headers: dict[str, str] = {}
    for line in lines:
        name, colon, value = line.partition(":")
        if not colon:
            raise BadRequest
        headers.setdefault(name.strip().lower(), value.strip())
    try:
        target = urlsplit(words[1])
        # Encoders send titles in UTF-8, and some in Latin-1.
        found = parse_qs(target.query, max_num_fields=_MAX_FIELDS, errors="surrogateescape")
    except ValueError as error:
        raise BadRequest from error
    query = {name: _repair(values[0]) for name, values in found.items()}
    return SourceRequest(words[0].upper(), target.path, query, headers)


def write_answer(status: int, text: str = "") -> bytes:
    """Return an answer after which the connection is closed."""
    body = text.encode()
    lines = [f"HTTP/1.0 {status} {_REASONS[status]}", "Server: Icecast 2.4.4 (Veza)"]
    if status == 401:
        lines.append('WWW-Authenticate: Basic realm="Veza"')
    lines += ["Allow: PUT, SOURCE, OPTIONS", "Content-Type: text/plain; charset=utf-8"]
    lines += [f"Content-Length: {len(body)}", "Connection: close", "", ""]
    return "\r\n".join(lines).encode() + body


def accept() -> bytes:
    """Return the answer to an encoder that may send, and doesn't wait to continue."""
    return b"HTTP/1.0 200 OK\r\nServer: Icecast 2.4.4 (Veza)\r\n\r\n"


def _repair(text: str) -> str:
    """Read what is not UTF-8 as Latin-1."""
    raw = text.encode(errors="surrogateescape")
    try:
        return raw.decode()
    except UnicodeDecodeError:
        return raw.decode("latin-1")
