"""Decisions without I/O: everything here can be tested with plain values."""

from collections import Counter
from collections.abc import Iterable

from veza.core.search_text import fold_tag
from veza.domains.music.tags.models import TaggedTrack, TagUse

# With fewer letters, everything resembles everything.
MIN_SIMILARITY_LENGTH = 3


def tag_key(tag: str) -> str:
    """Tell what a tag is however it is spelt; one without letters and digits is what it is."""
    return fold_tag(tag) or normalize_spelling(tag)


def normalize_spelling(tag: str) -> str:
    """Tell how a tag is spelt, without regard to case."""
    return " ".join(tag.split()).lower()


def list_uses(tracks: Iterable[TaggedTrack]) -> list[TagUse]:
    """List which tags tracks have: one that is there in several spellings, in the first."""
    uses = {
        (track.id, tag_key(tag)): normalize_spelling(tag)
        # Backwards, so that what stands first counts.
        for track in tracks
        for tag in reversed(track.tags)
    }
    return [TagUse(track_id, key, spelling) for (track_id, key), spelling in uses.items() if key]


def count_differences[T](added: Iterable[T], gone: Iterable[T]) -> dict[T, int]:
    """Tell how many more there are of each, less than 0 where there are fewer."""
    changes = Counter(added)
    changes.subtract(Counter(gone))
    return {what: more for what, more in changes.items() if more}
