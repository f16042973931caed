"""What a directory says about a VAT id."""

from datetime import datetime
from enum import StrEnum

from msgspec import Struct


class VatIdState(StrEnum):
    """The answer: the id exists, or doesn't, or the directory can't tell now."""

    VALID = "valid"
    INVALID = "invalid"
    UNKNOWN = "unknown"


class VatIdCheck(Struct, frozen=True):
    """When an id was looked up, with what result."""

    state: VatIdState
    checked_at: datetime
