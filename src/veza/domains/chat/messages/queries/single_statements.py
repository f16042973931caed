"""Messages as single statements: see `infra.postgres.single_statement`."""

from collections.abc import Sequence

from veza.domains.chat.conversations.events import CONVERSATION
from veza.domains.chat.messages.events import MessageSent
from veza.domains.chat.messages.models.messages import NewMessage, NumberedMessage
from veza.infra.jobs import outbox
from veza.infra.postgres.database import Database
from veza.infra.postgres.single_statement import CHANGED, Part, SingleStatement

_LOGGED = Part(
    "logged",
    """
    insert into conversation_events (conversation_id, seq, type, message_id, created_at)
         select w.conversation_id, w.seq, 'message', w.id, w.created_at from written w
    """,
)
# In rooms only members who are mentioned are notified.
_NOTIFYING = Part(
    "notifying",
    f"""
    select m.conversation_id, m.id as message_id, :sender_id::uuid as sender_id,
           :mentions::text[] as mentions
      from {CHANGED} m
     where m.type <> 'room' or cardinality(:mentions::text[]) > 0
    """,
)
_LOGGED_AND_ANNOUNCED = (
    _LOGGED,
    _NOTIFYING,
    outbox.event_part("announced", MessageSent, "notifying"),
)


async def insert_message(
    database: Database,
    message: NewMessage,
    *,
    count_message: Sequence[Part],
    counted: str,
    mentions: list[str],
) -> NumberedMessage | None:
    """Send a message without attachments; return its numbers, None if nothing was changed.

    `count_message` are the parts that count it in the part `counted`. Raises ConstraintViolation
    if there is a message with its `client_id`.
    """
    written = Part(
        "written",
        f"""
        insert into messages (id, conversation_id, seq, number, sender_id, content, client_id,
                              words, created_at)
             select :id, c.id, c.last_seq, c.last_number, :sender_id, :content, :client_id,
                    strip(:words::tsvector), :created_at
               from {counted} c
          returning id, conversation_id, seq, number, created_at
        """,
    )
    changed = f"""
        select w.id, w.conversation_id, w.seq, w.number, c.type, c.username, c.appearance
          from written w
          join {counted} c on c.id = w.conversation_id
    """
    values = {name: getattr(message, name) for name in NewMessage.__struct_fields__}
    signals = {outbox.TOPIC, f"{CONVERSATION}:{message.conversation_id}"}
    change = SingleStatement(
        [*count_message, written, Part(CHANGED, changed), *_LOGGED_AND_ANNOUNCED],
        values | {"mentions": mentions},
        frozenset(signals),
    )
    return await database.run_single(NumberedMessage, change)
