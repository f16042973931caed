"""AAC is taken out of fragmented MP4 as it is: what is heard of it stays the same."""

import random
from pathlib import Path

import pytest

from tests import sounds
from veza.infra.media.adts import list_frames, measure_us
from veza.infra.media.fragments import AacConfig, NoAac, read_config, read_frames


def cut(folder: Path, *, rate: int = 44_100, channels: int = 2) -> tuple[bytes, list[bytes]]:
    """Return the initial segment and the others of 13 seconds, as they are stored."""
    sounds.run_ffmpeg(
        *("-f", "lavfi", "-i", f"sine=1000:sample_rate={rate}:duration=13", "-ac", str(channels)),
        *("-c:a", "aac", "-b:a", "128k", "-f", "hls", "-hls_time", "6", "-hls_playlist_type"),
        *("vod", "-hls_segment_type", "fmp4", "-hls_fmp4_init_filename", "init.mp4"),
        *("-hls_segment_filename", str(folder / "s%03d.m4s"), str(folder / "index.m3u8")),
        path=folder,
    )
    segments = [each.read_bytes() for each in sorted(folder.glob("*.m4s"))]
    return (folder / "init.mp4").read_bytes(), segments


@pytest.mark.parametrize(("rate", "channels"), [(44_100, 2), (48_000, 2), (44_100, 1)])
def test_frames_sound_as_the_segments_do(tmp_path: Path, rate: int, channels: int) -> None:
    initial, segments = cut(tmp_path, rate=rate, channels=channels)
    config = read_config(initial)
    assert config == AacConfig(2, 4 if rate == 44_100 else 3, channels)
    found = [read_frames(config, each) for each in segments]
    whole = b"".join(frame for frames in found for frame in frames)
    assert [frame.size for frame in list_frames(whole)] == [len(e) for es in found for e in es]
    assert measure_us(whole) == pytest.approx(13_000_000, abs=50_000)
    path = tmp_path / "whole.aac"
    path.write_bytes(whole)
    mp4 = tmp_path / "whole.mp4"
    mp4.write_bytes(initial + b"".join(segments))
    ours, theirs = (sounds.read(each, rate=rate, channels=channels) for each in (path, mp4))
    # The list of edits leaves out the first frame, which only prepares the decoder.
    shift = len(ours) - len(theirs)
    assert 0 <= shift <= 2048
    assert abs(ours[shift + 4096 : -4096] - theirs[4096:-4096]).max() < 1e-3


def test_what_is_broken_gives_nothing_or_what_is_left(tmp_path: Path) -> None:
    initial, segments = cut(tmp_path)
    config, segment = read_config(initial), segments[0]
    whole = read_frames(config, segment)
    for broken in (b"", b"\0" * 100, segment[:50], segment[8:], b"\xff" * 5000):
        assert read_frames(config, broken) == []
    for broken in (b"", initial[:100], initial[:-400], segment):
        with pytest.raises(NoAac):
            read_config(broken)
    draw = random.Random(1)
    for _ in range(300):
        changed = bytearray(segment)
        for _ in range(3):
            changed[draw.randrange(1300)] = draw.randrange(256)
        assert len(read_frames(config, bytes(changed))) <= 2 * len(whole) + 600
        head = bytearray(initial)
        head[draw.randrange(len(head))] = draw.randrange(256)
        try:
            read_config(bytes(head))
        except NoAac:
            continue
