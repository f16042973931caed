"""A release that is sold, its buyer, and what building an archive takes."""

import hashlib
import io
import zipfile
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests import make, sounds
from tests.make import Person
from veza.app.service_registry import create_registry
from veza.app.services import Services
from veza.core.access import Role
from veza.core.ids import ArchiveId, ProductId, ReleaseId, TrackId
from veza.domains.marketplace.archives.jobs import builds
from veza.domains.marketplace.archives.models import BuildArchive
from veza.domains.marketplace.archives.service import ArchiveStorage
from veza.domains.music.audio import rules as audio_rules

type Json = dict[str, Any]


@dataclass(frozen=True)
class Sale:
    """A product that is a release, its tracks, its seller and a buyer."""

    product_id: ProductId
    release_id: ReleaseId
    track_ids: list[TrackId]
    seller: Person
    buyer: Person


@pytest.fixture(scope="session")
def folder(tmp_path_factory) -> Path:
    return tmp_path_factory.mktemp("archives")


@pytest.fixture(scope="session")
def flac(folder: Path) -> Path:
    """Half a second of a tone."""
    return sounds.write(folder / "tone.flac", sounds.sine(0.5))


@pytest.fixture(scope="session")
def picture(folder: Path) -> Path:
    return sounds.picture(folder / "cover.png", width=1600, height=1600)


@pytest.fixture(scope="session")
async def seller(services: Services) -> Person:
    return await make.person(services, Role.CREATOR)


@pytest.fixture(scope="session")
async def buyer(services: Services) -> Person:
    return await make.person(services)


@pytest.fixture
def storage(services: Services) -> ArchiveStorage:
    return create_registry(services).get(ArchiveStorage)


@pytest.fixture
def add_track(services: Services, seller: Person, flac: Path) -> Callable[..., Awaitable[TrackId]]:
    """Store a track as if it was processed: `await add_track("Title", source, bpm=92)`."""

    async def add(title: str, source: Path = flac, **columns: object) -> TrackId:
        values = {"duration_ms": 500, "sample_rate": 44_100, "channels": 2} | columns
        content = source.read_bytes()
        sql = """
            insert into track_media (track_id, filename, original_kind, original_size,
                                     original_hash)
                 values ($1, $2, $3, $4, $5)
        """
        async with services.database.transaction() as tx:
            track_id = await make.bare_track(tx, seller.member, title, **values)
            sha256 = hashlib.sha256(content).hexdigest()
            kind = source.suffix.removeprefix(".")
            await tx.run(sql, track_id, source.name, kind, len(content), sha256)
        await services.storage.put_file(audio_rules.original_key(track_id), source)
        return track_id

    return add


@pytest.fixture
def sell(
    services: Services, seller: Person, buyer: Person, add_track: Callable[..., Any]
) -> Callable[..., Awaitable[Sale]]:
    """Sell a release: `await sell(track_id, title="…")`, by default of one track."""

    async def put_up(*track_ids: TrackId, title: str = "Night Ferry", **fields: object) -> Sale:
        placed = list(track_ids) or [await add_track("Prelude")]
        async with services.database.transaction() as tx:
            release_id = await make.release(tx, seller.member, title, *placed, **fields)
            product_id = await make.product(tx, seller.member, title, release_id=release_id)
            await make.bought(tx, buyer.member, product_id)
        return Sale(product_id, release_id, placed, seller, buyer)

    return put_up


@pytest.fixture
def ask(client: httpx.AsyncClient) -> Callable[..., Awaitable[Json]]:
    """Ask for an archive: `await ask(sale, "flac", by=person)`."""

    async def post(sale: Sale, wanted: str = "original", *, by: Person | None = None) -> Json:
        answer = await client.post(
            f"marketplace/products/{sale.product_id}/archives",
            headers=(by or sale.buyer).headers,
            json={"format": wanted},
        )
        assert answer.status_code == 202, answer.text
        return answer.json()["data"]

    return post


@pytest.fixture
def see(client: httpx.AsyncClient) -> Callable[..., Awaitable[dict[str, Json]]]:
    """Return the archives of a release by their formats."""

    async def get(sale: Sale, *, by: Person | None = None) -> dict[str, Json]:
        path = f"marketplace/products/{sale.product_id}/archives"
        answer = await client.get(path, headers=(by or sale.buyer).headers)
        assert answer.status_code == 200, answer.text
        return {each["format"]: each for each in answer.json()["data"]["archives"]}

    return get


@pytest.fixture
def newest(services: Services) -> Callable[..., Awaitable[ArchiveId]]:
    """Return the id of the archive of a release that was created last."""

    async def find(sale: Sale) -> ArchiveId:
        sql = "select id from release_archives where release_id = $1 order by id desc limit 1"
        async with services.database.read() as conn:
            [found] = await conn.column(ArchiveId, sql, sale.release_id)
        return found

    return find


@pytest.fixture
def build(
    services: Services, storage: ArchiveStorage, newest: Callable[..., Awaitable[ArchiveId]]
) -> Callable[..., Awaitable[ArchiveId]]:
    """Build the archive of a release that was asked for last; return its id."""

    async def run(sale: Sale, using: ArchiveStorage | None = None) -> ArchiveId:
        archive_id = await newest(sale)
        await builds.build_archive(services.database, using or storage, BuildArchive(archive_id))
        return archive_id

    return run


@pytest.fixture
def download(
    client: httpx.AsyncClient,
    ask: Callable[..., Awaitable[Json]],
    build: Callable[..., Awaitable[ArchiveId]],
    see: Callable[..., Awaitable[dict[str, Json]]],
) -> Callable[..., Awaitable[zipfile.ZipFile]]:
    """Build an archive and download it: `await download(sale, "flac")`."""

    async def get(sale: Sale, wanted: str = "original") -> zipfile.ZipFile:
        await ask(sale, wanted)
        await build(sale)
        archive = (await see(sale))[wanted]
        assert archive["status"] == "ready", archive
        answer = await client.get(archive["url"])
        assert answer.status_code == 200, answer.text
        opened = zipfile.ZipFile(io.BytesIO(answer.content))
        assert opened.testzip() is None
        return opened

    return get


@pytest.fixture
def stored(services: Services) -> Callable[[ArchiveId], list[str]]:
    """Return the files in the storage of an archive, by their paths."""

    def look(archive_id: ArchiveId) -> list[str]:
        place = services.settings.data_dir / "media" / "archives" / str(archive_id)
        return [path.relative_to(place).as_posix() for path in place.rglob("*") if path.is_file()]

    return look
