"""Every operation asks of its caller what stands beside its path, and nothing leads around it."""

import httpx
import pytest
from litestar.handlers import HTTPRouteHandler

from tests import make
from tests.application import assembled
from tests.contract.bodies import fitting_body, write
from tests.contract.world import Json, list_operations
from veza.app.services import Services
from veza.core.access import Access, Role, is_enough
from veza.core.ids import new_id
from veza.http.api_docs.openapi import build_document
from veza.http.security.authorization import access_of

# Each operation with each role.
pytestmark = pytest.mark.long

_APP = assembled()
_DOCUMENT = build_document(_APP)
_OPERATIONS = {
    f"{method} {path}": operation for method, path, operation in list_operations(_DOCUMENT)
}


def _list_handlers() -> dict[str, HTTPRouteHandler]:
    """Find the handler of each operation, by method and path."""
    return {
        f"{method} {getattr(route, 'path_format', route.path)}": handler
        for route in _APP.routes
        for handler in getattr(route, "route_handlers", [])
        if isinstance(handler, HTTPRouteHandler)
        for method in handler.http_methods
    }


_HANDLERS = _list_handlers()
_WITH_ROLE = [
    name for name in _OPERATIONS if access_of(_HANDLERS[name]) not in {Access.NONE, Access.OPTIONAL}
]
_WITH_TOKEN = [n for n in _OPERATIONS if _HANDLERS[n].opt.get("credentials") != "ignored"]


def test_every_operation_of_the_document_has_its_handler() -> None:
    assert _OPERATIONS.keys() <= _HANDLERS.keys()
    assert _WITH_ROLE


@pytest.mark.parametrize("name", _WITH_ROLE)
async def test_nobody_gets_where_somebody_must_sign_in(
    name: str, client: httpx.AsyncClient
) -> None:
    answer = await _call(client, name, {})

    assert (answer.status_code, answer.json()["code"]) == (401, "unauthenticated")
    assert "www-authenticate" in answer.headers


@pytest.mark.parametrize("name", _WITH_TOKEN)
async def test_a_token_that_is_none_gets_nowhere(name: str, client: httpx.AsyncClient) -> None:
    for headers in (
        {"Authorization": "Bearer x.y.z"},
        {"Authorization": "Basic YWRhOmxvdmVsYWNl"},
        {"Authorization": ""},
    ):
        assert (await _call(client, name, headers)).status_code == 401


@pytest.mark.usefixtures("open_again")
@pytest.mark.parametrize("role", Role)
@pytest.mark.parametrize("name", _WITH_ROLE)
async def test_a_role_gets_as_far_as_it_reaches(
    name: str, role: Role, client: httpx.AsyncClient, services: Services
) -> None:
    someone = await make.person(services, role)
    answer = await _call(client, name, someone.headers)
    code = answer.json()["code"] if answer.status_code >= 400 else ""

    assert answer.status_code != 401 or code == "invalid_refresh_token"
    assert (code != "role_required") is is_enough(role, access_of(_HANDLERS[name])), answer.text


@pytest.mark.parametrize("name", [n for n in _OPERATIONS if n.startswith("GET ")])
def test_what_is_only_looked_at_is_not_written(name: str) -> None:
    """A link that somebody is made to follow changes nothing."""
    assert "tx" not in _HANDLERS[name].parsed_fn_signature.parameters


async def _call(client: httpx.AsyncClient, name: str, headers: dict[str, str]) -> httpx.Response:
    method, _, path = name.partition(" ")
    operation: Json = _OPERATIONS[name]
    names = [each["name"] for each in operation.get("parameters", []) if "name" in each]
    body = fitting_body(operation, _DOCUMENT, {})
    return await client.request(
        method,
        f"{client.base_url.scheme}://{client.base_url.host}"
        + path.format_map(_Anything(version="1")),
        content=write(body) if body else None,
        params={"q": "x"} if "q" in names else None,
        headers=headers | ({"Content-Type": "application/json"} if body else {}),
    )


class _Anything(dict[str, str]):
    """Names nothing that exists, whatever the parameter is called; what is a number is given."""

    def __missing__(self, key: str) -> str:
        return str(new_id())
