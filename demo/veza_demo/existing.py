"""Finds what an earlier, possibly interrupted run of the demonstration has made on the server.

Members are found by username and address, tracks and products by owner and title.
"""

from collections.abc import Sequence

from msgspec import Struct

from veza.core.access import Member
from veza.core.errors import CannotStart
from veza.core.ids import OrderId, ProductId, ReleaseId, ReviewId, TrackId, UserId
from veza.infra.postgres.database import Conn
from veza_demo.community import MEMBERS


class ExistingMember(Struct, frozen=True):
    """The account of a member of the demonstration. It is complete once it has a bio."""

    id: UserId
    username: str
    is_complete: bool


class ExistingTrack(Struct, frozen=True):
    """An uploaded piece and its status."""

    id: TrackId
    status: str


class ExistingProduct(Struct, frozen=True):
    """A product and its status."""

    id: ProductId
    status: str


class ExistingReview(Struct, frozen=True):
    """A review, and whether its seller has answered."""

    id: ReviewId
    is_answered: bool


def email_of(username: str) -> str:
    """Return the address of a member of the demonstration."""
    return f"{username}@veza.example"


async def find_members(conn: Conn) -> dict[str, ExistingMember]:
    """Return the members that an earlier run has made, by username.

    Raises CannotStart if the server has other data: an account with a username of the demonstration
    and another address, or, on the first run, anything published.
    """
    sql = """
        select id, username, bio <> '' as is_complete
          from users
         where email = any($1) and username = split_part(email, '@', 1)
    """
    emails = [email_of(person.username) for person in MEMBERS]
    members = {found.username: found for found in await conn.all(ExistingMember, sql, emails)}
    if not members and await _has_content(conn):
        raise CannotStart(
            "This server already has tracks, posts or products of its own members. The "
            "demonstration only fills an empty server: set VEZA_DATA_DIR to a new directory."
        )
    names = [person.username for person in MEMBERS if person.username not in members]
    sql = "select username from users where lower(username) = any($1) limit 1"
    if taken := await conn.value(str, sql, names):
        raise CannotStart(
            f"The username {taken} belongs to another user of this server. The demonstration "
            "only fills an empty server: set VEZA_DATA_DIR to a new directory."
        )
    return members


async def _has_content(conn: Conn) -> bool:
    sql = """
        select exists (select from tracks) or exists (select from posts)
            or exists (select from products)
    """
    return bool(await conn.value(bool, sql))


async def find_release(conn: Conn, owner: Member, title: str) -> ReleaseId | None:
    """Return the release of an earlier run."""
    sql = "select id from releases where owner_id = $1 and title = $2 order by id limit 1"
    return await conn.value(ReleaseId, sql, owner.id, title)


async def find_track(conn: Conn, owner: Member, title: str) -> ExistingTrack | None:
    """Return the track of an earlier run."""
    sql = """
        select id, status
          from tracks
         where owner_id = $1 and title = $2
         order by id
         limit 1
    """
    return await conn.maybe(ExistingTrack, sql, owner.id, title)


async def count_processing(conn: Conn, track_ids: Sequence[TrackId]) -> int:
    """Return the number of tracks that are still being processed."""
    sql = "select count(*) from tracks where id = any($1) and status = 'processing'"
    return await conn.value(int, sql, track_ids) or 0


async def find_failure(conn: Conn, track_ids: Sequence[TrackId]) -> str | None:
    """Return the title and failure reason of a failed track, or None."""
    sql = """
        select title || ': ' || failure_reason
          from tracks
         where id = any($1) and status = 'failed'
         limit 1
    """
    return await conn.value(str, sql, track_ids)


async def has_post(conn: Conn, author: Member, content: str) -> bool:
    """Return whether a member published a post with this text."""
    sql = "select exists (select from posts where author_id = $1 and content = $2)"
    return bool(await conn.value(bool, sql, author.id, content))


async def find_product(conn: Conn, seller: Member, title: str) -> ExistingProduct | None:
    """Return the product of an earlier run, unless it was withdrawn."""
    sql = """
        select id, status
          from products
         where seller_id = $1 and title = $2 and status <> 'withdrawn'
         order by id
         limit 1
    """
    return await conn.maybe(ExistingProduct, sql, seller.id, title)


async def find_review(conn: Conn, product_id: ProductId, buyer: Member) -> ExistingReview | None:
    """Return a member's review of a product."""
    sql = """
        select id, answer is not null as is_answered
          from reviews
         where product_id = $1 and buyer_id = $2
    """
    return await conn.maybe(ExistingReview, sql, product_id, buyer.id)


async def count_unpaid(conn: Conn, order_ids: Sequence[OrderId]) -> int:
    """Count the orders whose payment has not been recorded yet."""
    sql = "select count(*) from orders where id = any($1) and status = 'pending'"
    return await conn.value(int, sql, order_ids) or 0
