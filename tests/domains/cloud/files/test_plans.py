"""How lists are read where a member has as many files as one may: by steps on indexes."""

import pytest

from tests import make
from tests.plans import Catcher, explain
from veza.core.clock import now
from veza.core.ids import FileId, new_id
from veza.core.pages import Cursor
from veza.domains.cloud.files.models import MAX_FILES, FileQuery, FileSort
from veza.domains.cloud.files.queries import file_records, usage_sums

pytestmark = pytest.mark.long

# What a page of twenty files touches, with a version of each.
PAGE = 200
FOLDER = "Folder 7"
MIDDLE = Cursor(
    now(), FileId("01900000-0001-0000-0000-000000000000"), FileSort.NAME, "mix 15000.wav"
)


@pytest.fixture(params=[MAX_FILES // 5, pytest.param(MAX_FILES, marks=pytest.mark.long)])
async def owner(owner_tx, request):
    """A member with very many files in a thousand folders, beside another with as many."""
    tx, content = owner_tx, new_id().hex * 2
    blob = "insert into blobs (sha256, id, size_bytes, refs) values ($1, $2, 4, $3)"
    await tx.run(blob, content, new_id(), request.param)
    files = """
        insert into files (id, owner_id, folder, name, search_text, version, trashed_at)
             select ('0190' || lpad(n::text, 12, '0') || lpad($2::text, 16, '0'))::uuid, $1,
                    'Folder ' || n % 1000, 'Mix ' || n || '.wav', 'mix ' || n || '.wav', 1,
                    case when n % 10 = 0 then now() end
               from generate_series(1, $3::integer) as n
    """
    owners = [(await make.member_in(tx))[0] for _ in range(2)]
    for place, each in enumerate(owners):
        await tx.run(files, each.id, str(place), request.param)
    versions = """
        insert into file_versions (id, file_id, version, sha256, size_bytes, content_type)
             select gen_random_uuid(), id, 1, $2, 4, 'audio/wav' from files where owner_id = $1
    """
    await tx.run(versions, owners[0].id, content)
    for table in ("files", "file_versions"):
        await tx.value(str, f"analyze {table}")
    return owners[0]


@pytest.fixture
def plan_list(owner, owner_tx):
    async def plan(cursor=None, **wish):
        catcher = Catcher()
        await file_records.list_files(catcher, owner.id, FileQuery(**wish), cursor)
        return await explain(owner_tx, catcher.sql, *catcher.args)

    return plan


async def test_lists_of_very_many_files_are_read_by_steps(plan_list, owner, owner_tx):
    for cursor in (None, MIDDLE):
        by_name = {"sort": FileSort.NAME}
        for wish in (
            *({}, {"folder": FOLDER}, {"words": ["mix"]}, {"is_trashed": True}),
            *(by_name, by_name | {"words": ["mix"]}),
        ):
            plan = await plan_list(cursor, **wish)
            assert not plan.read_whole(), (wish, plan)
            assert max(plan.sorted_rows(), default=0) <= 21, (wish, plan)
            assert plan.buffers <= PAGE, (wish, plan)

        # What nothing is called, all of one's own files are looked through for, and no other's.
        found = await plan_list(cursor, words=["77777777"])
        assert not found.read_whole(), found
        assert max(found.sorted_rows(), default=0) == 0, found
        # A folder is sorted whole at most.
        sorted_within = await plan_list(cursor, folder=FOLDER, **by_name)
        assert not sorted_within.read_whole(), sorted_within
        assert max(sorted_within.sorted_rows(), default=0) <= 100, sorted_within
        within = await plan_list(cursor, words=["77777777"], folder=FOLDER)
        assert within.buffers <= PAGE, within

    catcher = Catcher()
    await file_records.list_folders(catcher, owner.id, 20, "Folder 5")
    folders = await explain(owner_tx, catcher.sql, *catcher.args)
    assert not folders.read_whole(), folders
    assert folders.sorted_rows() == [], folders


async def test_the_room_of_who_has_very_many_contents_is_one_look(owner_tx):
    tx = owner_tx
    members = [(await make.member_in(tx))[0] for _ in range(2)]
    held = """
        insert into content_owners (owner_id, sha256, size_bytes, refs)
             select $1, lpad(n::text, 64, '0'), n, 1 from generate_series(1, $2::integer) as n
    """
    for member in members:
        await tx.run(held, member.id, MAX_FILES // 5)
        counted = "insert into storage_usage values ($1, 'files', 1000, $2)"
        await tx.run(counted, member.id, MAX_FILES // 5)
    for table in ("content_owners", "storage_usage", "uploads"):
        await tx.value(str, f"analyze {table}")

    catcher = Catcher()
    await usage_sums.find_content_usage(catcher, members[0].id, "7".zfill(64))
    plan = await explain(tx, catcher.sql, *catcher.args)

    assert "content_owners" not in plan.read_whole(), plan
    assert plan.buffers <= 40, plan
    hold = await usage_sums.find_content_usage(tx, members[0].id, "7".zfill(64))
    assert (hold.used_bytes, hold.files_count, hold.has_content) == (1000, MAX_FILES // 5, True)
    assert hold.largest_bytes == MAX_FILES // 5
