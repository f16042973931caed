"""A value to check, and its problems."""

from enum import StrEnum
from typing import Annotated

from msgspec import Meta, Struct


class CandidateType(StrEnum):
    """The kind of a value to validate."""

    EMAIL = "email"
    USERNAME = "username"
    PASSWORD = "password"  # noqa: S105 - the name of a field
    ISRC = "isrc"
    UPC = "upc"


class Candidate(Struct, frozen=True):
    """A value to validate."""

    type: CandidateType
    value: Annotated[str, Meta(max_length=1024, examples=["USRC17607839"])]


class Validity(Struct, frozen=True):
    """Whether the value would be accepted; if not, a sentence for each reason."""

    valid: bool
    errors: list[str]
