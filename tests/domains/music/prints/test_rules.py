"""Prints of noise: what is the same is found wherever it is, and what says nothing never is."""

import random
from array import array

import pytest

from veza.core.recording_prints import RecordingPrint, list_pieces, read_words, sample_print
from veza.domains.music.prints.rules import choose_terms, compare, is_same, prepare

FOUR_MINUTES = 1938


def words_of(seed: int, count: int) -> list[int]:
    draw = random.Random(seed)
    return [draw.getrandbits(32) for _ in range(count)]


def print_of(words: list[int]) -> RecordingPrint:
    return sample_print(array("I", words).tobytes())


def with_errors(words: list[int], share: float) -> list[int]:
    """Turn some bits of each word."""
    draw = random.Random(99)
    turned = [sum((draw.random() < share) << bit for bit in range(32)) for _ in words]
    return [word ^ bits for word, bits in zip(words, turned, strict=True)]


SONG = words_of(1, 1000)


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("itself", SONG),
        ("encoded anew", with_errors(SONG, 0.05)),
        ("without its start", SONG[333:]),
        ("its middle alone", SONG[400:560]),
        ("without its middle", SONG[:420] + SONG[520:]),
        ("after another", words_of(2, 700) + SONG),
    ],
)
def test_the_same_recording_is_found(name: str, words: list[int]) -> None:
    mine, other = print_of(words), print_of(SONG)
    for one, two in ((mine, other), (other, mine)):
        found = compare(prepare(one), two)
        assert is_same(found), (name, found)
        assert found.share > 0.8
    assert len(set(choose_terms(mine)) & set(choose_terms(other))) >= 2


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("another", words_of(2, 1000)),
        ("too different", with_errors(SONG, 0.4)),
        ("a short part of both", words_of(2, 500) + SONG[:60] + words_of(3, 500)),
        ("nothing", []),
        ("two seconds", SONG[:16]),
    ],
)
def test_others_are_not(name: str, words: list[int]) -> None:
    assert not is_same(compare(prepare(print_of(words)), print_of(SONG))), name


@pytest.mark.parametrize("words", [[7] * 900, [7, 8, 9, 10, 11] * 200])
def test_silence_and_tones_are_no_recording(words: list[int]) -> None:
    flat = print_of(words)
    assert choose_terms(flat) == []
    assert not is_same(compare(prepare(flat), flat))


def test_a_part_is_kept_of_long_recordings_and_found_there() -> None:
    words = words_of(4, 40 * FOUR_MINUTES)
    long = print_of(words)
    pieces = list_pieces(len(words))
    assert pieces[0] == (0, FOUR_MINUTES)
    assert len(pieces) == 65
    assert len(long.words) == 4 * sum(count for _, count in pieces) <= 65536
    assert all(words[place] == word for place, word in read_words(long).items())
    assert is_same(compare(prepare(print_of(words[30_000:])), long))
    assert len(choose_terms(long)) == pytest.approx(len(read_words(long)) / 16, rel=0.2)


def test_a_print_of_any_length_is_read_as_it_was_kept() -> None:
    for length in (0, 1, FOUR_MINUTES, FOUR_MINUTES + 1, FOUR_MINUTES + 486, 60_000):
        found = read_words(print_of(words_of(5, length)))
        assert len(found) == sum(count for _, count in list_pieces(length))
        assert max(found, default=-1) < length
