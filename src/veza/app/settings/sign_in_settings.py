"""The settings about sign-up and sign-in: who may create an account, and how to prove it."""

from datetime import timedelta
from typing import Annotated

from msgspec import Meta, Struct

from veza.app.settings.new_member_settings import NewMemberSettings
from veza.app.settings.setting_types import Quota
from veza.core.sign_up_mode import SignUpMode


class SignInSettings(NewMemberSettings, Struct, frozen=True, kw_only=True):
    """Settings of sign-up and sign-in, and those about new members, backups and money.

    A Struct has one parent only.
    """

    passkey_domain: Annotated[
        Annotated[str, Meta(pattern=r"^[a-z0-9-]+(\.[a-z0-9-]+)*$")] | None,
        Meta(
            description="The domain that passkeys belong to: the host of the front-end, or a "
            "parent of it. If it changes, passkeys stop working. Default: the host of "
            "`VEZA_APP_URL`, else of `VEZA_PUBLIC_URL`."
        ),
    ] = None
    factor_recovery_days: Annotated[
        int,
        Meta(
            ge=1,
            le=90,
            description="Days in which members can object after an admin began to remove their "
            "second factors as lost.",
        ),
    ] = 3
    sign_up_mode: Annotated[
        SignUpMode,
        Meta(
            description="Who may create an account, until an admin changes it: `open`, `approval` "
            "by staff, `invitation` or `closed`."
        ),
    ] = SignUpMode.OPEN
    member_invitations: Annotated[
        int,
        Meta(
            ge=0,
            le=100,
            description="Invitations that a member may create in 30 days; 0: only staff invites.",
        ),
    ] = 0
    sign_ups_without_proof: Annotated[
        Quota,
        Meta(
            description="Sign-ups in ten minutes on the whole server, from which on each needs a "
            "proof of work, and as many copyright notices; 0: never."
        ),
    ] = 300
    verified_email_to_publish: Annotated[
        bool,
        Meta(
            description="Whether only members whose address is verified may publish: posts, "
            "comments, messages, tracks, products and the like. It needs `VEZA_SMTP_URL`."
        ),
    ] = False
    pages_per_account: Annotated[
        Quota,
        Meta(
            description="Artists, bands, labels and podcasts that a member may own; each has "
            "storage quotas of its own. 0: no limit."
        ),
    ] = 10

    @property
    def factor_recovery_delay(self) -> timedelta:
        """Return how long members can object before their second factors are removed."""
        return timedelta(days=self.factor_recovery_days)
