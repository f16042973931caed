"""A shop and a seller of it."""

from collections.abc import AsyncIterator

import pytest

from tests.domains.marketplace.payouts.shop_steps import Shop, open_shop


@pytest.fixture
async def shop(services) -> AsyncIterator[Shop]:
    async with open_shop(services) as opened:
        yield opened


@pytest.fixture
async def seller(shop):
    return await shop.seller()
