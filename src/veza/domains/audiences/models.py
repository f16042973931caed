"""The nouns of the domain."""

from msgspec import Struct


class Audience(Struct, frozen=True):
    """How many watch a broadcast at the moment, and how many different ones did in all.

    The second is an estimate, true within a percent.
    """

    present: int
    total: int


class Viewer(Struct, frozen=True):
    """Who says that they watch: a member, or a device in a network; both by names of ours."""

    name: str
    network: str | None = None


class Seen(Struct, frozen=True):
    """An audience as the last to say that they watch found it, and whether to write it down now."""

    audience: Audience
    is_due: bool
