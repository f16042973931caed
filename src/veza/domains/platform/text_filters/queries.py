"""A pattern has one filter; filters are stored only below a bound."""

from veza.core.ids import TextFilterId, new_id
from veza.domains.platform.text_filters.models import (
    PublishedText,
    TextFilter,
    TextFilterForm,
    TextPattern,
)
from veza.infra.postgres.database import Conn, Tx
from veza.infra.postgres.parameters import bind

_FILTER = "id, kind, text, effect, created_at"


async def upsert_filter(
    tx: Tx, form: TextFilterForm, pattern: str, *, most: int
) -> TextFilter | None:
    """Create a filter, or change the one with the same pattern; None if there are `most`."""
    sql = f"""
        insert into text_filters as f (id, kind, pattern, text, effect)
             select :id, :kind, :pattern, :text, :effect
              where exists (select from text_filters where kind = :kind and pattern = :pattern)
                 or (select count(*) from text_filters) < :most
                 on conflict (kind, pattern) do update
                set text = excluded.text, effect = excluded.effect
          returning {_FILTER}
    """
    return await tx.maybe(TextFilter, *bind(sql, form, id=new_id(), pattern=pattern, most=most))


async def delete_filter(tx: Tx, filter_id: TextFilterId) -> bool:
    return await tx.run("delete from text_filters where id = $1", filter_id) == 1


async def list_filters(conn: Conn) -> list[TextFilter]:
    """Return all filters. `upsert_filter` limits them."""
    sql = f"select {_FILTER} from text_filters order by kind desc, pattern limit 1000"
    return await conn.all(TextFilter, sql)


async def list_patterns(conn: Conn) -> list[TextPattern]:
    """Return what all filters look for."""
    return await conn.all(TextPattern, "select kind, pattern, effect from text_filters limit 1000")


async def list_latest_texts(conn: Conn, *, limit: int) -> list[PublishedText]:
    """Return the latest posts and comments together, newest first."""
    sql = f"""
        select t.content_type, t.content_id, t.author_id, u.username, t.content, t.created_at
          from (
                (select 'post' as content_type, id as content_id, author_id, content, created_at
                   from posts
                  order by id desc
                  limit {limit:d})
                union all
                (select 'post_comment', id, author_id, content, created_at
                   from post_comments
                  order by id desc
                  limit {limit:d})
                union all
                (select 'comment', id, author_id, content, created_at
                   from track_comments
                  order by id desc
                  limit {limit:d})
               ) t
          join users u on u.id = t.author_id
         order by t.content_id desc
         limit {limit:d}
    """
    return await conn.all(PublishedText, sql)
