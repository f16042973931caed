"""Sound is encoded again in segments of the same borders, by a real ffmpeg."""

import asyncio
import subprocess
from pathlib import Path

import pytest

from tests.sounds import ffmpeg_of_the_wheel
from veza.infra.media.adts import SegmentSound, list_frames, measure_us, read_sound, stamp_ticks
from veza.infra.media.confined_process import ProcessFailure
from veza.infra.media.low_sound import FrameSorter, LowSoundEncoder, elapsed, encoding_low
from veza.infra.media.mpegts import find_video_codec

STAMP_BYTES = len(stamp_ticks(b"", 0))


@pytest.fixture(scope="module")
def sent(tmp_path_factory: pytest.TempPathFactory) -> list[bytes]:
    """Segments of a second, of sound with 192 kbit/s and pictures."""
    folder = tmp_path_factory.mktemp("sent")
    sound = ("-f", "lavfi", "-i", "anoisesrc=d=5:c=pink:r=44100")
    film = ("-f", "lavfi", "-i", "testsrc2=size=160x90:rate=10:d=5", "-pix_fmt", "yuv420p")
    codecs = ("-c:a", "aac", "-b:a", "192k", "-ac", "2", "-c:v", "libx264", "-g", "10")
    output = ("-f", "segment", "-segment_time", "1", "-segment_format", "mpegts", "%d.ts")
    command = [str(ffmpeg_of_the_wheel()), "-loglevel", "error", *sound, *film, *codecs, *output]
    subprocess.run(command, cwd=folder, check=True, timeout=60)
    return [(folder / f"{number}.ts").read_bytes() for number in range(5)]


async def encode(folder: Path, sounds: list[SegmentSound]) -> dict[int, bytes]:
    async with encoding_low(ffmpeg_of_the_wheel(), folder) as encoder:
        for number, sound in enumerate(sounds):
            await encoder.encode(number, sound)
        return {each.number: each.content for each in await encoder.finish()}


async def test_each_segment_has_the_same_frames_at_a_third_of_the_size(sent, tmp_path):
    sounds = [read_sound(each) for each in sent]
    low = await encode(tmp_path, sounds)
    assert list(low) == [0, 1, 2, 3, 4]
    for number, sound in enumerate(sounds):
        content = low[number][STAMP_BYTES:]
        assert measure_us(content) == pytest.approx(measure_us(sound.frames), abs=47_000)
        assert len(content) < len(sound.frames) * 0.45
        # It begins when the one that was sent does.
        ticks = int.from_bytes(low[number][STAMP_BYTES - 8 : STAMP_BYTES])
        assert abs(elapsed(sound.start or 0, ticks)) < 2_100
    frames = [len(list(list_frames(low[number]))) for number in low]
    assert sum(frames) == pytest.approx(5 * 44_100 / 1024, abs=3)


def test_the_sound_of_a_segment_is_found_without_its_pictures(sent):
    sound = read_sound(sent[2])
    assert len(sound.packets) < len(sent[2])
    assert read_sound(sound.packets).frames == sound.frames
    assert find_video_codec(sound.packets) is None
    assert (find_video_codec(sent[2]) or "").startswith("avc1.")
    assert read_sound(b"") == SegmentSound(b"", b"", None)
    assert read_sound(b"G" * 188 * 3).start is None


async def test_an_ffmpeg_that_is_gone_is_a_failure_and_no_hang(sent, tmp_path):
    async with encoding_low(Path("/bin/true"), tmp_path) as encoder:
        sound = read_sound(sent[0])
        with pytest.raises(ProcessFailure):
            await _encode_often(encoder, sound)


async def _encode_often(encoder: LowSoundEncoder, sound: SegmentSound) -> None:
    for number in range(50):
        await encoder.encode(number, sound)
        await asyncio.sleep(0.02)


async def test_what_is_no_sound_gives_nothing(sent, tmp_path):
    sound = read_sound(sent[0])
    noise = SegmentSound(b"\xff" * 400, b"G\x40\x00\x10" + b"\xff" * 184, sound.start)
    assert await encode(tmp_path, [noise]) == {}


def test_timestamps_go_round():
    assert elapsed(2**33 - 10, 20) == 30
    assert elapsed(20, 2**33 - 10) == -30


def test_an_output_that_is_cut_anywhere_is_read_as_a_whole(sent):
    whole, pieces = FrameSorter(), FrameSorter()
    content = b"".join(sent)
    for sorter in (whole, pieces):
        for number, each in enumerate(sent):
            sorter.expect(number, read_sound(each).start or 0)
    at_once = [*whole.read(content), *whole.finish()]
    bit_by_bit = [
        segment
        for at in range(0, len(content), 1000)
        for segment in pieces.read(content[at : at + 1000])
    ]
    assert at_once == [*bit_by_bit, *pieces.finish()]
