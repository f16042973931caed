"""Shows an item for members."""

from veza.core.palettes import read_palette
from veza.core.signed_urls import UrlBuilder
from veza.core.structs import copy_fields
from veza.domains.images import rules as image_rules
from veza.domains.marketplace.exclusives.models import Exclusive, StoredExclusive


def show_exclusive(item: StoredExclusive, urls: UrlBuilder) -> Exclusive:
    """Return the response for an item."""
    track_id = item.id if item.has_cover else None
    # The signature of a track's cover would play the track, too.
    cover_url = (
        image_rules.cover_url(item.cover_image_id, track_id, urls) if item.has_access else None
    )
    palette = read_palette(item.cover_palette)
    return copy_fields(Exclusive, item, cover_palette=palette, cover_url=cover_url)
