"""What one can do with other members: follow, block, mute, and see how they are followed."""

from collections.abc import Sequence

from veza.core.access import Member
from veza.core.errors import Unauthenticated
from veza.core.ids import UserId
from veza.domains.auth.accounts.errors import UserNotFound
from veza.domains.auth.accounts.models import Part
from veza.domains.relationships import queries, rules
from veza.domains.relationships.errors import (
    MemberBlocked,
    NotWithOneself,
    TooManyBlocked,
    TooManyFollowed,
    TooManyMuted,
)
from veza.domains.relationships.events import BLOCKS_CHANGED, UserFollowed
from veza.domains.relationships.models import (
    BlockState,
    Circle,
    FollowState,
    MemberPage,
    MemberProfile,
    MuteState,
    Related,
    RelatedQuery,
    Relation,
    Side,
)
from veza.infra.jobs.outbox import emit
from veza.infra.postgres.database import Conn, Tx
from veza.infra.postgres.revisions import announce

_TOO_MANY = {
    Circle.FOLLOWING: TooManyFollowed,
    Circle.BLOCKED: TooManyBlocked,
    Circle.MUTED: TooManyMuted,
}
# A member blocks at most a quarter of it themselves; how many block them is not limited.
MAX_KEPT_APART = 20_000
# In whose circle those are whom one is to on a side.
_WITH = {Side.FOLLOWER: Circle.FOLLOWING, Side.FOLLOWED: Circle.FOLLOWERS}


async def are_blocked(conn: Conn, one: UserId, other: UserId) -> bool:
    """Tell whether one of two blocks the other: then neither sees the other."""
    return await queries.are_blocked(conn, one, other)


async def find_kept_apart(
    conn: Conn, user_ids: Sequence[UserId]
) -> dict[UserId, frozenset[UserId] | None]:
    """Return for each member whom they block and who blocks them; None if these are too many."""
    found: dict[UserId, set[UserId]] = {user_id: set() for user_id in user_ids}
    for pair in await queries.list_blocked_pairs(conn, user_ids, most=MAX_KEPT_APART):
        found[pair.user_id].add(pair.other_id)
    return {
        user_id: frozenset(others) if len(others) < MAX_KEPT_APART else None
        for user_id, others in found.items()
    }


async def follow(tx: Tx, follower: Member, user_id: UserId) -> FollowState:
    """Follow a member. Following twice is the same as following once.

    One who blocks the follower isn't there.
    """
    await _lock_both(tx, follower, user_id)
    relation = await get_relation(tx, follower, user_id)
    if relation.blocked:
        raise MemberBlocked
    if not relation.following:
        await _ensure_room(tx, follower, Circle.FOLLOWING)
        await queries.insert_follow(tx, follower.id, user_id)
        await emit(tx, UserFollowed(follower.id, user_id))
    return await queries.find_follow_state(tx, follower.id, user_id)


async def unfollow(tx: Tx, follower: Member, user_id: UserId) -> FollowState:
    """Follow a member no more. Where nobody did, nothing happens."""
    await _lock_both(tx, follower, user_id)
    await get_relation(tx, follower, user_id)
    await queries.delete_follow(tx, follower.id, user_id)
    return await queries.find_follow_state(tx, follower.id, user_id)


async def block(tx: Tx, blocker: Member, user_id: UserId) -> BlockState:
    """Block a member: neither sees the other any more, nor follows them."""
    await _lock_both(tx, blocker, user_id)
    if not await queries.has_in(tx, blocker.id, user_id, Circle.BLOCKED):
        await _ensure_room(tx, blocker, Circle.BLOCKED)
        await queries.insert_block(tx, blocker.id, user_id)
        await announce(tx, BLOCKS_CHANGED, f"{blocker.id}:{user_id}")
        await queries.delete_follow(tx, blocker.id, user_id)
        await queries.delete_follow(tx, user_id, blocker.id)
    return BlockState(blocked=True)


