"""Statements on take-downs, which the domains of the items and appeals call."""

from uuid import UUID

from veza.core.ids import ModerationActionId, TakedownId
from veza.core.takedowns import ItemTakedown
from veza.domains.moderation.takedowns.models import StoredTakedown
from veza.infra.postgres.database import Conn, Tx

STORED = """
    id, content_type, content_id, owner_id, category, permanent, automated, held, kept, action_id,
    undone_at, deleted_at
"""


async def note_edit(tx: Tx, takedown: ItemTakedown | None) -> None:
    """Ask staff for another look at an item whose owner has changed it, if it is taken down."""
    if takedown is not None:
        sql = "update takedowns set edited_at = now() where id = $1 and undone_at is null"
        await tx.run(sql, takedown.id)


async def forget_kept(tx: Tx, takedown: ItemTakedown) -> None:
    """Forget what would restore an item, which its owner has deleted."""
    await tx.run("update takedowns set kept = '{}' where id = $1", takedown.id)


async def find_takedown(conn: Conn, takedown_id: TakedownId) -> StoredTakedown | None:
    sql = f"select {STORED} from takedowns where id = $1"
    return await conn.maybe(StoredTakedown, sql, takedown_id)


async def find_open(conn: Conn, content_type: str, content_id: UUID) -> StoredTakedown | None:
    """Return the take-down of an item that is not undone, or that it is held."""
    sql = f"""
        select {STORED}
          from takedowns
         where content_type = $1 and content_id = $2 and undone_at is null
    """
    return await conn.maybe(StoredTakedown, sql, content_type, content_id)


async def find_by_action(conn: Conn, action_id: ModerationActionId) -> StoredTakedown | None:
    """Return the take-down of a statement of reasons."""
    sql = f"select {STORED} from takedowns where action_id = $1"
    return await conn.maybe(StoredTakedown, sql, action_id)
