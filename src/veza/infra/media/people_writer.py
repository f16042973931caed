"""The tags for the people of a track, by the names that Picard and beets give them.

`people_reader` reads them.
"""

from collections import defaultdict
from collections.abc import Mapping
from typing import Any

from mutagen import id3

from veza.infra.media.track_tags import TrackTags

_UTF8 = id3.Encoding.UTF8
# The names of Vorbis comments, and of free tags in MP4, by role.
_COMMENTS = {
    "composer": "COMPOSER",
    "lyricist": "LYRICIST",
    "writer": "WRITER",
    "arranger": "ARRANGER",
    "conductor": "CONDUCTOR",
    "remixer": "REMIXER",
    "dj": "DJMIXER",
    "producer": "PRODUCER",
    "engineer": "ENGINEER",
    "mixing": "MIXER",
    "performer": "PERFORMER",
}
_ARTIST_IDS = "MUSICBRAINZ_ARTISTID"
_ALBUM_ARTIST_IDS = "MUSICBRAINZ_ALBUMARTISTID"
# The names of these in ID3 and MP4.
FREE_NAMES = {
    _ARTIST_IDS: "MusicBrainz Artist Id",
    _ALBUM_ARTIST_IDS: "MusicBrainz Album Artist Id",
}
_FRAMES: Mapping[str, Any] = {
    "composer": id3.TCOM,
    "lyricist": id3.TEXT,
    "conductor": id3.TPE3,
    "remixer": id3.TPE4,
}
# The roles of those involved, where they have other names in ID3.
_INVOLVED = {"dj": "DJ-mix", "mixing": "mix"}
_PERFORMER = "performer"
_WRITER = "writer"
_OTHER = "other"


def list_comments(tags: TrackTags) -> dict[str, list[str]]:
    """Return Vorbis comments with their values. Roles that have no name there are left out."""
    found: defaultdict[str, list[str]] = defaultdict(list)
    found |= {"ARTISTS": tags.artists, "ALBUMARTISTS": tags.album_artists}
    found |= {_ARTIST_IDS: tags.artist_ids, _ALBUM_ARTIST_IDS: tags.album_artist_ids}
    for person in tags.credited:
        if person.role in _COMMENTS:
            played = f" ({person.instrument})" if person.instrument else ""
            found[_COMMENTS[person.role]].append(person.name + played)
    return {name: texts for name, texts in found.items() if texts}


def list_frames(tags: TrackTags) -> list[Any]:
    """Return frames of ID3."""
    texts: defaultdict[str, list[str]] = defaultdict(list)
    involved: list[list[str]] = []
    musicians: list[list[str]] = []
    for person in tags.credited:
        if person.role == _PERFORMER:
            musicians.append([person.instrument or _PERFORMER, person.name])
        elif person.role in _FRAMES or person.role == _WRITER:
            texts[person.role].append(person.name)
        else:
            role = person.instrument if person.role == _OTHER else ""
            involved.append([role or _INVOLVED.get(person.role, person.role), person.name])
    free = {"ARTISTS": tags.artists, "ALBUMARTISTS": tags.album_artists, "Writer": texts[_WRITER]}
    free |= {
        FREE_NAMES[_ARTIST_IDS]: tags.artist_ids,
        FREE_NAMES[_ALBUM_ARTIST_IDS]: tags.album_artist_ids,
    }
    frames: list[Any] = [
        _FRAMES[role](encoding=_UTF8, text=names)
        for role, names in texts.items()
        if role in _FRAMES
    ]
    frames += [
        id3.TXXX(encoding=_UTF8, desc=name, text=names) for name, names in free.items() if names
    ]
    if involved:
        frames.append(id3.TIPL(encoding=_UTF8, people=involved))
    if musicians:
        frames.append(id3.TMCL(encoding=_UTF8, people=musicians))
    return frames
