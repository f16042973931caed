"""Claims of the pages that labels run for artists."""

from datetime import datetime

from msgspec import Struct

from veza.core.ids import ProfileId
from veza.core.languages import Language
from veza.domains.auth.accounts.models import Email
from veza.domains.profiles.models.profiles import Profile


class ProfileClaimForm(Struct, frozen=True):
    """The address to mail the link of a claim to; none: that of before."""

    email: Email | None = None


class ProfileClaim(Struct, frozen=True):
    """The mail by which a placeholder may be claimed, as those who manage the page see it."""

    profile_id: ProfileId
    email: str
    created_at: datetime
    expires_at: datetime


class OpenClaim(Struct, frozen=True):
    """An open claim: the page, the label that runs it, and the time at which the link ends."""

    profile: Profile
    label: Profile
    expires_at: datetime


class SendProfileClaim(Struct, frozen=True):
    """Job: mail the link by which a placeholder is claimed."""

    profile_id: ProfileId


class ClaimMail(Struct, frozen=True):
    """The content of the mail of a claim."""

    email: str
    profile_name: str
    label_name: str
    language: Language


class StoredClaim(Struct, frozen=True):
    """An open claim: the page and the label that runs it."""

    profile_id: ProfileId
    label_id: ProfileId
    expires_at: datetime
