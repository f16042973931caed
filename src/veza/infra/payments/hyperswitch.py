"""A client for the REST API of Hyperswitch (https://api-reference.hyperswitch.io).

Hyperswitch uses our ids, of at most 30 characters. It refuses a second creation with the same id;
this client then returns the existing payment or refund.

It keeps a payment method by the fields `setup_future_usage` and `customer_acceptance` of the first
payment, and charges it later by `off_session` and `recurring_details`. Ids in URLs, ours and those
of Hyperswitch, are quoted. Of a method's id only letters, digits, `_` and `-` are accepted.
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

from veza.core.clock import now
from veza.core.foreign_json import decode_json
from veza.infra.payments.call_metrics import PROVIDER_CALLS
from veza.infra.payments.errors import ProviderRefused, ProviderUnavailable, write_reason
from veza.infra.payments.hyperswitch_messages import (
    NOT_ATTEMPTED,
    PASSING,
    SILENT,
    TIME_FORMAT,
    DeletionMessage,
    DisputeMessage,
    PaymentMessage,
    RefundMessage,
    ensure_same,
    is_duplicate,
    is_method_id,
    keep_method,
    read_error,
    to_charge,
    to_dispute,
    to_payment,
    to_refund,
)
from veza.infra.payments.provider import (
    ChargeRequest,
    Payment,
    PaymentDispute,
    PaymentRefund,
    PaymentRequest,
    RefundRequest,
)

log = structlog.get_logger()

# Between two pieces of a response. A whole call may take three times as long.
TIMEOUT_S = 10.0

# Final refusals. Other errors (overload, a wrong API key or URL) may not occur on a retry.
_REFUSALS = {HTTPStatus.BAD_REQUEST, HTTPStatus.PAYMENT_REQUIRED, HTTPStatus.UNPROCESSABLE_ENTITY}
# Of the text that Hyperswitch stores with a cancellation.
_MAX_REASON = 200


class HyperswitchSettings(Struct, frozen=True):
    """The address and credentials of Hyperswitch."""

    base_url: str
    api_key: str
    profile_id: str | None = None


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
            "customer_id": request.customer_id,
        }
        if request.keeps_method:
            body |= keep_method(now())
        try:
            made = await self._post("/payments", PaymentMessage, _without_none(body), "profile")
        except ProviderRefused:
            # An existing id is refused with the same status as other errors.
            if known := await self.find_payment(request.id):
                return known
            raise
        return to_payment(made, request.id)

    async def charge(self, request: ChargeRequest) -> Payment:
        """Charge a kept method without the buyer, once for each id; return the payment.

        Hyperswitch answers a decline as a failed payment. It refuses an id that exists, and a
        method that it doesn't know, even if the payment was made before: so after each refusal it
        is asked about the payment. If there is none, nothing was charged, and the refusal is the
        reason of a failed payment.

        A refused request may leave a payment that never reached a bank, in the status
        `requires_payment_method` or `requires_confirmation`. Nobody would ever confirm it, and it
        would look pending for ever: it is cancelled, and counts as failed. It can't be one that
        another request is just charging: Hyperswitch locks a payment for each request about it,
        for the question (`force_sync`) and the cancellation as well.
        """
        body = {
            "payment_id": request.id,
            "amount": request.amount_cents,
            "currency": request.currency,
            "capture_method": "automatic",
            "confirm": True,
            "off_session": True,
            "customer_id": request.customer_id,
            "recurring_details": {"type": "payment_method_id", "data": request.method_id},
            "description": request.description,
            "return_url": request.return_url,
            "profile_id": self._settings.profile_id,
        }
        refusal = None
        try:
            made = await self._post(
                "/payments", PaymentMessage, _without_none(body), "payment method"
            )
        except ProviderRefused as refused:
            refusal = refused.reason
            made = await self._find(request.id)
        if made is not None and made.status in NOT_ATTEMPTED:
            made = await self._end_unattempted(made, request.id, refusal)
        return to_charge(made, request, refusal)

    async def forget_method(self, customer_id: str, method_id: str) -> None:  # noqa: ARG002 - the id of a method is enough
        """Delete a kept method, unless Hyperswitch doesn't know it. Raises ProviderRefused."""
        if not is_method_id(method_id):
            return
        path = f"/payment_methods/{_quote(method_id)}"
        answer = await self._request("DELETE", path, DeletionMessage)
        if answer is not None and not answer.deleted:
            raise ProviderRefused("Hyperswitch keeps the payment method.")

    async def find_payment(self, payment_id: str) -> Payment | None:
        """Return a payment after Hyperswitch has updated its state from the bank."""
        found = await self._find(payment_id)
        return None if found is None else to_payment(found, payment_id)

    async def cancel_payment(self, payment_id: str) -> Payment:
        """Cancel a payment unless it has ended; return it."""
        try:
            path = f"/payments/{_quote(payment_id)}/cancel"
            made = await self._post(path, PaymentMessage, {}, "payment")
        except ProviderRefused:
            # It may have ended already.
            if known := await self.find_payment(payment_id):
                return known
            raise
        return to_payment(made, payment_id)

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
            made = await self._post("/refunds", RefundMessage, body, "payment")
        except ProviderRefused:
            if known := await self.find_refund(request.id):
                return known
            raise
        return to_refund(made, request.id)

    async def find_refund(self, refund_id: str) -> PaymentRefund | None:
        """Return a refund."""
        found = await self._request("GET", f"/refunds/{_quote(refund_id)}", RefundMessage)
        return None if found is None else to_refund(found, refund_id)

    async def list_disputes(
        self, since: datetime, *, limit: int, offset: int
    ) -> list[PaymentDispute]:
        """Return a page of the profile's disputes opened since a moment."""
        query = {
            "start_time": since.astimezone(UTC).strftime(TIME_FORMAT),
            "limit": limit,
            "offset": offset,
            "profile_id": self._settings.profile_id,
        }
        path = f"/disputes/list?{urlencode(_without_none(query))}"
        found = await self._request("GET", path, list[DisputeMessage])
        return [to_dispute(dispute) for dispute in found or []]

    async def find_dispute(self, dispute_id: str) -> PaymentDispute | None:
        """Return a dispute."""
        found = await self._request("GET", f"/disputes/{_quote(dispute_id)}", DisputeMessage)
        if found is not None:
            ensure_same(found.dispute_id, dispute_id)
        return None if found is None else to_dispute(found)

    async def _find(self, payment_id: str) -> PaymentMessage | None:
        return await self._request(
            "GET", f"/payments/{_quote(payment_id)}?force_sync=true", PaymentMessage
        )

    async def _end_unattempted(
        self, found: PaymentMessage, payment_id: str, refusal: str | None
    ) -> PaymentMessage:
        """Cancel a payment that never reached a bank; return what became of it.

        Raises ProviderUnavailable if Hyperswitch leaves it as it is.
        """
        ensure_same(found.payment_id, payment_id)
        reason = SILENT if refusal is None or is_duplicate(refusal) else refusal
        path = f"/payments/{_quote(payment_id)}/cancel"
        body = {"cancellation_reason": reason[:_MAX_REASON]}
        ended: PaymentMessage | None
        try:
            ended = await self._post(path, PaymentMessage, body, "payment")
        except ProviderRefused:
            # Its state has changed meanwhile.
            ended = await self._find(payment_id)
        if ended is None or ended.status in NOT_ATTEMPTED:
            raise ProviderUnavailable
        return ended

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
        if not answer.is_success:
            return _read_failure(method, answer)
        try:
            return decode_json(answer.content, kind)
        except msgspec.DecodeError as error:
            # From a proxy or an unknown API version: the request may have been processed.
            raise ProviderUnavailable from error


def _read_failure(method: str, answer: httpx.Response) -> None:
    """Return None if a thing does not exist, as far as it is Hyperswitch that says so.

    Raises ProviderRefused for final refusals, and ProviderUnavailable for all other errors.
    """
    error = read_error(answer.content)
    if answer.status_code == HTTPStatus.NOT_FOUND and error.code:
        return
    if answer.status_code in _REFUSALS and method != "GET" and error.code != PASSING:
        raise ProviderRefused(write_reason(error.code, error.message) or SILENT)
    log.warning("hyperswitch_unavailable", status=answer.status_code)
    raise ProviderUnavailable


def _quote(thing_id: str) -> str:
    return quote(thing_id, safe="")


def _without_none(body: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in body.items() if value is not None}
