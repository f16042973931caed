"""Companies' words are strangers' words."""

import pytest

from veza.domains.marketplace.orders.models.provider_reasons import clean_reason


@pytest.mark.parametrize("said", [None, "", " \0\n "])
def test_who_says_nothing_is_said_to_have_said_nothing(said):
    assert clean_reason(said) == "The provider gave no reason."


def test_what_is_said_is_kept_in_one_line_and_not_too_long():
    assert clean_reason("No\0 such\n account") == "No such account"
    assert clean_reason("x" * 500) == "x" * 500
    assert clean_reason("x" * 2000) == "x" * 499 + "…"
