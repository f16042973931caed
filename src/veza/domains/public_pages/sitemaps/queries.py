"""Lists what is public, of members who are not suspended, in the order of ids."""

from collections.abc import Sequence
from uuid import UUID

from veza.core.text_mining import MinedKind
from veza.core.visibility import active, public, published_track, wanted_show, wanted_track
from veza.domains.public_pages.sitemaps.models import SitemapEntry, SitemapSection
from veza.infra.postgres.database import Conn
from veza.infra.postgres.where import Where

# The things of each section as `s`, with the columns of an entry.
_PUBLIC = {
    SitemapSection.ARTISTS: (
        "artist_search",
        f"exists (select from tracks t where t.owner_id = s.id and {published_track('t')})",
        "u.username",
        "s.id",
        "u.created_at",
    ),
    SitemapSection.TRACKS: (
        "tracks",
        f"{published_track('s')} and {wanted_track('s', None)}",
        "s.id::text",
        "s.owner_id",
        "s.updated_at",
    ),
    SitemapSection.RELEASES: (
        "releases",
        public("s"),
        "s.id::text",
        "s.owner_id",
        "s.updated_at",
    ),
    SitemapSection.PLAYLISTS: (
        "playlists",
        public("s"),
        "s.id::text",
        "s.owner_id",
        "s.updated_at",
    ),
    SitemapSection.SHOWS: (
        "shows",
        f"{public('s')} and {wanted_show('s', None)}",
        "s.id::text",
        "s.owner_id",
        "s.updated_at",
    ),
    SitemapSection.PRODUCTS: (
        "products",
        "s.status = 'published'",
        "s.id::text",
        "s.seller_id",
        "s.updated_at",
    ),
    SitemapSection.POSTS: (
        "posts",
        "not s.is_taken_down",
        "s.id::text",
        "s.author_id",
        "s.created_at",
    ),
}


# The items `i` of a kind, and the profile `p` that owns them.
_OWNED = {
    MinedKind.TRACK: "tracks i join profiles p on p.id = i.owner_id",
    MinedKind.RELEASE: "releases i join profiles p on p.id = i.owner_id",
    MinedKind.PLAYLIST: "playlists i join profiles p on p.id = i.owner_id",
    MinedKind.PRODUCT: "products i join profiles p on p.id = i.seller_id",
    MinedKind.BUNDLE: "bundles i join profiles p on p.id = i.seller_id",
    MinedKind.POST: "posts i join profiles p on p.id = i.author_id",
    MinedKind.SHOW: "shows i join profiles p on p.id = i.owner_id",
    MinedKind.STATION: "stations i join profiles p on p.id = i.owner_id",
    MinedKind.STREAM: "streams i join profiles p on p.id = i.owner_id",
    MinedKind.CLIP: """
        stream_clips i
        left join streams s on s.id = i.stream_id
        join profiles p on p.id in (i.maker_id, s.owner_id)
    """,
    MinedKind.PROFILE: "profiles i join profiles p on p.id = i.id",
}


async def find_reserved(conn: Conn, kind: MinedKind, keys: Sequence[str]) -> list[str]:
    """Return the ids, or the handles in small letters, of what reserving profiles own."""
    if kind is MinedKind.HANDLE:
        sql = "select handle_key from profiles where handle_key = any($1) and tdm_reserved"
    else:
        sql = f"select i.id::text from {_OWNED[kind]} where i.id = any($1) and p.tdm_reserved"
    return await conn.column(str, sql, keys)


# The maximum number of profiles in tdmrep.json. The pages of the others have the header alone.
_MAX_RESERVING = 1000


async def list_reserving(conn: Conn) -> list[str]:
    """Return the handles of profiles that reserve mining, in their order, up to a bound."""
    sql = f"""
        select p.handle
          from profiles p
          join users u on u.id = p.id
         where p.tdm_reserved and {active("u")}
         order by p.handle_key
         limit {_MAX_RESERVING:d}
    """
    return await conn.column(str, sql)


async def find_first(conn: Conn, section: SitemapSection, after: UUID, skipped: int) -> UUID | None:
    """Return the id of the thing after an id and after as many others; None if there are fewer."""
    table, condition, *_ = _PUBLIC[section]
    sql = f"""
        select s.id from {table} s
         where s.id > $1 and {condition}
         order by s.id limit 1 offset {skipped:d}
    """
    return await conn.value(UUID, sql, after)


async def list_entries(
    conn: Conn, section: SitemapSection, first: UUID, before: UUID | None, limit: int
) -> list[SitemapEntry]:
    """Return things of members who are not suspended, from an id on, up to another."""
    table, condition, key, owner, changed_at = _PUBLIC[section]
    where = Where()
    where.add("s.id >= {}", first)
    if before is not None:
        where.add("s.id < {}", before)
    where.add(f"{condition} and {active('u')}")
    sql = f"""
        select {key} as key, {changed_at} as changed_at
          from {table} s
          join users u on u.id = {owner}
        {where.sql}
         order by s.id limit {limit:d}
    """
    return await conn.all(SitemapEntry, sql, *where.values)
