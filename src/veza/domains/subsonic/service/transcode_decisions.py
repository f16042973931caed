"""Decides whether a player can play a file as it is, and to what it is converted otherwise."""

import re
from collections.abc import Callable, Sequence

from msgspec import Struct

from veza.core.errors import Invalid
from veza.domains.subsonic.models.transcoding import (
    AudioStreamFormat,
    DirectPlayProfile,
    Limitation,
    PlayerAbilities,
    TranscodeDecision,
    TranscodingProfile,
)
from veza.domains.subsonic.service.transcoding import (
    RENDITION_KBPS,
    AudioWish,
    HeldAudio,
    choose_audio,
)
from veza.infra.media.sniff_audio import AudioKind
from veza.infra.media.stream_targets import (
    StreamSource,
    StreamTarget,
    choose_channels,
    choose_kbps,
    choose_sample_rate,
    kind_of,
)

_HTTP = "http"
_FORMATS: dict[AudioKind, tuple[str, str]] = {
    AudioKind.MP3: ("mp3", "mp3"),
    AudioKind.FLAC: ("flac", "flac"),
    AudioKind.WAV: ("wav", "pcm"),
    AudioKind.AIFF: ("aiff", "pcm"),
    AudioKind.OGG: ("ogg", "vorbis"),
    AudioKind.OPUS: ("ogg", "opus"),
    AudioKind.M4A: ("mp4", "aac"),
    AudioKind.AAC: ("aac", "aac"),
}
# Other names of containers and codecs.
_ALIASES = {
    **dict.fromkeys(("m4a", "m4b", "mov"), "mp4"),
    **dict.fromkeys(("oga", "opus"), "ogg"),
    "adts": "aac",
    "wave": "wav",
    "mpeg": "mp3",
    "aif": "aiff",
}
_TARGETS = {
    _FORMATS[kind_of(target)]: target
    for target in (StreamTarget.MP3, StreamTarget.OPUS, StreamTarget.FLAC, StreamTarget.M4A)
}
_PARAMS = re.compile(r"(mp3|opus|flac|m4a)-([0-9]{1,3})")
_COMPARISONS: dict[str, Callable[[int, Sequence[int]], bool]] = {
    "Equals": lambda found, values: found in values,
    "NotEquals": lambda found, values: found not in values,
    "LessThanEqual": lambda found, values: all(found <= value for value in values),
    "GreaterThanEqual": lambda found, values: all(found >= value for value in values),
}


class PlayableFile(Struct, frozen=True):
    """The best file that a member may have, and the properties of its sound."""

    held: HeldAudio
    source: StreamSource


def decide(client: PlayerAbilities, file: PlayableFile, *, can_make: bool) -> TranscodeDecision:
    """Return how a player gets a file; there is a reason for each profile that doesn't fit."""
    source = _describe(file.source, file.source.kind, file.held.kbps)
    reasons = [_find_obstacle(client, each, source) for each in client.direct_play_profiles]
    is_direct = None in reasons
    target = _find_target(client, file) if can_make else None
    if not is_direct and target is None:
        error = "The server can make none of the formats that the player accepts."
    else:
        error = ""
    return TranscodeDecision(
        can_direct_play=is_direct,
        can_transcode=target is not None,
        transcode_reason=[] if is_direct else [each for each in reasons if each is not None],
        error_reason=error,
        transcode_params=target and target[0],
        source_stream=source,
        transcode_stream=target and target[1],
    )


def read_params(text: str, start_s: int) -> AudioWish:
    """Return the conversion that a decision named. Raises Invalid."""
    found = _PARAMS.fullmatch(text)
    if found is None:
        raise Invalid("`transcodeParams` is what `getTranscodeDecision` answered.")
    return AudioWish(found[1], int(found[2]), start_s)


