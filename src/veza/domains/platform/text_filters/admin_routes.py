"""Admins choose words and links that are refused or reported, and preview matches."""

from typing import Annotated
from uuid import UUID

from litestar import Router, delete, get, post
from litestar.params import FromPath, FromQuery, JSONBody, QueryParameter

from veza.core.access import Access
from veza.core.ids import TextFilterId
from veza.domains.platform.text_filters import errors, service
from veza.domains.platform.text_filters.models import (
    MAX_TEXT,
    TextFilter,
    TextFilterForm,
    TextFilterKind,
    TextFilterList,
    TextFilterPreview,
)
from veza.http.dependencies import Conn, Tx
from veza.http.expensive import REPORT
from veza.http.responses.envelope import Deleted

_Text = Annotated[
    str,
    QueryParameter(
        min_length=1, max_length=MAX_TEXT, description="A word, a phrase, or a domain of links."
    ),
]


@get("/admin/text-filters", access=Access.ADMIN, scope=None)
async def list_text_filters(conn: Conn) -> TextFilterList:
    """List all filters of public texts: there are at most 500."""
    return await service.list_filters(conn)


@post(
    "/admin/text-filters",
    access=Access.ADMIN,
    scope=None,
    status_code=200,
    errors=[errors.TooManyTextFilters],
)
async def set_text_filter(data: JSONBody[TextFilterForm], tx: Tx) -> TextFilter:
    """Refuse a word, a phrase or links to a domain in public texts, or have them reported.

    Words are compared as a whole, without case, in any width, and without invisible characters. A
    domain includes its subdomains. A filter that looks for the same is replaced. It applies to what
    is written from now on: posts, comments, messages in public rooms (`reject` only), profiles, and
    the titles, descriptions and tags of tracks, releases and products. All processes apply the
    change within a second.
    """
    return await service.set_filter(tx, data)


@get("/admin/text-filters/preview", access=Access.ADMIN, scope=None, expensive=REPORT)
async def preview_text_filter(
    conn: Conn, kind: FromQuery[TextFilterKind], text: _Text
) -> TextFilterPreview:
    """Find what a filter would have matched in the latest 1,000 posts and comments."""
    return await service.preview(conn, kind, text)


@delete(
    "/admin/text-filters/{filter_id:uuid}",
    access=Access.ADMIN,
    scope=None,
    status_code=200,
    errors=[errors.TextFilterNotFound],
)
async def delete_text_filter(filter_id: FromPath[UUID], tx: Tx) -> Deleted:
    """Delete a filter. What it reported stays reported."""
    await service.delete_filter(tx, TextFilterId(filter_id))
    return Deleted(filter_id)


router = Router(
    "/",
    route_handlers=[
        list_text_filters,
        set_text_filter,
        preview_text_filter,
        delete_text_filter,
    ],
    tags=["moderation"],
)
