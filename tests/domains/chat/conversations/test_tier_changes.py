"""A room changes its tier: messages stay with those who could read them when they were written."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from tests import make
from tests.domains.chat.conversations.members_steps import add, call, remove, roles, told
from tests.domains.realtime.chat_client import FakeClient
from tests.infra.waiting import until
from veza.core.clock import now
from veza.core.ids import ConversationId, new_id
from veza.domains.chat.conversations import jobs
from veza.domains.chat.conversations.queries import conversations as queries
from veza.domains.chat.messages.service import history

_WORD = "zymurgy"


@pytest.fixture
async def tiers(services, ann):
    async with services.database.transaction() as tx:
        titles = ("bronze", "silver", "gold")
        made = [
            await make.tier(tx, ann.member, each, position=n) for n, each in enumerate(titles, 1)
        ]
    return dict(zip(titles, made, strict=True))


@pytest.fixture
async def people(services, ann, tiers):
    """Members of each tier, and those whom no tier of Ann's admits. `leaver` is about to leave."""
    names = ("bronze", "silver", "gold", "leaver", "former", "other", "stranger", "blocked")
    found = {name: await make.person(services) for name in names}
    elsewhere = await make.person(services, "creator")
    ended = now() - timedelta(seconds=1)
    async with services.database.transaction() as tx:
        for name, tier in tiers.items():
            await make.member_of(tx, found[name].member, tier)
        for name, until_ in (("leaver", None), ("former", ended), ("blocked", None)):
            await make.member_of(tx, found[name].member, tiers["gold"], until=until_)
        foreign = await make.tier(tx, elsewhere.member, position=9)
        await make.member_of(tx, found["other"].member, foreign)
    await make.blocks(services, ann, found["blocked"])
    return {"ann": ann} | found


@pytest.fixture
async def club(client, ann, tiers):
    """A room of the silver tier."""
    form = {"type": "room", "name": "The club", "tier_id": str(tiers["silver"].id)}
    answer = await client.post("conversations", headers=ann.headers, json=form)
    return ConversationId(UUID(answer.json()["data"]["id"]))


# The change of the room, who joins it then, and the first message that each reads from then on.
_INSIDERS = {"ann": 0, "gold": 0}
_OUTSIDERS = ("leaver", "former", "other", "stranger", "blocked")
_STAGES: list[tuple[dict[str, Any], Mapping[str, int]]] = [
    ({"tier": "gold"}, _INSIDERS),
    ({"tier": None}, _INSIDERS),
    ({"tier": "bronze"}, _INSIDERS | {"silver": 4, "bronze": 4}),
    (
        {"tier": None, "is_private": False},
        _INSIDERS | {"silver": 4, "bronze": 4} | dict.fromkeys(_OUTSIDERS, 5),
    ),
    ({"tier": "silver"}, _INSIDERS | {"silver": 4}),
    ({"tier": "gold", "name": "The inner club"}, _INSIDERS),
]


