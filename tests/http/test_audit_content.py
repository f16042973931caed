"""What the record of a request holds: never more of a path, an address or an id than is safe."""

from uuid import UUID

import httpx
import pytest
from msgspec import structs

from tests import make
from tests.audited import events_of
from tests.http.apps import assemble, calling
from tests.http.changing_routes import ROUTES
from veza.app.services import Services
from veza.core.ids import new_id
from veza.http.layers.audit import fill_route


@pytest.mark.parametrize(
    ("given", "shown"),
    [
        ({"id": UUID(int=7)}, f"/a/{UUID(int=7)}/{{name}}"),
        ({"name": "dark-mode_2.0"}, "/a/{id}/dark-mode_2.0"),
        ({"name": "sk_live?token=1"}, "/a/{id}/{name}"),
        ({"name": "x" * 101}, "/a/{id}/{name}"),
        ({"id": "swordfish"}, "/a/{id}/{name}"),
        ({}, "/a/{id}/{name}"),
    ],
)
def test_of_a_path_is_shown_what_can_be_no_secret(given: dict, shown: str) -> None:
    assert fill_route("/a/{id}/{name}", given, are_words_known=True) == shown


def test_of_a_mistake_no_word_is_shown() -> None:
    given = {"id": UUID(int=7), "name": "swordfish"}
    shown = fill_route("/a/{id}/{name}", given, are_words_known=False)
    assert shown == f"/a/{UUID(int=7)}/{{name}}"


async def test_a_path_that_names_a_member_is_recorded_with_them(
    changing: httpx.AsyncClient, services: Services
) -> None:
    named = await make.person(services)

    answer = await changing.delete(f"odd/{named.id}/by/swordfish/blue")
    (event,) = await events_of(services, answer)

    assert event.resource == f"/api/v1/odd/{named.id}/by/{{secret}}/blue"
    async with services.database.read() as conn:
        sql = "select member_id from audit_details where event_id = $1"
        assert await conn.value(UUID, sql, event.id) == named.id


async def test_an_id_that_is_nobody_s_is_not_kept(
    changing: httpx.AsyncClient, services: Services
) -> None:
    answer = await changing.delete(f"odd/{new_id()}/by/swordfish/blue")
    (event,) = await events_of(services, answer)

    assert event.resource == "/api/v1/odd/{user_id}/by/{secret}/{name}"


async def test_the_address_is_the_clients_and_what_it_claims_counts_only_from_our_proxies(
    services: Services, word: str
) -> None:
    claim = {"X-Forwarded-For": "203.0.113.7"}
    trusting = structs.replace(services.settings, trusted_proxies=["198.51.100.0/24"])
    for settings, peer, ip in [
        (services.settings, "198.51.100.9", "198.51.100.9"),
        (trusting, "192.0.2.1", "192.0.2.1"),
        (trusting, "198.51.100.9", "203.0.113.7"),
    ]:
        app = assemble(services, settings, ROUTES)[1]
        async with calling(app, peer=peer) as client:
            done = await client.post("odd/changes", json={"word": word}, headers=claim)
            refused = await client.post("odd/changes", json={}, headers=claim)
        for answer in (done, refused):
            assert [event.ip for event in await events_of(services, answer)] == [ip]


@pytest.mark.parametrize("given", ["x" * 129, "two words", "<script>", "\u00e9", ""])
async def test_a_request_id_that_is_too_odd_is_replaced(
    changing: httpx.AsyncClient, services: Services, word: str, given: str
) -> None:
    headers = {"X-Request-ID": given.encode()}
    answer = await changing.post("odd/changes", json={"word": word}, headers=headers)

    (event,) = await events_of(services, answer)
    assert UUID(event.request_id or "").version == 7
