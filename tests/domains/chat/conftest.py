"""Members and conversations for tests."""

from collections.abc import Awaitable, Callable

import pytest

from tests import make
from tests.make import NO_LINKS, Person
from veza.app.services import Services
from veza.core.ids import ConversationId
from veza.domains.chat.messages.models.events import ConversationEventPage, SeqRange
from veza.domains.chat.messages.models.messages import MessageReader
from veza.domains.chat.messages.service import history

type ListEvents = Callable[..., Awaitable[ConversationEventPage]]


@pytest.fixture
async def ben(services: Services) -> Person:
    return await make.person(services)


@pytest.fixture
async def cleo(services: Services) -> Person:
    return await make.person(services)


@pytest.fixture
async def room(services: Services, ann: Person, ben: Person) -> ConversationId:
    """A public room of Ann's, where Ben is."""
    return await make.conversation(services, "room", ann, ben)


@pytest.fixture
async def group(services: Services, ann: Person, ben: Person) -> ConversationId:
    """A group of Ann's, where Ben is."""
    return await make.conversation(services, "group", ann, ben)


@pytest.fixture
async def pair(services: Services, ann: Person, ben: Person) -> ConversationId:
    """Ann and Ben by themselves."""
    return await make.conversation(services, "direct", ann, ben)


@pytest.fixture
def list_events(services: Services) -> ListEvents:
    """List the events for a member: `await list_events(ben, room, since=3)`."""

    async def listen(
        who: Person, where: ConversationId, since: int = 0, limit: int = 1000
    ) -> ConversationEventPage:
        async with services.database.read() as conn:
            return await history.list_member_events(
                conn, MessageReader(who.id, NO_LINKS), where, SeqRange(since), limit=limit
            )

    return listen
