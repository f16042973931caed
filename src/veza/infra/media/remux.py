"""Puts sound and pictures of MPEG-TS into FLV as they are, by a confined ffmpeg, as they come."""

from collections.abc import AsyncGenerator, Set
from contextlib import asynccontextmanager
from pathlib import Path

from veza.infra.media.confined_process import FedProcess, ProcessLimits, feed_confined
from veza.infra.media.ts_packets import AAC, H264, MP3

# What FLV takes, as it is.
FIT_KINDS = frozenset({H264, AAC}) | MP3

# Of a day, which is as long as an encoder may send: a second takes 5 ms.
_LIMITS = ProcessLimits(cpu_s=60 * 60, wall_s=24 * 60 * 60, file_bytes=0)
# Sound doesn't wait longer for pictures, nor they for it, in microseconds.
_LONGEST_WAIT_US = 2_000_000
# To know the size of a picture ffmpeg decodes the first.
_DECODERS = "h264,aac,mp3float,mp3"


@asynccontextmanager
async def remuxing_to_flv(
    ffmpeg: Path, kinds: Set[int], *, folder: Path
) -> AsyncGenerator[FedProcess]:
    """Put the tracks of these kinds, which are written to the process, into FLV, its output."""
    pictures = ("-map", "0:v:0") if H264 in kinds else ()
    sound = ("-map", "0:a:0") if kinds & (MP3 | {AAC}) else ()
    command = [
        *(str(ffmpeg), "-hide_banner", "-nostdin", "-nostats", "-loglevel", "error"),
        *("-threads", "1"),
        *("-protocol_whitelist", "pipe", "-format_whitelist", "mpegts"),
        *("-codec_whitelist", _DECODERS, "-max_alloc", str(64 << 20)),
        *("-probesize", "1M", "-analyzeduration", "1000000", "-f", "mpegts", "-i", "pipe:0"),
        *(*pictures, *sound, "-c", "copy", "-sn", "-dn"),
        *("-map_metadata", "-1", "-map_chapters", "-1"),
        *("-max_interleave_delta", str(_LONGEST_WAIT_US)),
        *("-f", "flv", "-flvflags", "no_duration_filesize", "-flush_packets", "1", "pipe:1"),
    ]
    async with feed_confined(command, _LIMITS, folder=folder, with_output=True) as process:
        yield process
