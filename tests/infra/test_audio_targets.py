"""The sample rates and channels that audio is converted with."""

from pathlib import Path

import pytest

from veza.infra.media.audio_targets import AudioTarget, SourceAudio, encode_command
from veza.infra.media.sniff_audio import AudioKind


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
    ("target", "channels", "encoded"),
    [
        (AudioTarget.MP3_V0, 1, None),
        (AudioTarget.MP3_V0, 2, None),
        (AudioTarget.MP3_V0, 6, "2"),
        (AudioTarget.FLAC, 6, None),
    ],
)
def test_channels_are_kept_where_the_target_can_carry_them(target, channels, encoded):
    assert _option("-ac", target, channels=channels) == encoded
