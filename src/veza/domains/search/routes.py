"""One search finds tracks, artists, releases, playlists, shows, products, posts and tags."""

from typing import Annotated

from litestar import Router, get
from litestar.openapi.spec import Example
from litestar.params import QueryParameter

from veza.core.access import Access, Scope
from veza.core.track_metadata import AiUse
from veza.domains.search import rules, service
from veza.domains.search.models import SearchRequest, SearchResults
from veza.http.dependencies import AnyRequest, Conn, visitor_of
from veza.http.expensive import WORD_SEARCH
from veza.http.security.signed_urls import urls_of
from veza.infra.concurrency.overload import Importance

_Text = Annotated[
    str,
    QueryParameter(
        min_length=1,
        max_length=200,
        description="Words to search for. The last one may be incomplete.",
        examples=[
            Example(summary="As it is typed", value="night fer"),
            Example(summary="Artist and title", value="ana night ferry"),
        ],
    ),
]
_Types = Annotated[
    str | None,
    QueryParameter(
        max_length=100,
        description="Types of results, separated by commas: `tracks`, `artists`, `releases`, "
        "`playlists`, `shows`, `products`, `posts`, `tags`. All by default.",
        examples=[Example(summary="Music only", value="tracks,artists")],
    ),
]
_Limit = Annotated[
    int, QueryParameter(ge=1, le=20, description="The number of results of each type, 1 to 20.")
]
_AiFilter = Annotated[
    AiUse | None,
    QueryParameter(description="Of tracks, only those that disclose this much as generated."),
]


@get(
    "/search",
    access=Access.OPTIONAL,
    scope=Scope.READ,
    importance=Importance.EXPLORATION,
    expensive=WORD_SEARCH,
)
async def search(
    request: AnyRequest,
    conn: Conn,
    q: _Text,
    types: _Types = None,
    limit: _Limit = 5,
    ai: _AiFilter = None,
) -> SearchResults:
    """Search tracks, artists, releases, playlists, shows, products, posts and tags at once.

    Ignores accents and tolerates a typing error in words of four letters and more. Fast enough to
    be called with each key that is pressed. Artists are members
    with public tracks, all pages of artists, bands and labels, and people with a display name whom
    somebody follows.
    """
    wanted = SearchRequest(q, rules.read_types(types), limit, ai)
    return await service.search(conn, wanted, visitor_of(request), urls_of(request))


router = Router("/", route_handlers=[search], tags=["search"])
