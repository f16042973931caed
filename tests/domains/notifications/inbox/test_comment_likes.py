"""Likes of comments on tracks notify their authors, as likes of other things do."""

from tests import make
from tests.domains.notifications.inbox.reactions_steps import happen
from veza.core.ids import CommentId
from veza.domains.music.track_comments.events import TrackCommentLiked


async def test_likes_of_a_comment_are_one_notification_of_its_author(
    services, act, see, told, artist, fan, other, track_id
):
    path = f"tracks/{track_id}/comments"
    said = await act(fan, "POST", path, content="That bass!")
    for liker in (other, artist, fan):
        await act(liker, "POST", f"{path}/{said['id']}/like")
        await make.delivered(services)
    await act(other, "DELETE", f"{path}/{said['id']}/like")
    await act(other, "POST", f"{path}/{said['id']}/like")

    assert await told(fan) == [("comment_like", [artist.username, other.username], 2)]
    [one] = (await see(fan))["notifications"]
    assert one["comment"] == {"id": said["id"], "excerpt": "That bass!"}
    assert one["track"] == {"id": str(track_id), "title": "Night Ferry"}


async def test_who_does_not_want_it_is_not_notified_of_a_like_of_a_comment(
    services, act, told, artist, fan, other, track_id
):
    said = await act(fan, "POST", f"tracks/{track_id}/comments", content="That bass!")
    like = TrackCommentLiked(CommentId(said["id"]), track_id, other.id, fan.id, artist.id)
    for method, path, wanted in (
        ("POST", f"users/{other.id}/block", {}),
        ("DELETE", f"users/{other.id}/block", None),
        ("POST", f"users/{other.id}/mute", {}),
        ("DELETE", f"users/{other.id}/mute", None),
        # Across a block with the artist, their tracks are not seen.
        ("POST", f"users/{artist.id}/block", {}),
        ("DELETE", f"users/{artist.id}/block", None),
        ("PUT", "notifications/preferences", {"comment_like": False}),
    ):
        await act(fan, method, path, **(wanted or {}))
        if wanted is not None:
            await happen(services, like)
    assert await told(fan) == []

    await act(fan, "PUT", "notifications/preferences", comment_like=True)
    await act(artist, "PUT", f"tracks/{track_id}", visibility="private")
    await happen(services, like)
    assert await told(fan) == []

    await act(artist, "PUT", f"tracks/{track_id}", visibility="unlisted")
    await happen(services, like)
    assert await told(fan) == [("comment_like", [other.username], 1)]
