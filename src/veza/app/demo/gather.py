"""Has the people of the demonstration follow each other, post, and talk.

By the same use cases as everybody; only the dates are set afterwards, by statements of this file.
"""

from datetime import timedelta

from msgspec import Struct

from veza.app.demo import gatherings
from veza.core.access import Member
from veza.core.ids import ConversationId, MessageId, PostCommentId, PostId, TrackId, UserId
from veza.domains.conversations import service as conversations
from veza.domains.conversations.models import ConversationForm, ConversationType
from veza.domains.discussions import service as discussions
from veza.domains.discussions.models import PostCommentForm
from veza.domains.messages import service as messages
from veza.domains.messages.models import MessageForm
from veza.domains.posts import service as posts
from veza.domains.posts.models import PostForm
from veza.domains.relations import service as relations
from veza.domains.tracks.models import Links
from veza.infra.db import Tx

# Nobody reads the answers here.
_NO_LINKS = Links(base="", sign=str, expires=0)


class Cast(Struct, frozen=True):
    """Who takes part, by their names, and the tracks that they show, by the slugs of the pieces."""

    members: dict[str, Member]
    tracks: dict[str, TrackId]


async def gather(tx: Tx, cast: Cast) -> None:
    """Let everything happen that members do together, the oldest first."""
    await _follow(tx, cast)
    for post in gatherings.POSTS:
        await _publish(tx, cast, post)
    sql = """
        update latest_posts l
           set created_at = p.created_at
          from posts p
         where p.id = l.post_id
    """
    await tx.run(sql)
    for talk in gatherings.TALKS:
        await _talk(tx, cast, talk)


async def _follow(tx: Tx, cast: Cast) -> None:
    for username, followed in gatherings.FOLLOWS.items():
        for name in followed:
            await relations.follow(tx, cast.members[username], cast.members[name].id)


async def _publish(tx: Tx, cast: Cast, post: gatherings.Post) -> None:
    track_id = None if post.piece is None else cast.tracks[post.piece]
    form = PostForm(post.body, track_id)
    made = await posts.publish(tx, cast.members[post.username], form, _NO_LINKS)
    sql = "update posts set created_at = now() - $2::interval where id = $1"
    await tx.run(sql, made.id, timedelta(days=post.posted_days_ago))
    for like in post.likes:
        await _like(tx, cast.members[like.username], made.id, like.posted_days_ago)
    for thread in post.threads:
        top = await _comment(tx, cast, made.id, thread, None)
        for reply in thread.replies:
            await _comment(tx, cast, made.id, reply, top)


async def _like(tx: Tx, member: Member, post_id: PostId, days_ago: float) -> None:
    await posts.toggle_like(tx, post_id, member)
    sql = """
        update post_likes
           set liked_at = now() - $3::interval
         where post_id = $1 and user_id = $2
    """
    await tx.run(sql, post_id, member.id, timedelta(days=days_ago))


async def _comment(
    tx: Tx,
    cast: Cast,
    post_id: PostId,
    words: gatherings.Thread | gatherings.Reply,
    parent_id: PostCommentId | None,
) -> PostCommentId:
    form = PostCommentForm(post_id, words.body, parent_id)
    made = await discussions.comment(tx, cast.members[words.username], form)
    sql = "update post_comments set created_at = now() - $2::interval where id = $1"
    await tx.run(sql, made.id, timedelta(days=words.posted_days_ago))
    return made.id


async def _talk(tx: Tx, cast: Cast, talk: gatherings.Talk) -> None:
    maker, *others = [cast.members[name] for name in talk.usernames]
    place = await _open(tx, talk, maker, others)
    for line in talk.lines:
        sender = cast.members[line.username]
        form = MessageForm(line.body)
        said = (await messages.send(tx, sender, place, form, links=_NO_LINKS)).message
        await _date(tx, place, said.id, timedelta(hours=line.said_hours_ago))
        for username, emoji in line.reactions:
            member = cast.members[username]
            await messages.react(tx, member, said.id, emoji, links=_NO_LINKS)
    for username in talk.usernames:
        if username not in talk.away:
            await messages.mark_read(tx, cast.members[username], place, None)


async def _open(
    tx: Tx, talk: gatherings.Talk, maker: Member, others: list[Member]
) -> ConversationId:
    kind = ConversationType(talk.type)
    # Whom a room is for joins it by themselves.
    invited: list[UserId] = [] if kind is ConversationType.ROOM else [one.id for one in others]
    form = ConversationForm(type=kind, name=talk.name, member_ids=invited)
    place = (await conversations.create_in(tx, maker, form)).conversation.id
    if kind is ConversationType.ROOM:
        for member in others:
            await conversations.join(tx, member, place)
    return place


async def _date(tx: Tx, place: ConversationId, message_id: MessageId, age: timedelta) -> None:
    await tx.run(
        "update messages set created_at = now() - $2::interval where id = $1", message_id, age
    )
    sql = "update conversation_events set created_at = now() - $2::interval where message_id = $1"
    await tx.run(sql, message_id, age)
    sql = "update conversations set active_at = now() - $2::interval where id = $1"
    await tx.run(sql, place, age)
