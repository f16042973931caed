"""The settings about new members: how little they may publish in an hour."""

from datetime import timedelta
from typing import Annotated

from msgspec import Meta, Struct

from veza.app.settings.backup_settings import BackupSettings
from veza.app.settings.setting_types import Quota
from veza.core.activities import Activity


class NewMemberSettings(BackupSettings, Struct, frozen=True, kw_only=True):
    """Limits of new members, and the settings about backups and money.

    A Struct has one parent only.
    """

    new_member_days: Annotated[
        int,
        Meta(
            ge=0,
            le=365,
            description="Days for which a member is new, with lower hourly limits. Staff is never "
            "new, nor are creators whom an admin approved. 0: nobody is.",
        ),
    ] = 3
    new_member_posts: Annotated[
        Quota, Meta(description="Posts per new member and hour; 0: as for others.")
    ] = 10
    new_member_comments: Annotated[
        Quota, Meta(description="Comments and reviews per new member and hour; 0: as for others.")
    ] = 30
    new_member_messages: Annotated[
        Quota,
        Meta(description="Messages per new member and hour; 0: as for others."),
    ] = 300
    new_member_memberships: Annotated[
        Quota,
        Meta(
            description="Conversations begun or joined and members added, per new member and hour: "
            "how many strangers they reach; 0: as for others."
        ),
    ] = 20
    new_member_follows: Annotated[
        Quota, Meta(description="Follows per new member and hour; 0: as for others.")
    ] = 60

    @property
    def new_member_age(self) -> timedelta:
        """Return how long a member is new."""
        return timedelta(days=self.new_member_days)

    @property
    def new_member_limits(self) -> dict[Activity, int]:
        """Return the limits per new member and hour; activities not in it are as for others."""
        found = {each: getattr(self, f"new_member_{each}", 0) for each in Activity}
        return {activity: most for activity, most in found.items() if most}
