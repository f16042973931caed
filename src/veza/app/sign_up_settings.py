"""The settings about sign-up: who may create an account, and what new members may do."""

from typing import Annotated

from msgspec import Meta, Struct

from veza.app.backup_settings import BackupSettings
from veza.app.setting_types import Quota
from veza.core.sign_up_mode import SignUpMode


class SignUpSettings(BackupSettings, Struct, frozen=True, kw_only=True):
    """Settings of sign-up, and those about backups and money.

    A Struct has one parent only.
    """

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
            "proof of work; 0: never."
        ),
    ] = 300
    verified_email_to_publish: Annotated[
        bool,
        Meta(
            description="Whether only members whose address is verified may publish: posts, "
            "comments, messages, tracks, products and the like. It needs `VEZA_SMTP_URL`."
        ),
    ] = False
