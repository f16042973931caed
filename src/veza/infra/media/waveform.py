"""Measures the length and the waveform peaks of a PCM stream."""

import struct

import numpy as np
from numpy.typing import NDArray

POINTS = 1000

# Half to all of this number are kept: memory is constant, and the edges of points are accurate to
# 1/65 of a point.
_MAXIMA_KEPT = 1 << 17
_AU_HEADER = struct.Struct(">4s5I")
_AU_PCM_16 = 3

type Levels = NDArray[np.int32]


class PeakMeter:
    """Keeps the largest absolute sample of each block; blocks grow with the stream."""

    def __init__(self) -> None:
        self._block = 1
        self._maxima: Levels = np.zeros(0, np.int32)
        self._rest: Levels = np.zeros(0, np.int32)

    def feed(self, levels: Levels) -> None:
        """Process the next samples: absolute values of 0 to 32,768."""
        levels = np.concatenate((self._rest, levels))
        whole = len(levels) // self._block * self._block
        blocks = levels[:whole].reshape(-1, self._block).max(axis=1)
        self._rest = levels[whole:]
        self._maxima = np.concatenate((self._maxima, blocks))
        while len(self._maxima) > _MAXIMA_KEPT:
            self._halve()

    def points(self) -> bytes:
        """Return the peak of each thousandth of the samples, as little-endian uint16."""
        maxima = self._maxima
        count = len(self._maxima) * self._block + len(self._rest)
        if count == 0:
            return bytes(2 * POINTS)
        if len(self._rest):
            maxima = np.append(maxima, self._rest.max())
        starts = np.arange(POINTS, dtype=np.int64) * count // POINTS // self._block
        peaks = np.maximum.reduceat(maxima, starts).astype(np.int64)
        return ((peaks * 65535 + 16384) // 32768).astype("<u2").tobytes()

    def _halve(self) -> None:
        """Merge pairs of blocks; an odd last one returns to the rest."""
        if len(self._maxima) % 2:
            last = np.full(self._block, self._maxima[-1], np.int32)
            self._rest = np.concatenate((last, self._rest))
        pairs = len(self._maxima) // 2
        self._maxima = self._maxima[: 2 * pairs].reshape(-1, 2).max(axis=1)
        self._block *= 2


class PcmReader:
    """Reads a stream in the AU format with 16 bits: a header with rate and channels, then PCM.

    The header tells what ffmpeg actually outputs, without parsing its log.
    """

    def __init__(self) -> None:
        self.sample_rate = 0
        self.channels = 0
        self.frames = 0
        self._meter = PeakMeter()
        self._pending = b""

    def feed(self, piece: bytes) -> None:
        """Process the next bytes."""
        data = self._pending + piece
        if not self.channels:
            data = self._read_header(data)
        if not self.channels:
            self._pending = data
            return
        whole = len(data) // (2 * self.channels)
        self._pending = data[2 * self.channels * whole :]
        self.frames += whole
        samples = np.frombuffer(data, ">i2", count=whole * self.channels)
        self._meter.feed(_loudest(samples.reshape(whole, self.channels)))

    @property
    def duration_s(self) -> float:
        """The duration so far in seconds."""
        return self.frames / self.sample_rate if self.sample_rate else 0.0

    def points(self) -> bytes:
        """Return the peaks so far, as `PeakMeter.points` does."""
        return self._meter.points()

    def _read_header(self, data: bytes) -> bytes:
        """Parse the header and return the rest; return all data while it is incomplete."""
        if len(data) < _AU_HEADER.size:
            return data
        word, offset, _, encoding, sample_rate, channels = _AU_HEADER.unpack_from(data)
        assert (word, encoding) == (b".snd", _AU_PCM_16)
        if len(data) < offset:
            return data
        self.sample_rate, self.channels = sample_rate, channels
        return data[offset:]


def _loudest(samples: NDArray[np.int16]) -> Levels:
    """Return the largest absolute value of all channels for each frame."""
    levels = np.abs(samples[:, 0].astype(np.int32))
    # A reduction over such a short axis would take ten times as long.
    for channel in range(1, samples.shape[1]):
        np.maximum(levels, np.abs(samples[:, channel].astype(np.int32)), out=levels)
    return levels
