"""Encodes the sound of a stream again, at a low bit rate, in segments with the same borders.

One confined ffmpeg for each stream gets the sound of the segments in order, as MPEG-TS, and gives
frames with their timestamps, which say of which segment each one is.
"""

import asyncio
from collections import deque
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path

from msgspec import Struct

from veza.infra.media.adts import SegmentSound, read_timestamp, stamp_ticks, without_pes_header
from veza.infra.media.confined_process import (
    FedProcess,
    ProcessFailure,
    ProcessLimits,
    feed_confined,
)
from veza.infra.media.ts_packets import PACKET_BYTES, begins_unit, read_payload, read_pid

BITRATE = 64_000

# Encoding a second takes 20 ms. What is sent faster than it is played is read at twice that speed.
_LIMITS = ProcessLimits(cpu_s=6 * 3600, wall_s=0, file_bytes=0, memory_bytes=1 << 30)
_PACE = ("-readrate", "2", "-readrate_initial_burst", "10")
_WRITE_TIMEOUT_S = 5.0
_READ_BYTES = 64 * 1024
# That of the only track that ffmpeg writes.
_SOUND_PID = 0x100
_WRAP = 1 << 33
# Frames are 1,024 samples long; a frame belongs to the segment in which most of it is heard.
_TOLERANCE = 900
_MAX_SEGMENT_BYTES = 4 << 20


class LowSegment(Struct, frozen=True):
    """A segment of packed audio with the number of the one that it was made of."""

    number: int
    content: bytes


def low_sound_command(ffmpeg: Path) -> list[str]:
    """Return the command that reads MPEG-TS from stdin and writes it to stdout, as AAC-LC."""
    return [
        *(str(ffmpeg), "-hide_banner", "-nostdin", "-nostats", "-loglevel", "error"),
        *("-threads", "1", "-filter_complex_threads", "1"),
        *("-protocol_whitelist", "pipe", "-format_whitelist", "mpegts"),
        *("-codec_whitelist", "aac", "-max_alloc", str(64 << 20)),
        *("-probesize", "32k", "-analyzeduration", "200000"),
        *(*_PACE, "-copyts", "-f", "mpegts", "-i", "pipe:0"),
        *("-map", "0:a:0", "-af", "aformat=channel_layouts=stereo|mono"),
        *("-c:a", "aac", "-b:a", str(BITRATE), "-map_metadata", "-1"),
        *("-f", "mpegts", "-muxdelay", "0", "-muxpreload", "0", "-mpegts_copyts", "1"),
        *("-avoid_negative_ts", "disabled", "-flush_packets", "1"),
        *("-protocol_whitelist", "pipe", "pipe:1"),
    ]


def elapsed(since: int, until: int) -> int:
    """Return the time from one timestamp to another, which is negative if that is earlier."""
    return (until - since + _WRAP // 2) % _WRAP - _WRAP // 2


class FrameSorter:
    """Sorts the frames that ffmpeg writes into segments, by where each segment begins."""

    def __init__(self) -> None:
        self._rest = b""
        self._borders: deque[tuple[int, int]] = deque()
        self._frame = bytearray()
        self._frame_at: int | None = None
        self._start: int | None = None
        self._content = bytearray()

    def expect(self, number: int, start: int) -> None:
        """Expect the frames of a segment that begins at a timestamp, after those before it."""
        self._borders.append((number, start))

    def read(self, data: bytes) -> list[LowSegment]:
        """Return the segments that are complete after some more of the output."""
        data = self._rest + data
        whole = len(data) - len(data) % PACKET_BYTES
        self._rest = data[whole:]
        done: list[LowSegment] = []
        for at in range(0, whole, PACKET_BYTES):
            if read_pid(data, at) != _SOUND_PID:
                continue
            payload = read_payload(data, at)
            if begins_unit(data, at):
                done += self._sort()
                self._frame_at = read_timestamp(payload)
                payload = without_pes_header(payload)
            self._frame += payload
        return done

    def finish(self) -> list[LowSegment]:
        """Return the last segment, after the end of the output."""
        done = self._sort()
        if self._borders and self._content:
            done.append(self._complete())
        return done

    def _sort(self) -> list[LowSegment]:
        """Add the frame that is complete now; return the segments that ended before it."""
        frame, at = bytes(self._frame), self._frame_at
        self._frame.clear()
        done: list[LowSegment] = []
        if at is None or not frame or not self._borders:
            return done
        while len(self._borders) > 1 and elapsed(self._borders[1][1], at) >= -_TOLERANCE:
            if self._content:
                done.append(self._complete())
            else:
                self._borders.popleft()
        # ffmpeg begins with a frame of silence before the sound.
        if elapsed(self._borders[0][1], at) < -_TOLERANCE:
            return done
        if self._start is None:
            self._start = at
        if len(self._content) < _MAX_SEGMENT_BYTES:
            self._content += frame
        return done

    def _complete(self) -> LowSegment:
        number, start = self._borders.popleft()
        content = stamp_ticks(bytes(self._content), start if self._start is None else self._start)
        self._content.clear()
        self._start = None
        return LowSegment(number, content)


class LowSoundEncoder:
    """An ffmpeg that runs. Raises ProcessFailure where it has ended, or does not go on."""

    def __init__(self, process: FedProcess) -> None:
        self._process = process
        self._sorter = FrameSorter()
        self._done: list[LowSegment] = []
        self._reading = asyncio.create_task(self._read())

    async def encode(self, number: int, sound: SegmentSound) -> None:
        """Encode the next segment, whose sound begins at `sound.start`."""
        assert sound.start is not None
        if self._reading.done():
            raise ProcessFailure("ffmpeg has ended.")
        self._sorter.expect(number, sound.start)
        try:
            async with asyncio.timeout(_WRITE_TIMEOUT_S):
                await self._process.write(sound.packets)
        except TimeoutError as error:
            raise ProcessFailure("ffmpeg does not read.") from error

    def take(self) -> list[LowSegment]:
        """Return the segments that are complete, once."""
        done, self._done = self._done, []
        return done

    async def finish(self) -> list[LowSegment]:
        """Return the rest, after the last segment."""
        try:
            async with asyncio.timeout(_WRITE_TIMEOUT_S):
                await self._process.finish()
                await self._reading
        except TimeoutError as error:
            raise ProcessFailure("ffmpeg does not end.") from error
        return [*self.take(), *self._sorter.finish()]

    async def close(self) -> None:
        """End reading."""
        self._reading.cancel()
        await asyncio.wait([self._reading])

    async def _read(self) -> None:
        while data := await self._process.output.read(_READ_BYTES):
            self._done += self._sorter.read(data)


@asynccontextmanager
async def encoding_low(ffmpeg: Path, folder: Path) -> AsyncGenerator[LowSoundEncoder]:
    """Run an encoder, which is killed at the end."""
    command = low_sound_command(ffmpeg)
    async with feed_confined(command, _LIMITS, folder=folder, with_output=True) as process:
        encoder = LowSoundEncoder(process)
        try:
            yield encoder
        finally:
            await encoder.close()
