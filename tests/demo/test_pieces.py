"""The demonstration's music, covers and people: in bounds, different, and consistent."""

import struct
import wave
import zlib
from collections import Counter
from concurrent.futures import ProcessPoolExecutor
from functools import cache
from itertools import pairwise
from multiprocessing import get_context
from pathlib import Path

import numpy as np
import pytest

from veza_demo.community import COMMENTS, LIKES, MEMBERS, RELEASES
from veza_demo.covers import render_cover
from veza_demo.effects import loudness, mastered
from veza_demo.pieces import PIECES, render, write_wav
from veza_demo.score import Tempo, hertz, key_of, line
from veza_demo.synthesis import SAMPLE_RATE, Sound, filtered, high_pass, low_pass, sine

pytestmark = pytest.mark.long

each_piece = pytest.mark.parametrize("piece", PIECES, ids=lambda piece: piece.slug)


@cache
def exhibition() -> tuple[list[Sound], list[bytes]]:
    # Other processes render, and two of them: quicker, and it shows that the result depends on
    # nothing that a process has left behind.
    with ProcessPoolExecutor(2, mp_context=get_context("spawn")) as pool:
        sounds, covers = pool.map(render, PIECES), pool.map(render_cover, PIECES)
        return list(sounds), list(covers)


def rendered() -> dict[str, Sound]:
    sounds, _ = exhibition()
    return dict(zip([piece.slug for piece in PIECES], sounds, strict=True))


@each_piece
def test_every_piece_is_within_bounds(piece):
    sound = rendered()[piece.slug]

    assert sound.dtype == np.float32
    assert sound.shape[0] == 2
    assert 25 <= sound.shape[1] / SAMPLE_RATE <= 60
    assert np.isfinite(sound).all()
    assert np.abs(sound).max() <= 10 ** (-1 / 20)
    assert -20 <= loudness(sound) <= -10
    assert np.abs(sound.mean(axis=1)).max() < 1e-3


