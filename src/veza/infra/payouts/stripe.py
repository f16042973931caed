"""Stripe Connect, by its official SDK: Express accounts, transfers to them, and reversals.

Transfers are apart from charges ("separate charges and transfers"), so that one order can pay
several sellers, and a buyer's money may have come in elsewhere.
"""

import asyncio
import hashlib
from collections.abc import Awaitable

import msgspec
import stripe
from msgspec import Struct
from stripe.params import AccountCreateParams, TransferListParams

from veza.infra.payments.errors import ProviderRefused, ProviderUnavailable
from veza.infra.payouts.provider import (
    PaidTransfer,
    PayoutAccount,
    ReversalRequest,
    SellerFunds,
    TransferRequest,
)

# For how long it may say nothing. A whole call takes three times as long, at most.
TIMEOUT_S = 10.0
TOLERANCE_S = 300
_API = "https://api.stripe.com"
# What may be granted later as it is.
_PASSING = {"balance_insufficient", "insufficient_funds", "lock_timeout"}
_PAGE = 100
# An order has fewer lines than that by far, and so has the group of its transfers.
_MAX_PAGES = 10


class StripeSettings(Struct, frozen=True):
    """As whom we come, and where Stripe is: elsewhere than usual for tests alone."""

    secret_key: str
    base_url: str = _API


class _Named(Struct, frozen=True):
    id: str


class _Link(Struct, frozen=True):
    url: str


class _Capabilities(Struct, frozen=True):
    transfers: str | None = None


class _Requirements(Struct, frozen=True):
    disabled_reason: str | None = None


class _Account(Struct, frozen=True):
    """What Stripe has nothing to say of may be missing altogether."""

    id: str
    payouts_enabled: bool = False
    capabilities: _Capabilities | None = None
    requirements: _Requirements | None = None


class _Sum(Struct, frozen=True):
    currency: str
    amount: int


class _Balance(Struct, frozen=True):
    available: list[_Sum]
    pending: list[_Sum]


class _Transfer(Struct, frozen=True):
    id: str
    amount: int
    amount_reversed: int
    currency: str
    metadata: dict[str, str] | None = None


class _TransferPage(Struct, frozen=True):
    data: list[_Transfer]
    has_more: bool


