"""The OpenAPI document as it is sent: made once, and kept compressed.

As text it has almost a megabyte, and to make it stops a process for a while. So it is made in a
child of its own before a server serves (`launcher.http_server`), and nobody has to wait for it.
"""

import asyncio
import gzip
from http import HTTPStatus

import msgspec
import zstandard
from litestar import Litestar, Response
from msgspec import Struct

from veza.http.api_docs.openapi import build_document
from veza.http.asgi_scope import find_header
from veza.http.dependencies import AnyRequest
from veza.http.layers.compression import VARY, find_coding
from veza.http.layers.etags import etag_of, has_tag
from veza.infra.processes.garbage import without_collections

_STATE = "api_document"


class PackedDocument(Struct, frozen=True):
    """The document in each coding, and the strong tags of these and of the text."""

    zstd: bytes
    gzip: bytes
    tags: dict[str, bytes]


def document_of(app: Litestar) -> bytes:
    """Return the OpenAPI document of an application as JSON."""
    return msgspec.json.encode(build_document(app))


def pack_document(app: Litestar) -> bytes:
    """Make the document; return what `keep_document` needs."""
    with without_collections():
        text = document_of(app)
    zstd = zstandard.compress(text, 10)
    packed = gzip.compress(text, 9, mtime=0)
    tags = {"zstd": etag_of(zstd), "gzip": etag_of(packed), "": etag_of(text)}
    return msgspec.msgpack.encode(PackedDocument(zstd, packed, tags))


def keep_document(app: Litestar, packed: bytes) -> None:
    """Store a packed document, with which the application answers from now on."""
    app.state[_STATE] = msgspec.msgpack.decode(packed, type=PackedDocument)


def has_document(app: Litestar) -> bool:
    """Return whether the document of an application was made."""
    return _STATE in app.state


async def send_document(request: AnyRequest) -> Response[bytes]:
    """Return the document in the best coding that the client accepts, or status 304."""
    if not has_document(request.app):
        # In tests alone: a server has made it before.
        keep_document(request.app, pack_document(request.app))
    document: PackedDocument = request.app.state[_STATE]
    coding = find_coding(request.scope)
    tag = document.tags[coding or ""]
    headers = {"cache-control": "no-cache", "etag": tag.decode()}
    if has_tag(find_header(request.scope, b"if-none-match"), tag):
        headers[VARY[0].decode()] = VARY[1].decode()
        return _respond(b"", headers, HTTPStatus.NOT_MODIFIED)
    if coding is None:
        return _respond(await asyncio.to_thread(gzip.decompress, document.gzip), headers)
    headers |= {VARY[0].decode(): VARY[1].decode(), "content-encoding": coding}
    return _respond(document.zstd if coding == "zstd" else document.gzip, headers)


def _respond(
    body: bytes, headers: dict[str, str], status: HTTPStatus = HTTPStatus.OK
) -> Response[bytes]:
    return Response(body, status_code=status, headers=headers, media_type="application/json")
