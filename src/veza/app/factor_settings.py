"""The settings about passkeys and lost factors."""

from datetime import timedelta
from typing import Annotated

from msgspec import Meta, Struct

from veza.app.backup_settings import BackupSettings


class FactorSettings(BackupSettings, Struct, frozen=True, kw_only=True):
    """Settings about passkeys and lost factors, and those about backups and money.

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

    @property
    def factor_recovery_delay(self) -> timedelta:
        """Return how long members can object before their second factors are removed."""
        return timedelta(days=self.factor_recovery_days)
