"""Who may call: app passwords in every form, and nothing else; nothing of them is written."""

import hashlib
from typing import Any

import pytest
from structlog.testing import capture_logs

from tests import make
from tests.domains.subsonic.players import Player, ensure_valid
from veza.app.services import Services
from veza.domains.subsonic.routes.rest import ENDPOINTS


def _forms(username: str, password: str) -> dict[str, dict[str, str]]:
    token = hashlib.md5((password + "c19b2d").encode()).hexdigest()
    return {
        "p": {"u": username, "p": password},
        "enc": {"u": username, "p": "enc:" + password.encode().hex()},
        "token": {"u": username, "t": token, "s": "c19b2d"},
        "apiKey": {"apiKey": password},
    }


async def _call(player: Player, given: dict[str, str], name: str = "ping") -> dict[str, Any]:
    answer = await player.http.get(name, params=given | {"f": "json"})
    assert answer.status_code == 200, answer.text
    ensure_valid(name, answer.json())
    return answer.json()["subsonic-response"]


@pytest.mark.parametrize("form", ["p", "enc", "token", "apiKey"])
async def test_an_app_password_opens_in_each_form(player: Player, form: str) -> None:
    given = _forms(player.owner.username, player.password)[form]
    found = await _call(player, given, "tokenInfo")
    assert found["tokenInfo"] == {"username": player.owner.username}


@pytest.mark.parametrize("form", ["p", "enc", "token", "apiKey"])
@pytest.mark.parametrize("secret", [make.PASSWORD, "wrong", ""])
async def test_no_other_secret_opens(player: Player, form: str, secret: str) -> None:
    found = await _call(player, _forms(player.owner.username, secret)[form])
    assert found["error"]["code"] == (44 if form == "apiKey" else 40)


async def test_sessions_and_keys_of_programs_do_not_open(
    player: Player, services: Services
) -> None:
    key = await make.key_headers(services, player.owner)
    for headers in (player.owner.headers, key):
        answer = await player.http.get("ping", params={"f": "json"}, headers=headers)
        assert answer.json()["subsonic-response"]["error"]["code"] == 10
    for secret in (player.owner.token, *key.values()):
        found = await _call(player, {"u": player.owner.username, "p": secret})
        assert found["error"]["code"] == 40


async def test_an_app_password_opens_no_other_route(player: Player) -> None:
    for headers in (
        {"Authorization": f"Bearer {player.password}"},
        {"X-API-Key": player.password},
    ):
        answer = await player.http.get("../api/v1/users/me", headers=headers)
        assert answer.status_code == 401


@pytest.mark.parametrize(
    ("given", "code", "told"),
    [
        ({}, 10, "with an app password"),
        ({"u": "somebody"}, 10, "`p` is missing"),
        ({"p": "secret"}, 10, "`u` is missing"),
        ({"t": "0" * 32}, 10, "`u` is missing"),
        ({"u": "somebody", "t": "0" * 32}, 10, "`s` is missing"),
        ({"u": "somebody", "s": "salt"}, 10, "`t` is missing"),
        ({"apiKey": "k", "u": "somebody"}, 43, ""),
        ({"apiKey": "k", "p": "secret"}, 43, ""),
        ({"u": "somebody", "p": "secret", "t": "0" * 32, "s": "salt"}, 43, ""),
        ({"u": "somebody", "p": "enc:zz"}, 40, ""),
        ({"u": "somebody", "p": "enc:ff"}, 40, ""),
    ],
)
async def test_missing_and_conflicting_credentials_have_codes_of_their_own(
    player: Player, given: dict[str, str], code: int, told: str
) -> None:
    error = (await _call(player, given))["error"]
    assert error["code"] == code
    assert told in error["message"]


async def test_only_the_extensions_need_no_credentials(player: Player) -> None:
    for name, endpoint in ENDPOINTS.items():
        answer = await player.http.get(name, params={"f": "json"})
        if endpoint.has_statuses:
            assert (answer.status_code, answer.json()["code"]) == (400, "parameter_missing"), name
            continue
        status = answer.json()["subsonic-response"]["status"]
        assert (status == "ok") is (name == "getOpenSubsonicExtensions"), name
    answer = await player.http.get("nothing-of-the-kind", params={"f": "json"})
    assert answer.json()["subsonic-response"]["error"]["code"] == 10


async def test_credentials_in_a_query_reach_no_log(player: Player) -> None:
    with capture_logs() as logs:
        for given in _forms(player.owner.username, player.password).values():
            await _call(player, given)
            await player.http.get("getSong", params=given | {"id": "tr-x"})
            await player.http.get("no-such-endpoint", params=given)
            await player.http.get("star/no/such/route", params=given)
            await player.http.post("star", params=given)
    written = str(logs)
    assert "/rest/{name}" in written
    token = _forms(player.owner.username, player.password)["token"]["t"]
    for secret in (player.password, player.password.encode().hex(), token):
        assert secret not in written


async def test_a_change_by_get_is_audited_without_its_query(
    player: Player, services: Services
) -> None:
    other = await make.person(services)
    await player.get("createPlaylist", name="Night drive")
    async with services.database.read() as conn:
        sql = """
            select e.action || ' ' || d.resource
              from audit_subjects s
              join audit_events e on e.subject_id = s.id
              join audit_details d on d.event_id = e.id
             where s.user_id = $1
        """
        assert await conn.column(str, sql, player.owner.id) == [
            "answer_player /rest/createPlaylist"
        ]
        assert await conn.column(str, sql, other.id) == []
