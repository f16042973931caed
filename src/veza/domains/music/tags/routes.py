"""HTTP for tags: read the request, call the use case, return its result."""

from typing import Annotated

from litestar import Router, get
from litestar.params import QueryParameter

from veza.core.access import Access, Scope
from veza.domains.music.tags import service
from veza.domains.music.tags.models import Suggestions
from veza.http.dependencies import Conn
from veza.http.envelope import BareEnvelope
from veza.http.expensive import SEARCH
from veza.http.query_parameters import PageLimit


@get(
    "/tags/suggest",
    access=Access.USER,
    scope=Scope.READ,
    expensive=SEARCH,
    response_class=BareEnvelope,
)
async def suggest_tags(
    conn: Conn,
    q: Annotated[
        str, QueryParameter(max_length=50, description="What was typed so far, such as `hip`.")
    ] = "",
    limit: PageLimit = 10,
) -> Suggestions:
    """Suggest tags that begin so, the most used first, then those that resemble it.

    `Hip Hop`, `hip-hop` and `hiphop` are one tag, and each finds the others. Without `q`, the most
    used. The keys of `data` stand beside it too.
    """
    return await service.suggest(conn, q, limit)


router = Router("/", route_handlers=[suggest_tags], tags=["tracks"])
