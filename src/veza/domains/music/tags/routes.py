"""Suggests tags for a text, and lists the genres of public tracks."""

from typing import Annotated

from litestar import Router, get
from litestar.params import QueryParameter

from veza.core.access import Access, Scope
from veza.core.profiles import Right
from veza.domains.music.tags import service
from veza.domains.music.tags.models import GenreList, Suggestions
from veza.http.dependencies import Conn
from veza.http.expensive import SEARCH
from veza.http.requests.query_parameters import PageLimit
from veza.http.responses.envelope import BareEnvelope
from veza.infra.concurrency.overload import Importance


@get(
    "/tags/suggest",
    access=Access.USER,
    scope=Scope.READ,
    importance=Importance.EXPLORATION,
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

    If these are fewer than `limit`, well-known genres that contain `q` follow, such as `hip-hop`.
    `Hip Hop`, `hip-hop` and `hiphop` are the same tag. Without `q`, the most used tags are
    returned. The keys of `data` are also at the top level of the response.
    """
    return await service.suggest(conn, q, limit)


@get("/genres", scope=Scope.READ, importance=Importance.EXPLORATION)
async def list_genres(
    conn: Conn,
    limit: Annotated[
        int, QueryParameter(ge=1, le=1000, description="The number of genres, 1 to 1,000.")
    ] = 100,
) -> GenreList:
    """List the genres of public tracks, those with the most tracks first.

    All spellings of a genre are one: `Hip Hop`, `hip-hop` and `hiphop` are `hip hop`. Other genres
    than the well-known ones are in lower case.
    """
    return await service.list_genres(conn, limit)


router = Router(
    "/",
    route_handlers=[suggest_tags, list_genres],
    tags=["tracks"],
    opt={"right": Right.READ},
)
