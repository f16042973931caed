"""Decides who sees and deletes a post; cursors hold a time or a score."""

import math
from datetime import UTC, datetime, timedelta
from uuid import UUID

from msgspec import UNSET

from veza.core import visibility
from veza.core.access import Member, Role
from veza.core.ids import PostId, UserId
from veza.core.normalize import require_text
from veza.core.pages import BadCursor, decode_text, encode_text
from veza.core.search_text import SearchDocument, index_words, title_key
from veza.core.signed_urls import UrlBuilder
from veza.core.takedowns import show_taken_down
from veza.core.track_metadata import AiUse
from veza.domains.auth.accounts.models import NamedMember, show_named_member
from veza.domains.images.models import Image
from veza.domains.marketplace.products.models.products import ProductSummary
from veza.domains.music.tracks.models.tracks import StoredTrackSummary, TrackSummary
from veza.domains.social.posts.models import (
    NewPost,
    Post,
    PostForm,
    PostOrder,
    PostPosition,
    SearchablePost,
    StoredPost,
)

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_SCORE = "score:"


def clean_content(form: PostForm) -> str:
    """Return the trimmed text of a post. Raises Invalid if nothing is left."""
    return require_text(form.content, "content", "Write something: a post can't be blank.")


def is_visible_to(post: StoredPost, viewer: UserId | None) -> bool:
    """Return whether a viewer may see a post: its author always, others unless it is hidden."""
    return visibility.is_visible_to(viewer, post.author_id, is_shown=True, is_hidden=post.is_hidden)


def is_staff(member: Member) -> bool:
    """Return whether a member is a moderator or an admin."""
    return member.role in {Role.MODERATOR, Role.ADMIN}


def can_delete_post(post: StoredPost, member: Member) -> bool:
    """Return whether a member may delete a post: its author, and staff."""
    return is_staff(member) or post.author_id == member.id


def position_of(post: StoredPost, order: PostOrder) -> PostPosition:
    """Return the position of a post in a list."""
    return PostPosition(post.score if order is PostOrder.SCORE else post.created_at, post.id)


def encode_position(position: PostPosition) -> str:
    """Return the cursor for a position: base64 of `created_at_unix_nano|uuid` or `score:…|uuid`."""
    if isinstance(position.key, datetime):
        key = str((position.key - _EPOCH) // timedelta(microseconds=1) * 1000)
    else:
        key = f"{_SCORE}{position.key!r}"
    return encode_text(f"{key}|{position.id}".encode())


def decode_position(text: str, order: PostOrder) -> PostPosition:
    """Return the position in a cursor of a list with this order. Raises BadCursor."""
    try:
        key, _, post_id = decode_text(text).decode("ascii").partition("|")
        read = _read_score if order is PostOrder.SCORE else _read_moment
        return PostPosition(read(key), PostId(UUID(post_id)))
    except (ValueError, OverflowError) as error:
        raise BadCursor from error


def show_post(
    post: StoredPost, images: list[Image], track: TrackSummary | None, urls: UrlBuilder
) -> Post:
    """Return the response for a post."""
    return Post(
        id=post.id,
        author=show_named_member(post.author_id, post.username, post.appearance),
        content=post.content,
        track=track,
        product=_product_of(post),
        images=images,
        tier_id=post.tier_id,
        likes_count=post.likes_count,
        comments_count=post.comments_count,
        created_at=post.created_at,
        liked=UNSET if post.liked is None else post.liked,
        taken_down=show_taken_down(post.taken_down, urls.base),
    )


def show_new_post(post: NewPost, author: NamedMember) -> Post:
    """Return the response for a new post of text only, as its author sees it."""
    return Post(
        id=post.id,
        author=author,
        content=post.content,
        track=None,
        product=None,
        images=[],
        tier_id=None,
        likes_count=0,
        comments_count=0,
        created_at=post.created_at,
        liked=False,
    )


def index_post(post: SearchablePost) -> SearchDocument:
    """Return what a post is found by: its words, and the name of its author."""
    return SearchDocument(
        id=post.id,
        title_key=title_key(post.content),
        words=index_words((post.username, "B"), (post.content, "D")),
        popularity=post.score,
    )


def track_of(post: StoredPost) -> StoredTrackSummary | None:
    """Return the track of a post, if it is public."""
    if (
        post.track_id is None
        or post.title is None
        or post.artist_id is None
        or post.artist_name is None
    ):
        return None
    return StoredTrackSummary(
        id=post.track_id,
        title=post.title,
        owner_id=post.artist_id,
        username=post.artist_name,
        appearance=post.artist_appearance,
        duration_ms=post.duration_ms,
        is_explicit=post.is_explicit,
        ai=post.ai or AiUse.NONE,
        cover=post.cover,
        line=post.artist_line,
        credited=post.credited,
    )


def _product_of(post: StoredPost) -> ProductSummary | None:
    if (
        post.product_id is None
        or post.product_title is None
        or post.product_type is None
        or post.price_cents is None
        or post.currency is None
        or post.seller_id is None
        or post.seller_name is None
    ):
        return None
    return ProductSummary(
        id=post.product_id,
        title=post.product_title,
        type=post.product_type,
        price_cents=post.price_cents,
        currency=post.currency,
        is_sold_out=bool(post.is_sold_out),
        seller=show_named_member(post.seller_id, post.seller_name, post.seller_appearance),
    )


def _read_moment(key: str) -> datetime:
    if not key.isdecimal():
        raise BadCursor
    return _EPOCH + timedelta(microseconds=int(key) // 1000)


def _read_score(key: str) -> float:
    score = float(key.removeprefix(_SCORE))
    if not key.startswith(_SCORE) or not math.isfinite(score):
        raise BadCursor
    return score
