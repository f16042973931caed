"""The column with the credits of a track or release, for the statements of other domains."""

from veza.core.visibility import linked_credit


def track_credits(track: str) -> str:
    """Return the column `credited` of an alias of `tracks`: null without credits."""
    return f"{_credited('track_credits', 'track_id', track)} as credited"


def track_credits_text(track: str) -> str:
    """Return the same as text, without a name: it changes when what is shown changes."""
    return f"({_credited('track_credits', 'track_id', track)})::text"


def release_credits(release: str) -> str:
    """Return the column `credited` of an alias of `releases`: null without credits."""
    return f"{_credited('release_credits', 'release_id', release)} as credited"


def _credited(table: str, key: str, item: str) -> str:
    """Return rows of `ShownCredit`, for items that have some; the others cost no look-up.

    The names are those in our statements, never what somebody sent.
    """
    return f"""
        case when {item}.has_credits then (
            select jsonb_agg(
                       jsonb_build_array(
                           k.role, k.name, k.join_phrase, k.instrument, w.id, w.username,
                           w.display_name, w.avatar_id)
                       order by k.position)
              from {table} k
              left join users w on w.id = k.user_id and {linked_credit("k", "w")}
             where k.{key} = {item}.id
        ) end
    """
