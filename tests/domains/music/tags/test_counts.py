"""Tags of public tracks are counted exactly."""

import asyncio
from random import Random

import msgspec
import pytest

from tests import make
from tests.domains.music.tracks.tracks_steps import publish
from tests.make import NO_LINKS
from veza.core.errors import Unavailable
from veza.core.ids import TrackId, new_id
from veza.core.visibility import Visibility
from veza.domains.auth.accounts.service import suspensions
from veza.domains.music.tags import service
from veza.domains.music.tags.jobs import count_tags, recount_tags
from veza.domains.music.tags.models import RecountTags
from veza.domains.music.tracks import personal_data
from veza.domains.music.tracks.events import TrackChanged
from veza.domains.music.tracks.models.forms import TrackChange
from veza.domains.music.tracks.service import track_changes


async def change(services, creator, track_id, **said):
    async with services.database.transaction() as tx:
        await track_changes.update_track(
            tx, track_id, creator.member, TrackChange(**said), NO_LINKS
        )


async def test_a_tag_in_two_spellings_is_one_tag(services, creator, root, work, counted):
    for tag in ("lo-fi", "Lo Fi", "lo-fi"):
        await publish(services, creator, title="A track", tags=[f"{root}{tag}"])
    await work()

    assert await counted(root) == {
        f"tag {root}lofi": 3,
        f"{root}lo-fi": 2,
        f"{root}lo fi": 1,
    }


async def test_a_track_with_a_tag_in_two_spellings_counts_once(
    services, creator, root, work, counted
):
    track_id = await publish(
        services, creator, title="A track", tags=[f"{root}a-b", f"{root}ab", f"{root}c"]
    )
    await work()
    both = {f"tag {root}ab": 1, f"tag {root}c": 1, f"{root}a-b": 1, f"{root}c": 1}
    assert await counted(root) == both

    await change(services, creator, track_id, tags=[f"{root}AB"])
    await work()
    assert await counted(root) == {f"tag {root}ab": 1, f"{root}ab": 1}


async def test_only_tags_of_public_tracks_are_counted(services, creator, root, work, counted):
    track_id = await publish(services, creator, title="A track", tags=[root])
    for visibility in (Visibility.UNLISTED, Visibility.PRIVATE):
        await work()
        assert await counted(root) == {f"tag {root}": 1, root: 1}
        await change(services, creator, track_id, visibility=visibility)
        await work()
        # Not even the word is kept.
        assert await counted(root) == {}
        await change(services, creator, track_id, visibility=Visibility.PUBLIC)


async def test_a_deleted_track_and_an_erased_member_are_not_counted(
    services, creator, root, work, counted
):
    deleted = await publish(services, creator, title="A track", tags=[root])
    await publish(services, creator, title="A track", tags=[root])
    await work()
    async with services.database.transaction() as tx:
        await track_changes.delete_track(tx, deleted, creator.member)
    await work()
    assert await counted(root) == {f"tag {root}": 1, root: 1}
    async with services.database.transaction() as tx:
        await personal_data.erase(tx, creator.id)
    await work()
    assert await counted(root) == {}


async def test_tags_of_suspended_members_are_not_counted(services, creator, root, work, counted):
    # More than the job takes at once.
    async with services.database.transaction() as tx:
        for _ in range(120):
            track_id = await make.bare_track(tx, creator.member, "A track", tags=[root])
            await service.recount_tags_of_tracks(tx, [track_id])
    await make.suspended(services, creator)
    await work()
    assert await counted(root) == {}
    await make.unsuspended(services, creator)
    await work()
    await recount_tags(services.database, RecountTags(creator.id))
    assert await counted(root) == {f"tag {root}": 120, root: 120}


async def test_counting_a_track_twice_or_a_missing_track_changes_nothing(
    services, creator, root, work, counted
):
    track_id = await publish(services, creator, title="A track", tags=[root, "🎵", " "])
    await work()
    async with services.database.transaction() as tx:
        for _ in range(2):
            await count_tags(tx, TrackChanged(track_id, creator.id))
        await count_tags(tx, TrackChanged(TrackId(new_id()), creator.id))
    assert await counted(root) == {f"tag {root}": 1, root: 1}


@pytest.mark.long
async def test_counts_are_exact_after_concurrent_changes(services, creator, root, work, counted):
    words = [f"{root}{word}" for word in ("a-b", "ab", "c", "d e", "de")]
    ids = [await publish(services, creator, title="A track", tags=words[:2]) for _ in range(4)]
    chance = Random(5)

    async def live(track_id):
        for _ in range(10):
            tags = chance.sample(words, chance.randrange(4))
            visibility = chance.choice([Visibility.PUBLIC, Visibility.PUBLIC, Visibility.PRIVATE])
            await change(services, creator, track_id, tags=tags, visibility=visibility)
            await recount(services, [track_id, chance.choice(ids)])

    await asyncio.gather(*map(live, ids), suspend_and_back(services, creator))
    await work()
    found = await counted(root)
    assert {name: n for name, n in found.items() if name.startswith("tag ")} == (
        await count_in_tracks(services, ids)
    )


async def recount(services, ids):
    while True:
        try:
            async with services.database.transaction() as tx:
                return await service.recount_tags_of_tracks(tx, ids)
        except Unavailable:
            # Of two that wait for each other one tries again, as the worker does.
            continue


async def suspend_and_back(services, creator):
    for _ in range(4):
        async with services.database.transaction() as tx:
            if not await suspensions.suspend(tx, creator.id, "Enough."):
                await suspensions.lift_suspension(tx, creator.id)
        await recount_tags(services.database, RecountTags(creator.id))


async def count_in_tracks(services, ids):
    sql = """
        select coalesce(json_object_agg(name, uses), '{}')::text
          from (select 'tag ' || translate(tag, '- ', '') as name, count(distinct t.id) as uses
                  from tracks t, unnest(t.tags) as tag
                 where t.id = any($1) and t.visibility = 'public'
                 group by 1) found
    """
    async with services.database.read() as conn:
        return msgspec.json.decode(await conn.value(str, sql, ids) or "{}")
