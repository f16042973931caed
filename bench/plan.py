"""The form of a benchmark: a topic with a function that measures its cases as planned."""

from collections.abc import Awaitable, Callable
from pathlib import Path

from msgspec import Struct

from bench.filling import Sizes
from bench.ratios import Result


class Plan(Struct, frozen=True):
    """The duration of measurements, and the filled data directory that topics share.

    `folder` exists and contains the data of `sizes` for topics with `needs_data`. `recipients` are
    those of a broadcast; among so many `prints` recordings are looked up.
    """

    rounds: int
    seconds: float
    sizes: Sizes
    folder: Path
    recipients: int
    prints: int


class Topic(Struct, frozen=True):
    """A benchmark; one that is not `is_compared` runs only where it is named."""

    name: str
    run: Callable[[Plan], Awaitable[list[Result]]]
    needs_data: bool = False
    is_compared: bool = True
