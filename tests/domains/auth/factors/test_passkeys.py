"""Passkeys: what is registered, what signs in, proves again, and is refused."""

import asyncio
import json
from dataclasses import replace
from typing import Any

import httpx
import pytest
from litestar import Litestar

from tests.audited import events_of
from tests.domains.auth.accounts.people import PASSWORD, bearer, open_client, sign_in, sign_up
from tests.domains.auth.factors.steps import add_passkey, begin, let_proofs_age
from tests.fakes.authenticator import SoftKey, to_bytes, to_text
from tests.support.addresses import own_address
from veza.app.services import Services
from veza.app.settings.setting_types import Environment
from veza.app.settings.settings import Settings
from veza.app.sign_in import create_relying_party
from veza.core.addresses import network_of
from veza.core.errors import CannotStart
from veza.domains.auth.passkeys import rules

SIGN_IN = "auth/login/passkey"
FACTOR = "auth/login/factor"
STEP_UP = "auth/step-up"


async def _sign_in(client: httpx.AsyncClient, key: SoftKey) -> httpx.Response:
    return await client.post(SIGN_IN, json={"credential": key.get(await begin(client, SIGN_IN))})


async def _challenge(client: httpx.AsyncClient, someone: dict[str, Any]) -> str:
    answer = await sign_in(client, someone["email"], PASSWORD)
    assert answer.status_code == 202, answer.text
    return answer.json()["data"]["challenge"]


async def _shown(client: httpx.AsyncClient, headers: dict[str, str]) -> list[dict[str, Any]]:
    answer = await client.get("users/me/factors", headers=headers)
    return answer.json()["data"]["passkeys"]


def test_a_counter_rises_or_stays_zero() -> None:
    assert [rules.has_risen(*pair) for pair in ((0, 0), (0, 1), (1, 2))] == [True] * 3
    assert [rules.has_risen(*pair) for pair in ((1, 0), (1, 1), (2, 1))] == [False] * 3


async def test_a_passkey_signs_in_alone(client: httpx.AsyncClient) -> None:
    someone = await sign_up(client)
    key, recovery = await add_passkey(client, bearer(someone["access_token"]))
    assert len(recovery) == 10
    options = await begin(client, SIGN_IN)
    # A stranger learns nothing of anybody.
    assert options["allowCredentials"] == []
    assert options["userVerification"] == "required"
    answer = await client.post(SIGN_IN, json={"credential": key.get(options)})
    assert answer.status_code == 200, answer.text
    data = answer.json()["data"]
    assert data["user"] == someone["user"]
    # It is two factors: no other proof is asked for.
    headers = bearer(data["access_token"])
    assert (await client.post("users/me/factors/recovery-codes", headers=headers)).is_success
    [shown] = await _shown(client, headers)
    assert shown["last_used_at"] is not None
    assert not shown["is_backed_up"]

    # What was answered once is over.
    again = await client.post(SIGN_IN, json={"credential": key.get(options)})
    assert again.json()["code"] == "passkey_refused"


async def test_a_passkey_is_the_second_factor_and_proves_again(
    client: httpx.AsyncClient, services: Services
) -> None:
    someone = await sign_up(client)
    client.cookies.clear()  # Another browser signs in below.
    headers, user_id = bearer(someone["access_token"]), someone["user"]["id"]
    key, _ = await add_passkey(client, headers, SoftKey(is_backed_up=True))
    opened = (await sign_in(client, someone["email"], PASSWORD)).json()["data"]
    assert opened["methods"] == {"code": False, "recovery_code": True, "passkey": True}
    challenge = opened["challenge"]
    options = await begin(client, FACTOR, json={"challenge": challenge})
    assert [each["id"] for each in options["allowCredentials"]] == [to_text(key.credential_id)]
    given = {"challenge": challenge, "passkey": key.get(options)}
    answer = await client.post(FACTOR, json=given)
    assert answer.status_code == 200, answer.text
    assert (await client.post(FACTOR, json=given)).json()["code"] == "challenge_over"

    await let_proofs_age(services, user_id)
    due = await client.post("users/me/passkeys/options", headers=headers)
    assert due.json()["code"] == "step_up_needed"
    options = await begin(client, STEP_UP, headers=headers)
    proof = {"passkey": key.get(options)}
    assert (await client.post(STEP_UP, headers=headers, json=proof)).is_success
    assert (await client.post(STEP_UP, headers=headers, json=proof)).status_code == 403
    assert (await client.post("users/me/passkeys/options", headers=headers)).is_success


