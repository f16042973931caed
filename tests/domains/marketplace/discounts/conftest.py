"""A shop whose first seller has discount codes."""

import pytest

from tests.domains.marketplace.discounts.discount_steps import Codes


@pytest.fixture
def codes(shop):
    return Codes(shop)


@pytest.fixture
def refusal():
    return lambda response: (response.status_code, response.json()["code"])
