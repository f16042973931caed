"""Every movement is written down once, sums up to zero, and stays as it was."""

import asyncio
from uuid import uuid4

import asyncpg
import pytest

from tests import make
from tests.infra.databases import execute, migrated
from veza.core.access import Role
from veza.core.money_mode import MoneyMode
from veza.domains.marketplace.ledger import personal_data, queries, rules, service
from veza.domains.marketplace.ledger import shared_queries as ledger_queries
from veza.domains.marketplace.ledger.errors import OpenBalance
from veza.domains.marketplace.ledger.models import (
    AccountKind,
    Balance,
    LedgerAccount,
    LedgerEntry,
    NewPosting,
    Posting,
    PostingKind,
)
from veza.infra.postgres.database import ConstraintViolation

FEES = LedgerAccount(AccountKind.FEES, "EUR", MoneyMode.TEST)
TAKEN = LedgerAccount(AccountKind.PAYMENTS, "EUR", MoneyMode.TEST, provider="sandbox")


def sale(*shares, fee=100, reference_id=None):
    """What a buyer paid: to sellers' subjects their shares, the fee to the platform."""
    earned = [
        LedgerEntry(LedgerAccount(AccountKind.EARNED, "EUR", MoneyMode.TEST, one), cents)
        for one, cents in shares
    ]
    total = sum(cents for _, cents in shares) + fee
    entries = [*earned, LedgerEntry(FEES, fee), LedgerEntry(TAKEN, -total)]
    return Posting(PostingKind.SALE, reference_id or uuid4(), entries)


async def settle(tx):
    """Have what is looked at when a transaction commits looked at now."""
    await tx.column(str, "set constraints all immediate")


async def test_a_sale_adds_to_the_balances_of_its_sellers(tx):
    (ann, _), (ben, _) = await make.member_in(tx), await make.member_in(tx)
    one, other = [await service.get_or_create_subject(tx, member.id) for member in (ann, ben)]

    assert await service.post(tx, sale((one, 900), (other, 450)))
    assert await service.post(tx, sale((one, 50)))
    await settle(tx)

    assert await ledger_queries.list_balances(tx, ann.id) == [
        Balance("EUR", MoneyMode.TEST, 950, 0)
    ]
    assert await ledger_queries.list_balances(tx, ben.id) == [
        Balance("EUR", MoneyMode.TEST, 450, 0)
    ]
    assert await service.lock_earned(tx, one, "EUR", mode=MoneyMode.TEST) == 950
    assert await service.lock_earned(tx, one, "EUR", mode=MoneyMode.LIVE) == 0
    assert await service.lock_earned(tx, one, "USD", mode=MoneyMode.TEST) == 0
    assert await service.find_violations(tx) == []


async def test_a_member_has_one_subject(tx):
    ann, _ = await make.member_in(tx)
    subject_id = await service.get_or_create_subject(tx, ann.id)

    assert await service.get_or_create_subject(tx, ann.id) == subject_id
    assert subject_id != ann.id


async def test_a_reference_is_posted_once(tx):
    ann, _ = await make.member_in(tx)
    subject_id = await service.get_or_create_subject(tx, ann.id)
    posting = sale((subject_id, 900))

    assert await service.post(tx, posting)
    assert not await service.post(tx, posting)

    assert await ledger_queries.list_balances(tx, ann.id) == [
        Balance("EUR", MoneyMode.TEST, 900, 0)
    ]


async def test_concurrent_postings_of_one_reference_count_once(services):
    people = [await make.person(services, Role.CREATOR) for _ in range(3)]
    async with services.database.transaction() as tx:
        subjects = [await service.get_or_create_subject(tx, person.id) for person in people]
    orders = [uuid4() for _ in range(10)]

    async def post(order, seed):
        shares = [(subjects[(seed + n) % 3], 100 * (n + 1)) for n in range(3)]
        async with services.database.transaction() as tx:
            return await service.post(tx, sale(*shares, reference_id=order))

    posted = await asyncio.gather(*(post(order, n) for n in range(4) for order in orders))

    assert sum(posted) == len(orders)
    async with services.database.read() as conn:
        balances = [await ledger_queries.list_balances(conn, person.id) for person in people]
        assert await service.find_violations(conn) == []
    assert sum(balance.earned_cents for [balance] in balances) == 600 * len(orders)


@pytest.mark.parametrize("amounts", [[100, -99], [], [1, 1, -1]])
async def test_the_database_rejects_unbalanced_postings(tx, amounts):
    ann, _ = await make.member_in(tx)
    subject_id = await service.get_or_create_subject(tx, ann.id)
    await service.post(tx, sale((subject_id, 900)))
    await settle(tx)
    keys = [rules.account_key(FEES), rules.account_key(TAKEN), f"earned:{subject_id}:EUR:test"]
    row = NewPosting(uuid4(), PostingKind.SALE, uuid4(), "EUR", MoneyMode.TEST)
    await tx.column(str, "set constraints all deferred")

    async def post():
        async with tx.savepoint():
            await queries.insert_posting(tx, row, keys=keys[: len(amounts)], amounts=amounts)
            await settle(tx)

    with pytest.raises(ConstraintViolation) as refused:
        await post()

    assert refused.value.constraint == "ledger_postings_sum_to_zero"


