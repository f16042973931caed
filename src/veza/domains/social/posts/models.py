"""The nouns of the domain, as they are stored and as they are shown."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated

from msgspec import UNSET, Meta, Struct, UnsetType

from veza.core.ids import ImageId, PostId, ProductId, TrackId, UserId
from veza.domains.images.models import Image
from veza.domains.marketplace.products.models import ProductSummary, ProductType
from veza.domains.music.tracks.models import TrackSummary

PostText = Annotated[
    str, Meta(min_length=1, max_length=5000, examples=["Out now: Night Ferry. With @ana!"])
]


MAX_IMAGES = 4


class Order(StrEnum):
    """By what a list of posts is sorted, the greatest first."""

    NEWEST = "created_at"
    BEST = "score"


class PostForm(Struct, frozen=True, forbid_unknown_fields=True):
    """A post, with a track or a product, and images, where they are given."""

    content: PostText
    track_id: TrackId | None = None
    product_id: ProductId | None = None
    image_ids: Annotated[list[ImageId], Meta(max_length=MAX_IMAGES, examples=[[]])] = []


class LikeForm(Struct, frozen=True):
    """Which post is liked, or no longer."""

    post_id: PostId


class NewPost(Struct, frozen=True):
    """What is written for a new post."""

    id: PostId
    author_id: UserId
    content: str
    track_id: TrackId | None
    created_at: datetime
    product_id: ProductId | None = None


class StoredPost(Struct, frozen=True, array_like=True):
    """A post as it is stored, with the names it needs: read by place, in this order.

    What stands there of its track or product, but for the id, is null where not everybody may hear
    or buy it any more. It is hidden where the author is suspended, or one of author and viewer
    blocks the other.
    """

    id: PostId
    author_id: UserId
    username: str
    content: str
    likes_count: int
    comments_count: int
    created_at: datetime
    score: float
    track_id: TrackId | None
    title: str | None
    artist_id: UserId | None
    artist_name: str | None
    duration_ms: int | None
    has_cover: bool | None
    product_id: ProductId | None
    product_title: str | None
    product_type: ProductType | None
    price_cents: int | None
    currency: str | None
    seller_id: UserId | None
    seller_name: str | None
    liked: bool | None = None
    is_hidden: bool = False


class PostImage(Struct, frozen=True):
    """An image of a post, as it is stored."""

    post_id: PostId
    id: ImageId
    width: int
    height: int


class Author(Struct, frozen=True):
    """Who says something."""

    id: UserId
    username: str


class Post(Struct, frozen=True):
    """A post as it is shown.

    `track` and `product` are null where there is none that everybody may hear or buy.
    """

    id: PostId
    author: Author
    content: str
    track: TrackSummary | None
    product: ProductSummary | None
    images: list[Image]
    likes_count: int
    comments_count: int
    created_at: datetime
    liked: bool | UnsetType = UNSET


class PostPage(Struct, frozen=True):
    """One page of posts. It may be short, or empty, while there is more."""

    posts: list[Post]
    next_cursor: str | None
    has_more: bool


class FeedPage(Struct, frozen=True):
    """One page of the feed, newest first; `personalized` for whoever is signed in."""

    posts: list[Post]
    next_cursor: str | None
    has_more: bool
    personalized: bool


class Place(Struct, frozen=True):
    """The place of a post in a list: what the list is sorted by, and the post's id."""

    key: datetime | float
    id: PostId


class Wish(Struct, frozen=True):
    """Which page of a list is asked for: behind a place, and where it must, up to another."""

    limit: int = 20
    after: Place | None = None
    until: Place | None = None
    order: Order = Order.NEWEST
    leaves_out_followed: bool = False


class DeletedPost(Struct, frozen=True):
    """Which post was deleted."""

    id: PostId


class PostEvidence(Struct, frozen=True):
    """What a post said and showed when it was reported."""

    author_id: UserId
    username: str
    content: str
    track_id: TrackId | None
    product_id: ProductId | None
    image_ids: list[ImageId]
    created_at: datetime


class PostFigures(Struct, frozen=True):
    """How many posts there are, how many likes they have, and how many comments."""

    total: int
    likes: int
    comments: int


class PersonalPost(Struct, frozen=True):
    """A post as its author gets it with their data."""

    id: PostId
    content: str
    track_id: TrackId | None
    product_id: ProductId | None
    image_ids: list[ImageId]
    likes_count: int
    comments_count: int
    created_at: datetime


class PersonalPosts(Struct, frozen=True):
    """What this domain hands out of a member."""

    posts: list[PersonalPost]
    liked_posts: list[PostId]


class RecountLikes(Struct, frozen=True):
    """Have the counts of posts leave out a member's likes, or not, as it is right now."""

    liker_id: UserId
