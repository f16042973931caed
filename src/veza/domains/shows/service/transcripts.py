"""Reads and writes the cues of transcripts in pieces: a long one holds up no other request."""

from collections.abc import Sequence

from veza.domains.shows.models.episodes import Cue
from veza.domains.shows.rules import transcripts as rules
from veza.infra.concurrency.pieces import convert_in_pieces


async def read_cues(content: str) -> list[Cue]:
    """Return the cues of WebVTT or SRT, by time. Raises Invalid."""
    return rules.arrange(await convert_in_pieces(rules.read_block, rules.split_blocks(content)))


async def write_vtt(cues: Sequence[Cue]) -> str:
    """Return cues as WebVTT. Raises Invalid if it is longer than what is stored."""
    return rules.join_vtt(await convert_in_pieces(rules.write_block, cues))
