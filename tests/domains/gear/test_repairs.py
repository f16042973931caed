"""Repairs: what is kept of them, what they cost together, and what of them stays."""

import asyncio

import pytest

from tests.domains.gear.forms_steps import REPAIR
from tests.raw import hearing
from veza.core.money import MAX_CENTS
from veza.domains.gear.models import MAX_REPAIRS


async def test_a_repair_is_kept_with_all_that_was_said(call, create, repair):
    gear = await create()
    made = await repair(gear["id"])

    assert {name: made[name] for name in REPAIR} == REPAIR
    assert (made["gear_id"], made["documents_count"]) == (gear["id"], 0)
    page = (await call("GET", f"gear/{gear['id']}/repairs")).json()["data"]
    assert page["repairs"] == [made]


async def test_a_day_and_words_are_enough(call, create):
    gear = await create()
    said = {"repair_date": "2026-02-15", "description": "Cleaned."}
    answer = await call("POST", f"gear/{gear['id']}/repairs", json=said)
    made = answer.json()["data"]
    assert answer.status_code == 201
    assert (made["cost_cents"], made["currency"], made["provider"]) == (0, "EUR", "")


@pytest.mark.parametrize(
    ("said", "field"),
    [
        ({"repair_date": None}, "repair_date"),
        ({"repair_date": "2026-13-01"}, "repair_date"),
        ({"repair_date": "2026-02-15T10:00:00Z"}, "repair_date"),
        ({"description": " \n"}, "description"),
        ({"description": ""}, "description"),
        ({"description": "x" * 5001}, "description"),
        ({"description": "a\0b"}, None),
        ({"cost_cents": -1}, "cost_cents"),
        ({"cost_cents": MAX_CENTS + 1}, "cost_cents"),
        ({"cost_cents": 1.5}, "cost_cents"),
        ({"cost_cents": None}, "cost_cents"),
        ({"currency": "EURO"}, "currency"),
        ({"currency": "ZZZ"}, "currency"),
        ({"provider": "x" * 201}, "provider"),
    ],
)
async def test_what_is_no_repair_is_refused_by_name(call, create, repair, said, field):
    gear = await create()
    made = await repair(gear["id"])
    path = f"gear/{gear['id']}/repairs"
    for answer in (
        await call("POST", path, json=REPAIR | said),
        await call("PUT", f"{path}/{made['id']}", json=said),
    ):
        assert answer.status_code == 400, answer.text
        if field is not None:
            assert [fault["field"] for fault in answer.json()["details"]] == [field]
    assert (await call("GET", path)).json()["data"]["repairs"] == [made]


async def test_what_repairs_cost_is_summed_up_over_all_pages(call, create, repair):
    gear, other = await create(), await create()
    for cents in (100, 20, 3):
        await repair(gear["id"], cost_cents=cents)
    await repair(gear["id"], cost_cents=MAX_CENTS, currency="CHF")
    await repair(other["id"])

    page = (await call("GET", f"gear/{gear['id']}/repairs?limit=1")).json()["data"]

    costs = [{"currency": "CHF", "cents": MAX_CENTS}, {"currency": "EUR", "cents": 123}]
    assert (page["total"], page["costs"]) == (4, costs)
    assert len(page["repairs"]) == 1
    shown = (await call("GET", f"gear/{gear['id']}")).json()["data"]
    assert (shown["repairs_count"], shown["repair_costs"]) == (4, costs)


async def test_repairs_come_by_their_days_the_last_first_and_go_on(call, create, repair):
    gear = await create()
    days = ["2026-02-15", "1999-12-31", "2026-02-15", "2027-01-01", "2020-05-05"]
    made = [await repair(gear["id"], repair_date=day) for day in days]

    seen, cursor = [], ""
    for _ in range(3):
        page = (await call("GET", f"gear/{gear['id']}/repairs?limit=2{cursor}")).json()["data"]
        seen += page["repairs"]
        cursor = f"&cursor={page['next_cursor']}"

    assert seen == [made[n] for n in (3, 2, 0, 4, 1)]
    assert page["has_more"] is False


async def test_what_is_left_out_of_a_change_stays(call, create, repair):
    gear = await create()
    made = await repair(gear["id"])
    path = f"gear/{gear['id']}/repairs/{made['id']}"

    changed = (await call("PUT", path, json={"cost_cents": 0})).json()["data"]

    assert changed == made | {"cost_cents": 0, "updated_at": changed["updated_at"]}


async def test_a_repair_is_deleted_and_its_documents_stay_with_the_item(
    call, create, repair, upload, stored
):
    gear = await create()
    made = await repair(gear["id"])
    document = (await upload(gear["id"], repair_id=made["id"])).json()["data"]
    path = f"gear/{gear['id']}/repairs/{made['id']}"
    [shown] = (await call("GET", f"gear/{gear['id']}/repairs")).json()["data"]["repairs"]
    assert shown["documents_count"] == 1

    answers = await asyncio.gather(*(call("DELETE", path) for _ in range(3)))

    assert sorted(answer.status_code for answer in answers) == [200, 404, 404]
    assert {answer.json().get("code") for answer in answers} == {None, "repair_not_found"}
    [kept] = (await call("GET", f"gear/{gear['id']}/documents")).json()["data"]["documents"]
    assert (kept["id"], kept["repair_id"]) == (document["id"], None)
    assert document["id"] in stored()
    page = (await call("GET", f"gear/{gear['id']}/repairs")).json()["data"]
    assert (page["repairs"], page["total"], page["costs"]) == ([], 0, [])


async def test_a_repair_is_only_one_of_its_own_item(call, create, repair):
    gear, other = await create(), await create()
    made = await repair(gear["id"])
    path = f"gear/{other['id']}/repairs/{made['id']}"
    for answer in (await call("PUT", path, json={}), await call("DELETE", path)):
        assert (answer.status_code, answer.json()["code"]) == (404, "repair_not_found")


async def test_an_item_has_room_for_so_many_repairs(services, call, create, count):
    gear = await create()
    sql = """
        insert into gear_repairs (id, gear_id, repair_date, description, cost_cents, currency)
             select gen_random_uuid(), $1, '2026-01-01', 'A', 1, 'EUR' from generate_series(1, $2)
    """
    async with services.database.transaction() as tx:
        await tx.run(sql, gear["id"], MAX_REPAIRS - 1)
    path = f"gear/{gear['id']}/repairs"

    answers = await asyncio.gather(*(call("POST", path, json=REPAIR) for _ in range(3)))

    assert sorted(answer.status_code for answer in answers) == [201, 409, 409]
    sql = "select count(*) from gear_repairs where gear_id = $1"
    assert await count(sql, gear["id"]) == MAX_REPAIRS


async def test_a_page_of_repairs_costs_two_statements(services, call, create, repair):
    gear = await create()
    for _ in range(3):
        await repair(gear["id"])

    async with hearing(services, "gear") as statements:
        await call("GET", f"gear/{gear['id']}/repairs")

    assert len(statements) == 2
