"""Where the members of the demonstration talk with each other, and what they say there."""

from collections.abc import Mapping
from datetime import timedelta

from msgspec import Struct

from veza.core.access import Member
from veza.core.ids import ConversationId
from veza.core.signed_urls import UrlBuilder, UrlSigner
from veza.domains.chat.conversations import service as conversations
from veza.domains.chat.conversations.models import ConversationForm, ConversationType
from veza.domains.chat.messages import service as messages
from veza.domains.chat.messages.models import MessageForm, MessageRef
from veza.infra.postgres.database import Tx

# Nobody looks at the answers.
_NO_LINKS = UrlBuilder("", UrlSigner(b"", ""), 0)


class Line(Struct, frozen=True):
    """What somebody says in a conversation, and who reacted to it with what."""

    username: str
    body: str
    said_hours_ago: float
    reactions: tuple[tuple[str, str], ...] = ()


class Talk(Struct, frozen=True):
    """A conversation: the first of its members made it; those who are away haven't read it."""

    type: str
    name: str | None
    usernames: tuple[str, ...]
    lines: tuple[Line, ...]
    away: tuple[str, ...] = ()


TALKS: tuple[Talk, ...] = (
    Talk(
        "room",
        "Studio hours",
        (
            *("oona_kallio", "tobias_rauch", "kwame_ade", "nokori", "mira_solene"),
            *("hanne_lie", "samir_b"),
        ),
        (
            Line("oona_kallio", "Door's open. Who brought a hum?", 20.5),
            Line(
                "kwame_ade",
                "Me. Fifty hertz on the tape echo, only when the desk lamp is on.",
                20.3,
            ),
            Line("oona_kallio", "Dimmer?", 20.3),
            Line("kwame_ade", "… dimmer.", 20.2, (("nokori", "💡"), ("tobias_rauch", "😂"))),
            Line(
                "tobias_rauch",
                "@kwame_ade Dimmer raus, Schalter rein. Ich löte dir einen, gegen eine Platte.",
                20.1,
            ),
            Line("mira_solene", "I'd like to order one dark lamp, too.", 20.0),
            Line(
                "nokori",
                "Serious one: how loud do you all master? Mine come out at -9 and sound angry.",
                3.2,
            ),
            Line(
                "oona_kallio",
                "@nokori -14 and let the listener turn the knob. Veza shows the LUFS of a track, "
                "look at Undertow: it loses nothing.",
                3.1,
                (("nokori", "🙏"), ("mira_solene", "🙏")),
            ),
            Line(
                "samir_b",
                "I only came to listen. It's nice in here.",
                2.8,
                (("oona_kallio", "💛"),),
            ),
        ),
        away=("hanne_lie", "mira_solene"),
    ),
    Talk(
        "direct",
        None,
        ("kwame_ade", "ines_vidal"),
        (
            Line(
                "kwame_ade", "About the rolled chord from the gate: I made a thing. Rough.", 210.0
            ),
            Line("ines_vidal", "¡Manda! Y dime si se oye el pulgar.", 209.2),
            Line("kwame_ade", "The thumb is the kick now.", 209.0, (("ines_vidal", "😍"),)),
            Line(
                "ines_vidal",
                "Entonces mi abuelo toca en Bristol. Sube lo que quieras, pero di de quién es la "
                "cancela.",
                208.5,
                (("kwame_ade", "🖤"),),
            ),
            Line("kwame_ade", "It's up, and everybody knows whose gate it is.", 98.6),
            Line("ines_vidal", "Lo estoy oyendo en la cocina. Gracias, Kwame.", 97.9),
            Line("kwame_ade", "Next time I'm in Granada I owe that gate some oil.", 1.4),
        ),
        away=("ines_vidal",),
    ),
    Talk(
        "group",
        "Winter concert",
        ("hanne_lie", "ines_vidal", "oona_kallio"),
        (
            Line(
                "hanne_lie",
                "@ines_vidal the choir said yes to the waltz. They want to be the spring that "
                "winds down.",
                50.0,
            ),
            Line("ines_vidal", "Que tarden lo que quieran en parar.", 49.6, (("hanne_lie", "🎶"),)),
            Line("oona_kallio", "I can lend you two small microphones and one long cable.", 49.0),
        ),
        away=("hanne_lie",),
    ),
)


async def fill_rooms(tx: Tx, members: Mapping[str, Member]) -> None:
    """Have the members talk, each line at its own time."""
    for talk in TALKS:
        place = await _open(tx, talk, [members[name] for name in talk.usernames])
        for line in talk.lines:
            said = await _say(tx, place, members[line.username], line)
            for username, emoji in line.reactions:
                await messages.react(tx, members[username], said, emoji, urls=_NO_LINKS)
        for username in talk.usernames:
            if username not in talk.away:
                await messages.mark_read(tx, members[username], place, None)


async def _open(tx: Tx, talk: Talk, members: list[Member]) -> ConversationId:
    kind = ConversationType(talk.type)
    maker, *others = members
    # Whom a room is for joins it by themselves.
    invited = [] if kind is ConversationType.ROOM else [one.id for one in others]
    form = ConversationForm(type=kind, name=talk.name, member_ids=invited)
    place = (await conversations.create_in(tx, maker, form)).conversation.id
    if kind is ConversationType.ROOM:
        for member in others:
            await conversations.join(tx, member, place)
    return place


async def _say(tx: Tx, place: ConversationId, sender: Member, line: Line) -> MessageRef:
    sent = await messages.send(tx, sender, place, MessageForm(line.body), urls=_NO_LINKS)
    age = timedelta(hours=line.said_hours_ago)
    for sql in (
        "update messages set created_at = now() - $2::interval where id = $1",
        "update conversation_events set created_at = now() - $2::interval where message_id = $1",
    ):
        await tx.run(sql, sent.message.id, age)
    active = "update conversations set active_at = now() - $2::interval where id = $1"
    await tx.run(active, place, age)
    return MessageRef(place, sent.message.id)
