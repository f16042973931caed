"""Rows that many members change at the same moment: no change waits for another in a circle."""

import asyncio
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from random import Random

import pytest

from tests import make
from tests.app.row_lock_steps import count_deadlocks, meet
from tests.make import NO_LINKS
from tests.raw import borrowed
from veza.app.reactions import REACTIONS
from veza.core.access import Role
from veza.core.errors import Conflict, Forbidden, NotFound
from veza.core.ids import ConversationId, PostId, ProductId, TrackId
from veza.core.listener_identity import ListenerIdentity
from veza.core.play_source import PlayClient, PlayReport, PlaySource
from veza.domains.chat.conversations.service import conversations
from veza.domains.chat.messages.models.messages import MessageForm
from veza.domains.chat.messages.service import history, sent_messages
from veza.domains.marketplace.reviews import service as reviews
from veza.domains.marketplace.reviews.models import ReviewForm
from veza.domains.music.track_comments import service as track_comments
from veza.domains.music.track_comments.models import CommentForm
from veza.domains.music.tracks.service import track_likes, track_plays
from veza.domains.relationships import service as relationships
from veza.domains.social.post_comments import service as post_comments
from veza.domains.social.post_comments.models import PostCommentForm
from veza.domains.social.posts import service as posts
from veza.infra.jobs.outbox import EventDelivery
from veza.infra.postgres import database as db
from veza.infra.postgres.availability import TransactionConflict


async def send(services, place, person):
    form = MessageForm("Hello")
    return await sent_messages.send_at_once(
        services.database, person.member, place, form, urls=NO_LINKS
    )


async def make_track(services, owner):
    async with services.database.transaction() as tx:
        return await make.bare_track(tx, owner.member, "A track")


@pytest.mark.parametrize("change", [track_likes.like_at_once, track_likes.unlike_at_once])
async def test_likes_that_wait_for_the_same_change_of_their_track_do_not_deadlock(services, change):
    people = [await make.person(services) for _ in range(3)]
    track_id = await make_track(services, people[0])
    if change is track_likes.unlike_at_once:
        for person in people:
            await track_likes.like_at_once(services.database, track_id, person.member)
    before = count_deadlocks(services)

    changes = [partial(change, services.database, track_id, each.member) for each in people]
    states = await meet(services.database, "tracks", track_id, *changes)

    assert sorted(state.likes_count for state in states) == (
        [1, 2, 3] if change is track_likes.like_at_once else [0, 1, 2]
    )
    assert count_deadlocks(services) == before


async def test_messages_that_wait_for_the_same_change_of_their_room_do_not_deadlock(services):
    people = [await make.person(services) for _ in range(3)]
    room = await make.conversation(services, "room", *people)
    before = count_deadlocks(services)

    changes = [partial(send, services, room, each) for each in people]
    sent = await meet(services.database, "conversations", room, *changes)

    assert sorted(each.message.number for each in sent) == [1, 2, 3]
    assert count_deadlocks(services) == before


@pytest.mark.long
async def test_a_crowd_likes_one_track_over_new_connections(services):
    crowd = [await make.person(services) for _ in range(40)]
    before = count_deadlocks(services)
    for _ in range(3):
        track_id = await make_track(services, crowd[0])
        async with db.connect(services.addresses.database, max_size=len(crowd)) as cold:
            likes = [
                partial(track_likes.like_at_once, cold, track_id, each.member) for each in crowd
            ]
            states = await meet(services.database, "tracks", track_id, *likes)
        assert sorted(state.likes_count for state in states) == list(range(1, 41))
    assert count_deadlocks(services) == before


@dataclass(frozen=True)
class Shared:
    """What all members change."""

    artist: make.Person
    track_id: TrackId
    room: ConversationId
    post_id: PostId
    product_id: ProductId


@pytest.mark.long
async def test_changes_of_all_kinds_at_the_same_rows_do_not_deadlock(services, work):
    artist = await make.person(services, Role.CREATOR)
    people = [await make.person(services) for _ in range(8)]
    room = await make.conversation(services, "room", artist)
    async with services.database.transaction() as tx:
        shared = Shared(
            artist,
            await make.bare_track(tx, artist.member, "A track"),
            room,
            await make.post(tx, artist.member),
            await make.product(tx, artist.member),
        )
    delivery = EventDelivery(services.database, REACTIONS)
    before = count_deadlocks(services)

    living = asyncio.gather(
        *(_live(services, shared, person, Random(n)) for n, person in enumerate(people))
    )

    async def deliver():
        while not living.done():
            with suppress(TransactionConflict):
                await delivery.deliver_batch()

    await asyncio.gather(living, deliver(), deliver())

    assert count_deadlocks(services) == before
    await work()
    async with borrowed(services) as raw:
        counted, present = await raw.fetchrow(_COUNTS, *_ids(shared))
    assert counted == present
    assert all(present)


async def _live(services, shared, person, chance):
    """Make each change three times, in an order of their own."""
    changes = [change for change in _list_changes(services, shared, person) for _ in range(3)]
    chance.shuffle(changes)
    for change in changes:
        with suppress(NotFound, Forbidden, Conflict):
            await change()


def _list_changes(services, shared, person):
    """All changes of rows that many share, each without parameters."""
    database, member, track_id = services.database, person.member, shared.track_id
    listener = ListenerIdentity(person.username, "network", person.id)
    in_transactions = [
        lambda tx: conversations.join(tx, member, shared.room),
        lambda tx: history.mark_read(tx, member, shared.room, None),
        lambda tx: track_comments.comment(tx, track_id, member, CommentForm("Lovely")),
        lambda tx: track_plays.report_play(
            tx, track_id, PlayReport(180), listener, PlaySource(PlayClient.WEB)
        ),
        lambda tx: posts.toggle_like(tx, shared.post_id, member),
        lambda tx: post_comments.comment(tx, member, PostCommentForm(shared.post_id, "Lovely")),
        lambda tx: relationships.follow(tx, member, shared.artist.id),
        lambda tx: relationships.unfollow(tx, member, shared.artist.id),
        lambda tx: make.bought(tx, member, shared.product_id),
        lambda tx: reviews.create_review(tx, shared.product_id, member, ReviewForm(4)),
    ]
    return [
        partial(track_likes.like_at_once, database, track_id, member),
        partial(track_likes.unlike_at_once, database, track_id, member),
        partial(send, services, shared.room, person),
        *(partial(database.transact, change) for change in in_transactions),
    ]


_COUNTS = """
    select array[t.likes_count, t.comments_count, c.last_number, p.likes_count, p.comments_count,
                 s.sales_count, s.reviews_count, f.followers_count],
           array[(select count(*) from track_likes where track_id = $1),
                 (select count(*) from track_comments where track_id = $1),
                 (select count(*) from messages where conversation_id = $2),
                 (select count(*) from post_likes where post_id = $3),
                 (select count(*) from post_comments where post_id = $3),
                 (select count(*) from licences where product_id = $4),
                 (select count(*) from reviews where product_id = $4),
                 (select count(*) from follows where followed_id = $5)]
      from tracks t, conversations c, posts p, products s, follow_counts f
     where t.id = $1 and c.id = $2 and p.id = $3 and s.id = $4 and f.user_id = $5
"""


def _ids(shared):
    ids = shared.track_id, shared.room, shared.post_id, shared.product_id
    return *ids, shared.artist.id
