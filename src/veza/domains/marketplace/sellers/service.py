"""Sellers onboard at the payout provider; a newly connected account is announced once."""

from collections.abc import Collection
from decimal import Decimal

import structlog

from veza.core.access import Member
from veza.core.clock import now
from veza.core.errors import Unauthenticated, Unavailable, required
from veza.core.ids import UserId
from veza.core.money_mode import mode_of
from veza.core.signed_urls import Resource, UrlSigner
from veza.domains.auth.accounts.service import own_account
from veza.domains.marketplace.ledger import shared_queries as ledger_queries
from veza.domains.marketplace.sellers import queries, rules
from veza.domains.marketplace.sellers import shared_queries as seller_queries
from veza.domains.marketplace.sellers.errors import OnboardingLinkOver, OnboardingRefused
from veza.domains.marketplace.sellers.events import SellerConnected
from veza.domains.marketplace.sellers.models import (
    Onboarding,
    PayoutAccountState,
    PayoutAccountStatus,
    PayoutAccountUpdate,
    SellerBalance,
    SellerProfile,
    SellerProfileChange,
    StoredPayoutAccount,
    StoredSellerProfile,
)
from veza.domains.marketplace.taxes import service as taxes
from veza.domains.marketplace.taxes.models import SellerTax, SellerTaxes
from veza.infra.jobs.outbox import emit
from veza.infra.payments.errors import ProviderRefused
from veza.infra.payouts.provider import PayoutAccount, PayoutProvider
from veza.infra.postgres.database import Conn, Database, Tx

log = structlog.get_logger()


_MAX_TRIES = 5


async def get_profile(conn: Conn, user_id: UserId) -> StoredSellerProfile:
    """Return a seller's profile, or an empty profile in euros."""
    return await queries.find_profile(conn, user_id) or StoredSellerProfile()


async def list_tax_terms(conn: Conn, user_ids: Collection[UserId]) -> dict[UserId, SellerTax]:
    """Return sellers as the tax of what they sell depends on them; none without a profile."""
    found = {
        terms.user_id: rules.tax_terms(terms) for terms in await queries.list_terms(conn, user_ids)
    }
    return {user_id: found.get(user_id, SellerTax()) for user_id in user_ids}


async def count_taxes(conn: Conn, seller: Member, provider: str) -> SellerTaxes:
    """Return what a seller sold abroad this year, in the mode of the payout provider."""
    profile = await get_profile(conn, seller.id)
    return await taxes.count_sales(conn, seller.id, mode_of(provider), profile.country)


async def show_profile(conn: Conn, seller: Member) -> SellerProfile:
    """Return a seller's own profile."""
    return rules.show_profile(await get_profile(conn, seller.id))


async def update_profile(tx: Tx, seller: Member, change: SellerProfileChange) -> SellerProfile:
    """Change the profile, which future invoices show, and the currency of a seller."""
    if not await queries.lock_seller(tx, seller.id):
        # Deleted or suspended while the token was still valid.
        raise Unauthenticated
    profile = rules.merge(await get_profile(tx, seller.id), change)
    await queries.update_profile(tx, seller.id, profile)
    return rules.show_profile(profile)


async def get_balance(
    conn: Conn, seller: Member, provider: str, *, fee_rate: Decimal
) -> SellerBalance:
    """Return a seller's balance, and whether the current payout provider can pay them.

    The balance is of the provider's mode; that of the other mode is returned separately.
    """
    profile = await get_profile(conn, seller.id)
    mode = mode_of(provider)
    account = await seller_queries.find_payout_account(conn, seller.id, mode)
    if account is not None and account.provider != provider:
        account = None
    balances = await ledger_queries.list_balances(conn, seller.id)
    return rules.show_balance(balances, profile, account, mode=mode, fee_rate=fee_rate)


async def start_onboarding(
    database: Database, payouts: PayoutProvider, user_id: UserId, *, return_url: str
) -> Onboarding:
    """Return the URL where the payout provider onboards a seller.

    A seller has one account, however often they start. Raises OnboardingRefused.
    """
    try:
        account_ref = await _open_account(database, payouts, user_id)
        url = await payouts.find_onboarding_url(
            account_ref, refresh_url=return_url, return_url=return_url
        )
    except ProviderRefused as error:
        raise OnboardingRefused(error.reason) from error
    return Onboarding(url)


