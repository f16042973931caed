"""The content of a picture."""

from msgspec import Struct


class TrackCard(Struct, frozen=True):
    """What is drawn of a track; `bars` are heights from 0 to 1."""

    title: str
    artist: str
    site: str
    bars: tuple[float, ...]
