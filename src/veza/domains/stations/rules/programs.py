"""Checks what an owner chose, and makes the rotation of it that is stored."""

from collections.abc import Iterable, Mapping, Sequence
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from msgspec import structs

from veza.core.errors import FieldError, Invalid
from veza.core.ids import TrackId
from veza.core.normalize import require_line
from veza.domains.stations.models.rotations import (
    JINGLES,
    MAIN,
    SECOND,
    PlayedDaypart,
    Rotation,
    RotationTrack,
)
from veza.domains.stations.models.stations import (
    MAX_TRACKS,
    EligibleTrack,
    StationForm,
    StationProgram,
)
from veza.domains.stations.rules.playlists import MAX_SEGMENT

# A shorter one would make a station of nothing but borders.
MIN_TRACK = 5 * SECOND
MIN_JINGLE = SECOND


def clean(form: StationForm) -> StationForm:
    """Return a form whose lists name each track once. Raises Invalid."""
    title = require_line(form.title, "title", "A station needs a title.")
    return structs.replace(form, title=title, program=clean_program(form.program))


def clean_program(program: StationProgram) -> StationProgram:
    """Return a program that can be played. Raises Invalid."""
    _ensure_zone(program.time_zone)
    cleaned = structs.replace(
        program,
        track_ids=_once(program.track_ids),
        jingle_ids=_once(program.jingle_ids),
        dayparts=[
            structs.replace(each, days=sorted(set(each.days)), track_ids=_once(each.track_ids))
            for each in program.dayparts
        ],
    )
    if len(list_track_ids(cleaned)) > MAX_TRACKS:
        message = f"A station has at most {MAX_TRACKS} tracks in all its lists."
        raise Invalid(details=[FieldError("program.track_ids", message, "too_many", MAX_TRACKS)])
    return cleaned


def list_track_ids(program: StationProgram) -> list[TrackId]:
    """Return all tracks of a program, each once."""
    lists = [program.track_ids, program.jingle_ids, *(each.track_ids for each in program.dayparts)]
    return _once(track_id for ids in lists for track_id in ids)


def list_requestable_ids(program: StationProgram) -> list[TrackId]:
    """Return the tracks of a program but its jingles, each once."""
    return list_track_ids(structs.replace(program, jingle_ids=[]))


def make_rotation(
    program: StationProgram,
    seed: int,
    playable: Sequence[EligibleTrack],
    lengths: Mapping[TrackId, list[int]],
) -> Rotation:
    """Return the rotation of those tracks of a program that can be played now."""
    known = {each.id: each for each in playable}
    tracks = [
        RotationTrack(track_id, known[track_id].title, known[track_id].artist, lengths[track_id])
        for track_id in list_track_ids(program)
        if track_id in known and _is_fit(lengths.get(track_id, []))
    ]
    places = {track.id: index for index, track in enumerate(tracks)}
    found = [index for track_id in program.track_ids if (index := places.get(track_id)) is not None]
    pools = {MAIN: _long(tracks, found)}
    for number, daypart in enumerate(program.dayparts):
        pools[str(number)] = _long(tracks, [places[i] for i in daypart.track_ids if i in places])
    if program.jingle_every:
        pools[JINGLES] = [places[i] for i in program.jingle_ids if i in places]
    dayparts = [
        PlayedDaypart(each.name, each.days, each.from_hour, each.to_hour % 24)
        for each in program.dayparts
    ]
    return Rotation(
        seed, program.time_zone, program.artist_gap, program.jingle_every, tracks, pools, dayparts
    )


def _ensure_zone(name: str) -> None:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        message = "This time zone is not known."
        raise Invalid(details=[FieldError("program.time_zone", message, "choice")]) from error


def _is_fit(lengths: list[int]) -> bool:
    return sum(lengths) >= MIN_JINGLE and max(lengths) <= MAX_SEGMENT


def _long(tracks: Sequence[RotationTrack], pool: Iterable[int]) -> list[int]:
    return [index for index in pool if tracks[index].duration >= MIN_TRACK]


def _once(track_ids: Iterable[TrackId]) -> list[TrackId]:
    return list(dict.fromkeys(track_ids))
