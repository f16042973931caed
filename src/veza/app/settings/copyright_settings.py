"""The settings about notices of copyright, and about appeals."""

from datetime import timedelta
from typing import Annotated

from msgspec import Meta, Struct

from veza.app.settings.bulk_mail_settings import BulkMailSettings

_Days = Annotated[int, Meta(ge=1, le=3650)]


class CopyrightNoticeSettings(BulkMailSettings, Struct, frozen=True, kw_only=True):
    """Settings of what a notice hides, when it comes back, who repeats it, and of appeals.

    A Struct has one parent only: those of bulk mail are in it.
    """

    copyright_hides_at_once: Annotated[
        bool,
        Meta(
            description="Whether a complete notice of copyright hides its items as soon as its "
            "mail is confirmed, before staff has looked."
        ),
    ] = False
    copyright_counter_days: Annotated[
        int,
        Meta(
            ge=1,
            le=90,
            description="Days after a counter-notice until the items are shown again, unless "
            "staff notes that a claim was filed.",
        ),
    ] = 14
    copyright_repeat_notices: Annotated[
        int,
        Meta(
            ge=1,
            le=1000,
            description="Upheld notices against a member, within "
            "`VEZA_COPYRIGHT_REPEAT_DAYS`, from which on staff sees them as a repeat infringer.",
        ),
    ] = 3
    copyright_repeat_days: Annotated[
        _Days, Meta(description="Days for which an upheld notice counts against a member.")
    ] = 365

    appeal_days: Annotated[
        _Days,
        Meta(
            description="Days after a decision of staff in which its member may appeal, and after "
            "which an item that is taken down for good is deleted. In the EU no less than six "
            "months (article 20 of the DSA), of which the longest have 184 days."
        ),
    ] = 184

    @property
    def appeal_window(self) -> timedelta:
        """Return how long after a decision an appeal is possible."""
        return timedelta(days=self.appeal_days)

    @property
    def copyright_counter_period(self) -> timedelta:
        """Return how long after a counter-notice items stay hidden."""
        return timedelta(days=self.copyright_counter_days)

    @property
    def copyright_repeat_period(self) -> timedelta:
        """Return how long an upheld notice counts."""
        return timedelta(days=self.copyright_repeat_days)
