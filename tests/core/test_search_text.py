"""Words for search: how texts and searches are split, and the queries made of them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from veza.core.search_query import COMMON_USES, Spelling, make_query
from veza.core.search_text import (
    MAX_INDEXED_WORDS,
    MAX_KEY_LENGTH,
    MAX_WORD_LENGTH,
    MAX_WORDS,
    index_words,
    parse_search,
    title_key,
)


def spell(*words: str, longer: int | None = None) -> dict[str, Spelling]:
    return {word: Spelling(word, uses=1, longer_uses=longer) for word in words}


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Night Ferry", ["night", "ferry", "nightferry"]),
        ("AC/DC", ["ac", "dc", "acdc"]),
        ("P!nk", ["p", "nk", "pnk", "pink"]),
        ("Ke$ha", ["ke", "ha", "keha", "kesha"]),
        ("wow!", ["wow"]),
        ("Søndag", ["sondag"]),
        ("dj_krush", ["dj", "krush", "djkrush"]),
        ("夜のフェリー", ["夜の", "のフ", "フェ", "ェリ", "リー", "夜のフェリー"]),
        ("夜", ["夜"]),
        ("हिन्दी", ["हिनदी", "हनद"]),
        ("Полночь", ["полночь"]),
        ("🎵 %!?", []),
        ("\0\ud800", []),
    ],
)
def test_a_search_has_words_of_letters_digits_and_pairs_of_unspaced_characters(text, words):
    assert parse_search(text).words == words


@pytest.mark.parametrize(
    ("text", "search"),
    [
        ("AC/DC", "acdc"),
        ("A$AP Rocky", "asap rocky"),
        ("l'océan", "ocean"),
        ("夜のフェリー", "フェ"),
        ("夜のフェリー", "ー"),
        ("Hip-Hop", "hiphop"),
        ("dj_krush", "krush"),
        ("مـرحبا", "مرحبا"),
    ],
)
def test_a_text_has_the_words_of_other_ways_to_write_it(text, search):
    indexed = index_words((text, "A"))
    assert all(f"'{word}':" in indexed for word in parse_search(search).words[:2])


@given(st.text(max_size=300))
def test_whatever_is_written_words_are_bounded(text):
    search = parse_search(text)

    assert len(search.misspellable) <= MAX_WORDS
    assert len(search.words) <= 3 * MAX_WORDS + 1
    assert all(0 < len(word) <= MAX_WORD_LENGTH for word in search.words)
    assert len(title_key(text)) <= MAX_KEY_LENGTH
    assert title_key(title_key(text)) == title_key(text)


def test_only_the_first_words_of_a_long_text_are_indexed():
    indexed = index_words((" ".join(f"w{n}" for n in range(2 * MAX_INDEXED_WORDS)), "D"))
    assert len(indexed.split()) == MAX_INDEXED_WORDS


def test_the_last_word_may_be_the_beginning_of_another():
    query = make_query(
        parse_search("night fer"), spell("night") | {"fer": Spelling("fer", None, 3)}
    )
    assert query is not None
    assert query.words == "('night') & ('fer':*)"


def test_a_word_that_nothing_has_stands_for_similar_words_or_for_nothing():
    known = spell("ferry")
    similar = known | {"nihgt": Spelling("nihgt", similar=["night", "light"])}
    query = make_query(parse_search("nihgt ferry"), similar)

    assert query is not None
    assert query.words == "('night' | 'light') & ('ferry')"
    assert make_query(parse_search("nihgt ferry"), known) is None
    assert make_query(parse_search("!?"), known) is None


def test_common_beginnings_are_not_looked_up_among_all_items():
    common = {"the": Spelling("the", None, COMMON_USES), "a": Spelling("a", 1, 1)}
    both = make_query(parse_search("night the"), spell("night") | common)
    alone = make_query(parse_search("the"), common)
    short = make_query(parse_search("a"), common)

    assert both is not None
    assert both.selective == "('night')"
    assert alone is not None
    assert (alone.selective, alone.is_common) == (None, True)
    assert short is not None
    assert (short.selective, short.is_common) == (None, False)


def test_only_words_that_are_common_by_themselves_are_not_looked_up_among_all_items():
    known = {"love": Spelling("love", 60_000), "night": Spelling("night", 70_000)}
    common = make_query(parse_search("love night"), known)
    one_rare = make_query(parse_search("love night ferry"), known | spell("ferry"))

    assert common is not None
    assert (common.selective, common.is_common) == (None, True)
    assert one_rare is not None
    assert (one_rare.selective, one_rare.is_common) == (one_rare.words, False)


def test_filters_are_part_of_every_query():
    query = make_query(parse_search("night"), spell("night"), ["type:album", "seller:'x"])
    assert query is not None
    assert query.words == query.selective == "('night') & 'type:album' & 'seller:''x'"
