"""Items of gear over HTTP: what is kept, found, changed and summed up, and what is refused."""

import asyncio
from uuid import uuid4

import pytest

from tests import make
from tests.domains.gear.forms_steps import GEAR
from tests.raw import hearing
from veza.core.access import Role, Scope
from veza.core.money import MAX_CENTS
from veza.domains.gear.models import MAX_GEAR


async def test_an_item_is_kept_with_all_that_was_said(call, create):
    gear = await create()

    assert {name: gear[name] for name in GEAR} == GEAR
    assert (gear["documents_count"], gear["repairs_count"], gear["repair_costs"]) == (0, 0, [])
    answer = await call("GET", f"gear/{gear['id']}")
    assert answer.json()["data"] == gear


async def test_a_name_is_enough(call):
    answer = await call("POST", "gear", json={"name": "A cable"})
    gear = answer.json()["data"]
    assert answer.status_code == 201
    assert (gear["category"], gear["brand"], gear["notes"]) == ("", "", "")
    assert (gear["bought_on"], gear["price_cents"], gear["warranty_until"]) == (None, None, None)
    assert gear["currency"] == "EUR"


@pytest.mark.parametrize(
    ("said", "field"),
    [
        ({"name": "  "}, "name"),
        ({"name": ""}, "name"),
        ({"name": "x" * 201}, "name"),
        ({"name": None}, "name"),
        ({"name": "a\0b"}, None),
        ({"notes": "\0"}, None),
        ({"category": "x" * 101}, "category"),
        ({"brand": "x" * 201}, "brand"),
        ({"model": 7}, "model"),
        ({"serial_number": "x" * 201}, "serial_number"),
        ({"notes": "x" * 5001}, "notes"),
        ({"bought_on": "2026-02-30"}, "bought_on"),
        ({"bought_on": "15.2.2026"}, "bought_on"),
        ({"bought_on": 20260215}, "bought_on"),
        ({"warranty_until": "soon"}, "warranty_until"),
        ({"price_cents": -1}, "price_cents"),
        ({"price_cents": MAX_CENTS + 1}, "price_cents"),
        ({"price_cents": 10**30}, "price_cents"),
        ({"price_cents": 12.5}, "price_cents"),
        ({"price_cents": "1200"}, "price_cents"),
        ({"currency": "eur"}, "currency"),
        ({"currency": "XXX"}, "currency"),
    ],
)
async def test_what_cannot_be_kept_is_refused_by_name(call, create, said, field):
    gear = await create()
    for answer in (
        await call("POST", "gear", json=GEAR | said),
        await call("PUT", f"gear/{gear['id']}", json=said),
    ):
        assert answer.status_code == 400, answer.text
        if field is not None:
            assert [fault["field"] for fault in answer.json()["details"]] == [field]
    assert (await call("GET", f"gear/{gear['id']}")).json()["data"] == gear


@pytest.mark.parametrize("day", ["0001-01-01", "9999-12-31", "2024-02-29"])
async def test_every_day_of_the_calendar_can_be_kept(create, day):
    gear = await create(bought_on=day, warranty_until=day)
    assert (gear["bought_on"], gear["warranty_until"]) == (day, day)


async def test_whatever_people_write_is_kept(create):
    for text in ("Vögel im Käfig 🎛", "夜のフェリー", "'; drop table gear;--", "%_\\", "\u202eabc"):
        gear = await create(name=text, brand=text, notes=text)
        assert {gear[name] for name in ("name", "brand", "notes")} == {text}


async def test_what_is_left_out_of_a_change_stays_and_none_takes_away(call, create):
    gear = await create()
    path = f"gear/{gear['id']}"

    changed = (await call("PUT", path, json={"price_cents": 0})).json()["data"]
    emptied = (
        await call("PUT", path, json={"bought_on": None, "warranty_until": None, "notes": ""})
    ).json()["data"]

    kept = gear | {"price_cents": 0, "updated_at": changed["updated_at"]}
    assert changed == kept
    assert emptied == kept | {
        "bought_on": None,
        "warranty_until": None,
        "notes": "",
        "updated_at": emptied["updated_at"],
    }
    assert gear["updated_at"] < changed["updated_at"] < emptied["updated_at"]


async def test_a_deleted_item_is_gone_and_deleted_once(call, create):
    gear = await create()
    path = f"gear/{gear['id']}"

    answers = await asyncio.gather(*(call("DELETE", path) for _ in range(3)))

    assert sorted(answer.status_code for answer in answers) == [200, 404, 404]
    assert {answer.json().get("code") for answer in answers} == {None, "gear_not_found"}
    assert (await call("GET", path)).status_code == 404
    assert (await call("PUT", path, json={"name": "A"})).status_code == 404


async def test_what_somebody_owns_nobody_else_finds(call, create, repair, upload, services, bob):
    gear = await create()
    repair_id = (await repair(gear["id"]))["id"]
    document_id = (await upload(gear["id"])).json()["data"]["id"]
    path = f"gear/{gear['id']}"
    admin = await make.person(services, Role.ADMIN)
    calls = [
        ("GET", path, {}),
        ("PUT", path, {"json": {"name": "Mine"}}),
        ("DELETE", path, {}),
        ("GET", f"{path}/repairs", {}),
        ("POST", f"{path}/repairs", {"json": {"repair_date": "2026-01-01", "description": "A"}}),
        ("PUT", f"{path}/repairs/{repair_id}", {"json": {}}),
        ("DELETE", f"{path}/repairs/{repair_id}", {}),
        ("GET", f"{path}/documents", {}),
        ("POST", f"{path}/documents", {"files": {"file": ("a.pdf", b"%PDF-1.7")}}),
        ("DELETE", f"{path}/documents/{document_id}", {}),
    ]
    for person in (bob, admin):
        for method, place, said in calls:
            answer = await call(method, place, by=person, **said)
            assert (answer.status_code, answer.json()["code"]) == (404, "gear_not_found"), place
    answer = await call("GET", f"{path}/documents/{document_id}/download", by=bob)
    assert (answer.status_code, answer.json()["code"]) == (404, "gear_document_not_found")
    assert (await call("GET", "gear", by=bob)).json()["data"]["gear"] == []
    seen = (await call("GET", path)).json()["data"]
    assert (seen["name"], seen["repairs_count"], seen["documents_count"]) == (gear["name"], 1, 1)


