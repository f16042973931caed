"""The result of looking up a VAT id in a directory."""

from datetime import datetime
from enum import StrEnum

from msgspec import Struct


class VatIdState(StrEnum):
    """The answer: the id exists, or doesn't, or the directory can't tell now."""

    VALID = "valid"
    INVALID = "invalid"
    UNKNOWN = "unknown"


class VatIdCheck(Struct, frozen=True):
    """A look-up of a VAT id: its time and its result."""

    state: VatIdState
    checked_at: datetime
