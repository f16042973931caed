"""Decisions without I/O: everything here can be tested with plain values."""

import math
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from uuid import UUID

from msgspec import UNSET

from veza.core.access import Member, Role
from veza.core.ids import ImageId, PostId, UserId
from veza.core.pages import BadCursor, decode_text, encode_text
from veza.domains.images.models import Image
from veza.domains.marketplace.products.models import ProductSummary
from veza.domains.music.tracks.models import Artist, StoredSummary, TrackSummary
from veza.domains.social.posts.models import Author, Order, PersonalPost, Place, Post, StoredPost

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_SCORE = "score:"

type ShowTrack = Callable[[StoredSummary], TrackSummary]


def is_visible_to(post: StoredPost, viewer: UserId | None) -> bool:
    """Tell whether somebody may know of a post: its author always, others if it isn't hidden."""
    return post.author_id == viewer or not post.is_hidden


def is_staff(member: Member) -> bool:
    """Tell whether a member may delete what others wrote."""
    return member.role in {Role.MODERATOR, Role.ADMIN}


def can_delete_post(post: StoredPost, member: Member) -> bool:
    """Tell whether a member may delete a post: its author, and staff."""
    return is_staff(member) or post.author_id == member.id


def place_of(post: StoredPost, order: Order) -> Place:
    """Tell where a post stands in a list."""
    return Place(post.score if order is Order.BEST else post.created_at, post.id)


def encode_place(place: Place) -> str:
    """Write a place as URL-safe text: base64 of `created_at_unix_nano|uuid`, or of the score."""
    if isinstance(place.key, datetime):
        key = str((place.key - _EPOCH) // timedelta(microseconds=1) * 1000)
    else:
        key = f"{_SCORE}{place.key!r}"
    return encode_text(f"{key}|{place.id}".encode())


def decode_place(text: str, order: Order) -> Place:
    """Read a place that we wrote for a list in this order. Raises BadCursor for anything else."""
    try:
        key, _, post_id = decode_text(text).decode("ascii").partition("|")
        read = _read_score if order is Order.BEST else _read_moment
        return Place(read(key), PostId(UUID(post_id)))
    except (ValueError, OverflowError) as error:
        raise BadCursor from error


def show_post(post: StoredPost, images: list[Image], show_track: ShowTrack) -> Post:
    """Show a post, with its track or product where everybody may hear or buy it."""
    summary = _track_of(post)
    return Post(
        id=post.id,
        author=Author(post.author_id, post.username),
        content=post.content,
        track=None if summary is None else show_track(summary),
        product=_product_of(post),
        images=images,
        likes_count=post.likes_count,
        comments_count=post.comments_count,
        created_at=post.created_at,
        liked=UNSET if post.liked is None else post.liked,
    )


def hand_out(post: StoredPost, image_ids: list[ImageId]) -> PersonalPost:
    """Give a post to its author with the rest of their data."""
    return PersonalPost(
        id=post.id,
        content=post.content,
        track_id=post.track_id,
        product_id=post.product_id,
        image_ids=image_ids,
        likes_count=post.likes_count,
        comments_count=post.comments_count,
        created_at=post.created_at,
    )


def _track_of(post: StoredPost) -> StoredSummary | None:
    if (
        post.track_id is None
        or post.title is None
        or post.artist_id is None
        or post.artist_name is None
    ):
        return None
    return StoredSummary(
        id=post.track_id,
        title=post.title,
        owner_id=post.artist_id,
        username=post.artist_name,
        duration_ms=post.duration_ms,
        has_cover=bool(post.has_cover),
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
        seller=Artist(post.seller_id, post.seller_name),
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
