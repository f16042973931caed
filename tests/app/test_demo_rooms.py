"""Where people of the demonstration talk: those speak who are there, one after the other."""

from itertools import pairwise

from tests import make
from veza.core.access import Role
from veza.core.mentions import find_mentions
from veza.domains.chat.conversations.models import ConversationQuery
from veza.domains.chat.messages import service as messages
from veza_demo import community
from veza_demo.rooms import TALKS, fill_rooms


def test_only_those_speak_and_are_called_who_are_there_one_after_the_other():
    joined = {person.username: person.joined_days_ago for person in community.MEMBERS}
    for talk in TALKS:
        assert {*talk.usernames} <= joined.keys()
        assert {*talk.away} <= {*talk.usernames}
        assert all(a.said_hours_ago >= b.said_hours_ago for a, b in pairwise(talk.lines))
        for line in talk.lines:
            named = {line.username, *(name for name, _ in line.reactions)}
            assert {*named, *find_mentions(line.body)} <= {*talk.usernames}
            assert line.said_hours_ago < joined[line.username] * 24


async def test_each_finds_their_conversations_and_what_they_missed(tx):
    members = {}
    for person in community.MEMBERS:
        members[person.username], _ = await make.member_in(tx, Role(person.role))

    await fill_rooms(tx, members)

    for username, member in members.items():
        mine = [talk for talk in TALKS if username in talk.usernames]
        wish = ConversationQuery()
        page = await messages.list_conversations(tx, member, wish, make.NO_LINKS)
        found = {one.name: one for one in page.conversations}
        assert found.keys() == {talk.name for talk in mine}
        for talk in mine:
            shown = found[talk.name]
            assert shown.last_message.content == talk.lines[-1].body
            assert (shown.unread_count > 0) == (username in talk.away)
