"""Ends rooms in which nobody was for hours."""

from veza.domains.listening import queries, rules, service
from veza.infra.postgres.database import Database


async def end_empty_rooms(database: Database) -> None:
    """End all rooms that are empty for long, in batches. It may run twice."""
    while True:
        async with database.read() as conn:
            found = await queries.list_empty(conn, rules.EMPTY_FOR)
        if not found:
            return
        for conversation_id in found:
            async with database.transaction() as tx:
                await service.end_empty(tx, conversation_id)
