"""A wire that sends events, and an order that waits for its money."""

import pytest

from tests.domains.marketplace.webhooks.events_steps import Checkout, Wire, check_out
from tests.fakes.hyperswitch import FakeHyperswitch


@pytest.fixture
def wire(services, client) -> Wire:
    return Wire(services, client)


@pytest.fixture
async def checkout(services) -> Checkout:
    """An order with a payment in the sandbox."""
    return await check_out(services, services.payments)


@pytest.fixture
def company(services):
    """A Hyperswitch of our own, which knows our secret."""
    with FakeHyperswitch(services.webhook_secrets.payments_secret) as fake:
        yield fake
