"""The figures for admins are correct."""

from tests import make, sounds
from veza.app.admin_stats import list_statistics
from veza.core.ids import new_id
from veza.domains.music.tracks.models.forms import TrackForm


async def stats(client, admin):
    answer = await client.get("admin/stats", headers=admin.headers)
    assert answer.status_code == 200, answer.text
    return answer.json()["data"]


def difference(before, after):
    """What changed, and by how much."""
    return {
        f"{area}.{name}": after[area][name] - number
        for area, figures in before.items()
        for name, number in figures.items()
        if after[area][name] != number
    }


async def test_every_area_has_figures(client, services, admin):
    figures = await stats(client, admin)

    assert list(figures) == list(list_statistics(services.settings))
    assert {"users", "tracks", "plays", "storage", "jobs"} <= set(figures)
    wrong = [
        (area, name, number)
        for area, counts in figures.items()
        for name, number in counts.items()
        if type(number) is not int or number < 0
    ]
    assert wrong == []


async def test_members_and_their_states_are_counted(client, services, admin):
    before = await stats(client, admin)
    people = [await make.person(services) for _ in range(3)]
    await make.suspended(services, people[0])
    async with services.database.transaction() as tx:
        sql = "update users set creator_requested_at = now() where id = $1"
        await tx.run(sql, people[1].id)
        await tx.run("delete from outbox where payload->>'user_id' = $1", str(people[0].id))

    assert difference(before, await stats(client, admin)) == {
        "users.total": 3,
        "users.suspended": 1,
        "users.waiting_for_approval": 1,
    }


async def test_tracks_plays_and_bytes_are_counted(client, services, admin):
    before = await stats(client, admin)
    failed = {"status": "failed", "duration_ms": None, "format": None, "failure_reason": "It is."}
    sql = """
        insert into track_media (track_id, filename, original_kind, original_size, original_hash,
                                 stream_size, preview_size, cover_size, ladder_size)
             values ($1, 'f', 'flac', 1000, 'h', $2, $3, $4, $5)
    """
    async with services.database.transaction() as tx:
        owner = admin.member
        ready = await make.bare_track(tx, owner, "Ready", plays_count=7)
        processing = await make.bare_track(
            tx, owner, "Coming", status="processing", duration_ms=None, format=None
        )
        broken = await make.bare_track(tx, owner, "Broken", **failed)
        await tx.run(sql, ready, 100, 10, 1, 10_000)
        await tx.run(sql, processing, None, None, None, None)
        # Of a track that failed long ago no file is left.
        await tx.run(sql, broken, 5, 5, 5, 5)
        await tx.run("update track_media set held_bytes = 0 where track_id = $1", broken)

    assert difference(before, await stats(client, admin)) == {
        "tracks.total": 3,
        "tracks.ready": 1,
        "tracks.processing": 1,
        "tracks.failed": 1,
        "plays.total": 7,
        "storage.originals_bytes": 2000,
        "storage.renditions_bytes": 10_111,
    }
    async with services.database.transaction() as tx:
        await tx.run("delete from tracks where id = any($1)", [ready, processing, broken])
        await tx.run(
            "delete from track_media where track_id = any($1)", [ready, processing, broken]
        )
    assert difference(before, await stats(client, admin)) == {}


async def test_images_are_counted_with_the_size_of_their_files(client, services, admin):
    before = await stats(client, admin)
    async with services.database.transaction() as tx:
        image_ids = [await make.bare_image(tx, admin.member) for _ in range(2)]

    assert difference(before, await stats(client, admin)) == {
        "images.total": 2,
        "images.files_bytes": 2000,
    }
    async with services.database.transaction() as tx:
        await tx.run("delete from images where id = any($1)", image_ids)


async def test_reports_jobs_and_events_are_counted(client, services, admin):
    before = await stats(client, admin)
    job = """
        insert into jobs (priority, status, leased_until, name)
             values (0, $1, case $1 when 'picked' then now() end, 'Counted')
          returning id
    """
    event = (
        "insert into outbox (name, payload, due_at) values ('Counted', '{}', $1::text::timestamptz)"
    )
    report = """
        insert into reports (id, content_type, content_id, evidence) values ($1, 'user', $1, '{}')
    """
    async with services.database.transaction() as tx:
        for status in ("queued", "queued", "picked", "failed", "failed", "failed"):
            await tx.value(int, job, status)
        for due_at in ("infinity", "2100-01-01"):
            await tx.run(event, due_at)
        await tx.run(report, new_id())
    try:
        assert difference(before, await stats(client, admin)) == {
            "reports.pending": 1,
            "jobs.waiting": 2,
            "jobs.running": 1,
            "jobs.failed": 3,
            "events.waiting": 1,
            "events.failed": 1,
        }
    finally:
        async with services.database.transaction() as tx:
            await tx.run("delete from jobs where name = 'Counted'")
            await tx.run("delete from outbox where name = 'Counted'")


async def test_a_processed_track_takes_what_its_files_take(client, services, admin, tmp_path):
    before = await stats(client, admin)
    source = sounds.write(tmp_path / "tone.wav", sounds.sine(2))

    track_id = await make.track(services, admin, TrackForm(title="Weighed"), source)

    folder = services.settings.data_dir / "media" / "tracks" / str(track_id)
    stored = sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
    changed = difference(before, await stats(client, admin))
    assert changed["storage.originals_bytes"] == source.stat().st_size
    assert changed["storage.originals_bytes"] + changed["storage.renditions_bytes"] == stored
