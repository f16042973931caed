"""Forms with files, read piece by piece as they arrive: nothing is kept in memory or on disk."""

from collections.abc import AsyncIterator
from typing import Any, cast

from litestar import Request
from multipart import (  # pyright: ignore[reportMissingTypeStubs]
    MultipartError,
    MultipartSegment,
    PushMultipartParser,
    parse_options_header,  # pyright: ignore[reportUnknownVariableType]
)

from veza.core.errors import Fault, Invalid, TooLarge, WrongMediaType
from veza.http.json_body import announced_bytes

_FIELD_BYTES = 32 * 1024
_MAX_PARTS = 50


class BrokenForm(Invalid):
    """The body is not the form that its header promises."""

    code = "broken_form"
    message = "The form breaks off or can't be read."


class Part:
    """One part of a form: a plain field, or a file with a name."""

    def __init__(self, segment: MultipartSegment, chunks: AsyncIterator[bytes]) -> None:
        self.name = segment.name or ""
        self.filename = segment.filename
        self.chunks = chunks

    async def text(self) -> str:
        """Read a plain field whole. Raises Invalid where it is too long or no text."""
        held = bytearray()
        async for chunk in self.chunks:
            held += chunk
            if len(held) > _FIELD_BYTES:
                raise Invalid(details=[Fault(self.name, "This field is too long.")])
        try:
            return held.decode()
        except UnicodeDecodeError as error:
            raise Invalid(details=[Fault(self.name, "This field is not UTF-8 text.")]) from error


async def read_parts(request: Request[Any, Any, Any], max_bytes: int) -> AsyncIterator[Part]:
    """Go through the parts of a form in the order in which they arrive.

    Each part is read, or let go by, before the next is asked for. Raises WrongMediaType,
    BrokenForm, and TooLarge beyond `max_bytes`.
    """
    kind, options = cast(
        tuple[str, dict[str, str]],
        parse_options_header(request.headers.get("content-type", "")),
    )
    if kind != "multipart/form-data" or not options.get("boundary"):
        raise WrongMediaType("Send a form, with `Content-Type: multipart/form-data`.")
    if announced_bytes(request) > max_bytes:
        raise TooLarge
    events = _parse(request, options["boundary"], max_bytes)
    async for event in events:
        assert isinstance(event, MultipartSegment)
        part = Part(event, _chunks(events))
        yield part
        async for _ in part.chunks:
            pass


async def _parse(
    request: Request[Any, Any, Any], boundary: str, max_bytes: int
) -> AsyncIterator[MultipartSegment | bytes | bytearray | None]:
    # Errors are translated here: whoever reads a part meets them, not only who asks for the next.
    try:
        parser = PushMultipartParser(boundary, max_segment_count=_MAX_PARTS)
        async for chunk in _receive(request, max_bytes):
            for event in parser.parse(chunk):
                yield event
        parser.close()
    except MultipartError as error:
        raise BrokenForm from error


async def _receive(request: Request[Any, Any, Any], max_bytes: int) -> AsyncIterator[bytes]:
    size = 0
    has_more = True
    while has_more:
        message = await request.receive()
        if message["type"] != "http.request":
            raise BrokenForm("The client went away before the form was complete.")
        has_more = message["more_body"]
        size += len(message["body"])
        if size > max_bytes:
            raise TooLarge
        # To the parser an empty chunk would be the end.
        if message["body"]:
            yield message["body"]


async def _chunks(
    events: AsyncIterator[MultipartSegment | bytes | bytearray | None],
) -> AsyncIterator[bytes]:
    # A part ends with None; the same stream of events then goes on with the next part.
    async for event in events:
        if event is None:
            return
        assert isinstance(event, bytes | bytearray)
        yield bytes(event)
