"""Strangers' files that can't be made playable: each a clear reason, and nothing left behind."""

import random
import shutil
import struct
from pathlib import Path

import pytest

from tests import sounds
from tests.infra.media.ffmpeg_steps import WHEEL
from veza.infra.media.audio import UnreadableAudio, render
from veza.infra.media.confined_process import ProcessFailure
from veza.infra.media.media_limits import MediaLimits
from veza.infra.media.sniff_audio import AudioKind

pytestmark = pytest.mark.long


async def refusal(source: Path, target: Path, limits: MediaLimits) -> str:
    with pytest.raises(UnreadableAudio) as caught:
        await render(source, target, limits=limits)
    ensure_nothing_in(target)
    return caught.value.reason


def ensure_nothing_in(folder: Path) -> None:
    assert not folder.exists() or list(folder.iterdir()) == []


def cut(path: Path, share: float) -> Path:
    data = path.read_bytes()
    path.write_bytes(data[: round(share * len(data))])
    return path


NO_AUDIO = {
    "empty": b"",
    "one byte": b"\xff",
    "text": 500 * b"It was a dark and stormy night. ",
    "text in UTF-16": "It was a dark and stormy night. ".encode("utf-16"),
    "zero bytes": bytes(10_000),
    "a tag and nothing": b"ID3\x04\x00\x00\x00\x00\x02\x01" + bytes(257),
    "an enormous tag": b"ID3\x04\x00\x00\x7f\x7f\x7f\x7f" + bytes(5000),
    "a web page": b"<!doctype html><audio src=x.mp3>",
    "a playlist": b"#EXTM3U\n#EXTINF:10,\nfile:///etc/passwd\n",
    "a moving picture's head": b"\x00\x00\x00\x18ftypheic\x00\x00\x00\x00mif1heic" + bytes(100),
}


@pytest.mark.parametrize("name", NO_AUDIO)
async def test_what_is_no_audio_is_refused_whatever_its_name(name, tmp_path, limits):
    source = tmp_path / "song.mp3"
    source.write_bytes(NO_AUDIO[name])

    reason = await refusal(source, tmp_path / "made", limits)

    assert reason in {"The file is empty.", "The file is not audio in an accepted format."}


async def test_a_picture_named_as_sound_is_refused(tmp_path, limits):
    picture = sounds.picture(tmp_path / "a.jpg").rename(tmp_path / "song.mp3")

    assert "not audio" in await refusal(picture, tmp_path / "made", limits)


HEADS = {
    "WAV": b"RIFF\x24\x00\x00\x00WAVEfmt \x10\x00\x00\x00\x01\x00\x02\x00"
    b"\x44\xac\x00\x00\x10\xb1\x02\x00\x04\x00\x10\x00data\x00\x00\x00\x00",
    "WAV without format": b"RIFF\x24\x00\x00\x00WAVE",
    "FLAC": b"fLaC",
    "AIFF": b"FORM\x00\x00\x00\x04AIFF",
    "Ogg": b"OggS\x00\x02" + bytes(20) + b"\x01\x1e\x01vorbis" + bytes(23),
    "MP4": b"\x00\x00\x00\x18ftypM4A \x00\x00\x00\x00M4A mp42",
    "MP3": b"\xff\xfb\x90\x00",
    "ADTS": b"\xff\xf1\x50\x80\x02\x1f\xfc",
}


@pytest.mark.parametrize("name", HEADS)
async def test_a_head_without_a_body_is_refused(name, tmp_path, limits):
    source = tmp_path / "a"
    source.write_bytes(HEADS[name])

    reason = await refusal(source, tmp_path / "made", limits)

    assert reason.startswith(("The file holds no", "The file is damaged", "The file breaks off"))


@pytest.mark.parametrize("ending", [end for end in sounds.ENDINGS if end != ".aac"])
async def test_a_file_that_breaks_off_is_refused(ending, tmp_path, both):
    source = cut(sounds.write(tmp_path / f"a{ending}", sounds.noise(5)), 0.9)

    assert "breaks off" in await refusal(source, tmp_path / "made", both)


async def test_a_file_that_breaks_off_says_where(tmp_path, limits):
    source = cut(sounds.write(tmp_path / "a.wav", sounds.noise(40)), 0.3)

    reason = await refusal(source, tmp_path / "made", limits)

    assert reason == "The file breaks off after 12 of 40 seconds."


async def test_a_streamable_m4a_that_breaks_off_is_refused(tmp_path, both):
    whole = sounds.write(tmp_path / "a.m4a", sounds.noise(20), "-movflags", "+faststart")

    reason = await refusal(cut(whole, 0.5), tmp_path / "made", both)

    assert reason == "The file breaks off after 10 of 20 seconds."


async def test_a_video_is_refused(tmp_path, both):
    source = sounds.run_ffmpeg(
        *("-f", "lavfi", "-i", "testsrc2=s=320x240:d=2", "-f", "lavfi", "-i", "sine=d=2"),
        *("-c:v", "mpeg4", "-c:a", "aac", str(tmp_path / "a.mp4")),
        path=tmp_path / "a.mp4",
    )

    reason = await refusal(source, tmp_path / "made", both)

    assert reason == "The file is a video: upload only its sound."


