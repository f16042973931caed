"""The ffmpeg commands for audio, and the parsing of their output.

All paths except the source are relative to the working directory, so they need no quoting in
filter graphs and muxer options.
"""

import math
import re
from pathlib import Path

from veza.core.recording_prints import EXCERPT_S, SAMPLE_RATE, SPEEDS
from veza.infra.media import hls
from veza.infra.media.sniff_audio import AudioKind

HLS = "hls"
STREAM = "stream.m4a"
PREVIEW = "preview.mp3"
PRINT = "print"
LADDER = ("128k", "256k")

_PREVIEW_S = 30
_PREVIEW_FADE_S = 2
_SILENT_LUFS = -70.0

_DEMUXERS: dict[AudioKind, str] = {
    AudioKind.MP3: "mp3",
    AudioKind.FLAC: "flac",
    AudioKind.WAV: "wav",
    AudioKind.AIFF: "aiff",
    AudioKind.OGG: "ogg",
    AudioKind.OPUS: "ogg",
    AudioKind.M4A: "mov",
    AudioKind.AAC: "aac",
}
_PCM_FORMATS = ("u8", "s8", "s16le", "s24le", "s32le", "f32le", "f64le", "alaw", "mulaw")
_PCM_FORMATS_BIG_ENDIAN = ("s16be", "s24be", "s32be", "f32be", "f64be")
_DECODERS = (
    *("mp3float", "mp3", "flac", "aac", "alac", "vorbis", "opus"),
    *(f"pcm_{name}" for name in _PCM_FORMATS + _PCM_FORMATS_BIG_ENDIAN),
)

# Timestamps are replaced by a count of samples, as those of the file may have gaps. Loudness and
# peaks are measured with the channels and the sample rate of the source. The output is stereo, at
# 44.1 or 48 kHz, downmixed without clipping. Mono is raised by the 3 dB that the resampler removes,
# and measured as two channels (dualmono).
_GRAPH = (
    "[0:a:0]asetpts=N/SR/TB,{split};"
    "[measured]ebur128=peak=true:framelog=quiet:dualmono=true[loudness];"
    "[drawn]aformat=sample_fmts=s16[pcm];"
    "[heard]volume='if(eq(nb_channels,1),sqrt(2),1)':precision=float,aresample=rematrix_maxval=1,"
    "aformat=sample_fmts=fltp:sample_rates=44100|48000:channel_layouts=stereo,"
)
_SPLIT = "asplit=3[heard][measured][drawn]"
_PRINT_FILTER = f"aformat=sample_fmts=s16:sample_rates={SAMPLE_RATE}:channel_layouts=mono"
_SPLIT_WITH_PRINT = f"asplit=4[heard][measured][drawn][printed];[printed]{_PRINT_FILTER}[print]"
_RENDITIONS = "asplit=2[low][high]"
# The preview of a file that lasts long enough, from 30 s to 60 s.
_RENDITIONS_AND_PREVIEW = (
    f"asplit=3[low][high][cut];[cut]atrim=start={_PREVIEW_S}:duration={_PREVIEW_S},"
    f"asetpts=PTS-STARTPTS,afade=t=out:st={_PREVIEW_S - _PREVIEW_FADE_S}:d={_PREVIEW_FADE_S}"
    "[preview]"
)
_BARE = ("-map_metadata", "-1", "-map_chapters", "-1")
_MP3 = ("-c:a", "libmp3lame", "-b:a", "128k", "-id3v2_version", "0", "-f", "mp3", PREVIEW)

_PRINT_OUTPUT = ("-c:a", "pcm_s16le", "-f", "chromaprint", "-fp_format", "raw", PRINT)

_SUMMARY = "Summary:"
_LOUDNESS = re.compile(r"I: +(\S+) LUFS")
_TRUE_PEAK = re.compile(r"Peak: +(\S+) dBFS")


def lasts_long(duration_s: float) -> bool:
    """Return whether the preview starts at 30 s, because another 30 s follow."""
    return duration_s >= 2 * _PREVIEW_S


def decode_command(
    ffmpeg: Path,
    source: Path,
    *,
    kind: AudioKind,
    with_preview: bool = False,
    with_print: bool = False,
) -> list[str]:
    """Return the command that writes HLS and the stream to files, and PCM (AU) to stdout.

    The higher variant is encoded once and written both as segments and as one file. With
    `with_preview` the preview is written too, of a file that lasts long, and with `with_print` all
    words of its print.
    """
    graph = _GRAPH.format(split=_SPLIT_WITH_PRINT if with_print else _SPLIT)
    graph += _RENDITIONS_AND_PREVIEW if with_preview else _RENDITIONS
    preview = ("-map", "[preview]", *_BARE, *_MP3) if with_preview else ()
    printed = ("-map", "[print]", *_BARE, *_PRINT_OUTPUT) if with_print else ()
    low, high = LADDER
    cut = _hls_options(high)
    slave = ":".join(f"{name}={value}" for name, value in cut.items())
    tee = f"[f=hls:{slave}]{HLS}/{high}/{hls.PLAYLIST}|[f=ipod:movflags=+faststart]{STREAM}"
    segments = [word for name, value in _hls_options(low).items() for word in (f"-{name}", value)]
    return [
        *input_options(ffmpeg, source, kind),
        *("-filter_complex", graph),
        *("-map", "[low]", *_BARE, "-c:a", "aac", "-b:a", low),
        *("-f", "hls", *segments, f"{HLS}/{low}/{hls.PLAYLIST}"),
        *("-map", "[high]", *_BARE, "-c:a", "aac", "-b:a", high, "-f", "tee", tee),
        *preview,
        *printed,
        *("-map", "[loudness]", "-f", "null", "/dev/null"),
        *("-map", "[pcm]", *_BARE, "-c:a", "pcm_s16be", "-f", "au", "pipe:1"),
    ]


