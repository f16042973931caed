"""Books in which sandbox and real money were mixed are separated, and no amount changes."""

from uuid import UUID, uuid4

import asyncpg
import pytest

from tests.infra.databases import scratch
from veza.app.verification import ledger as verify_ledger
from veza.core.money_mode import mode_of
from veza.infra.postgres import database as db
from veza.infra.postgres.migrate import read_migrations

_SEPARATE = "0037_separate_money_modes"
SELLER = uuid4()
# What each posting moves: "kind:owner" of the account, and cents.
_SANDBOX_SALE = {"payments:sandbox": -1000, f"earned:{SELLER}": 900, "fees:": 100}
_REAL_SALE = {"payments:hyperswitch": -500, f"earned:{SELLER}": 450, "fees:": 50}
_SANDBOX_BY_STRIPE = {
    f"earned:{SELLER}": -900,
    f"paid:{SELLER}": 900,
    "payments:sandbox": 900,
    "payouts:stripe": -900,
}


class _Old:
    """Writes what the version before wrote."""

    def __init__(self, connection: asyncpg.Connection) -> None:
        self._connection = connection

    async def order(self, provider: str, cents: int) -> UUID:
        sql = """
            insert into orders (id, buyer_subject, status, total_cents, currency, provider,
                                expires_at, paid_at)
                 values ($1, gen_random_uuid(), 'paid', $2, 'EUR', $3, now(), now())
        """
        order_id = uuid4()
        await self._connection.execute(sql, order_id, cents, provider)
        return order_id

    async def transfer(self, order_id: UUID, provider: str | None, ref: str | None) -> UUID:
        sql = """
            insert into transfers (id, order_id, seller_subject, payment_provider, provider,
                                   account_ref, due_cents, amount_cents, platform_fee_cents,
                                   currency, status, provider_ref)
                 select $1::uuid, o.id, $3::uuid, o.provider, $4::text,
                        case when $4::text is not null then 'acct_1' end, 900,
                        case when $5::text is not null then 900 end, 100, 'EUR',
                        case when $5::text is null then 'pending' else 'completed' end, $5::text
                   from orders o
                  where o.id = $2
        """
        transfer_id = uuid4()
        await self._connection.execute(sql, transfer_id, order_id, SELLER, provider, ref)
        return transfer_id

    async def refund(self, order_id: UUID) -> None:
        sql = """
            insert into refunds (id, order_id, amount_cents, currency, reason)
                 values (gen_random_uuid(), $1, 1, 'EUR', 'Broken')
        """
        await self._connection.execute(sql, order_id)

    async def post(self, kind: str, reference_id: UUID, moved: dict[str, int]) -> None:
        sql = "insert into ledger_postings values ($1, $2, $3, 'EUR')"
        posting_id = uuid4()
        async with self._connection.transaction():
            await self._connection.execute(sql, posting_id, kind, reference_id)
            for account, cents in moved.items():
                number = await self._open(*account.split(":"))
                sql = "insert into ledger_entries values ($1, $2, 'EUR', $3)"
                await self._connection.execute(sql, posting_id, number, cents)
                sql = """
                    update ledger_balances
                       set balance_cents = balance_cents + $2
                     where account_number = $1
                """
                await self._connection.execute(sql, number, cents)

    async def _open(self, kind: str, owner: str) -> int:
        is_sellers = kind in {"earned", "paid"}
        sql = """
            insert into ledger_accounts (kind, subject_id, provider, currency)
                 values ($1, $2, $3, 'EUR')
            on conflict (key) do nothing
        """
        subject_id = UUID(owner) if is_sellers else None
        provider = owner if owner and not is_sellers else None
        await self._connection.execute(sql, kind, subject_id, provider)
        sql = "select number from ledger_accounts where key = $1"
        number = await self._connection.fetchval(sql, f"{kind}:{owner}:EUR")
        if is_sellers:
            sql = "insert into ledger_balances values ($1, 0) on conflict do nothing"
            await self._connection.execute(sql, number)
        return number


