"""What sellers can do: say who they are, be paid, and see what they have.

What asks a company takes the database and opens short transactions around the call.
"""

import structlog

from veza.core.access import Member
from veza.core.clock import now
from veza.core.errors import Unauthenticated, Unavailable
from veza.core.ids import UserId
from veza.core.money_mode import MoneyMode, mode_of
from veza.core.signed_urls import Resource, UrlBuilder, UrlSigner
from veza.domains.auth.accounts import service as accounts
from veza.domains.marketplace.ledger import service as ledger
from veza.domains.marketplace.sellers import queries, rules
from veza.domains.marketplace.sellers.errors import OnboardingLinkOver, OnboardingRefused
from veza.domains.marketplace.sellers.events import SellerConnected
from veza.domains.marketplace.sellers.models import (
    AccountNews,
    AccountStatus,
    KnownAccount,
    Onboarding,
    PayoutAccountRow,
    ProfileChange,
    SellerBalance,
    SellerProfile,
    ShownProfile,
)
from veza.infra.jobs.outbox import emit
from veza.infra.payments.errors import ProviderRefused
from veza.infra.payouts.provider import PayoutAccount, PayoutProvider
from veza.infra.postgres.database import Conn, Database, Tx

log = structlog.get_logger()

_MAX_TRIES = 5


async def get_profile(conn: Conn, user_id: UserId) -> SellerProfile:
    """Tell what a seller says of themselves; who said nothing sells in euros."""
    return await queries.find_profile(conn, user_id) or SellerProfile()


async def show_profile(conn: Conn, seller: Member) -> ShownProfile:
    """Show a seller what they said of themselves."""
    return rules.show_profile(await get_profile(conn, seller.id))


async def update_profile(tx: Tx, seller: Member, change: ProfileChange) -> ShownProfile:
    """Change what stands on the invoices to come, and in which currency one sells."""
    if not await queries.insert_seller(tx, seller.id):
        # The token outlived the account, or they were suspended just now.
        raise Unauthenticated
    profile = rules.merge(await get_profile(tx, seller.id), change)
    await queries.update_profile(tx, seller.id, profile)
    return rules.show_profile(profile)


async def get_balance(conn: Conn, seller: Member, company: str) -> SellerBalance:
    """Tell what a seller has, by currency, and whether the company of now can pay them.

    That is of the company's mode; what they have in the other one is shown apart.
    """
    profile, mode = await get_profile(conn, seller.id), mode_of(company)
    account = await queries.find_payout_account(conn, seller.id, mode)
    if account is not None and account.provider != company:
        account = None
    balances = await ledger.list_balances(conn, seller.id)
    return rules.sum_up(balances, profile, account, mode=mode)


async def find_payout_account(
    conn: Conn, user_id: UserId, mode: MoneyMode
) -> PayoutAccountRow | None:
    """Tell where a seller is paid money of a mode, if they set out to be; by whom, says the row."""
    return await queries.find_payout_account(conn, user_id, mode)


async def onboard(
    database: Database, payouts: PayoutProvider, user_id: UserId, *, return_url: str
) -> Onboarding:
    """Give the address where a seller tells the company who they are, and comes back from.

    Each has one account, however often they ask. Raises OnboardingRefused.
    """
    try:
        account_ref = await _open_account(database, payouts, user_id)
        url = await payouts.find_onboarding_url(
            account_ref, refresh_url=return_url, return_url=return_url
        )
    except ProviderRefused as error:
        raise OnboardingRefused(error.reason) from error
    return Onboarding(url)


async def onboard_again(
    database: Database, payouts: PayoutProvider, user_id: UserId, *, return_url: str
) -> Onboarding:
    """Give who came back too soon a new way. Raises OnboardingLinkOver and OnboardingRefused."""
    try:
        return await onboard(database, payouts, user_id, return_url=return_url)
    except Unauthenticated as error:
        # They were suspended, or left, since the address was made.
        raise OnboardingLinkOver from error


async def learn_account(database: Database, provider: PayoutProvider, account_ref: str) -> None:
    """Ask the company how an account stands, and announce a seller who can be paid now.

    Whoever hears that something has changed calls this: what they heard may be old. An account
    that isn't ours is passed over.
    """
    for _ in range(_MAX_TRIES):
        async with database.read() as conn:
            known = await queries.find_account(conn, provider.name, account_ref)
        if known is None:
            log.warning("unknown_payout_account", provider=provider.name)
            return
        news = await _ask(provider, account_ref, known)
        async with database.transaction(recorded=False) as tx:
            if await _keep(tx, provider, known, news):
                return
    # Of so many who ask at once, others know as much.
    raise Unavailable


async def learn_account_of(
    database: Database, payouts: PayoutProvider, user_id: UserId
) -> PayoutAccountRow | None:
    """Ask the company of a member who comes back from it; tell how they stand."""
    mode = mode_of(payouts.name)
    async with database.read() as conn:
        account = await queries.find_payout_account(conn, user_id, mode)
    if account is not None and account.provider == payouts.name:
        await learn_account(database, payouts, account.account_ref)
    async with database.read() as conn:
        return await queries.find_payout_account(conn, user_id, mode)


def find_returning(token: str, signer: UrlSigner) -> UserId | None:
    """Return the seller who comes back to an address; None if its signature is not valid."""
    read = rules.read_return_token(token)
    if read is None:
        return None
    user_id, signature = read
    return user_id if signer.is_valid(signature, Resource.ONBOARDING, user_id) else None


def return_url(user_id: UserId, urls: UrlBuilder) -> str:
    """Give the address to which a seller comes back; it shows them how they stand for an hour."""
    return rules.return_url(user_id, urls)


async def _open_account(database: Database, payouts: PayoutProvider, user_id: UserId) -> str:
    async with database.read() as conn:
        email = (await accounts.get_account(conn, user_id)).email
        country = (await get_profile(conn, user_id)).country
        known = await queries.find_payout_account(conn, user_id, mode_of(payouts.name))
    if known is not None and known.provider == payouts.name:
        account_ref = known.account_ref
    else:
        account_ref = await payouts.open_account(f"account:{user_id}", email=email, country=country)
    async with database.transaction() as tx:
        await queries.delete_account_elsewhere(tx, user_id, payouts.name)
        ask_at = rules.ask_again_at(now(), now())
        kept = await queries.insert_account(
            tx, user_id, payouts.name, account_ref=account_ref, ask_at=ask_at
        )
    if kept is None:
        # The token outlived the account, or they were suspended just now.
        raise Unauthenticated
    return kept


async def _ask(provider: PayoutProvider, account_ref: str, known: KnownAccount) -> AccountNews:
    try:
        found = await provider.find_account(account_ref)
    except ProviderRefused as refusal:
        # The company knows the account no longer.
        found = PayoutAccount(account_ref, is_connected=False, reason=refusal.reason)
    return rules.news_of(known.status, is_connected=found.is_connected, reason=found.reason)


async def _keep(tx: Tx, provider: PayoutProvider, known: KnownAccount, news: AccountNews) -> bool:
    """Keep what was learnt; False where others learnt something meanwhile, which may be newer."""
    ask_at = rules.ask_again_at(now(), known.onboarded_at)
    if not await queries.update_account(tx, known, provider.name, news=news, ask_at=ask_at):
        return False
    is_news = known.status is not AccountStatus.CONNECTED
    if news.status is AccountStatus.CONNECTED and is_news:
        await emit(tx, SellerConnected(known.user_id))
    return True
