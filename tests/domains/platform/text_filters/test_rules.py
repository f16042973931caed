"""What a filter looks for, and which texts it matches: nothing hides a word, nothing takes long."""

import pytest

from veza.core.errors import Invalid
from veza.domains.platform.text_filters import rules
from veza.domains.platform.text_filters.models import (
    TextFilterEffect,
    TextFilterForm,
    TextFilterKind,
    TextPattern,
)

REJECT, REPORT = TextFilterEffect.REJECT, TextFilterEffect.REPORT
WORDS, DOMAIN = TextFilterKind.WORDS, TextFilterKind.DOMAIN


def index_of(*filters: tuple[TextFilterKind, str], effect: TextFilterEffect = REJECT):
    return rules.build_index(
        [
            TextPattern(kind, rules.read_pattern(TextFilterForm(kind, text, effect)), effect)
            for kind, text in filters
        ]
    )


def is_matched(kind: TextFilterKind, wanted: str, text: str) -> bool:
    return bool(rules.find_effects(index_of((kind, wanted)), text))


@pytest.mark.parametrize(
    "text",
    [
        "Buy Cheap  FOLLOWERS now",
        "cheap,\nfollowers!",
        "(cheap_followers)",
        "ｃｈｅａｐ ｆｏｌｌｏｗｅｒｓ",
        "ch\u200beap foll\u00adow\u2060ers",
        "𝐜𝐡𝐞𝐚𝐩 followers",
        "a cheap cheap followers",
    ],
)
def test_a_phrase_is_found_in_any_case_width_and_with_invisible_signs(text: str):
    assert is_matched(WORDS, "Cheap followers", text)


@pytest.mark.parametrize(
    "text", ["cheap", "cheapfollowers", "cheap new followers", "xcheap followers"]
)
def test_only_whole_words_in_a_row_are_found(text: str):
    assert not is_matched(WORDS, "cheap followers", text)


def test_words_of_other_scripts_are_found():
    assert is_matched(WORDS, "STRASSE", "In der Straße")
    assert is_matched(WORDS, "ΣΊΣΥΦΟΣ", "σίσυφος")
    # Without spaces, a character is a word.
    assert is_matched(WORDS, "赌博", "线上赌博网站")
    assert not is_matched(WORDS, "赌博", "赌一博")
    assert is_matched(WORDS, "कि", "यह कि वह")
    assert not is_matched(WORDS, "क", "यह कि वह")


def test_overlapping_phrases_are_found_with_their_effects():
    patterns = [
        TextPattern(WORDS, "a b c", REJECT),
        TextPattern(WORDS, "b c d", REPORT),
        TextPattern(WORDS, "c", REPORT),
    ]
    index = rules.build_index(patterns)
    assert rules.find_effects(index, "a b c") == {REJECT, REPORT}
    assert rules.find_effects(index, "a b b c d") == {REPORT}
    assert rules.find_effects(index, "a b a b c") == {REJECT, REPORT}
    assert rules.find_effects(index, "a b") == frozenset()


@pytest.mark.parametrize(
    "text",
    [
        "see https://spam.example/x?y",
        "SPAM.Example",
        "https://a.b.spam.example:8443/",
        "https://good.example@spam.example/",
        "看这里spam.example吧",
        "spam\u3002example",
        "ｓｐａｍ．ｅｘａｍｐｌｅ",
        "https://sp%61m.example",
        "[x](//spam.example.)",
        "sp\u200bam.example",
        "https:\\\\spam.example\\x",
        "a" * 5000 + " www.spam.example",
    ],
)
def test_links_to_a_domain_are_found(text: str):
    assert is_matched(DOMAIN, "spam.example", text)


@pytest.mark.parametrize("text", ["notspam.example", "spam.example.org", "spam", "spam . example"])
def test_other_domains_are_not_found(text: str):
    assert not is_matched(DOMAIN, "spam.example", text)


def test_a_domain_of_another_script_is_found_in_both_spellings():
    assert is_matched(DOMAIN, "bücher.example", "auf https://www.BÜCHER.example/liste")
    assert is_matched(DOMAIN, "bücher.example", "xn--bcher-kva.example")


def test_a_domain_is_read_from_a_pasted_link():
    for text in (" HTTPS://Spam.Example/x ", "*.spam.example", "spam.example."):
        form = TextFilterForm(DOMAIN, text, REJECT)
        assert rules.read_pattern(form) == "spam.example"


@pytest.mark.parametrize(
    ("kind", "text"),
    [(WORDS, "?!"), (WORDS, "\u200b"), (WORDS, "a " * 31), (DOMAIN, "example"), (DOMAIN, "a b.c")],
)
def test_what_could_never_match_or_too_much_is_refused(kind: TextFilterKind, text: str):
    with pytest.raises(Invalid):
        rules.read_pattern(TextFilterForm(kind, text, REJECT))


def test_the_steps_grow_with_the_text_alone(monkeypatch: pytest.MonkeyPatch):
    # The phrases share their beginning with the text and never end in it.
    filters = [(WORDS, "a " * 29 + f"x{number}") for number in range(200)]
    index = index_of(*filters)
    steps = 0

    class Counting(dict[str, int]):
        def __contains__(self, key: object) -> bool:
            nonlocal steps
            steps += 1
            return super().__contains__(key)

    assert index.phrases is not None
    counted = rules.PhraseIndex(
        [Counting(each) for each in index.phrases.steps],
        index.phrases.fallbacks,
        index.phrases.effects,
    )
    assert rules._match_phrases(counted, ["a"] * 2000) == set()
    assert steps <= 2 * 2000
