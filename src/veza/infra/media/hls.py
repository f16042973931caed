"""Completes the HLS output of ffmpeg with a master playlist."""

import re
from collections.abc import Sequence
from pathlib import Path

from msgspec import Struct

MASTER = "master.m3u8"
PLAYLIST = "index.m3u8"
INIT_SEGMENT = "init.mp4"
SEGMENTS = "s%03d.m4s"
SEGMENT_S = 6

# AAC-LC in the notation of RFC 6381.
_CODECS = "mp4a.40.2"
_SEGMENT = re.compile(r"^#EXTINF:([0-9.]+),\n(?:#(?!EXTINF).*\n)*([^#\n]+)$", re.MULTILINE)


class HlsVariant(Struct, frozen=True):
    """A variant; bit rates are measured, in bit/s."""

    name: str
    peak_bitrate: int
    mean_bitrate: int


def finish_hls(folder: Path, names: Sequence[str]) -> None:
    """Measure the variants in `folder` and write the master playlist."""
    variants = [_measured(folder / name) for name in names]
    (folder / MASTER).write_text(master_playlist(variants))


def master_playlist(variants: Sequence[HlsVariant]) -> str:
    """Return the master playlist (RFC 8216, 4.3.4)."""
    lines = ["#EXTM3U", "#EXT-X-VERSION:7", "#EXT-X-INDEPENDENT-SEGMENTS"]
    for variant in variants:
        rates = f"BANDWIDTH={variant.peak_bitrate},AVERAGE-BANDWIDTH={variant.mean_bitrate}"
        lines += [f'#EXT-X-STREAM-INF:{rates},CODECS="{_CODECS}"', f"{variant.name}/{PLAYLIST}"]
    return "\n".join([*lines, ""])


def read_lengths(playlist: str) -> list[int]:
    """Return the lengths of the segments of a playlist in microseconds."""
    return [round(float(seconds) * 1_000_000) for seconds, _ in _SEGMENT.findall(playlist)]


def _measured(folder: Path) -> HlsVariant:
    """Measure the segments of a playlist, and fix its target duration."""
    playlist = folder / PLAYLIST
    text = playlist.read_text()
    # ffmpeg rounds the target of audio under half a second to 0, which players reject.
    playlist.write_text(text.replace("#EXT-X-TARGETDURATION:0\n", "#EXT-X-TARGETDURATION:1\n"))
    segments = [
        (float(s), 8 * (folder / name).stat().st_size) for s, name in _SEGMENT.findall(text)
    ]
    mean = sum(bits for _, bits in segments) / sum(seconds for seconds, _ in segments)
    # The rate of a short last segment isn't representative.
    rates = [bits / seconds for seconds, bits in segments if seconds >= SEGMENT_S / 2]
    peak = max([mean, *rates])
    return HlsVariant(name=folder.name, peak_bitrate=round(peak), mean_bitrate=round(mean))
