"""The messages of Hyperswitch's REST API, and what they mean in the protocol of providers."""

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import msgspec
import structlog
from msgspec import Struct
from msgspec.structs import replace

from veza.core.foreign_json import decode_json
from veza.infra.payments.card_countries import read_card_country
from veza.infra.payments.errors import ProviderUnavailable, write_reason
from veza.infra.payments.provider import (
    ChargeRequest,
    DisputeState,
    Payment,
    PaymentDispute,
    PaymentRefund,
    PaymentState,
    RefundState,
)

log = structlog.get_logger()

TIME_FORMAT = "%Y-%m-%dT%H:%M:%S.000Z"
SILENT = "Hyperswitch refused, and didn't say why."
# The code of an error of Hyperswitch itself, or of a payment that another request has locked.
PASSING = "HE_00"
# The code of an id that exists.
_DUPLICATE = "HE_01"
# Nobody has paid or been charged yet.
NOT_ATTEMPTED = {"requires_payment_method", "requires_confirmation"}

_PAYMENT_STATES: Mapping[str, PaymentState] = {
    "succeeded": PaymentState.SUCCEEDED,
    # `amount_received` is less than the amount.
    "partially_captured": PaymentState.SUCCEEDED,
    "failed": PaymentState.FAILED,
    "cancelled": PaymentState.CANCELLED,
    "cancelled_post_capture": PaymentState.CANCELLED,
    "expired": PaymentState.CANCELLED,
}
_REFUND_STATES: Mapping[str, RefundState] = {
    "succeeded": RefundState.SUCCEEDED,
    "failed": RefundState.FAILED,
}
_DISPUTE_STATES: Mapping[str, DisputeState] = {
    "dispute_won": DisputeState.WON,
    "dispute_cancelled": DisputeState.WON,
    "dispute_lost": DisputeState.LOST,
    "dispute_accepted": DisputeState.LOST,
    "dispute_expired": DisputeState.LOST,
}
# Hyperswitch writes the amounts of disputes as text.
_MAX_DIGITS = 18
_METHOD_ID = re.compile(r"[A-Za-z0-9_-]{1,64}")


class PaymentMessage(Struct, frozen=True):
    """A payment as Hyperswitch shows it."""

    payment_id: str
    status: str
    amount: int
    currency: str
    amount_received: int | None = None
    client_secret: str | None = None
    error_code: str | None = None
    error_message: str | None = None
    cancellation_reason: str | None = None
    payment_method_id: str | None = None
    setup_future_usage: str | None = None
    off_session: bool | None = None
    payment_method_data: Any = None


class RefundMessage(Struct, frozen=True):
    """A refund as Hyperswitch shows it."""

    refund_id: str
    payment_id: str
    status: str
    amount: int
    currency: str
    error_code: str | None = None
    error_message: str | None = None


class DisputeMessage(Struct, frozen=True):
    """A dispute as Hyperswitch shows it."""

    dispute_id: str
    payment_id: str
    dispute_status: str
    amount: str | int
    currency: str


class DeletionMessage(Struct, frozen=True):
    """The response to the deletion of a payment method."""

    payment_method_id: str
    deleted: bool


class ErrorMessage(Struct, frozen=True):
    """The reason why a request was refused."""

    code: str = ""
    message: str = ""


class _Failure(Struct, frozen=True):
    error: ErrorMessage = ErrorMessage()


def to_payment(found: PaymentMessage, payment_id: str) -> Payment:
    """Return a payment. Raises ProviderUnavailable if it is another one."""
    ensure_same(found.payment_id, payment_id)
    state = _PAYMENT_STATES.get(found.status, PaymentState.PENDING)
    received = found.amount_received if state is PaymentState.SUCCEEDED else None
    return Payment(
        id=found.payment_id,
        state=state,
        amount_cents=found.amount if received is None else received,
        currency=found.currency,
        client_secret=found.client_secret,
        reason=write_reason(found.error_code, found.error_message) or found.cancellation_reason,
        method_id=_read_method(found) if state is PaymentState.SUCCEEDED else None,
        is_action_required=found.status == "requires_customer_action",
        country=read_card_country(found.payment_method_data),
    )