class _Room:
    """A room, with all who try to get into it, and what was said there."""

    def __init__(self, client, services, club, people):
        self.client, self.services, self.club, self.people = client, services, club, people
        self.said: list[str] = []
        self.sockets = {name: FakeClient(person) for name, person in people.items()}
        for socket in self.sockets.values():
            assert services.hub.register(socket.connection)

    async def join(self) -> set[str]:
        """Have everybody join, also by a socket; return who could."""
        joined = set()
        for name, person in self.people.items():
            answer = await call(self.client, "POST", person, self.club, "/join")
            if answer.status_code == 200:
                joined.add(name)
                await self.services.hub.join(self.sockets[name].connection, self.club)
        return joined

    async def say(self) -> None:
        mentions = " ".join(f"@{person.username}" for person in self.people.values())
        content = f"{_WORD}{len(self.said)} {mentions}"
        sent = await call(
            self.client, "POST", self.people["ann"], self.club, "/messages", content=content
        )
        assert sent.status_code == 201, sent.text
        self.said.append(sent.json()["data"]["id"])
        await make.delivered(self.services)

    async def crawl(self, name: str) -> dict[str, list[int]]:
        """Return the numbers of the messages that each place shows somebody."""
        headers, room = self.people[name].headers, f"conversations/{self.club}"
        pages = {
            "history": (f"{room}/history", {"limit": 50}),
            "events": (f"{room}/events", {"limit": 100}),
            "search": ("conversations/search", {"q": _WORD, "limit": 50}),
            "search here": (
                "conversations/search",
                {"q": _WORD, "conversation_id": str(self.club)},
            ),
            "list": ("conversations", {}),
            "notifications": ("notifications", {"limit": 50}),
        }
        shown = {}
        for place, (path, params) in pages.items():
            text = (await self.client.get(path, headers=headers, params=params)).text
            shown[place] = [n for n in range(len(self.said)) if f"{_WORD}{n} " in text]
        return shown | await self._read_each(name)

    async def _read_each(self, name: str) -> dict[str, list[int]]:
        """Return the numbers of the messages that somebody reads and reports by id."""
        headers, room = self.people[name].headers, f"conversations/{self.club}"
        shown: dict[str, list[int]] = {"around": [], "reports": []}
        async with self.services.database.read() as conn:
            for number, message_id in enumerate(self.said):
                path, params = f"{room}/history", {"around": message_id}
                around = await self.client.get(path, headers=headers, params=params)
                if around.status_code == 200:
                    shown["around"].append(number)
                viewer = self.people[name].member
                if await history.find_evidence(conn, UUID(message_id), viewer):
                    shown["reports"].append(number)
        return shown

    def heard(self, name: str) -> list[int]:
        """Return the numbers of the messages that somebody's socket has got."""
        frames = [str(each) for each in self.sockets[name].received if each["type"] == "message"]
        return [n for n in range(len(self.said)) if any(f"{_WORD}{n} " in each for each in frames)]

    async def ensure_shown(self, readers: Mapping[str, int]) -> None:
        """Check that each sees what they may read in all places, and is listed if they may read."""
        room, last = f"conversations/{self.club}", len(self.said) - 1
        await until(lambda: all(last in self.heard(name) for name in readers))
        for name, person in self.people.items():
            expected = list(range(readers.get(name, last + 1), last + 1))
            shown = await self.crawl(name)
            assert shown.pop("list") == expected[-1:], name
            # The sender is not notified, nor is anybody across a block.
            told_of = [] if name in {"ann", "blocked"} else expected
            assert shown.pop("notifications") == told_of, name
            assert {place: found for place, found in shown.items() if found != expected} == {}, name
            assert (last in self.heard(name)) == (name in readers), name
            for path in ("", "/history", "/members", "/events"):
                answer = await self.client.get(room + path, headers=person.headers)
                # A room that is open to be joined shows itself, and nothing else.
                assert (answer.status_code == 200) == (name in readers), (name, path)
            read = await call(self.client, "POST", person, self.club, "/read", number=1)
            assert (read.status_code == 200) == (name in readers), name
            path = f"/messages/{self.said[0]}/reactions"
            reaction = await call(self.client, "POST", person, self.club, path, emoji="👍")
            assert (reaction.status_code < 400) == (0 in expected), name
        listed = await roles(self.client, self.people["ann"], self.club)
        assert set(listed) == {self.people[name].username for name in readers}
        async with self.services.database.read() as conn:
            sql = "select user_id from notifications where message_id = $1::uuid"
            notified = set(await conn.column(UUID, sql, self.said[-1]))
        assert notified <= {self.people[name].id for name in readers}


# Those who differ most, and the changes that admit fewer and others.
_FEW = ("ann", "silver", "bronze", "leaver")
_FEW_STAGES: list[tuple[dict[str, Any], Mapping[str, int]]] = [
    ({"tier": "gold"}, {"ann": 0}),
    ({"tier": "bronze"}, {"ann": 0, "silver": 3, "bronze": 3}),
]


