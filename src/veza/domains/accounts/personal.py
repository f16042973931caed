"""What this domain keeps of a person: to hand out, and to erase."""

from msgspec import Struct

from veza.core.ids import UserId
from veza.domains.accounts import queries, service
from veza.domains.accounts.models import Account, KnownSession
from veza.infra.db import Conn, Tx

# Tables that hold a person's id, or hang on one that does.
TABLES = ("users", "sessions", "refresh_tokens")


class PersonalAccount(Struct, frozen=True):
    """A member's account and where they signed in."""

    account: Account | None
    sessions: list[KnownSession]


async def export(conn: Conn, user_id: UserId) -> PersonalAccount:
    """Hand out the account and its sessions."""
    account = await queries.find_account(conn, user_id)
    return PersonalAccount(account, await queries.list_sessions(conn, user_id))


async def erase(tx: Tx, user_id: UserId) -> None:
    """Erase the account; sessions end at once, and all that hangs on it goes too."""
    await service.end_sessions(tx, user_id)
    await queries.delete_user(tx, user_id)