def to_charge(found: PaymentMessage | None, request: ChargeRequest, refusal: str | None) -> Payment:
    """Return the payment of a charge: what Hyperswitch knows of it, and why it refused, if it did.

    Raises ProviderUnavailable if Hyperswitch says that it knows the payment, and that it doesn't.
    """
    if found is None:
        if is_duplicate(refusal):
            raise ProviderUnavailable
        return Payment(
            id=request.id,
            state=PaymentState.FAILED,
            amount_cents=request.amount_cents,
            currency=request.currency,
            reason=refusal,
        )
    payment = to_payment(found, request.id)
    if payment.state in {PaymentState.FAILED, PaymentState.CANCELLED}:
        reason = payment.reason or SILENT
        return replace(payment, state=PaymentState.FAILED, reason=reason)
    return payment


def is_duplicate(refusal: str | None) -> bool:
    """Return whether a request was refused because its id exists."""
    return refusal is not None and refusal.startswith(_DUPLICATE)


def read_error(body: bytes) -> ErrorMessage:
    """Return the error in an answer; one without a code if there is none."""
    try:
        return decode_json(body, _Failure).error
    except msgspec.DecodeError:
        return ErrorMessage()


def keep_method(accepted_at: datetime) -> dict[str, Any]:
    """Return the fields of a payment whose method is kept, to be charged without the buyer.

    Hyperswitch keeps no method without `customer_acceptance`. As the buyer agreed here and not in
    its form, it is `offline`; another kind needs their address and browser.
    """
    return {
        "setup_future_usage": "off_session",
        "customer_acceptance": {
            "acceptance_type": "offline",
            "accepted_at": accepted_at.astimezone(UTC).strftime(TIME_FORMAT),
        },
    }


def is_method_id(text: str) -> bool:
    """Return whether a text can be the id of a payment method, and safely be a part of a URL."""
    return _METHOD_ID.fullmatch(text) is not None


def to_refund(found: RefundMessage, refund_id: str) -> PaymentRefund:
    """Return a refund. Raises ProviderUnavailable if it is another one."""
    ensure_same(found.refund_id, refund_id)
    return PaymentRefund(
        id=found.refund_id,
        payment_id=found.payment_id,
        state=_REFUND_STATES.get(found.status, RefundState.PENDING),
        amount_cents=found.amount,
        currency=found.currency,
        reason=write_reason(found.error_code, found.error_message),
    )


def to_dispute(found: DisputeMessage) -> PaymentDispute:
    """Return a dispute."""
    return PaymentDispute(
        id=found.dispute_id,
        payment_id=found.payment_id,
        state=_DISPUTE_STATES.get(found.dispute_status, DisputeState.OPEN),
        amount_cents=_read_cents(found.amount),
        currency=found.currency.upper(),
    )


def ensure_same(received_id: str, requested_id: str) -> None:
    """Raise ProviderUnavailable if a response is about another id than requested."""
    if received_id != requested_id:
        raise ProviderUnavailable


def _read_method(found: PaymentMessage) -> str | None:
    """Return the id of the method that a payment kept, or was charged to."""
    is_kept = found.setup_future_usage == "off_session" or found.off_session
    if not is_kept or found.payment_method_id is None:
        return None
    if not is_method_id(found.payment_method_id):
        log.warning("hyperswitch_method_id_invalid", payment=found.payment_id)
        return None
    return found.payment_method_id


def _read_cents(amount: str | int) -> int:
    """Return an amount in cents, or 0 if the text isn't a valid amount."""
    text = str(amount)
    is_amount = text.isascii() and text.isdigit() and len(text) <= _MAX_DIGITS
    return int(text) if is_amount else 0
