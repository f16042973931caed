"""Reads the sound of streams on air from the segments that the ingest writes. It blocks.

Each segment is read once for all stations that it is heard on.
"""

import re
import threading
from collections import OrderedDict
from collections.abc import Sequence
from pathlib import Path

from msgspec import Struct

from veza.domains.stations.models.rotations import SECOND
from veza.domains.stations.models.takeovers import Takeover
from veza.domains.stations.service.clock import present
from veza.infra.media.adts import extract_aac
from veza.infra.media.fragment_writer import split_frames
from veza.infra.media.fragments import AacConfig

_PLAYLIST = "index.m3u8"
_NAME = re.compile(r"^([0-9]{1,18})\.ts$", re.MULTILINE)
_MAX_SEGMENT_BYTES = 32 * 1024 * 1024
_MAX_KEPT = 256
# An encoder may send as much sound as it likes.
_MAX_KEPT_BYTES = 64 * 1024 * 1024
# An encoder that sends nothing for so long does not begin.
_FRESH = 4 * SECOND

type _Sound = tuple[AacConfig, list[bytes]] | None


class SoundChanged(Exception):
    """The encoder sends another kind of sound than before."""


class LivePosition(Struct, frozen=True):
    """The latest segment of a stream, and its kind of sound."""

    number: int
    config: AacConfig


class LiveFrames(Struct, frozen=True):
    """Frames, the segment that has the last one, and how many of that segment were taken."""

    frames: Sequence[bytes]
    number: int
    taken: int


def config_of(takeover: Takeover) -> AacConfig:
    """Return the kind of sound of a takeover."""
    return AacConfig(takeover.object_type, takeover.rate_index, takeover.channels)


class LiveSound:
    """The sound of the last segments that this process has read; `folder` is that of the ingest."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._kept: OrderedDict[Path, _Sound] = OrderedDict()
        self._bytes = 0
        self._lock = threading.Lock()

    def find_newest(self, media: str) -> LivePosition | None:
        """Return the place at which a stream begins; None if this machine has none of its sound."""
        numbers = self._list_numbers(media)
        if not numbers:
            return None
        path = self._path(media, numbers[-1])
        try:
            is_fresh = present() - path.stat().st_mtime * SECOND < _FRESH
        except OSError:
            return None
        sound = self._read(path) if is_fresh else None
        return None if sound is None else LivePosition(numbers[-1], sound[0])

    def collect(self, media: str, takeover: Takeover, count: int) -> LiveFrames | None:
        """Return the next frames for a takeover; None while they are not all there.

        Raises SoundChanged.
        """
        frames: list[bytes] = []
        for number in self._list_numbers(media):
            if number < takeover.media_segment:
                continue
            sound = self._read(self._path(media, number))
            if sound is None:
                continue
            config, found = sound
            if config != config_of(takeover):
                raise SoundChanged
            skipped = takeover.media_frames if number == takeover.media_segment else 0
            taken = found[skipped : skipped + count - len(frames)]
            frames += taken
            if len(frames) == count:
                return LiveFrames(frames, number, skipped + len(taken))
        return None

    def _list_numbers(self, media: str) -> list[int]:
        """Return the numbers of the segments that are written whole."""
        try:
            text = (self._folder / media / _PLAYLIST).read_text(errors="replace")
        except OSError:
            return []
        return sorted(int(number) for number in _NAME.findall(text.replace("\r", "")))

    def _path(self, media: str, number: int) -> Path:
        return self._folder / media / f"{number}.ts"

    def _read(self, path: Path) -> _Sound:
        with self._lock:
            if path in self._kept:
                return self._kept[path]
            try:
                is_small = path.stat().st_size <= _MAX_SEGMENT_BYTES
                content = path.read_bytes() if is_small else b""
            except OSError:
                # The ingest has deleted it.
                return None
            sound = split_frames(extract_aac(content))
            self._kept[path] = sound
            self._bytes += _size_of(sound)
            while len(self._kept) > _MAX_KEPT or self._bytes > _MAX_KEPT_BYTES:
                self._bytes -= _size_of(self._kept.popitem(last=False)[1])
            return sound


def _size_of(sound: _Sound) -> int:
    return 0 if sound is None else sum(map(len, sound[1]))
