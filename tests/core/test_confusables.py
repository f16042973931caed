"""Names that can be taken for each other share a skeleton, and only those."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from veza.core.confusables import list_skeletons


def _look_alike(first: str, second: str) -> bool:
    return not list_skeletons(first).isdisjoint(list_skeletons(second))


@pytest.mark.parametrize(
    ("name", "imitation"),
    [
        ("Radiohead", "RADIOHEAD"),
        ("Radiohead", "Rаdiоhеad"),
        ("Radiohead", "Radi0head"),
        ("Radiohead", "Ｒａｄｉｏｈｅａｄ"),
        ("Radiohead", "𝓡𝓪𝓭𝓲𝓸𝓱𝓮𝓪𝓭"),
        ("Radiohead", "R a d i o h e a d"),
        ("Radiohead", "Radio-head."),
        ("HIM", "ΗΙΜ"),
        ("him", "ΗΙΜ"),
        ("Björk", "Bjork"),
        ("Björk", "Bjo\u0308rk"),
        ("Lil Jon", "LiI Jon"),
        ("modern", "modem"),
        ("ВИКТОР", "виктор"),
        ("東京事変", "東京 事変"),
        ("!!!", "! ! !"),
    ],
)
def test_imitations_are_found(name: str, imitation: str):
    assert _look_alike(name, imitation)


@pytest.mark.parametrize(
    ("name", "other"),
    [
        ("Radiohead", "Radiohood"),
        ("東京事変", "東京"),
        ("!!!", "???"),
        ("ABBA", "ABBAs"),
        ("a", ""),
    ],
)
def test_other_names_are_not_taken_for_imitations(name: str, other: str):
    assert not _look_alike(name, other)


@given(st.text(max_size=60))
def test_a_skeleton_has_itself_as_its_skeleton(name: str):
    for skeleton in list_skeletons(name):
        assert skeleton in list_skeletons(skeleton)


@given(st.text(max_size=60))
def test_case_normal_form_and_spaces_change_no_skeleton(name: str):
    for form in ("NFC", "NFD", "NFKC", "NFKD"):
        assert _look_alike(name, unicodedata.normalize(form, name))
    assert _look_alike(name, name.casefold())
    assert _look_alike(name, f" {name} ")
