"""Reactions to what happened elsewhere."""

from veza.domains.accounts.events import UserSuspended, UserUnsuspended
from veza.domains.comments import queries
from veza.domains.tracks import service as tracks
from veza.infra.db import Tx


async def count_shown_comments(tx: Tx, event: UserSuspended | UserUnsuspended) -> None:
    """Have the counts of tracks leave out what a suspended member wrote, or count it again.

    The lists leave it out by themselves, at once. What counts is whether the member is suspended
    now, and not which of two events comes first.
    """
    is_suspended = await queries.lock_suspension(tx, event.user_id)
    if is_suspended is None:
        return
    while track_ids := await queries.list_tracks_to_count(tx, event.user_id, hide=is_suspended):
        await tracks.lock_tracks(tx, track_ids)
        changed = await queries.update_hidden(tx, event.user_id, track_ids, hide=is_suspended)
        sign = -1 if is_suspended else 1
        await tracks.count_comments(tx, {each.track_id: sign * each.comments for each in changed})
