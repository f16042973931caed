"""Feature flags: set by admins, evaluated for every caller."""

import asyncio
from typing import Any

import httpx
import pytest

from tests.domains.platform.site_controls.routes_steps import SetFlag, headers_of
from tests.make import Person
from veza.app.services import Services
from veza.domains.platform.site_controls import rules, service
from veza.domains.platform.site_controls.errors import TooManyFlags
from veza.domains.platform.site_controls.models import FlagChange
from veza.infra.postgres.database import Tx

NAME = "new_player"


async def _evaluated(client: httpx.AsyncClient, person: Person | None = None) -> dict[str, bool]:
    answer = await client.get("feature-flags", headers=headers_of(person))
    assert answer.status_code == 200, answer.text
    assert set(answer.json()["data"]) == {"flags"}
    return answer.json()["data"]["flags"]


async def _listed(client: httpx.AsyncClient, admin: Person) -> list[dict[str, Any]]:
    answer = await client.get("admin/feature-flags", headers=admin.headers)
    assert answer.status_code == 200, answer.text
    return answer.json()["data"]["flags"]


async def test_an_unknown_flag_is_created(
    client: httpx.AsyncClient, put_flag: SetFlag, admin: Person
) -> None:
    assert await _evaluated(client) == {}
    answer = await put_flag(NAME, enabled=True)

    assert answer.status_code == 200
    made = answer.json()["data"]
    assert made == {
        "name": NAME,
        "enabled": True,
        "description": "",
        "share_percent": 100,
        "roles": [],
        "created_at": made["created_at"],
        "updated_at": made["updated_at"],
    }
    assert await _listed(client, admin) == [made]
    assert await _evaluated(client) == {NAME: True}


async def test_what_is_left_out_stays_as_it_is(
    client: httpx.AsyncClient, put_flag: SetFlag, admin: Person
) -> None:
    said = {"description": "Draws.", "share_percent": 30, "roles": ["creator", "user"]}
    await put_flag(NAME, enabled=True, **said)
    changed = (await put_flag(NAME, enabled=False)).json()["data"]

    assert sorted(changed["roles"]) == ["creator", "user"]
    assert changed | {"roles": said["roles"]} == changed | said | {"enabled": False}
    changed = (await put_flag(NAME, enabled=True, share_percent=0)).json()["data"]
    assert (changed["description"], changed["share_percent"]) == ("Draws.", 0)
    changed = (await put_flag(NAME, enabled=True, roles=[], description="")).json()["data"]
    assert (changed["description"], changed["share_percent"], changed["roles"]) == ("", 0, [])
    assert await _listed(client, admin) == [changed]


async def test_setting_a_flag_twice_is_the_same_as_once(put_flag: SetFlag) -> None:
    first, second = [(await put_flag(NAME, enabled=True)).json()["data"] for _ in range(2)]

    assert second == first | {"updated_at": second["updated_at"]}


async def test_a_flag_is_on_for_its_roles(
    client: httpx.AsyncClient, put_flag: SetFlag, people: dict[str, Person | None]
) -> None:
    await put_flag(NAME, enabled=True, roles=["creator", "moderator", "creator"])

    on = {name for name, person in people.items() if (await _evaluated(client, person))[NAME]}
    assert on == {"creator", "moderator"}


async def test_a_share_is_for_members_and_code_sees_the_same(
    client: httpx.AsyncClient,
    services: Services,
    put_flag: SetFlag,
    people: dict[str, Person | None],
) -> None:
    await put_flag(NAME, enabled=True, share_percent=40)

    assert await _evaluated(client) == {NAME: False}
    for person in people.values():
        visitor = person and person.member
        is_on = services.site_controls.is_on(NAME, visitor)
        assert await _evaluated(client, person) == {NAME: is_on}
        within = person is not None and rules.position_in_share(NAME, person.id) < 40
        assert is_on is within
    await put_flag(NAME, enabled=True, share_percent=100)
    assert all([(await _evaluated(client, person))[NAME] for person in people.values()])


async def test_a_flag_that_does_not_exist_is_off(services: Services, admin: Person) -> None:
    assert services.site_controls.is_on("unheard_of", admin.member) is False


@pytest.mark.parametrize("name", ["a", "0", "a" * 64, "new-player.v2_1", "..."])
async def test_a_name_has_small_letters_digits_and_some_signs(put_flag: SetFlag, name: str) -> None:
    answer = await put_flag(name.replace("...", "%2e.."), enabled=True)

    assert answer.status_code == 200, answer.text
    assert answer.json()["data"]["name"] == name


