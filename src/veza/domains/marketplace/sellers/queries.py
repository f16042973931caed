"""An account's check is leased, and stored only if no other process checked it meanwhile."""

from collections.abc import Collection
from datetime import datetime, timedelta

from veza.core.ids import UserId
from veza.core.visibility import active
from veza.domains.marketplace.sellers.models import (
    PayoutAccountState,
    PayoutAccountUpdate,
    SellerTerms,
    StoredPayoutAccount,
    StoredSellerProfile,
)
from veza.domains.marketplace.sellers.shared_queries import ACCOUNT
from veza.infra.postgres.database import Conn, Tx
from veza.infra.postgres.parameters import bind


async def find_profile(conn: Conn, user_id: UserId) -> StoredSellerProfile | None:
    sql = """
        select legal_name, address, country, vat_id, vat_rate, vat_by_destination, currency
          from sellers
         where user_id = $1
    """
    return await conn.maybe(StoredSellerProfile, sql, user_id)


async def list_terms(conn: Conn, user_ids: Collection[UserId]) -> list[SellerTerms]:
    sql = """
        select user_id, legal_name, address, country, vat_id, vat_rate, vat_by_destination, currency
          from sellers
         where user_id = any($1)
    """
    return await conn.all(SellerTerms, sql, list(user_ids))


async def lock_seller(tx: Tx, user_id: UserId) -> bool:
    """Lock a member's row, inserted if missing; return False if they are deleted or suspended."""
    sql = f"""
        insert into sellers (user_id)
             select id from users where id = $1 and {active()} for share
        on conflict (user_id) do update set updated_at = now()
    """
    return await tx.run(sql, user_id) == 1


async def update_profile(tx: Tx, user_id: UserId, profile: StoredSellerProfile) -> None:
    sql = """
        update sellers
           set legal_name = :legal_name, address = :address, country = :country, vat_id = :vat_id,
               vat_rate = :vat_rate, vat_by_destination = :vat_by_destination, currency = :currency
         where user_id = :user_id
    """
    await tx.run(*bind(sql, profile, user_id=user_id))


async def list_payout_accounts(conn: Conn, user_id: UserId) -> list[StoredPayoutAccount]:
    """List a seller's accounts: at most one for each mode."""
    sql = f"select {ACCOUNT} from payout_accounts where user_id = $1 order by mode"
    return await conn.all(StoredPayoutAccount, sql, user_id)


async def delete_replaced_account(tx: Tx, user_id: UserId, provider: str) -> None:
    """Delete a seller's account with another provider of the same mode."""
    sql = """
        delete from payout_accounts
         where user_id = $1 and provider <> $2 and mode = money_mode($2)
    """
    await tx.run(sql, user_id, provider)


async def insert_account(
    tx: Tx, user_id: UserId, provider: str, *, account_ref: str, next_check_at: datetime
) -> str | None:
    """Insert a seller's account, or restart the onboarding of the existing one; return its ref.

    None if the member is deleted or suspended. Locks the member: of two concurrent inserts one
    could violate the other unique constraint, that of the account.
    """
    sql = f"""
        insert into payout_accounts (user_id, provider, account_ref, next_check_at)
             select id, $2, $3, $4
               from users
              where id = $1 and {active()}
                for no key update
        on conflict (user_id, mode) do update
                set onboarding_started_at = now(), next_check_at = excluded.next_check_at
          returning account_ref
    """
    return await tx.value(str, sql, user_id, provider, account_ref, next_check_at)


async def find_account(conn: Conn, provider: str, account_ref: str) -> PayoutAccountState | None:
    sql = """
        select user_id, status, check_count, onboarding_started_at
          from payout_accounts
         where provider = $1 and account_ref = $2
    """
    return await conn.maybe(PayoutAccountState, sql, provider, account_ref)


async def update_account(
    tx: Tx,
    known: PayoutAccountState,
    provider: str,
    *,
    update: PayoutAccountUpdate,
    next_check_at: datetime,
) -> bool:
    """Update an account; return False if it was checked by another process meanwhile."""
    sql = """
        update payout_accounts
           set status = :status, reason = :reason, next_check_at = :next_check_at,
               check_count = check_count + 1,
               connected_at = case when :status = 'connected' then coalesce(connected_at, now())
                                   else connected_at end
         where user_id = :user_id and provider = :provider and check_count = :check_count
    """
    statement = bind(sql, update, known, provider=provider, next_check_at=next_check_at)
    return await tx.run(*statement) == 1


async def lease_due_accounts(tx: Tx, provider: str, *, limit: int, lease: timedelta) -> list[str]:
    """Return accounts whose check is due, and postpone their next check by the lease."""
    sql = f"""
        with due as (
            select user_id, mode
              from payout_accounts
             where provider = $1 and next_check_at <= now()
             order by next_check_at
             limit {limit:d}
               for update skip locked
        )
           update payout_accounts a
              set next_check_at = now() + $2::interval
             from due
            where a.user_id = due.user_id and a.mode = due.mode
        returning a.account_ref
    """
    return await tx.column(str, sql, provider, lease)


async def delete_seller(tx: Tx, user_id: UserId) -> None:
    await tx.run("delete from sellers where user_id = $1", user_id)


async def delete_accounts(tx: Tx, user_id: UserId) -> None:
    await tx.run("delete from payout_accounts where user_id = $1", user_id)


async def update_seller(tx: Tx, user_id: UserId, into_id: UserId) -> None:
    """Give the legal identity of a page to another profile that has none."""
    sql = """
        update sellers
           set user_id = $2
         where user_id = $1 and not exists (select from sellers where user_id = $2)
    """
    await tx.run(sql, user_id, into_id)
