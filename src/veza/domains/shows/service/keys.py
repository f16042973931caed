"""Members of a tier make, renew and revoke a feed of their own; it ends with the membership."""

from veza.core.access import Member, Role, Scope
from veza.core.errors import required
from veza.core.ids import ShowId
from veza.core.signed_urls import UrlBuilder
from veza.domains.shows.errors import NotAMember, ShowKeyNotFound, ShowNotFound
from veza.domains.shows.models.keys import KEY_LENGTH, OwnFeed, OwnFeedState
from veza.domains.shows.queries import keys as queries
from veza.domains.shows.rules import keys as rules
from veza.domains.shows.service import shows
from veza.infra.postgres.database import Conn, Tx


async def make_feed(tx: Tx, show_id: ShowId, member: Member, urls: UrlBuilder) -> OwnFeed:
    """Make the feed of a member; an earlier address ends. Raises ShowNotFound and NotAMember."""
    show = await shows.find_visible(tx, show_id, member)
    if not await queries.is_member(tx, member.id, show.owner_id):
        raise NotAMember
    key = rules.generate_key()
    created_at = await queries.upsert_key(tx, show_id, member.id, rules.hash_key(key))
    return OwnFeed(show_id, rules.feed_url(urls.origin, show_id, key), created_at)


async def get_state(conn: Conn, show_id: ShowId, member: Member) -> OwnFeedState:
    """Return when the feed of a member was made. Raises ShowNotFound."""
    await shows.find_visible(conn, show_id, member)
    return OwnFeedState(show_id, await queries.find_made(conn, show_id, member.id))


async def revoke_feed(tx: Tx, show_id: ShowId, member: Member) -> None:
    """End the feed of a member, also of a show that is hidden now. Raises ShowKeyNotFound."""
    if not await queries.delete_key(tx, show_id, member.id):
        raise ShowKeyNotFound


async def open_feed(conn: Conn, show_id: ShowId, key: str) -> Member:
    """Return the member whose key opens the feed of a show now. Raises ShowNotFound."""
    if len(key) != KEY_LENGTH:
        raise ShowNotFound
    holder = await queries.find_holder(conn, show_id, rules.hash_key(key))
    return Member(required(holder, ShowNotFound), Role.USER, None, frozenset({Scope.READ}))
