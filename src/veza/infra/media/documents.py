"""Detects the type of a document (PDF, image or plain text) by its content."""

import codecs
import re
from collections.abc import AsyncIterator

from veza.infra.media.images import IMAGE_CONTENT_TYPES, sniff_image

HEAD_BYTES = 64
PDF = "application/pdf"
TEXT = "text/plain"

# Control characters other than tabs, line breaks and page breaks.
_CONTROLS = re.compile(r"[\0-\x08\x0e-\x1f\x7f]")


class NotText(Exception):
    """The content is not plain text."""


def sniff_document(head: bytes) -> str | None:
    """Return the type of a PDF or an image by its first bytes, or None."""
    if head.startswith(b"%PDF-"):
        return PDF
    kind = sniff_image(head)
    return None if kind is None else IMAGE_CONTENT_TYPES[kind]


async def read_text(chunks: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    """Yield the chunks unchanged. Raises NotText if they are not plain text in UTF-8."""
    decoder = codecs.getincrementaldecoder("utf-8")()
    try:
        async for chunk in chunks:
            if _CONTROLS.search(decoder.decode(chunk)):
                raise NotText
            yield chunk
        decoder.decode(b"", final=True)
    except UnicodeDecodeError as error:
        raise NotText from error
