"""App passwords: created over HTTP, authenticated in every form, revoked at once."""

import hashlib
import re

import httpx
import pytest
from msgspec import structs

from tests import make
from veza.app.services import Services
from veza.core.access import Role, Scope
from veza.core.ids import AppPasswordId, new_id
from veza.domains.auth.accounts.rules import MAX_FAILED_LOGINS
from veza.domains.auth.app_passwords import rules
from veza.domains.auth.app_passwords.errors import TooManyWrongAppPasswords, WrongAppPassword
from veza.domains.auth.app_passwords.models import AppCredentials, SaltedToken
from veza.domains.auth.app_passwords.service import SEALED_PASSWORDS, AppPasswords
from veza.infra.security.encryption import Encryptor
from veza.infra.security.sealed_secrets import reseal

PATH = "users/me/app-passwords"


def _token(password: str, salt: str = "c19b2d") -> SaltedToken:
    return SaltedToken(hashlib.md5((password + salt).encode()).hexdigest(), salt)


def _network() -> str:
    return new_id().hex


def _forms(owner: make.Person, password: str) -> list[AppCredentials]:
    """Return each accepted form of an app password, from a different network each."""
    return [
        AppCredentials(owner.username, password, _network()),
        AppCredentials(owner.username.upper(), password, _network()),
        AppCredentials(None, password, _network()),
        AppCredentials(owner.username, _token(password), _network()),
        AppCredentials(owner.username, _token(password, "another salt"), _network()),
    ]


async def _refused(services: Services, given: AppCredentials) -> bool:
    try:
        await services.app_passwords.authenticate(given)
    except WrongAppPassword:
        return True
    return False


async def test_an_app_password_is_shown_once_and_listed_by_its_name(
    client: httpx.AsyncClient, services: Services
) -> None:
    owner = await make.person(services)
    answer = await client.post(PATH, headers=owner.headers, json={"name": " My  phone "})
    assert answer.status_code == 201, answer.text
    assert answer.headers["cache-control"] == "no-store"
    made = answer.json()["data"]
    assert re.fullmatch(r"[a-z2-9]{6}(-[a-z2-9]{6}){3}", made["app_password"])

    listed = await client.get(PATH, headers=owner.headers)
    shown = {"id": made["id"], "name": "My phone", "created_at": made["created_at"]}
    assert listed.json()["data"]["app_passwords"] == [
        shown | {"profile_id": None, "last_used_at": None}
    ]
    async with services.database.read() as conn:
        row = await conn.value(str, "select p::text from app_passwords p where id = $1", made["id"])
    assert made["app_password"] not in (row or "")
    assert made["app_password"].encode().hex() not in (row or "")


async def test_no_api_key_creates_lists_or_revokes_app_passwords(
    client: httpx.AsyncClient, services: Services
) -> None:
    owner = await make.person(services)
    headers = await make.key_headers(services, owner, *Scope)
    answers = [
        await client.get(PATH, headers=headers),
        await client.post(PATH, headers=headers, json={"name": "A thief's"}),
        await client.delete(f"{PATH}/{new_id()}", headers=headers),
    ]
    assert [answer.json()["code"] for answer in answers] == ["key_not_allowed"] * 3


async def test_every_form_of_an_app_password_authenticates_its_member_alone(
    services: Services,
) -> None:
    owner, other = await make.person(services), await make.person(services)
    password = await make.app_password(services, owner)
    await make.app_password(services, other)
    for given in _forms(owner, password):
        member, username = await services.app_passwords.authenticate(given)
        assert (member.id, username) == (owner.id, owner.username)
        assert member.session_id is None
    for given in _forms(other, password):
        if given.username is not None:
            assert await _refused(services, given)


async def test_the_rights_of_staff_do_not_count(services: Services) -> None:
    admin = await make.person(services, Role.ADMIN)
    password = await make.app_password(services, admin)
    member, _ = await services.app_passwords.authenticate(_forms(admin, password)[0])
    assert member.role is Role.USER


async def test_nothing_but_an_app_password_authenticates(services: Services) -> None:
    owner = await make.person(services)
    await make.app_password(services, owner)
    key = (await make.key_headers(services, owner))["X-API-Key"]
    for secret in (make.PASSWORD, owner.token, key, "", "\0", "a" * 100_000):
        for given in _forms(owner, secret):
            assert await _refused(services, given)
    for token in ("", "0" * 32, "\0", "é" * 32):
        assert await _refused(
            services, AppCredentials(owner.username, SaltedToken(token, "s"), _network())
        )
    for username in ("", "\0", "nobody at all", "%"):
        assert await _refused(services, AppCredentials(username, _token("x"), _network()))


async def test_a_revoked_app_password_and_a_suspended_member_are_refused_at_once(
    client: httpx.AsyncClient, services: Services
) -> None:
    owner = await make.person(services)
    kept = await make.app_password(services, owner)
    made = (await client.post(PATH, headers=owner.headers, json={"name": "Lost"})).json()["data"]
    for given in _forms(owner, made["app_password"]):
        assert not await _refused(services, given)
    answer = await client.delete(f"{PATH}/{made['id']}", headers=owner.headers)
    assert answer.json()["data"] == {"id": made["id"]}
    for given in _forms(owner, made["app_password"]):
        assert await _refused(services, given)

    assert not await _refused(services, _forms(owner, kept)[0])
    await make.suspended(services, owner)
    for given in _forms(owner, kept):
        assert await _refused(services, given)


