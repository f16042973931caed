"""Blank texts of the profile are stored as none; mail and storage are tested ten times at most."""

from datetime import datetime

from msgspec import UNSET, UnsetType, structs

from veza.core.ids import ImageId
from veza.core.sign_up_mode import SignUpMode
from veza.core.site_identity import (
    DEFAULT_DESCRIPTION,
    DEFAULT_NAME,
    SiteColors,
    SiteIdentity,
    fit_colors,
)
from veza.domains.site.models import SiteChange, SiteSettings, SiteView, StoredSite, StoredSiteTexts

# Tests of one kind, on the whole server.
MAX_TESTS = 10
TEST_WINDOW_S = 600

_TEXTS = ("name", "description", "terms", "imprint", "privacy", "copyright")


def identify(stored: StoredSite, images_url: str) -> SiteIdentity:
    """Return how a site presents itself; `images_url` is where images are."""
    return SiteIdentity(
        name=stored.name or DEFAULT_NAME,
        description=stored.description or DEFAULT_DESCRIPTION,
        colors=_colors_of(stored.accent),
        logo_url=logo_url(stored.logo_id, images_url),
        pages=[page.value for page in stored.pages],
        explicit=stored.explicit,
        ai=stored.ai,
    )


def show_site(stored: StoredSite, identity: SiteIdentity, mode: SignUpMode) -> SiteView:
    """Return what everybody may know."""
    return SiteView(
        name=identity.name,
        description=identity.description,
        accent=stored.accent,
        colors=identity.colors,
        logo_url=identity.logo_url,
        pages=stored.pages,
        sign_up_mode=mode,
        explicit=stored.explicit,
        ai=stored.ai,
    )


def show_settings(stored: StoredSiteTexts, images_url: str) -> SiteSettings:
    """Return what admins edit."""
    return SiteSettings(
        name=stored.name,
        description=stored.description,
        accent=stored.accent,
        colors=_colors_of(stored.accent),
        logo_url=logo_url(stored.logo_id, images_url),
        terms=stored.terms,
        imprint=stored.imprint,
        privacy=stored.privacy,
        copyright=stored.copyright,
        explicit=stored.explicit,
        ai=stored.ai,
        changed_at=stored.changed_at,
    )


def change_texts(stored: StoredSiteTexts, change: SiteChange, moment: datetime) -> StoredSiteTexts:
    """Return the row after a change, but for its logo. Blank texts are stored as none."""
    given = {name: getattr(change, name) for name in (*_TEXTS, "accent")}
    values = {name: _tidy(value) for name, value in given.items() if value is not UNSET}
    explicit = stored.explicit if change.explicit is UNSET else change.explicit
    ai = stored.ai if change.ai is UNSET else change.ai
    return structs.replace(stored, **values, explicit=explicit, ai=ai, changed_at=moment)


def choose_logo(stored: StoredSiteTexts, change: SiteChange) -> ImageId | None:
    """Return the logo after a change."""
    if isinstance(change.logo_id, UnsetType):
        return stored.logo_id
    return None if change.logo_id is None else ImageId(change.logo_id)


def logo_url(logo_id: ImageId | None, images_url: str) -> str | None:
    """Return the address of a logo."""
    return None if logo_id is None else f"{images_url}/{logo_id}"


def explain_folder(description: str) -> str:
    """Return why a mail arrives nowhere; `description` says where it is written."""
    return (
        f"No mail server is set, so that members get no mails; this one was {description}. Set "
        "VEZA_SMTP_URL, and restart the server."
    )


def _tidy(text: str | None) -> str | None:
    return (text or "").strip() or None


def _colors_of(accent: str | None) -> SiteColors | None:
    return None if accent is None else fit_colors(accent)
