"""What people of the demonstration do together: told in order, by people who are there."""

from itertools import pairwise

import pytest

from tests import make
from veza.app.demo.community import MEMBERS, RELEASES
from veza.app.demo.gather import Cast, gather
from veza.app.demo.gatherings import FOLLOWS, POSTS, TALKS
from veza.app.demo.pieces import PIECES
from veza.core.access import Role
from veza.core.mentions import find_mentions

_JOINED = {member.username: member.joined_days_ago for member in MEMBERS}
_OUT = {release.piece: release.posted_days_ago for release in RELEASES}


def said_below(post):
    return [said for thread in post.threads for said in (thread, *thread.replies)]


def test_everybody_is_there_who_does_something():
    names = {*FOLLOWS, *(name for followed in FOLLOWS.values() for name in followed)}
    for post in POSTS:
        names |= {post.username, *(one.username for one in (*post.likes, *said_below(post)))}
    for talk in TALKS:
        names |= {*talk.usernames, *talk.away}
    assert names <= _JOINED.keys()
    assert all(name not in followed for name, followed in FOLLOWS.items())


def test_nobody_speaks_before_there_is_something_to_answer():
    for post in POSTS:
        assert _JOINED[post.username] > post.posted_days_ago
        assert post.piece is None or _OUT[post.piece] >= post.posted_days_ago
        assert all(one.posted_days_ago <= post.posted_days_ago for one in post.likes)
        for thread in post.threads:
            ages = [post, thread, *thread.replies]
            assert all(a.posted_days_ago >= b.posted_days_ago for a, b in pairwise(ages))
    assert all(a.posted_days_ago > b.posted_days_ago for a, b in pairwise(POSTS))
    for talk in TALKS:
        assert all(a.said_hours_ago >= b.said_hours_ago for a, b in pairwise(talk.lines))


def test_who_is_called_is_there_and_who_speaks_is_in():
    for post in POSTS:
        texts = [post.body, *(said.body for said in said_below(post))]
        assert {name for text in texts for name in find_mentions(text)} <= _JOINED.keys()
    for talk in TALKS:
        for line in talk.lines:
            people = {line.username, *(name for name, _ in line.reactions)}
            assert {*people, *find_mentions(line.body)} <= set(talk.usernames)


def test_only_public_pieces_are_shown_to_everybody():
    public = {piece.slug for piece in PIECES if piece.visibility == "public"}
    assert {post.piece for post in POSTS if post.piece} <= public


@pytest.fixture
async def people(services):
    """The people of the demonstration, gathered around tracks without a sound."""
    people = {
        member.username: await make.person(services, Role(member.role), member.username)
        for member in MEMBERS
    }
    async with services.database.transaction() as tx:
        tracks = {
            piece.slug: await make.bare_track(tx, people[piece.artist].member, piece.title)
            for piece in PIECES
        }
        await gather(tx, Cast({name: one.member for name, one in people.items()}, tracks))
    return people


async def test_it_is_all_there_afterwards_and_everybody_is_told(client, services, people):
    async def ask(username, path):
        answer = await client.get(path, headers=people[username].headers)
        assert answer.status_code == 200, answer.text
        return answer.json()["data"]

    feed = (await ask("lucie_marchand", "social/feed?limit=100"))["posts"]
    expected = [p for p in POSTS if p.username in {"lucie_marchand", *FOLLOWS["lucie_marchand"]}]
    assert [post["content"] for post in feed] == [post.body for post in reversed(expected)]
    rooms = await ask("ines_vidal", "conversations?type=room&q=studio")
    assert "Studio hours" in str(rooms)
    kwame = (await ask("ines_vidal", "conversations"))["conversations"][0]
    assert (kwame["type"], kwame["unread_count"]) == ("direct", 1)
    kinds = {one.kind for one in await make.told(services, people["ines_vidal"])}
    assert {"follow", "mention", "message"} <= kinds
