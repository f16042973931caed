"""The two formats of responses, JSON and XML, from one answer."""

import functools
import re
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from enum import StrEnum
from typing import Any, cast
from xml.sax.saxutils import escape, quoteattr

import msgspec
from msgspec import Struct, structs

from veza.domains.subsonic.models.shown import Elements, Prepared
from veza.infra.concurrency.pieces import PIECE_ROWS, in_pieces, join_in_pieces

API_VERSION = "1.16.1"
_SERVER = "veza"
_XMLNS = "http://subsonic.org/restapi"

_XML = '<?xml version="1.0" encoding="UTF-8"?>\n'

# What XML 1.0 has no way to write.
_NOT_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
# What can't be in an attribute as it is, or may not.
_UNUSUAL = re.compile("[^ !#-%'-;=?-~\u00a0-\ud7ff]")
# An `artist` inside of a song is an artist for DSub, which reads XML.
_JSON_ALONE = {"contributors"}
# The text of an element, rather than an attribute of it.
_TEXT = "value"


def _encode_prepared(value: Any) -> Any:
    if isinstance(value, Prepared):
        return msgspec.Raw(value.to_json())
    raise TypeError("This is not part of an answer.")


_encoder = msgspec.json.Encoder(enc_hook=_encode_prepared)

type Content = Struct | Sequence[Struct] | None


class ResponseFormat(StrEnum):
    """The formats of responses, by the names that clients send."""

    JSON = "json"
    XML = "xml"


class PlayerResponse(Struct, frozen=True):
    """A response: whether it succeeded, and its content under a name; without content, alone."""

    is_ok: bool
    server_version: str
    name: str | None = None
    content: Content = None


CONTENT_TYPES = {ResponseFormat.JSON: "application/json", ResponseFormat.XML: "text/xml"}


async def encode(envelope: PlayerResponse, form: ResponseFormat) -> bytes:
    """Return a response in one of the formats; long lists are encoded in pieces."""
    if form is ResponseFormat.XML:
        return await join_in_pieces(part.encode() for part in _iterate_xml(envelope))
    content = envelope.content
    if isinstance(content, Struct):
        content = await _encode_lists(content)
    return encode_short(structs.replace(envelope, content=content), form)


def encode_short(envelope: PlayerResponse, form: ResponseFormat) -> bytes:
    """Return a response without long lists in one of the formats."""
    if form is ResponseFormat.XML:
        return "".join(_iterate_xml(envelope)).encode()
    content = {} if envelope.name is None else {envelope.name: envelope.content}
    return _encoder.encode({"subsonic-response": _facts_of(envelope) | content})


def encode_json(content: Struct) -> bytes:
    """Return a part of an answer as JSON."""
    return _encoder.encode(content)


def encode_xml(name: str, content: Struct) -> str:
    """Return a part of an answer as an XML element."""
    parts: list[str] = []
    _write_struct(parts, name, content)
    return "".join(parts)


def _facts_of(envelope: PlayerResponse) -> dict[str, str | bool]:
    return {
        "status": "ok" if envelope.is_ok else "failed",
        "version": API_VERSION,
        "type": _SERVER,
        "serverVersion": envelope.server_version,
        "openSubsonic": True,
    }


async def _encode_lists(content: Struct) -> Struct:
    """Return an answer whose long lists are JSON already."""
    encoded: dict[str, Any] = {}
    for field in content.__struct_fields__:
        value = getattr(content, field)
        items = cast(list[object], value) if isinstance(value, list) else []
        if items:
            # An item with a list that encodes itself is long by itself.
            size = 1 if _has_prepared(type(items[0])) else PIECE_ROWS
            if len(items) > size:
                pieces = [_encoder.encode(piece)[1:-1] async for piece in in_pieces(items, size)]
                encoded[field] = msgspec.Raw(b"[" + b",".join(pieces) + b"]")
    return structs.replace(content, **encoded)


@functools.cache
def _has_prepared(kind: type[object]) -> bool:
    """Return whether an item of a type has a list that encodes itself."""
    return issubclass(kind, Struct) and any(
        field.type is Prepared for field in structs.fields(kind)
    )


