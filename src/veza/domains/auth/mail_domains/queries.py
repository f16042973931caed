"""Finds the rule of the longest listed domain that an address belongs to."""

from collections.abc import Sequence

from veza.domains.auth.mail_domains.models import DomainRule, DomainVerdict, MailDomain
from veza.infra.postgres.database import Conn, Tx
from veza.infra.postgres.where import Where


async def find_verdict(conn: Conn, suffixes: Sequence[str]) -> DomainVerdict:
    """Return the rule of the longest listed domain, and whether any is allowed."""
    sql = """
        select (select rule
                  from mail_domains
                 where domain = any($1::text[])
                 order by length(domain) desc
                 limit 1) as rule,
               exists (select from mail_domains where rule = 'allow') as has_allowed
    """
    return await conn.one(DomainVerdict, sql, list(suffixes))


async def upsert_domains(tx: Tx, rule: DomainRule, domains: Sequence[str]) -> None:
    sql = """
        insert into mail_domains (domain, rule)
             select unnest($1::text[]), $2
                 on conflict (domain) do update set rule = excluded.rule
    """
    await tx.run(sql, list(domains), rule)


async def count_domains(conn: Conn, rule: DomainRule | None = None) -> int:
    where = _with_rule(rule)
    sql = f"select count(*) from mail_domains {where.sql}"
    return await conn.value(int, sql, *where.values) or 0


async def list_domains(
    conn: Conn, rule: DomainRule | None, *, limit: int, offset: int
) -> list[MailDomain]:
    """Return domains by name."""
    where = _with_rule(rule)
    sql = f"""
        select domain, rule, created_at
          from mail_domains
        {where.sql}
         order by domain
         limit {limit:d} offset {offset:d}
    """
    return await conn.all(MailDomain, sql, *where.values)


async def delete_domain(tx: Tx, domain: str) -> bool:
    return await tx.run("delete from mail_domains where domain = $1", domain) == 1


def _with_rule(rule: DomainRule | None) -> Where:
    where = Where()
    if rule is not None:
        where.add("rule = {}", rule)
    return where
