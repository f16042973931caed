"""The nouns of the domain, as they are shown."""

from enum import StrEnum
from typing import Annotated

from msgspec import Meta, Struct


class CandidateType(StrEnum):
    """As what something is to be taken."""

    EMAIL = "email"
    USERNAME = "username"
    PASSWORD = "password"  # noqa: S105 - the name of a field
    ISRC = "isrc"
    UPC = "upc"


class Candidate(Struct, frozen=True):
    """What is to be looked at, and as what."""

    type: CandidateType
    value: Annotated[str, Meta(max_length=1024, examples=["USRC17607839"])]


class Validity(Struct, frozen=True):
    """Whether it would be taken; if not, a sentence for each reason."""

    valid: bool
    errors: list[str]
