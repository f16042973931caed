"""The jobs: what is computed, and what is not computed again."""

from tests.domains.music.discovery.discovery_steps import creators, crowd, like, publish
from veza.core.ids import UserId
from veza.domains.music.discovery import jobs
from veza.domains.music.discovery.queries import artists, draws, similarities
from veza.domains.music.tracks.events import TrackReady


async def _find_stale(services, *track_ids):
    """Return which of the tracks are enqueued, and whether they changed."""
    sql = """
        select coalesce(jsonb_object_agg(track_id, is_changed), '{}')::text
          from stale_tracks where track_id = any($1)
    """
    async with services.database.read() as conn:
        return await conn.value(str, sql, track_ids)


async def _sweep(tx, *track_ids):
    """Sweep the part of the table where some tracks are."""
    ids = sorted(track_ids)
    sql = "select id from tracks where id < $1 order by id desc limit 1"
    before = await tx.value(UserId, sql, ids[0])
    await draws.update_draws(tx, before, ids[-1])
    await similarities.insert_changed(tx, before, ids[-1])


async def test_all_that_changed_is_computed_and_then_nothing_is_left(services):
    here, there = await creators(services, 2)
    [first], [other] = await publish(services, here), await publish(services, there)
    people = await crowd(services, 2)
    await like(services, [first, other], *people)
    await jobs.find_changed_tracks(services.database)
    await jobs.compute_similarities(services.database)

    async with services.database.read() as conn:
        found = await similarities.list_similarities(conn, [first])
        assert found[0].similar_ids[0] == other
        similar = await artists.list_similar(conn, here.id, 10, None)
        assert there.id in {artist.id for artist in similar}
        left = "select (select count(*) from stale_tracks) + (select count(*) from stale_artists)"
        assert await conn.value(int, left) == 0
    await jobs.find_changed_tracks(services.database)
    assert await _find_stale(services, first, other) == "{}"


async def test_a_track_is_computed_again_when_its_likes_change(services, artist, tx):
    [liked, popular, new] = await publish(services, artist, 3)
    sql = "insert into similar_tracks values ($1, '{}', '{}', $2, 0)"
    await tx.run(sql, liked, 3)
    await tx.run(sql, popular, 1000)
    await tx.run("update tracks set likes_count = 4 where id = $1", liked)
    await tx.run("update tracks set likes_count = 1050 where id = $1", popular)
    stale = "select track_id from stale_tracks where track_id = any($1) order by track_id"

    await _sweep(tx, liked, popular, new)
    assert await tx.column(UserId, stale, [liked, popular, new]) == sorted([liked, new])
    await tx.run("update tracks set likes_count = 1051 where id = $1", popular)
    await _sweep(tx, liked, popular, new)
    assert await tx.column(UserId, stale, [liked, popular, new]) == sorted([liked, popular, new])


async def test_tracks_that_became_similar_are_enqueued_once(services, artist):
    [first, other] = await publish(services, artist, 2)
    await like(services, [first, other], *await crowd(services, 2))
    async with services.database.transaction() as tx:
        await tx.run("delete from stale_tracks")
        await similarities.insert_stale(tx, [first], is_changed=True)
    assert await jobs._compute_tracks(services.database, is_changed=True)

    async with services.database.read() as conn:
        sql = "select track_id from stale_tracks where not is_changed"
        assert other in await conn.column(UserId, sql)
    while await jobs._compute_tracks(services.database, is_changed=False):
        pass
    assert await _find_stale(services, first, other) == "{}"


async def test_a_new_track_is_drawn_at_once_and_enqueued(services, artist, tx):
    [track_id] = await publish(services, artist)
    await jobs.update_track(tx, TrackReady(track_id, artist.id, "A track"))

    sql = "select is_changed from stale_tracks where track_id = $1"
    assert await tx.value(bool, sql, track_id) is True
    assert await tx.value(int, "select count(*) from track_draws where track_id = $1", track_id)


async def test_a_sweep_finds_tracks_that_no_event_announced(services, artist, tx):
    [hidden, renamed] = await publish(services, artist, 2, genre="before")
    await tx.run("update tracks set visibility = 'private' where id = $1", hidden)
    await tx.run("update tracks set genre = 'After' where id = $1", renamed)
    await _sweep(tx, hidden, renamed)

    sql = "select genre from track_draws where track_id = any($1)"
    assert await tx.column(str, sql, [hidden, renamed]) == ["after"]


async def test_two_workers_compute_different_tracks(services, artist):
    made = await publish(services, artist, 2 * similarities.BATCH)
    async with services.database.transaction() as tx:
        await tx.run("delete from stale_tracks")
        await similarities.insert_stale(tx, made, is_changed=True)
    async with services.database.transaction() as one, services.database.transaction() as two:
        first = await similarities.lock_stale(one, is_changed=True)
        second = await similarities.lock_stale(two, is_changed=True)

    assert len(first) == len(second) == similarities.BATCH
    assert not set(first) & set(second)
