"""Exports follows, blocks and mutes; erasing corrects the counts of others."""

from veza.core.ids import UserId
from veza.domains.relationships.models import (
    FollowRole,
    PersonalRelations,
    RelatedUser,
    RelationKind,
)
from veza.domains.relationships.queries import relations as queries
from veza.infra.postgres.database import Conn, Tx

# Tables that contain a member's id, directly or through another table.
TABLES = ("follows", "follow_counts", "blocks", "ended_relations", "mutes")


async def export(conn: Conn, user_id: UserId) -> PersonalRelations:
    """Return whom a member follows, blocks and mutes.

    Not who does so to them: that is other members' data.
    """
    return PersonalRelations(
        following=await _list_all(conn, user_id, RelationKind.FOLLOWING),
        blocked=await _list_all(conn, user_id, RelationKind.BLOCKED),
        muted=await _list_all(conn, user_id, RelationKind.MUTED),
        last_ended_at=await queries.find_last_end(conn, user_id),
    )


async def erase(tx: Tx, user_id: UserId) -> None:
    """Delete a member's relations to others, and the others' to them, and correct the counts."""
    # Lock all of them at once in the order of ids, which prevents deadlocks.
    await queries.lock_related_counts(tx, user_id)
    for role in FollowRole:
        while await queries.delete_follows_of(tx, user_id, role):
            pass
    await queries.delete_counts(tx, user_id)
    await queries.delete_blocks_of(tx, user_id)
    await queries.delete_mutes_of(tx, user_id)
    # After the others, each of which is noted there.
    await queries.delete_last_end(tx, user_id)


async def _list_all(conn: Conn, user_id: UserId, kind: RelationKind) -> list[RelatedUser]:
    related: list[RelatedUser] = []
    while page := await queries.list_all(conn, user_id, kind, related[-1] if related else None):
        related += page
    return related
