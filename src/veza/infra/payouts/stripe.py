"""Stripe Connect, by its official SDK: Express accounts, transfers to them, and reversals.

Transfers are apart from charges ("separate charges and transfers"), so that one order can pay
several sellers, and a buyer's money may have come in elsewhere.
"""

from collections.abc import Awaitable

import stripe
from msgspec import Struct
from stripe.params import AccountCreateParams, TransferListParams

from veza.infra.payouts.provider import (
    PaidTransfer,
    PayoutAccount,
    ReversalWish,
    SellerFunds,
    TransferWish,
)
from veza.infra.providers import ProviderRefused, ProviderUnavailable

TIMEOUT_S = 10.0
TOLERANCE_S = 300
_API = "https://api.stripe.com"
# What may be granted later as it is.
_PASSING = {"balance_insufficient", "insufficient_funds", "lock_timeout"}
_MOST = 100


class StripeSettings(Struct, frozen=True):
    """As whom we come, and where Stripe is: elsewhere than usual for tests alone."""

    secret_key: str
    base_url: str = _API


class Stripe:
    """The SDK's client, with errors told apart as ours are."""

    name = "stripe"

    def __init__(self, settings: StripeSettings, timeout_s: float = TIMEOUT_S) -> None:
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
        """Open an Express account, which can be paid once its owner has told who they are."""
        params: AccountCreateParams = {
            "type": "express",
            "email": email,
            "capabilities": {"transfers": {"requested": True}},
        }
        if country is not None:
            params["country"] = country
        made = await _ask(self._client.accounts.create_async(params, {"idempotency_key": key}))
        return made.id

    async def find_onboarding_url(
        self, account_ref: str, *, refresh_url: str, return_url: str
    ) -> str:
        """Give an account link: good for once, and for five minutes."""
        link = await _ask(
            self._client.account_links.create_async(
                {
                    "account": account_ref,
                    "type": "account_onboarding",
                    "refresh_url": refresh_url,
                    "return_url": return_url,
                }
            )
        )
        return link.url

    async def find_account(self, account_ref: str) -> PayoutAccount:
        """Tell whether a seller's account takes transfers, and else what is missing."""
        found = await _ask(self._client.accounts.retrieve_async(account_ref))
        # What Stripe has nothing to say of may be missing altogether.
        transfers = getattr(found.capabilities, "transfers", None)
        return PayoutAccount(
            ref=found.id,
            is_connected=transfers == "active" and bool(found.payouts_enabled),
            reason=getattr(found.requirements, "disabled_reason", None),
        )

    async def list_funds(self, account_ref: str) -> list[SellerFunds]:
        """Tell what a seller has with Stripe, by currency."""
        found = await _ask(
            self._client.balance.retrieve_async(options={"stripe_account": account_ref})
        )
        pending = {one.currency: one.amount for one in found.pending}
        available = {one.currency: one.amount for one in found.available}
        return [
            SellerFunds(code.upper(), available.get(code, 0), pending.get(code, 0))
            for code in sorted(available.keys() | pending.keys())
        ]

    async def transfer(self, wish: TransferWish) -> PaidTransfer:
        """Pay a seller, once for each key."""
        made = await _ask(
            self._client.transfers.create_async(
                {
                    "amount": wish.amount_cents,
                    "currency": wish.currency.lower(),
                    "destination": wish.account_ref,
                    "transfer_group": wish.group,
                    "metadata": {"transfer_id": wish.transfer_id},
                },
                {"idempotency_key": wish.key},
            )
        )
        return _to_transfer(made)

    async def find_transfer(self, group: str, transfer_id: str) -> PaidTransfer | None:
        """Look for a transfer by its group and our id, when its key may be forgotten already."""
        params: TransferListParams = {"transfer_group": group, "limit": _MOST}
        found = await _ask(self._client.transfers.list_async(params))
        for transfer in found.data:
            named = transfer.metadata
            if "transfer_id" in named and named["transfer_id"] == transfer_id:
                return _to_transfer(transfer)
        return None

    async def reverse(self, wish: ReversalWish) -> str:
        """Take back what a seller was paid, as far as their balance with Stripe has it."""
        made = await _ask(
            self._client.transfers.reversals.create_async(
                wish.transfer_ref, {"amount": wish.amount_cents}, {"idempotency_key": wish.key}
            )
        )
        return made.id


def is_signed(secret: str, body: bytes, header: str) -> bool:
    """Tell whether a webhook is Stripe's, and no more than five minutes old."""
    if not header.isascii():
        # The SDK would compare it, and fail.
        return False
    try:
        return stripe.WebhookSignature.verify_header(body.decode(), header, secret, TOLERANCE_S)
    except (stripe.SignatureVerificationError, UnicodeDecodeError):
        return False


async def _ask[T](answer: Awaitable[T]) -> T:
    """Wait for an answer. Raises ProviderUnavailable and ProviderRefused."""
    try:
        return await answer
    except (stripe.InvalidRequestError, stripe.PermissionError, stripe.CardError) as error:
        reason = error.user_message or "Stripe refused, and didn't say why."
        raise ProviderRefused(reason, is_passing=error.code in _PASSING) from error
    except stripe.StripeError as error:
        # Gone, overloaded, busy with the same key, or not for our secret: some other time. Or the
        # key was sent with other words before: what they asked for may have been done.
        raise ProviderUnavailable from error


def _to_transfer(found: stripe.Transfer) -> PaidTransfer:
    return PaidTransfer(
        ref=found.id,
        amount_cents=found.amount,
        currency=found.currency.upper(),
        reversed_cents=found.amount_reversed,
    )
