"""Decisions without I/O: everything here can be tested with plain values."""

from collections import Counter
from collections.abc import Iterable

from veza.core.normalize import fold_tag
from veza.domains.music.tags.models import TaggedTrack, Use

# With fewer letters, everything resembles everything.
MIN_RESEMBLING = 3


def key_of(tag: str) -> str:
    """Tell what a tag is however it is spelt; one without letters and digits is what it is."""
    return fold_tag(tag) or spelling_of(tag)


def spelling_of(tag: str) -> str:
    """Tell how a tag is spelt, without regard to case."""
    return " ".join(tag.split()).lower()


def list_uses(tracks: Iterable[TaggedTrack]) -> list[Use]:
    """List which tags tracks have: one that is there in several spellings, in the first."""
    uses = {
        (track.id, key_of(tag)): spelling_of(tag)
        # Backwards, so that what stands first counts.
        for track in tracks
        for tag in reversed(track.tags)
    }
    return [Use(track_id, key, spelling) for (track_id, key), spelling in uses.items() if key]


def count_changes[T](added: Iterable[T], gone: Iterable[T]) -> dict[T, int]:
    """Tell how many more there are of each, less than 0 where there are fewer."""
    changes = Counter(added)
    changes.subtract(Counter(gone))
    return {what: more for what, more in changes.items() if more}
