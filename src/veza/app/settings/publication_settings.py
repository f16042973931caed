"""The settings about what programs and everybody may do with what is public, and are told of it."""

from typing import Annotated

from msgspec import Meta, Struct

from veza.app.settings.copyright_settings import CopyrightNoticeSettings
from veza.app.settings.setting_types import AppUrl
from veza.core.errors import CannotStart


class PublicationSettings(CopyrightNoticeSettings, Struct, frozen=True, kw_only=True):
    """Settings of text and data mining, of the figures that a site publishes, and of copyright.

    A Struct has one parent only.
    """

    tdm_reserved: Annotated[
        bool,
        Meta(
            description="Whether text and data mining of the whole site is reserved: in "
            "`/.well-known/tdmrep.json`, a header, each page, and `robots.txt` for crawlers of AI. "
            "Profiles may reserve theirs alone."
        ),
    ] = False
    tdm_policy_url: Annotated[
        AppUrl | None,
        Meta(description="Where the terms for mining what is reserved are. Default: none are."),
    ] = None
    transparency: Annotated[
        bool,
        Meta(description="Whether everybody sees figures of moderation, at `/transparency`."),
    ] = True
    websub_hubs: Annotated[
        list[AppUrl],
        Meta(
            max_length=5,
            description="Hubs of WebSub, comma-separated, such as "
            "`https://pubsubhubbub.appspot.com`. Feeds of public shows name them, and they are "
            "told when one changes. Needs `VEZA_PUBLIC_URL`. Default: none.",
        ),
    ] = []


def ensure_hubs(settings: PublicationSettings, *, has_public_url: bool) -> None:
    """Raise CannotStart if hubs would be told addresses that nobody can reach."""
    if settings.websub_hubs and not has_public_url:
        raise CannotStart(
            "VEZA_WEBSUB_HUBS needs VEZA_PUBLIC_URL: hubs read feeds at that address only."
        )
