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
from veza.app.services import Services
from veza.core.access import Role
from veza.core.ids import GearId, ProductId, UserId
from veza.domains.platform.quotas import queries
from veza.domains.platform.quotas.models import Kind, Limit, Usage
from veza.domains.platform.quotas.service import Quotas

type Send = Callable[..., Awaitable[httpx.Response]]
type Usages = Callable[[UserId], Awaitable[dict[str, tuple[int, int]]]]
type Narrow = Callable[..., Quotas]


@pytest.fixture
async def creator(services: Services) -> Person:
    return await make.person(services, Role.CREATOR)


@pytest.fixture
def narrow(app: Litestar, services: Services) -> Iterator[Narrow]:
    """Set quotas: `narrow(Kind.TRACKS, bytes, objects, uploads=3)`."""

    def set_quotas(kind: Kind, size: int, objects: int | None = None, *, uploads: int = 100):
        limits = {**services.quotas.limits, kind: Limit(size, objects)}
        quotas = structs.replace(services.quotas, limits=limits, uploads_at_once=uploads)
        app.state.services.replace(Quotas, quotas)
        return quotas

    with replaced(app, services.quotas):
        yield set_quotas


@pytest.fixture
def usage(services: Services) -> Usages:
    """What is counted of a member, by kind: bytes and objects."""

    async def find(user_id: UserId) -> dict[str, tuple[int, int]]:
        async with services.database.read() as conn:
            found: list[Usage] = await queries.list_usage(conn, user_id)
        return {one.kind.value: (one.bytes, one.objects) for one in found}

    return find


@pytest.fixture
def reserved(services: Services) -> Callable[[UserId], Awaitable[int]]:
    """How many reservations of a member there are."""

    async def count(user_id: UserId) -> int:
        sql = "select count(*) from storage_reservations where user_id = $1"
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
def paths(product_id: ProductId, gear_id: GearId) -> dict[Kind, str]:
    return {
        Kind.TRACKS: "tracks",
        Kind.IMAGES: "images",
        Kind.PRODUCT_FILES: f"marketplace/products/{product_id}/files",
        Kind.GEAR_DOCUMENTS: f"inventory/gear/{gear_id}/documents",
        Kind.FILES: "cloud/files",
    }


@pytest.fixture
def contents(wav: bytes, picture: bytes) -> dict[Kind, bytes]:
    return {
        Kind.TRACKS: wav,
        Kind.IMAGES: picture,
        Kind.PRODUCT_FILES: bytes(1000),
        Kind.GEAR_DOCUMENTS: b"%PDF-1.7" + bytes(992),
        Kind.FILES: bytes(1000),
    }


@pytest.fixture
def send(
    client: httpx.AsyncClient, creator: Person, paths: dict[Kind, str], contents: dict[Kind, bytes]
) -> Send:
    """Upload something of a kind: `await send(Kind.TRACKS)`."""

    async def post(kind: Kind, content: bytes | None = None) -> httpx.Response:
        content = contents[kind] if content is None else content
        return await client.post(
            paths[kind],
            headers=creator.headers,
            files={"file": ("a.bin", content)},
            data={"title": "A tone"} if kind is Kind.TRACKS else {},
        )

    return post
