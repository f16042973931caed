"""Decides who sees a show, and cleans what its owner enters."""

import math
from urllib.parse import urlsplit
from uuid import UUID, uuid5

from msgspec import structs

from veza.core import rss
from veza.core.display_names import clean_line
from veza.core.errors import FieldError, Invalid
from veza.core.ids import ShowId, UserId
from veza.core.normalize import require_line
from veza.core.palettes import read_palette
from veza.core.search_text import SearchDocument, index_words, title_key
from veza.core.signed_urls import UrlBuilder
from veza.core.takedowns import chosen_visibility, show_taken_down
from veza.core.visibility import Visibility, is_shared, is_visible_to
from veza.core.web_links import read_link
from veza.domains.auth.accounts.models import show_named_member
from veza.domains.images import rules as image_rules
from veza.domains.shows.errors import NotYourShow
from veza.domains.shows.models.shows import (
    Funding,
    SearchableShow,
    Show,
    ShowForm,
    StoredShow,
)

_OWN_FEED = "Give the address of another feed than this one."


def can_see(show: StoredShow, viewer_id: UserId | None) -> bool:
    """Return whether a viewer may see a show: the owner always, others unless it is private.

    Only the owner sees the shows of a suspended profile, or of one that blocks the viewer, and one
    that is taken down.
    """
    return is_visible_to(
        viewer_id,
        show.owner_id,
        is_shown=is_shared(show.visibility),
        is_hidden=show.is_hidden,
    )


def ensure_own(show: StoredShow, viewer_id: UserId) -> StoredShow:
    """Return the show if the viewer owns it. Raises NotYourShow."""
    if show.owner_id != viewer_id:
        raise NotYourShow
    return show


def clean(form: ShowForm) -> ShowForm:
    """Return the form with trimmed texts. Raises Invalid for a blank title and bad links."""
    return structs.replace(
        form,
        title=require_line(form.title, "title", "Enter a title: it can't be blank."),
        description=form.description.strip(),
        funding=[_clean_funding(each, place) for place, each in enumerate(form.funding)],
        license=_line_or_none(form.license, "license"),
        owner_text=_line_or_none(form.owner_text, "owner_text"),
        moved_to=None if form.moved_to is None else read_link(form.moved_to, "moved_to"),
    )


def ensure_moved_away(form: ShowForm, feed_url: str) -> None:
    """Raise Invalid if a feed would send its readers to itself."""
    if form.moved_to is not None and _address_of(form.moved_to) == _address_of(feed_url):
        raise Invalid(details=[FieldError("moved_to", _OWN_FEED, "not_a_link")])


def feed_path(show_id: ShowId) -> str:
    """Return the path of the feed of a show."""
    return f"/feeds/shows/{show_id}.xml"


def make_guid(feed_url: str) -> UUID:
    """Return the guid of a feed: of its address without the scheme, as the namespace says."""
    return uuid5(rss.GUID_NAMESPACE, _address_of(feed_url))


def show_show(show: StoredShow, urls: UrlBuilder) -> Show:
    """Return the response for a show."""
    is_public = show.visibility is Visibility.PUBLIC
    cover = show.cover_image_id
    return Show(
        id=show.id,
        guid=show.guid,
        title=show.title,
        description=show.description,
        owner=show_named_member(show.owner_id, show.username, show.appearance),
        language=show.language,
        category=show.category,
        kind=show.kind,
        is_explicit=show.is_explicit,
        funding=show.funding,
        license=show.license,
        owner_text=show.owner_text,
        moved_to=show.moved_to,
        visibility=chosen_visibility(show),
        cover_url=None if cover is None else image_rules.url_of(cover, urls, is_public=is_public),
        cover_palette=read_palette(show.cover_palette),
        cover_placeholder=show.cover_placeholder,
        feed_url=urls.origin + feed_path(show.id),
        created_at=show.created_at,
        updated_at=show.updated_at,
        taken_down=show_taken_down(show.taken_down, urls.base),
    )


def index_show(show: SearchableShow) -> SearchDocument:
    """Return what a show is found by: title, owner and description, in order of weight."""
    return SearchDocument(
        id=show.id,
        title_key=title_key(show.title),
        words=index_words((show.title, "A"), (show.username, "B"), (show.description, "D")),
        popularity=math.log1p(show.episodes_count),
    )


def _clean_funding(funding: Funding, place: int) -> Funding:
    field = f"funding[{place}]"
    title = require_line(funding.title, f"{field}.title", "Enter the words of the link.")
    return Funding(read_link(funding.url.strip(), f"{field}.url"), title)


def _line_or_none(text: str | None, field: str) -> str | None:
    return None if text is None else clean_line(text, field) or None


def _address_of(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.netloc}{parts.path}".rstrip("/")
