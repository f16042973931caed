"""A club for the tests of memberships."""

import pytest

from tests.domains.marketplace.memberships.club_steps import Club


@pytest.fixture
def club(shop, monkeypatch):
    return Club(shop, monkeypatch)
