"""The sandbox's two companies, as the program holds them."""

import pytest

from veza.core.ids import new_id
from veza.infra.payments.provider import PaymentRequest


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


def wish(**parts):
    fields = {"id": f"p{new_id().hex[:29]}", "amount_cents": 1250, "currency": "EUR"}
    return PaymentRequest(**(fields | {"description": "Night Ferry"} | parts))
