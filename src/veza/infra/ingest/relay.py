"""Relays what an encoder sends to nginx, by a confined ffmpeg for each encoder.

Sound becomes AAC, which is all that nginx can write; pictures are passed on as they are.
"""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path

from msgspec import Struct

from veza.infra.ingest.limits import MAX_DURATION_S
from veza.infra.media.confined_process import FedProcess, ProcessLimits, feed_confined

# Of all that an encoder may send in its time: decoding and encoding a second takes 20 ms. ffmpeg
# reads up to twice as fast as it is played, so what expands when it is decoded costs no more.
_CPU_SHARE = 0.25
_LIMITS = ProcessLimits(
    cpu_s=round(_CPU_SHARE * MAX_DURATION_S), wall_s=MAX_DURATION_S, file_bytes=0
)
_PACE = ("-readrate", "2", "-readrate_initial_burst", "5")
_SOUND_DECODERS = "mp3float,mp3,mp2,vorbis,opus,flac,aac"
# To know the size of a picture ffmpeg decodes the first.
_PICTURE_DECODERS = "h264"
_SOUND_FILTER = "aformat=sample_rates=44100|48000:channel_layouts=stereo"
_AAC = ("-c:a", "aac", "-b:a", "192k")
_BARE = ("-sn", "-dn", "-map_metadata", "-1", "-map_chapters", "-1")


class RelayTools(Struct, frozen=True):
    """The ffmpeg, the folder in which it runs, and nginx's inner application."""

    ffmpeg: Path
    folder: Path
    target: str


@asynccontextmanager
async def relaying_sound(tools: RelayTools, name: str, demuxer: str) -> AsyncGenerator[FedProcess]:
    """Relay the sound that is written to the process, in the format of a demuxer."""
    source = [
        *("-protocol_whitelist", "pipe", "-format_whitelist", demuxer),
        *("-codec_whitelist", _SOUND_DECODERS, "-max_alloc", str(64 << 20)),
        *("-probesize", "64k", "-analyzeduration", "1000000"),
        *(*_PACE, "-f", demuxer, "-i", "pipe:0"),
    ]
    # Timestamps start again with each title in Ogg, so samples are counted.
    sound = ("-map", "0:a:0", "-vn", "-af", f"asetpts=N/SR/TB,{_SOUND_FILTER}")
    command = [*_start(tools), *source, *sound, *_end(tools, name)]
    async with feed_confined(command, _LIMITS, folder=tools.folder) as process:
        yield process


@asynccontextmanager
async def relaying_srt(
    tools: RelayTools, name: str, *, port: int, passphrase: str
) -> AsyncGenerator[FedProcess]:
    """Relay what one encoder sends by SRT to a port of this machine, encrypted."""
    listener = ("mode=listener", f"passphrase={passphrase}", "listen_timeout=5000000")
    source = [
        *("-protocol_whitelist", "srt", "-format_whitelist", "mpegts"),
        *("-codec_whitelist", f"{_SOUND_DECODERS},{_PICTURE_DECODERS}"),
        *("-max_alloc", str(64 << 20), "-probesize", "1M", "-analyzeduration", "2000000"),
        *(*_PACE, "-f", "mpegts", "-i", f"srt://127.0.0.1:{port}?{'&'.join(listener)}"),
    ]
    pictures = ("-map", "0:v:0?", "-c:v", "copy")
    # Fills gaps, so that sound and pictures stay together.
    sound = ("-map", "0:a:0?", "-af", f"aresample=async=1000,{_SOUND_FILTER}")
    command = [*_start(tools), *source, *pictures, *sound, *_end(tools, name)]
    async with feed_confined(command, _LIMITS, folder=tools.folder) as process:
        yield process


def _start(tools: RelayTools) -> list[str]:
    start = ("-hide_banner", "-nostdin", "-nostats", "-loglevel", "error")
    return [str(tools.ffmpeg), *start, "-threads", "1", "-filter_complex_threads", "1"]


def _end(tools: RelayTools, name: str) -> list[str]:
    output = ("-f", "flv", "-flvflags", "no_duration_filesize", "-flush_packets", "1")
    allowed = ("-protocol_whitelist", "rtmp,tcp", "-rw_timeout", "10000000")
    return [*_AAC, *_BARE, *output, *allowed, f"{tools.target}/{name}"]
