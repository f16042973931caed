"""The sample rates and channels that audio is converted with."""

from pathlib import Path

import mutagen
import pytest

from tests import sounds
from veza.infra.media.audio_targets import AudioTarget, SourceAudio, encode_command, kind_of
from veza.infra.media.conversion import convert
from veza.infra.media.media_limits import MediaLimits
from veza.infra.media.sniff_audio import EXTENSIONS, AudioKind


def _option(name, target, *, rate=44_100, channels=2):
    source = SourceAudio(Path("source"), AudioKind.WAV, 1.0, rate, channels)
    command = encode_command(Path("ffmpeg"), source, target, "made")
    return command[command.index(name) + 1] if name in command else None


@pytest.mark.parametrize(
    ("target", "rate", "encoded"),
    [
        (AudioTarget.FLAC, 192_000, None),
        (AudioTarget.FLAC, 44_100, None),
        (AudioTarget.MP3_320, 44_100, None),
        (AudioTarget.MP3_320, 48_000, None),
        (AudioTarget.MP3_320, 88_200, "44100"),
        (AudioTarget.MP3_320, 96_000, "48000"),
        (AudioTarget.MP3_320, 8_000, "32000"),
        (AudioTarget.MP3_320, 50_000, "48000"),
        (AudioTarget.AAC, 96_000, None),
        (AudioTarget.AAC, 192_000, "96000"),
        (AudioTarget.OPUS, 44_100, "48000"),
    ],
)
def test_sample_rates_are_kept_where_the_target_can_carry_them(target, rate, encoded):
    assert _option("-ar", target, rate=rate) == encoded


@pytest.mark.parametrize(
    ("target", "channels", "is_mixed"),
    [
        (AudioTarget.MP3_V0, 1, False),
        (AudioTarget.MP3_V0, 2, False),
        (AudioTarget.MP3_V0, 6, True),
        (AudioTarget.OPUS, 3, True),
        (AudioTarget.FLAC, 6, False),
    ],
)
def test_lossy_formats_have_two_channels_at_most(target, channels, is_mixed):
    assert (_option("-af", target, channels=channels) is not None) == is_mixed


@pytest.mark.long
@pytest.mark.parametrize("rate", [8_000, 192_000])
@pytest.mark.parametrize("channels", [1, 3, 4, 6, 8])
async def test_unusual_sounds_are_converted(tmp_path, rate, channels):
    tone = sounds.sine(0.5, channels=channels, rate=rate)
    wav = sounds.write(tmp_path / "tone.wav", tone, "-c:a", "pcm_f32le", rate=rate)
    source = SourceAudio(wav, AudioKind.WAV, 0.5, rate, channels)
    limits = MediaLimits(ffmpeg=sounds.ffmpeg_of_the_wheel())

    for target in AudioTarget:
        made = tmp_path / f"made{EXTENSIONS[kind_of(target)]}"
        await convert(source, made, target, limits=limits)
        read = mutagen.File(made)
        assert abs(read.info.length - 0.5) < 0.2
        if target is AudioTarget.FLAC:
            assert (read.info.channels, read.info.sample_rate) == (channels, rate)