@each_piece
def test_every_piece_starts_and_ends_without_a_click(piece):
    sound = rendered()[piece.slug]

    assert np.abs(sound[:, 0]).max() < 1e-3
    assert np.abs(sound[:, -SAMPLE_RATE // 20 :]).max() == 0
    assert np.abs(sound[:, -SAMPLE_RATE // 10 :]).max() < 0.01


@each_piece
def test_every_piece_is_stereo(piece):
    left, right = rendered()[piece.slug]

    apart = np.mean((left - right) ** 2) / np.mean((left + right) ** 2)

    assert 0.01 < apart < 1.5


def test_no_two_pieces_look_alike():
    shapes = np.corrcoef([envelope(sound) for sound in rendered().values()])

    assert (shapes - np.eye(len(PIECES))).max() < 0.8


def test_no_two_pieces_sound_alike():
    colours = [spectrum(sound) for sound in rendered().values()]

    for index, colour in enumerate(colours):
        for other in colours[:index]:
            assert np.abs(colour - other).mean() > 2.0  # dB a band


@pytest.mark.parametrize("slug", ["cartridge-weather", "winding-waltz"])
def test_a_piece_sounds_the_same_each_time(slug):
    piece = next(piece for piece in PIECES if piece.slug == slug)

    assert np.array_equal(render(piece), rendered()[slug])


def test_a_wav_holds_what_was_written(tmp_path: Path):
    samples = rendered()["winding-waltz"][:, :SAMPLE_RATE]

    write_wav(tmp_path / "waltz.wav", samples)

    with wave.open(str(tmp_path / "waltz.wav")) as file:
        assert (file.getnchannels(), file.getsampwidth(), file.getframerate()) == (2, 2, 44_100)
        stored = np.frombuffer(file.readframes(file.getnframes()), "<i2").reshape(-1, 2).T
    assert stored.shape == samples.shape
    assert np.abs(stored / 32767 - samples).max() < 2 / 32767


def test_every_cover_is_a_picture_of_its_own():
    _, covers = exhibition()

    small = [decoded(cover)[::40, ::40].astype(int) for cover in covers]

    for index, picture in enumerate(small):
        assert picture.std() > 12
        assert all(np.abs(picture - other).mean() > 20 for other in small[:index])


def test_a_cover_looks_the_same_each_time():
    _, covers = exhibition()

    assert render_cover(PIECES[1]) == covers[1]


def test_the_catalogue_is_varied_and_complete():
    assert len(PIECES) == 12
    assert len({piece.slug for piece in PIECES}) == len({piece.title for piece in PIECES}) == 12
    assert len({piece.genre for piece in PIECES}) == 12
    assert Counter(piece.visibility for piece in PIECES) == {
        "public": 10,
        "unlisted": 1,
        "private": 1,
    }
    assert {piece.file_format for piece in PIECES} == {"wav", "flac", "mp3"}
    assert {piece.is_downloadable for piece in PIECES} == {True, False}
    assert all(2 <= len(piece.tags) <= 4 for piece in PIECES)


def test_members_have_plain_names_and_every_role():
    names = [member.username for member in MEMBERS]

    assert len(set(names)) == len(names)
    assert all(name.isascii() and 3 <= len(name) <= 30 for name in names)
    assert all(name.replace("_", "").isalnum() for name in names)
    assert {member.role for member in MEMBERS} == {"user", "creator", "moderator"}


def test_only_creators_publish_and_after_they_joined():
    members = {member.username: member for member in MEMBERS}
    artists = {piece.slug: piece.artist for piece in PIECES}

    assert sorted(release.piece for release in RELEASES) == sorted(artists)
    for release in RELEASES:
        artist = members[artists[release.piece]]
        assert artist.role == "creator"
        assert artist.joined_days_ago > release.posted_days_ago


def test_likes_and_comments_are_by_members_and_about_what_they_may_hear():
    members = {member.username: member for member in MEMBERS}
    pieces = {piece.slug: piece for piece in PIECES}
    released = {release.piece: release.posted_days_ago for release in RELEASES}

    for deed in (*LIKES, *COMMENTS):
        assert 0 < deed.posted_days_ago < members[deed.username].joined_days_ago
        assert deed.posted_days_ago < released[deed.piece]
        assert pieces[deed.piece].visibility != "private"


def test_nobody_likes_twice_or_their_own_piece():
    artists = {piece.slug: piece.artist for piece in PIECES}

    assert len({(like.username, like.piece) for like in LIKES}) == len(LIKES)
    assert all(artists[like.piece] != like.username for like in LIKES)
    liked = Counter(like.piece for like in LIKES)
    assert all(release.plays > liked[release.piece] for release in RELEASES)


def test_comments_speak_of_a_moment_that_exists():
    for comment in COMMENTS:
        sound = rendered()[comment.piece]
        assert 0 <= comment.position_seconds < sound.shape[1] / SAMPLE_RATE
        assert 10 < len(comment.body) <= 300


def test_who_is_answered_has_spoken_before():
    for comment in COMMENTS:
        if comment.body.startswith("@"):
            asked = comment.body.split()[0].removeprefix("@")
            assert any(
                earlier.username == asked
                and earlier.piece == comment.piece
                and earlier.posted_days_ago > comment.posted_days_ago
                for earlier in COMMENTS
            )


def test_notes_are_read_as_written():
    assert (key_of("C4"), key_of("F#3"), key_of("Bb2"), key_of("B3")) == (60, 54, 46, 59)
    assert hertz(69) == 440
    assert [(n.step, n.steps, n.key) for n in line("C4 - | . E4+G4", 2)] == [
        (0, 4, 60),
        (6, 2, 64),
        (6, 2, 67),
    ]
    assert [stroke.at for stroke in Tempo(150).onsets([1], "x..x")] == pytest.approx([1.6, 1.9])


def test_a_sine_of_full_scale_is_as_loud_as_the_standard_says():
    tone = np.stack([sine(997.0, SAMPLE_RATE * 4), np.zeros(SAMPLE_RATE * 4, np.float32)])

    assert loudness(tone) == pytest.approx(-3.01, abs=0.1)


def test_mastering_keeps_silence_silent():
    quiet = mastered(np.zeros((2, SAMPLE_RATE), np.float32), lufs=-14)

    assert not quiet.any()


@pytest.mark.parametrize("seconds", [0.5, 9.0])
def test_filters_treat_long_sounds_like_short_ones(seconds: float):
    length = int(seconds * SAMPLE_RATE)
    tones = sine(100.0, length) + sine(5000.0, length)

    low = filtered(tones, low_pass(500))[SAMPLE_RATE // 4 : -SAMPLE_RATE // 10]
    high = filtered(tones, high_pass(500))[SAMPLE_RATE // 4 : -SAMPLE_RATE // 10]

    assert np.sqrt(2) * low.std() == pytest.approx(1.0, abs=0.02)
    assert np.sqrt(2) * high.std() == pytest.approx(1.0, abs=0.02)


def envelope(sound: Sound):
    mono = sound.mean(axis=0)
    return np.abs(mono[: mono.size // 200 * 200]).reshape(200, -1).max(axis=1)


def spectrum(sound: Sound):
    """Eight octaves from 60 Hz on, in dB of the whole."""
    mono = sound.mean(axis=0)
    blocks = mono[: mono.size // 4096 * 4096].reshape(-1, 4096) * np.hanning(4096)
    power = (np.abs(np.fft.rfft(blocks)) ** 2).sum(axis=0)
    edges = (60 * 2.0 ** np.arange(9) / SAMPLE_RATE * 4096).astype(int)
    bands = [power[low:high].sum() for low, high in pairwise(edges)]
    return 10 * np.log10(np.array(bands) / power.sum() + 1e-6)


def decoded(png: bytes):
    """The pixels of a PNG, read strictly: signature, checksums, and filter 2 on every row."""
    assert png[:8] == b"\x89PNG\r\n\x1a\n"
    chunks, place = {}, 8
    while place < len(png):
        (size,) = struct.unpack(">I", png[place : place + 4])
        name, content = png[place + 4 : place + 8], png[place + 8 : place + 8 + size]
        (checksum,) = struct.unpack(">I", png[place + 8 + size : place + 12 + size])
        assert checksum == zlib.crc32(name + content)
        chunks[name], place = content, place + 12 + size
    assert list(chunks) == [b"IHDR", b"IDAT", b"IEND"]
    assert struct.unpack(">IIBBBBB", chunks[b"IHDR"]) == (800, 800, 8, 2, 0, 0, 0)
    rows = np.frombuffer(zlib.decompress(chunks[b"IDAT"]), np.uint8).reshape(800, 2401)
    assert (rows[:, 0] == 2).all()
    return np.cumsum(rows[:, 1:], axis=0, dtype=np.uint8).reshape(800, 800, 3)
