"""Steps and values that tests of messages share."""

from veza.app.domains import PERSONAL_DATA


async def erase(services, person):
    """Erase somebody as the whole program does."""
    async with services.database.transaction() as tx:
        for part in PERSONAL_DATA.values():
            await part.erase(tx, person.id)
