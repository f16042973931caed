"""The read of notifications that is answered in front of the framework.

See `http.frequent_reads`.
"""

from collections.abc import Mapping

from msgspec import Struct

from veza.core.access import Member
from veza.core.pages import BadCursor, Cursor
from veza.core.signed_urls import UrlBuilder
from veza.domains.notifications.inbox import routes, service
from veza.domains.notifications.inbox.models import NotificationPage
from veza.http.frequent_reads import FrequentRead, read_limit
from veza.http.query_parameters import read_cursor
from veza.infra.postgres.database import Conn


class _Query(Struct, frozen=True):
    limit: int
    cursor: Cursor | None


def _find_query(parameters: Mapping[str, str]) -> _Query | None:
    limit = read_limit(parameters)
    if limit is None:
        return None
    try:
        return _Query(limit, read_cursor(parameters.get("cursor")))
    except BadCursor:
        return None


async def _list_notifications(
    conn: Conn, key: _Query, viewer: Member | None, urls: UrlBuilder
) -> NotificationPage:
    assert viewer is not None
    return await service.list_notifications(
        conn, viewer, limit=key.limit, cursor=key.cursor, urls=urls
    )


LIST_NOTIFICATIONS = FrequentRead(
    "/notifications",
    routes.list_notifications,
    frozenset({"limit", "cursor"}),
    _find_query,
    _list_notifications,
)
