"""The formats in which players get sound, their bit rates, and the ffmpeg commands for them."""

from enum import StrEnum
from pathlib import Path

from msgspec import Struct

from veza.infra.media.audio_targets import (
    AAC_RATES,
    DOWNMIX,
    MP3_RATES,
    OPUS_RATES,
    STEREO,
    choose_rate,
)
from veza.infra.media.commands import input_options
from veza.infra.media.sniff_audio import AudioKind

# A wanted bit rate is rounded down to one of these, in kbit/s, so that results are shared.
BITRATES_KBPS = (48, 64, 96, 128, 160, 192, 256, 320)

_LOSSLESS = {AudioKind.FLAC, AudioKind.WAV, AudioKind.AIFF, AudioKind.M4A}
_SLACK_BYTES = 1 << 20


class StreamTarget(StrEnum):
    """A format for players. `aac` is AAC without a container (ADTS), `m4a` AAC in MP4."""

    MP3 = "mp3"
    OPUS = "opus"
    FLAC = "flac"
    AAC = "aac"
    M4A = "m4a"


class StreamSource(Struct, frozen=True):
    """The properties of a file that is transcoded."""

    kind: AudioKind
    duration_s: float
    sample_rate: int
    channels: int


class StreamOutput(Struct, frozen=True):
    """The sound that is wanted: `kbps` is None for FLAC, and `start_s` is where it begins.

    With `is_copy` the source has this format already, and is only cut or put into a container.
    """

    target: StreamTarget
    kbps: int | None = None
    start_s: int = 0
    is_copy: bool = False


class _Encoding(Struct, frozen=True):
    """The encoder of a target: `rates` are the sample rates that it is used with, None for all.

    Of a format that `grows` each prefix can be played, so that it is sent while it is made.
    """

    kind: AudioKind
    options: tuple[str, ...]
    muxer: tuple[str, ...]
    rates: tuple[int, ...] | None
    default_kbps: int | None
    max_kbps: int = max(BITRATES_KBPS)
    grows: bool = True
    is_stereo: bool = True


_AAC = ("-c:a", "aac")
_ENCODINGS: dict[StreamTarget, _Encoding] = {
    StreamTarget.MP3: _Encoding(
        AudioKind.MP3,
        ("-c:a", "libmp3lame"),
        ("-id3v2_version", "0", "-f", "mp3"),
        MP3_RATES,
        default_kbps=256,
    ),
    StreamTarget.OPUS: _Encoding(
        AudioKind.OPUS,
        ("-c:a", "libopus"),
        ("-f", "opus"),
        OPUS_RATES,
        default_kbps=160,
        max_kbps=256,
    ),
    StreamTarget.FLAC: _Encoding(
        AudioKind.FLAC,
        ("-c:a", "flac", "-compression_level", "5"),
        ("-f", "flac"),
        None,
        default_kbps=None,
        is_stereo=False,
    ),
    StreamTarget.AAC: _Encoding(AudioKind.AAC, _AAC, ("-f", "adts"), AAC_RATES, default_kbps=256),
    StreamTarget.M4A: _Encoding(
        AudioKind.M4A,
        _AAC,
        ("-movflags", "+faststart", "-f", "ipod"),
        AAC_RATES,
        default_kbps=256,
        grows=False,
    ),
}


def kind_of(target: StreamTarget) -> AudioKind:
    """Return the kind of the files of a target."""
    return _ENCODINGS[target].kind


def grows(target: StreamTarget) -> bool:
    """Return whether a file of a target can be played while it is written."""
    return _ENCODINGS[target].grows


def choose_kbps(target: StreamTarget, max_kbps: int) -> int | None:
    """Return the bit rate of a target for a limit, 0 for none; None for a lossless target.

    It is rounded down, and the lowest one is the least.
    """
    encoding = _ENCODINGS[target]
    if encoding.default_kbps is None:
        return None
    wanted = min(max_kbps or encoding.default_kbps, encoding.max_kbps)
    return max((each for each in BITRATES_KBPS if each <= wanted), default=BITRATES_KBPS[0])


def choose_sample_rate(target: StreamTarget, source: StreamSource) -> int:
    """Return the sample rate in Hz in which a source is encoded."""
    return choose_rate(source.sample_rate, _ENCODINGS[target].rates)


def choose_channels(target: StreamTarget, channels: int) -> int:
    """Return the number of channels in which a source is encoded."""
    return min(channels, STEREO) if _ENCODINGS[target].is_stereo else channels


def max_bytes(source: StreamSource, output: StreamOutput) -> int:
    """Return the most that a file may have."""
    length_s = max(0.0, source.duration_s - output.start_s) + 1
    if output.kbps is None:
        sample_bytes = 4 if source.kind in _LOSSLESS else 2
        per_s = 1.1 * sample_bytes * source.sample_rate * source.channels
    else:
        # Variable bit rates are above their mean in some places.
        per_s = 1.5 * output.kbps * 125
    return _SLACK_BYTES + round(per_s * length_s)


def stream_command(
    ffmpeg: Path, path: Path, source: StreamSource, output: StreamOutput, name: str
) -> list[str]:
    """Return the command that writes the sound of a file to the file `name`."""
    encoding = _ENCODINGS[output.target]
    return [
        *input_options(ffmpeg, path, source.kind, start_s=output.start_s),
        *("-map", "0:a:0", "-map_metadata", "-1", "-map_chapters", "-1"),
        *(("-c:a", "copy") if output.is_copy else _encode(source, output, encoding)),
        *encoding.muxer,
        name,
    ]


def _encode(source: StreamSource, output: StreamOutput, encoding: _Encoding) -> list[str]:
    rate = choose_rate(source.sample_rate, encoding.rates)
    # Decoded lossy sound has no more than 16 bits that matter.
    is_short = output.kbps is None and source.kind not in _LOSSLESS
    return [
        *(() if rate == source.sample_rate else ("-ar", str(rate))),
        *(DOWNMIX if encoding.is_stereo and source.channels > STEREO else ()),
        *encoding.options,
        *(("-sample_fmt", "s16") if is_short else ()),
        *(() if output.kbps is None else ("-b:a", f"{output.kbps}k")),
    ]
