"""What this domain keeps of a person: to hand out, and to erase."""

from veza.core.ids import UserId
from veza.domains.marketplace.sellers import queries
from veza.domains.marketplace.sellers.models import PersonalSeller
from veza.infra.postgres.database import Conn, Tx

# Tables that hold a person's id, or hang on one that does.
TABLES = ("sellers", "payout_accounts")


async def export(conn: Conn, user_id: UserId) -> PersonalSeller:
    """Hand out what a seller said of themselves, and where they are paid."""
    return PersonalSeller(
        await queries.find_profile(conn, user_id),
        await queries.list_payout_accounts(conn, user_id),
    )


async def erase(tx: Tx, user_id: UserId) -> None:
    """Erase who a seller is. Invoices keep what the law wants kept, as it was then."""
    await queries.delete_account(tx, user_id)
    await queries.delete_seller(tx, user_id)
