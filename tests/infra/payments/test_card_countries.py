"""The country of a card's issuer, as payments name it."""

import pytest

from veza.infra.payments.card_countries import read_card_country


@pytest.mark.parametrize(
    ("named", "code"),
    [
        ("FINLAND", "FI"),
        ("Czech Republic", "CZ"),
        ("UNITED STATES", "US"),
        ("DE", "DE"),
        ("ATLANTIS", None),
        ("", None),
        (None, None),
        (7, None),
    ],
)
def test_a_country_is_known_by_its_name_or_code(named, code):
    assert read_card_country({"card": {"card_issuing_country": named}}) == code


@pytest.mark.parametrize("data", [None, "card", {"card": "4242"}, {"wallet": {}}, []])
def test_what_is_no_card_has_no_country(data):
    assert read_card_country(data) is None