async def test_what_is_not_signed_for_us_signs_nobody_in(
    client: httpx.AsyncClient, app: Litestar, services: Services
) -> None:
    someone = await sign_up(client)
    key, _ = await add_passkey(client, bearer(someone["access_token"]))
    lies = {
        "origin": replace(key, origin="https://veza.example"),
        "domain": replace(key, domain="veza.example"),
        "user verification": replace(key, is_verified=False),
        "key": replace(key, _key=SoftKey()._key),
        "credential": replace(key, credential_id=b"unknown"),
        "user": replace(key, user_handle=to_text(bytes(16))),
        "no user": replace(key, user_handle=None),
    }
    async with open_client(services, app) as other:
        for what, lie in lies.items():
            answer = await _sign_in(other, lie)
            assert (answer.status_code, answer.json()["code"]) == (401, "passkey_refused"), what
    async with open_client(services, app) as other:
        made_up = {"challenge": to_text(bytes(32))}
        framed = key.get(await begin(other, SIGN_IN))
        said = json.loads(to_bytes(framed["response"]["clientDataJSON"])) | {"crossOrigin": True}
        framed["response"]["clientDataJSON"] = to_text(json.dumps(said).encode())
        cut = key.get(await begin(other, SIGN_IN))
        cut["response"]["authenticatorData"] = "AAAA"
        not_json = key.get(await begin(other, SIGN_IN))
        not_json["response"]["clientDataJSON"] = "AAAA"
        for credential in (key.get(made_up), framed, cut, not_json):
            answer = await other.post(SIGN_IN, json={"credential": credential})
            assert answer.json()["code"] == "passkey_refused", answer.text
    assert (await _sign_in(client, key)).is_success


async def test_a_challenge_is_for_one_purpose_and_one_member(
    client: httpx.AsyncClient, services: Services
) -> None:
    one, two = await sign_up(client), await sign_up(client)
    first, second = bearer(one["access_token"]), bearer(two["access_token"])
    key, _ = await add_passkey(client, first)
    other, _ = await add_passkey(client, second)
    of_step_up = await begin(client, STEP_UP, headers=first)
    of_sign_in = await begin(client, SIGN_IN)
    login = await _challenge(client, one)
    of_login = await begin(client, FACTOR, json={"challenge": login})
    for options in (of_step_up, of_login):
        refused = await client.post(SIGN_IN, json={"credential": key.get(options)})
        assert refused.json()["code"] == "passkey_refused"
    for options in (of_sign_in, of_login, await begin(client, STEP_UP, headers=second)):
        refused = await client.post(STEP_UP, headers=first, json={"passkey": key.get(options)})
        assert refused.json()["code"] == "wrong_factor"
    # Neither another login's challenge nor another member's passkey completes a login.
    another = await _challenge(client, one)
    of_other = await begin(client, FACTOR, json={"challenge": another})
    of_login = await begin(client, FACTOR, json={"challenge": login})
    for proof in (key.get(of_step_up), key.get(of_other), other.get(of_login)):
        refused = await client.post(FACTOR, json={"challenge": login, "passkey": proof})
        assert refused.json()["code"] == "factor_refused"
    made = {"name": "x", "credential": SoftKey().create({**of_sign_in, "user": {"id": "AA"}})}
    refused = await client.post("users/me/passkeys", headers=first, json=made)
    assert refused.json()["code"] == "passkey_challenge_over"
    # And none is valid longer than five minutes.
    late = await begin(client, STEP_UP, headers=first)
    async with services.database.transaction(recorded=False) as tx:
        await tx.run("update passkey_challenges set expires_at = now()")
    refused = await client.post(STEP_UP, headers=first, json={"passkey": key.get(late)})
    assert refused.json()["code"] == "wrong_factor"


async def test_a_counter_that_does_not_rise_is_refused_and_told(
    client: httpx.AsyncClient, services: Services, work
) -> None:
    someone = await sign_up(client)
    client.cookies.clear()  # Another browser signs in below.
    headers = bearer(someone["access_token"])
    key, _ = await add_passkey(client, headers, SoftKey(counts=True, counter=6))
    copy = replace(key)
    assert (await _sign_in(client, key)).is_success
    refused = await _sign_in(client, copy)
    assert (refused.status_code, refused.json()["code"]) == (403, "passkey_copied")
    [recorded] = await events_of(services, refused)
    assert (recorded.action, recorded.status) == ("sign_in_with_passkey", 403)
    assert str(recorded.user_id) == someone["user"]["id"]
    proof = {
        "passkey": replace(key, counter=0, counts=False).get(
            await begin(client, STEP_UP, headers=headers)
        )
    }
    refused = await client.post(STEP_UP, headers=headers, json=proof)
    assert refused.json()["code"] == "passkey_copied"
    assert (await _sign_in(client, key)).is_success
    await work()
    notes = await client.get("notifications", headers=headers)
    kinds = [note["kind"] for note in notes.json()["data"]["notifications"]]
    assert kinds.count("passkey_copied") == 2


