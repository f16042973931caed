"""Computes timelines in pieces, so that whatever else waits has its turn in between."""

from collections.abc import Sequence

from veza.domains.stations.rules.playlists import TimelineSpan
from veza.domains.stations.rules.timeline import Timeline
from veza.infra.concurrency.pieces import in_pieces

# A slot takes 20 to 100 µs.
_PIECE_SLOTS = 50


async def compute(timeline: Timeline, until: int) -> Timeline:
    """Compute the slots of a timeline that begin at or before a time."""
    async for _ in in_pieces(timeline.steps(until), _PIECE_SLOTS):
        pass
    return timeline


async def compute_spans(spans: Sequence[TimelineSpan], end: int) -> None:
    """Compute the slots of spans that begin at or before a time."""
    for span in spans:
        await compute(span.timeline, span.last_before(end))
