"""Decides which file a player gets: a stored one, or which one is made of it."""

from msgspec import Struct

from veza.infra.media.sniff_audio import AudioKind
from veza.infra.media.stream_targets import StreamOutput, StreamTarget, choose_kbps

RAW = "raw"
# The stored renditions, AAC both, in kbit/s.
RENDITION_KBPS = 256
LOW_RENDITION_KBPS = 128

# The names by which players ask for formats. Others are as good as none.
_TARGETS = {
    "mp3": StreamTarget.MP3,
    "opus": StreamTarget.OPUS,
    "ogg": StreamTarget.OPUS,
    "oga": StreamTarget.OPUS,
    "flac": StreamTarget.FLAC,
    "aac": StreamTarget.AAC,
    "m4a": StreamTarget.M4A,
    "mp4": StreamTarget.M4A,
}
_AAC_TARGETS = {StreamTarget.AAC, StreamTarget.M4A}


class AudioWish(Struct, frozen=True):
    """The requested format, or none; the maximum bit rate in kbit/s, 0 for none; the start."""

    form: str = ""
    max_kbps: int = 0
    start_s: int = 0


class HeldAudio(Struct, frozen=True):
    """The best file that a member may have: `is_original`, or else the rendition."""

    kind: AudioKind
    kbps: int
    is_original: bool

    def fits(self, max_kbps: int) -> bool:
        """Return whether it has no more than so many kbit/s, 0 for any number."""
        return not max_kbps or self.kbps <= max_kbps


class AudioChoice(Struct, frozen=True):
    """The source of a stream: a stored file or rendition, or a conversion of one.

    `source` names the file; `output` is None for a stored one.
    """

    source: str
    output: StreamOutput | None = None


BEST = "best"
RENDITION = "rendition"
LOW_RENDITION = "low_rendition"


def choose_audio(wish: AudioWish, best: HeldAudio, *, can_make: bool = True) -> AudioChoice:
    """Return what a player gets that asks for a format, a bit rate and a start.

    What is stored is preferred to what has to be made, and what has the bit rate of AAC that is
    stored is copied. Without `can_make` it is the stored file that comes closest.
    """
    target = None if wish.form == RAW else _TARGETS.get(wish.form)
    is_raw = wish.form == RAW
    if is_raw or (not wish.start_s and best.fits(wish.max_kbps) and _has_form(best, target)):
        return AudioChoice(BEST)
    if not can_make:
        is_rendition = target in _AAC_TARGETS or best.kbps > max(wish.max_kbps, RENDITION_KBPS)
        is_wanted = target in _AAC_TARGETS or not best.fits(wish.max_kbps)
        return AudioChoice(RENDITION if is_rendition and is_wanted else BEST)
    if target is StreamTarget.FLAC and wish.max_kbps:
        # It has the bit rate that the sound needs: a limit counts for more.
        target = None
    if target is None or target in _AAC_TARGETS:
        return _choose_aac(wish, target)
    return AudioChoice(BEST, StreamOutput(target, choose_kbps(target, wish.max_kbps), wish.start_s))


def _has_form(best: HeldAudio, target: StreamTarget | None) -> bool:
    """Return whether a file has a wanted format: an M4A that was uploaded may be ALAC."""
    if target is None:
        return True
    if target in _AAC_TARGETS:
        return not best.is_original
    return best.kind == target.value


def _choose_aac(wish: AudioWish, target: StreamTarget | None) -> AudioChoice:
    kbps = choose_kbps(StreamTarget.AAC, wish.max_kbps) or RENDITION_KBPS
    if kbps >= RENDITION_KBPS:
        if not wish.start_s:
            return AudioChoice(RENDITION)
        return AudioChoice(RENDITION, _copied(RENDITION_KBPS, wish.start_s))
    if kbps >= LOW_RENDITION_KBPS:
        return AudioChoice(LOW_RENDITION, _copied(LOW_RENDITION_KBPS, wish.start_s))
    return AudioChoice(BEST, StreamOutput(target or StreamTarget.AAC, kbps, wish.start_s))


def _copied(kbps: int, start_s: int) -> StreamOutput:
    return StreamOutput(StreamTarget.M4A, kbps, start_s, is_copy=True)
