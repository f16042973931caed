"""The formats to which the audio of archives is converted, and the ffmpeg commands for them."""

from enum import StrEnum
from pathlib import Path

from msgspec import Struct

from veza.infra.media.commands import input_options
from veza.infra.media.sniff_audio import AudioKind

PROGRESS = "progress"

STEREO = 2
# Without clipping, as for streams.
DOWNMIX = ("-af", "aresample=rematrix_maxval=1,aformat=channel_layouts=stereo")


class AudioTarget(StrEnum):
    """A format that audio is converted to. `aac` is AAC in an M4A file."""

    FLAC = "flac"
    MP3_V0 = "mp3_v0"
    MP3_320 = "mp3_320"
    AAC = "aac"
    OPUS = "opus"


class SourceAudio(Struct, frozen=True):
    """A file to convert, and the properties that were measured when it was uploaded."""

    path: Path
    kind: AudioKind
    duration_s: float
    sample_rate: int
    channels: int


class _Encoding(Struct, frozen=True):
    """The encoder of a target: `rates` are the sample rates that it is used with, None for all.

    `copied` are the kinds of files that have its codec already. `bytes_per_s` is the most that a
    second of audio takes, except for FLAC, where it depends on the source. With `is_stereo` more
    channels are mixed to two.
    """

    kind: AudioKind
    options: tuple[str, ...]
    copied: frozenset[AudioKind]
    rates: tuple[int, ...] | None
    bytes_per_s: int = 0
    is_stereo: bool = True


MP3_RATES = (32_000, 44_100, 48_000)
AAC_RATES = (22_050, 32_000, 44_100, 48_000, 88_200, 96_000)
OPUS_RATES = (48_000,)
_MP3_OPTIONS = ("-c:a", "libmp3lame", "-id3v2_version", "0", "-f", "mp3")
_ENCODINGS: dict[AudioTarget, _Encoding] = {
    AudioTarget.FLAC: _Encoding(
        kind=AudioKind.FLAC,
        options=("-c:a", "flac", "-compression_level", "5", "-f", "flac"),
        copied=frozenset({AudioKind.FLAC}),
        rates=None,
        is_stereo=False,
    ),
    AudioTarget.MP3_V0: _Encoding(
        kind=AudioKind.MP3,
        options=("-q:a", "0", *_MP3_OPTIONS),
        copied=frozenset({AudioKind.MP3}),
        rates=MP3_RATES,
        bytes_per_s=40_000,
    ),
    AudioTarget.MP3_320: _Encoding(
        kind=AudioKind.MP3,
        options=("-b:a", "320k", *_MP3_OPTIONS),
        copied=frozenset({AudioKind.MP3}),
        rates=MP3_RATES,
        bytes_per_s=40_000,
    ),
    AudioTarget.AAC: _Encoding(
        kind=AudioKind.M4A,
        options=("-c:a", "aac", "-b:a", "256k", "-movflags", "+faststart", "-f", "ipod"),
        copied=frozenset({AudioKind.AAC, AudioKind.M4A}),
        rates=AAC_RATES,
        bytes_per_s=72_000,
    ),
    AudioTarget.OPUS: _Encoding(
        kind=AudioKind.OPUS,
        options=("-c:a", "libopus", "-b:a", "160k", "-f", "opus"),
        copied=frozenset({AudioKind.OPUS}),
        rates=OPUS_RATES,
        bytes_per_s=64_000,
    ),
}
# Files of these kinds are copied without ffmpeg: only their tags change.
_COPIED_AS_THEY_ARE = {AudioKind.FLAC, AudioKind.MP3, AudioKind.OPUS}
# Lets ffmpeg fail for other codecs than AAC, such as ALAC, and converts raw AAC for M4A.
_COPY_AAC = ("-c:a", "copy", "-bsf:a", "aac_adtstoasc", "-movflags", "+faststart", "-f", "ipod")


def kind_of(target: AudioTarget) -> AudioKind:
    """Return the kind of the files of a target."""
    return _ENCODINGS[target].kind


def is_copied(kind: AudioKind, target: AudioTarget) -> bool:
    """Return whether a file has the codec and the container of a target already."""
    return kind in _COPIED_AS_THEY_ARE and kind in _ENCODINGS[target].copied


def may_have_codec(kind: AudioKind, target: AudioTarget) -> bool:
    """Return whether a file may have the codec of a target, in another container."""
    return kind in _ENCODINGS[target].copied


def max_bytes(source: SourceAudio, target: AudioTarget) -> int:
    """Return the most that a converted file may have: for FLAC the size of 32-bit samples."""
    per_s = _ENCODINGS[target].bytes_per_s or 4 * source.sample_rate * source.channels
    return (8 << 20) + round(per_s * (source.duration_s + 1))


def copy_command(ffmpeg: Path, source: SourceAudio, output: str) -> list[str]:
    """Return the command that writes the AAC of a file to M4A, and fails for another codec."""
    return [*_input(ffmpeg, source), *_COPY_AAC, output]


def encode_command(
    ffmpeg: Path, source: SourceAudio, target: AudioTarget, output: str
) -> list[str]:
    """Return the command that encodes a file; its progress is written to the file `PROGRESS`."""
    encoding = _ENCODINGS[target]
    rate = choose_rate(source.sample_rate, encoding.rates)
    resampled = () if rate == source.sample_rate else ("-ar", str(rate))
    mixed = DOWNMIX if encoding.is_stereo and source.channels > STEREO else ()
    progress = ("-progress", f"file:{PROGRESS}")
    return [*_input(ffmpeg, source), *progress, *resampled, *mixed, *encoding.options, output]


def _input(ffmpeg: Path, source: SourceAudio) -> list[str]:
    return [
        *input_options(ffmpeg, source.path, source.kind),
        *("-map", "0:a:0", "-map_metadata", "-1", "-map_chapters", "-1"),
    ]


def choose_rate(rate: int, allowed: tuple[int, ...] | None) -> int:
    """Return the sample rate to encode with: that of the source if the target can carry it.

    Otherwise the highest one that divides it, else the lowest above it, else the highest.
    """
    if allowed is None or rate in allowed:
        return rate
    whole = [each for each in allowed if rate % each == 0]
    above = [each for each in allowed if each > rate]
    return max(whole, default=min(above, default=max(allowed)))
