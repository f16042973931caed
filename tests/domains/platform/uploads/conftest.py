"""Small quotas, members with a track, a product and an item, and uploads of each kind."""

from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path

import httpx
import pytest
from litestar import Litestar
from msgspec import structs

from tests import make, sounds
from tests.http.apps import replaced
from tests.make import Person
from veza.app.service_registry import create_registry
from veza.app.services import Services
from veza.core.access import Role
from veza.core.ids import GearId, ProductId, UserId
from veza.domains.platform.uploads.models import QuotaLimit, StorageKind, StorageUsage
from veza.domains.platform.uploads.queries import sessions as queries
from veza.domains.platform.uploads.resumable.purposes import ResumableUploads
from veza.domains.platform.uploads.service import Uploads

type Send = Callable[..., Awaitable[httpx.Response]]
type Usages = Callable[[UserId], Awaitable[dict[str, tuple[int, int]]]]
type Narrow = Callable[..., Uploads]


@pytest.fixture
async def creator(services: Services) -> Person:
    return await make.person(services, Role.CREATOR)


@pytest.fixture
def narrow(app: Litestar, services: Services) -> Iterator[Narrow]:
    """Set quotas: `narrow(Kind.TRACKS, bytes, objects, uploads=3)`."""

    def set_quotas(kind: StorageKind, size: int, objects: int | None = None, *, uploads: int = 100):
        limits = {**services.uploads.limits, kind: QuotaLimit(size, objects)}
        narrowed = structs.replace(services.uploads, limits=limits, uploads_at_once=uploads)
        app.state.services.replace(Uploads, narrowed)
        registry = create_registry(structs.replace(services, uploads=narrowed))
        app.state.services.replace(ResumableUploads, registry.get(ResumableUploads))
        return narrowed

    resumable = create_registry(services).get(ResumableUploads)
    with replaced(app, services.uploads), replaced(app, resumable):
        yield set_quotas


@pytest.fixture
def usage(services: Services) -> Usages:
    """Return the counted usage of a member by kind: bytes and objects."""

    async def find(user_id: UserId) -> dict[str, tuple[int, int]]:
        async with services.database.read() as conn:
            found: list[StorageUsage] = await queries.list_usage(conn, user_id)
        return {one.kind.value: (one.bytes, one.objects) for one in found}

    return find


@pytest.fixture
def reserved(services: Services) -> Callable[[UserId], Awaitable[int]]:
    """Count the uploads in progress of a member."""

    async def count(user_id: UserId) -> int:
        sql = "select count(*) from uploads where owner_id = $1"
        async with services.database.read() as conn:
            return await conn.value(int, sql, user_id) or 0

    return count


@pytest.fixture(scope="session")
def wav(tmp_path_factory) -> bytes:
    folder: Path = tmp_path_factory.mktemp("sounds")
    return sounds.write(folder / "tone.wav", sounds.sine(1)).read_bytes()


@pytest.fixture(scope="session")
def picture(tmp_path_factory) -> bytes:
    folder: Path = tmp_path_factory.mktemp("pictures")
    return sounds.picture(folder / "a.png", width=64, height=48).read_bytes()


@pytest.fixture
async def product_id(services: Services, creator: Person) -> ProductId:
    async with services.database.transaction() as tx:
        return await make.product(tx, creator.member)


@pytest.fixture
async def gear_id(services: Services, creator: Person) -> GearId:
    async with services.database.transaction() as tx:
        return await make.gear_in(tx, creator.member)


@pytest.fixture
def paths(product_id: ProductId, gear_id: GearId) -> dict[StorageKind, str]:
    return {
        StorageKind.TRACKS: "tracks",
        StorageKind.IMAGES: "images",
        StorageKind.PRODUCT_FILES: f"marketplace/products/{product_id}/files",
        StorageKind.GEAR_DOCUMENTS: f"inventory/gear/{gear_id}/documents",
        StorageKind.FILES: "cloud/files",
    }


@pytest.fixture
def contents(wav: bytes, picture: bytes) -> dict[StorageKind, bytes]:
    return {
        StorageKind.TRACKS: wav,
        StorageKind.IMAGES: picture,
        StorageKind.PRODUCT_FILES: bytes(1000),
        StorageKind.GEAR_DOCUMENTS: b"%PDF-1.7" + bytes(992),
        StorageKind.FILES: bytes(1000),
    }


@pytest.fixture
def send(
    client: httpx.AsyncClient,
    creator: Person,
    paths: dict[StorageKind, str],
    contents: dict[StorageKind, bytes],
) -> Send:
    """Upload something of a kind: `await send(Kind.TRACKS)`."""

    async def post(kind: StorageKind, content: bytes | None = None) -> httpx.Response:
        content = contents[kind] if content is None else content
        return await client.post(
            paths[kind],
            headers=creator.headers,
            files={"file": ("a.bin", content)},
            data={"title": "A tone"} if kind is StorageKind.TRACKS else {},
        )

    return post
