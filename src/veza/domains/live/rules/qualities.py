"""The qualities that a stream is offered in, made of the segments that its ingest writes.

`low` is encoded again, if there is room for it; `sound` is what is sent, without its pictures.
Their playlists name the same segments as that of the ingest, so a player changes at any border.
"""

from collections.abc import Collection, Sequence

from msgspec import Struct

from veza.domains.live.rules import media
from veza.domains.live.rules.media import Quality, QualityPlaylist, QualitySegment
from veza.domains.live.rules.rewinding import ENTRY, RewindWindow

# So many segments may still be encoded; what is older and was not, is replaced by what was sent.
MAX_PENDING = 4

_SOUND_CODEC = "mp4a.40.2"
# The bytes and seconds of an encoded segment, until there are some.
_USUAL_LOW = (8_600, 1.0)


class OfferedMedia(Struct, frozen=True):
    """The measured media of a stream: sizes in bytes of the newest segments, with their seconds.

    `video_codec` is None without pictures; `low` is empty if nothing was encoded.
    """

    sent: Sequence[tuple[int, float]]
    sound: Sequence[tuple[int, float]]
    low: Sequence[tuple[int, float]]
    video_codec: str | None


def write_playlist(sent: str, quality: Quality, made: Collection[int]) -> str | None:
    """Return the playlist of a quality, by that of what is sent; None while it has no segment.

    `made` are the numbers of the segments that were encoded. The last ones may still come, and are
    left out until then; others that are missing are replaced, and never come later.
    """
    text = sent.replace("\r\n", "\n")
    entries = list(ENTRY.finditer(text))
    count = len(entries)
    if quality is Quality.LOW:
        is_made = [int(each["number"]) in made for each in entries]
        while count > max(0, len(entries) - MAX_PENDING) and not is_made[count - 1]:
            count -= 1
    if count == 0:
        return None
    parts = [text[: entries[0].start()].rstrip("\n")]
    for each in entries[:count]:
        number = each["number"]
        is_low = quality is Quality.LOW and int(number) in made
        name = QualitySegment(Quality.LOW if is_low else Quality.SOUND, number).name
        parts.append(each[0].removesuffix(f"{number}.ts") + name)
    return "\n".join([*parts, ""])


def is_late(window: RewindWindow, number: int) -> bool:
    """Return whether a segment was replaced already, or is not in a playlist any more."""
    later = sum(each.number > number for each in window.segments)
    return later >= MAX_PENDING or all(each.number != number for each in window.segments)


def is_low_offered(window: RewindWindow, made: Collection[int]) -> bool:
    """Return whether players are told of the low quality: it was made lately, or soon may be."""
    newest = window.segments[-2 * MAX_PENDING :]
    is_new = len(window.segments) < 2 * MAX_PENDING
    return is_new or any(each.number in made for each in newest)


def write_master(offered: OfferedMedia, *, has_low: bool, is_past: bool) -> str:
    """Return the master playlist (RFC 8216, 4.3.4): what is sent first, then what is smaller."""
    lines = ["#EXTM3U", "#EXT-X-VERSION:3"]
    codecs = [each for each in (offered.video_codec, _SOUND_CODEC) if each]
    name = media.REWIND_PLAYLIST if is_past else media.PLAYLIST
    lines += _variant(name, offered.sent, codecs if offered.sound else codecs[:-1])
    if offered.sound and offered.video_codec is not None:
        sound = QualityPlaylist(Quality.SOUND, is_past).name
        lines += _variant(sound, offered.sound, [_SOUND_CODEC])
    if offered.sound and has_low:
        low = QualityPlaylist(Quality.LOW, is_past).name
        lines += _variant(low, offered.low or [_USUAL_LOW], [_SOUND_CODEC])
    return "\n".join([*lines, ""])


def _variant(name: str, sizes: Sequence[tuple[int, float]], codecs: Sequence[str]) -> list[str]:
    seconds = sum(each for _, each in sizes)
    mean = sum(size for size, _ in sizes) * 8 / seconds
    # The rate of a very short segment isn't representative.
    peak = max(
        [mean, *(size * 8 / each for size, each in sizes if each >= seconds / len(sizes) / 2)]
    )
    rates = f"BANDWIDTH={round(peak)},AVERAGE-BANDWIDTH={round(mean)}"
    named = f',CODECS="{",".join(codecs)}"' if codecs else ""
    return [f"#EXT-X-STREAM-INF:{rates}{named}", name]
