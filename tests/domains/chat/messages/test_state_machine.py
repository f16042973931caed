"""Any order of actions: members read only what is theirs, and counters are right."""

import asyncio
from dataclasses import dataclass, field

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, invariant, rule

from tests import make
from tests.lives import play_out
from tests.make import NO_LINKS
from veza.core.errors import VezaError
from veza.core.ids import ConversationId
from veza.domains.chat.attachments import service as attachments
from veza.domains.chat.conversations.models import ConversationChange, MemberRole
from veza.domains.chat.conversations.service import conversations
from veza.domains.chat.messages.models.events import SeqRange
from veza.domains.chat.messages.models.messages import MessageForm, MessageReader, MessageRef
from veza.domains.chat.messages.service import changed_messages, sent_messages
from veza.domains.chat.messages.service import history as service_history
from veza.domains.relationships import service as relations
from veza.infra.postgres.database import Tx

pytestmark = pytest.mark.long

people = st.integers(0, 3)
# None is whoever has been there longest: so that what they do mostly succeeds.
actors = st.none() | people
roles = st.sampled_from(list(MemberRole))


@dataclass
class Said:
    """A message as everybody should see it who may."""

    id: object
    seq: int
    sender: int
    content: str
    client_id: str
    has_file: bool


@dataclass
class Talk:
    """A conversation as it should be: for each member from which seq on, and read how far."""

    kind: str
    is_private: bool
    roles: dict[int, MemberRole] = field(default_factory=dict)
    joined: dict[int, int] = field(default_factory=dict)
    read: dict[int, int] = field(default_factory=dict)
    order: list[int] = field(default_factory=list)
    said: list[Said] = field(default_factory=list)
    seq: int = 0
    opened: int = 0

    def enter(self, who, role=MemberRole.MEMBER):
        sees_all = self.kind == "room" and not self.is_private
        self.roles[who], self.read[who] = role, len(self.said)
        self.joined[who] = self.opened if sees_all else self.seq
        self.order.append(who)

    def go(self, who):
        role = self.roles.pop(who)
        self.order.remove(who)
        if role is MemberRole.OWNER and self.order:
            admins = [each for each in self.order if self.roles[each] is MemberRole.ADMIN]
            self.roles[(admins or self.order)[0]] = MemberRole.OWNER

    def readable_to(self, who):
        return [said for said in self.said if said.seq > self.joined[who]]


