"""Tells what kind of document comes in, by its bytes alone: PDF, a picture, or plain text."""

import codecs
import re
from collections.abc import AsyncIterator

from veza.infra.media.images import IMAGE_CONTENT_TYPES, sniff_image

HEAD_BYTES = 64
PDF = "application/pdf"
TEXT = "text/plain"

# What no text holds: all controls but tabulators, line breaks and page breaks.
_CONTROLS = re.compile(r"[\0-\x08\x0e-\x1f\x7f]")


class NotText(Exception):
    """What should be plain text is something else."""


def sniff_document(head: bytes) -> str | None:
    """Tell the type of a PDF or a picture by its first bytes; None of anything else."""
    if head.startswith(b"%PDF-"):
        return PDF
    kind = sniff_image(head)
    return None if kind is None else IMAGE_CONTENT_TYPES[kind]


async def read_text(chunks: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    """Pass on what comes, as long as it is plain text in UTF-8. Raises NoText."""
    decoder = codecs.getincrementaldecoder("utf-8")()
    try:
        async for chunk in chunks:
            if _CONTROLS.search(decoder.decode(chunk)):
                raise NotText
            yield chunk
        decoder.decode(b"", final=True)
    except UnicodeDecodeError as error:
        raise NotText from error