async def restart_onboarding(
    database: Database, payouts: PayoutProvider, user_id: UserId, *, return_url: str
) -> Onboarding:
    """Return a new URL for a seller who returned without finishing the onboarding.

    Raises OnboardingLinkOver and OnboardingRefused.
    """
    try:
        return await start_onboarding(database, payouts, user_id, return_url=return_url)
    except Unauthenticated as error:
        # Deleted or suspended since the return URL was made.
        raise OnboardingLinkOver from error


async def refresh_account(database: Database, provider: PayoutProvider, account_ref: str) -> None:
    """Fetch the status of an account from the provider, and announce a newly connected seller.

    An account that isn't ours is ignored. Raises Unavailable after five conflicts.
    """
    for _ in range(_MAX_TRIES):
        async with database.read() as conn:
            known = await queries.find_account(conn, provider.name, account_ref)
        if known is None:
            log.warning("unknown_payout_account", provider=provider.name)
            return
        update = await _fetch_update(provider, account_ref, known)
        async with database.transaction(recorded=False) as tx:
            if await _store_update(tx, provider, known, update):
                return
    raise Unavailable


async def refresh_member_account(
    database: Database, payouts: PayoutProvider, user_id: UserId
) -> StoredPayoutAccount:
    """Refresh and return a member's account. Raises OnboardingLinkOver if they have none."""
    mode = mode_of(payouts.name)
    async with database.read() as conn:
        account = await seller_queries.find_payout_account(conn, user_id, mode)
    if account is not None and account.provider == payouts.name:
        await refresh_account(database, payouts, account.account_ref)
    async with database.read() as conn:
        account = await seller_queries.find_payout_account(conn, user_id, mode)
    return required(account, OnboardingLinkOver)


def read_return_token(token: str, signer: UrlSigner) -> UserId:
    """Return the seller of a return URL. Raises OnboardingLinkOver if it isn't valid."""
    user_id, signature = required(rules.parse_return_token(token), OnboardingLinkOver)
    if not signer.is_valid(signature, Resource.ONBOARDING, user_id):
        raise OnboardingLinkOver
    return user_id


async def _open_account(database: Database, payouts: PayoutProvider, user_id: UserId) -> str:
    async with database.read() as conn:
        # A page has none: the provider asks for one.
        email = (await own_account.get_account(conn, user_id)).email or None
        country = (await get_profile(conn, user_id)).country
        known = await seller_queries.find_payout_account(conn, user_id, mode_of(payouts.name))
    if known is not None and known.provider == payouts.name:
        account_ref = known.account_ref
    else:
        account_ref = await payouts.open_account(f"account:{user_id}", email=email, country=country)
    async with database.transaction() as tx:
        await queries.delete_replaced_account(tx, user_id, payouts.name)
        next_check_at = rules.next_check_at(now(), now())
        stored_ref = await queries.insert_account(
            tx, user_id, payouts.name, account_ref=account_ref, next_check_at=next_check_at
        )
    # Deleted or suspended while the token was still valid.
    return required(stored_ref, Unauthenticated)


async def _fetch_update(
    provider: PayoutProvider, account_ref: str, known: PayoutAccountState
) -> PayoutAccountUpdate:
    try:
        found = await provider.find_account(account_ref)
    except ProviderRefused as refusal:
        # The account no longer exists at the provider.
        found = PayoutAccount(account_ref, is_connected=False, reason=refusal.reason)
    return rules.account_update(known.status, is_connected=found.is_connected, reason=found.reason)


async def _store_update(
    tx: Tx, provider: PayoutProvider, known: PayoutAccountState, update: PayoutAccountUpdate
) -> bool:
    """Store an update; return False if another update was stored meanwhile: it may be newer."""
    next_check_at = rules.next_check_at(now(), known.onboarding_started_at)
    is_stored = await queries.update_account(
        tx, known, provider.name, update=update, next_check_at=next_check_at
    )
    connected = PayoutAccountStatus.CONNECTED
    if is_stored and update.status is connected and known.status is not connected:
        await emit(tx, SellerConnected(known.user_id))
    return is_stored
