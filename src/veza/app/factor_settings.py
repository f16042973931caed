"""The settings about passkeys."""

from typing import Annotated

from msgspec import Meta, Struct

from veza.app.backup_settings import BackupSettings


class FactorSettings(BackupSettings, Struct, frozen=True, kw_only=True):
    """Settings about passkeys, and those about backups and money.

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
