"""The condition that a track may be recommended to a viewer."""

from veza.core.ids import UserId
from veza.core.visibility import active, blocked, published_track
from veza.infra.postgres.where import Where

_IS_PUBLISHED = f"{published_track('t')} and {active('u')}"


def is_shown(where: Where, viewer_id: UserId | None) -> str:
    """Return the condition for track `t` of owner `u`.

    The track is public and ready, and its owner is not suspended, not muted, and not blocked in
    either direction.
    """
    return f"{_IS_PUBLISHED} and {is_wanted(where, viewer_id)}"


def is_wanted(where: Where, viewer_id: UserId | None) -> str:
    """Return the condition that member `u` is not suspended, muted or blocked."""
    if viewer_id is None:
        return active("u")
    viewer = where.bind(viewer_id)
    return f"""{active("u")}
        and not {blocked(viewer, "u.id")}
        and not exists (select from mutes m where m.muter_id = {viewer} and m.muted_id = u.id)
    """
