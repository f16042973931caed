"""JSON that others wrote: requests, answers of other systems, files."""

from typing import Any, overload

import msgspec


@overload
def decode_json(raw: bytes | str) -> Any: ...
@overload
def decode_json[T](raw: bytes | str, kind: type[T]) -> T: ...
def decode_json(raw: bytes | str, kind: Any = Any) -> Any:
    """Decode JSON into a type. Raises DecodeError of msgspec, or its child ValidationError.

    The library raises other errors for text that is not UTF-8 and for very deep nesting.
    """
    try:
        return msgspec.json.decode(raw, type=kind)
    except (UnicodeDecodeError, RecursionError) as error:
        raise msgspec.DecodeError("JSON is not UTF-8, or nested too deeply.") from error
