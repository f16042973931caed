"""Single statements leave the same rows and events as transactions, field by field."""

import random
import re
from collections.abc import Awaitable, Callable
from typing import Any

import msgspec
import pytest

from tests import make
from tests.make import NO_LINKS, Person
from veza.app.services import Services
from veza.core.errors import VezaError
from veza.core.ids import ConversationId, TrackId
from veza.domains.chat.messages.models.messages import MessageForm
from veza.domains.chat.messages.service import sent_messages
from veza.domains.music.tracks.service import track_likes
from veza.domains.social.posts import service as posts
from veza.domains.social.posts.models import PostForm

_WORDS = ("Hello", "Ünïcode ☃", "it's", 'a "quote"', "{}", "back\\slash", ":id", "$1", "@nobody")
# Everything that likes, posts and messages of some members write.
_ROWS = """
    select 'tracks' as name, to_jsonb(t) as fields from tracks t where t.owner_id = any($1)
     union all
    select 'likes', to_jsonb(l) from track_likes l where l.user_id = any($1)
     union all
    select 'posts', to_jsonb(p) from posts p where p.author_id = any($1)
     union all
    select 'latest', to_jsonb(p) from latest_posts p where p.author_id = any($1)
     union all
    select 'conversations', to_jsonb(c) from conversations c where c.id = any($2)
     union all
    select 'members', to_jsonb(m) from conversation_members m where m.conversation_id = any($2)
     union all
    select 'messages', to_jsonb(m) from messages m where m.conversation_id = any($2)
     union all
    select 'log', to_jsonb(e) from conversation_events e where e.conversation_id = any($2)
     union all
    select 'events', jsonb_build_object('name', o.name, 'payload', o.payload)
      from outbox o
     where o.payload::text ~ array_to_string($1::text[], '|')
"""
_ID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
# Moments, and the score of a post, which its time decides.
_TIME = re.compile(r'"\d{4}-\d\d-\d\d[T ][^"]*"|(?<="score":)[0-9.]+')


class _Row(msgspec.Struct, frozen=True):
    name: str
    fields: dict[str, Any]


class _World:
    """Four members with tracks and conversations of their own; another one is just like it."""

    def __init__(self, services: Services) -> None:
        self.services = services
        self.people: list[Person] = []
        self.tracks: list[TrackId] = []
        self.places: list[ConversationId] = []

    async def fill(self) -> None:
        self.people = [await make.person(self.services) for _ in range(4)]
        async with self.services.database.transaction() as tx:
            for number in range(4):
                owner = self.people[number % 2].member
                self.tracks.append(await make.bare_track(tx, owner, f"Track {number}"))
        for kind in ("direct", "group", "room"):
            others = self.people[1 : 2 if kind == "direct" else None]
            self.places.append(
                await make.conversation(self.services, kind, self.people[0], *others)
            )

    async def change(self, sql: str, *values: object) -> None:
        async with self.services.database.transaction(recorded=False) as tx:
            await tx.run(sql, *values)

    async def rows(self) -> list[tuple[str, Any]]:
        """Return all rows, with names in place of ids, and without times."""
        user_ids = [person.id for person in self.people]
        async with self.services.database.read() as conn:
            found = await conn.all(_Row, _ROWS, user_ids, self.places)
        names = {str(person.id): f"user {n}" for n, person in enumerate(self.people)}
        names |= {str(track_id): f"track {n}" for n, track_id in enumerate(self.tracks)}
        names |= {str(place): f"place {n}" for n, place in enumerate(self.places)}
        shown = [(row.name, self._show(row.fields)) for row in found]
        # New ids sort by time, so that they have the same order in both worlds.
        new = sorted({each for _, text in shown for each in _ID.findall(text)} - names.keys())
        names |= {each: f"new {number}" for number, each in enumerate(new)}
        return sorted(
            (name, _TIME.sub('"time"', _ID.sub(lambda match: names[match[0]], text)))
            for name, text in shown
        )

    def _show(self, fields: dict[str, Any]) -> str:
        text = msgspec.json.encode(fields, order="sorted").decode()
        for number, person in enumerate(self.people):
            text = text.replace(person.username, f"name {number}")
        # The words by which a message is found include its conversation.
        for number, place in enumerate(self.places):
            text = text.replace(place.hex, f"place {number}")
        return text


