"""The settings about what is kept of streams, and where they are sent."""

from typing import Annotated

from msgspec import Meta, Struct

from veza.app.settings.setting_types import Size
from veza.app.settings.sign_in_settings import SignInSettings


class StreamRecordingSettings(SignInSettings, Struct, frozen=True, kw_only=True):
    """Settings of streams: what is recorded, kept to go back, encoded again, and sent on."""

    live_ladders: Annotated[
        int,
        Meta(
            ge=0,
            le=1000,
            description="Streams whose sound a machine encodes a second time, at 64 kbit/s for "
            "slow connections; each costs 3% of a core. Others are offered as they are sent.",
        ),
    ] = 20
    live_recording_hours: Annotated[
        int,
        Meta(
            ge=0,
            le=240,
            description="Hours of recorded streams that are kept of a member, who chooses which "
            "streams are recorded; the oldest go first. 0: nothing is recorded.",
        ),
    ] = 24
    live_rewind_minutes: Annotated[
        int,
        Meta(
            ge=0,
            le=120,
            description="Minutes by which viewers go back in a stream that runs. 0: not at all.",
        ),
    ] = 30
    live_rewind_bytes: Annotated[
        Size,
        Meta(
            description="Bytes that all running streams together keep for that on a machine; "
            "each has its share.",
        ),
    ] = 10 * 2**30
    live_recording_days: Annotated[
        int, Meta(ge=1, le=3650, description="Days that recordings of streams are kept.")
    ] = 30
    live_restreams: Annotated[
        int,
        Meta(
            ge=0,
            le=200,
            description="Streams that a machine sends to other platforms at once, where a stream "
            "that is sent to two counts twice. 0: none.",
        ),
    ] = 6
    live_restream_hosts: Annotated[
        list[Annotated[str, Meta(pattern=r"^[A-Za-z0-9.:\[\]-]+:[0-9]{1,5}$")]],
        Meta(
            description="Hosts in your own network to which streams may be sent, with their ports: "
            "comma-separated. All others must have a public address."
        ),
    ] = []
