"""Exports and erases a seller's account and a buyer's kept methods; transfers and payments stay."""

from veza.core.ids import UserId
from veza.domains.marketplace.sandbox import queries
from veza.domains.marketplace.sandbox.models import PersonalSandbox
from veza.domains.marketplace.sandbox.service.payouts import account_key
from veza.infra.payments.provider import derive_customer_id
from veza.infra.postgres.database import Conn, Tx

# Tables with an id that is derived from a user's id: the key of an account, and a customer.
TABLES = ("sandbox_accounts", "sandbox_payments", "sandbox_methods")


async def export(conn: Conn, user_id: UserId) -> PersonalSandbox:
    """Return a member's account as a seller, their kept methods, and the payments with these."""
    customer_id = derive_customer_id(user_id)
    return PersonalSandbox(
        await queries.find_account_by_key(conn, account_key(user_id)),
        await queries.list_methods(conn, customer_id),
        await queries.list_payments(conn, customer_id),
    )


async def erase(tx: Tx, user_id: UserId) -> None:
    """Delete a seller's account and a buyer's kept methods. Transfers and payments stay.

    The payments come twice. First those that are to keep a method: none is kept after that. Then
    those that are charged to a method until it is deleted.
    """
    await queries.delete_account(tx, account_key(user_id))
    customer_id = derive_customer_id(user_id)
    await queries.update_customer_gone(tx, customer_id)
    await queries.delete_methods(tx, customer_id)
    await queries.update_customer_gone(tx, customer_id)