def _iterate_xml(envelope: PlayerResponse) -> Iterator[str]:
    """Yield a response as XML, in a part for each item of its lists."""
    attributes = "".join(
        f" {name}={_QUOTES[type(value)](value)}" for name, value in _facts_of(envelope).items()
    )
    yield f'{_XML}<subsonic-response xmlns="{_XMLNS}"{attributes}>'
    name = envelope.name
    content = envelope.content
    if name is not None:
        for item in cast(list[Any], content) if isinstance(content, list) else [content]:
            yield from _iterate(name, item)
    yield "</subsonic-response>"


def _iterate(name: str, value: Any) -> Iterator[str]:
    """Yield a value as `_write` writes it, in a part for each item of its lists."""
    if isinstance(value, Prepared):
        yield from value.iterate_xml()
    elif isinstance(value, Struct):
        parts: list[str] = []
        inner = _open_element(parts, name, value)
        yield "".join(parts)
        if inner is None:
            return
        for shown, content in inner:
            items = cast(list[object], content) if isinstance(content, list) else [content]
            for item in cast(list[object], items):
                if isinstance(content, Prepared) or _has_prepared(type(item)):
                    yield from _iterate(shown, item)
                else:
                    parts = []
                    _write(parts, shown, item)
                    yield "".join(parts)
        yield f"</{name}>"
    else:
        parts = []
        _write(parts, name, value)
        yield "".join(parts)


def _write(parts: list[str], name: str, value: Any) -> None:
    """Write a value as elements: a list as one element for each of its items."""
    if isinstance(value, list):
        for item in cast(list[Any], value):
            _write(parts, name, item)
    elif isinstance(value, Struct):
        _write_struct(parts, name, value)
    elif value is not None:
        parts.append(f"<{name}>{_text_of(value)}</{name}>")


def _write_struct(parts: list[str], name: str, value: Struct) -> None:
    inner = _open_element(parts, name, value)
    if inner is not None:
        for shown, content in inner:
            _write(parts, shown, content)
        parts.append(f"</{name}>")


def _open_element(parts: list[str], name: str, value: Struct) -> list[tuple[str, Any]] | None:
    """Write the start of an element; return the elements inside, or None if it is empty."""
    text = ""
    inner: list[tuple[str, Any]] = []
    parts.append(f"<{name}")
    as_elements = isinstance(value, Elements)
    for field, shown in _fields_of(type(value)):
        content: object = getattr(value, field)
        if content is None:
            continue
        quote = _QUOTES.get(type(content))
        is_content = quote is None and isinstance(content, Struct | list | Prepared)
        if is_content or as_elements:
            inner.append((shown, cast(Any, content)))
        elif shown == _TEXT:
            text = _text_of(content)
        else:
            parts.append(f" {shown}={(quote or _quote_other)(content)}")
    if not text and not inner:
        parts.append("/>")
        return None
    parts.append(f">{text}")
    return inner


@functools.cache
def _fields_of(kind: type[Struct]) -> tuple[tuple[str, str], ...]:
    """Return the fields of a type that XML has, with their names in responses."""
    names = zip(kind.__struct_fields__, kind.__struct_encode_fields__, strict=True)
    return tuple((field, shown) for field, shown in names if field not in _JSON_ALONE)


def _quote_text(value: str) -> str:
    return quoteattr(_NOT_XML.sub("", value)) if _UNUSUAL.search(value) else f'"{value}"'


def _quote(value: Any) -> str:
    # No number and no date has a character with a meaning in XML.
    return f'"{_plain(value)}"'


def _quote_other(value: Any) -> str:
    return _quote_text(_plain(value))


# How attributes of the frequent types are written.
_QUOTES: dict[type[object], Callable[[Any], str]] = {
    str: _quote_text,
    int: _quote,
    float: _quote,
    bool: _quote,
    datetime: _quote,
}


def _text_of(value: Any) -> str:
    return escape(_plain(value))


def _plain(value: Any) -> str:
    if isinstance(value, str):
        return _NOT_XML.sub("", value)
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, datetime):
        return value.isoformat().replace("+00:00", "Z")
    return str(value)
