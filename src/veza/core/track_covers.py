"""The picture of a track: its own cover, else that of the first public release that it is on."""

from veza.core.visibility import listed_release


def release_cover(track: str, column: str = "id") -> str:
    """Return the SQL of a column of the image that stands in for the cover of a track.

    `track` and `column` are names in our statements, never what somebody sent.
    """
    # The same release as that of `list_named_places` of `music/releases`.
    return f"""
        (select i.{column}
           from release_tracks e
           join releases r on r.id = e.release_id and {listed_release("r")}
           join images i on i.id = r.cover_image_id
          where e.track_id = {track}.id
          order by r.listed_at, r.id
          limit 1)
    """  # noqa: S608 - names only


def shown_palette(track: str) -> str:
    """Return the SQL of the palette of the picture of a track; null without a picture."""
    return f"coalesce({track}.cover_palette, {release_cover(track, 'palette')}) as cover_palette"
