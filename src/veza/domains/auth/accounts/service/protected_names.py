"""Names that look like that of a verified profile are refused, whatever kind of name it is."""

from collections.abc import Sequence

from veza.core.confusables import list_skeletons
from veza.core.errors import FieldError
from veza.core.ids import UserId
from veza.domains.auth.accounts import shared_queries as queries
from veza.domains.auth.accounts.errors import NameOfVerified
from veza.infra.postgres.database import Conn


async def ensure_unlike_verified(
    conn: Conn, field: str, name: str, owner_id: UserId | None = None
) -> None:
    """Raise NameOfVerified if a name looks like that of a verified profile of somebody else."""
    if await queries.find_protected(conn, list_skeletons(name), owner_id):
        raise NameOfVerified(details=[FieldError(field, NameOfVerified.message)])


async def list_unprotected(conn: Conn, names: Sequence[str]) -> list[str]:
    """Return those names that look like that of no verified profile, in their order."""
    looks = {name: list_skeletons(name) for name in names}
    protected = await queries.find_protected(conn, frozenset[str]().union(*looks.values()), None)
    return [name for name in names if not looks[name] & protected]
