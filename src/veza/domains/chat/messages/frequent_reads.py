"""The read of conversations that is answered in front of the framework.

See `http.frequent_reads`.
"""

from collections.abc import Mapping

from veza.core.access import Member
from veza.core.pages import BadCursor
from veza.core.signed_urls import UrlBuilder
from veza.domains.chat.conversations.models import ConversationQuery, ConversationType
from veza.domains.chat.messages import routes, service
from veza.domains.chat.messages.models import ConversationPage
from veza.http.frequent_reads import FrequentRead, read_limit
from veza.http.query_parameters import read_cursor
from veza.infra.postgres.database import Conn


def _find_query(parameters: Mapping[str, str]) -> ConversationQuery | None:
    limit, wanted = read_limit(parameters), parameters.get("type")
    if limit is None:
        return None
    try:
        return ConversationQuery(
            limit=limit,
            cursor=read_cursor(parameters.get("cursor")),
            type=None if wanted is None else ConversationType(wanted),
        )
    except (BadCursor, ValueError):
        return None


async def _list_conversations(
    conn: Conn, key: ConversationQuery, viewer: Member | None, urls: UrlBuilder
) -> ConversationPage:
    assert viewer is not None
    return await service.list_conversations(conn, viewer, key, urls)


LIST_CONVERSATIONS = FrequentRead(
    "/conversations",
    routes.list_conversations,
    # `q` searches rooms, which is expensive: the framework's route limits it.
    frozenset({"limit", "cursor", "type"}),
    _find_query,
    _list_conversations,
)