class Crowd(RuleBasedStateMachine):
    """Four people talk, come, go, and keep each other away, in one transaction that is undone."""

    # Set by the test, for the library makes the machines itself.
    loop: asyncio.AbstractEventLoop
    services = None

    places = Bundle("places")

    def __init__(self):
        super().__init__()
        self.talks: dict[ConversationId, Talk] = {}
        self.blocks: set[frozenset[int]] = set()
        self.do(self.begin())

    def do(self, work):
        return self.loop.run_until_complete(work)

    async def begin(self):
        self.raw = await self.services.database.pool.acquire()
        await self.raw.execute("begin")
        self.tx = Tx(self.raw)
        self.people = [(await make.member_in(self.tx))[0] for _ in range(4)]
        self.files = [await make.bare_file(self.tx, person) for person in self.people]
        self.clock = 0

    async def end(self):
        await self.raw.execute("rollback")
        self.services.database.pool.release(self.raw, is_idle=True)

    def teardown(self):
        self.do(self.end())

    def attempt(self, may, work):
        """Do what one may, and be refused what one may not; tell which it was."""
        if may:
            self.do(work)
            return True
        with pytest.raises(VezaError):
            self.do(work)
        return False

    def tell_apart(self, place, who):
        """Have whoever joins now be the youngest: within a transaction, now stands still."""
        self.clock += 1
        sql = """
            update conversation_members set joined_at = joined_at + $3 * interval '1 second'
             where conversation_id = $1 and user_id = $2
        """
        self.do(self.tx.run(sql, place, self.people[who].id, self.clock))

    @rule(
        target=places, kind=st.sampled_from(["group", "room"]), maker=people, closed=st.booleans()
    )
    def make_place(self, kind, maker, closed):
        made = make.conversation_in(self.tx, kind, self.people[maker], is_private=closed)
        place = self.do(made)
        self.talks[place] = Talk(kind, is_private=closed or kind == "group")
        self.talks[place].enter(maker, MemberRole.OWNER)
        self.tell_apart(place, maker)
        return place

    @rule(target=places, one=people, other=people)
    def meet(self, one, other):
        known = [
            p for p, t in self.talks.items() if t.kind == "direct" and {one, other} == set(t.order)
        ]
        if one == other or (not known and frozenset({one, other}) in self.blocks):
            with pytest.raises(VezaError):
                self.do(
                    make.conversation_in(self.tx, "direct", self.people[one], self.people[other])
                )
            return None
        place = self.do(
            make.conversation_in(self.tx, "direct", self.people[one], self.people[other])
        )
        if not known:
            self.talks[place] = Talk("direct", is_private=True)
            self.talks[place].enter(one)
            self.talks[place].enter(other)
        assert known in ([], [place])
        return place

    @rule(place=places, who=people)
    def join(self, place, who):
        talk = self.talks.get(place)
        if talk is None:
            return
        is_open = talk.kind == "room" and not talk.is_private and bool(talk.order)
        joining = conversations.join(self.tx, self.people[who], place)
        if self.attempt(is_open or who in talk.roles, joining) and who not in talk.roles:
            talk.enter(who)
            self.tell_apart(place, who)

    @rule(place=places, actor=actors, who=people)
    def add(self, place, actor, who):
        talk = self.talks.get(place)
        if talk is None:
            return
        actor = self.resolve(talk, actor)
        sees_to_it = talk.roles.get(actor) in {MemberRole.OWNER, MemberRole.ADMIN}
        may = sees_to_it and (who in talk.roles or frozenset({actor, who}) not in self.blocks)
        adding = conversations.add_member(self.tx, self.people[actor], place, self.people[who].id)
        if self.attempt(may, adding) and who not in talk.roles:
            talk.enter(who)
            self.tell_apart(place, who)

    @rule(place=places, actor=actors, who=people)
    def remove(self, place, actor, who):
        talk = self.talks.get(place)
        if talk is None:
            return
        actor = self.resolve(talk, actor)
        by, role = talk.roles.get(actor), talk.roles.get(who)
        may = (
            talk.kind != "direct"
            and None not in {by, role}
            and (
                actor == who
                or by is MemberRole.OWNER
                or (by is MemberRole.ADMIN and role is MemberRole.MEMBER)
            )
        )
        removing = conversations.remove_member(
            self.tx, self.people[actor], place, self.people[who].id
        )
        if self.attempt(may, removing):
            talk.go(who)

    @rule(place=places, actor=actors, who=people, role=roles)
    def give_role(self, place, actor, who, role):
        talk = self.talks.get(place)
        if talk is None:
            return
        actor = self.resolve(talk, actor)
        owns = talk.roles.get(actor) is MemberRole.OWNER
        may = owns and who in talk.roles and (who != actor or role is MemberRole.OWNER)
        giving = conversations.set_role(
            self.tx, self.people[actor], place, self.people[who].id, role=role
        )
        if self.attempt(may, giving):
            if role is MemberRole.OWNER:
                talk.roles[actor] = MemberRole.ADMIN
            talk.roles[who] = role

    @rule(place=places, actor=actors, closed=st.booleans())
    def close(self, place, actor, closed):
        talk = self.talks.get(place)
        if talk is None:
            return
        actor = self.resolve(talk, actor)
        may = talk.roles.get(actor) in {MemberRole.OWNER, MemberRole.ADMIN} and (
            talk.kind == "room" or closed
        )
        change = ConversationChange(is_private=closed)
        changing = conversations.update_conversation(self.tx, self.people[actor], place, change)
        if self.attempt(may, changing):
            if talk.is_private and not closed:
                talk.opened = talk.seq
            talk.is_private = closed

    @rule(place=places, who=actors, again=st.integers(0, 9))
    def send(self, place, who, again):
        talk = self.talks.get(place)
        if talk is not None:
            self.say(talk, place, self.resolve(talk, who), again)

    def say(self, talk, place, who, again):
        earlier = [said for said in talk.said if said.client_id == f"{who}:{again}"]
        file_id = self.files[who] if again else None
        form = MessageForm(f"said {talk.seq}", client_id=f"{who}:{again}", file_id=file_id)
        sending = sent_messages.send(self.tx, self.people[who], place, form, urls=NO_LINKS)
        if not (who in talk.roles and self.reach(talk)):
            with pytest.raises(VezaError):
                self.do(sending)
            return
        sent = self.do(sending)
        assert sent.is_new == (not earlier)
        if earlier:
            assert sent.message.id == earlier[0].id
            return
        talk.seq += 1
        has_file = file_id is not None
        talk.said.append(
            Said(sent.message.id, talk.seq, who, form.content, f"{who}:{again}", has_file)
        )
        talk.read[who] = len(talk.said)
        assert (sent.message.seq, sent.message.number) == (talk.seq, len(talk.said))

    def resolve(self, talk, who):
        """Tell who is meant: the one who has been there longest, where nobody is named."""
        return who if who is not None else (talk.order or [0])[0]

    def reach(self, talk):
        return talk.kind != "direct" or frozenset(talk.order) not in self.blocks

    def pick(self, place, nth):
        talk = self.talks.get(place)
        return (talk, talk.said[nth % len(talk.said)]) if talk and talk.said else (None, None)

    @rule(place=places, who=people, nth=st.integers(0, 9))
    def edit(self, place, who, nth):
        talk, said = self.pick(place, nth)
        if talk is None:
            return
        readable = who in talk.roles and said in talk.readable_to(who) and said.content
        may = readable and said.sender == who and self.reach(talk)
        editing = changed_messages.edit(
            self.tx, self.people[who], MessageRef(place, said.id), "edited", urls=NO_LINKS
        )
        if self.attempt(may, editing):
            said.content = "edited"
            talk.seq += 1

    @rule(place=places, who=people, nth=st.integers(0, 9))
    def delete(self, place, who, nth):
        talk, said = self.pick(place, nth)
        if talk is None:
            return
        readable = who in talk.roles and said in talk.readable_to(who) and said.content
        sees_to_it = talk.kind != "direct" and talk.roles.get(who) is not MemberRole.MEMBER
        may = readable and (said.sender == who or sees_to_it)
        deleting = changed_messages.delete(
            self.tx, self.people[who], MessageRef(place, said.id), urls=NO_LINKS
        )
        if self.attempt(may, deleting):
            said.content = ""
            talk.seq += 1

    @rule(place=places, who=people, nth=st.integers(0, 9))
    def react(self, place, who, nth):
        talk, said = self.pick(place, nth)
        if talk is None:
            return
        may = who in talk.roles and said in talk.readable_to(who) and said.content
        reacting = changed_messages.react(
            self.tx, self.people[who], MessageRef(place, said.id), "🔥", urls=NO_LINKS
        )
        if self.attempt(may and self.reach(talk), reacting):
            talk.seq += 1

    @rule(place=places, who=people, number=st.integers(0, 12))
    def read_up_to(self, place, who, number):
        talk = self.talks.get(place)
        if talk is None:
            return
        reading = conversations.mark_read(self.tx, self.people[who].id, place, number)
        if self.attempt(who in talk.roles, reading):
            talk.read[who] = max(talk.read[who], min(number, len(talk.said)))

    @rule(one=people, other=people)
    def block(self, one, other):
        if one != other:
            self.do(relations.block(self.tx, self.people[one], self.people[other].id))
            self.blocks.add(frozenset({one, other}))

    @invariant()
    def everybody_reads_what_is_theirs_and_nothing_else(self):
        for place, talk in self.talks.items():
            for who in range(4):
                self.do(self.look(place, talk, who))
                self.do(self.fetch(place, talk, who))

    async def look(self, place, talk, who):
        reader = MessageReader(self.people[who].id, NO_LINKS)
        if who not in talk.roles:
            for reading in (
                service_history.list_history(self.tx, reader, place, cursor=None, limit=100),
                service_history.list_member_events(self.tx, reader, place, SeqRange(0), limit=100),
            ):
                with pytest.raises(VezaError):
                    await reading
            return
        expected = [(said.id, said.content) for said in talk.readable_to(who)]
        history = await service_history.list_history(self.tx, reader, place, cursor=None, limit=100)
        assert [(m.id, m.content) for m in reversed(history.messages)] == expected
        replay = await service_history.list_member_events(
            self.tx, reader, place, SeqRange(0), limit=1000
        )
        assert {(e.message.id, e.message.content) for e in replay.events} == set(expected)
        assert replay.head == replay.since == talk.seq
        membership = await conversations.get_membership(self.tx, reader.id, place)
        assert membership.role is talk.roles[who]
        assert membership.unread_count == len(talk.said) - talk.read[who]
        assert membership.members_count == len(talk.roles)

    async def fetch(self, place, talk, who):
        """Ask for the first file that is there: who comes late may not have it."""
        said = next((said for said in talk.said if said.has_file and said.content), None)
        if said is None:
            return
        fetching = attachments.open_file(self.tx, place, said.id, reader_id=self.people[who].id)
        if who in talk.roles and said in talk.readable_to(who):
            await fetching
            return
        with pytest.raises(VezaError):
            await fetching

    @invariant()
    def nothing_is_missing_in_the_log(self):
        for place, talk in self.talks.items():
            events = self.do(
                service_history.list_unfiltered_events(self.tx, place, 0, limit=1000, urls=NO_LINKS)
            )
            assert [event.seq for event in events] == list(range(1, talk.seq + 1))


def test_nobody_reads_what_is_not_theirs_in_a_few_short_lives(loop, services):
    play_out(Crowd, 10, 30, derandomize=True, loop=loop, services=services)


@pytest.mark.long
def test_nobody_reads_what_is_not_theirs_in_many_long_lives(loop, services):
    play_out(Crowd, 15, 60, derandomize=False, loop=loop, services=services)
