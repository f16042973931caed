"""The headers of resumable uploads in the protocol tus 1.0 (https://tus.io/protocols/).

Another protocol on the same resource, such as the one that the IETF drafts, is told apart by its
headers: requests of tus carry `Tus-Resumable`.
"""

import re
from base64 import b64decode
from collections.abc import Awaitable, Sequence
from http import HTTPStatus
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit
from uuid import UUID

from litestar import Request
from litestar.params import HeaderParameter
from litestar.types import ASGIApp, Message, Receive, Scope, Send

from veza.core.errors import FieldError, Invalid, PreconditionFailed, WrongMediaType
from veza.http.asgi_scope import add_headers, find_header

VERSION = "1.0.0"
CHUNK_TYPE = "application/offset+octet-stream"
EXTENSIONS = (
    "creation",
    "creation-defer-length",
    "creation-with-upload",
    "expiration",
    "checksum",
    "termination",
    "concatenation",
)
ALGORITHMS = ("sha1", "sha256", "sha512", "md5")
PARTIAL = "partial"
_OTHER_VERSION = HTTPStatus.PRECONDITION_FAILED.value
_FINAL = "final;"
_MAX_INTEGER = 2**63 - 1
# Firewalls and old clients know no PATCH and DELETE.
_OVERRIDE = b"x-http-method-override"
_OVERRIDDEN = {b"PATCH": "PATCH", b"DELETE": "DELETE", b"HEAD": "HEAD"}
_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.ASCII)

UploadLength = Annotated[
    int | None,
    HeaderParameter(
        name="Upload-Length",
        ge=0,
        le=_MAX_INTEGER,
        description="The length of the file in bytes; not for a final upload.",
    ),
]
# Not None where it is missing: the text "null" would be read as that.
UploadDeferLength = Annotated[
    Literal["1", ""],
    HeaderParameter(
        name="Upload-Defer-Length",
        description="`1` in place of a length that is told later, with some of the bytes.",
    ),
]
UploadOffset = Annotated[
    int,
    HeaderParameter(
        name="Upload-Offset",
        ge=0,
        le=_MAX_INTEGER,
        description="Where the bytes begin: the length that `HEAD` returns.",
    ),
]
UploadMetadata = Annotated[
    str,
    HeaderParameter(
        name="Upload-Metadata",
        description="Pairs of a name and a value in base64, separated by commas.",
    ),
]
UploadConcat = Annotated[
    str,
    HeaderParameter(
        name="Upload-Concat",
        max_length=16 * 1024,
        description="`partial`, or `final;` and the addresses of the parts, separated by spaces.",
    ),
]
UploadChecksum = Annotated[
    str,
    HeaderParameter(
        name="Upload-Checksum",
        max_length=200,
        description="An algorithm and the checksum of the body in base64: `sha1 …`.",
    ),
]
TusResumable = Annotated[
    str,
    HeaderParameter(name="Tus-Resumable", max_length=20, description=f"`{VERSION}`."),
]


class UnsupportedVersion(PreconditionFailed):
    """The client speaks another version of tus, or none."""

    code = "unsupported_version"
    message = f"Send `Tus-Resumable: {VERSION}`."


class TusMiddleware:
    """Says in responses of the upload resource what it speaks, and obeys method overrides."""

    def __init__(self, app: ASGIApp, path: str, *, max_bytes: int, chunk_bytes: int) -> None:
        self._app = app
        self._path = path
        self._capabilities = [
            (b"tus-version", VERSION.encode()),
            (b"tus-extension", ",".join(EXTENSIONS).encode()),
            (b"tus-max-size", b"%d" % max_bytes),
            (b"tus-checksum-algorithm", ",".join(ALGORITHMS).encode()),
            # As the draft of the IETF names it; tus has no name for it.
            (b"upload-limit", b"max-size=%d, max-append-size=%d" % (max_bytes, chunk_bytes)),
        ]

    def __call__(self, scope: Scope, receive: Receive, send: Send) -> Awaitable[None]:
        """Handle one connection."""
        if scope["type"] == "http" and self._covers(scope["path"]):
            add_headers(scope, [(b"tus-resumable", VERSION.encode())])
            if scope["method"] == "OPTIONS":
                add_headers(scope, self._capabilities)
            override = find_header(scope, _OVERRIDE)
            if scope["method"] == "POST" and override in _OVERRIDDEN:
                changed: Any = scope
                changed["method"] = _OVERRIDDEN[override]
            return self._app(scope, receive, _name_version(scope, send))
        return self._app(scope, receive, send)

    def _covers(self, path: str) -> bool:
        return path == self._path or path.startswith(f"{self._path}/")


def _name_version(scope: Scope, send: Send) -> Send:
    """Add the supported version to the response to a request of another version."""

    async def send_on(message: Message) -> None:
        if message["type"] == "http.response.start" and message["status"] == _OTHER_VERSION:
            add_headers(scope, [(b"tus-version", VERSION.encode())])
        await send(message)

    return send_on


def ensure_version(version: str) -> None:
    """Raise UnsupportedVersion unless a request is of this version of tus."""
    if version != VERSION:
        raise UnsupportedVersion


def ensure_chunk(request: Request[Any, Any, Any]) -> None:
    """Raise WrongMediaType unless the body is a chunk of an upload."""
    media_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if media_type != CHUNK_TYPE:
        raise WrongMediaType(f"Send the bytes with `Content-Type: {CHUNK_TYPE}`.")


def has_body(request: Request[Any, Any, Any]) -> bool:
    """Return whether a request has a body."""
    length = request.headers.get("content-length", "0")
    return length != "0" or "transfer-encoding" in request.headers


def parse_checksum(text: str) -> tuple[str, bytes] | None:
    """Return the algorithm and the digest of a checksum; None without one. Raises Invalid."""
    if not text:
        return None
    algorithm, _, encoded = text.partition(" ")
    known = ", ".join(ALGORITHMS)
    refusal = Invalid(details=[FieldError("Upload-Checksum", f"Send one of {known}, and base64.")])
    if algorithm not in ALGORITHMS:
        raise refusal
    try:
        return algorithm, b64decode(encoded, validate=True)
    except ValueError as error:
        raise refusal from error


def parse_parts(concat: str) -> Sequence[UUID]:
    """Return the ids of the parts that a final upload names. Raises Invalid."""
    if not concat.startswith(_FINAL):
        message = "Send `partial`, or `final;` and the addresses of the parts."
        raise Invalid(details=[FieldError("Upload-Concat", message)])
    found = [_find_id(url) for url in concat.removeprefix(_FINAL).split()]
    named = [part_id for part_id in found if part_id is not None]
    if not named or len(named) != len(found):
        message = "Name the parts by the addresses that their creation returned."
        raise Invalid(details=[FieldError("Upload-Concat", message)])
    return named


def _find_id(url: str) -> UUID | None:
    try:
        name = urlsplit(url).path.rpartition("/")[2]
    except ValueError:
        return None
    return UUID(name) if _UUID.fullmatch(name) else None
