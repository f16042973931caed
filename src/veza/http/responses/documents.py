"""Serves PDF documents that are in memory, with ranges."""

import hashlib
from collections.abc import AsyncIterator
from datetime import datetime
from typing import Any

from litestar import Response

from veza.http.dependencies import AnyRequest
from veza.http.responses.caching import PRIVATE_FILE
from veza.http.responses.ranges import FileMetadata, serve_file


async def serve_pdf(
    request: AnyRequest, pdf: bytes, *, modified: datetime, name: str
) -> Response[Any]:
    """Return a PDF to be saved as `name`, which has no characters that a header may not have."""
    facts = FileMetadata(
        size=len(pdf),
        content_type="application/pdf",
        etag=hashlib.sha256(pdf).hexdigest()[:32],
        modified=modified,
        cache_control=PRIVATE_FILE,
        disposition=f'attachment; filename="{name}.pdf"',
    )
    return await serve_file(request, facts, lambda first, last: _cut(pdf, first, last))


async def _cut(pdf: bytes, first: int, last: int) -> AsyncIterator[bytes]:
    yield pdf[first : last + 1]