async def test_nobody_gets_in_without_signing_in(call, create):
    gear = await create()
    for method, path in (("GET", "gear"), ("GET", "summary"), ("GET", f"gear/{gear['id']}")):
        assert (await call(method, path, by=None)).status_code == 401


async def test_a_key_that_reads_changes_nothing(client, services, ann, create):
    gear = await create()
    headers = await make.key_headers(services, ann, Scope.READ)
    path = f"inventory/gear/{gear['id']}"
    assert (await client.get(path, headers=headers)).status_code == 200
    answer = await client.delete(path, headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (403, "insufficient_scope")


async def test_what_is_no_id_is_not_there(call):
    for path in ("gear/1", f"gear/{uuid4()}", "gear/../gear/x"):
        assert (await call("GET", path)).status_code == 404


async def test_the_list_goes_on_from_page_to_page_the_latest_first(call, create):
    names = [f"Item {n}" for n in range(5)]
    for name in names:
        await create(name=name)

    seen, cursor = [], ""
    for _ in range(3):
        page = (await call("GET", f"gear?limit=2{cursor}")).json()["data"]
        seen += [gear["name"] for gear in page["gear"]]
        cursor = f"&cursor={page['next_cursor']}"

    assert seen == names[::-1]
    assert (page["next_cursor"], page["has_more"]) == (None, False)


@pytest.mark.parametrize("query", ["limit=0", "limit=101", "cursor=x", "cursor=e30"])
async def test_a_page_that_can_not_be_is_refused(call, create, query):
    gear = await create()
    for path in ("gear", f"gear/{gear['id']}/repairs", f"gear/{gear['id']}/documents"):
        assert (await call("GET", f"{path}?{query}")).status_code == 400


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("q=juno", ["Juno-106"]),
        ("q=ROLAND", ["TR-808", "Juno-106"]),
        ("q=roland synth", ["Juno-106"]),
        ("q=1984", ["Juno-106"]),
        ("q=808", ["TR-808"]),
        ("q=flöte", ["Flote"]),
        ("q=%25", []),
        ("q=_", []),
        ("q=nothing", []),
        ("category=SYNTHESIZER", ["Juno-106"]),
        ("category=drums&q=roland", ["TR-808"]),
        ("category=", ["Flote"]),
        ("q=", ["Flote", "TR-808", "Juno-106"]),
    ],
)
async def test_gear_is_found_by_parts_of_words_and_by_category(call, create, query, found):
    await create()
    await create(name="TR-808", category="drums", model="", serial_number="7")
    await create(name="Flote", category="", brand="Moeck", model="", serial_number="")

    page = (await call("GET", f"gear?{query}")).json()["data"]

    assert [gear["name"] for gear in page["gear"]] == found


async def test_a_list_costs_one_statement_however_long(services, call, create, repair):
    for _ in range(3):
        gear = await create()
        await repair(gear["id"])

    async with hearing(services, "gear") as statements:
        page = (await call("GET", "gear")).json()["data"]

    assert [gear["repairs_count"] for gear in page["gear"]] == [1, 1, 1]
    assert len(statements) == 1


async def test_a_member_has_room_for_so_many_items(services, call, create, ann, bob, count):
    sql = """
        insert into gear (id, owner_id, name, currency, search_text)
             select gen_random_uuid(), $1, 'A', 'EUR', 'a' from generate_series(1, $2)
    """
    async with services.database.transaction() as tx:
        await tx.run(sql, ann.id, MAX_GEAR - 1)

    answers = await asyncio.gather(*(call("POST", "gear", json=GEAR) for _ in range(3)))

    assert sorted(answer.status_code for answer in answers) == [201, 409, 409]
    assert {answer.json().get("code") for answer in answers} == {None, "too_much_gear"}
    assert await count("select count(*) from gear where owner_id = $1", ann.id) == MAX_GEAR
    await create(by=bob)


async def test_everything_is_summed_up_by_currency(call, create, repair, upload, bob):
    first = await create()
    await create(price_cents=None, warranty_until="2001-01-01")
    await create(price_cents=100, currency="CHF", warranty_until=None)
    await repair(first["id"], cost_cents=500)
    await repair(first["id"], cost_cents=20, currency="USD")
    await upload(first["id"], content=b"%PDF-1.7")
    await create(by=bob)

    summary = (await call("GET", "summary")).json()["data"]

    assert summary == {
        "gear_count": 3,
        "documents_count": 1,
        "documents_bytes": 8,
        "under_warranty_count": 1,
        "ending_soon_count": 0,
        "worth": [
            {"currency": "CHF", "price_cents": 100, "repair_cents": 0},
            {"currency": "EUR", "price_cents": 180_000, "repair_cents": 500},
            {"currency": "USD", "price_cents": 0, "repair_cents": 20},
        ],
    }


async def test_who_has_nothing_is_told_so(call):
    summary = (await call("GET", "summary")).json()["data"]
    assert (summary["gear_count"], summary["worth"]) == (0, [])
    page = (await call("GET", "gear")).json()["data"]
    assert page == {"gear": [], "next_cursor": None, "has_more": False}
