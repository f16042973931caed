"""Items by the API, documents to upload, and what lies in the storage."""

from collections.abc import Awaitable, Callable
from typing import Any

import httpx
import pytest

from tests.domains.gear.forms_steps import GEAR, PDF, REPAIR
from tests.make import Person
from veza.app.services import Services

type Json = dict[str, Any]
type Call = Callable[..., Awaitable[httpx.Response]]
type Create = Callable[..., Awaitable[Json]]


@pytest.fixture
def call(client: httpx.AsyncClient, ann: Person) -> Call:
    """Call the inventory as Ann, or as another: `await call("GET", "gear", by=person)`."""

    async def send(method: str, path: str, *, by: Person | None = ann, **said: Any):
        headers = {} if by is None else by.headers
        return await client.request(method, f"inventory/{path}", headers=headers, **said)

    return send


@pytest.fixture
def create(call: Call) -> Create:
    """Add an item by the API: `await create(name=...)`."""

    async def post(*, by: Person | None = None, **said: object) -> Json:
        who = {} if by is None else {"by": by}
        answer = await call("POST", "gear", json=GEAR | said, **who)
        assert answer.status_code == 201, answer.text
        return answer.json()["data"]

    return post


@pytest.fixture
def repair(call: Call) -> Create:
    """Add a repair by the API: `await repair(gear_id, cost_cents=...)`."""

    async def post(gear_id: object, **said: object) -> Json:
        answer = await call("POST", f"gear/{gear_id}/repairs", json=REPAIR | said)
        assert answer.status_code == 201, answer.text
        return answer.json()["data"]

    return post


@pytest.fixture
def upload(call: Call) -> Call:
    """Post a document: `await upload(gear_id, "a.pdf", b"...", type="invoice")`."""

    async def post(
        gear_id: object,
        name: str = "Invoice.pdf",
        content: bytes = PDF,
        *,
        by: Person | None = None,
        **fields: str,
    ) -> httpx.Response:
        who = {} if by is None else {"by": by}
        files = {"file": (name, content, "text/html")}
        return await call("POST", f"gear/{gear_id}/documents", data=fields, files=files, **who)

    return post


@pytest.fixture
def stored(services: Services) -> Callable[[], set[str]]:
    """The ids of the documents in the storage, of all items."""

    def look() -> set[str]:
        place = services.settings.data_dir / "media" / "gear"
        return {path.parent.name for path in place.glob("*/*/*")} if place.exists() else set()

    return look
