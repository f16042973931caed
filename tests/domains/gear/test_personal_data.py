"""What is kept of gear: handed out whole, erased with its files, and found by an index."""

import msgspec
import pytest

from tests import make
from tests.plans import Catcher, explain
from veza.core.clock import now
from veza.core.ids import new_id
from veza.domains.gear import personal_data, queries
from veza.domains.gear.models import GearQuery
from veza.infra.postgres.database import ConstraintViolation

_MANY = """
    insert into gear (id, owner_id, name, currency, search_text, created_at, warranty_until)
         select gen_random_uuid(), $1, 'Item ' || n, 'EUR', 'item ' || n,
                now() - n * interval '1 minute', current_date + n
           from generate_series(1, $2::integer) n
"""


async def test_one_is_handed_out_all_that_one_owns_each_once(services, tx):
    member, _ = await make.member_in(tx)
    other, _ = await make.member_in(tx)
    await tx.run(_MANY, member.id, 250)
    gear_id = await make.gear_in(tx, member, "Mine")
    await make.repair_in(tx, member, gear_id, "Mended")
    await make.gear_in(tx, other, "Theirs")

    handed_out = await personal_data.export(tx, member.id)

    assert len({one.gear.id for one in handed_out}) == len(handed_out) == 251
    text = msgspec.json.encode(handed_out).decode()
    assert text.count("Mended") == 1
    assert "Theirs" not in text


async def test_of_the_erased_no_file_is_left(services, ann, bob, create, upload, stored, work):
    mine, theirs = await create(), await create(by=bob)
    gone = (await upload(mine["id"])).json()["data"]["id"]
    kept = (await upload(theirs["id"], by=bob)).json()["data"]["id"]

    async with services.database.transaction() as tx:
        await personal_data.erase(tx, ann.id)
    await work()

    assert {gone, kept} & stored() == {kept}


async def test_what_there_is_is_counted_for_admins(services, ann, create):
    async def figures():
        async with services.database.read() as conn:
            return await queries.count_gear(conn)

    before = await figures()
    gear = await create()
    await make.gear_document(services, ann, gear["id"], b"%PDF-1.7")
    after = await figures()
    assert (after["total"] - before["total"], after["files_bytes"] - before["files_bytes"]) == (
        1,
        8,
    )


@pytest.mark.long
@pytest.mark.parametrize("what", ["list", "warranties"])
async def test_nothing_reads_the_gear_of_all_members(owner_tx, what):
    members = [(await make.member_in(owner_tx))[0] for _ in range(20)]
    for member in members:
        await owner_tx.run(_MANY, member.id, 1_000)
    await owner_tx.run("update gear set warned_for = warranty_until where random() < 0.99")
    await owner_tx.value(str, "analyze gear, gear_documents")
    catcher = Catcher()
    if what == "list":
        await queries.list_gear(catcher, members[0].id, GearQuery())
    else:
        today = now().date()
        await queries.update_warned(catcher, today, today)

    plan = await explain(owner_tx, catcher.sql, *catcher.args)

    assert "gear" not in plan.read_whole(), plan
    assert plan.indexes & {"gear_owner_id", "gear_warranty_until"}, plan


async def test_the_database_itself_keeps_documents_with_their_own_item(owner_tx):
    member, _ = await make.member_in(owner_tx)
    one, other = [await make.gear_in(owner_tx, member) for _ in range(2)]
    repair_id = await make.repair_in(owner_tx, member, one)
    sql = """
        insert into gear_documents (id, gear_id, repair_id, type, name, content_type, size_bytes,
                                    sha256)
             values ($1, $2, $3, 'other', 'a', 'a/b', 1, repeat('0', 64))
    """
    await owner_tx.run(sql, new_id(), one, repair_id)
    with pytest.raises(ConstraintViolation, match="gear_documents_gear_id_repair_id_fkey"):
        await owner_tx.run(sql, new_id(), other, repair_id)
