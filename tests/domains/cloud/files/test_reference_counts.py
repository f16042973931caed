"""Whatever members do, in whatever order and at once: every count of references is right.

And nothing that anybody has is ever swept, nor does anything stay that nobody has.
"""

import asyncio
import hashlib
from contextlib import asynccontextmanager, suppress
from datetime import timedelta
from uuid import UUID, uuid4

import pytest
from hypothesis import strategies as some
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule
from msgspec import Struct, structs

from tests import make
from tests.domains.cloud.blobs.content_steps import chunks_of, read_whole
from tests.lives import play_out
from veza.app.worker import run_until_empty
from veza.core.errors import VezaError
from veza.core.ids import BlobId, FileId, FileSnapshotId
from veza.domains.cloud.blobs import jobs as blob_jobs
from veza.domains.cloud.blobs import service as blobs
from veza.domains.cloud.files import file_uploads, jobs, personal_data, service
from veza.domains.cloud.files.models import CloudFilePath, FileChange, Retention
from veza.domains.platform.uploads import shared_queries as upload_queries
from veza.domains.platform.uploads.jobs import sweep_uploads
from veza.domains.platform.uploads.models import NewUpload, QuotaOverride, StorageKind
from veza.domains.platform.uploads.service import UploadSession

pytestmark = pytest.mark.long

MEMBERS, CONTENTS = 2, 4
# Room for three contents of four.
SIZE, QUOTA = 3000, 9000
HELD_WRONGLY = """
    select count(*)
      from (select owner_id, sha256, refs from content_owners where owner_id = any($1)) h
      full join (
               select owner_id, sha256, count(*) as refs
                 from (
                          select owner_id, sha256 from file_versions where owner_id = any($1)
                           union all
                          select owner_id, sha256 from file_snapshots where owner_id = any($1)
                      ) as had
                group by owner_id, sha256
           ) as had using (owner_id, sha256)
     where h.refs is distinct from had.refs
"""
PATH = CloudFilePath("Mixes", "mix.wav")
NO_QUOTA = QuotaOverride(0, 10**9)

members = some.integers(0, MEMBERS - 1)
contents = some.integers(0, CONTENTS - 1)
places = some.integers(0, 9)
numbers = some.integers(1, 5)
hours = some.sampled_from([1, 23, 25])


def deed(name, **how):
    """Something that is done in a certain way: `Life` has a method of that name."""
    return some.tuples(some.just(name), some.fixed_dictionaries(how))


DEEDS = some.one_of(
    *[deed("upload", member=members, content=contents, is_heard=some.booleans())] * 3,
    *[deed("replace", member=members, content=contents, place=places)] * 2,
    deed("break_off", member=members, content=contents),
    deed("take_snapshot", member=members, place=places),
    deed("restore", member=members, place=places, number=numbers),
    deed("delete_version", member=members, place=places, number=numbers),
    deed("rename", member=members, place=places),
    deed("trash", member=members, place=places),
    deed("untrash", member=members, place=places),
    *[deed("delete", member=members, place=places)] * 2,
    *[deed("send", member=members, place=places)] * 2,
    deed("take_back", member=members, place=places),
    deed("erase", member=members),
    deed("empty_trash", age=hours),
    *[deed("thin", age=hours)] * 2,
    deed("revise", member=members, place=places),
    *[deed("sweep", age=hours)] * 2,
    deed("work"),
)


class Unheard(Exception):
    """The answer to a commit got lost."""


class Row(Struct, frozen=True):
    """A content: how many are counted that have it, and how many do."""

    sha256: str
    id: BlobId
    refs: int
    versions: int
    snapshots: int


