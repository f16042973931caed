"""A block ends follows both ways and hides each from the other; a mute is one-sided."""

from collections.abc import Sequence
from typing import NoReturn

from veza.core.access import Member
from veza.core.errors import Unauthenticated, required
from veza.core.ids import UserId
from veza.core.pages import Cursor, cut
from veza.core.profiles import HandleMoved
from veza.domains.auth.accounts.errors import UserNotFound
from veza.domains.auth.accounts.models import RecountBatch
from veza.domains.profiles import shared_queries as profile_queries
from veza.domains.relationships.errors import (
    MemberBlocked,
    RelationWithSelf,
    TooManyBlocked,
    TooManyFollowed,
    TooManyMuted,
)
from veza.domains.relationships.events import BLOCKS_CHANGED, UserFollowed
from veza.domains.relationships.models import (
    BlockState,
    FollowRole,
    FollowState,
    MemberProfile,
    MuteState,
    RelatedMember,
    RelatedMemberPage,
    RelatedQuery,
    RelatedUser,
    Relation,
    RelationKind,
)
from veza.domains.relationships.queries import merges
from veza.domains.relationships.queries import relations as queries
from veza.infra.jobs.outbox import emit
from veza.infra.postgres.database import Conn, Tx
from veza.infra.postgres.revisions import announce

_TOO_MANY = {
    RelationKind.FOLLOWING: TooManyFollowed,
    RelationKind.BLOCKED: TooManyBlocked,
    RelationKind.MUTED: TooManyMuted,
}
# Per kind. Lists of other domains filter by all of these.
MAX_RELATED = 5000
# A member can block 5,000 others; how many block them is not limited.
MAX_BLOCKED_IDS = 20_000
# The list of the other members of a follow, by the role of the first.
_LISTS_OF_OTHERS = {
    FollowRole.FOLLOWER: RelationKind.FOLLOWING,
    FollowRole.FOLLOWED: RelationKind.FOLLOWERS,
}


async def find_blocked_ids(
    conn: Conn, user_ids: Sequence[UserId]
) -> dict[UserId, frozenset[UserId] | None]:
    """Return for each member whom they block and who blocks them; None if too many."""
    found: dict[UserId, set[UserId]] = {user_id: set() for user_id in user_ids}
    for pair in await queries.list_blocked_pairs(conn, user_ids, most=MAX_BLOCKED_IDS):
        found[pair.user_id].add(pair.other_id)
    return {
        user_id: frozenset(others) if len(others) < MAX_BLOCKED_IDS else None
        for user_id, others in found.items()
    }


async def follow(tx: Tx, follower: Member, user_id: UserId) -> FollowState:
    """Follow a member; twice is the same as once. Raises UserNotFound if they block the caller."""
    await _lock_both(tx, follower, user_id)
    relation = await get_relation(tx, follower, user_id)
    if relation.blocked:
        raise MemberBlocked
    if not relation.following:
        await _ensure_below_limit(tx, follower, RelationKind.FOLLOWING)
        await queries.insert_follow(tx, follower.id, user_id)
        await emit(tx, UserFollowed(follower.id, user_id))
    return await queries.find_follow_state(tx, follower.id, user_id)


async def unfollow(tx: Tx, follower: Member, user_id: UserId) -> FollowState:
    """Unfollow a member; do nothing if the caller does not follow them."""
    await _lock_both(tx, follower, user_id)
    await get_relation(tx, follower, user_id)
    await queries.delete_follow(tx, follower.id, user_id)
    return await queries.find_follow_state(tx, follower.id, user_id)


async def block(tx: Tx, blocker: Member, user_id: UserId) -> BlockState:
    """Block a member: neither sees or follows the other any more."""
    await _lock_both(tx, blocker, user_id)
    if not await queries.has_related(tx, blocker.id, user_id, RelationKind.BLOCKED):
        await _ensure_below_limit(tx, blocker, RelationKind.BLOCKED)
        await queries.insert_related(tx, blocker.id, user_id, RelationKind.BLOCKED)
        await announce(tx, BLOCKS_CHANGED, f"{blocker.id}:{user_id}")
        await queries.delete_follow(tx, blocker.id, user_id)
        await queries.delete_follow(tx, user_id, blocker.id)
    return BlockState(blocked=True)


async def unblock(tx: Tx, blocker: Member, user_id: UserId) -> BlockState:
    """Unblock a member. Earlier follows are not restored."""
    await _lock_both(tx, blocker, user_id)
    if await queries.delete_related(tx, blocker.id, user_id, RelationKind.BLOCKED):
        await announce(tx, BLOCKS_CHANGED, f"{blocker.id}:{user_id}")
    return BlockState(blocked=False)


async def mute(tx: Tx, muter: Member, user_id: UserId) -> MuteState:
    """Mute a member, who is not notified."""
    await _lock_both(tx, muter, user_id)
    if not await queries.has_related(tx, muter.id, user_id, RelationKind.MUTED):
        await _ensure_below_limit(tx, muter, RelationKind.MUTED)
        await queries.insert_related(tx, muter.id, user_id, RelationKind.MUTED)
    return MuteState(muted=True)


