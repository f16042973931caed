"""The sandbox's two companies, as the program holds them."""

import pytest

from tests.domains.marketplace.sandbox.payments_steps import wish


@pytest.fixture
def payments(services):
    return services.payments


@pytest.fixture
def payouts(services):
    return services.payouts


@pytest.fixture
async def begun(payments):
    """A payment that waits for its buyer."""
    return await payments.create_payment(wish())
