"""Tracks are published, taken down and restored, and get the tier of their release."""

from collections.abc import Sequence

from veza.core.ids import TierId, TrackId
from veza.core.takedowns import CHOSEN_VISIBILITY, HIDE, RESTORE, choose_visibility
from veza.domains.music.tracks.events import TrackChanged
from veza.infra.postgres.database import Tx


async def update_public(tx: Tx, track_ids: Sequence[TrackId]) -> list[TrackChanged]:
    """Make tracks public; return those that were not. One that is taken down is after the undo."""
    sql = f"""
        update tracks
           set {choose_visibility("'public'")},
               updated_at = now()
         where id = any($1) and {CHOSEN_VISIBILITY} <> 'public'
     returning id as track_id, owner_id
    """
    return await tx.all(TrackChanged, sql, list(track_ids))


async def update_tier(
    tx: Tx, track_ids: Sequence[TrackId], former: TierId | None, tier_id: TierId | None
) -> None:
    """Give those of these tracks a tier that have the former one, or are private without any."""
    sql = f"""
        update tracks
           set tier_id = $3, updated_at = now()
         where id = any($1)
           and (tier_id = $2 or tier_id is null and $3::uuid is not null
                                and {CHOSEN_VISIBILITY} = 'private')
    """
    await tx.run(sql, list(track_ids), former, tier_id)


async def update_taken_down(tx: Tx, track_id: TrackId) -> None:
    """Hide a track, and keep what its owner chose. `updated_at` stays, as nothing is new."""
    sql = f"""
        update tracks
           set {HIDE}
         where id = $1 and owner_visibility is null
    """
    await tx.run(sql, track_id)


async def update_restored(tx: Tx, track_id: TrackId) -> None:
    """Give a track back the visibility that its owner chose."""
    sql = f"""
        update tracks
           set {RESTORE}
         where id = $1 and owner_visibility is not null
    """
    await tx.run(sql, track_id)
