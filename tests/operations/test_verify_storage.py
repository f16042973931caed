"""`veza storage verify`: what came by use cases is right, and whatever is wrong is found."""

import os
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID, uuid4

import pytest

from tests import make, sounds
from veza.app.domains import OBJECT_SOURCES
from veza.core.access import Role
from veza.core.ids import BlobId, TrackId
from veza.domains.cloud.blobs import service as blobs
from veza.domains.images import rules as images
from veza.domains.marketplace.invoices import rules as invoices
from veza.domains.marketplace.invoices import service as invoicing
from veza.domains.music.audio import rules as audio
from veza.domains.music.tracks.events import TrackDeleted
from veza.domains.music.tracks.models.forms import TrackForm
from veza.infra.jobs.outbox import emit
from veza.infra.jobs.queue import enqueue
from veza.infra.storage.deletion import DeleteFolders
from veza.infra.storage.objects import ListedObject
from veza.infra.storage.stored_objects import (
    ExpectedObject,
    ObjectSource,
    find_expected,
    list_expected,
)
from veza.infra.storage.stores import open_storage
from veza.operations.verification.affected_files import find_affected
from veza.operations.verification.storage import (
    StorageProblem,
    StorageState,
    compare,
    find_problems,
    find_source,
    find_strays,
    format_problem,
    read_id,
    read_ids,
    verify,
)

ONE, NOW = UUID(int=1), datetime(2026, 3, 1, tzinfo=UTC)
NO_GRACE = timedelta(days=-1)


def held(key, size=None, sha256=None, *, is_needed=True):
    return ExpectedObject(ONE, key, size, sha256, is_needed)


def found(key, size=1):
    return ListedObject(key, size, NOW)


@pytest.mark.parametrize(
    ("named", "there", "told"),
    [
        ([held("a", 1)], [found("a")], []),
        ([held("a", 1)], [], ["Missing"]),
        ([held("a", 1)], [found("ab")], ["Missing"]),
        ([held("a", 1, is_needed=False)], [], []),
        ([held("a")], [found("a", 0)], []),
        ([held("a", 1)], [found("a", 0)], ["Wrong size"]),
        ([held("a", 2, is_needed=False)], [found("a")], ["Wrong size"]),
        ([held("a/", 3)], [found("a/1"), found("a/b/2", 2)], []),
        ([held("a/", 3)], [found("a/1"), found("ab/2", 2)], ["Wrong size"]),
        ([held("a/", 3), held("b", 1)], [], ["Missing", "Missing"]),
    ],
)
def test_rows_and_objects_are_compared(named, there, told):
    assert [finding.what for finding in compare(named, there)] == told


def test_what_no_row_names_is_a_stray():
    named = [held("a/1"), held("b/"), held("c/2", is_needed=False)]
    there = [found(key) for key in ("a/1", "a/1#1", "a/2", "b/1", "b/c/1", "bc", "c/2")]
    assert [one.key for one in find_strays(named, there)] == ["a/1#1", "a/2", "bc"]
    assert find_strays([], [found("a")]) == [found("a")]


def test_a_key_tells_to_what_it_belongs():
    blob_id = BlobId(uuid4())
    key = blobs.object_key(blob_id)
    holding = find_source(key)
    assert holding is not None
    assert (read_id(key, holding), read_ids(key)) == (blob_id, {blob_id})
    for other in ("blobs", "blobs/", "blobs/aa/content", "blobs/aa//content", "blobs/aa/x/y/z"):
        assert read_id(other, holding) is None, other
    assert find_source(f"elsewhere/{blob_id}") is None
    prefixes = [one.prefix for one in OBJECT_SOURCES]
    assert len(set(prefixes)) == len(prefixes)
    assert all(one == "/".join(one.split("/")[:1]) + "/" for one in prefixes)


def test_a_finding_is_written_as_a_line():
    finding = StorageProblem("Missing", "a/b", "a row names it")
    assert format_problem(finding) == "Missing: a/b: a row names it."
    assert (
        format_problem(StorageProblem("Missing", "a/b", "x", is_under_way=True))
        == "Under way: a/b: x."
    )


@pytest.fixture
def stock(services):
    return StorageState(services.database, services.storage)


@pytest.fixture
def folder(services):
    return services.settings.data_dir / "media"


@pytest.fixture
def look(stock):
    """Verify, and give what is found of some ids: the tests before this one left something, too."""

    async def ask(*ids, is_deep=False, grace=NO_GRACE):
        findings = [one async for one in find_problems(stock, is_deep=is_deep, grace=grace)]
        own = [one for one in findings if any(str(each) in one.key for each in ids)]
        return sorted((one.what, one.key, one.is_under_way) for one in own)

    return ask


