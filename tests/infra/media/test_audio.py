"""Strangers' files made playable, with real ffmpeg; what is found out about known signals."""

import asyncio
import os
import re
import shutil
from pathlib import Path

import numpy as np
import pytest

from tests import sounds
from tests.infra.media.ffmpeg_steps import WHEEL
from veza.core.embedded_tags import EmbeddedTags, TaggedPeople
from veza.infra.media import audio
from veza.infra.media.audio import RenderedAudio, render
from veza.infra.media.commands import preview_command
from veza.infra.media.sniff_audio import AudioKind

pytestmark = pytest.mark.long


def levels(sound: RenderedAudio) -> np.ndarray:
    return np.frombuffer(sound.peaks, "<u2") / 65535


def segments(playlist: Path) -> list[Path]:
    lines = playlist.read_text().splitlines()
    return [playlist.parent / line for line in lines if line and not line.startswith("#")]


def joined(playlist: Path, target: Path) -> Path:
    """What a player puts together: the initial segment that the playlist names, then the others."""
    init = re.findall(r'^#EXT-X-MAP:URI="(.+)"$', playlist.read_text(), re.MULTILINE)
    assert init == ["init.mp4"]
    parts = [playlist.parent / init[0], *segments(playlist)]
    target.write_bytes(b"".join(part.read_bytes() for part in parts))
    return target


@pytest.mark.parametrize("ending", sounds.ENDINGS)
async def test_every_kind_becomes_playable_at_its_true_length(ending, tmp_path, both):
    source = sounds.write(tmp_path / f"source{ending}", sounds.sine(7, rate=48_000), rate=48_000)
    made = tmp_path / "made"

    sound = await render(source, made, limits=both)

    assert sound.format == AudioKind(ending[1:])
    assert abs(sound.duration_ms - 7_000) <= 50
    assert (sound.sample_rate, sound.channels) == (48_000, 2)
    assert abs(levels(sound)[300:700].mean() - 0.5) < 0.02
    assert abs(len(sounds.read(made / "stream.m4a", rate=48_000)) / 48_000 - 7) <= 0.05
    assert abs(len(sounds.read(made / "preview.mp3")) / 44_100 - 7) <= 0.05
    for rung in ("128k", "256k"):
        playlist = made / "hls" / rung / "index.m3u8"
        whole = joined(playlist, tmp_path / f"{rung}.mp4")
        assert len(segments(playlist)) == 2
        # An encoder begins with a frame of nothing, which only the plain stream's index takes off.
        assert 0 <= len(sounds.read(whole, rate=48_000)) / 48_000 - 7 <= 0.07
    assert sorted(path.name for path in made.iterdir()) == ["hls", "preview.mp3", "stream.m4a"]


async def test_the_playlists_say_what_the_segments_are(tmp_path, both):
    source = sounds.write(tmp_path / "a.flac", sounds.noise(13))
    await render(source, tmp_path / "made", limits=both)
    hls = tmp_path / "made/hls"

    master = (hls / "master.m3u8").read_text()

    rungs = re.findall(
        r'#EXT-X-STREAM-INF:BANDWIDTH=(\d+),AVERAGE-BANDWIDTH=(\d+),CODECS="mp4a.40.2"\n(.+)\n',
        master,
    )
    assert [uri for _, _, uri in rungs] == ["128k/index.m3u8", "256k/index.m3u8"]
    for peak, mean, uri in rungs:
        size = sum(segment.stat().st_size for segment in segments(hls / uri))
        assert abs(int(mean) - 8 * size / 13) < 0.01 * int(mean)
        assert int(mean) <= int(peak) < 1.2 * int(mean)
        text = (hls / uri).read_text()
        times = [float(time) for time in re.findall(r"#EXTINF:([\d.]+),", text)]
        assert abs(sum(times) - 13) < 0.05
        assert "#EXT-X-TARGETDURATION:6\n" in text
        assert max(times) < 6.5
        assert text.endswith("#EXT-X-ENDLIST\n")
        names = {segment.name for segment in segments(hls / uri)}
        assert {file.name for file in (hls / uri).parent.iterdir()} == names | {
            "index.m3u8",
            "init.mp4",
        }


