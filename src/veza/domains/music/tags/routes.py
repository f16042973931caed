"""HTTP routes of tags."""

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
        str, QueryParameter(max_length=50, description="The beginning of a tag, such as `hip`.")
    ] = "",
    limit: PageLimit = 10,
) -> Suggestions:
    """Suggest tags: used tags that start with `q`, most used first, then similar tags.

    If these are fewer than `limit`, well-known genres that contain `q` follow. `Hip Hop`, `hip-hop`
    and `hiphop` are the same tag. Without `q`, the most used tags are returned. The keys of `data`
    are also at the top level of the response.
    """
    return await service.suggest(conn, q, limit)


router = Router("/", route_handlers=[suggest_tags], tags=["tracks"])
