"""Changes of releases of one member come one after the other."""

import asyncio
from datetime import timedelta

import pytest

from tests import make
from tests.support.locks import ensure_waits
from tests.support.waiting import until_somebody_waits
from veza.core.clock import now
from veza.core.errors import Invalid
from veza.domains.music.credits.models import CreditedProfile, CreditForm, CreditRole
from veza.domains.music.releases.models.forms import (
    PlacedTrack,
    ReleaseChange,
    ReleaseForm,
    ReleaseTracksForm,
)
from veza.domains.music.releases.queries.releases import lock_release
from veza.domains.music.releases.service import contents, publication, releases, search


async def test_changes_of_a_members_releases_wait_for_each_other(services, owner, add):
    member, links = owner.member, make.NO_LINKS
    later, track_id = now() + timedelta(days=1), await add()
    tracks = ReleaseTracksForm([PlacedTrack(track_id)])
    form = ReleaseForm("Day Ferry", tracks=[PlacedTrack(track_id)])
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


async def test_a_member_who_is_erased_meanwhile_is_not_credited(services, owner, other):
    form = ReleaseForm(
        "Day Ferry", credits=[CreditForm(CreditRole.PRODUCER, "Ada", CreditedProfile(other.id))]
    )

    async def create():
        async with services.database.transaction() as own:
            await releases.create_release(own, owner.member, form, make.NO_LINKS)

    async with services.database.transaction(recorded=False) as tx:
        await tx.run("delete from users where id = $1", other.id)
        creating = asyncio.create_task(create())
        await until_somebody_waits(services.database)
    with pytest.raises(Invalid):
        await creating
