"""Exports and erases a seller's profile and payout accounts; invoices stay."""

from veza.core.ids import UserId
from veza.domains.marketplace.ledger.errors import MoneyStays
from veza.domains.marketplace.sellers import queries
from veza.domains.marketplace.sellers.models import SellerPersonalData
from veza.infra.postgres.database import Conn, Tx

# Tables with a user's id, or with rows that belong to such a row.
TABLES = ("sellers", "payout_accounts")


async def export(conn: Conn, user_id: UserId) -> SellerPersonalData:
    """Return a seller's profile and payout accounts."""
    return SellerPersonalData(
        await queries.find_profile(conn, user_id),
        await queries.list_payout_accounts(conn, user_id),
    )


async def erase(tx: Tx, user_id: UserId) -> None:
    """Delete a seller's profile and payout accounts. Invoices are kept as required by law."""
    await queries.delete_accounts(tx, user_id)
    await queries.delete_seller(tx, user_id)


async def move(tx: Tx, user_id: UserId, into_id: UserId) -> None:
    """Give the legal identity of a page to another profile that has none."""
    await queries.update_seller(tx, user_id, into_id)


async def ensure_no_account(tx: Tx, user_id: UserId) -> None:
    """Raise MoneyStays if a page has a payout account: it is of the legal person behind it."""
    if await queries.list_payout_accounts(tx, user_id):
        raise MoneyStays
