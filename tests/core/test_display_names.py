"""Names in any script are shown as they are; what misleads readers is refused."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from veza.core.display_names import MAX_DISPLAY_NAME, clean_display_name, clean_line
from veza.core.errors import Invalid


@pytest.mark.parametrize(
    "name",
    [
        "Björk",
        "東京事変",
        "AC/DC",
        "!!!",
        "أم كلثوم",
        "नुसरत",
        "هایده‌ها",
        "👩‍🎤 Zoé",
        "x",
        "ทราย" * 15,
    ],
)
def test_a_name_of_any_script_stays_as_it_is(name: str):
    assert clean_display_name(name) == name


@pytest.mark.parametrize(
    ("name", "clean"),
    [("  The   Band ", "The Band"), ("Bjo\u0308rk", "Björk"), ("a\u00a0b", "a b")],
)
def test_names_are_composed_and_have_single_spaces(name: str, clean: str):
    assert clean_display_name(name) == clean


@pytest.mark.parametrize(
    "name",
    [
        "",
        "   ",
        "x" * (MAX_DISPLAY_NAME + 1),
        "gnp.\u202eexe",
        "a\u2066b\u2069",
        "\u200fabc",
        "a\u200bb",
        "\u200d",
        "a \u200d b",
        "\u3164",
        "\u2800",
        "\u00ad",
        "a\x00b",
        "a\nb\x1b",
        "a\u2028b",
        "\ue000",
        "\ud800",
        "\u0301a",
        "a" + "\u0301\u0302\u0303\u0304\u0305\u0306",
        "\U000e0041",
    ],
)
def test_what_misleads_or_is_invisible_is_refused(name: str):
    with pytest.raises(Invalid) as refused:
        clean_display_name(name)
    assert refused.value.details[0].field == "display_name"


@given(st.text(max_size=80))
def test_what_is_accepted_is_clean(text: str):
    try:
        name = clean_display_name(text)
    except Invalid:
        return
    assert clean_display_name(name) == name
    assert 1 <= len(name) <= MAX_DISPLAY_NAME
    assert unicodedata.is_normalized("NFC", name)
    assert not any(unicodedata.category(char) in {"Cc", "Cs", "Co", "Zl", "Zp"} for char in name)
    assert not any(unicodedata.bidirectional(char) in {"LRO", "RLO", "RLE", "PDF"} for char in name)


def test_a_line_may_be_empty():
    assert clean_line("  ", "place") == ""
