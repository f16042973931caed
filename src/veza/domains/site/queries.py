"""The profile is one row, locked by a change; texts of pages are read apart."""

from veza.core.ids import UserId
from veza.domains.site.models import SitePage, StoredSite, StoredSiteTexts
from veza.infra.postgres.database import Conn, Tx
from veza.infra.postgres.parameters import bind

_ALL = """
    name, description, accent, logo_id, terms, imprint, privacy, copyright, explicit, ai, changed_at
"""


async def get_profile(conn: Conn) -> StoredSite:
    """Return the profile without the texts of its pages, but which there are."""
    sql = """
        select name, description, accent, logo_id,
               array_remove(array[case when terms is not null then 'terms' end,
                                  case when imprint is not null then 'imprint' end,
                                  case when privacy is not null then 'privacy' end,
                                  case when copyright is not null then 'copyright' end],
                            null) as pages,
               explicit, ai
          from site_profile
    """
    return await conn.one(StoredSite, sql)


async def get_texts(conn: Conn) -> StoredSiteTexts:
    return await conn.one(StoredSiteTexts, f"select {_ALL} from site_profile")


async def find_page(conn: Conn, page: SitePage) -> str | None:
    sql = """
        select case $1 when 'terms' then terms
                       when 'imprint' then imprint
                       when 'privacy' then privacy
                       else copyright end
          from site_profile
    """
    return await conn.value(str, sql, page)


async def lock_profile(tx: Tx) -> StoredSiteTexts:
    """Return and lock the profile: a concurrent change waits."""
    return await tx.one(StoredSiteTexts, f"select {_ALL} from site_profile for update")


async def update_profile(tx: Tx, to: StoredSiteTexts) -> None:
    sql = """
        update site_profile
           set name = :name,
               description = :description,
               accent = :accent,
               logo_id = :logo_id,
               terms = :terms,
               imprint = :imprint,
               privacy = :privacy,
               copyright = :copyright,
               explicit = :explicit,
               ai = :ai,
               changed_at = :changed_at
    """
    await tx.run(*bind(sql, to))


async def has_logo_of(conn: Conn, user_id: UserId) -> bool:
    """Return whether a member has uploaded the logo."""
    sql = """
        select exists (select
                         from site_profile p
                         join images i on i.id = p.logo_id
                        where i.owner_id = $1)
    """
    return bool(await conn.value(bool, sql, user_id))


async def delete_logo_of(tx: Tx, user_id: UserId) -> bool:
    """Return False if the logo isn't an image of the member."""
    sql = """
        update site_profile
           set logo_id = null
         where logo_id in (select id from images where owner_id = $1)
    """
    return await tx.run(sql, user_id) == 1
