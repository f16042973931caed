"""JSON that others wrote: whatever is wrong with it, one error says so."""

from typing import Any

import msgspec
import pytest

from veza.core.foreign_json import decode_json

_DEEP = 100_000


class Named(msgspec.Struct):
    name: str


def test_json_becomes_what_it_is_decoded_into() -> None:
    assert decode_json(b'{"name": "a", "more": [1]}', Named) == Named("a")
    assert decode_json('{"name": ["a"]}', dict[str, Any]) == {"name": ["a"]}
    assert decode_json(b"[1, null]") == [1, None]


def test_json_of_another_type_says_where_it_differs() -> None:
    with pytest.raises(msgspec.ValidationError, match=r"\$\.name"):
        decode_json(b'{"name": 7}', Named)


@pytest.mark.parametrize("kind", [Any, Named, list[Named], dict[str, Any]])
@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"\xff\xfe",
        b'{"name": "\xff"}',
        b"[" * _DEEP,
        b"[" * _DEEP + b"]" * _DEEP,
        b'{"name": "a", "more": ' + b"[" * _DEEP + b"]" * _DEEP + b"}",
        b'{"a":' * _DEEP + b"1" + b"}" * _DEEP,
    ],
    ids=["none", "no text", "no text inside", "open", "lists", "unknown field", "objects"],
)
def test_what_can_not_be_read_is_one_error(raw: bytes, kind: Any) -> None:
    with pytest.raises(msgspec.DecodeError):
        decode_json(raw, kind)