@pytest.mark.long
async def test_what_came_by_use_cases_is_right(services, look, tmp_path):
    ann = await make.person(services, Role.CREATOR)
    sound = sounds.write(tmp_path / "a.wav", sounds.sine(1))
    picture = sounds.picture(tmp_path / "a.png")
    track = await make.track(services, ann, TrackForm(title="Counted"), sound)
    image = await make.image(services, ann, picture)
    async with services.database.transaction() as tx:
        product = await make.product(tx, ann.member)
        item = await make.gear_in(tx, ann.member)
        order = await make.paid_order(tx, (await make.member_in(tx))[0], (ann.member, 500))
    file = await make.product_file(services, ann, product)
    document = await make.gear_document(services, ann, item)
    export = await make.export(services, ann)
    await invoicing.open_document(services.database, services.invoice_documents, order)
    blob = await _blob_of(services, (await make.cloud_file(services, ann, content=_drawn())).sha256)
    made = (track, image, product, item, order, export, blob)

    assert await look(*made, is_deep=True) == []

    # And it was looked at: without its objects, each is missed that can't be made anew.
    places = [blobs.folder_of(blob), images.folder_of(image), audio.folder_of(track)]
    places += [f"exports/{export}", f"gear/{item}", f"products/{product}", f"invoices/{order}"]
    for place in places:
        await services.storage.delete_folder(place)
    missing = [key for what, key, _ in await look(*made) if what == "Missing"]
    assert missing == sorted(
        [
            blobs.object_key(blob),
            f"exports/{export}/0/archive.zip",
            f"gear/{item}/{document}/file",
            images.key_of(image),
            f"products/{product}/{file}/file",
            f"tracks/{track}/hls/",
            audio.original_key(track),
            audio.rendition_key(track, audio.PREVIEW),
            audio.rendition_key(track, audio.STREAM),
        ]
    )
    async with services.database.transaction() as tx:
        await make.release(tx, ann.member, "Night", cover_image_id=image)
    await _expect_owners(services, ann.username, missing, order)


async def _expect_owners(services, username, keys, order) -> None:
    """Objects are told by what they are for members, and whose; what is no row's by its key."""
    unknown = f"images/{uuid4()}/picture.jpg"
    async with services.database.read() as conn:
        affected = await find_affected(
            conn, [*keys, invoices.document_key(order, None), unknown, "elsewhere/x"]
        )
        sql = "select year from invoices where order_id = $1"
        year = await conn.value(int, sql, order)
    assert [(each.owner, each.kind, each.title, len(each.files)) for each in affected] == [
        ("(nobody)", "object", "", 1),
        ("(nobody)", "object", "", 1),
        (username, "cover of a release", "Night", 1),
        (username, "document of gear", "Juno-106: Invoice.pdf", 1),
        (username, "export of personal data", "", 1),
        (username, "file", "Mixes/mix.wav", 1),
        (username, "file of a product", "A product: Side A.wav", 1),
        (username, "invoice, which is made again", f"{year}-000001", 1),
        (username, "track", "Counted", 4),
    ]


async def test_sql_names_invoices_as_the_domain_does(services, tx):
    order = await make.paid_order(
        tx, (await make.member_in(tx))[0], ((await make.member_in(tx, Role.CREATOR))[0], 500)
    )
    await invoicing.issue_invoices(tx, order)
    holding = find_source(invoices.document_key(order))
    assert holding is not None
    # One document for the buyer, and the seller's own.
    found = {each.key: each.is_needed for each in await find_expected(tx, holding, [order])}
    assert found.pop(invoices.document_key(order)) is False
    assert [key.startswith(invoices.document_folder(order)) for key in found] == [True]


