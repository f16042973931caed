"""The processing of uploads: done twice, broken off, overtaken by a deletion, given up."""

import os
import shutil
import time

import pytest
from msgspec import structs
from structlog.testing import capture_logs

from tests import make
from tests.domains.cloud.blobs.content_steps import chunks_of
from tests.domains.music.audio.storage_steps import files_of
from veza.core.ids import TrackId, new_id
from veza.domains.music.audio import jobs, queries
from veza.domains.music.audio.models import DeleteTrackFiles, ProcessTrack
from veza.domains.music.audio.service import uploads as track_uploads
from veza.domains.music.tracks.models.forms import TrackForm
from veza.domains.music.tracks.service import track_changes
from veza.domains.platform.uploads.models import PreparedForm
from veza.infra.storage.objects import Storage

MADE = {"original", "stream.m4a", "preview.mp3", "hls/master.m3u8", "hls/128k/index.m3u8"}


class Stumbling(Storage):
    """The real storage, which calls `at_file` with the number of each file that it puts."""

    def __init__(self, store, at_file):
        super().__init__(store)
        self._at_file = at_file
        self._count = 0

    async def put_folder(self, prefix, folder):
        sizes = {}
        for path in sorted(path for path in folder.rglob("*") if path.is_file()):
            self._count += 1
            await self._at_file(self._count)
            name = path.relative_to(folder).as_posix()
            sizes[name] = await self.put_file(f"{prefix}/{name}", path)
        return sizes


class Crash(Exception):
    """The power went."""


@pytest.fixture
def audio_storage_that(services):
    made = []

    def make_one(at_file):
        storage = Stumbling(services.storage._store, at_file)
        made.append(storage)
        return structs.replace(services.audio_storage, storage=storage)

    yield make_one
    for storage in made:
        storage.close()


@pytest.fixture
def new_track(services, creator, wav):
    """An upload that waits for its processing."""

    async def upload(content=None, title="Waiting", cover_size=None):
        content = wav.read_bytes() if content is None else content
        form = PreparedForm(TrackForm(title=title), "a.wav", chunks_of(content))
        track = await track_uploads.upload_track(
            services.uploads,
            services.audio_storage,
            creator.member,
            form=form,
            urls=make.NO_LINKS,
        )
        if cover_size is not None:
            sql = "update track_media set cover_size = $2 where track_id = $1"
            async with services.database.transaction() as tx:
                await tx.run(sql, track.id, cover_size)
        return track.id

    return upload


async def shown(client, creator, track_id):
    answer = await client.get(f"tracks/{track_id}", headers=creator.headers)
    return answer.json()["data"] if answer.status_code == 200 else None


async def announced(services, name, track_id):
    sql = "select count(*) from outbox where name = $1 and payload->>'track_id' = $2"
    async with services.database.read() as conn:
        return await conn.value(int, sql, name, str(track_id))


@pytest.mark.long
async def test_processing_twice_is_processing_once(services, client, creator, new_track):
    track_id = await new_track()
    job = ProcessTrack(track_id)

    await jobs.process_track(services.database, services.audio_storage, job)
    first, files = await shown(client, creator, track_id), files_of(services, track_id)
    await jobs.process_track(services.database, services.audio_storage, job)

    assert first["status"] == "ready"
    assert await shown(client, creator, track_id) == first
    assert files_of(services, track_id) == files > MADE
    assert await announced(services, "TrackReady", track_id) == 1


@pytest.mark.long
@pytest.mark.parametrize("at", [1, 4])
async def test_a_processing_that_crashes_half_way_is_taken_up_again(
    services, client, creator, new_track, audio_storage_that, traces, at
):
    track_id = await new_track()

    async def crash(number):
        if number == at:
            raise Crash

    with pytest.raises(Crash):
        await jobs.process_track(
            services.database, audio_storage_that(crash), ProcessTrack(track_id)
        )
    assert (await shown(client, creator, track_id))["status"] == "processing"
    assert (await traces()).work == frozenset()
    await jobs.process_track(services.database, services.audio_storage, ProcessTrack(track_id))

    assert (await shown(client, creator, track_id))["status"] == "ready"
    assert files_of(services, track_id) > MADE


async def test_a_track_deleted_while_it_is_processed_leaves_nothing(
    services, creator, new_track, audio_storage_that, traces
):
    before = await traces()
    track_id = await new_track()

    async def delete(number):
        if number == 2:
            async with services.database.transaction() as tx:
                await track_changes.delete_track(tx, track_id, creator.member)
            # Its files are deleted before the rest of them is even written.
            await jobs.delete_track_files(
                services.database, services.audio_storage, DeleteTrackFiles(track_id)
            )

    await jobs.process_track(services.database, audio_storage_that(delete), ProcessTrack(track_id))

    assert await traces() == before


