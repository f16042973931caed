"""Sums are shared to the cent, and none is lost."""

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from veza.core.money import divide, take_share, vat_within, write_amount

CENTS = st.integers(min_value=0, max_value=10**8)


@pytest.mark.parametrize(
    ("cents", "rate", "share"),
    [
        (999, "0.1", 100),
        (5, "0.1", 0),
        (15, "0.1", 2),
        (25, "0.1", 2),
        (0, "0.1", 0),
        (50, "1", 50),
    ],
)
def test_a_share_is_rounded_half_to_even(cents, rate, share):
    assert take_share(cents, Decimal(rate)) == share


@pytest.mark.parametrize(
    ("gross", "rate", "vat"),
    [(1200, "0.2", 200), (1000, "0.077", 71), (1, "0.2", 0), (999, "0", 0)],
)
def test_vat_is_what_the_price_holds(gross, rate, vat):
    assert vat_within(gross, Decimal(rate)) == vat


@given(cents=CENTS, weights=st.lists(st.integers(0, 10**8), min_size=1, max_size=20).filter(sum))
def test_parts_sum_up_and_are_within_a_cent_of_their_due(cents, weights):
    parts = divide(cents, weights)

    assert sum(parts) == cents
    for part, weight in zip(parts, weights, strict=True):
        assert abs(part - Fraction(cents * weight, sum(weights))) < 1
        assert weight or not part


def test_of_equal_parts_the_first_get_what_is_left():
    assert divide(100, [1, 1, 1]) == [34, 33, 33]
    assert divide(2, [1, 1, 1]) == [1, 1, 0]


@pytest.mark.parametrize(
    ("cents", "words"), [(1250, "12.50 EUR"), (5, "0.05 EUR"), (-105, "-1.05 EUR"), (0, "0.00 EUR")]
)
def test_amounts_are_written_for_people(cents, words):
    assert write_amount(cents, "EUR") == words
