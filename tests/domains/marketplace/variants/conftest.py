"""A beat that is sold in variants."""

import pytest

from tests.domains.marketplace.variants.beat_steps import open_store


@pytest.fixture
async def beats(client, services):
    return await open_store(client, services)