async def test_the_peaks_of_a_ramp_are_a_straight_line(tmp_path, both):
    source = sounds.write(tmp_path / "a.flac", sounds.ramp(6))

    peaks = levels(await render(source, tmp_path / "made", limits=both))

    assert len(peaks) == 1000
    assert np.abs(peaks - np.arange(1, 1001) / 1000).max() < 0.01


async def test_the_peaks_of_a_half_loud_tone_are_one_half(tmp_path, limits):
    source = sounds.write(tmp_path / "a.wav", sounds.sine(5, amplitude=0.5, channels=1))

    peaks = levels(await render(source, tmp_path / "made", limits=limits))

    assert np.abs(peaks - 0.5).max() < 0.005


async def test_the_peaks_are_those_of_the_loudest_channel(tmp_path, limits):
    samples = np.concatenate([sounds.sine(3, channels=1), -sounds.sine(3, channels=1)], axis=1)
    source = sounds.write(tmp_path / "a.wav", samples)

    sound = await render(source, tmp_path / "made", limits=limits)

    assert np.abs(levels(sound) - 0.5).max() < 0.005
    assert abs(sound.true_peak_dbtp - -6.0) <= 0.2


@pytest.mark.parametrize("rate", [44_100, 48_000, 96_000])
async def test_the_tone_of_minus_23_lufs_measures_so(rate, tmp_path, both):
    source = sounds.write(tmp_path / "a.wav", sounds.minus_23_lufs(4, rate=rate), rate=rate)

    sound = await render(source, tmp_path / "made", limits=both)

    assert abs(sound.loudness_lufs - -23) <= 0.1
    assert abs(sound.true_peak_dbtp - -23) <= 0.2


async def test_one_channel_is_as_loud_as_it_is_heard_from_two_loudspeakers(tmp_path, both):
    amplitude = sounds.AMPLITUDE_OF_MINUS_23_DBFS
    source = sounds.write(tmp_path / "a.wav", sounds.sine(4, amplitude=amplitude, channels=1))

    sound = await render(source, tmp_path / "made", limits=both)

    assert sound.channels == 1
    assert abs(sound.loudness_lufs - -23) <= 0.1
    heard = sounds.read(tmp_path / "made/stream.m4a")[44_100:-44_100]
    assert np.abs(np.abs(heard).max(axis=0) - amplitude).max() < 0.05 * amplitude


async def test_a_true_peak_between_the_samples_is_found(tmp_path, limits):
    # A quarter of the sample rate, a quarter turn on: the samples miss the crests by 3 dB.
    time = np.arange(48_000 * 3)
    wave = np.minimum(time / 48_000, 0.5) * np.sin(2 * np.pi * time / 4 + np.pi / 4)
    samples = np.repeat(wave[:, None], 2, axis=1).astype(np.float32)
    source = sounds.write(tmp_path / "a.wav", samples, rate=48_000)

    sound = await render(source, tmp_path / "made", limits=limits)

    assert abs(levels(sound)[500] - 0.3536) < 0.005
    assert abs(sound.true_peak_dbtp - -6.0) <= 0.3


async def test_silence_has_no_loudness(tmp_path, both):
    source = sounds.write(tmp_path / "a.flac", sounds.silence(3))

    sound = await render(source, tmp_path / "made", limits=both)

    assert (sound.loudness_lufs, sound.true_peak_dbtp) == (None, None)
    assert sound.peaks == bytes(2000)
    assert sound.duration_ms == 3000