type _Act = Callable[[_World, bool], Awaitable[Any]]


def _like(member: int, track: int, *, ends: bool) -> _Act:
    change, at_once = (
        (track_likes.unlike, track_likes.unlike_at_once)
        if ends
        else (track_likes.like, track_likes.like_at_once)
    )

    async def act(world: _World, is_single: bool) -> Any:
        who, track_id = world.people[member].member, world.tracks[track]
        if is_single:
            return await at_once(world.services.database, track_id, who)
        return await world.services.database.transact(lambda tx: change(tx, track_id, who))

    return act


def _post(member: int, text: str, mentioned: int) -> _Act:
    async def act(world: _World, is_single: bool) -> Any:
        who = world.people[member].member
        form = PostForm(f"{text} @{world.people[mentioned].username}")
        if is_single:
            post = await posts.publish_at_once(world.services.database, who, form, NO_LINKS)
        else:
            post = await world.services.database.transact(
                lambda tx: posts.publish(tx, who, form, NO_LINKS)
            )
        return post.likes_count, post.comments_count

    return act


def _message(member: int, place: int, text: str, client_id: str | None) -> _Act:
    async def act(world: _World, is_single: bool) -> Any:
        who, where = world.people[member].member, world.places[place]
        form = MessageForm(f"{text} @{world.people[0].username}", client_id)
        if is_single:
            sent = await sent_messages.send_at_once(
                world.services.database, who, where, form, urls=NO_LINKS
            )
        else:
            sent = await world.services.database.transact(
                lambda tx: sent_messages.send(tx, who, where, form, urls=NO_LINKS)
            )
        return sent.is_new, sent.message.seq, sent.message.number

    return act


def _unusual(source: random.Random) -> _Act:
    """Return a change after which some of the others are refused."""
    member, other = source.sample(range(4), 2)
    place, track = source.randrange(3), source.randrange(4)
    kind, visibility = source.randrange(5), source.choice(("public", "unlisted", "private"))

    async def act(world: _World, _: bool) -> None:
        who, whom = world.people[member].id, world.people[other].id
        where, track_id = world.places[place], world.tracks[track]
        match kind:
            case 0:
                sql = "insert into blocks (blocker_id, blocked_id) values ($1, $2)"
                await world.change(f"{sql} on conflict do nothing", who, whom)
            case 1:
                await world.change("delete from blocks where blocker_id = $1", who)
            case 2:
                sql = "update tracks set visibility = $2 where id = $1"
                await world.change(sql, track_id, visibility)
            case 3:
                sql = """update conversations set slow_mode_seconds = 60 - slow_mode_seconds
                          where id = $1 and type = 'room'"""
                await world.change(sql, where)
            case _:
                sql = """delete from conversation_members where conversation_id = $1
                            and user_id = $2 and role <> 'owner'"""
                await world.change(sql, where, who)

    return act


def _choose(source: random.Random) -> _Act:
    member, text = source.randrange(4), " ".join(source.choices(_WORDS, k=source.randrange(1, 5)))
    kind = source.randrange(10)
    if kind < 4:
        return _like(member, source.randrange(4), ends=source.random() < 0.4)
    if kind < 6:
        return _post(member, text, source.randrange(4))
    if kind < 9:
        client_id = source.choice((None, None, "a", "b"))
        return _message(member, source.randrange(3), text, client_id)
    return _unusual(source)


async def _outcome_of(acting: Awaitable[Any]) -> Any:
    try:
        return await acting
    except VezaError as error:
        return type(error)


@pytest.mark.parametrize("seed", [1, 2])
async def test_both_ways_leave_the_same_rows_and_events(services: Services, seed: int) -> None:
    source, single, plain = random.Random(seed), _World(services), _World(services)
    await single.fill()
    await plain.fill()
    outcomes: list[Any] = []

    for step in range(120):
        act = _choose(source)
        outcomes.append(await _outcome_of(act(single, True)))
        assert await _outcome_of(act(plain, False)) == outcomes[-1], step
        if step % 20 == 19:
            assert await single.rows() == await plain.rows(), step

    refused = [outcome for outcome in outcomes if isinstance(outcome, type)]
    assert 5 < len(refused) < 60
    assert {name for name, _ in await single.rows()} >= {"likes", "posts", "messages", "events"}
