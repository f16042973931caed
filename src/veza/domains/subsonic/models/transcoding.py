"""Capabilities of players, and decisions on how songs are sent (extension `transcoding`).

Bit rates are in bit/s.
"""

from typing import Annotated

from msgspec import Meta, Struct

from veza.domains.subsonic.models.shown import Answer

_Name = Annotated[str, Meta(max_length=100)]
_Amount = Annotated[int, Meta(ge=0)]


class Limitation(Struct, frozen=True, rename="camel"):
    """A bound of a codec, such as `audioBitrate`, `LessThanEqual`, 320000."""

    name: _Name
    comparison: _Name
    values: Annotated[list[_Name], Meta(max_length=50)] = []
    required: bool = False


class CodecProfile(Struct, frozen=True, rename="camel"):
    """The bounds of a codec in a player."""

    name: _Name
    type: _Name = "AudioCodec"
    limitations: Annotated[list[Limitation], Meta(max_length=50)] = []


class DirectPlayProfile(Struct, frozen=True, rename="camel"):
    """Files that a player plays as they are; an empty list stands for any."""

    containers: Annotated[list[_Name], Meta(max_length=50)] = []
    audio_codecs: Annotated[list[_Name], Meta(max_length=50)] = []
    protocols: Annotated[list[_Name], Meta(max_length=50)] = []
    max_audio_channels: _Amount = 0


class TranscodingProfile(Struct, frozen=True, rename="camel"):
    """A format that a player accepts if a file has to be converted; the first is preferred."""

    container: _Name
    audio_codec: _Name
    protocol: _Name = "http"
    max_audio_channels: _Amount = 0


class PlayerAbilities(Struct, frozen=True, rename="camel"):
    """The capabilities of a player. A maximum of 0 is no limit."""

    name: _Name = ""
    platform: _Name = ""
    max_audio_bitrate: _Amount = 0
    max_transcoding_audio_bitrate: _Amount = 0
    direct_play_profiles: Annotated[list[DirectPlayProfile], Meta(max_length=100)] = []
    transcoding_profiles: Annotated[list[TranscodingProfile], Meta(max_length=100)] = []
    codec_profiles: Annotated[list[CodecProfile], Meta(max_length=100)] = []


class AudioStreamFormat(Answer, frozen=True, kw_only=True):
    """The format of a stream."""

    protocol: str
    container: str
    codec: str
    audio_channels: int
    audio_bitrate: int
    audio_samplerate: int


class TranscodeDecision(Answer, frozen=True, kw_only=True):
    """The decision to send a song as it is or converted, as `transcode_params` describe."""

    can_direct_play: bool
    can_transcode: bool
    transcode_reason: list[str]
    error_reason: str = ""
    transcode_params: str | None = None
    source_stream: AudioStreamFormat
    transcode_stream: AudioStreamFormat | None = None
