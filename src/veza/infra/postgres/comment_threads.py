"""Threads of comments `c` with their authors `u`: who sees which, and in which order.

A comment is the first of a thread or a reply in one. A deleted one with replies stays as a
placeholder. The tables, of what is commented on, have these columns in common.
"""

from uuid import UUID

from veza.core.ids import UserId
from veza.core.pages import Cursor
from veza.core.visibility import active, blocked, muted
from veza.infra.postgres.where import Where


def shown_comment(where: Where, viewer_id: UserId | None, *, is_listed: bool) -> str:
    """Return the condition that a viewer sees a comment; lists also hide muted authors."""
    condition = f"c.deleted_at is null and not c.is_taken_down and {active('u')}"
    if viewer_id is None:
        return condition
    viewer = where.bind(viewer_id)
    condition += f" and not {blocked(viewer, 'c.author_id')}"
    if is_listed:
        condition += f" and not {muted(viewer, 'c.author_id')}"
    return condition


def add_thread(
    where: Where, is_shown: str, *, parent_id: UUID | None, cursor: Cursor | None
) -> str:
    """Add the conditions of a page of first comments or of replies; return its order.

    Comments are listed newest first, replies oldest first; those that the viewer may not see
    (`is_shown`) only if they have replies.
    """
    where.add(f"(({is_shown}) or c.replies_count > 0)")
    comparison, direction = ("<", "desc") if parent_id is None else (">", "asc")
    if parent_id is None:
        where.add("c.parent_id is null")
    else:
        where.add("c.parent_id = {}", parent_id)
    if cursor is not None:
        condition = f"(c.created_at, c.id) {comparison} ({{}}, {{}})"
        where.add(condition, cursor.created_at, cursor.id)
    return f"c.created_at {direction}, c.id {direction}"
