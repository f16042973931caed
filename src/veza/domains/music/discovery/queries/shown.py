"""The condition that a track may be recommended to a viewer."""

from veza.core.ids import UserId
from veza.infra.postgres.where import Where

_IS_PUBLISHED = "t.visibility = 'public' and t.status = 'ready' and u.suspended_at is null"


def is_shown(where: Where, viewer_id: UserId | None) -> str:
    """Return the condition for track `t` of owner `u`.

    The track is public and ready, and its owner is not suspended, not muted, and not blocked in
    either direction.
    """
    return f"{_IS_PUBLISHED} and {is_wanted(where, viewer_id)}"


def is_wanted(where: Where, viewer_id: UserId | None) -> str:
    """Return the condition that member `u` is not suspended, muted or blocked."""
    if viewer_id is None:
        return "u.suspended_at is null"
    viewer = where.bind(viewer_id)
    return f"""u.suspended_at is null
        and not exists (select from blocks b
                         where (b.blocker_id, b.blocked_id) in (({viewer}, u.id), (u.id, {viewer})))
        and not exists (select from mutes m where m.muter_id = {viewer} and m.muted_id = u.id)
    """