def input_options(ffmpeg: Path, source: Path, kind: AudioKind, *, start_s: int = 0) -> list[str]:
    """Return the start of a command that reads the sound of an untrusted file of a kind.

    What is before `start_s` is left out.
    """
    start = ("-ss", str(start_s)) if start_s else ()
    return [
        *_common_options(ffmpeg),
        *("-protocol_whitelist", "file,pipe", "-format_whitelist", _DEMUXERS[kind]),
        *("-codec_whitelist", ",".join(_DECODERS), "-max_alloc", str(256 << 20)),
        *("-vn", "-sn", "-dn", "-f", _DEMUXERS[kind], *start, "-i", f"file:{source}"),
    ]


def print_command(ffmpeg: Path, source: Path, kind: AudioKind) -> list[str]:
    """Return the command that writes all words of the print of an untrusted file."""
    return [
        *input_options(ffmpeg, source, kind),
        *("-map", "0:a:0", *_BARE, "-af", _PRINT_FILTER, *_PRINT_OUTPUT),
    ]


def speeds_command(ffmpeg: Path, start_s: int) -> list[str]:
    """Return the command that writes all words of an excerpt of the stream at all `SPEEDS`.

    The excerpt is played at one speed after the other.
    """
    split = "".join(f"[cut{number}]" for number in range(len(SPEEDS)))
    played = "".join(f"[at{number}]" for number in range(len(SPEEDS)))
    plays = ";".join(
        f"[cut{number}]asetrate={round(SAMPLE_RATE * speed)},aresample={SAMPLE_RATE}[at{number}]"
        for number, speed in enumerate(SPEEDS)
    )
    graph = (
        f"[0:a:0]{_PRINT_FILTER},asplit={len(SPEEDS)}{split};{plays};"
        f"{played}concat=n={len(SPEEDS)}:v=0:a=1[print]"
    )
    return [
        *_common_options(ffmpeg),
        *("-ss", str(start_s), "-t", str(EXCERPT_S), "-i", f"file:{STREAM}"),
        *("-filter_complex", graph, "-map", "[print]", *_BARE, *_PRINT_OUTPUT),
    ]


def preview_command(ffmpeg: Path, duration_s: float) -> list[str]:
    """Return the command that cuts the preview from the stream, with a fade at its end.

    It starts at 30 s if another 30 s follow, otherwise at the start.
    """
    start = _PREVIEW_S if lasts_long(duration_s) else 0
    length = min(_PREVIEW_S, duration_s)
    fade = min(_PREVIEW_FADE_S, length / 2)
    return [
        *_common_options(ffmpeg),
        *("-ss", str(start), "-t", f"{length:.6f}", "-i", f"file:{STREAM}"),
        *("-af", f"afade=t=out:st={length - fade:.6f}:d={fade:.6f}", *_BARE, *_MP3),
    ]


def read_loudness(stderr: str) -> float | None:
    """Return the integrated loudness, or None if the audio is too short or silent."""
    loudness = _find_number(_LOUDNESS, stderr)
    return None if loudness is None or loudness <= _SILENT_LUFS else loudness


def read_true_peak(stderr: str) -> float | None:
    """Return the true peak, or None for digital silence."""
    return _find_number(_TRUE_PEAK, stderr)


def _find_number(pattern: re.Pattern[str], stderr: str) -> float | None:
    """Return a number of the last summary: earlier text may come from a tag of the file."""
    found = pattern.search(stderr[stderr.rfind(_SUMMARY) :])
    number = float(found[1]) if found else math.nan
    return number if math.isfinite(number) else None


def _common_options(ffmpeg: Path) -> list[str]:
    return [
        *(str(ffmpeg), "-hide_banner", "-nostdin", "-nostats", "-y", "-loglevel", "info"),
        *("-threads", "1", "-filter_complex_threads", "1"),
    ]


def _hls_options(name: str) -> dict[str, str]:
    """Return the options of the HLS muxer for a variant."""
    return {
        "hls_time": str(hls.SEGMENT_S),
        "hls_playlist_type": "vod",
        "hls_segment_type": "fmp4",
        "hls_fmp4_init_filename": hls.INIT_SEGMENT,
        "hls_segment_filename": f"{HLS}/{name}/{hls.SEGMENTS}",
    }
