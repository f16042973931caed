"""Which file a player gets for a format, a bit rate and a start."""

import pytest

from veza.domains.subsonic.service.transcoding import (
    BEST,
    LOW_RENDITION,
    RENDITION,
    AudioChoice,
    AudioWish,
    HeldAudio,
    choose_audio,
)
from veza.infra.media.sniff_audio import AudioKind
from veza.infra.media.stream_targets import BITRATES_KBPS, StreamOutput, StreamTarget

_FLAC = HeldAudio(AudioKind.FLAC, 900, is_original=True)
_MP3 = HeldAudio(AudioKind.MP3, 192, is_original=True)
_ALAC = HeldAudio(AudioKind.M4A, 800, is_original=True)
_STORED = HeldAudio(AudioKind.M4A, 256, is_original=False)


@pytest.mark.parametrize(
    ("wish", "best", "expected"),
    [
        (AudioWish(), _FLAC, AudioChoice(BEST)),
        (AudioWish("wma"), _FLAC, AudioChoice(BEST)),
        (AudioWish("mp3"), _MP3, AudioChoice(BEST)),
        (AudioWish("mp3", 192), _MP3, AudioChoice(BEST)),
        (AudioWish("mp3", 160), _MP3, AudioChoice(BEST, StreamOutput(StreamTarget.MP3, 160))),
        (AudioWish("ogg", 0, 7), _MP3, AudioChoice(BEST, StreamOutput(StreamTarget.OPUS, 160, 7))),
        (AudioWish("m4a"), _ALAC, AudioChoice(RENDITION)),
        (AudioWish("", 500), _FLAC, AudioChoice(RENDITION)),
        (AudioWish("aac"), _STORED, AudioChoice(BEST)),
        (
            AudioWish("flac", 0, 3),
            _STORED,
            AudioChoice(BEST, StreamOutput(StreamTarget.FLAC, None, 3)),
        ),
        # A limit counts for more than a lossless format.
        (AudioWish("flac", 300), _FLAC, AudioChoice(RENDITION)),
        (
            AudioWish("flac", 160),
            _FLAC,
            AudioChoice(LOW_RENDITION, StreamOutput(StreamTarget.M4A, 128, is_copy=True)),
        ),
        (AudioWish("", 1), _FLAC, AudioChoice(BEST, StreamOutput(StreamTarget.AAC, 48))),
    ],
)
def test_what_is_stored_is_preferred_to_what_has_to_be_made(
    wish: AudioWish, best: HeldAudio, expected: AudioChoice
) -> None:
    assert choose_audio(wish, best) == expected


@pytest.mark.parametrize("form", ["", "mp3", "opus", "flac", "aac", "m4a", "x"])
def test_any_bit_rates_lead_to_few_files(form: str) -> None:
    found = {choose_audio(AudioWish(form, kbps), _FLAC) for kbps in range(2000)}
    assert len(found) <= len(BITRATES_KBPS) + 1


@pytest.mark.parametrize("best", [_FLAC, _MP3, _ALAC, _STORED])
def test_where_nothing_is_made_a_stored_file_comes_closest(best: HeldAudio) -> None:
    for form in ("", "raw", "mp3", "opus", "flac", "aac"):
        for kbps in (0, 64, 200, 256, 320):
            found = choose_audio(AudioWish(form, kbps, 9), best, can_make=False)
            assert found.output is None
            if form == "raw":
                assert found.source == BEST
            elif found.source == BEST and kbps:
                assert best.kbps <= max(kbps, 256)