async def test_a_track_deleted_before_its_processing_leaves_nothing(
    services, client, creator, new_track, traces, work
):
    before = await traces()
    track_id = await new_track()

    await client.delete(f"tracks/{track_id}", headers=creator.headers)
    await work()

    assert await traces() == before


async def test_a_ready_track_that_is_deleted_takes_its_files_along(
    services, client, creator, upload, work, traces
):
    before = await traces()
    track_id = (await upload()).json()["data"]["id"]
    await work()
    assert files_of(services, track_id) > MADE

    await client.delete(f"tracks/{track_id}", headers=creator.headers)
    await work()

    assert await traces() == before
    await jobs.delete_track_files(
        services.database, services.audio_storage, DeleteTrackFiles(TrackId(new_id()))
    )


async def test_a_file_that_kills_its_worker_is_given_up(services, client, creator, new_track):
    track_id = await new_track()
    async with services.database.transaction() as tx:
        await tx.run("update track_media set attempts = 5 where track_id = $1", track_id)

    await jobs.process_track(services.database, services.audio_storage, ProcessTrack(track_id))

    track = await shown(client, creator, track_id)
    assert track["status"] == "failed"
    assert track["failure_reason"].startswith("The file could not be processed.")
    assert files_of(services, track_id) == {"original"}


@pytest.mark.long
async def test_only_a_try_that_takes_its_worker_along_counts(
    services, new_track, audio_storage_that
):
    """It is counted before it is made, and no more once it ends in any other way."""
    track_id = await new_track()
    counted = []

    async def attempts():
        async with services.database.read() as conn:
            media = await queries.find_media(conn, track_id)
        assert media is not None
        return media.attempts

    async def crash(number):
        counted.append(await attempts())
        raise Crash

    for _ in range(2):
        with pytest.raises(Crash):
            await jobs.process_track(
                services.database, audio_storage_that(crash), ProcessTrack(track_id)
            )

    assert counted == [1, 1]
    assert await attempts() == 0


async def test_why_a_track_failed_is_logged_once(services, client, creator, new_track, wav):
    track_id = await new_track(wav.read_bytes()[:1000])
    with capture_logs() as logs:
        for _ in range(2):
            await jobs.process_track(
                services.database, services.audio_storage, ProcessTrack(track_id)
            )

    reason = (await shown(client, creator, track_id))["failure_reason"]
    failed = [log for log in logs if log["event"] == "track_failed"]
    assert [(log["track"], log["reason"]) for log in failed] == [(str(track_id), reason)]
    assert reason


async def test_the_last_try_over_a_track_fails_once(services, client, creator, new_track):
    track_id = await new_track()
    job = ProcessTrack(track_id)

    await jobs.fail_track(services.database, services.audio_storage, job)
    await jobs.fail_track(services.database, services.audio_storage, job)

    assert (await shown(client, creator, track_id))["status"] == "failed"
    assert await announced(services, "TrackFailed", track_id) == 1
    assert files_of(services, track_id) == {"original"}


async def test_renditions_of_a_failed_track_go_though_the_worker_died_between(services, new_track):
    track_id = await new_track()
    await services.storage.put_stream(f"tracks/{track_id}/stream.m4a", chunks_of(b"half"))
    await services.storage.put_stream(f"tracks/{track_id}/hls/master.m3u8", chunks_of(b"half"))
    async with services.database.transaction() as tx:
        await track_changes.fail_track(tx, track_id, "The file is damaged.")

    # The worker died here; the job is taken up again.
    await jobs.process_track(services.database, services.audio_storage, ProcessTrack(track_id))

    assert files_of(services, track_id) == {"original"}


async def test_files_of_a_deleted_track_go_though_the_worker_died_between(
    services, creator, new_track, traces, audio_storage_that
):
    before = await traces()
    track_id = await new_track()

    async def delete_and_die(number):
        if number == 1:
            async with services.database.transaction() as tx:
                await track_changes.delete_track(tx, track_id, creator.member)
            await jobs.delete_track_files(
                services.database, services.audio_storage, DeleteTrackFiles(track_id)
            )
        if number == 3:
            raise Crash

    with pytest.raises(Crash):
        await jobs.process_track(
            services.database, audio_storage_that(delete_and_die), ProcessTrack(track_id)
        )
    await jobs.process_track(services.database, services.audio_storage, ProcessTrack(track_id))

    assert await traces() == before


async def test_only_work_folders_of_killed_processes_are_swept(services):
    folder = services.audio_storage.folder
    ages_h = {"killed": 25, "living": 23}
    for name, hours in ages_h.items():
        (folder / name).mkdir()
        (folder / name / "original").write_bytes(b"half")
        then = time.time() - hours * 3600
        os.utime(folder / name, (then, then))

    await jobs.sweep_work_folders(services.audio_storage)

    assert not (folder / "killed").exists()
    assert (folder / "living" / "original").exists()
    shutil.rmtree(folder / "living")
