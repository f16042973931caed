"""Fragmented MP4 that is written of frames: players decode it, and its frames are the same."""

from pathlib import Path

import numpy as np
import pytest

from tests import sounds
from veza.infra.media.fragment_writer import split_frames, write_head, write_segment
from veza.infra.media.fragments import read_config, read_frames, write_header


@pytest.mark.parametrize(("rate", "channels"), [(44_100, 2), (48_000, 2), (96_000, 1)])
def test_it_is_decoded_as_the_frames_are(tmp_path: Path, rate: int, channels: int) -> None:
    tone = sounds.sine(5, channels=channels, rate=rate)
    source = sounds.write(tmp_path / "tone.aac", tone, rate=rate)
    found = split_frames(source.read_bytes())
    assert found is not None
    config, frames = found
    head = write_head(config)
    cuts = [frames[:100], frames[100:150], frames[150:]]
    samples, segments = 0, []
    for number, each in enumerate(cuts):
        segments.append(write_segment(each, number, samples))
        samples += 1024 * len(each)
    assert read_config(head) == config
    back = [frame for each in segments for frame in read_frames(config, each)]
    assert back == [write_header(config, len(each)) + each for each in frames]
    path = tmp_path / "tone.mp4"
    path.write_bytes(head + b"".join(segments))
    read = [sounds.read(each, rate=rate, channels=channels) for each in (source, path)]
    assert np.array_equal(*read)


def test_what_is_not_of_one_kind_is_left_out(tmp_path: Path) -> None:
    paths = [
        sounds.write(tmp_path / f"{rate}.aac", sounds.sine(1, rate=rate), rate=rate)
        for rate in (44_100, 48_000)
    ]
    one, other = (path.read_bytes() for path in paths)
    assert split_frames(one + other) == split_frames(one)
    assert split_frames(b"") is split_frames(bytes(500)) is None
