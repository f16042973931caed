"""Shows a release in lists, and with its credits alone."""

from collections.abc import Iterable

from veza.core.palettes import read_palette
from veza.core.signed_urls import UrlBuilder
from veza.core.structs import copy_fields
from veza.core.visibility import Visibility
from veza.domains.auth.accounts.models import name_member, show_named_member
from veza.domains.images import rules as image_rules
from veza.domains.music.releases.models.releases import (
    Credit,
    Release,
    ReleaseDetails,
    StoredCredit,
    StoredRelease,
)


def show_release(release: StoredRelease, urls: UrlBuilder) -> Release:
    """Return the response for a release in a list."""
    cover = release.cover_image_id
    is_public = release.visibility is Visibility.PUBLIC
    return copy_fields(
        Release,
        release,
        artist_name=release.artist_name or release.username,
        owner=show_named_member(release.owner_id, release.username, release.appearance),
        cover_url=None if cover is None else image_rules.url_of(cover, urls, is_public=is_public),
        cover_palette=read_palette(release.cover_palette),
        duration_seconds=release.duration_ms / 1000,
    )


def show_details(
    release: StoredRelease, credited: Iterable[StoredCredit], urls: UrlBuilder
) -> ReleaseDetails:
    """Return the response for a release with its credits."""
    shown = [
        Credit(each.name, each.role, name_member(each.user_id, each.username, each.appearance))
        for each in credited
    ]
    return copy_fields(ReleaseDetails, show_release(release, urls), credits=shown)
