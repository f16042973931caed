"""The conversations of the demonstration: only participants write, in order of time."""

from itertools import pairwise

from tests import make
from veza.core.access import Role
from veza.core.mentions import find_mentions
from veza.domains.chat.conversations.models import ConversationQuery
from veza.domains.chat.messages.service import history
from veza_demo import community
from veza_demo.conversations import CONVERSATIONS, fill_conversations


def test_only_participants_write_react_and_are_mentioned_in_order_of_time():
    joined = {person.username: person.joined_days_ago for person in community.MEMBERS}
    for conversation in CONVERSATIONS:
        assert {*conversation.usernames} <= joined.keys()
        assert {*conversation.away} <= {*conversation.usernames}
        assert all(a.sent_hours_ago >= b.sent_hours_ago for a, b in pairwise(conversation.messages))
        for message in conversation.messages:
            named = {message.username, *(name for name, _ in message.reactions)}
            assert {*named, *find_mentions(message.body)} <= {*conversation.usernames}
            assert message.sent_hours_ago < joined[message.username] * 24


async def test_members_find_their_conversations_and_unread_messages(tx):
    members = {}
    for person in community.MEMBERS:
        members[person.username], _ = await make.member_in(tx, Role(person.role))

    await fill_conversations(tx, members)

    for username, member in members.items():
        mine = [
            conversation for conversation in CONVERSATIONS if username in conversation.usernames
        ]
        wish = ConversationQuery()
        page = await history.list_conversations(tx, member, wish, make.NO_LINKS)
        found = {shown.name: shown for shown in page.conversations}
        assert found.keys() == {conversation.name for conversation in mine}
        for conversation in mine:
            shown = found[conversation.name]
            assert shown.last_message.content == conversation.messages[-1].body
            assert (shown.unread_count > 0) == (username in conversation.away)
