"""The settings about regular backups."""

from datetime import timedelta
from typing import Annotated

from msgspec import Meta, Struct

from veza.app.settings.openid_settings import OpenIdSettings


class BackupSettings(OpenIdSettings, Struct, frozen=True, kw_only=True):
    """Settings with which the worker makes backups, and those of signing in and about money.

    A Struct has one parent only.
    """

    backup_target: Annotated[
        str | None,
        Meta(
            description="Where the worker makes backups: an absolute path, or a URL such as "
            "`s3://bucket/prefix?region=…`. Default: it makes none."
        ),
    ] = None
    backup_every_hours: Annotated[
        int, Meta(ge=1, le=24 * 31, description="Hours between two backups.")
    ] = 24
    backup_keep: Annotated[
        int,
        Meta(ge=0, le=10_000, description="How many backups are kept; 0: all. The oldest go."),
    ] = 14
    backup_reread_runs: Annotated[
        int,
        Meta(
            ge=1,
            le=1000,
            description="In how many backups all earlier copies of files are read again: each "
            "backup reads a share of them, and copies again what is damaged. 1: all, each time.",
        ),
    ] = 30

    backup_recipients: Annotated[
        list[Annotated[str, Meta(pattern="^age1[0-9a-z]{58}$")]],
        Meta(
            description="Public keys of age, comma-separated: backups are encrypted, and each of "
            "their private keys can decrypt them. Default: they are not."
        ),
    ] = []

    @property
    def backup_interval(self) -> timedelta:
        """Return the time between two backups."""
        return timedelta(hours=self.backup_every_hours)
