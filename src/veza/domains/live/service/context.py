"""The dependencies of streams."""

from pathlib import Path

from msgspec import Struct

from veza.domains.live.viewers import ViewerCounter
from veza.infra.security.encryption import Encryptor


class LiveContext(Struct, frozen=True):
    """The dependencies of streams: encryption, viewer counts, the media folder, and URLs."""

    encryptor: Encryptor
    viewers: ViewerCounter
    folder: Path
    creators_only: bool
    # The base URL of the media at a CDN, if configured.
    playback_base_url: str | None
    # Depend on the request: the base URL of the API, and the RTMP URL for encoders.
    base: str = ""
    rtmp_url: str = ""
