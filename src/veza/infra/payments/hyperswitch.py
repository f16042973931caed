"""Hyperswitch, over its REST API (https://api-reference.hyperswitch.io).

It takes our ids as its own, of 30 characters at most: a second call with the same id is refused,
and answered here with what the first one made.
"""

import asyncio
import hmac
from collections.abc import Mapping
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Any
from urllib.parse import quote, urlencode

import httpx
import msgspec
import structlog
from msgspec import Struct

from veza.infra.payments.errors import ProviderRefused, ProviderUnavailable
from veza.infra.payments.provider import (
    DisputeState,
    Payment,
    PaymentDispute,
    PaymentRefund,
    PaymentRequest,
    PaymentState,
    RefundRequest,
    RefundState,
)

log = structlog.get_logger()

MAX_ID_LENGTH = 30
# For how long it may say nothing. A whole call takes three times as long, at most.
TIMEOUT_S = 10.0

_PAYMENT_STATES: Mapping[str, PaymentState] = {
    "succeeded": PaymentState.SUCCEEDED,
    # Something came in: how much, `amount_received` says.
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
# More than any currency's amount has; Hyperswitch writes the amounts of disputes as text.
_MAX_DIGITS = 18
# These refuse for good what was to be done. All else that is no success may be another tomorrow: it
# is busy, or we came with the wrong key, or to the wrong place, or it won't tell.
_REFUSALS = {HTTPStatus.BAD_REQUEST, HTTPStatus.PAYMENT_REQUIRED, HTTPStatus.UNPROCESSABLE_ENTITY}


class HyperswitchSettings(Struct, frozen=True):
    """Where Hyperswitch is, and as whom we come."""

    base_url: str
    api_key: str
    profile_id: str | None = None


class _Payment(Struct, frozen=True):
    payment_id: str
    status: str
    amount: int
    currency: str
    amount_received: int | None = None
    client_secret: str | None = None
    error_message: str | None = None


class _Refund(Struct, frozen=True):
    refund_id: str
    payment_id: str
    status: str
    amount: int
    currency: str
    error_message: str | None = None


class _Dispute(Struct, frozen=True):
    dispute_id: str
    payment_id: str
    dispute_status: str
    amount: str | int
    currency: str


class _Error(Struct, frozen=True):
    code: str = ""
    message: str = ""


class _Failure(Struct, frozen=True):
    error: _Error = _Error()


class Hyperswitch:
    """The client: a connection pool, and an API key."""

    name = "hyperswitch"

    def __init__(self, settings: HyperswitchSettings, timeout_s: float = TIMEOUT_S) -> None:
        self._settings = settings
        self._whole_s = 3 * timeout_s
        self._client = httpx.AsyncClient(
            base_url=settings.base_url,
            headers={"api-key": settings.api_key},
            timeout=timeout_s,
        )

    async def close(self) -> None:
        """Close the connections."""
        await self._client.aclose()

    async def create_payment(self, request: PaymentRequest) -> Payment:
        """Begin a payment that the buyer's browser confirms, or give the one of this id."""
        body = {
            "payment_id": request.id,
            "amount": request.amount_cents,
            "currency": request.currency,
            "capture_method": "automatic",
            "confirm": False,
            "description": request.description,
            "return_url": request.return_url,
            "profile_id": self._settings.profile_id,
        }
        try:
            made = await self._ask("POST", "/payments", _Payment, _without_none(body))
        except ProviderRefused:
            # That there is one of this id already is a refusal like any other.
            known = await self.find_payment(request.id)
            if known is None:
                raise
            return known
        if made is None:
            raise ProviderRefused("Hyperswitch knows no such profile.")
        return _to_payment(made, request.id)

    async def find_payment(self, payment_id: str) -> Payment | None:
        """Tell how a payment stands; Hyperswitch asks the bank first."""
        path = f"/payments/{_quote(payment_id)}?force_sync=true"
        found = await self._ask("GET", path, _Payment)
        return None if found is None else _to_payment(found, payment_id)

    async def cancel_payment(self, payment_id: str) -> Payment:
        """Have a payment come to nothing, unless it is made."""
        try:
            path = f"/payments/{_quote(payment_id)}/cancel"
            made = await self._ask("POST", path, _Payment, {})
        except ProviderRefused:
            # It ended by itself, this way or the other.
            known = await self.find_payment(payment_id)
            if known is None:
                raise
            return known
        if made is None:
            raise ProviderRefused("Hyperswitch knows no such payment.")
        return _to_payment(made, payment_id)

    async def refund(self, request: RefundRequest) -> PaymentRefund:
        """Give money back at once, or give the refund of this id."""
        body = {
            "refund_id": request.id,
            "payment_id": request.payment_id,
            "amount": request.amount_cents,
            # Else it would wait for a schedule.
            "refund_type": "instant",
            # Its own field takes three words only.
            "metadata": {"reason": request.reason},
        }
        try:
            made = await self._ask("POST", "/refunds", _Refund, body)
        except ProviderRefused:
            known = await self.find_refund(request.id)
            if known is None:
                raise
            return known
        if made is None:
            raise ProviderRefused("Hyperswitch knows no such payment.")
        return _to_refund(made, request.id)

    async def find_refund(self, refund_id: str) -> PaymentRefund | None:
        """Tell how a refund stands."""
        found = await self._ask("GET", f"/refunds/{_quote(refund_id)}", _Refund)
        return None if found is None else _to_refund(found, refund_id)

    async def list_disputes(
        self, since: datetime, *, limit: int, offset: int
    ) -> list[PaymentDispute]:
        """List the disputes that began since then, of the profile's payments."""
        query = {
            "start_time": since.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.000Z"),
            "limit": limit,
            "offset": offset,
            "profile_id": self._settings.profile_id,
        }
        path = f"/disputes/list?{urlencode(_without_none(query))}"
        found = await self._ask("GET", path, list[_Dispute])
        return [_to_dispute(one) for one in found or []]

    async def find_dispute(self, dispute_id: str) -> PaymentDispute | None:
        """Tell how a dispute stands."""
        found = await self._ask("GET", f"/disputes/{_quote(dispute_id)}", _Dispute)
        if found is not None:
            _ensure_same(found.dispute_id, dispute_id)
        return None if found is None else _to_dispute(found)

    async def _ask[T](
        self, method: str, path: str, kind: type[T], body: Mapping[str, Any] | None = None
    ) -> T | None:
        """Ask, and give the answer; None where there is no such thing."""
        try:
            async with asyncio.timeout(self._whole_s):
                answer = await self._client.request(method, path, json=body)
        except (httpx.RequestError, TimeoutError) as error:
            raise ProviderUnavailable from error
        if answer.status_code == HTTPStatus.NOT_FOUND:
            return None
        if answer.status_code in _REFUSALS and method != "GET":
            raise ProviderRefused(_read_refusal(answer.content))
        if not answer.is_success:
            log.warning("hyperswitch_unavailable", status=answer.status_code)
            raise ProviderUnavailable
        try:
            return msgspec.json.decode(answer.content, type=kind)
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            # A proxy in between, or an API that we don't know: what was asked may have been done.
            raise ProviderUnavailable from error


def sign(secret: str, body: bytes) -> str:
    """Sign the raw body of a webhook: HMAC-SHA512, in hex."""
    return hmac.digest(secret.encode(), body, "sha512").hex()


def is_signed(secret: str, body: bytes, signature: str) -> bool:
    """Tell whether a signature is the one of a body, in a time that tells nothing of it."""
    return hmac.compare_digest(sign(secret, body).encode(), signature.lower().encode())


def _to_payment(found: _Payment, payment_id: str) -> Payment:
    _ensure_same(found.payment_id, payment_id)
    state = _PAYMENT_STATES.get(found.status, PaymentState.PENDING)
    received = found.amount_received if state is PaymentState.SUCCEEDED else None
    return Payment(
        id=found.payment_id,
        state=state,
        amount_cents=found.amount if received is None else received,
        currency=found.currency,
        client_secret=found.client_secret,
        reason=found.error_message,
    )


def _to_refund(found: _Refund, refund_id: str) -> PaymentRefund:
    _ensure_same(found.refund_id, refund_id)
    return PaymentRefund(
        id=found.refund_id,
        payment_id=found.payment_id,
        state=_REFUND_STATES.get(found.status, RefundState.PENDING),
        amount_cents=found.amount,
        currency=found.currency,
        reason=found.error_message,
    )


def _to_dispute(found: _Dispute) -> PaymentDispute:
    return PaymentDispute(
        id=found.dispute_id,
        payment_id=found.payment_id,
        state=_DISPUTE_STATES.get(found.dispute_status, DisputeState.OPEN),
        amount_cents=_read_cents(found.amount),
        currency=found.currency.upper(),
    )


def _read_cents(amount: str | int) -> int:
    """Return an amount in cents; 0, which is no dispute's, for what is none."""
    text = str(amount)
    is_amount = text.isascii() and text.isdigit() and len(text) <= _MAX_DIGITS
    return int(text) if is_amount else 0


def _ensure_same(told_id: str, asked_id: str) -> None:
    """Pass over what is said of something else than was asked about."""
    if told_id != asked_id:
        raise ProviderUnavailable


def _read_refusal(body: bytes) -> str:
    try:
        error = msgspec.json.decode(body, type=_Failure).error
    except (msgspec.DecodeError, UnicodeDecodeError):
        return "Hyperswitch refused, and didn't say why."
    return f"{error.code}: {error.message}" if error.code else error.message


def _quote(thing_id: str) -> str:
    return quote(thing_id, safe="")


def _without_none(body: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in body.items() if value is not None}
