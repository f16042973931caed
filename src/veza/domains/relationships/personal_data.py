"""What this domain keeps of a person: to hand out, and to erase."""

from veza.core.ids import UserId
from veza.domains.relationships import queries
from veza.domains.relationships.models import Circle, PersonalRelations, Related, Side
from veza.infra.postgres.database import Conn, Tx

# Tables that hold a person's id, or hang on one that does.
TABLES = ("follows", "follow_counts", "blocks", "mutes")


async def export(conn: Conn, user_id: UserId) -> PersonalRelations:
    """Hand out whom a member follows, blocks and mutes.

    Not who does so with them: it is theirs to tell.
    """
    return PersonalRelations(
        following=await _list_all(conn, user_id, Circle.FOLLOWING),
        blocked=await _list_all(conn, user_id, Circle.BLOCKED),
        muted=await _list_all(conn, user_id, Circle.MUTED),
    )


async def erase(tx: Tx, user_id: UserId) -> None:
    """Erase what a member is to others, and they to them; others' counts stay exact."""
    # All at once, in the order that is everybody's: afterwards any part of them may be changed.
    await queries.lock_counts_around(tx, user_id)
    for side in Side:
        while await queries.delete_follows_of(tx, user_id, side):
            pass
    await queries.delete_counts(tx, user_id)
    await queries.delete_blocks_of(tx, user_id)
    await queries.delete_mutes_of(tx, user_id)


async def _list_all(conn: Conn, user_id: UserId, circle: Circle) -> list[Related]:
    related: list[Related] = []
    while page := await queries.list_all(conn, user_id, circle, related[-1] if related else None):
        related += page
    return related
