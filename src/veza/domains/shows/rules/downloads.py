"""Decides which requests are downloads by IAB's Podcast Measurement Guidelines 2.2.

A download has a minute of sound, or the whole of a shorter episode, in one request or several. To
count what several requests have in common once, the file has a sample at the middle of each two
seconds: what counts is how many different samples were delivered.
"""

from importlib.resources import files

from msgspec import Struct

BOTS = [
    line
    for line in (files(__package__) / "bots.txt").read_text().splitlines()
    if line and not line.startswith("#")
]

_SECONDS_PER_SAMPLE = 2
# Of a file: in longer ones, of more than two hours, samples are further apart.
_MAX_SAMPLES = 4096
_COUNTED_SECONDS = 60


class DeliveredSamples(Struct, frozen=True):
    """The samples from `first` to `last`, both included, and how many make a download."""

    first: int
    last: int
    needed: int


def find_samples(size: int, duration_ms: int, first: int, last: int) -> DeliveredSamples | None:
    """Return the samples among the bytes from `first` to `last` of a file; None without any."""
    total = max(1, min(_MAX_SAMPLES, duration_ms // (1000 * _SECONDS_PER_SAMPLE)))
    # Sample k is at byte (2k + 1) * size // (2 * total).
    start = -(-2 * total * first // size)
    end = -(-2 * total * (last + 1) // size)
    lowest = max(0, start // 2)
    highest = min(total - 1, (end - 2) // 2)
    if highest < lowest:
        return None
    needed = -(-_COUNTED_SECONDS * 1000 * total // max(1, duration_ms))
    return DeliveredSamples(lowest, highest, min(total, needed))


def is_bot(user_agent: str) -> bool:
    """Return whether a user agent is empty, or names no program by which somebody listens."""
    folded = user_agent.strip().lower()
    return not folded or any(pattern in folded for pattern in BOTS)
