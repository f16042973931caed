"""Folding: what people would call the same, and what they wouldn't."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from veza.core.normalize import find_words, fold, fold_tag


@pytest.mark.parametrize(
    ("written", "folded"),
    [
        ("Édith  PIAF", "edith piaf"),
        ("Straße", "strasse"),
        ("Beyonce\u0301", "beyonce"),
        ("  line\nbreak\t", "line break"),
        ("№ Ⅳ", "no iv"),
        ("", ""),
    ],
)
def test_folding_drops_case_accents_and_line_breaks(written, folded):
    assert fold(written).casefold() == folded


@given(st.text(max_size=60))
def test_folding_twice_is_folding_once(text):
    once = fold(text)

    assert fold(once) == once
    assert "\n" not in once
    assert fold_tag(fold_tag(text)) == fold_tag(text) == fold_tag(once)


@pytest.mark.parametrize(
    "spellings",
    [
        ("hip-hop", "Hip Hop", "hiphop", "HIP_HOP", "hip–hop", "Hip, hop!"),
        ("lo-fi", "Lo Fi", "lofi"),
        ("R&B", "r & b", "rb", "R'n'B".replace("n", "")),
        ("années 80", "annees-80", "Années80"),
        ("c++", "C++"),
        ("techno", "ＴＥＣＨＮＯ"),
    ],
)
def test_a_tag_is_the_same_however_it_is_spelt(spellings):
    assert len({fold_tag(spelling) for spelling in spellings}) == 1


def test_tags_that_are_not_the_same_stay_apart():
    tags = ["c", "c++", "c#", "house", "horse", "техно", "techno", "夜"]
    assert len({fold_tag(tag) for tag in tags}) == len(tags)


@pytest.mark.parametrize("tag", ["", " ", "!!!", "🎵", "-_-"])
def test_of_a_tag_without_letters_and_digits_nothing_is_left(tag):
    assert fold_tag(tag) == ""


def test_a_search_has_at_most_eight_words_each_once():
    text = "One one TWO two: three, four five six seven eight nine ten"

    words = find_words(text)

    assert words == ["one", "two", "three", "four", "five", "six", "seven", "eight"]


@pytest.mark.parametrize("text", ["", "   ", "!?…", "—"])
def test_a_search_without_a_word_has_none(text):
    assert find_words(text) == []
