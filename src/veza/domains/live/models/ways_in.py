"""The ways in for encoders besides RTMP, and what they say of themselves."""

from typing import Annotated

from msgspec import Meta, Struct

NowPlaying = Annotated[
    str,
    Meta(
        description="What its encoder says that it plays, empty if it doesn't.",
        examples=["Ada - Dusk"],
    ),
]
SrtUrl = Annotated[
    str,
    Meta(
        description="The address for encoders that send SRT, whose passphrase is the stream key.",
        examples=["srt://veza.example:9710?streamid=0197f3b2-7c11-7cc4-8f5e-3f6f1a2b3c4d"],
    ),
]
RtmpsUrl = Annotated[
    str,
    Meta(
        description="The address for encoders that send RTMP by TLS.",
        examples=["rtmps://veza.example:1936/live"],
    ),
]

WhipUrl = Annotated[
    str,
    Meta(
        description="Where browsers go live by WHIP, with the stream key as the Bearer token.",
        examples=["https://veza.example/api/v1/live/whip"],
    ),
]


class IcecastAccess(Struct, frozen=True):
    """The address for encoders of Icecast, whose password is the stream key.

    User and mount may be anything; these are what encoders ask for.
    """

    host: Annotated[str, Meta(examples=["veza.example"])]
    port: Annotated[int, Meta(examples=[8000])]
    mount: Annotated[str, Meta(examples=["/live"])]
    username: Annotated[str, Meta(examples=["source"])]
