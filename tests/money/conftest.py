"""A market for all tests of this folder."""

from collections.abc import AsyncIterator

import pytest

from tests.money.market import Market, open_market
from veza.domains.marketplace.invoices import service as invoices


@pytest.fixture(scope="module")
async def market(services) -> AsyncIterator[Market]:
    async with open_market(services) as opened:
        yield opened


@pytest.fixture(autouse=True)
def quick_press(monkeypatch):
    """Have documents be what they say: to set them takes half a second, and moves no money."""

    async def copy(_press, _template, data, *, moment):
        return data + str(moment).encode()

    monkeypatch.setattr(invoices, "typeset", copy)
