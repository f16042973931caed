"""The two formats of responses, JSON and XML, from one answer."""

import re
from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum
from typing import Any, cast
from xml.sax.saxutils import escape, quoteattr

import msgspec
from msgspec import Struct

from veza.domains.subsonic.models.prepared import Prepared

API_VERSION = "1.16.1"
_SERVER = "veza"
_XMLNS = "http://subsonic.org/restapi"

# What XML 1.0 has no way to write.
_NOT_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
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


def encode(envelope: PlayerResponse, form: ResponseFormat) -> bytes:
    """Return a response in one of the formats."""
    facts: dict[str, str | bool] = {
        "status": "ok" if envelope.is_ok else "failed",
        "version": API_VERSION,
        "type": _SERVER,
        "serverVersion": envelope.server_version,
        "openSubsonic": True,
    }
    if form is ResponseFormat.JSON:
        content = {} if envelope.name is None else {envelope.name: envelope.content}
        return _encoder.encode({"subsonic-response": facts | content})
    parts: list[str] = ['<?xml version="1.0" encoding="UTF-8"?>\n']
    attributes = "".join(f" {name}={_quote(value)}" for name, value in facts.items())
    parts.append(f'<subsonic-response xmlns="{_XMLNS}"{attributes}>')
    if envelope.name is not None:
        _write(parts, envelope.name, envelope.content)
    parts.append("</subsonic-response>")
    return "".join(parts).encode()


def encode_json(content: Struct) -> bytes:
    """Return a part of an answer as JSON."""
    return _encoder.encode(content)


def encode_xml(name: str, content: Struct) -> str:
    """Return a part of an answer as an XML element."""
    parts: list[str] = []
    _write_struct(parts, name, content)
    return "".join(parts)


def _write(parts: list[str], name: str, value: Any) -> None:
    """Write a value as elements: a list as one element for each of its items."""
    if isinstance(value, list):
        for item in cast(list[Any], value):
            _write(parts, name, item)
    elif isinstance(value, Struct):
        _write_struct(parts, name, value)
    elif isinstance(value, Prepared):
        parts.append(value.to_xml())
    elif value is not None:
        parts.append(f"<{name}>{_text_of(value)}</{name}>")


def _write_struct(parts: list[str], name: str, value: Struct) -> None:
    text = ""
    inner: list[tuple[str, Any]] = []
    parts.append(f"<{name}")
    fields = zip(value.__struct_fields__, value.__struct_encode_fields__, strict=True)
    for field, shown in fields:
        content = getattr(value, field)
        if content is None:
            continue
        if shown == _TEXT:
            text = _text_of(content)
        elif isinstance(content, Struct | list | Prepared):
            inner.append((shown, cast(Any, content)))
        else:
            parts.append(f" {shown}={_quote(content)}")
    if not text and not inner:
        parts.append("/>")
        return
    parts.append(f">{text}")
    for shown, content in inner:
        _write(parts, shown, content)
    parts.append(f"</{name}>")


def _quote(value: Any) -> str:
    return quoteattr(_plain(value))


def _text_of(value: Any) -> str:
    return escape(_plain(value))


def _plain(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, datetime):
        return value.isoformat().replace("+00:00", "Z")
    return _NOT_XML.sub("", str(value))