class Life(RuleBasedStateMachine):
    """Two members, four contents, and a clock that runs as it likes."""

    # Set by the test, for the library makes the machines itself.
    loop: asyncio.AbstractEventLoop
    services = None

    def __init__(self):
        super().__init__()
        # Nobody else in this database has the same.
        self.contents = [uuid4().bytes * (SIZE // 16) + bytes(SIZE % 16) for _ in range(CONTENTS)]
        self.hashes = [hashlib.sha256(content).hexdigest() for content in self.contents]
        self.database = self.services.database
        self.cloud = structs.replace(self.services.cloud_storage, quota_bytes=QUOTA)
        # Uploads of killed processes keep their reservations for a while.
        self.uploads = structs.replace(self.services.uploads, uploads_at_once=10_000)
        self.members = [self.wait_for(make.person(self.services)).member for _ in range(MEMBERS)]
        # Those that began to come, and those that came whole.
        self.objects, self.received = set(), set()

    def wait_for(self, work):
        return self.loop.run_until_complete(work)

    @rule(deeds=some.lists(DEEDS, min_size=1, max_size=4))
    def happen_at_once(self, deeds):
        self.wait_for(self.do_all(deeds))

    async def do_all(self, deeds):
        await asyncio.gather(*(self.do(name, how) for name, how in deeds))

    async def do(self, name, how):
        # What is refused isn't done.
        with suppress(VezaError):
            await getattr(self, name)(**how)

    async def receive(self, session, blob_id, content):
        self.objects.add(blob_id)
        chunks = chunks_of(self.contents[content][:1000], self.contents[content][1000:])
        received = await file_uploads.store_content(self.cloud, blob_id, session.receive(chunks))
        self.received.add(blob_id)
        return received

    @asynccontextmanager
    async def receiving(self, member, content, *, is_heard=True):
        """Receive a content, with space for it; unless `is_heard`, the commit seems to fail."""
        owner = self.members[member]
        with suppress(Unheard):
            async with file_uploads.open_upload(self.uploads, self.cloud, owner) as (
                session,
                blob_id,
            ):
                received = await self.receive(session, blob_id, content)
                await file_uploads.free_space(self.database, self.cloud, owner, received)
                async with self.database.transaction() as tx:
                    await session.finish(tx, received.size_bytes)
                    yield tx, received
                if not is_heard:
                    raise Unheard

    async def upload(self, member, content, is_heard):
        owner = self.members[member]
        async with self.receiving(member, content, is_heard=is_heard) as (tx, received):
            await service.add_file(tx, self.cloud, owner, content=received, path=PATH)

    async def replace(self, member, content, place):
        owner, file_id = self.members[member], await self.pick(member, place)
        if file_id is None:
            return
        async with self.receiving(member, content) as (tx, received):
            await service.add_version(tx, self.cloud, owner, file_id=file_id, content=received)

    async def revise(self, member, place):
        """Replace a file several times, so that there is something to thin out."""
        for content in range(CONTENTS):
            with suppress(VezaError):
                await self.replace(member, content, place)

    async def break_off(self, member, content):
        """Have a process die with an upload in its hands."""
        blob_id = BlobId(uuid4())
        new = NewUpload(blob_id, StorageKind.FILES, blobs.folder_of(blob_id), quota=NO_QUOTA)
        session = UploadSession(self.uploads, self.members[member].id, new)
        await session.begin(None)
        await self.receive(session, blob_id, content)

    async def pick(self, member, place):
        """Pick a file of a member, in the trash or not, if there is one."""
        sql = "select id from files where owner_id = $1 order by id"
        async with self.database.read() as conn:
            found = await conn.column(UUID, sql, self.members[member].id)
        return FileId(found[place % len(found)]) if found else None

    async def change(self, use_case, member, place, *more):
        file_id = await self.pick(member, place)
        if file_id is not None:
            async with self.database.transaction() as tx:
                await use_case(tx, file_id, self.members[member], *more)

    async def take_snapshot(self, member, place):
        await self.change(service.take_snapshot, member, place)

    async def restore(self, member, place, number):
        await self.change(service.restore_version, member, place, number)

    async def delete_version(self, member, place, number):
        await self.change(service.delete_version, member, place, number)

    async def rename(self, member, place):
        await self.change(service.update_file, member, place, FileChange(name="other.wav"))

    async def trash(self, member, place):
        await self.change(service.trash_file, member, place)

    async def untrash(self, member, place):
        await self.change(service.restore_file, member, place)

    async def delete(self, member, place):
        await self.change(service.delete_file, member, place)

    async def send(self, member, place):
        await self.change(service.create_file_snapshot, member, place)

    async def take_back(self, member, place):
        sql = "select id from file_snapshots where owner_id = $1 order by id"
        async with self.database.read() as conn:
            found = await conn.column(UUID, sql, self.members[member].id)
        if found:
            async with self.database.transaction() as tx:
                await service.delete_file_snapshots(tx, [FileSnapshotId(found[place % len(found)])])

    async def erase(self, member):
        async with self.database.transaction() as tx:
            await personal_data.erase(tx, self.members[member].id)

    async def empty_trash(self, age):
        sql = "update files set trashed_at = trashed_at - $2::interval where owner_id = any($1)"
        owners = [member.id for member in self.members]
        async with self.database.transaction() as tx:
            await tx.run(sql, owners, timedelta(hours=age))
        retention = Retention(timedelta(days=1), None)
        await jobs.empty_trash(self.database, retention)

    async def thin(self, age):
        sql = """
            update file_versions
               set created_at = created_at - $2::interval
             where sha256 = any($1)
        """
        async with self.database.transaction() as tx:
            await tx.run(sql, self.hashes, timedelta(hours=age))
        day = timedelta(days=1)
        await jobs.thin_versions(self.database, Retention(day, day))

    async def sweep(self, age):
        orphans = """
            update blobs set orphaned_at = orphaned_at - $2::interval where sha256 = any($1)
        """
        uploads = """
            update uploads set started_at = started_at - $2::interval where id = any($1)
        """
        for sql, names in ((orphans, self.hashes), (uploads, list(self.received))):
            async with self.database.transaction() as tx:
                await tx.run(sql, names, timedelta(hours=age))
        await blob_jobs.sweep_blobs(self.database)
        await sweep_uploads(self.uploads)

    async def work(self):
        await run_until_empty(self.services)

    @invariant()
    def every_count_is_right_and_every_content_there(self):
        self.wait_for(self.ensure_right())

    async def ensure_right(self):
        for row in await self.list_rows():
            assert row.refs == row.versions + row.snapshots, row
            if row.refs:
                vault = self.services.cloud_storage.blobs
                held = await read_whole(vault, row.id, SIZE)
                assert held == self.contents[self.hashes.index(row.sha256)], row
        sql = """
            select count(*) from files f where not exists (
                select from file_versions v where v.file_id = f.id and v.version = f.version
            )
        """
        async with self.database.read() as conn:
            assert await conn.value(int, sql) == 0
            ids = [member.id for member in self.members]
            assert await upload_queries.list_mismatches(conn, ids) == []
            assert await conn.value(int, HELD_WRONGLY, ids) == 0

    async def list_rows(self):
        sql = """
            select b.sha256, b.id, b.refs,
                   (select count(*) from file_versions v where v.sha256 = b.sha256) as versions,
                   (select count(*) from file_snapshots p where p.sha256 = b.sha256) as snapshots
              from blobs b
             where b.sha256 = any($1)
        """
        async with self.database.read() as conn:
            return await conn.all(Row, sql, self.hashes)

    def teardown(self):
        self.wait_for(self.end())

    async def end(self):
        """Have everybody go: then nothing is left of all that came."""
        for member in range(MEMBERS):
            await self.erase(member)
        await self.sweep(25)
        await self.work()
        assert await self.list_rows() == []
        folder = self.services.settings.data_dir / "media" / "blobs"
        left = {path.parent.name for path in folder.glob("*/*/*")}
        assert not left & {str(blob_id) for blob_id in self.objects}


@pytest.fixture
async def loop(work):
    """The loop, after the jobs that other tests left."""
    await work()
    return asyncio.get_running_loop()


def test_counts_are_right_after_a_few_short_lives(loop, services):
    play_out(Life, 8, 15, derandomize=True, loop=loop, services=services)


@pytest.mark.long
def test_counts_are_right_after_many_long_lives(loop, services):
    play_out(Life, 15, 40, derandomize=False, loop=loop, services=services)