def _find_obstacle(
    client: PlayerAbilities, profile: DirectPlayProfile, source: AudioStreamFormat
) -> str | None:
    """Return why a profile does not let a player play a file as it is; None if it does."""
    if not _has(profile.containers, source.container):
        return "ContainerNotSupported"
    if not _has(profile.audio_codecs, source.codec):
        return "AudioCodecNotSupported"
    if profile.protocols and _HTTP not in profile.protocols:
        return "ProtocolNotSupported"
    if profile.max_audio_channels and source.audio_channels > profile.max_audio_channels:
        return "AudioChannelsNotSupported"
    if client.max_audio_bitrate and source.audio_bitrate > client.max_audio_bitrate:
        return "AudioBitrateNotSupported"
    return next((f"{each.name}NotSupported" for each in _list_broken(client, source)), None)


def _find_target(
    client: PlayerAbilities, file: PlayableFile
) -> tuple[str, AudioStreamFormat] | None:
    """Return the parameters and the format of the first conversion that a player accepts."""
    for profile in client.transcoding_profiles:
        target = _TARGETS.get((_plain(profile.container), _plain_codec(profile.audio_codec)))
        if target is None or profile.protocol not in {_HTTP, ""}:
            continue
        found = _convert(client, profile, file, target)
        if found is not None:
            return found
    return None


def _convert(
    client: PlayerAbilities, profile: TranscodingProfile, file: PlayableFile, target: StreamTarget
) -> tuple[str, AudioStreamFormat] | None:
    limit = _find_limit(client, _FORMATS[kind_of(target)][1])
    kbps = choose_kbps(target, limit // 1000)
    wish = AudioWish(target, kbps or 0)
    choice = choose_audio(wish, file.held)
    made_kbps = choice.output.kbps if choice.output else min(file.held.kbps, RENDITION_KBPS)
    details = _describe(file.source, kind_of(target), made_kbps or file.held.kbps, target)
    is_too_much = limit and details.audio_bitrate > limit
    most = profile.max_audio_channels
    if is_too_much or (most and details.audio_channels > most) or _list_broken(client, details):
        return None
    return f"{target}-{kbps or 0}", details


def _find_limit(client: PlayerAbilities, codec: str) -> int:
    """Return the highest bit rate that a player accepts of a codec; 0 for any."""
    limits = [client.max_transcoding_audio_bitrate, client.max_audio_bitrate]
    for each in _list_limitations(client, codec):
        if each.name == "audioBitrate" and each.comparison == "LessThanEqual":
            limits += _numbers(each)
    return min((limit for limit in limits if limit), default=0)


def _list_broken(client: PlayerAbilities, stream: AudioStreamFormat) -> list[Limitation]:
    """Return the limitations that have to hold, and do not."""
    facts = {
        "audioBitrate": stream.audio_bitrate,
        "audioChannels": stream.audio_channels,
        "audioSamplerate": stream.audio_samplerate,
    }
    return [
        each
        for each in _list_limitations(client, stream.codec)
        if each.required and each.name in facts and each.comparison in _COMPARISONS
        if not _COMPARISONS[each.comparison](facts[each.name], _numbers(each))
    ]


def _list_limitations(client: PlayerAbilities, codec: str) -> list[Limitation]:
    return [
        each
        for profile in client.codec_profiles
        if _plain_codec(profile.name) == codec
        for each in profile.limitations
    ]


def _numbers(limitation: Limitation) -> list[int]:
    return [int(each) for each in limitation.values if each.isdecimal() and len(each) < 16]


def _describe(
    source: StreamSource, kind: AudioKind, kbps: int, target: StreamTarget | None = None
) -> AudioStreamFormat:
    container, codec = _FORMATS[kind]
    channels, rate = source.channels, source.sample_rate
    if target is not None:
        channels = choose_channels(target, channels)
        rate = choose_sample_rate(target, source)
    return AudioStreamFormat(
        protocol=_HTTP,
        container=container,
        codec=codec,
        audio_channels=channels,
        audio_bitrate=1000 * kbps,
        audio_samplerate=rate,
    )


def _has(names: Sequence[str], name: str) -> bool:
    """Return whether a list names a container or a codec; an empty one names all."""
    return not names or any(name in {_plain(each), _plain_codec(each)} for each in names)


def _plain(name: str) -> str:
    name = name.strip().lower()
    return _ALIASES.get(name, name)


def _plain_codec(name: str) -> str:
    name = name.strip().lower()
    return "pcm" if name.startswith("pcm") else name