@pytest.mark.parametrize("ending", [".wav", ".flac", ".mp3", ".opus", ".m4a"])
async def test_a_twentieth_of_a_second_is_playable(ending, tmp_path, limits):
    source = sounds.write(tmp_path / f"a{ending}", sounds.sine(0.05, rate=48_000), rate=48_000)

    sound = await render(source, tmp_path / "made", limits=limits)

    assert abs(sound.duration_ms - 50) <= 50
    assert sound.loudness_lufs is None
    assert len(sound.peaks) == 2000
    assert "#EXT-X-TARGETDURATION:1\n" in (tmp_path / "made/hls/256k/index.m3u8").read_text()
    assert len(sounds.read(tmp_path / "made/preview.mp3")) > 0


FORMS = {
    "mono 8 kHz": (8_000, 1, ".wav", ["-c:a", "pcm_s16le"], 44_100),
    "8 bits": (22_050, 2, ".wav", ["-c:a", "pcm_u8"], 44_100),
    "24 bits": (48_000, 2, ".wav", ["-c:a", "pcm_s24le"], 48_000),
    "32 bits float": (44_100, 2, ".wav", ["-c:a", "pcm_f32le"], 44_100),
    "8 channels": (48_000, 8, ".wav", ["-c:a", "pcm_s16le"], 48_000),
    "6 channels": (44_100, 6, ".flac", [], 44_100),
    "192 kHz": (192_000, 2, ".flac", [], 48_000),
    "RF64": (44_100, 2, ".wav", ["-rf64", "always"], 44_100),
    "A-law": (8_000, 1, ".wav", ["-c:a", "pcm_alaw"], 44_100),
    "AIFC": (44_100, 2, ".aiff", ["-c:a", "pcm_f32be"], 44_100),
    "ALAC": (44_100, 2, ".m4a", ["-c:a", "alac"], 44_100),
    "MP3 without a count": (44_100, 2, ".mp3", ["-write_xing", "0"], 44_100),
    "fragmented": (44_100, 2, ".m4a", ["-movflags", "frag_keyframe+empty_moov"], 44_100),
}


@pytest.mark.parametrize("form", FORMS)
async def test_unusual_forms_are_taken(form, tmp_path, limits):
    rate, channels, ending, options, rate_out = FORMS[form]
    samples = sounds.sine(3, amplitude=0.25, channels=channels, rate=rate, hz=440)
    source = sounds.write(tmp_path / f"a{ending}", samples, *options, rate=rate)

    sound = await render(source, tmp_path / "made", limits=limits)

    assert (sound.sample_rate, sound.channels) == (rate, channels)
    assert abs(sound.duration_ms - 3000) <= 60
    assert np.abs(levels(sound)[100:900] - 0.25).max() < 0.03
    heard = sounds.read(tmp_path / "made/stream.m4a", rate=rate_out)
    assert abs(len(heard) / rate_out - 3) < 0.05
    assert np.abs(heard).max() < 1


async def test_a_wav_that_was_written_into_a_pipe_knows_no_length_and_is_taken(tmp_path, limits):
    source = sounds.write(tmp_path / "a.wav", sounds.sine(3))
    broken = bytearray(source.read_bytes())
    at = broken.index(b"data") + 4
    broken[4:8] = broken[at : at + 4] = b"\xff\xff\xff\xff"
    source.write_bytes(broken)

    sound = await render(source, tmp_path / "made", limits=limits)

    assert sound.duration_ms == 3000


async def test_loud_channels_are_mixed_down_without_clipping(tmp_path, limits):
    source = sounds.write(tmp_path / "a.wav", sounds.sine(3, amplitude=0.9, channels=6))

    sound = await render(source, tmp_path / "made", limits=limits)

    assert abs(sound.true_peak_dbtp - -0.9) <= 0.2
    assert np.abs(sounds.read(tmp_path / "made/stream.m4a")).max() < 1


async def test_the_plain_stream_is_sought_exactly(tmp_path, both):
    source = sounds.write(tmp_path / "a.flac", sounds.click(8, at_s=5.5))
    await render(source, tmp_path / "made", limits=both)

    whole = np.abs(sounds.read(tmp_path / "made/stream.m4a")[:, 0])
    part = np.abs(sounds.read(tmp_path / "made/stream.m4a", "-ss", "5")[:, 0])

    # The whole is right to the sample; a seek gets to the frame, of which there are 43 a second.
    assert abs(whole.argmax() / 44_100 - 5.5) < 0.002
    assert abs(part.argmax() / 44_100 - 0.5) < 1024 / 44_100
    data = (tmp_path / "made/stream.m4a").read_bytes()
    assert data.index(b"moov") < data.index(b"mdat")


