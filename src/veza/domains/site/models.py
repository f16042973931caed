"""The profile of the site: public, as edited, and its legal pages."""

from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum
from typing import Annotated
from uuid import UUID

from msgspec import UNSET, Meta, Struct, UnsetType

from veza.core.ids import ImageId
from veza.core.sign_up_mode import SignUpMode
from veza.core.site_identity import HEX_COLOR, SiteColors
from veza.core.visibility import AiChoice, ExplicitChoice

# No control characters: the name stands in titles and in the headers of mails.
SiteName = Annotated[
    str,
    Meta(max_length=60, pattern=r"^[^\x00-\x1f\x7f-\x9f\u2028\u2029]*$", examples=["Night Ferry"]),
]
SiteDescription = Annotated[
    str, Meta(max_length=300, examples=["Field recordings from the coast of Brittany."])
]
AccentColor = Annotated[
    str,
    Meta(
        pattern=HEX_COLOR,
        description="A colour of sRGB: `#`, and six hexadecimal digits in small letters.",
        examples=["#0b6e4f"],
    ),
]
SitePageText = Annotated[
    str,
    Meta(
        max_length=40_000,
        description="Plain text; addresses in it become links. Blank: there is no such page.",
        examples=["Be kind. Upload only what is yours."],
    ),
]


class SitePage(StrEnum):
    """The legal pages of a site; that of `copyright` is the contact above the form of notices."""

    TERMS = "terms"
    IMPRINT = "imprint"
    PRIVACY = "privacy"
    COPYRIGHT = "copyright"


class SiteChange(Struct, frozen=True):
    """The new values of a site; omitted fields keep theirs, and null or a blank text clears them.

    `logo_id` is an image that the caller has uploaded by `POST /images`. `explicit` and `ai` are
    for visitors, and members without a choice of their own: see `PUT /users/me`.
    """

    name: SiteName | UnsetType | None = UNSET
    description: SiteDescription | UnsetType | None = UNSET
    accent: AccentColor | UnsetType | None = UNSET
    logo_id: Annotated[UUID | UnsetType | None, Meta(examples=[None])] = UNSET
    terms: SitePageText | UnsetType | None = UNSET
    imprint: SitePageText | UnsetType | None = UNSET
    privacy: SitePageText | UnsetType | None = UNSET
    copyright: SitePageText | UnsetType | None = UNSET
    explicit: ExplicitChoice | UnsetType = UNSET
    ai: AiChoice | UnsetType = UNSET


class StoredSite(Struct, frozen=True):
    """The stored profile without the texts of its pages; what is None is that of the software."""

    name: str | None = None
    description: str | None = None
    accent: str | None = None
    logo_id: ImageId | None = None
    pages: Sequence[SitePage] = ()
    explicit: ExplicitChoice = ExplicitChoice.MARK
    ai: AiChoice = AiChoice.SHOW


class StoredSiteTexts(Struct, frozen=True):
    """The whole stored row."""

    name: str | None
    description: str | None
    accent: str | None
    logo_id: ImageId | None
    terms: str | None
    imprint: str | None
    privacy: str | None
    copyright: str | None
    explicit: ExplicitChoice
    ai: AiChoice
    changed_at: datetime | None


class SiteView(Struct, frozen=True):
    """The public profile of a site.

    `colors` are those nearest to the accent that are readable. `pages` are the legal pages that
    have a text. `explicit` and `ai` are how visitors are treated: whether lists and players leave
    out explicit tracks, and those that disclose generated parts.
    """

    name: str
    description: str
    accent: str | None
    colors: SiteColors | None
    logo_url: str | None
    pages: Sequence[SitePage]
    sign_up_mode: SignUpMode
    explicit: ExplicitChoice
    ai: AiChoice


class ShownSitePage(Struct, frozen=True):
    """A legal page: plain text."""

    page: SitePage
    text: str


class SiteSettings(Struct, frozen=True):
    """The profile of a site as admins edit it; null where nothing was entered."""

    name: str | None
    description: str | None
    accent: str | None
    colors: SiteColors | None
    logo_url: str | None
    terms: str | None
    imprint: str | None
    privacy: str | None
    copyright: str | None
    explicit: ExplicitChoice
    ai: AiChoice
    changed_at: datetime | None


class SiteTestResult(Struct, frozen=True):
    """The result of a test: whether it passed, and a description."""

    passed: bool
    detail: str


class SiteLogoData(Struct, frozen=True):
    """The part of a data export about the site."""

    uploaded_logo: bool