async def test_one_answer_sent_many_times_at_once_signs_in_once(client: httpx.AsyncClient) -> None:
    someone = await sign_up(client)
    key, _ = await add_passkey(client, bearer(someone["access_token"]))
    sent = {"credential": key.get(await begin(client, SIGN_IN))}
    answers = await asyncio.gather(*(client.post(SIGN_IN, json=sent) for _ in range(4)))
    assert sorted(answer.status_code for answer in answers) == [200, 401, 401, 401]


async def test_passkeys_are_named_counted_and_removed(client: httpx.AsyncClient) -> None:
    someone, other = await sign_up(client), await sign_up(client)
    headers, elsewhere = bearer(someone["access_token"]), bearer(other["access_token"])
    first, _ = await add_passkey(client, headers)
    again = await client.post("users/me/passkeys/options", headers=headers)
    options = again.json()["data"]
    assert [each["id"] for each in options["excludeCredentials"]] == [to_text(first.credential_id)]
    for code, made in {
        "passkey_exists": first,
        "passkey_unreadable": SoftKey(is_verified=False),
    }.items():
        form = {"name": "x", "credential": made.create(options)}
        refused = await client.post("users/me/passkeys", headers=headers, json=form)
        assert refused.json()["code"] == code
    for _ in range(rules.MAX_PASSKEYS - 1):
        await add_passkey(client, headers)
    refused = await client.post("users/me/passkeys/options", headers=headers)
    assert refused.json()["code"] == "too_many_passkeys"

    shown = await _shown(client, headers)
    path = f"users/me/passkeys/{shown[0]['id']}"
    for blank in ("", "  ", "x" * 61):
        assert (await client.put(path, headers=headers, json={"name": blank})).status_code == 400
    assert (await client.put(path, headers=headers, json={"name": " Key ring "})).is_success
    assert [each["name"] for each in await _shown(client, headers)][:2] == ["Key ring", "Phone"]
    for method, body in (("PUT", {"name": "Mine"}), ("DELETE", None)):
        refused = await client.request(method, path, headers=elsewhere, json=body)
        assert refused.json()["code"] == "passkey_not_found"

    for each in shown[:-1]:
        assert (await client.delete(f"users/me/passkeys/{each['id']}", headers=headers)).is_success
    assert (await _sign_in(client, first)).json()["code"] == "passkey_refused"
    assert (await sign_in(client, someone["email"], PASSWORD)).status_code == 202
    # With the last factor the recovery codes go, and the password signs in alone again.
    last = f"users/me/passkeys/{shown[-1]['id']}"
    assert (await client.delete(last, headers=headers)).is_success
    left = (await client.get("users/me/factors", headers=headers)).json()["data"]
    assert (left["passkeys"], left["recovery_codes_left"]) == ([], 0)
    assert (await sign_in(client, someone["email"], PASSWORD)).status_code == 200
    refused = await client.post(f"{STEP_UP}/options", headers=headers)
    assert refused.json()["code"] == "passkey_not_found"


async def test_a_suspended_member_and_a_busy_network_are_told_so(
    client: httpx.AsyncClient, app: Litestar, services: Services
) -> None:
    someone = await sign_up(client)
    key, _ = await add_passkey(client, bearer(someone["access_token"]))
    async with services.database.transaction(recorded=False) as tx:
        sql = "update users set suspended_at = now(), suspension_reason = 'Enough' where id = $1"
        await tx.run(sql, someone["user"]["id"])
    assert (await _sign_in(client, key)).json()["code"] == "account_suspended"
    address = own_address()
    async with open_client(services, app, address=address) as busy:
        counters = services.login_context.factors.passkeys.counters
        network = rules.network_key(network_of(address))
        await counters.add(network, 300, times=rules.MAX_SIGN_INS_OF_NETWORK - 1)
        last = await busy.post(f"{SIGN_IN}/options")
        refused = await busy.post(f"{SIGN_IN}/options")
    assert last.is_success, last.text
    assert refused.json()["code"] == "too_many_passkey_challenges"
    assert int(refused.headers["retry-after"]) > 0


def test_pages_of_the_domain_alone_may_use_passkeys() -> None:
    def created(**given: str) -> tuple[str, list[str]]:
        made = create_relying_party(Settings(env=Environment.TEST, **given))
        return made.domain, sorted(made.origins)

    assert created() == ("localhost", ["http://localhost:8080"])
    public = {"public_url": "https://API.veza.example:443"}
    assert created(**public) == ("api.veza.example", ["https://api.veza.example"])
    apart = public | {"app_url": "https://veza.example/app"}
    both = ["https://api.veza.example", "https://veza.example"]
    assert created(**apart) == ("veza.example", both)
    other = {"public_url": "https://other.example", "app_url": "https://veza.example"}
    assert created(**other) == ("veza.example", both[1:])
    with pytest.raises(CannotStart):
        created(**apart, passkey_domain="z.example")
