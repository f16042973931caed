"""A request for a payment."""

from veza.core.ids import new_id
from veza.infra.payments.provider import PaymentRequest


def wish(**parts):
    fields = {"id": f"p{new_id().hex[:29]}", "amount_cents": 1250, "currency": "EUR"}
    return PaymentRequest(**(fields | {"description": "Night Ferry"} | parts))
