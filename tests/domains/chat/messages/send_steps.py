"""Steps and values that tests of messages share."""

from tests.make import NO_LINKS
from veza.domains.chat.messages.models.messages import MessageForm
from veza.domains.chat.messages.service import sent_messages


async def send(services, who, where, content="Hello", **said):
    form = MessageForm(content, **said)
    return await sent_messages.send_at_once(
        services.database, who.member, where, form, urls=NO_LINKS
    )


async def ensure_no_gap(services, where, messages):
    """Each number and each seq is there once, from the first to the last."""
    async with services.database.read() as conn:
        sql = "select number from messages where conversation_id = $1 order by number"
        assert await conn.column(int, sql, where) == list(range(1, messages + 1))
        sql = "select seq from conversation_events where conversation_id = $1 order by seq"
        seqs = await conn.column(int, sql, where)
        assert seqs == list(range(1, len(seqs) + 1))
        sql = "select last_seq from conversations where id = $1 and last_number = $2"
        assert await conn.value(int, sql, where, messages) == len(seqs)
