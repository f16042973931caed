"""Makes chat for tests, by the use cases of the application."""

from typing import Any

from tests.make.people import NO_LINKS, Person
from veza.app.services import Services
from veza.core.access import Member
from veza.core.ids import ConversationId
from veza.domains.chat.conversations import shared_queries as conversation_queries
from veza.domains.chat.conversations.models import ConversationForm, ConversationType
from veza.domains.chat.conversations.service import creation
from veza.domains.chat.messages.jobs import sweep_ended
from veza.domains.chat.messages.models.messages import Message, MessageForm, MessageRef
from veza.domains.chat.messages.service import sent_messages
from veza.infra.postgres.database import Tx


async def conversation(
    services: Services, kind: str, maker: Person, *others: Person, is_private: bool = False
) -> ConversationId:
    """Make a conversation, committed: `direct`, `group` or `room`."""
    async with services.database.transaction() as tx:
        others_in = [other.member for other in others]
        return await conversation_in(tx, kind, maker.member, *others_in, is_private=is_private)


async def conversation_in(
    tx: Tx, kind: str, maker: Member, *others: Member, is_private: bool = False
) -> ConversationId:
    """Make a conversation inside a transaction."""
    form = ConversationForm(
        type=ConversationType(kind),
        name=None if kind == "direct" else "Night shift",
        member_ids=[other.id for other in others],
        is_private=is_private,
    )
    return (await creation.create_in(tx, maker, form)).conversation.id


def place_of(message: Message) -> MessageRef:
    """Tell which message is meant."""
    return MessageRef(message.conversation_id, message.id)


async def message(
    services: Services, sender: Person, place: ConversationId, content: str = "Hello", **said: Any
) -> Message:
    """Say something in a conversation, committed."""
    async with services.database.transaction() as tx:
        form = MessageForm(content, **said)
        return (await sent_messages.send(tx, sender.member, place, form, urls=NO_LINKS)).message


async def swept_conversations(services: Services) -> None:
    """Delete all conversations that have ended. A single run of the job deletes a hundred."""
    while True:
        async with services.database.read() as conn:
            if not await conversation_queries.list_ended(conn):
                return
        await sweep_ended(services.database)