async def test_an_mp4_without_sound_is_refused(tmp_path, limits):
    source = sounds.run_ffmpeg(
        *("-f", "lavfi", "-i", "testsrc2=s=320x240:d=2", "-c:v", "mjpeg"),
        *("-tag:v", "jpeg", "-f", "mov", str(tmp_path / "a.mov")),
        path=tmp_path / "a.mov",
    )

    assert "holds no audio" in await refusal(source, tmp_path / "made", limits)


async def test_a_declared_length_beyond_the_limit_is_refused_before_decoding(tmp_path):
    # 40 hours at 8 kHz and 8 bits, in the header of a file of a few bytes.
    size = 40 * 3600 * 8000
    head = struct.pack(
        "<4sI4s4sIHHIIHH4sI",
        *(b"RIFF", size + 36, b"WAVE"),
        *(b"fmt ", 16, 1, 1),
        *(8000, 8000, 1, 8, b"data", size),
    )
    source = tmp_path / "a.wav"
    source.write_bytes(head + bytes(10_000))
    # A program that can't run shows that it isn't reached.
    limits = MediaLimits(ffmpeg=Path("/nonexistent"))

    reason = await refusal(source, tmp_path / "made", limits)

    assert reason == "It lasts longer than 6 hours, which is the most that is accepted."


@pytest.mark.parametrize("ending", [".flac", ".opus", ".mp3"])
async def test_a_long_silence_in_few_bytes_is_refused(ending, tmp_path):
    source = sounds.write(tmp_path / f"a{ending}", sounds.silence(120, channels=1))

    reason = await refusal(source, tmp_path / "made", MediaLimits(ffmpeg=WHEEL, max_duration_s=60))

    assert reason == "It lasts longer than 60 seconds, which is the most that is accepted."


async def test_a_file_that_lasts_longer_than_it_says_is_cut_short_and_refused(tmp_path, limits):
    source = sounds.write(tmp_path / "a.flac", sounds.noise(30))
    data = bytearray(source.read_bytes())
    # The number of samples is in the last 36 bits before the checksum of STREAMINFO.
    data[21] &= 0xF0
    data[22:26] = (44_100).to_bytes(4)
    source.write_bytes(data)
    strict = MediaLimits(ffmpeg=limits.ffmpeg, max_duration_s=5)

    reason = await refusal(source, tmp_path / "made", strict)

    assert reason == "It lasts longer than 5 seconds, which is the most that is accepted."


async def test_a_file_that_takes_too_much_work_is_refused(tmp_path, both):
    source = sounds.write(tmp_path / "a.wav", sounds.noise(60, channels=1))
    poor = MediaLimits(ffmpeg=both.ffmpeg, cpu_floor_s=1, cpu_share=0)

    assert "far more work" in await refusal(source, tmp_path / "made", poor)


async def test_more_than_eight_channels_are_refused(tmp_path, both):
    source = sounds.write(tmp_path / "a.wav", sounds.sine(1, channels=16))

    reason = await refusal(source, tmp_path / "made", both)

    assert reason == "It has 16 channels; at most 8 are accepted."


async def test_a_coding_that_is_not_on_the_list_is_refused(tmp_path, both):
    source = sounds.write(tmp_path / "a.wav", sounds.sine(1), "-c:a", "adpcm_ms")

    reason = await refusal(source, tmp_path / "made", both)

    assert reason == "The file uses an audio codec that is not accepted."


async def test_a_missing_ffmpeg_is_not_the_files_fault(tmp_path):
    source = sounds.write(tmp_path / "a.wav", sounds.sine(1))

    with pytest.raises(ProcessFailure, match="No such file"):
        await render(source, tmp_path / "made", limits=MediaLimits(ffmpeg=Path("/no/ffmpeg")))

    assert list((tmp_path / "made").iterdir()) == []


def damaged(path: Path, seed: int) -> None:
    """Change some bytes, more of them near the start, where the structure is."""
    dice = random.Random(seed)
    data = bytearray(path.read_bytes())
    for _ in range(dice.choice([1, 5, 50])):
        reach = dice.choice([64, 1024, len(data)])
        data[dice.randrange(4, min(reach, len(data)))] = dice.randrange(256)
    path.write_bytes(data)


async def renders_or_refuses(source: Path, target: Path) -> None:
    try:
        sound = await render(source, target, limits=MediaLimits(ffmpeg=WHEEL, max_duration_s=60))
    except UnreadableAudio:
        ensure_nothing_in(target)
    else:
        assert len(sound.peaks) == 2000


# Of thirty damages of each kind, one for each way in which the file is rendered or refused.
DAMAGES = {
    AudioKind.MP3: (1, 5),
    AudioKind.FLAC: (1, 5, 25),
    AudioKind.WAV: (1, 2, 5, 6, 18),
    AudioKind.AIFF: (1, 2, 5, 6, 12, 16, 23),
    AudioKind.OGG: (1, 2, 5, 9),
    AudioKind.OPUS: (1, 2, 5),
    AudioKind.M4A: (1, 3, 5, 9),
    AudioKind.AAC: (1, 5, 6, 7, 10),
}


@pytest.mark.parametrize("kind", AudioKind)
async def test_a_damaged_file_is_rendered_or_refused(kind, tmp_path):
    whole = sounds.write(tmp_path / f"a.{kind}", sounds.noise(1), "-metadata", "title=a")
    for seed in DAMAGES[kind]:
        source = shutil.copyfile(whole, tmp_path / f"{seed}.{kind}")
        damaged(source, seed)

        await renders_or_refuses(source, tmp_path / f"made-{seed}")
