"""A client for the REST API of Hyperswitch (https://api-reference.hyperswitch.io).

Hyperswitch uses our ids, of at most 30 characters. It refuses a second creation with the same id;
this client then returns the existing payment or refund.
"""

import asyncio
from collections.abc import Mapping
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Any
from urllib.parse import quote, urlencode

import httpx
import msgspec
import structlog
from msgspec import Struct

from veza.core.foreign_json import decode_json
from veza.infra.payments.call_metrics import PROVIDER_CALLS
from veza.infra.payments.errors import ProviderRefused, ProviderUnavailable, write_reason
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

# Between two pieces of a response. A whole call may take three times as long.
TIMEOUT_S = 10.0

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
# Final refusals. Other errors (overload, a wrong API key or URL) may not occur on a retry.
_REFUSALS = {HTTPStatus.BAD_REQUEST, HTTPStatus.PAYMENT_REQUIRED, HTTPStatus.UNPROCESSABLE_ENTITY}


class HyperswitchSettings(Struct, frozen=True):
    """The address and credentials of Hyperswitch."""

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
    error_code: str | None = None
    error_message: str | None = None


class _Refund(Struct, frozen=True):
    refund_id: str
    payment_id: str
    status: str
    amount: int
    currency: str
    error_code: str | None = None
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
    """A client with a connection pool."""

    name = "hyperswitch"

    def __init__(self, settings: HyperswitchSettings, timeout_s: float = TIMEOUT_S) -> None:
        self._settings = settings
        self._call_timeout_s = 3 * timeout_s
        PROVIDER_CALLS.declare("hyperswitch")
        self._client = httpx.AsyncClient(
            base_url=settings.base_url,
            headers={"api-key": settings.api_key},
            timeout=timeout_s,
        )

    async def close(self) -> None:
        """Close the connections."""
        await self._client.aclose()

    async def create_payment(self, request: PaymentRequest) -> Payment:
        """Create a payment that the buyer's browser confirms, or return the existing one."""
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
            made = await self._post("/payments", _Payment, _without_none(body), "profile")
        except ProviderRefused:
            # An existing id is refused with the same status as other errors.
            if known := await self.find_payment(request.id):
                return known
            raise
        return _to_payment(made, request.id)

    async def find_payment(self, payment_id: str) -> Payment | None:
        """Return a payment after Hyperswitch has updated its state from the bank."""
        path = f"/payments/{_quote(payment_id)}?force_sync=true"
        found = await self._request("GET", path, _Payment)
        return None if found is None else _to_payment(found, payment_id)

    async def cancel_payment(self, payment_id: str) -> Payment:
        """Cancel a payment unless it has ended; return it."""
        try:
            path = f"/payments/{_quote(payment_id)}/cancel"
            made = await self._post(path, _Payment, {}, "payment")
        except ProviderRefused:
            # It may have ended already.
            if known := await self.find_payment(payment_id):
                return known
            raise
        return _to_payment(made, payment_id)

    async def refund(self, request: RefundRequest) -> PaymentRefund:
        """Create an immediate refund, or return the existing one with this id."""
        body = {
            "refund_id": request.id,
            "payment_id": request.payment_id,
            "amount": request.amount_cents,
            # The default waits for a schedule.
            "refund_type": "instant",
            # The field `reason` accepts only three values.
            "metadata": {"reason": request.reason},
        }
        try:
            made = await self._post("/refunds", _Refund, body, "payment")
        except ProviderRefused:
            if known := await self.find_refund(request.id):
                return known
            raise
        return _to_refund(made, request.id)

    async def find_refund(self, refund_id: str) -> PaymentRefund | None:
        """Return a refund."""
        found = await self._request("GET", f"/refunds/{_quote(refund_id)}", _Refund)
        return None if found is None else _to_refund(found, refund_id)

    async def list_disputes(
        self, since: datetime, *, limit: int, offset: int
    ) -> list[PaymentDispute]:
        """Return a page of the profile's disputes opened since a moment."""
        query = {
            "start_time": since.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.000Z"),
            "limit": limit,
            "offset": offset,
            "profile_id": self._settings.profile_id,
        }
        path = f"/disputes/list?{urlencode(_without_none(query))}"
        found = await self._request("GET", path, list[_Dispute])
        return [_to_dispute(dispute) for dispute in found or []]

    async def find_dispute(self, dispute_id: str) -> PaymentDispute | None:
        """Return a dispute."""
        found = await self._request("GET", f"/disputes/{_quote(dispute_id)}", _Dispute)
        if found is not None:
            _ensure_same(found.dispute_id, dispute_id)
        return None if found is None else _to_dispute(found)

    async def _post[T](self, path: str, kind: type[T], body: Mapping[str, Any], owner: str) -> T:
        """Create something. Raises ProviderRefused, also if its `owner` does not exist."""
        made = await self._request("POST", path, kind, body)
        if made is None:
            raise ProviderRefused(f"Hyperswitch knows no such {owner}.")
        return made

    async def _request[T](
        self, method: str, path: str, kind: type[T], body: Mapping[str, Any] | None = None
    ) -> T | None:
        """Send a request and return the decoded response, or None if the status is 404."""
        with PROVIDER_CALLS.measure("hyperswitch"):
            return await self._exchange(method, path, kind, body)

    async def _exchange[T](
        self, method: str, path: str, kind: type[T], body: Mapping[str, Any] | None
    ) -> T | None:
        try:
            async with asyncio.timeout(self._call_timeout_s):
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
            return decode_json(answer.content, kind)
        except msgspec.DecodeError as error:
            # From a proxy or an unknown API version: the request may have been processed.
            raise ProviderUnavailable from error


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
        reason=write_reason(found.error_code, found.error_message),
    )


def _to_refund(found: _Refund, refund_id: str) -> PaymentRefund:
    _ensure_same(found.refund_id, refund_id)
    return PaymentRefund(
        id=found.refund_id,
        payment_id=found.payment_id,
        state=_REFUND_STATES.get(found.status, RefundState.PENDING),
        amount_cents=found.amount,
        currency=found.currency,
        reason=write_reason(found.error_code, found.error_message),
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
    """Return an amount in cents, or 0 if the text isn't a valid amount."""
    text = str(amount)
    is_amount = text.isascii() and text.isdigit() and len(text) <= _MAX_DIGITS
    return int(text) if is_amount else 0


def _ensure_same(received_id: str, requested_id: str) -> None:
    """Raise ProviderUnavailable if a response is about another id than requested."""
    if received_id != requested_id:
        raise ProviderUnavailable


def _read_refusal(body: bytes) -> str:
    try:
        error = decode_json(body, _Failure).error
    except msgspec.DecodeError:
        return "Hyperswitch refused, and didn't say why."
    return write_reason(error.code, error.message) or ""


def _quote(thing_id: str) -> str:
    return quote(thing_id, safe="")


def _without_none(body: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in body.items() if value is not None}