@pytest.mark.parametrize(("seconds", "start"), [(61, 30), (4, 0)])
async def test_the_preview_fades_at_its_true_end(seconds, start, tmp_path, limits):
    tone = sounds.sine(seconds, amplitude=0.5, channels=1)
    tone[: 44_100 * start] *= 0.5
    source = sounds.write(tmp_path / "a.wav", tone)
    await render(source, tmp_path / "made", limits=limits)

    heard = np.abs(sounds.read(tmp_path / "made/preview.mp3")).max(axis=1)

    length = min(30, seconds)
    assert abs(len(heard) / 44_100 - length) < 0.05
    assert abs(heard[44_100 : 44_100 + 4410].max() - 0.5) < 0.03
    middle_of_fade = 44_100 * (length - 1)
    assert 0.15 < heard[middle_of_fade : middle_of_fade + 441].max() < 0.4
    assert heard[-441:].max() < 0.05


async def test_a_long_file_of_known_length_is_decoded_once(tmp_path, limits, monkeypatch):
    commands = []
    run_confined = audio.run_confined

    async def noted(command, *args, **options):
        commands.append(command)
        return await run_confined(command, *args, **options)

    monkeypatch.setattr(audio, "run_confined", noted)
    for name in ("known.flac", "unknown.aac"):
        source = sounds.write(tmp_path / name, sounds.sine(61, channels=1))
        await render(source, tmp_path / name.replace(".", "-"), limits=limits)
        length = len(sounds.read(tmp_path / name.replace(".", "-") / "preview.mp3")) / 44_100
        assert abs(length - 30) < 0.05

    decoded = [command for command in commands if str(limits.ffmpeg) in command]
    assert len(decoded) == 3


def test_the_preview_begins_at_30_s_where_30_s_follow():
    starts = {}
    for seconds in (29.0, 45.0, 59.9, 60.0, 3600.0):
        words = preview_command(WHEEL, seconds)
        starts[seconds] = (words[words.index("-ss") + 1], words[words.index("-t") + 1])

    assert starts == {
        29.0: ("0", "29.000000"),
        45.0: ("0", "30.000000"),
        59.9: ("0", "30.000000"),
        60.0: ("30", "30.000000"),
        3600.0: ("30", "30.000000"),
    }


TAGGED = {
    ".mp3": ["-id3v2_version", "3"],
    ".flac": [],
    ".wav": [],
    ".aiff": ["-write_id3v2", "1"],
    ".ogg": [],
    ".opus": [],
    ".m4a": [],
}


@pytest.mark.parametrize("ending", TAGGED)
async def test_embedded_words_are_read_and_not_passed_on(ending, tmp_path, limits):
    words = {"title": "../../Zoë\x07 &c.", "artist": "A; B", "album": "C\nD", "genre": "Techno"}
    options = [word for name, value in words.items() for word in ("-metadata", f"{name}={value}")]
    source = sounds.write(tmp_path / f"a{ending}", sounds.sine(2), *TAGGED[ending], *options)

    sound = await render(source, tmp_path / "made", limits=limits)

    people = TaggedPeople(artist=["A; B"])
    expected = EmbeddedTags(
        title="../../Zoë &c.", artist="A; B", album="C D", genre="Techno", people=people
    )
    assert sound.embedded == expected
    for name in ("stream.m4a", "preview.mp3", "hls/128k/init.mp4"):
        assert b"Techno" not in (tmp_path / "made" / name).read_bytes()


