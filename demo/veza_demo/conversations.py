"""Conversations between the members of the demonstration."""

from collections.abc import Mapping
from datetime import timedelta

from msgspec import Struct

from veza.core.access import Member
from veza.core.ids import ConversationId
from veza.core.signed_urls import UrlBuilder, UrlSigner
from veza.domains.chat.conversations.models import ConversationForm, ConversationType
from veza.domains.chat.conversations.service import conversations, creation
from veza.domains.chat.messages.models.messages import MessageForm, MessageRef
from veza.domains.chat.messages.service import changed_messages, history, sent_messages
from veza.infra.postgres.database import Tx

# Responses are not used, so their URLs need no valid signature.
_URLS = UrlBuilder("", UrlSigner(b"", ""), 0)


class DemoMessage(Struct, frozen=True):
    """A message, with reactions: (username, emoji)."""

    username: str
    body: str
    sent_hours_ago: float
    reactions: tuple[tuple[str, str], ...] = ()


class DemoConversation(Struct, frozen=True):
    """A conversation, created by its first member; members who are `away` have not read it."""

    type: str
    name: str | None
    usernames: tuple[str, ...]
    messages: tuple[DemoMessage, ...]
    away: tuple[str, ...] = ()


CONVERSATIONS: tuple[DemoConversation, ...] = (
    DemoConversation(
        "room",
        "Studio hours",
        (
            *("oona_kallio", "tobias_rauch", "kwame_ade", "nokori", "mira_solene"),
            *("hanne_lie", "samir_b"),
        ),
        (
            DemoMessage("oona_kallio", "Door's open. Who brought a hum?", 20.5),
            DemoMessage(
                "kwame_ade",
                "Me. Fifty hertz on the tape echo, only when the desk lamp is on.",
                20.3,
            ),
            DemoMessage("oona_kallio", "Dimmer?", 20.3),
            DemoMessage("kwame_ade", "… dimmer.", 20.2, (("nokori", "💡"), ("tobias_rauch", "😂"))),
            DemoMessage(
                "tobias_rauch",
                "@kwame_ade Dimmer raus, Schalter rein. Ich löte dir einen, gegen eine Platte.",
                20.1,
            ),
            DemoMessage("mira_solene", "I'd like to order one dark lamp, too.", 20.0),
            DemoMessage(
                "nokori",
                "Serious one: how loud do you all master? Mine come out at -9 and sound angry.",
                3.2,
            ),
            DemoMessage(
                "oona_kallio",
                "@nokori -14 and let the listener turn the knob. Veza shows the LUFS of a track, "
                "look at Undertow: it loses nothing.",
                3.1,
                (("nokori", "🙏"), ("mira_solene", "🙏")),
            ),
            DemoMessage(
                "samir_b",
                "I only came to listen. It's nice in here.",
                2.8,
                (("oona_kallio", "💛"),),
            ),
        ),
        away=("hanne_lie", "mira_solene"),
    ),
    DemoConversation(
        "direct",
        None,
        ("kwame_ade", "ines_vidal"),
        (
            DemoMessage(
                "kwame_ade", "About the rolled chord from the gate: I made a thing. Rough.", 210.0
            ),
            DemoMessage("ines_vidal", "¡Manda! Y dime si se oye el pulgar.", 209.2),
            DemoMessage("kwame_ade", "The thumb is the kick now.", 209.0, (("ines_vidal", "😍"),)),
            DemoMessage(
                "ines_vidal",
                "Entonces mi abuelo toca en Bristol. Sube lo que quieras, pero di de quién es la "
                "cancela.",
                208.5,
                (("kwame_ade", "🖤"),),
            ),
            DemoMessage("kwame_ade", "It's up, and everybody knows whose gate it is.", 98.6),
            DemoMessage("ines_vidal", "Lo estoy oyendo en la cocina. Gracias, Kwame.", 97.9),
            DemoMessage("kwame_ade", "Next time I'm in Granada I owe that gate some oil.", 1.4),
        ),
        away=("ines_vidal",),
    ),
    DemoConversation(
        "group",
        "Winter concert",
        ("hanne_lie", "ines_vidal", "oona_kallio"),
        (
            DemoMessage(
                "hanne_lie",
                "@ines_vidal the choir said yes to the waltz. They want to be the spring that "
                "winds down.",
                50.0,
            ),
            DemoMessage(
                "ines_vidal", "Que tarden lo que quieran en parar.", 49.6, (("hanne_lie", "🎶"),)
            ),
            DemoMessage(
                "oona_kallio", "I can lend you two small microphones and one long cable.", 49.0
            ),
        ),
        away=("hanne_lie",),
    ),
)


async def fill_conversations(tx: Tx, members: Mapping[str, Member]) -> None:
    """Create all conversations and messages, and set their dates."""
    for conversation in CONVERSATIONS:
        participants = [members[name] for name in conversation.usernames]
        conversation_id = await _create(tx, conversation, participants)
        for message in conversation.messages:
            place = await _send(tx, conversation_id, members[message.username], message)
            for username, emoji in message.reactions:
                await changed_messages.react(tx, members[username], place, emoji, urls=_URLS)
        for username in conversation.usernames:
            if username not in conversation.away:
                await history.mark_read(tx, members[username], conversation_id, None)


async def _create(tx: Tx, conversation: DemoConversation, members: list[Member]) -> ConversationId:
    kind = ConversationType(conversation.type)
    creator, *others = members
    # Members join a room by themselves.
    invited = [] if kind is ConversationType.ROOM else [member.id for member in others]
    form = ConversationForm(type=kind, name=conversation.name, member_ids=invited)
    created = await creation.create_in(tx, creator, form)
    conversation_id = created.conversation.id
    if kind is ConversationType.ROOM:
        for member in others:
            await conversations.join(tx, member, conversation_id)
    return conversation_id


async def _send(
    tx: Tx, conversation_id: ConversationId, sender: Member, message: DemoMessage
) -> MessageRef:
    form = MessageForm(message.body)
    sent = await sent_messages.send(tx, sender, conversation_id, form, urls=_URLS)
    age = timedelta(hours=message.sent_hours_ago)
    for sql in (
        "update messages set created_at = now() - $2::interval where id = $1",
        "update conversation_events set created_at = now() - $2::interval where message_id = $1",
    ):
        await tx.run(sql, sent.message.id, age)
    active = "update conversations set active_at = now() - $2::interval where id = $1"
    await tx.run(active, conversation_id, age)
    return MessageRef(conversation_id, sent.message.id)
