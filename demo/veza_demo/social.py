"""Follows, posts and replies of the members of the demonstration."""

from collections.abc import Mapping
from datetime import timedelta
from uuid import UUID

from msgspec import Struct

from veza.core.access import Member
from veza.core.ids import PostCommentId, TrackId
from veza.core.signed_urls import UrlBuilder, UrlSigner
from veza.domains.relationships import service as relations
from veza.domains.social.post_comments import service as discussions
from veza.domains.social.post_comments.models import PostCommentForm
from veza.domains.social.posts import service as posts
from veza.domains.social.posts.models import PostForm
from veza.infra.postgres.database import Tx


class DemoReply(Struct, frozen=True):
    """A comment on a post, or an answer to the comment before it."""

    username: str
    body: str
    hours_later: float
    is_answer: bool = False


class DemoPost(Struct, frozen=True):
    """A post, with the slug of the piece it shows."""

    username: str
    body: str
    posted_days_ago: float
    piece: str | None = None
    liked_by: tuple[str, ...] = ()
    replies: tuple[DemoReply, ...] = ()


FOLLOWS: Mapping[str, tuple[str, ...]] = {
    "mira_solene": ("hanne_lie", "ines_vidal", "samir_b"),
    "tobias_rauch": ("kwame_ade", "nokori"),
    "nokori": ("tobias_rauch", "kwame_ade", "oona_kallio"),
    "hanne_lie": ("mira_solene", "ines_vidal"),
    "ines_vidal": ("hanne_lie", "kwame_ade"),
    "kwame_ade": ("tobias_rauch", "nokori", "ines_vidal"),
    "lucie_marchand": ("mira_solene", "hanne_lie", "nokori", "kwame_ade"),
    "samir_b": ("mira_solene", "kwame_ade", "hanne_lie"),
    "oona_kallio": ("mira_solene", "tobias_rauch", "nokori", "hanne_lie"),
}

# In the order in which they were posted.
POSTS: tuple[DemoPost, ...] = (
    DemoPost(
        "mira_solene",
        "Low Tide is out. Recorded between 04:10 and 04:50, which is when the bay is quiet.",
        41.5,
        piece="low-tide",
        liked_by=("hanne_lie", "samir_b", "lucie_marchand", "oona_kallio"),
        replies=(
            DemoReply("lucie_marchand", "À quatre heures du matin ? Respect.", 2.5),
            DemoReply("mira_solene", "@lucie_marchand la marée n'attend pas.", 3.1, is_answer=True),
        ),
    ),
    DemoPost(
        "tobias_rauch",
        "Neue Filterplatine fertig. Sie pfeift bei 4 kHz, und ich glaube, ich lasse das so.",
        33.2,
        liked_by=("nokori", "kwame_ade"),
        replies=(
            DemoReply("oona_kallio", "Please don't. Or at least tell my tweeters first.", 5.0),
        ),
    ),
    DemoPost(
        "kwame_ade",
        "Ran @ines_vidal's last chord through the spring. It's in here, at the very end.",
        19.3,
        piece="harbour-version",
        liked_by=("ines_vidal", "tobias_rauch", "samir_b", "nokori", "lucie_marchand"),
        replies=(
            DemoReply(
                "ines_vidal", "¡No me lo creo! Suena como si estuviera lloviendo dentro.", 1.2
            ),
            DemoReply("kwame_ade", "@ines_vidal best compliment this spring ever had.", 1.9, True),
            DemoReply("samir_b", "On repeat since the bus left.", 9.4),
        ),
    ),
    DemoPost(
        "oona_kallio",
        "A small request: name your mixes by what they are for. 'Final 7' helps nobody.",
        11.0,
        liked_by=("nokori", "hanne_lie", "mira_solene"),
        replies=(DemoReply("nokori", "Final 8 it is.", 0.4),),
    ),
    DemoPost(
        "hanne_lie",
        "The children's choir will sing the Winding Waltz in December. They asked who the box is.",
        5.6,
        piece="winding-waltz",
        liked_by=("ines_vidal", "mira_solene", "lucie_marchand", "samir_b"),
        replies=(DemoReply("ines_vidal", "Decidles que se llama Remedios.", 3.3),),
    ),
    DemoPost(
        "samir_b",
        "Looking for something that lasts exactly from my door to the harbour. Nine minutes.",
        2.1,
        liked_by=("mira_solene",),
        replies=(
            DemoReply("mira_solene", "Low Tide twice, and stop at the lighthouse.", 1.0),
            DemoReply("samir_b", "@mira_solene did that. Was late. Worth it.", 25.0, True),
        ),
    ),
    DemoPost("nokori", "The hills have clouds now. The clouds have no weather yet.", 0.4),
)


async def fill_social(
    tx: Tx, members: Mapping[str, Member], uploaded: Mapping[str, TrackId]
) -> None:
    """Create all follows, posts, likes and replies, and set their dates."""
    for username, followed in FOLLOWS.items():
        for other in followed:
            await relations.follow(tx, members[username], members[other].id)
    for post in POSTS:
        await _publish(tx, post, members, uploaded)


async def _publish(
    tx: Tx, post: DemoPost, members: Mapping[str, Member], uploaded: Mapping[str, TrackId]
) -> None:
    form = PostForm(post.body, uploaded[post.piece] if post.piece else None)
    # Responses are not used, so their URLs need no valid signature.
    made = await posts.publish(
        tx, members[post.username], form, UrlBuilder("", UrlSigner(b"", ""), 0)
    )
    age = timedelta(days=post.posted_days_ago)
    for sql in (
        "update posts set created_at = now() - $2::interval where id = $1",
        "update latest_posts set created_at = now() - $2::interval where post_id = $1",
    ):
        await tx.run(sql, made.id, age)
    for username in post.liked_by:
        await posts.toggle_like(tx, made.id, members[username])
    last: PostCommentId | None = None
    for reply in post.replies:
        form = PostCommentForm(made.id, reply.body, last if reply.is_answer else None)
        last = (await discussions.comment(tx, members[reply.username], form)).id
        await _date_comment(tx, last, age - timedelta(hours=reply.hours_later))


async def _date_comment(tx: Tx, comment_id: UUID, age: timedelta) -> None:
    sql = "update post_comments set created_at = now() - $2::interval where id = $1"
    await tx.run(sql, comment_id, max(age, timedelta(0)))
