"""Shows a release."""

from veza.core.palettes import read_palette
from veza.core.signed_urls import UrlBuilder
from veza.core.structs import copy_fields
from veza.core.takedowns import chosen_visibility, show_taken_down
from veza.core.visibility import Visibility
from veza.domains.auth.accounts.models import show_named_member
from veza.domains.images import rules as image_rules
from veza.domains.music.credits.rules.shown import show_artists, show_credits, write_line
from veza.domains.music.releases.models.releases import Release, StoredRelease


def show_release(release: StoredRelease, urls: UrlBuilder) -> Release:
    """Return the response for a release."""
    cover = release.cover_image_id
    is_public = release.visibility is Visibility.PUBLIC
    owner = show_named_member(release.owner_id, release.username, release.appearance)
    artists = show_artists(owner, release.artist_name, release.credited)
    return copy_fields(
        Release,
        release,
        artist_name=write_line(artists),
        artists=artists,
        credits=show_credits(release.credited),
        owner=owner,
        visibility=chosen_visibility(release),
        taken_down=show_taken_down(release.taken_down, urls.base),
        cover_url=None if cover is None else image_rules.url_of(cover, urls, is_public=is_public),
        cover_palette=read_palette(release.cover_palette),
        duration_seconds=release.duration_ms / 1000,
    )