async def unblock(tx: Tx, blocker: Member, user_id: UserId) -> BlockState:
    """Block a member no more. Who followed whom before stays over."""
    await _lock_both(tx, blocker, user_id)
    if await queries.delete_block(tx, blocker.id, user_id):
        await announce(tx, BLOCKS_CHANGED, f"{blocker.id}:{user_id}")
    return BlockState(blocked=False)


async def mute(tx: Tx, muter: Member, user_id: UserId) -> MuteState:
    """Hear no more of a member, who doesn't notice."""
    await _lock_both(tx, muter, user_id)
    if not await queries.has_in(tx, muter.id, user_id, Circle.MUTED):
        await _ensure_room(tx, muter, Circle.MUTED)
        await queries.insert_mute(tx, muter.id, user_id)
    return MuteState(muted=True)


async def unmute(tx: Tx, muter: Member, user_id: UserId) -> MuteState:
    """Hear of a member again."""
    await _lock_both(tx, muter, user_id)
    await queries.delete_mute(tx, muter.id, user_id)
    return MuteState(muted=False)


async def get_relation(conn: Conn, viewer: Member, user_id: UserId) -> Relation:
    """Tell what a member is to whoever asks. One who blocks them isn't there."""
    relation = await queries.find_relation(conn, viewer.id, user_id)
    if relation is None:
        raise UserNotFound
    return relation


async def get_profile(conn: Conn, username: str, viewer: Member | None) -> MemberProfile:
    """Show a member as everybody sees them, but for those with whom they are blocked."""
    profile = await queries.find_profile(conn, username, viewer and viewer.id)
    if profile is None:
        raise UserNotFound
    return rules.show_profile(profile)


async def find_visible_id(conn: Conn, username: str, viewer: Member | None) -> UserId:
    """Tell whose name it is, where the viewer may see them. Raises UserNotFound."""
    user_id = await queries.find_visible_id(conn, username, viewer and viewer.id)
    if user_id is None:
        raise UserNotFound
    return user_id


async def list_around(
    conn: Conn, username: str, wish: RelatedQuery, viewer: Member | None
) -> MemberPage:
    """List who follows a member, or whom they follow, as far as the viewer may see them."""
    user_id = await find_visible_id(conn, username, viewer)
    found = await queries.list_related(conn, user_id, wish, viewer and viewer.id)
    return rules.show_page(found, wish.limit)


async def list_own(conn: Conn, member: Member, wish: RelatedQuery) -> MemberPage:
    """List whom somebody blocks or mutes themselves, the latest first."""
    found = await queries.list_related(conn, member.id, wish, member.id)
    return rules.show_page(found, wish.limit)


async def list_followers(conn: Conn, user_id: UserId, after: Related | None) -> list[Related]:
    """List who follows a member, suspended ones too, in some hundreds; the first first."""
    return await queries.list_all(conn, user_id, Circle.FOLLOWERS, after)


async def hide_member(tx: Tx, part: Part[Related], side: Side) -> list[Related]:
    """Count a member no more at some hundreds of others, or again; tell at whom."""
    related = await queries.list_all(tx, part.user_id, _WITH[side], part.after)
    others = [each.user_id for each in related]
    await queries.lock_counts(tx, others)
    await queries.update_hidden(tx, part.user_id, others, side=side, hide=part.hide)
    return related


async def _lock_both(tx: Tx, member: Member, user_id: UserId) -> None:
    """Have what two members are to each other stay as it is until this ends.

    Raises NotWithOneself, and UserNotFound where there is nobody to be seen.
    """
    if member.id == user_id:
        raise NotWithOneself
    both = [member.id, user_id]
    present = {each.id for each in await queries.lock_members(tx, both) if not each.is_suspended}
    if member.id not in present:
        # The token outlived the account, or they were suspended just now.
        raise Unauthenticated
    if user_id not in present:
        raise UserNotFound
    await queries.insert_counts(tx, both)
    await queries.lock_counts(tx, both)


async def _ensure_room(tx: Tx, member: Member, circle: Circle) -> None:
    most = rules.MAX_IN_CIRCLE
    if await queries.count_in(tx, member.id, circle, most=most) >= most:
        raise _TOO_MANY[circle]
