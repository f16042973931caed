"""The nouns of the domain."""

from msgspec import Struct


class Audience(Struct, frozen=True):
    """How many watch a broadcast at the moment, and how many different ones did in all.

    The second is an estimate, true within a percent.
    """

    present: int
    total: int


class Seen(Struct, frozen=True):
    """An audience as the last to say that they watch found it, and whether to write it down now."""

    audience: Audience
    is_due: bool
