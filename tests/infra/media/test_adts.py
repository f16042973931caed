"""The sound of segments is taken out as it was sent, and cut where a frame begins."""

from collections.abc import Sequence
from pathlib import Path

import pytest

from tests import sounds
from veza.infra.media.adts import cut_frames, extract_aac, list_frames, measure_us, stamp

SECOND = 1_000_000


@pytest.fixture(scope="module")
def segments(tmp_path_factory: pytest.TempPathFactory) -> Sequence[bytes]:
    """Three seconds of pictures and sound, as an ingest writes them."""
    folder = tmp_path_factory.mktemp("segments")
    sounds.run_ffmpeg(
        *("-f", "lavfi", "-i", "sine=1000:sample_rate=44100:duration=3"),
        *("-f", "lavfi", "-i", "testsrc2=size=64x64:rate=10:duration=3"),
        *("-c:a", "aac", "-c:v", "libx264", "-g", "10", "-pix_fmt", "yuv420p"),
        *("-f", "segment", "-segment_time", "1", "-segment_format", "mpegts"),
        str(folder / "%03d.ts"),
        path=folder,
    )
    return [path.read_bytes() for path in sorted(folder.iterdir())]


def test_segments_become_one_sound(segments: Sequence[bytes], tmp_path: Path):
    found = [extract_aac(each) for each in segments]
    assert len(segments) >= 3
    whole = b"".join(found)
    assert measure_us(whole) == pytest.approx(3 * SECOND, abs=SECOND // 20)
    assert sum(map(measure_us, found)) == pytest.approx(measure_us(whole), abs=3)
    assert sum(frame.size for frame in list_frames(whole)) == len(whole)
    path = tmp_path / "whole.aac"
    path.write_bytes(whole)
    heard = sounds.read(path)
    assert len(heard) / sounds.RATE == pytest.approx(3, abs=0.1)
    # No frame is missing at the borders of segments: the tone never falls silent.
    loudness = abs(heard[4096:-4096]).reshape(-1, heard.shape[1])[: 2 * sounds.RATE]
    assert loudness.reshape(-1, 441, heard.shape[1]).max(axis=1).min() > 0.05


def test_frames_are_cut_by_time(segments: Sequence[bytes]):
    whole = b"".join(map(extract_aac, segments))
    middle = cut_frames(whole, SECOND, 2 * SECOND)
    assert measure_us(middle) == pytest.approx(SECOND, abs=25_000)
    assert middle in whole
    before, after = cut_frames(whole, 0, SECOND), cut_frames(whole, 2 * SECOND, 9 * SECOND)
    assert before + middle + after == whole
    assert cut_frames(whole, -5, 9 * SECOND) == whole
    assert cut_frames(whole, 8 * SECOND, 9 * SECOND) == b""


def test_what_is_broken_gives_nothing_or_what_is_left(segments: Sequence[bytes]):
    segment = segments[0]
    for broken in (b"", b"\x47", b"\x47" * 188, b"\xff" * 5000, segment[:187], segment[1:]):
        assert extract_aac(broken) == b""
    for cut in range(0, len(segment), 977):
        assert extract_aac(segment).startswith(extract_aac(segment[:cut]))
    for at in range(3 * 188):
        # No length that is read in a table or a header leads anywhere.
        extract_aac(segment[:at] + b"\xff" + segment[at + 1 :])
        extract_aac(segment[:at] + b"\x00" + segment[at + 1 :])
    assert measure_us(b"\xff\xf1\x50\x80\x00\x1f\xfc") == 0


def test_a_segment_says_when_it_begins():
    made = stamp(b"frames", SECOND)
    assert made.endswith(b"frames")
    assert made[:3] == b"ID3"
    assert int.from_bytes(made[-14:-6]) == 90_000
    assert int.from_bytes(stamp(b"", 2**33 * 100 // 9 + 12)[-8:]) < 2