@pytest.mark.parametrize("name", ["A", "a" * 65, "a b", "é", "a%0A", "a%00", "a%3Fb", "a,b"])
async def test_another_name_is_400(
    client: httpx.AsyncClient, put_flag: SetFlag, admin: Person, name: str
) -> None:
    answer = await put_flag(name, enabled=True)

    assert answer.status_code == 400, answer.text
    assert answer.json()["details"][0]["field"] == "name"
    assert await _listed(client, admin) == []


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"enabled": "true"}, "enabled"),
        ({"enabled": 1}, "enabled"),
        ({"enabled": None}, "enabled"),
        ({"share_percent": -1}, "share_percent"),
        ({"share_percent": 101}, "share_percent"),
        ({"share_percent": "50"}, "share_percent"),
        ({"share_percent": 50.5}, "share_percent"),
        ({"share_percent": 10**30}, "share_percent"),
        ({"share_percent": None}, "share_percent"),
        ({"roles": "creator"}, "roles"),
        ({"roles": ["owner"]}, "roles[0]"),
        ({"roles": [5]}, "roles[0]"),
        ({"roles": None}, "roles"),
        ({"description": "x" * 501}, "description"),
        ({"description": 5}, "description"),
    ],
    ids=str,
)
async def test_an_invalid_flag_is_400(
    client: httpx.AsyncClient, put_flag: SetFlag, admin: Person, wrong: dict[str, Any], field: str
) -> None:
    answer = await put_flag(NAME, **{"enabled": True} | wrong)

    assert answer.status_code == 400, answer.text
    assert answer.json()["details"][0]["field"] == field
    assert await _listed(client, admin) == []


async def test_enabled_is_required(put_flag: SetFlag) -> None:
    answer = await put_flag(NAME, share_percent=50)

    assert answer.status_code == 400
    assert answer.json()["details"][0]["field"] == "enabled"


async def test_concurrent_changes_of_different_fields_are_both_applied(
    client: httpx.AsyncClient, put_flag: SetFlag, admin: Person
) -> None:
    for number in range(5):
        answers = await asyncio.gather(
            put_flag(f"{NAME}{number}", enabled=True, share_percent=10),
            put_flag(f"{NAME}{number}", enabled=True, description="Both."),
            put_flag(f"{NAME}{number}", enabled=True, roles=["user"]),
        )
        assert {answer.status_code for answer in answers} == {200}

    listed = await _listed(client, admin)
    assert len(listed) == 5
    for flag in listed:
        found = (flag["share_percent"], flag["description"], flag["roles"])
        assert found == (10, "Both.", ["user"])


async def test_flags_are_listed_by_name(
    client: httpx.AsyncClient, put_flag: SetFlag, admin: Person
) -> None:
    for name in ("b", "c", "a"):
        await put_flag(name, enabled=False)

    assert [flag["name"] for flag in await _listed(client, admin)] == ["a", "b", "c"]
    assert await _evaluated(client) == {"a": False, "b": False, "c": False}


async def test_a_deleted_flag_is_off_at_once(
    client: httpx.AsyncClient, services: Services, put_flag: SetFlag, admin: Person
) -> None:
    await put_flag(NAME, enabled=True)
    answer = await client.delete(f"admin/feature-flags/{NAME}", headers=admin.headers)

    assert answer.status_code == 200
    assert answer.json()["data"] == {"name": NAME}
    assert await _evaluated(client) == {}
    assert services.site_controls.is_on(NAME, admin.member) is False
    again = await client.delete(f"admin/feature-flags/{NAME}", headers=admin.headers)
    assert again.status_code == 404
    assert again.json()["code"] == "flag_not_found"


async def test_the_number_of_flags_is_limited(tx: Tx) -> None:
    sql = """
        insert into feature_flags (name, enabled)
             select 'flag' || n, false from generate_series(1, $1::int) n
    """
    await tx.run(sql, rules.MAX_FLAGS)

    with pytest.raises(TooManyFlags):
        await service.set_flag(tx, "one_more", FlagChange(enabled=True))
    assert (await service.set_flag(tx, "flag7", FlagChange(enabled=True))).enabled
    await service.delete_flag(tx, "flag7")
    await service.set_flag(tx, "one_more", FlagChange(enabled=True))
