"""Routes for admins only."""

from typing import Any
from uuid import UUID

import httpx
import pytest

from tests.domains.platform.site_controls.routes_steps import headers_of
from tests.make import Person

_ROUTES: list[tuple[str, str, Any]] = [
    ("GET", "admin/announcements", None),
    ("POST", "admin/announcements", {"title": "News", "content": "There is news."}),
    ("DELETE", f"admin/announcements/{UUID(int=7)}", None),
    ("GET", "admin/feature-flags", None),
    ("PUT", "admin/feature-flags/new_player", {"enabled": True}),
    ("DELETE", "admin/feature-flags/new_player", None),
    ("GET", "admin/maintenance", None),
    ("PUT", "admin/maintenance", {"enabled": True}),
]


@pytest.mark.parametrize(("method", "path", "body"), _ROUTES)
async def test_only_admins_are_allowed(
    client: httpx.AsyncClient,
    people: dict[str, Person | None],
    method: str,
    path: str,
    body: Any,
) -> None:
    for name, person in people.items():
        answer = await client.request(method, path, json=body, headers=headers_of(person))
        expected = {"nobody": 401, "admin": answer.status_code}.get(name, 403)
        assert answer.status_code == expected, (name, answer.text)
        assert name != "admin" or answer.status_code in {200, 201, 404}
        assert expected != 403 or answer.json()["code"] == "role_required"


@pytest.mark.parametrize(("method", "path", "body"), [r for r in _ROUTES if r[2]])
@pytest.mark.parametrize("wrong", [[], None, "text", 5, True])
async def test_an_invalid_body_is_400(
    client: httpx.AsyncClient, admin: Person, method: str, path: str, body: Any, wrong: Any
) -> None:
    assert body
    answer = await client.request(method, path, json=wrong, headers=admin.headers)

    assert answer.status_code == 400


@pytest.mark.parametrize(("method", "path", "body"), [r for r in _ROUTES if r[2]])
async def test_a_body_that_is_no_json_is_refused(
    client: httpx.AsyncClient, admin: Person, method: str, path: str, body: Any
) -> None:
    assert body
    for content, kind, status in (
        (b"{", "application/json", 400),
        (b'{"enabled": NaN}', "application/json", 400),
        (b"", "application/json", 400),
        (b"enabled=true", "application/x-www-form-urlencoded", 415),
    ):
        headers = admin.headers | {"content-type": kind}
        answer = await client.request(method, path, content=content, headers=headers)
        assert answer.status_code == status, (content, answer.text)
