"""A member rates artists for themselves: nobody else sees it, and no average is made."""

from veza.core.access import Member
from veza.core.errors import Unauthenticated
from veza.core.ids import UserId
from veza.domains.auth.accounts.errors import UserNotFound
from veza.domains.music.library.queries import artists as queries
from veza.domains.music.library.queries import releases as release_queries
from veza.domains.relationships import service as relationships
from veza.infra.postgres.database import ConstraintViolation, Tx


async def rate(tx: Tx, artist_id: UserId, member: Member, rating: int) -> None:
    """Rate an artist from 1 to 5, in place of an earlier rating. Raises UserNotFound."""
    if not await release_queries.lock_member(tx, member.id):
        # The token outlived the account.
        raise Unauthenticated
    await _ensure_visible(tx, artist_id, member)
    try:
        await queries.upsert_rating(tx, member.id, artist_id, rating)
    except ConstraintViolation as error:
        # The artist was deleted meanwhile.
        raise UserNotFound from error


async def remove_rating(tx: Tx, artist_id: UserId, member: Member) -> None:
    """Delete the member's rating of an artist, if there is one.

    Raises UserNotFound if there is none and the member may not see the artist.
    """
    if not await queries.delete_rating(tx, member.id, artist_id):
        await _ensure_visible(tx, artist_id, member)


async def _ensure_visible(tx: Tx, artist_id: UserId, member: Member) -> None:
    """Raise UserNotFound if there is no such member, or a block between them and the caller."""
    relation = await relationships.get_relation(tx, member, artist_id)
    if relation.blocked:
        raise UserNotFound
