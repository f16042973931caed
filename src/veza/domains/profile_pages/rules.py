"""The ring is drawn from the peaks of a track; names are compared by their skeletons."""

from collections.abc import Sequence
from functools import lru_cache
from itertools import pairwise

from veza.core.confusables import list_skeletons
from veza.core.structs import copy_fields
from veza.core.visibility import Visibility
from veza.domains.auth.accounts.models import NamedMember, show_named_member
from veza.domains.music.audio.rules import show_waveform
from veza.domains.profile_pages.models import (
    RING_PEAKS,
    LabelRelease,
    LabelReleaseState,
    StoredLabelRelease,
)
from veza.domains.profiles.models.profiles import Profile

# Followed names are compared on each page again: the newest of some members, as text.
_KEPT_SKELETONS = 8192


def draw_ring(peaks: bytes) -> list[float]:
    """Return the loudest peak of each of 72 equal parts, from 0 to 1."""
    heights = show_waveform(peaks, 0).peaks
    places = [index * len(heights) // RING_PEAKS for index in range(RING_PEAKS + 1)]
    return [max(heights[start:end]) for start, end in pairwise(places)]


def find_lookalike(profile: Profile, followed: Sequence[NamedMember]) -> NamedMember | None:
    """Return the first followed member whose name looks like that of an unverified profile.

    Without one, and if the profile itself is followed, there is None.
    """
    if profile.verified or any(each.id == profile.id for each in followed):
        return None
    looks = _skeletons(profile.display_name) | _skeletons(profile.handle)
    return next((each for each in followed if looks & _skeletons(each.display_name)), None)


def show_label_release(stored: StoredLabelRelease) -> LabelRelease:
    """Return a release as the members of its label see it."""
    artist = show_named_member(stored.owner_id, stored.username, stored.appearance)
    return copy_fields(
        LabelRelease,
        stored,
        artist=artist,
        artist_name=stored.artist_name or artist.display_name,
        state=_state_of(stored),
    )


def _state_of(stored: StoredLabelRelease) -> LabelReleaseState:
    if stored.visibility is Visibility.PRIVATE:
        is_planned = stored.publish_at is not None
        return LabelReleaseState.SCHEDULED if is_planned else LabelReleaseState.DRAFT
    return LabelReleaseState(stored.visibility)


@lru_cache(_KEPT_SKELETONS)
def _skeletons(name: str) -> frozenset[str]:
    return list_skeletons(name)
