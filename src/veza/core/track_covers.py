"""The release that a track is shown with, and the picture of a track: its own, else that of this.

It is the listed release of an active member that was published first; one with a cover comes before
one without.
"""

from msgspec import Struct

from veza.core.ids import ImageId, ReleaseId
from veza.core.palettes import CoverLook
from veza.core.visibility import active, listed_release

# The order in which `list_named_places` of `music/releases` chooses, too.
CHOSEN_FIRST = "r.cover_image_id is null, r.listed_at, r.id"
_COVER = "left join images i on i.id = r.cover_image_id"


class TrackRelease(Struct, frozen=True, array_like=True):
    """The column of `track_release`: a release, and the look of its cover if it has one."""

    id: ReleaseId
    title: str
    cover_image_id: ImageId | None
    palette: list[int] | None
    placeholder: str | None

    @property
    def look(self) -> CoverLook | None:
        """The look of its cover."""
        return None if self.palette is None else CoverLook(self.palette, self.placeholder)


class ShownCover(Struct, frozen=True, array_like=True):
    """The column of `shown_cover`: the palette and the placeholder of the picture of a track."""

    palette: list[int] | None = None
    placeholder: str | None = None

    @property
    def look(self) -> CoverLook | None:
        """The look of the picture; None without one."""
        return None if self.palette is None else CoverLook(self.palette, self.placeholder)


def release_column(track: str, column: str, joined: str = "") -> str:
    """Return the SQL of a column of the release of a track; null without one.

    `track` is an alias of `tracks`, `column` a column of `releases r` or of what is joined: names
    in our statements, never what somebody sent. Tracks that were never on a release cost no
    look-up, and the owner of a release none unless it is another than that of the track.
    """
    owner = f"select from users o where o.id = r.owner_id and {active('o')}"
    return f"""
        case when {track}.was_placed then (
            select {column}
              from release_tracks e
              join releases r on r.id = e.release_id and {listed_release("r")}
                   and (r.owner_id = {track}.owner_id or exists ({owner}))
              {joined}
             where e.track_id = {track}.id
             order by {CHOSEN_FIRST}
             limit 1
        ) end
    """  # noqa: S608 - names only


def release_version(track: str) -> str:
    """Return the SQL of a text that changes with the release of a track, and begins with its id."""
    return release_column(track, "r.id || ' ' || r.xmin")


def track_release(track: str) -> str:
    """Return the column `release` of an alias of `tracks`, which is read as a `TrackRelease`."""
    row = "jsonb_build_array(r.id, r.title, r.cover_image_id, i.palette, i.placeholder)"
    return f"{release_column(track, row, _COVER)} as release"


def shown_cover(track: str) -> str:
    """Return the column `cover`, which is read as a `ShownCover`."""
    row = "jsonb_build_array(i.palette, i.placeholder)"
    return f"""
        case when {track}.cover_palette is null then {release_column(track, row, _COVER)}
             else jsonb_build_array({track}.cover_palette, {track}.cover_placeholder)
        end as cover
    """
