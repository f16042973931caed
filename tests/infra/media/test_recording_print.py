"""The print is made in the pass that makes a file playable, where ffmpeg can make one."""

import numpy as np
import pytest

from bench.music import compose
from tests import sounds
from tests.infra.media.ffmpeg_steps import WHEEL
from veza.core.recording_prints import RecordingPrint
from veza.domains.music.prints.rules import compare, is_same, prepare
from veza.infra.media.audio import render
from veza.infra.media.confined_process import ProcessFailure
from veza.infra.media.media_limits import MediaLimits
from veza.infra.media.recording_print import has_chromaprint, make_print
from veza.infra.media.sniff_audio import AudioKind

# It is asked for its muxers, and must not have this one.
_WITHOUT = f"""#!/bin/sh
case "$*" in
*-muxers*) echo "  E  mp3   MP3" ;;
*chromaprint*) exit 1 ;;
*) exec {WHEEL} "$@" ;;
esac
"""


@pytest.mark.long
async def test_the_print_of_one_pass_is_that_of_the_stream(tmp_path, limits):
    mono = compose(11, 12)
    source = sounds.write(tmp_path / "a.wav", np.stack((mono, 0.5 * mono), axis=1))
    made = tmp_path / "made"

    sound = await render(source, made, limits=limits)

    assert sound.recording is not None
    assert sound.recording.length == pytest.approx((12 - 2.6) * 8.08, abs=6)
    assert len(sound.recording.words) == 4 * sound.recording.length
    assert sorted(path.name for path in made.iterdir()) == ["hls", "preview.mp3", "stream.m4a"]
    later = await make_print(made / "stream.m4a", tmp_path, kind=AudioKind.M4A, limits=limits)
    assert later is not None
    found = compare(prepare(sound.recording), later)
    assert is_same(found)
    assert found.share > 0.8
    assert found.error < 0.1


async def test_a_sound_that_is_too_short_has_an_empty_print(tmp_path, limits):
    source = sounds.write(tmp_path / "a.wav", sounds.sine(0.2))
    sound = await render(source, tmp_path / "made", limits=limits)
    assert sound.recording == RecordingPrint(0, b"")


@pytest.mark.long
async def test_without_the_muxer_there_is_no_print(tmp_path):
    program = tmp_path / "ffmpeg"
    program.write_text(_WITHOUT)
    program.chmod(0o700)
    source = sounds.write(tmp_path / "a.wav", sounds.sine(1))
    sound = await render(source, tmp_path / "made", limits=MediaLimits(ffmpeg=program))
    assert sound.recording is None


def test_the_ffmpeg_that_comes_along_has_it(tmp_path):
    assert has_chromaprint(WHEEL)
    with pytest.raises(ProcessFailure):
        has_chromaprint(tmp_path / "none")


async def test_what_is_no_sound_has_no_print(tmp_path, limits):
    source = tmp_path / "a.m4a"
    source.write_bytes(b"no sound at all")
    assert await make_print(source, tmp_path, kind=AudioKind.M4A, limits=limits) is None
