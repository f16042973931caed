"""Sitemaps and robots.txt: credentials are ignored."""

from typing import Any
from uuid import UUID

import msgspec
from litestar import Response, Router, get
from litestar.params import FromPath

from veza.core.errors import NotFound
from veza.core.text_mining import MiningPolicy
from veza.domains.public_pages.sitemaps import queries, rules
from veza.domains.public_pages.sitemaps.models import SitemapSection
from veza.domains.public_pages.sitemaps.service import Sitemaps
from veza.http.context import context_of
from veza.http.dependencies import AnyRequest, expensive_work, reading
from veza.http.expensive import SEARCH
from veza.http.responses.caching import PUBLIC_FILE
from veza.http.responses.public_documents import respond_with_document
from veza.http.services import service_of
from veza.infra.concurrency.overload import Importance
from veza.infra.concurrency.pieces import join_in_pieces

_OPEN: dict[str, Any] = {"include_in_schema": False, "credentials": "ignored"}
_TYPE = "application/xml"


@get("/robots.txt", sync_to_thread=False, goes_on=True, **_OPEN)
def show_robots(request: AnyRequest) -> Response[bytes]:
    """Show what search engines may read."""
    is_allowed = service_of(request, Sitemaps).robots.is_allowed
    is_reserved = service_of(request, MiningPolicy).is_reserved
    base_url = context_of(request).base_url_of(request)
    text = rules.render_robots(base_url, is_allowed=is_allowed, is_reserved=is_reserved)
    return respond_with_document(
        request, text.encode(), media_type="text/plain", cache_control=PUBLIC_FILE
    )


@get("/.well-known/tdmrep.json", **_OPEN, importance=Importance.EXPLORATION)
async def show_reservations(request: AnyRequest) -> Response[bytes]:
    """Show for what text and data mining is reserved (TDMRep)."""
    policy = service_of(request, MiningPolicy)
    async with reading(request) as conn:
        handles = [] if policy.is_reserved else await queries.list_reserving(conn)
    body = msgspec.json.encode(rules.list_reservations(policy, handles))
    return respond_with_document(
        request, body, media_type="application/json", cache_control=PUBLIC_FILE
    )


@get("/sitemap.xml", expensive=SEARCH, **_OPEN, importance=Importance.EXPLORATION)
async def show_sitemap(request: AnyRequest) -> Response[bytes]:
    """Show the index of the sitemap."""
    async with expensive_work(request, SEARCH):
        async with reading(request) as conn:
            files = await service_of(request, Sitemaps).list_files(conn)
        base_url = context_of(request).base_url_of(request)
        body = await join_in_pieces(rules.render_index(files, base_url))
    return respond_with_document(request, body, media_type=_TYPE, cache_control=PUBLIC_FILE)


@get(
    "/sitemaps/{section:str}/{name:str}",
    expensive=SEARCH,
    **_OPEN,
    importance=Importance.EXPLORATION,
)
async def show_sitemap_file(
    request: AnyRequest, section: FromPath[str], name: FromPath[str]
) -> Response[bytes]:
    """Show a file of the sitemap."""
    if section not in set(SitemapSection) or not name.endswith(".xml"):
        raise NotFound
    try:
        first = UUID(name.removesuffix(".xml"))
    except ValueError as error:
        raise NotFound from error
    kind = SitemapSection(section)
    async with expensive_work(request, SEARCH):
        async with reading(request) as conn:
            entries = await service_of(request, Sitemaps).list_entries(conn, kind, first)
        if entries is None:
            raise NotFound
        base_url = context_of(request).base_url_of(request)
        body = await join_in_pieces(rules.render_entries(kind, entries, base_url))
    return respond_with_document(request, body, media_type=_TYPE, cache_control=PUBLIC_FILE)


router = Router(
    "/", route_handlers=[show_robots, show_reservations, show_sitemap, show_sitemap_file]
)
