"""Multipart forms, parsed as they arrive: files are passed on in chunks, not kept in memory."""

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from typing import Any, cast

import msgspec
from litestar import Request
from msgspec import Struct
from multipart import (  # pyright: ignore[reportMissingTypeStubs]
    MultipartError,
    MultipartSegment,
    PushMultipartParser,
    parse_options_header,  # pyright: ignore[reportUnknownVariableType]
)

from veza.core.errors import FieldError, Invalid, TooLarge, VezaError, WrongMediaType
from veza.http.requests.json_body import announced_bytes
from veza.http.responses.field_errors import parse_field_error

# The maximum size of a form without its file, unless a route allows more.
_FORM_BYTES = 64 * 1024
_FIELD_BYTES = 32 * 1024
_MAX_PARTS = 50
_FILE = "file"


class BrokenForm(Invalid):
    """The body is incomplete, or not a multipart form."""

    code = "broken_form"
    message = "The form is incomplete or can't be parsed: send it again."


class FormPart:
    """One part of a form: a text field, or a file with a name."""

    def __init__(self, segment: MultipartSegment, chunks: AsyncIterator[bytes]) -> None:
        self.name = segment.name or ""
        self.filename = segment.filename
        self.chunks = chunks

    async def text(self) -> str:
        """Read a text field. Raises Invalid if it is too long or isn't UTF-8."""
        content = bytearray()
        async for chunk in self.chunks:
            content += chunk
            if len(content) > _FIELD_BYTES:
                raise Invalid(details=[FieldError(self.name, "This field is too long.")])
        try:
            return content.decode()
        except UnicodeDecodeError as error:
            raise Invalid(
                details=[FieldError(self.name, "This field is not UTF-8 text.")]
            ) from error


class UploadForm[Fields: Struct](Struct, frozen=True):
    """A form that is not read yet: a required file, the part `file`, and text fields.

    `missing` is raised if there is no file. `read_fields` converts the text fields if msgspec alone
    can't. Everything but the file has at most `form_bytes`.
    """

    request: Request[Any, Any, Any]
    fields_type: type[Fields]
    max_file_bytes: int
    missing: type[VezaError]
    read_fields: Callable[[dict[str, str]], Fields] | None = None
    form_bytes: int = _FORM_BYTES

    @property
    def body_bytes(self) -> int:
        """The announced length of the body, 0 if unknown."""
        return announced_bytes(self.request)

    @property
    def file_bytes(self) -> int:
        """The minimum size of the file, by the announced length of the body."""
        return self.body_bytes - self.form_bytes

    @property
    def source(self) -> None:
        """None: the file arrives with the form."""
        return

    async def receive[T](
        self,
        store: Callable[[str, AsyncIterator[bytes]], Awaitable[T]],
        *,
        optional: Mapping[str, Callable[[str, AsyncIterator[bytes]], Awaitable[Any]]] | None = None,
    ) -> tuple[T, Fields]:
        """Read the form: pass files to `store` as they arrive; return its result and the fields.

        `optional` stores further files, by the names of their parts. Raises `missing`, Invalid,
        and what `read_parts` raises.
        """
        stored: list[T] = []
        fields: dict[str, str] = {}
        others = optional or {}
        taken = set[str]()
        async for part in read_parts(self.request, self.max_file_bytes + self.form_bytes):
            if part.name == _FILE and part.filename is not None:
                if stored:
                    raise Invalid(details=[FieldError(_FILE, "Send one file at a time.")])
                self._check(fields)
                stored.append(await store(part.filename, part.chunks))
            elif part.name in taken:
                raise Invalid(details=[FieldError(part.name, "Send this field once.")])
            elif part.name in others:
                taken.add(part.name)
                await _pass_on(part, others[part.name])
            elif part.name in self.fields_type.__struct_fields__:
                taken.add(part.name)
                fields[part.name] = await _read_text(part)
        if not stored:
            raise self.missing(details=[FieldError(_FILE, "Send this part with a file name.")])
        return stored[0], self._convert(fields)

    def _check(self, fields: dict[str, str]) -> None:
        """Raise Invalid for an invalid field that comes before a file, which may be long."""
        required = [each.name for each in msgspec.structs.fields(self.fields_type) if each.required]
        self._convert(dict.fromkeys(required, "-") | fields)

    def _convert(self, fields: dict[str, str]) -> Fields:
        try:
            if self.read_fields is not None:
                return self.read_fields(fields)
            return msgspec.convert(fields, self.fields_type)
        except msgspec.ValidationError as error:
            raise Invalid(details=[parse_field_error(str(error))]) from error


async def _read_text(part: FormPart) -> str:
    if part.filename is not None:
        raise Invalid(details=[FieldError(part.name, "This field must be plain text.")])
    return await part.text()


async def read_parts(request: Request[Any, Any, Any], max_bytes: int) -> AsyncIterator[FormPart]:
    """Iterate over the parts of a form as they arrive; what is not read of a part is skipped.

    Raises WrongMediaType, BrokenForm, and TooLarge beyond `max_bytes`.
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
        part = FormPart(event, _chunks(events))
        yield part
        async for _ in part.chunks:
            pass


async def _parse(
    request: Request[Any, Any, Any], boundary: str, max_bytes: int
) -> AsyncIterator[MultipartSegment | bytes | bytearray | None]:
    # Errors are translated here, since they occur while a part is read, too.
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
            raise BrokenForm("The connection was closed before the form was complete.")
        has_more = message["more_body"]
        size += len(message["body"])
        if size > max_bytes:
            raise TooLarge
        # The parser takes an empty chunk for the end.
        if message["body"]:
            yield message["body"]


async def _chunks(
    events: AsyncIterator[MultipartSegment | bytes | bytearray | None],
) -> AsyncIterator[bytes]:
    # None ends a part; the same iterator then continues with the next part.
    async for event in events:
        if event is None:
            return
        assert isinstance(event, bytes | bytearray)
        yield bytes(event)


async def _pass_on(
    part: FormPart, store: Callable[[str, AsyncIterator[bytes]], Awaitable[Any]]
) -> None:
    if part.filename is not None:
        await store(part.filename, part.chunks)
    elif await part.text():
        raise Invalid(details=[FieldError(part.name, "Send this part with a file name.")])
