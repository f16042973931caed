"""Shows an item for members."""

from veza.core.palettes import read_palette
from veza.core.signed_urls import Resource, UrlBuilder
from veza.core.structs import copy_fields
from veza.domains.images import rules as image_rules
from veza.domains.marketplace.exclusives.models import Exclusive, StoredExclusive


def show_exclusive(item: StoredExclusive, urls: UrlBuilder) -> Exclusive:
    """Return the response for an item."""
    return copy_fields(
        Exclusive,
        item,
        cover_palette=read_palette(item.cover_palette),
        # The signature of a track's cover would play the track, too.
        cover_url=_find_cover(item, urls) if item.has_access else None,
    )


def _find_cover(item: StoredExclusive, urls: UrlBuilder) -> str | None:
    if item.cover_image_id is not None:
        return image_rules.url_of(item.cover_image_id, urls, is_public=False)
    if not item.has_cover:
        return None
    return f"{urls.base}/tracks/{item.id}/cover{urls.signed_query(Resource.TRACK, item.id)}"
