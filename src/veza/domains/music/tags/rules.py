"""All spellings of a tag share a key; the first spelling on a track counts."""

from collections import Counter
from collections.abc import Collection, Iterable

from veza.core.genres import GENRES
from veza.core.normalize import fold_tag
from veza.domains.music.tags.models import TaggedTrack, TagUse

# Shorter texts are similar to almost every tag.
MIN_SIMILARITY_LENGTH = 3


def tag_key(tag: str) -> str:
    """Return the key that all spellings of a tag share.

    Without letters and digits it is the tag itself.
    """
    return fold_tag(tag) or normalize_spelling(tag)


def normalize_spelling(tag: str) -> str:
    """Return a tag in lower case, with single spaces."""
    return " ".join(tag.split()).lower()


def suggest_genres(key: str, limit: int, *, known: Collection[str]) -> list[str]:
    """Return genres that start with a key, then those that contain it, except `known` tags.

    They are written as tags are, with hyphens between their words. Only keys of
    `MIN_SIMILARITY_LENGTH` and more are looked up inside of genres.
    """
    if not key:
        return []
    known_keys = {tag_key(tag) for tag in known}
    others = [
        (found, genre.replace(" ", "-"))
        for found, genre in GENRES.items()
        if found not in known_keys
    ]
    starting = [genre for found, genre in others if found.startswith(key)]
    if len(key) < MIN_SIMILARITY_LENGTH:
        return starting[:limit]
    containing = [genre for found, genre in others if key in found[1:]]
    return list(dict.fromkeys(starting + containing))[:limit]


def list_uses(tracks: Iterable[TaggedTrack]) -> list[TagUse]:
    """Return the tags of tracks; of several spellings on a track, only the first counts."""
    uses = {
        (track.id, tag_key(tag)): normalize_spelling(tag)
        for track in tracks
        # Backwards, so that the first spelling overwrites the others.
        for tag in reversed(track.tags)
    }
    return [TagUse(track_id, key, spelling) for (track_id, key), spelling in uses.items() if key]


def count_differences[T](added: Iterable[T], removed: Iterable[T]) -> dict[T, int]:
    """Return by how much the number of each value changed, without those that didn't."""
    differences = Counter(added)
    differences.subtract(Counter(removed))
    return {value: difference for value, difference in differences.items() if difference}
