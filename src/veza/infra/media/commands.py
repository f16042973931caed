"""The commands that ffmpeg is run with on audio, and what is read from its words.

All paths but the source's are relative to the folder that it runs in, so that no path of ours
needs quoting in ffmpeg's little languages.
"""

import math
import re
from pathlib import Path

from veza.infra.media import hls
from veza.infra.media.sniff_audio import AudioKind

HLS, STREAM, PREVIEW = "hls", "stream.m4a", "preview.mp3"
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
_PCM_FORMS = ("u8", "s8", "s16le", "s24le", "s32le", "f32le", "f64le", "alaw", "mulaw")
_PCM_FORMS_BIG = ("s16be", "s24be", "s32be", "f32be", "f64be")
_DECODERS = (
    *("mp3float", "mp3", "flac", "aac", "alac", "vorbis", "opus"),
    *(f"pcm_{form}" for form in _PCM_FORMS + _PCM_FORMS_BIG),
)

# Time is counted anew by samples, so that no hole or leap in the file's own times gets through.
# Loudness and peaks are those of the source itself: its own channels, its own sample rate.
# What is heard always has two channels. More become two without clipping; one is put on both
# loudspeakers as loud as it is (the resampler takes 3 dB off, so they are added before), and
# measured so too (dualmono). Rates of 44.1 and 48 kHz stay, others become the nearer of the two.
_GRAPH = (
    "[0:a:0]asetpts=N/SR/TB,asplit=3[heard][measured][drawn];"
    "[measured]ebur128=peak=true:framelog=quiet:dualmono=true[loudness];"
    "[drawn]aformat=sample_fmts=s16[pcm];"
    "[heard]volume='if(eq(nb_channels,1),sqrt(2),1)':precision=float,aresample=rematrix_maxval=1,"
    "aformat=sample_fmts=fltp:sample_rates=44100|48000:channel_layouts=stereo,"
    "asplit=2[low][high]"
)
_BARE = ("-map_metadata", "-1", "-map_chapters", "-1")

_SUMMARY = "Summary:"
_LOUDNESS = re.compile(r"I: +(\S+) LUFS")
_TRUE_PEAK = re.compile(r"Peak: +(\S+) dBFS")


def decode_command(ffmpeg: Path, source: Path, *, kind: AudioKind) -> list[str]:
    """Decode once: the ladder and the plain stream into files, PCM with an AU header to stdout.

    The higher rung is encoded once and written twice, as segments and as one file.
    """
    low, high = LADDER
    cut = _hls_options(high)
    slave = ":".join(f"{name}={value}" for name, value in cut.items())
    tee = f"[f=hls:{slave}]{HLS}/{high}/{hls.PLAYLIST}|[f=ipod:movflags=+faststart]{STREAM}"
    segments = [word for name, value in _hls_options(low).items() for word in (f"-{name}", value)]
    return [
        *_opening(ffmpeg),
        *("-protocol_whitelist", "file,pipe", "-format_whitelist", _DEMUXERS[kind]),
        *("-codec_whitelist", ",".join(_DECODERS), "-max_alloc", str(256 << 20)),
        *("-vn", "-sn", "-dn", "-f", _DEMUXERS[kind], "-i", f"file:{source}"),
        *("-filter_complex", _GRAPH),
        *("-map", "[low]", *_BARE, "-c:a", "aac", "-b:a", low),
        *("-f", "hls", *segments, f"{HLS}/{low}/{hls.PLAYLIST}"),
        *("-map", "[high]", *_BARE, "-c:a", "aac", "-b:a", high, "-f", "tee", tee),
        *("-map", "[loudness]", "-f", "null", "/dev/null"),
        *("-map", "[pcm]", *_BARE, "-c:a", "pcm_s16be", "-f", "au", "pipe:1"),
    ]


def preview_command(ffmpeg: Path, duration_s: float) -> list[str]:
    """Cut the preview out of the plain stream, whose exact length is known by then.

    It is taken from 30 s on where 30 s follow, else from the start, and fades at its true end.
    """
    start = _PREVIEW_S if duration_s >= 2 * _PREVIEW_S else 0
    length = min(_PREVIEW_S, duration_s)
    fade = min(_PREVIEW_FADE_S, length / 2)
    return [
        *_opening(ffmpeg),
        *("-ss", str(start), "-t", f"{length:.6f}", "-i", f"file:{STREAM}"),
        *("-af", f"afade=t=out:st={length - fade:.6f}:d={fade:.6f}", *_BARE),
        *("-c:a", "libmp3lame", "-b:a", "128k", "-id3v2_version", "0", "-f", "mp3", PREVIEW),
    ]


def read_loudness(words: str) -> float | None:
    """Read the integrated loudness, None where nothing was loud or long enough to be measured."""
    loudness = _last(_LOUDNESS, words)
    return None if loudness is None or loudness <= _SILENT_LUFS else loudness


def read_true_peak(words: str) -> float | None:
    """Read the true peak, None for digital silence."""
    return _last(_TRUE_PEAK, words)


def _last(pattern: re.Pattern[str], words: str) -> float | None:
    """Find a figure in the filter's summary: the last one, for the words before may be a tag's."""
    found = pattern.search(words[words.rfind(_SUMMARY) :])
    figure = float(found[1]) if found else math.nan
    return figure if math.isfinite(figure) else None


def _opening(ffmpeg: Path) -> list[str]:
    return [
        *(str(ffmpeg), "-hide_banner", "-nostdin", "-nostats", "-y", "-loglevel", "info"),
        *("-threads", "1", "-filter_complex_threads", "1"),
    ]


def _hls_options(name: str) -> dict[str, str]:
    """How a rung of the ladder is cut into segments."""
    return {
        "hls_time": str(hls.SEGMENT_S),
        "hls_playlist_type": "vod",
        "hls_segment_type": "fmp4",
        "hls_fmp4_init_filename": hls.INIT_SEGMENT,
        "hls_segment_filename": f"{HLS}/{name}/{hls.SEGMENTS}",
    }
