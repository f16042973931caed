"""Steps and values that tests of messages share."""

from tests import make
from tests.make import NO_LINKS
from veza.domains.chat.messages.service import changed_messages


async def react(services, who, said, emoji="🔥"):
    async with services.database.transaction() as tx:
        return await changed_messages.react(
            tx, who.member, make.place_of(said), emoji, urls=NO_LINKS
        )
