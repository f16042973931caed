"""Every SQL statement of the domain, one function each."""

from datetime import datetime, timedelta

from msgspec import structs

from veza.core.ids import UserId
from veza.core.money_mode import MoneyMode
from veza.domains.marketplace.sellers.models import (
    AccountNews,
    KnownAccount,
    PayoutAccountRow,
    SellerProfile,
)
from veza.infra.postgres.database import Conn, Tx


async def find_profile(conn: Conn, user_id: UserId) -> SellerProfile | None:
    sql = """
        select legal_name, address, country, vat_id, vat_rate, currency
          from sellers
         where user_id = $1
    """
    return await conn.maybe(SellerProfile, sql, user_id)


async def insert_seller(tx: Tx, user_id: UserId) -> bool:
    """Have a row of a member's own, locked; False where they are gone or suspended."""
    sql = """
        insert into sellers (user_id)
             select id from users where id = $1 and suspended_at is null for share
        on conflict (user_id) do update set updated_at = now()
    """
    return await tx.run(sql, user_id) == 1


async def update_profile(tx: Tx, user_id: UserId, profile: SellerProfile) -> None:
    """Write what a seller says of themselves, in the order of the fields."""
    sql = """
        update sellers
           set legal_name = $2, address = $3, country = $4, vat_id = $5, vat_rate = $6,
               currency = $7
         where user_id = $1
    """
    await tx.run(sql, user_id, *structs.astuple(profile))


async def find_payout_account(
    conn: Conn, user_id: UserId, mode: MoneyMode
) -> PayoutAccountRow | None:
    """The account of a seller for the money of a mode."""
    sql = """
        select user_id, provider, account_ref, status, reason, connected_at
          from payout_accounts
         where user_id = $1 and mode = $2
    """
    return await conn.maybe(PayoutAccountRow, sql, user_id, mode)


async def list_payout_accounts(conn: Conn, user_id: UserId) -> list[PayoutAccountRow]:
    """The accounts of a seller, one a mode at most."""
    sql = """
        select user_id, provider, account_ref, status, reason, connected_at
          from payout_accounts
         where user_id = $1
         order by mode
    """
    return await conn.all(PayoutAccountRow, sql, user_id)


async def delete_account_elsewhere(tx: Tx, user_id: UserId, provider: str) -> None:
    """Forget an account with another provider of the same mode than the one that pays now."""
    sql = """
        delete from payout_accounts
         where user_id = $1 and provider <> $2 and mode = money_mode($2)
    """
    await tx.run(sql, user_id, provider)


async def insert_account(
    tx: Tx, user_id: UserId, provider: str, *, account_ref: str, ask_at: datetime
) -> str | None:
    """Keep a seller's account, or find the one that they have; None where the member is gone."""
    sql = """
        insert into payout_accounts (user_id, provider, account_ref, ask_at)
             select id, $2, $3, $4 from users where id = $1 and suspended_at is null for share
        on conflict (user_id, mode) do update
                set onboarded_at = now(), ask_at = excluded.ask_at
          returning account_ref
    """
    return await tx.value(str, sql, user_id, provider, account_ref, ask_at)


async def find_account(conn: Conn, provider: str, account_ref: str) -> KnownAccount | None:
    sql = """
        select user_id, status, asked_count, onboarded_at
          from payout_accounts
         where provider = $1 and account_ref = $2
    """
    return await conn.maybe(KnownAccount, sql, provider, account_ref)


async def update_account(
    tx: Tx, known: KnownAccount, provider: str, *, news: AccountNews, ask_at: datetime
) -> bool:
    """Write what was learnt of an account; False where more was learnt meanwhile."""
    sql = """
        update payout_accounts
           set status = $4, reason = $5, ask_at = $6, asked_count = asked_count + 1,
               connected_at = case when $4 = 'connected' then coalesce(connected_at, now())
                                   else connected_at end
         where user_id = $1 and provider = $2 and asked_count = $3
    """
    values = (known.user_id, provider, known.asked_count, news.status, news.reason, ask_at)
    return await tx.run(sql, *values) == 1


async def take_due_accounts(
    tx: Tx, provider: str, *, limit: int, again_after: timedelta
) -> list[str]:
    """Take the accounts of which it is time to ask, and put them off until the next time."""
    sql = f"""
        with due as (
            select user_id, mode
              from payout_accounts
             where provider = $1 and ask_at <= now()
             order by ask_at
             limit {limit:d}
               for update skip locked
        )
           update payout_accounts a
              set ask_at = now() + $2::interval
             from due
            where a.user_id = due.user_id and a.mode = due.mode
        returning a.account_ref
    """
    return await tx.column(str, sql, provider, again_after)


async def delete_seller(tx: Tx, user_id: UserId) -> None:
    await tx.run("delete from sellers where user_id = $1", user_id)


async def delete_account(tx: Tx, user_id: UserId) -> None:
    await tx.run("delete from payout_accounts where user_id = $1", user_id)
