"""What tests assemble is what the server runs."""

from typing import Any

import httpx

from tests.http.apps import assemble, calling
from veza.app.api import create_litestar
from veza.app.services import Services
from veza.app.settings.setting_types import Environment
from veza.app.settings.settings import Settings


def test_routes_depend_on_one_setting_alone() -> None:
    """So that applications which differ in others may share them. `env` is for the document."""
    asked: set[str] = set()

    class Asked(Settings, frozen=True):
        def __getattribute__(self, name: str) -> Any:
            asked.add(name)
            return super().__getattribute__(name)

    create_litestar(Asked(env=Environment.TEST))

    assert asked & set(Settings.__struct_fields__) == {"body_max_bytes", "env"}


async def test_two_applications_have_nothing_of_each_other(
    services: Services, no_database: Services
) -> None:
    (_, well), (_, cut_off) = assemble(services), assemble(no_database)

    assert await _status(cut_off) == 503
    assert await _status(well) == 200


async def _status(app: Any) -> int:
    async with calling(app) as client:
        answer: httpx.Response = await client.get("tracks")
    return answer.status_code