@pytest.mark.parametrize("ending", [".mp3", ".flac", ".ogg"])
async def test_a_title_of_a_megabyte_harms_nothing(ending, tmp_path, limits):
    listing = tmp_path / "tags.txt"
    listing.write_text(";FFMETADATA1\ntitle=" + 500_000 * "é" + "\n")
    plain = sounds.write(tmp_path / f"plain{ending}", sounds.sine(2))
    source = sounds.run_ffmpeg(
        *("-i", str(plain), "-i", str(listing), "-map", "0:a", "-map_metadata", "1"),
        *("-map_metadata:s:a", "1", "-c", "copy", str(tmp_path / f"a{ending}")),
        path=tmp_path / f"a{ending}",
    )
    assert source.stat().st_size > 1_000_000

    sound = await render(source, tmp_path / "made", limits=limits)

    assert sound.embedded.title == 500 * "é"
    assert abs(sound.duration_ms - 2000) <= 50


@pytest.mark.parametrize("ending", [".mp3", ".flac", ".m4a"])
async def test_an_embedded_picture_becomes_the_cover(ending, tmp_path, limits):
    plain = sounds.write(tmp_path / f"plain{ending}", sounds.sine(2))
    front = sounds.picture(tmp_path / "front.png", width=1500, height=500)
    source = sounds.run_ffmpeg(
        *("-i", str(plain), "-i", str(front), "-map", "0:a", "-map", "1:v", "-c", "copy"),
        *("-disposition:v", "attached_pic", str(tmp_path / f"a{ending}")),
        path=tmp_path / f"a{ending}",
    )

    sound = await render(source, tmp_path / "made", limits=limits)

    assert sound.cover_palette is not None
    assert (tmp_path / "made/cover.jpg").read_bytes()[:3] == b"\xff\xd8\xff"
    names = sorted(path.name for path in (tmp_path / "made").iterdir())
    assert names == ["cover.jpg", "hls", "preview.mp3", "stream.m4a"]


async def test_a_picture_that_cannot_be_read_does_not_spoil_the_sound(tmp_path, limits):
    plain = sounds.write(tmp_path / "plain.mp3", sounds.sine(2))
    body = b"\x00image/jpeg\x00\x03\x00" + b"\xff\xd8\xff" + 500 * b"no picture"
    frame = b"APIC" + len(body).to_bytes(4) + b"\x00\x00" + body
    size = len(frame)
    head = b"ID3\x03\x00\x00" + bytes([0, size >> 14, size >> 7 & 127, size & 127])
    source = tmp_path / "a.mp3"
    source.write_bytes(head + frame + plain.read_bytes())

    sound = await render(source, tmp_path / "made", limits=limits)

    assert sound.cover_palette is None
    names = sorted(path.name for path in (tmp_path / "made").iterdir())
    assert names == ["hls", "preview.mp3", "stream.m4a"]


async def test_the_name_of_the_file_means_nothing(tmp_path, limits):
    plain = sounds.write(tmp_path / "a.wav", sounds.sine(1))
    odd = Path(shutil.move(plain, tmp_path / "-i %03d [x]|'\"\n;:é.jpg"))

    sound = await render(odd, tmp_path / "made", limits=limits)

    assert sound.format is AudioKind.WAV


async def test_cancelling_leaves_nothing_behind(tmp_path, limits):
    source = sounds.write(tmp_path / "a.wav", sounds.noise(60))
    task = asyncio.create_task(render(source, tmp_path / "made", limits=limits))
    async with asyncio.timeout(30):
        while not list(tmp_path.glob("made/hls/256k/s001.m4s")):  # noqa: ASYNC110
            await asyncio.sleep(0.01)

    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task

    assert os.listdir(tmp_path / "made") == []  # noqa: PTH208


async def test_the_event_loop_goes_on_meanwhile(tmp_path, limits):
    source = sounds.write(tmp_path / "a.wav", sounds.noise(20))
    task = asyncio.create_task(render(source, tmp_path / "made", limits=limits))
    turns = 0
    while not task.done():
        await asyncio.sleep(0.001)
        turns += 1

    assert (await task).duration_ms == 20_000
    assert turns > 100
