"""Peaks against a plain count over all samples."""

import struct
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from veza.infra.media.waveform import PcmReader, PeakMeter


def au(samples: np.ndarray, rate: int = 48_000) -> bytes:
    head = struct.pack(">4s5I", b".snd", 32, 0xFFFF_FFFF, 3, rate, samples.shape[1])
    return head + bytes(8) + samples.astype(">i2").tobytes()


def counted(samples: np.ndarray) -> np.ndarray:
    """The peak of each thousandth, counted the slow way."""
    levels = np.abs(samples.astype(np.int64)).max(axis=1)
    edges = [len(levels) * point // 1000 for point in range(1001)]
    peaks = [levels[start : max(end, start + 1)].max() for start, end in pairwise(edges)]
    return (np.array(peaks) * 65535 + 16384) // 32768


@pytest.mark.long
@given(
    st.integers(1, 9000),
    st.integers(1, 8),
    st.lists(st.integers(1, 5000), min_size=1, max_size=5),
)
@settings(max_examples=60, deadline=None)
def test_the_peaks_are_those_of_a_plain_count_however_the_stream_is_cut(frames, channels, cuts):
    samples = np.random.default_rng(frames).integers(-32768, 32768, (frames, channels))
    data = au(samples)
    reader, at, turn = PcmReader(), 0, 0

    while at < len(data):
        size = cuts[turn % len(cuts)]
        reader.feed(data[at : at + size])
        at, turn = at + size, turn + 1

    assert (reader.sample_rate, reader.channels, reader.frames) == (48_000, channels, frames)
    assert np.array_equal(np.frombuffer(reader.points(), "<u2"), counted(samples))


def test_long_sounds_are_right_to_a_small_part_of_a_point():
    frames = 5_000_003
    levels = np.linspace(0, 32768, frames).astype(np.int32)
    meter = PeakMeter()
    for start in range(0, frames, 300_007):
        meter.feed(levels[start : start + 300_007])

    peaks = np.frombuffer(meter.points(), "<u2") / 65535

    assert np.abs(peaks - np.arange(1, 1001) / 1000).max() < 0.0001


def test_a_single_loud_sample_is_never_lost():
    meter = PeakMeter()
    levels = np.zeros(3_000_000, np.int32)
    levels[1_234_567] = 32768
    for piece in np.array_split(levels, 11):
        meter.feed(piece)

    peaks = np.frombuffer(meter.points(), "<u2")

    assert peaks.nonzero()[0].tolist() == [411]
    assert peaks[411] == 65535


@pytest.mark.parametrize("data", [b"", b".snd", au(np.zeros((0, 2)))])
def test_a_stream_without_samples_is_flat(data):
    reader = PcmReader()
    reader.feed(data)

    assert (reader.frames, reader.duration_s, reader.points()) == (0, 0.0, bytes(2000))