class Stripe:
    """The SDK's client, with errors told apart as ours are, and answers held to their shape."""

    name = "stripe"

    def __init__(self, settings: StripeSettings, timeout_s: float = TIMEOUT_S) -> None:
        self._whole_s = 3 * timeout_s
        self._http = stripe.HTTPXClient(timeout=timeout_s)
        # Whoever calls tries again, and knows when: retries in here would only hide an outage.
        self._client = stripe.StripeClient(
            settings.secret_key,
            base_addresses={"api": settings.base_url},
            http_client=self._http,
            max_network_retries=0,
        ).v1

    async def close(self) -> None:
        """Close the connections."""
        await self._http.close_async()

    async def open_account(self, key: str, *, email: str, country: str | None) -> str:
        """Open an Express account, which can be paid once its owner has told who they are.

        Who says something else of themselves at another try gets another account: for a key that
        comes with other words, Stripe would refuse them for a day.
        """
        params: AccountCreateParams = {
            "type": "express",
            "email": email,
            "capabilities": {"transfers": {"requested": True}},
        }
        if country is not None:
            params["country"] = country
        said = hashlib.sha256(f"{email}\n{country}".encode()).hexdigest()[:16]
        asked = self._client.accounts.create_async(params, {"idempotency_key": f"{key}:{said}"})
        return (await self._ask(asked, _Named)).id

    async def find_onboarding_url(
        self, account_ref: str, *, refresh_url: str, return_url: str
    ) -> str:
        """Give an account link: good for once, and for five minutes."""
        asked = self._client.account_links.create_async(
            {
                "account": account_ref,
                "type": "account_onboarding",
                "refresh_url": refresh_url,
                "return_url": return_url,
            }
        )
        return (await self._ask(asked, _Link)).url

    async def find_account(self, account_ref: str) -> PayoutAccount:
        """Tell whether a seller's account takes transfers, and else what is missing."""
        found = await self._ask(self._client.accounts.retrieve_async(account_ref), _Account)
        is_active = found.capabilities is not None and found.capabilities.transfers == "active"
        return PayoutAccount(
            ref=found.id,
            is_connected=is_active and found.payouts_enabled,
            reason=None if found.requirements is None else found.requirements.disabled_reason,
        )

    async def list_funds(self, account_ref: str) -> list[SellerFunds]:
        """Tell what a seller has with Stripe, by currency."""
        asked = self._client.balance.retrieve_async(options={"stripe_account": account_ref})
        found = await self._ask(asked, _Balance)
        pending = {one.currency: one.amount for one in found.pending}
        available = {one.currency: one.amount for one in found.available}
        return [
            SellerFunds(code.upper(), available.get(code, 0), pending.get(code, 0))
            for code in sorted(available.keys() | pending.keys())
        ]

    async def transfer(self, request: TransferRequest) -> PaidTransfer:
        """Pay a seller, once for each key."""
        asked = self._client.transfers.create_async(
            {
                "amount": request.amount_cents,
                "currency": request.currency.lower(),
                "destination": request.account_ref,
                "transfer_group": request.group,
                "metadata": {"transfer_id": request.transfer_id},
            },
            {"idempotency_key": request.key},
        )
        return _to_transfer(await self._ask(asked, _Transfer))

    async def find_transfer(self, group: str, transfer_id: str) -> PaidTransfer | None:
        """Look for a transfer by its group and our id, when its key may be forgotten already."""
        params: TransferListParams = {"transfer_group": group, "limit": _PAGE}
        for _ in range(_MAX_PAGES):
            page = await self._ask(self._client.transfers.list_async(params), _TransferPage)
            for transfer in page.data:
                if (transfer.metadata or {}).get("transfer_id") == transfer_id:
                    return _to_transfer(transfer)
            if not page.has_more or not page.data:
                return None
            params["starting_after"] = page.data[-1].id
        # To say that there is none, one would have to have seen all.
        raise ProviderUnavailable

    async def reverse(self, request: ReversalRequest) -> str:
        """Take back what a seller was paid, as far as their balance with Stripe has it."""
        asked = self._client.transfers.reversals.create_async(
            request.transfer_ref, {"amount": request.amount_cents}, {"idempotency_key": request.key}
        )
        return (await self._ask(asked, _Named)).id

    async def _ask[T: Struct](self, asked: Awaitable[stripe.StripeObject], kind: type[T]) -> T:
        """Wait for an answer, and read it. Raises ProviderUnavailable and ProviderRefused."""
        try:
            async with asyncio.timeout(self._whole_s):
                answer: object = await asked
        except (stripe.InvalidRequestError, stripe.PermissionError, stripe.CardError) as error:
            reason = error.user_message or "Stripe refused, and didn't say why."
            raise ProviderRefused(reason, is_passing=error.code in _PASSING) from error
        except (stripe.StripeError, TimeoutError, UnicodeDecodeError) as error:
            # Gone, overloaded, busy with the same key, or not for our secret: some other time. A
            # key that it knows for another call is no refusal either: that call may have been done.
            raise ProviderUnavailable from error
        try:
            return msgspec.convert(_to_plain(answer), kind)
        except msgspec.ValidationError as error:
            # A proxy in between, or an API that we don't know: what was asked may have been done.
            raise ProviderUnavailable from error


def is_signed(secret: str, body: bytes, header: str) -> bool:
    """Tell whether a webhook is Stripe's, and no more than five minutes old."""
    if not header.isascii():
        # The SDK would compare it, and fail.
        return False
    try:
        return stripe.WebhookSignature.verify_header(body.decode(), header, secret, TOLERANCE_S)
    except (stripe.SignatureVerificationError, UnicodeDecodeError):
        return False


def _to_plain(answer: object) -> object:
    return answer.to_dict() if isinstance(answer, stripe.StripeObject) else answer


def _to_transfer(found: _Transfer) -> PaidTransfer:
    return PaidTransfer(
        ref=found.id,
        amount_cents=found.amount,
        currency=found.currency.upper(),
        reversed_cents=found.amount_reversed,
    )
