"""The settings about the files that music players get."""

from typing import Annotated

from msgspec import Meta, Struct

from veza.app.settings.publication_settings import PublicationSettings


class PlayerSettings(PublicationSettings, Struct, frozen=True, kw_only=True):
    """Settings with which songs are converted for music players."""

    transcodings_at_once: Annotated[
        int,
        Meta(
            ge=0,
            le=64,
            description="Songs that are converted for music players at once, per HTTP process; a "
            "member may use half of them, at least one. 0: players get the stored files.",
        ),
    ] = 2
    transcodings_max_bytes: Annotated[
        int,
        Meta(
            ge=1,
            description="Bytes of songs that were converted for music players; those not wanted "
            "for longest are deleted.",
        ),
    ] = 2 * 1024**3