async def unmute(tx: Tx, muter: Member, user_id: UserId) -> MuteState:
    """Unmute a member."""
    await _lock_both(tx, muter, user_id)
    await queries.delete_related(tx, muter.id, user_id, RelationKind.MUTED)
    return MuteState(muted=False)


async def get_relation(conn: Conn, viewer: Member, user_id: UserId) -> Relation:
    """Return the caller's relation to a member. Raises UserNotFound if they block the caller."""
    return required(await queries.find_relation(conn, viewer.id, user_id), UserNotFound)


async def get_profile(conn: Conn, username: str, viewer: Member | None) -> MemberProfile:
    """Return a public profile. Raises UserNotFound, also if there is a block, and HandleMoved."""
    found = await queries.find_profile(conn, username, viewer and viewer.id)
    return found or await _miss(conn, username)


async def find_visible_id(conn: Conn, username: str, viewer: Member | None) -> UserId:
    """Return the id of a member whom the viewer may see. Raises UserNotFound and HandleMoved."""
    found = await queries.find_visible_id(conn, username, viewer and viewer.id)
    return found or await _miss(conn, username)


async def resolve_id(conn: Conn, username: str, viewer: Member | None) -> UserId:
    """Return the id of a member by a present or a former name. Raises UserNotFound."""
    try:
        return await find_visible_id(conn, username, viewer)
    except HandleMoved as moved:
        return await find_visible_id(conn, moved.handle, viewer)


async def _miss(conn: Conn, username: str) -> NoReturn:
    handle = await profile_queries.find_handle_after(conn, username)
    if handle is not None:
        raise HandleMoved(username, handle)
    raise UserNotFound


async def list_followers_or_following(
    conn: Conn, username: str, query: RelatedQuery, viewer: Member | None
) -> RelatedMemberPage:
    """Return a page of a member's followers, or of the members they follow."""
    user_id = await find_visible_id(conn, username, viewer)
    found = await queries.list_related(conn, user_id, query, viewer and viewer.id)
    return _show_page(found, query.limit)


async def list_own(conn: Conn, member: Member, query: RelatedQuery) -> RelatedMemberPage:
    """Return a page of the members whom the caller blocks or mutes."""
    found = await queries.list_related(conn, member.id, query, member.id)
    return _show_page(found, query.limit)


async def list_followers(
    conn: Conn, user_id: UserId, after: RelatedUser | None
) -> list[RelatedUser]:
    """Return the followers of a member, oldest first, 500 at a time, including suspended ones."""
    return await queries.list_all(conn, user_id, RelationKind.FOLLOWERS, after)


async def recount_batch(
    tx: Tx, batch: RecountBatch[RelatedUser], role: FollowRole
) -> list[RelatedUser]:
    """Exclude a member from the counts of up to 500 others, or include them; return these."""
    related = await queries.list_all(tx, batch.user_id, _LISTS_OF_OTHERS[role], batch.after)
    others = [each.user_id for each in related]
    await queries.lock_counts(tx, others)
    await queries.update_hidden(tx, batch.user_id, others, role=role, hide=batch.hide)
    return related


async def _lock_both(tx: Tx, member: Member, user_id: UserId) -> None:
    """Lock two members and their counts. Raises RelationWithSelf and UserNotFound."""
    if member.id == user_id:
        raise RelationWithSelf
    both = [member.id, user_id]
    present = await queries.lock_members(tx, both)
    if member.id not in present:
        # The access token is valid, but the account is deleted or was just suspended.
        raise Unauthenticated
    if user_id not in present:
        raise UserNotFound
    await queries.insert_counts(tx, both)
    await queries.lock_counts(tx, both)


async def _ensure_below_limit(tx: Tx, member: Member, kind: RelationKind) -> None:
    if await queries.count_related(tx, member.id, kind, most=MAX_RELATED) >= MAX_RELATED:
        raise _TOO_MANY[kind]


def _show_page(found: list[RelatedMember], limit: int) -> RelatedMemberPage:
    shown, following = cut(found, limit, lambda each: Cursor(each.since, each.id))
    return RelatedMemberPage(shown, following, following is not None)


async def move(tx: Tx, user_id: UserId, into_id: UserId) -> None:
    """Give the relations of a page, neither of which is suspended, to another profile.

    Who follows both follows once, and nobody themselves; blocks of either end follows of both.
    """
    await queries.insert_counts(tx, [into_id])
    await merges.lock_counts_of_both(tx, user_id, into_id)
    for other_id in await merges.insert_blocks(tx, user_id, into_id):
        await announce(tx, BLOCKS_CHANGED, f"{into_id}:{other_id}")
    await merges.insert_mutes(tx, user_id, into_id)
    await merges.delete_doubled_follows(tx, user_id, into_id)
    await merges.update_followed(tx, user_id, into_id)
    await merges.update_follower(tx, user_id, into_id)
