"""Changes of releases of one member come one after the other."""

from datetime import timedelta

from tests import make
from tests.support.locks import ensure_waits
from veza.core.clock import now
from veza.domains.music.releases.models import (
    CreditForm,
    PlacedTrack,
    ReleaseChange,
    ReleaseForm,
    ReleaseTracksForm,
)
from veza.domains.music.releases.queries.releases import lock_release
from veza.domains.music.releases.service import contents, publication, releases, search


async def test_changes_of_a_members_releases_wait_for_each_other(services, owner, other, add):
    member, links = owner.member, make.NO_LINKS
    later, track_id = now() + timedelta(days=1), await add()
    tracks = ReleaseTracksForm([PlacedTrack(track_id)])
    credited = [CreditForm("Ada", "producer", other.id)]
    form = ReleaseForm("Day Ferry", credits=credited, tracks=[PlacedTrack(track_id)])
    async with services.database.transaction() as tx:
        release_id = await make.release(tx, member, "Night Ferry", track_id, publish_at=later)

    async def create(tx):
        await releases.create_release(tx, member, form, links)

    async def replace_tracks(tx):
        await contents.replace_tracks(tx, release_id, member, tracks, links)

    async def rename(tx):
        await releases.update_release(tx, release_id, member, ReleaseChange(title="Ferry"), links)

    track, user, release = ("tracks", track_id), ("users", owner.id), ("releases", release_id)
    for change, (table, row_id) in (
        (create, user),
        (create, track),
        (lambda tx: lock_release(tx, release_id, owner.id), release),
        (lambda tx: search.index_batch(tx, owner.id, None), release),
        (replace_tracks, user),
        (replace_tracks, track),
        (rename, user),
        (lambda tx: publication.publish_due(tx, release_id, later), track),
        (lambda tx: publication.publish_due(tx, release_id, later), user),
        (lambda tx: releases.delete_release(tx, release_id, member), user),
    ):
        await ensure_waits(services.database, change, table, row_id)
    await ensure_waits(services.database, create, "users", other.id, strength="update")
