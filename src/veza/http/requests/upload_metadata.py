"""The metadata of resumable uploads, read like the fields of a form."""

from collections.abc import Callable

import msgspec
from msgspec import Struct

from veza.core.errors import Invalid
from veza.http.responses.field_errors import parse_field_error

type ReadMetadata[Fields] = Callable[[dict[str, str]], Fields]


def reader_of[Fields: Struct](kind: type[Fields]) -> ReadMetadata[Fields]:
    """Return a function that converts metadata to a Struct, or raises Invalid."""
    return refusing(lambda metadata: msgspec.convert(metadata, kind))


def refusing[Fields](read: ReadMetadata[Fields]) -> ReadMetadata[Fields]:
    """Return a function that raises Invalid where `read` raises ValidationError."""

    def read_or_refuse(metadata: dict[str, str]) -> Fields:
        try:
            return read(metadata)
        except msgspec.ValidationError as error:
            raise Invalid(details=[parse_field_error(str(error))]) from error

    return read_or_refuse
