"""Responses with a document that is the same for everybody, such as a feed or a sitemap."""

from http import HTTPStatus

from litestar import Response

from veza.http.asgi_scope import find_header
from veza.http.dependencies import AnyRequest
from veza.http.layers.etags import etag_of, has_tag


def respond_with_document(
    request: AnyRequest,
    body: bytes,
    *,
    media_type: str,
    cache_control: str,
    version: bytes | None = None,
) -> Response[bytes]:
    """Return a response with a document and its tag, or status 304.

    The tag is weak, because the document is compressed after this. It is made of the `version`, if
    one is known, and of the whole body otherwise.
    """
    tag = b"W/" + etag_of(version or body)
    headers = {"cache-control": cache_control, "etag": tag.decode()}
    status = HTTPStatus.OK
    if has_tag(find_header(request.scope, b"if-none-match"), tag.removeprefix(b"W/")):
        status = HTTPStatus.NOT_MODIFIED
        body = b""
    return Response(body, status_code=status, headers=headers, media_type=media_type)
