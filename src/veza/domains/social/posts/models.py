"""Posts and positions in lists of them; a row is decoded by position."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated

from msgspec import UNSET, Meta, Struct, UnsetType

from veza.core.ids import ImageId, PostId, ProductId, TierId, TrackId, UserId
from veza.core.people import Appearance
from veza.core.takedowns import ItemTakedown, TakenDown
from veza.core.track_covers import ShownCover
from veza.core.track_metadata import AiUse
from veza.domains.audiences.models import ForTier
from veza.domains.auth.accounts.models import NamedMember
from veza.domains.images.models import Image
from veza.domains.marketplace.products.models.forms import ProductType
from veza.domains.marketplace.products.models.products import ProductSummary
from veza.domains.music.credits.models import ShownCredit
from veza.domains.music.tracks.models.tracks import TrackSummary

PostText = Annotated[
    str, Meta(min_length=1, max_length=5000, examples=["Out now: Night Ferry. With @ana!"])
]
MAX_IMAGES = 4


class PostOrder(StrEnum):
    """The sort field of a list of posts, descending."""

    NEWEST = "created_at"
    SCORE = "score"


class PostForm(Struct, frozen=True, forbid_unknown_fields=True):
    """A new post, optionally with a track or a product, and images.

    With a tier it is for members of that tier, and of higher ones, alone.
    """

    content: PostText
    track_id: TrackId | None = None
    product_id: ProductId | None = None
    image_ids: Annotated[list[ImageId], Meta(max_length=MAX_IMAGES, examples=[[]])] = []
    tier_id: ForTier | None = None


class LikeForm(Struct, frozen=True):
    """The post to like or unlike."""

    post_id: PostId


class NewPost(Struct, frozen=True):
    """The row of a new post."""

    id: PostId
    author_id: UserId
    content: str
    track_id: TrackId | None
    created_at: datetime
    product_id: ProductId | None = None
    tier_id: TierId | None = None


class StoredPost(Struct, frozen=True, array_like=True):
    """A row of `posts` with its author, track and product. Decoded by position: keep the order.

    The fields of the track and product, except their ids, are null unless it is public.
    `is_hidden`: the author is suspended, author and viewer block each other, it is taken down,
    or it is for members of a tier that the viewer has not.
    """

    id: PostId
    author_id: UserId
    username: str
    appearance: Appearance
    content: str
    likes_count: int
    comments_count: int
    created_at: datetime
    score: float
    track_id: TrackId | None
    title: str | None
    artist_id: UserId | None
    artist_name: str | None
    artist_appearance: Appearance
    duration_ms: int | None
    is_explicit: bool | None
    ai: AiUse | None
    cover: ShownCover | None
    artist_line: str | None
    credited: list[ShownCredit] | None
    product_id: ProductId | None
    product_title: str | None
    product_type: ProductType | None
    price_cents: int | None
    currency: str | None
    is_sold_out: bool | None
    seller_id: UserId | None
    seller_name: str | None
    seller_appearance: Appearance
    tier_id: TierId | None
    liked: bool | None = None
    is_hidden: bool = False
    taken_down: ItemTakedown | None = None


class PlacedImage(Struct, frozen=True):
    """The place of an image in a post."""

    post_id: PostId
    author_id: UserId
    content: str
    position: int


class PostImage(Struct, frozen=True):
    """An image of a post."""

    post_id: PostId
    id: ImageId
    width: int
    height: int


class Post(Struct, frozen=True):
    """A post. `track` and `product` are null if there is none, or it is not public any more.

    So is a track that the caller does not want to hear, see `explicit` and `ai` of accounts. A post
    with a `tier_id` is for members of that tier, and of higher ones of its author.
    """

    id: PostId
    author: NamedMember
    content: str
    track: TrackSummary | None
    product: ProductSummary | None
    images: list[Image]
    tier_id: TierId | None
    likes_count: int
    comments_count: int
    created_at: datetime
    liked: bool | UnsetType = UNSET
    taken_down: TakenDown | UnsetType = UNSET


class PostPage(Struct, frozen=True):
    """A page of posts. It may be short or empty although `has_more` is true."""

    posts: list[Post]
    next_cursor: str | None
    has_more: bool


class FeedPage(PostPage, frozen=True):
    """A page of the feed, newest first. `personalized` is true if the caller is signed in."""

    personalized: bool


class PostPosition(Struct, frozen=True):
    """The position of a post in a list: the value of the sort field, and the post's id."""

    key: datetime | float
    id: PostId


class PostQuery(Struct, frozen=True):
    """A page of a list of posts: after the position `after`, and up to and including `until`."""

    limit: int = 20
    after: PostPosition | None = None
    until: PostPosition | None = None
    order: PostOrder = PostOrder.NEWEST
    exclude_followed: bool = False


class PostEvidence(Struct, frozen=True):
    """A post at the moment it was reported."""

    author_id: UserId
    username: str
    content: str
    track_id: TrackId | None
    product_id: ProductId | None
    image_ids: list[ImageId]
    created_at: datetime


class PersonalPost(Struct, frozen=True):
    """A post in its author's data export."""

    id: PostId
    content: str
    track_id: TrackId | None
    product_id: ProductId | None
    tier_id: TierId | None
    image_ids: list[ImageId]
    likes_count: int
    comments_count: int
    created_at: datetime


class PersonalPosts(Struct, frozen=True):
    """A member's posts and likes, in their data export."""

    posts: list[PersonalPost]
    liked_posts: list[PostId]


class SearchablePost(Struct, frozen=True):
    """The searchable fields of a post, and its score."""

    id: PostId
    username: str
    content: str
    score: float
