"""A reference is posted once; its posting adds to the stored balances of sellers."""

from collections.abc import Sequence

from veza.core.ids import SubjectId, UserId
from veza.domains.marketplace.ledger.models import (
    AdminLedgerAccount,
    InvariantViolation,
    LedgerAccount,
    LedgerQuery,
    LedgerVerification,
    NewPosting,
    PersonalLedgerEntry,
    PostingResult,
)
from veza.infra.postgres.database import Conn, Tx
from veza.infra.postgres.parameters import bind
from veza.infra.postgres.where import Where

_MAX_VIOLATIONS = 100


async def insert_subject(tx: Tx, subject_id: SubjectId, user_id: UserId) -> None:
    sql = "insert into ledger_subjects (id, user_id) values ($1, $2) on conflict do nothing"
    await tx.run(sql, subject_id, user_id)


async def find_subjects(conn: Conn, user_ids: Sequence[UserId]) -> dict[UserId, SubjectId]:
    """Return the subjects of those of the members who have one."""
    sql = """
        select coalesce(jsonb_object_agg(user_id, id), '{}')
          from ledger_subjects
         where user_id = any($1)
    """
    return await conn.value(dict[UserId, SubjectId], sql, user_ids) or {}


async def delete_subject(tx: Tx, user_id: UserId) -> None:
    await tx.run("delete from ledger_subjects where user_id = $1", user_id)


async def insert_accounts(tx: Tx, accounts: Sequence[LedgerAccount]) -> None:
    """Insert the accounts that do not exist yet; sellers' with a stored balance."""
    sql = """
        with made as (
            insert into ledger_accounts (kind, subject_id, provider, currency, mode)
                 select g.kind, g.subject_id, g.provider, g.currency, g.mode
                   from unnest($1::text[], $2::uuid[], $3::text[], $4::text[], $5::text[])
                        as g (kind, subject_id, provider, currency, mode)
                  order by g.kind, g.subject_id, g.provider, g.currency, g.mode
            on conflict (key) do nothing
              returning number, subject_id
        )
        insert into ledger_balances (account_number)
             select number from made where subject_id is not null
    """
    await tx.run(
        sql,
        [account.kind for account in accounts],
        [account.subject_id for account in accounts],
        [account.provider for account in accounts],
        [account.currency for account in accounts],
        [account.mode for account in accounts],
    )


async def insert_posting(
    tx: Tx, posting: NewPosting, *, keys: Sequence[str], amounts: Sequence[int]
) -> PostingResult:
    """Insert a posting with an entry for each account, and add to the stored balances of sellers.

    Nothing is inserted if an account does not exist, or the reference was posted already. Balances
    are locked by account number. The database rejects entries of another currency or mode.
    """
    sql = """
        with account as materialized (
            select a.number, g.amount_cents
              from unnest(:keys::text[], :amounts::bigint[]) as g (key, amount_cents)
              join ledger_accounts a on a.key = g.key
        ), complete as (
            select count(*) = cardinality(:keys::text[]) as has_accounts from account
        ), posting as (
            insert into ledger_postings (id, kind, reference_id, currency, mode)
                 select :id, :kind, :reference_id, :currency, :mode
                   from complete where has_accounts
            on conflict (kind, reference_id) do nothing
              returning id, currency, mode
        ), entry as (
            insert into ledger_entries (posting_id, account_number, currency, mode, amount_cents)
                 select p.id, a.number, p.currency, p.mode, a.amount_cents
                   from posting p, account a
        ), locked as (
            select b.account_number, a.amount_cents
              from posting p, account a
              join ledger_balances b on b.account_number = a.number
             order by b.account_number
               for update of b
        ), balance as (
            update ledger_balances b
               set balance_cents = b.balance_cents + l.amount_cents
              from locked l
             where b.account_number = l.account_number
        )
        select has_accounts, exists (select from posting) as is_posted from complete
    """
    return await tx.one(PostingResult, *bind(sql, posting, keys=keys, amounts=amounts))


async def lock_balance(tx: Tx, key: str) -> int | None:
    """Lock and return the balance of a seller's account; None if the account does not exist."""
    sql = """
        select b.balance_cents
          from ledger_balances b
          join ledger_accounts a on a.number = b.account_number
         where a.key = $1
           for update of b
    """
    return await tx.value(int, sql, key)


async def list_ledger(conn: Conn, query: LedgerQuery) -> list[AdminLedgerAccount]:
    """Return a page of accounts, newest first."""
    where = Where()
    where.add_filter("s.user_id = {}", query.user_id)
    sql = f"""
        select a.number, a.kind, a.currency, a.mode, s.user_id, a.provider,
               coalesce(b.balance_cents,
                        (select sum(e.amount_cents)
                           from ledger_entries e
                          where e.account_number = a.number), 0)::bigint as balance_cents
          from ledger_accounts a
          left join ledger_balances b on b.account_number = a.number
          left join ledger_subjects s on s.id = a.subject_id
        {where.sql}
         order by a.number desc
         limit {query.limit:d} offset {query.offset:d}
    """
    return await conn.all(AdminLedgerAccount, sql, *where.values)


async def count_accounts(conn: Conn, user_id: UserId | None) -> int:
    if user_id is None:
        return await conn.value(int, "select count(*) from ledger_accounts") or 0
    sql = """
        select count(*)
          from ledger_subjects s
          join ledger_accounts a on a.subject_id = s.id
         where s.user_id = $1
    """
    return await conn.value(int, sql, user_id) or 0


async def list_personal_entries(conn: Conn, user_id: UserId) -> list[PersonalLedgerEntry]:
    """Return the entries on a member's accounts, by posting."""
    sql = """
        select p.id as posting_id, p.kind, p.reference_id, a.kind as account, e.currency,
               e.mode, e.amount_cents, p.posted_at
          from ledger_subjects s
          join ledger_accounts a on a.subject_id = s.id
          join ledger_entries e on e.account_number = a.number
          join ledger_postings p on p.id = e.posting_id
         where s.user_id = $1
         order by e.posting_id
    """
    return await conn.every(PersonalLedgerEntry, sql, user_id)


async def list_violations(conn: Conn, rule: str, sql: str) -> list[InvariantViolation]:
    """Return up to 100 violations of a rule; those that are not under way first.

    The SQL of a rule selects its violations: columns "where" and `is_under_way`.
    """
    sql = f"""
        select $1::text as rule, b."where", b.is_under_way
          from ({sql}) as b
         order by b.is_under_way
         limit {_MAX_VIOLATIONS}
    """
    return await conn.all(InvariantViolation, sql, rule)


async def find_verification(conn: Conn) -> LedgerVerification | None:
    """Return the last verification."""
    sql = "select started_at, finished_at, is_right, violations from ledger_verification"
    return await conn.maybe(LedgerVerification, sql)


async def store_verification(tx: Tx, result: LedgerVerification) -> None:
    """Replace the last verification, unless that began later."""
    sql = """
        insert into ledger_verification as v (started_at, finished_at, is_right, violations)
             values (:started_at, :finished_at, :is_right, :violations)
        on conflict (is_only) do update
                set started_at = excluded.started_at,
                    finished_at = excluded.finished_at,
                    is_right = excluded.is_right,
                    violations = excluded.violations
              where v.started_at <= excluded.started_at
    """
    await tx.run(*bind(sql, result))
