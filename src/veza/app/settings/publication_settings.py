"""The settings about what programs and everybody may do with what is public."""

from typing import Annotated

from msgspec import Meta, Struct

from veza.app.settings.copyright_settings import CopyrightNoticeSettings
from veza.app.settings.setting_types import AppUrl


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