@pytest.mark.parametrize(
    ("names", "stages"),
    [(_FEW, _FEW_STAGES), pytest.param(None, _STAGES, marks=pytest.mark.long)],
)
async def test_messages_stay_with_the_tier_that_they_were_written_for(
    client, services, club, people, tiers, names, stages
):
    present = people if names is None else {name: people[name] for name in names}
    room = _Room(client, services, club, present)
    insiders = {name: 0 for name in ("ann", "silver", "gold") if name in present}
    assert await room.join() == {*insiders, "leaver"}
    await room.say()
    await room.ensure_shown(insiders | {"leaver": 0})
    # No job has removed who lost the tier a moment ago.
    await _end(services, people["leaver"])
    await room.say()
    await room.ensure_shown(insiders)
    ann = people["ann"]
    for change, readers in stages:
        tier = change["tier"] and str(tiers[change["tier"]].id)
        answer = await call(client, "PUT", ann, club, **change | {"tier_id": tier})
        assert answer.status_code == 200, answer.text
        assert await room.join() == set(readers), change
        await room.say()
        await room.ensure_shown(readers)
    await jobs.remove_former_members(services.database)
    await room.ensure_shown(readers)
    shown = (await call(client, "GET", ann, club)).json()["data"]
    assert shown["members_count"] == len(readers)
    for socket in room.sockets.values():
        services.hub.unregister(socket.connection)


async def _end(services, person):
    async with services.database.transaction() as tx:
        await tx.run("update memberships set access_until = now() where member_id = $1", person.id)


async def test_a_former_member_gets_no_role_and_does_not_succeed_the_owner(
    client, services, club, people
):
    ann, leaver, gold = (people[name] for name in ("ann", "leaver", "gold"))
    for who in (leaver, gold):
        await call(client, "POST", who, club, "/join")
    await _end(services, leaver)
    assert told(
        await call(client, "PUT", ann, club, f"/members/{leaver.id}", role="admin"),
        await remove(client, ann, club, leaver),
        await add(client, ann, club, leaver),
    ) == [(404, "member_not_found"), (404, "member_not_found"), (409, "not_of_tier")]
    await call(client, "POST", ann, club, "/leave")
    assert await roles(client, gold, club) == {gold.username: "owner"}
    await call(client, "POST", gold, club, "/leave")
    assert (await call(client, "POST", gold, club, "/join")).status_code == 404


async def test_an_admin_without_the_tier_loses_access_with_the_role(client, services, club, people):
    ann, leaver = people["ann"], people["leaver"]
    await call(client, "POST", leaver, club, "/join")
    await call(client, "PUT", ann, club, f"/members/{leaver.id}", role="admin")
    await _end(services, leaver)
    assert leaver.username in await roles(client, leaver, club)
    answer = await call(client, "PUT", ann, club, f"/members/{leaver.id}", role="member")
    assert answer.json()["data"]["role"] == "member"
    assert await roles(client, ann, club) == {ann.username: "owner"}
    assert (await call(client, "GET", leaver, club)).status_code == 404


async def test_a_room_ends_with_its_owner_if_all_others_have_lost_its_tier(
    client, services, club, people
):
    await call(client, "POST", people["leaver"], club, "/join")
    await _end(services, people["leaver"])
    await call(client, "POST", people["ann"], club, "/leave")
    async with services.database.read() as conn:
        sql = "select ended_at is not null and members_count = 0 from conversations where id = $1"
        assert await conn.value(bool, sql, club)


async def test_first_members_have_the_tier_and_it_is_the_creators(client, ann, people, tiers):
    async def create(maker, tier_id, *names):
        member_ids = [str(people[name].id) for name in names]
        form = {"type": "room", "name": "First", "tier_id": tier_id, "member_ids": member_ids}
        return await client.post("conversations", headers=maker.headers, json=form)

    silver = str(tiers["silver"].id)
    assert (await create(ann, silver, "silver", "gold", "silver")).status_code == 201
    for name in ("bronze", "former", "other", "stranger"):
        assert told(await create(ann, silver, "gold", name)) == [(409, "not_of_tier")], name
    for tier_id in (silver, str(new_id())):
        answer = await create(people["gold"], tier_id)
        assert answer.json()["details"][0]["rule"] == "own_tier"


async def test_the_job_stops_if_it_can_remove_none(client, services, club, people, monkeypatch):
    """A full batch of members who have the tier again is not looked up for ever."""
    monkeypatch.setattr(jobs, "_BATCH", 1)
    calls = []

    async def list_former_members(conn):
        calls.append(conn)
        assert len(calls) < 3
        return [queries.FormerRoomMember(club, people["gold"].id)]

    await call(client, "POST", people["gold"], club, "/join")
    monkeypatch.setattr(queries, "list_former_members", list_former_members)
    await jobs.remove_former_members(services.database)
    assert people["gold"].username in await roles(client, people["ann"], club)