async def test_an_app_password_of_another_member_is_missing(
    client: httpx.AsyncClient, services: Services
) -> None:
    owner, other = await make.person(services), await make.person(services)
    made = (await client.post(PATH, headers=owner.headers, json={"name": "Mine"})).json()["data"]
    answer = await client.delete(f"{PATH}/{made['id']}", headers=other.headers)
    assert answer.json()["code"] == "app_password_not_found"
    assert not await _refused(services, _forms(owner, made["app_password"])[0])


async def test_a_member_has_at_most_25(client: httpx.AsyncClient, services: Services) -> None:
    owner = await make.person(services)
    async with services.database.transaction() as tx:
        for _ in range(rules.MAX_APP_PASSWORDS):
            await make.app_password_in(services, tx, owner.id)
    answer = await client.post(PATH, headers=owner.headers, json={"name": "One more"})
    assert answer.json()["code"] == "too_many_app_passwords"


async def test_the_last_use_is_stored_at_most_once_a_minute(services: Services) -> None:
    owner = await make.person(services)
    given = _forms(owner, await make.app_password(services, owner))[0]

    async def find_last_use() -> object:
        async with services.database.read() as conn:
            sql = "select last_used_at::text from app_passwords where user_id = $1"
            return await conn.value(str, sql, owner.id)

    await services.app_passwords.authenticate(given)
    first = await find_last_use()
    assert first is not None
    await services.app_passwords.authenticate(given)
    assert await find_last_use() == first
    async with services.database.transaction() as tx:
        past = "update app_passwords set last_used_at = last_used_at - interval '2 minutes'"
        await tx.run(f"{past} where user_id = $1", owner.id)
    await services.app_passwords.authenticate(given)
    assert await find_last_use() >= first  # pyright: ignore[reportOperatorIssue]


async def test_many_wrong_passwords_block_a_network_for_that_member_alone(
    services: Services,
) -> None:
    owner, other = await make.person(services), await make.person(services)
    right, others = (
        await make.app_password(services, owner),
        await make.app_password(services, other),
    )
    network = _network()
    for _ in range(MAX_FAILED_LOGINS):
        assert await _refused(services, AppCredentials(owner.username, "wrong", network))
    with pytest.raises(TooManyWrongAppPasswords):
        await services.app_passwords.authenticate(AppCredentials(owner.username, right, network))
    assert not await _refused(services, AppCredentials(owner.username, right, _network()))
    assert not await _refused(services, AppCredentials(other.username, others, network))


async def test_a_stale_player_at_home_does_not_stop_the_others(services: Services) -> None:
    owner = await make.person(services)
    right = await make.app_password(services, owner)
    network = _network()
    given = AppCredentials(owner.username, _token(right), network)
    assert not await _refused(services, given)
    for _ in range(MAX_FAILED_LOGINS + 5):
        assert await _refused(services, AppCredentials(owner.username, "stale", network))
    assert not await _refused(services, given)


async def test_a_new_sealing_key_reseals_and_a_lost_one_leaves_the_password_itself(
    services: Services,
) -> None:
    owner = await make.person(services)
    password = await make.app_password(services, owner)
    rotated = list(services.settings.live_sealing_keys) or ["k" * 32]
    old = _with(services, Encryptor(lambda: rotated))
    async with services.database.transaction() as tx:
        sealed = old.encryptor.encrypt("not it", "of another row")
        sql = "update app_passwords set sealed = $1, sealed_with = $2 where user_id = $3"
        await tx.run(sql, sealed.content, sealed.number, owner.id)
    by_token = AppCredentials(owner.username, _token(password), _network())
    assert await _refused(services, by_token)
    assert not await _refused(services, AppCredentials(owner.username, password, _network()))

    # Sealed with the key of the application, and then with a newer one.
    async with services.database.transaction() as tx:
        sql = "select id from app_passwords where user_id = $1"
        password_id = await tx.value(AppPasswordId, sql, owner.id)
        assert password_id is not None
        first = Encryptor(lambda: ["first" * 8])
        sealed = first.encrypt(password, rules.seal_context(password_id))
        sql = "update app_passwords set sealed = $1, sealed_with = $2 where id = $3"
        await tx.run(sql, sealed.content, 1, password_id)
    newer = _with(services, Encryptor(lambda: ["first" * 8, "second" * 8]))
    assert await reseal(services.database, newer.encryptor, SEALED_PASSWORDS) >= 1
    async with services.database.read() as conn:
        sql = "select sealed_with from app_passwords where id = $1"
        assert await conn.value(int, sql, password_id) == 2
    member, _ = await newer.authenticate(by_token)
    assert member.id == owner.id


def _with(services: Services, encryptor: Encryptor) -> AppPasswords:
    """Return app passwords that another encryptor seals."""
    login = services.login_context
    factors = structs.replace(login.factors, encryptor=encryptor)
    return AppPasswords(services.database, factors, login.attempts)
