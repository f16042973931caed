"""Tracks that could not be processed: listed for admins, processed again, and expired."""

from uuid import UUID

import pytest

from tests import make, sounds
from tests.domains.music.audio.storage_steps import files_of
from veza.core.access import Role
from veza.core.ids import new_id
from veza.domains.music.audio import failed_tracks

BROKEN = b"fLaC" + bytes(5000)


@pytest.fixture
async def admin(services):
    return await make.person(services, Role.ADMIN)


@pytest.fixture
def fail(upload, work):
    """Upload a file that can't be processed; return the id of its track."""

    async def run(title="Broken", **said):
        track_id = (await upload(BROKEN, title=title, **said)).json()["data"]["id"]
        await work()
        return track_id

    return run


@pytest.fixture
def mend(services, wav):
    """Replace the stored file by one that can be processed, as if the server had been at fault."""

    async def run(track_id):
        await services.storage.put_file(f"tracks/{track_id}/original", wav)

    return run


async def listed(client, admin, **query):
    answer = await client.get("admin/failed-tracks", params=query, headers=admin.headers)
    assert answer.status_code == 200, answer.text
    return answer.json()["data"]


async def retry(client, admin, track_id):
    return await client.post(f"admin/failed-tracks/{track_id}/retry", headers=admin.headers)


async def find(client, admin, track_id):
    tracks = (await listed(client, admin, limit=100))["tracks"]
    return next((each for each in tracks if each["track_id"] == track_id), None)


async def shown(client, creator, track_id):
    return (await client.get(f"tracks/{track_id}", headers=creator.headers)).json()["data"]


async def usage(client, creator):
    answer = await client.get("users/me/storage", headers=creator.headers)
    assert answer.status_code == 200, answer.text
    quotas = answer.json()["data"]["quotas"]
    return next(each["used_bytes"] for each in quotas if each["kind"] == "tracks")


async def test_a_failed_track_is_listed_with_its_reason_and_processed_again_with_its_cover(
    client, services, creator, admin, fail, mend, work, folder
):
    cover = sounds.picture(folder / "unlucky.png", width=32, height=32).read_bytes()
    track_id = await fail("Unlucky", cover=cover)

    failed = await find(client, admin, track_id)
    assert failed is not None
    reason = (await shown(client, creator, track_id))["failure_reason"]
    assert (failed["title"], failed["reason"], failed["has_original"]) == ("Unlucky", reason, True)
    assert (failed["owner_id"], failed["owner_name"]) == (str(creator.id), creator.username)

    await mend(track_id)
    answer = await retry(client, admin, track_id)
    assert answer.status_code == 202, answer.text
    assert (await shown(client, creator, track_id))["status"] == "processing"
    again = await retry(client, admin, track_id)
    assert (again.status_code, again.json()["code"]) == (404, "failed_track_not_found")
    await work()

    track = await shown(client, creator, track_id)
    assert (track["status"], track["failure_reason"]) == ("ready", None)
    assert track["cover_url"] is not None
    assert files_of(services, track_id) > {"original", "stream.m4a", "cover.jpg"}
    assert await find(client, admin, track_id) is None


@pytest.mark.long
async def test_a_track_that_fails_again_is_listed_again(client, admin, fail, work):
    track_id = await fail()
    first = await find(client, admin, track_id)

    assert (await retry(client, admin, track_id)).status_code == 202
    await work()

    again = await find(client, admin, track_id)
    assert again["reason"] == first["reason"]
    assert again["failed_at"] > first["failed_at"]


async def test_the_file_counts_for_its_owner_for_a_week_and_can_not_be_processed_afterwards(
    client, services, creator, admin, fail, work
):
    before = await usage(client, creator)
    track_id = await fail()
    assert await usage(client, creator) == before + len(BROKEN)

    await failed_tracks.delete_expired(services.database)
    assert files_of(services, track_id) == {"original"}
    async with services.database.transaction() as tx:
        sql = "update track_media set failed_at = now() - interval '8 days' where track_id = $1"
        await tx.run(sql, UUID(track_id))
    await failed_tracks.delete_expired(services.database)
    await work()

    assert files_of(services, track_id) == set()
    assert await usage(client, creator) == before
    assert (await find(client, admin, track_id))["has_original"] is False
    answer = await retry(client, admin, track_id)
    assert (answer.status_code, answer.json()["code"]) == (409, "original_gone")


async def test_a_file_that_the_storage_lost_is_not_processed(client, services, admin, fail):
    track_id = await fail()
    await services.storage.delete_folder(f"tracks/{track_id}")

    answer = await retry(client, admin, track_id)

    assert (answer.status_code, answer.json()["code"]) == (409, "original_gone")
    assert (await find(client, admin, track_id))["has_original"] is True


@pytest.mark.long
async def test_the_job_of_the_last_attempt_ends_before_the_next_one(
    client, services, creator, admin, fail, mend, work
):
    track_id = await fail()
    await mend(track_id)
    insert = """
        insert into jobs (priority, status, leased_until, name, payload, key)
             values (0, 'picked', now() + interval '1 day', 'ProcessTrack',
                     convert_to($1, 'UTF8'), 'process_track:' || $2)
    """
    payload = f'{{"track_id": "{track_id}"}}'
    async with services.database.transaction() as tx:
        await tx.run(insert, payload, track_id)
    answer = await retry(client, admin, track_id)
    assert (answer.status_code, answer.json()["code"]) == (409, "track_still_processed")
    assert (await shown(client, creator, track_id))["status"] == "failed"

    # It ended, and is held as a job that failed for good.
    held = """
        update jobs set status = 'failed', leased_until = null where key = 'process_track:' || $1
    """
    async with services.database.transaction() as tx:
        await tx.run(held, track_id)
    assert (await retry(client, admin, track_id)).status_code == 202
    await work()
    assert (await shown(client, creator, track_id))["status"] == "ready"
    async with services.database.read() as conn:
        left = "select count(*) from jobs where key = 'process_track:' || $1"
        assert await conn.value(int, left, track_id) == 0


@pytest.mark.long
async def test_failed_tracks_are_paged_the_latest_first(client, admin, fail):
    made = [await fail(f"Number {number}") for number in range(3)]

    first = await listed(client, admin, limit=2)
    assert [each["track_id"] for each in first["tracks"]] == [made[2], made[1]]
    second = await listed(client, admin, limit=2, cursor=first["next_cursor"])
    assert second["tracks"][0]["track_id"] == made[0]


async def test_only_admins_see_failed_tracks_and_retry_them(client, services, creator, admin):
    for headers, status in ((creator.headers, 403), ({}, 401)):
        for method, path in (
            ("GET", "admin/failed-tracks"),
            ("POST", f"admin/failed-tracks/{new_id()}/retry"),
        ):
            answer = await client.request(method, path, headers=headers)
            assert answer.status_code == status, path
    answer = await retry(client, admin, new_id())
    assert (answer.status_code, answer.json()["code"]) == (404, "failed_track_not_found")
