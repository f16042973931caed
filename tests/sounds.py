"""Test sounds, made when they are needed: samples from numpy, files through ffmpeg."""

import subprocess
from pathlib import Path

import imageio_ffmpeg
import numpy as np
from numpy.typing import NDArray

RATE = 44_100

# 1 kHz on two channels with its crests at -23 dBFS is -23 LUFS (EBU Tech 3341, test 1).
# A GIF of header and palette, without any frame.
FRAMELESS_GIF = b"GIF89a" + bytes([1, 0, 1, 0, 0x80, 0, 0]) + bytes([0, 0, 0, 255, 255, 255])
AMPLITUDE_OF_MINUS_23_DBFS = 10 ** (-23 / 20)

_OPTIONS = {
    ".mp3": ["-c:a", "libmp3lame", "-b:a", "192k"],
    ".flac": ["-c:a", "flac"],
    ".wav": ["-c:a", "pcm_s16le"],
    ".aiff": ["-c:a", "pcm_s16be"],
    ".ogg": ["-c:a", "libvorbis", "-q:a", "5"],
    ".opus": ["-c:a", "libopus", "-b:a", "128k"],
    ".m4a": ["-c:a", "aac", "-b:a", "192k"],
    ".aac": ["-c:a", "aac", "-b:a", "192k"],
}
ENDINGS = tuple(_OPTIONS)

type Samples = NDArray[np.float32]


def ffmpeg_of_the_wheel() -> Path:
    return Path(imageio_ffmpeg.get_ffmpeg_exe())


def sine(
    seconds: float, *, hz: float = 1000, amplitude: float = 0.5, channels: int = 2, rate: int = RATE
) -> Samples:
    """The same tone on all channels."""
    time = np.arange(round(seconds * rate)) / rate
    return _on_channels(amplitude * np.sin(2 * np.pi * hz * time), channels)


def minus_23_lufs(seconds: float, *, rate: int = RATE) -> Samples:
    """The tone by which loudness meters are checked."""
    return sine(seconds, amplitude=AMPLITUDE_OF_MINUS_23_DBFS, rate=rate)


def ramp(seconds: float, *, amplitude: float = 1.0, channels: int = 2, rate: int = RATE) -> Samples:
    """A tone that grows in a straight line from nothing to `amplitude`."""
    count = round(seconds * rate)
    growth = np.arange(1, count + 1)[:, None] / count
    return (
        sine(seconds, hz=4000, amplitude=amplitude, channels=channels, rate=rate) * growth
    ).astype(np.float32)


def silence(seconds: float, *, channels: int = 2, rate: int = RATE) -> Samples:
    return np.zeros((round(seconds * rate), channels), np.float32)


def noise(
    seconds: float, *, amplitude: float = 0.3, channels: int = 2, rate: int = RATE
) -> Samples:
    """Noise, the same in every run; no encoder can make it small."""
    shape = (round(seconds * rate), channels)
    return (amplitude * np.random.default_rng(1).uniform(-1, 1, shape)).astype(np.float32)


def click(seconds: float, *, at_s: float, rate: int = RATE) -> Samples:
    """Silence with one short burst."""
    samples = silence(seconds, rate=rate)
    start = round(at_s * rate)
    samples[start : start + 40] = 0.9
    return samples


def write(path: Path, samples: Samples, *options: str, rate: int = RATE) -> Path:
    """Write samples as a file of the kind that its name says; `options` are the encoder's."""
    return run_ffmpeg(
        *("-f", "f32le", "-ar", str(rate), "-ac", str(samples.shape[1]), "-i", "pipe:0"),
        *(*_OPTIONS.get(path.suffix, []), *options, str(path)),
        given=samples.astype("<f4").tobytes(),
        path=path,
    )


def picture(
    path: Path, *options: str, width: int = 640, height: int = 480, look: str = "testsrc2"
) -> Path:
    """Draw a picture of the kind that the name says; `options` are the encoder's."""
    source = f"{look}{':' if '=' in look else '='}s={width}x{height}:d=1"
    return run_ffmpeg(
        *("-f", "lavfi", "-i", source, "-frames:v", "1", "-update", "1", *options, str(path)),
        path=path,
    )


def read(path: Path, *options: str, rate: int = RATE, channels: int = 2) -> Samples:
    """Decode a file; `options` are ffmpeg's, for the input."""
    command = [*options, "-i", str(path), "-f", "f32le", "-ar", str(rate), "-ac", str(channels)]
    output = _ffmpeg(*command, "pipe:1", given=b"")
    return np.frombuffer(output, "<f4").reshape(-1, channels)


def run_ffmpeg(*arguments: str, path: Path, given: bytes = b"") -> Path:
    """Run the wheel's ffmpeg, and give the path of what it has made."""
    _ffmpeg(*arguments, given=given)
    return path


def _ffmpeg(*arguments: str, given: bytes) -> bytes:
    command = [str(ffmpeg_of_the_wheel()), "-hide_banner", "-loglevel", "error", "-y", *arguments]
    return subprocess.run(
        command, input=given, stdout=subprocess.PIPE, check=True, timeout=60
    ).stdout


def _on_channels(wave: NDArray[np.float64], channels: int) -> Samples:
    return np.repeat(wave[:, None], channels, axis=1).astype(np.float32)
