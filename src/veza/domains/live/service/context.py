"""The dependencies of streams."""

from pathlib import Path

from msgspec import Struct

from veza.core.signed_urls import UrlSigner
from veza.domains.live.models.ways_in import IcecastAccess
from veza.domains.live.viewers import ViewerCounter
from veza.infra.security.encryption import Encryptor
from veza.infra.security.login_throttle import LoginThrottle
from veza.infra.security.passwords import Passwords


class LiveContext(Struct, frozen=True):
    """The dependencies of streams: encryption, viewer counts, the media folder, and URLs."""

    encryptor: Encryptor
    viewers: ViewerCounter
    folder: Path
    # What is kept for viewers who go back, and how many seconds of each stream.
    rewind_folder: Path
    rewind_s: int
    # Whether the sound of streams is encoded a second time, at a low rate.
    has_ladders: bool
    creators_only: bool
    # The base URL of the media at a CDN, if configured.
    playback_base_url: str | None
    # Tickets of streams with an audience, and passwords of streams.
    signer: UrlSigner
    passwords: Passwords
    # Wrong passwords of one viewer, and of all together, for a stream.
    attempts: LoginThrottle
    all_attempts: LoginThrottle
    # Depend on the request: the base URL of the API, and the addresses for encoders.
    base: str = ""
    rtmp_url: str = ""
    icecast: IcecastAccess | None = None
    # Without the name of a stream.
    srt_url: str | None = None
    rtmps_url: str | None = None
    whip_url: str | None = None