async def test_a_posting_has_one_currency(tx):
    ann, _ = await make.member_in(tx)
    subject_id = await service.get_or_create_subject(tx, ann.id)
    await service.post(tx, sale((subject_id, 900)))
    row = NewPosting(uuid4(), PostingKind.SALE, uuid4(), "USD", MoneyMode.TEST)

    async def post():
        async with tx.savepoint():
            await queries.insert_posting(tx, row, keys=[rules.account_key(FEES)], amounts=[5])

    with pytest.raises(ConstraintViolation):
        await post()


async def test_erasure_removes_the_subject_and_keeps_entries(tx):
    ann, _ = await make.member_in(tx)
    subject_id = await service.get_or_create_subject(tx, ann.id)
    await service.post(tx, sale((subject_id, 900)))
    await service.post(tx, sale((subject_id, -900), fee=-100))
    await settle(tx)
    handed_out = await personal_data.export(tx, ann.id)
    moved = [(entry.account, entry.amount_cents) for entry in handed_out]
    assert moved == [("earned", 900), ("earned", -900)]

    await personal_data.erase(tx, ann.id)

    assert await personal_data.export(tx, ann.id) == []
    assert await ledger_queries.list_balances(tx, ann.id) == []
    sql = "select count(*) from ledger_accounts where subject_id = $1"
    assert await tx.value(int, sql, subject_id) == 1
    assert await service.find_violations(tx) == []


@pytest.mark.parametrize("cents", [900, -900])
async def test_a_member_with_an_open_balance_is_not_erased(tx, cents):
    ann, _ = await make.member_in(tx)
    subject_id = await service.get_or_create_subject(tx, ann.id)
    await service.post(tx, sale((subject_id, cents)))
    await settle(tx)

    with pytest.raises(OpenBalance):
        await personal_data.ensure_no_open_balance(tx, ann.id, set(MoneyMode))


KEPT = {
    "ledger_accounts": "currency = 'USD'",
    "ledger_entries": "amount_cents = 1",
    "ledger_postings": "kind = 'other'",
}


@pytest.fixture(scope="module")
async def books(services):
    """A database of its own in which something is posted."""
    async with migrated(services) as urls:
        await execute(
            urls.app_url,
            """
            with account as (
                insert into ledger_accounts (kind, provider, currency)
                     values ('payments', 'a', 'EUR'), ('payouts', 'a', 'EUR')
                  returning number
            ), posting as (
                insert into ledger_postings (id, kind, reference_id, currency)
                     values (gen_random_uuid(), 'sale', gen_random_uuid(), 'EUR')
                  returning id
            )
            insert into ledger_entries (posting_id, account_number, currency, amount_cents)
                 select p.id, a.number, 'EUR', case row_number() over () when 1 then 5 else -5 end
                   from posting p, account a
            """,
        )
        yield urls


@pytest.mark.long
@pytest.mark.parametrize("table", KEPT)
@pytest.mark.parametrize("change", ["update {} set {}", "delete from {}", "truncate {} cascade"])
async def test_the_database_rejects_changes_of_postings(books, table, change):
    sql = change.format(table, KEPT[table])

    with pytest.raises(asyncpg.InsufficientPrivilegeError, match="permission denied"):
        await execute(books.app_url, sql)
    with pytest.raises(asyncpg.InsufficientPrivilegeError, match="never changed or deleted"):
        await execute(books.owner_url, sql)


async def test_the_database_rejects_entries_for_old_postings(books):
    sql = """
        insert into ledger_entries (posting_id, account_number, currency, amount_cents)
             select e.posting_id, a.number, 'EUR', 7
               from ledger_entries e, ledger_accounts a
              where a.kind = 'fees'
              limit 1
    """
    await execute(
        books.owner_url, "insert into ledger_accounts (kind, currency) values ('fees', 'EUR')"
    )
    with pytest.raises(asyncpg.InsufficientPrivilegeError, match="never added to"):
        await execute(books.app_url, sql)


async def test_admins_list_the_ledger(client, services):
    admin, seller = await make.person(services, Role.ADMIN), await make.person(services)
    async with services.database.transaction() as tx:
        subject_id = await service.get_or_create_subject(tx, seller.id)
        await service.post(tx, sale((subject_id, 900)))

    path = f"admin/ledger?user_id={seller.id}"
    shown = (await client.get(path, headers=admin.headers)).json()["data"]

    [account] = shown["accounts"]
    assert (account["kind"], account["balance_cents"], shown["total"]) == ("earned", 900, 1)
    totals = [one["balance_cents"] for one in shown["totals"] if one["currency"] == "EUR"]
    assert len(totals) >= 3
    assert sum(totals) == 0
    page = (await client.get("admin/ledger?limit=2", headers=admin.headers)).json()["data"]
    assert (len(page["accounts"]), page["total"] >= 3) == (2, True)
    assert (await client.get("admin/ledger", headers=seller.headers)).status_code == 403
    far = await client.get("admin/ledger?offset=10000", headers=admin.headers)
    assert far.json()["code"] == "page_too_far"
