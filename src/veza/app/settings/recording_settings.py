"""The settings about recordings of streams: how much of a member is kept, and for how long."""

from typing import Annotated

from msgspec import Meta, Struct

from veza.app.settings.sign_in_settings import SignInSettings


class StreamRecordingSettings(SignInSettings, Struct, frozen=True, kw_only=True):
    """Settings of the sound of streams that their owners have recorded."""

    live_recording_hours: Annotated[
        int,
        Meta(
            ge=0,
            le=240,
            description="Hours of recorded streams that are kept of a member, who chooses which "
            "streams are recorded; the oldest go first. 0: nothing is recorded.",
        ),
    ] = 24
    live_recording_days: Annotated[
        int, Meta(ge=1, le=3650, description="Days that recordings of streams are kept.")
    ] = 30