async def test_whatever_is_wrong_is_found(services, look, folder):
    ann = await make.person(services)
    files = [await make.cloud_file(services, ann, content=_drawn()) for _ in range(4)]
    ids = [await _blob_of(services, file.sha256) for file in files]
    missing, cut, changed, right = [folder / blobs.object_key(blob) for blob in ids]
    missing.unlink()
    cut.write_bytes(cut.read_bytes()[:-1])
    changed.write_bytes(changed.read_bytes()[::-1])
    leftover, track = right.with_name("content#1"), TrackId(uuid4())
    leftover.write_bytes(b"half")
    await services.storage.put_new(audio.original_key(track), b"nobody's")
    await services.storage.put_new(f"elsewhere/{track}", b"nobody's")
    wrong = [
        ("Missing", blobs.object_key(ids[0]), False),
        ("Unnamed", f"{blobs.folder_of(ids[3])}/content#1", False),
        ("Unnamed", f"elsewhere/{track}", False),
        ("Unnamed", audio.original_key(track), False),
        ("Wrong size", blobs.object_key(ids[1]), False),
    ]

    assert await look(*ids, track) == sorted(wrong)
    deep = ("Changed", blobs.object_key(ids[2]), False)
    assert await look(*ids, track, is_deep=True) == sorted([*wrong, deep])
    # What came just now may be on its way in.
    young = [one for one in wrong if one[0] != "Unnamed"]
    assert await look(*ids, track, grace=timedelta(days=2)) == sorted(young)
    old = (NOW - timedelta(days=365)).timestamp()
    os.utime(leftover, (old, old))
    assert await look(ids[3], grace=timedelta(days=2)) == [wrong[1]]

    for place in ("elsewhere", audio.folder_of(track), *map(blobs.folder_of, ids)):
        await services.storage.delete_folder(place)


@pytest.mark.long
async def test_what_waits_to_be_deleted_is_under_way(services, look, work):
    blob, product, file, track = (uuid4() for _ in range(4))
    keys = [
        blobs.object_key(BlobId(blob)),
        f"products/{product}/{file}/file",
        audio.original_key(TrackId(track)),
    ]
    for key in keys:
        await services.storage.put_new(key, b"going")
    assert {one[2] for one in await look(blob, product, track)} == {False}
    async with services.database.transaction() as tx:
        await enqueue(tx, DeleteFolders([blobs.folder_of(BlobId(blob))]))
        await enqueue(tx, DeleteFolders([f"products/{product}"]))
        await emit(tx, TrackDeleted(TrackId(track)))

    assert await look(blob, product, track) == [("Unnamed", key, True) for key in sorted(keys)]
    await work()
    assert await look(blob, product, track) == []


async def test_pages_hold_all_that_belongs_to_an_id(tx):
    holding = ObjectSource(
        prefix="things/",
        place=1,
        sql="""
            select lpad(n::text, 32, '0')::uuid as id, 'things/' || n || '/' || part as key,
                   null::bigint as size_bytes, null as sha256, true as is_needed
              from generate_series(1, 400) as n, generate_series(1, 3) as part
        """,
        owners="",
    )
    pages, after = [], UUID(int=0)
    while page := await list_expected(tx, holding, after):
        pages.append(page)
        after = page[-1].id
    assert [len(page) for page in pages] == [501, 501, 198]
    assert len({one.key for page in pages for one in page}) == 1200
    assert len(await find_expected(tx, holding, [UUID(int=0x17), ONE])) == 6


async def test_it_is_told_in_lines_and_at_the_end(services, capsys):
    stray = f"elsewhere/{uuid4()}"
    path = services.settings.data_dir / "media" / stray
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(b"12345")
    old = (NOW - timedelta(days=365)).timestamp()
    os.utime(path, (old, old))

    assert not await verify(services)

    lines = capsys.readouterr().out.splitlines()
    words = "no row names its 5 bytes, which are there since 2025-03-01 00:00 UTC"
    assert f"Unnamed: {stray}: {words}." in lines
    assert lines[-1] == f"The storage is NOT right: {len(lines) - 1} problems."
    path.unlink()


@pytest.mark.long
async def test_a_storage_in_s3_is_gone_through_too(services, s3, tmp_path):
    storage = open_storage(s3.url(f"tests/{uuid4()}"), tmp_path)
    ann = await make.person(services)
    blob = await _blob_of(services, (await make.cloud_file(services, ann, content=_drawn())).sha256)
    stock = StorageState(services.database, storage)

    async def ask():
        findings = find_problems(stock, is_deep=True, grace=NO_GRACE)
        return [one.what async for one in findings if str(blob) in one.key]

    assert await ask() == ["Missing"]
    key = blobs.object_key(blob)
    await storage.put_file(key, Path(services.settings.data_dir / "media" / key))
    assert await ask() == []
    await storage.put_new(f"{key}.old", b"x")
    assert await ask() == ["Unnamed"]
    storage.close()


def _drawn():
    return uuid4().bytes * 10


async def _blob_of(services, sha256):
    async with services.database.read() as conn:
        return BlobId(await conn.value(UUID, "select id from blobs where sha256 = $1", sha256))
