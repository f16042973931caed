"""The content of a picture."""

from msgspec import Struct


class TrackCard(Struct, frozen=True):
    """The texts and the waveform of a picture; `bars` are heights from 0 to 1."""

    title: str
    artist: str
    site: str
    bars: tuple[float, ...]