@pytest.fixture(scope="module")
async def migrated(services):
    """A connection to a database that lived before the modes were separated; its transfers."""
    async with scratch(services) as urls:
        connection = await asyncpg.connect(urls.owner_url)
        steps = read_migrations()
        for _, sql in [step for step in steps if step[0] < _SEPARATE]:
            await connection.execute(sql)
        old = _Old(connection)
        in_sandbox, real = await old.order("sandbox", 1000), await old.order("hyperswitch", 500)
        crossed = await old.transfer(in_sandbox, "stripe", "tr_1")
        refused = await old.transfer(await old.order("sandbox", 1000), "stripe", None)
        await old.refund(in_sandbox)
        await old.refund(real)
        await old.post("sale", in_sandbox, _SANDBOX_SALE)
        await old.post("sale", real, _REAL_SALE)
        await old.post("transfer", crossed, _SANDBOX_BY_STRIPE)
        for _, sql in [step for step in steps if step[0] >= _SEPARATE]:
            await connection.execute(sql)
        async with db.connect(urls.owner_url, max_size=1) as database:
            yield connection, database, crossed, refused
        await connection.close()


async def test_each_mode_has_accounts_of_its_own_and_all_amounts_are_kept(migrated):
    connection, *_ = migrated
    sql = """
        select a.key, sum(e.amount_cents)::bigint, b.balance_cents, count(distinct e.mode)
          from ledger_accounts a
          join ledger_entries e on e.account_number = a.number and e.mode = a.mode
          left join ledger_balances b on b.account_number = a.number
         group by a.number, b.account_number
    """
    found = {row[0]: tuple(row)[1:] for row in await connection.fetch(sql)}

    assert found == {
        f"earned:{SELLER}:EUR": (450, 450, 1),
        f"earned:{SELLER}:EUR:test": (0, 0, 1),
        f"paid:{SELLER}:EUR:test": (900, 900, 1),
        "fees::EUR": (50, None, 1),
        "fees::EUR:test": (100, None, 1),
        "payments:hyperswitch:EUR": (-500, None, 1),
        "payments:sandbox:EUR:test": (-100, None, 1),
        "payouts:stripe:EUR:test": (-900, None, 1),
    }
    assert await connection.fetchval("select count(*) from ledger_accounts") == len(found)


async def test_payouts_across_modes_violate_an_invariant(migrated):
    _, database, crossed, _ = migrated
    async with database.snapshot() as conn:
        found = {(one.rule, one.where) for one in await verify_ledger.find_violations(conn)}

    rule = "a transfer is of the mode of its order, and is paid by a provider of that mode"
    assert (rule, f"transfer {crossed}") in found
    rule = "a provider moves money of its own mode only"
    assert (rule, "account payouts:stripe:EUR:test") in found


async def test_transfers_refused_by_the_other_provider_restart_in_their_own_mode(migrated):
    connection, _, crossed, refused = migrated
    sql = "select provider, mode, crossed_at is not null from transfers where id = $1"

    assert tuple(await connection.fetchrow(sql, refused)) == (None, "test", False)
    assert tuple(await connection.fetchrow(sql, crossed)) == ("stripe", "test", True)


async def test_refunds_are_of_the_mode_of_their_orders(migrated):
    connection, *_ = migrated
    sql = "select r.mode, o.provider from refunds r join orders o on o.id = r.order_id"

    found = {tuple(row) for row in await connection.fetch(sql)}

    assert found == {("test", "sandbox"), ("live", "hyperswitch")}


async def test_postings_cannot_be_changed_after_the_migration(migrated):
    connection, *_ = migrated
    for table in ("ledger_accounts", "ledger_postings", "ledger_entries"):
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await connection.execute(f"update {table} set mode = 'live'")


@pytest.mark.parametrize("provider", ["sandbox", "stripe", "hyperswitch", "another", "Sandbox"])
async def test_the_database_and_the_program_agree_on_the_mode_of_a_provider(migrated, provider):
    connection, *_ = migrated

    assert await connection.fetchval("select money_mode($1)", provider) == mode_of(provider)
