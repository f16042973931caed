"""The values of RTMP's commands (AMF0): those that are needed are written, all usual ones read.

What others send is read here: no length is trusted, and nothing nests deeper than a few levels.
"""

import struct
from collections.abc import Mapping

type AmfValue = float | bool | str | dict[str, AmfValue] | list[AmfValue] | None

_MAX_DEPTH = 8
_MAX_VALUES = 1000
_NUMBER, _BOOLEAN, _STRING, _OBJECT, _NULL, _UNDEFINED = 0, 1, 2, 3, 5, 6
_ARRAY, _STRICT_ARRAY, _DATE, _LONG_STRING = 8, 10, 11, 12
_SIMPLE = {_NUMBER, _BOOLEAN, _STRING, _NULL, _UNDEFINED, _DATE, _LONG_STRING}
_END_OF_OBJECT = b"\0\0\x09"


class BadAmf(Exception):
    """Bytes are no values of AMF0."""


def write_values(*values: AmfValue) -> bytes:
    """Return values in a row."""
    return b"".join(_write(value) for value in values)


def read_values(content: bytes) -> list[AmfValue]:
    """Return all values of a message. Raises BadAmf."""
    reader = _Reader(content)
    found: list[AmfValue] = []
    while reader.at < len(content):
        found.append(reader.read(0))
    return found


def _write(value: AmfValue) -> bytes:
    match value:
        case bool():
            return bytes((_BOOLEAN, value))
        case int() | float():
            return struct.pack(">Bd", _NUMBER, value)
        case str():
            return bytes((_STRING,)) + _write_name(value)
        case None:
            return bytes((_NULL,))
        case dict():
            return bytes((_OBJECT,)) + _write_members(value)
        case list():
            return struct.pack(">BI", _STRICT_ARRAY, len(value)) + write_values(*value)


def _write_members(members: Mapping[str, AmfValue]) -> bytes:
    written = (_write_name(name) + _write(value) for name, value in members.items())
    return b"".join(written) + _END_OF_OBJECT


def _write_name(text: str) -> bytes:
    encoded = text.encode()
    return struct.pack(">H", len(encoded)) + encoded


class _Reader:
    """Reads values one after the other."""

    def __init__(self, content: bytes) -> None:
        self.at = 0
        self._content = content
        self._left = _MAX_VALUES

    def read(self, depth: int) -> AmfValue:
        self._left -= 1
        if depth > _MAX_DEPTH or self._left < 0:
            raise BadAmf
        kind = self._take(1)[0]
        if kind in {_OBJECT, _ARRAY}:
            self._take(4 if kind == _ARRAY else 0)
            return self._members(depth)
        if kind == _STRICT_ARRAY:
            return [self.read(depth + 1) for _ in range(self._size(4))]
        if kind not in _SIMPLE:
            raise BadAmf
        return self._simple(kind)

    def _simple(self, kind: int) -> AmfValue:
        if kind in {_STRING, _LONG_STRING}:
            return self._text(2 if kind == _STRING else 4)
        if kind == _BOOLEAN:
            return self._take(1) != b"\0"
        if kind in {_NULL, _UNDEFINED}:
            return None
        number = self._number()
        # A date has a time zone behind it, which nobody uses.
        self._take(2 if kind == _DATE else 0)
        return number

    def _members(self, depth: int) -> dict[str, AmfValue]:
        found: dict[str, AmfValue] = {}
        while not self._content.startswith(_END_OF_OBJECT, self.at):
            name = self._text(2)
            found[name] = self.read(depth + 1)
        self.at += len(_END_OF_OBJECT)
        return found

    def _number(self) -> float:
        return float(struct.unpack(">d", self._take(8))[0])

    def _text(self, size: int) -> str:
        return self._take(self._size(size)).decode(errors="replace")

    def _size(self, size: int) -> int:
        return int.from_bytes(self._take(size))

    def _take(self, size: int) -> bytes:
        found = self._content[self.at : self.at + size]
        if len(found) < size:
            raise BadAmf
        self.at += size
        return found
