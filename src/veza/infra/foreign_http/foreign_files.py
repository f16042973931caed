"""Files that strangers name: over HTTPS from public hosts, bounded in size and time, resumable."""

import asyncio
import ssl
from collections.abc import AsyncIterator, Collection
from contextlib import AbstractAsyncContextManager

from msgspec import Struct

# Between two pieces of a file, and for the beginning of an answer.
SILENCE_S = 30.0
DOCUMENT_S = 60.0


class FileAway(Exception):
    """A file can't be fetched at the moment: no answer, an error of its server, or a break."""


class NoFile(Exception):
    """There is no file at an address, or it may not be fetched."""


class FileTooLarge(NoFile):
    """A file is longer than what was asked for."""


class FileAnswer(Struct, frozen=True):
    """A file from `offset` on. `size` is that of all of it, if its server tells it.

    `validator` is what `If-Range` takes, if the file can be continued.
    """

    url: str
    offset: int
    size: int | None
    validator: str | None
    content_type: str
    chunks: AsyncIterator[bytes]


class FileRange(Struct, frozen=True):
    """The place from which a file is continued, if it still has the validator."""

    offset: int
    validator: str


class ForeignFiles:
    """Fetches files. `trusted` are origins that may lie in a private network."""

    def __init__(
        self,
        trusted: Collection[str] = (),
        tls: ssl.SSLContext | None = None,
        silence_s: float = SILENCE_S,
    ) -> None:
        self._trusted = trusted
        self._tls = tls
        self._silence_s = silence_s

    def open(
        self, url: str, *, max_bytes: int, rest: FileRange | None = None
    ) -> AbstractAsyncContextManager[FileAnswer]:
        """Open a file, or the rest of it. Raises FileAway and NoFile, also from its chunks.

        The whole file is returned if it has changed. Redirects are followed, each to an address
        that is checked.
        """
        # Imported when a file is fetched: not every worker does, and it takes 15 MB.
        from veza.infra.foreign_http.file_requests import (  # noqa: PLC0415
            create_tls_context,
            open_file,
        )

        self._tls = self._tls or create_tls_context()
        request = FileRequest(url, max_bytes, rest, self._silence_s)
        return open_file(request, self._trusted, self._tls)

    async def read(self, url: str, *, max_bytes: int) -> tuple[FileAnswer, bytes]:
        """Return a document as a whole. Raises FileAway and NoFile."""
        content = bytearray()
        try:
            async with (
                asyncio.timeout(DOCUMENT_S),
                self.open(url, max_bytes=max_bytes) as answer,
            ):
                async for piece in answer.chunks:
                    content += piece
        except TimeoutError as error:
            raise FileAway("no answer in time") from error
        return answer, bytes(content)


class FileRequest(Struct, frozen=True):
    """A file, or the rest of it, that is to be fetched."""

    url: str
    max_bytes: int
    rest: FileRange | None
    silence_s: float
