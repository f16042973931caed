"""Encoders as streamers have them: ffmpeg sends by RTMP, as fast as it is played."""

import asyncio
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from tests.sounds import ffmpeg_of_the_wheel
from veza.infra.processes.embedded_nginx import find_nginx

needs_nginx = pytest.mark.skipif(
    asyncio.run(find_nginx()) is None,
    reason="needs nginx with its RTMP module: see `make live-setup`",
)

# A tone, and below it a picture that moves. Each second a player may begin.
SOUND = ("-re", "-f", "lavfi", "-i", "sine=1000:sample_rate=44100")
PICTURES = ("-re", "-f", "lavfi", "-i", "testsrc2=size=320x180:rate=15")
AS_AAC = ("-c:a", "aac", "-b:a", "96k", "-ac", "2")
AS_H264 = ("-c:v", "libx264", "-preset", "ultrafast", "-tune", "zerolatency", "-g", "15")
_END_S = 20


class Encoder:
    """One that runs: it can stop, be killed, or fall silent without a word."""

    def __init__(self, process: subprocess.Popen[bytes]) -> None:
        self._process = process

    @property
    def has_ended(self) -> bool:
        return self._process.poll() is not None

    def stop(self) -> None:
        """Say that it is over, and go."""
        self._process.send_signal(signal.SIGINT)
        self._process.wait(_END_S)

    def kill(self) -> None:
        """End without a word of its own; the system closes the connection."""
        self._process.kill()
        self._process.wait()

    def freeze(self) -> None:
        """Send nothing more, and keep the connection, as one does that has lost the line."""
        self._process.send_signal(signal.SIGSTOP)

    def complaints(self) -> str:
        """What it complained of, once it has ended."""
        assert self._process.stderr is not None
        return self._process.stderr.read().decode(errors="replace")


@contextmanager
def encoding(
    url: str, *, seconds: int = 90, has_pictures: bool = True, rate: int = 44_100
) -> Iterator[Encoder]:
    """An encoder that sends for so long, unless somebody ends it; it is gone in the end."""
    command = [str(ffmpeg_of_the_wheel()), "-hide_banner", "-loglevel", "error", "-nostdin"]
    command += [*SOUND, *(PICTURES if has_pictures else ()), "-t", str(seconds), *AS_AAC]
    command += ["-ar", str(rate)]
    command += [*(AS_H264 if has_pictures else ()), "-pix_fmt", "yuv420p", "-f", "flv", url]
    # It complains in a few lines at most, which nobody has to read meanwhile.
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE) as process:
        try:
            yield Encoder(process)
        finally:
            process.kill()


def listen(url: str) -> subprocess.CompletedProcess[bytes]:
    """Try to hear, by RTMP or from a file, a second of what is there; give how that went."""
    command = [str(ffmpeg_of_the_wheel()), "-hide_banner", "-loglevel", "error", "-nostdin"]
    command += ["-i", url, "-t", "1", "-f", "null", "-"]
    return subprocess.run(command, capture_output=True, timeout=60, check=False)
