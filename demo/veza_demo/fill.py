"""Fills an empty server with the community of the demonstration.

Everything is created by the services that also serve requests, except dates and play counts, which
the API can't set.
"""

import sys
from collections.abc import Mapping
from datetime import timedelta
from functools import partial

from veza.app.paths import read_own_url
from veza.app.services import Services
from veza.app.worker import run_until_empty
from veza.core.access import Member, Role
from veza.core.errors import CannotStart
from veza.core.ids import SessionId, TrackId, new_id
from veza.domains.auth.accounts.models import AccountChange, RegistrationForm
from veza.domains.auth.accounts.service import new_accounts, own_account
from veza.domains.music.track_comments import service as comments
from veza.domains.music.track_comments.models import CommentForm
from veza.domains.music.tracks.service import track_likes
from veza.infra.postgres.database import Tx
from veza.infra.processes.lock import hold_lock
from veza_demo.albums import ALBUMS, fill_albums
from veza_demo.catalogue import PRODUCTS, PURCHASES
from veza_demo.community import COMMENTS, LIKES, MEMBERS, RELEASES, DemoMember
from veza_demo.conversations import fill_conversations
from veza_demo.existing import (
    ExistingMember,
    count_processing,
    email_of,
    find_failure,
    find_members,
    has_post,
)
from veza_demo.music import upload_piece
from veza_demo.pages import LABELS, confirm_credits, fill_pages, fill_split
from veza_demo.pieces import PIECES
from veza_demo.profiles import fill_profiles, pin_albums
from veza_demo.progress import Progress
from veza_demo.shop import fill_shop
from veza_demo.social import POSTS, fill_social
from veza_demo.waiting import wait_for_jobs

type Members = dict[str, Member]
type Tracks = Mapping[str, TrackId]

# Steps: two for each piece (upload, processing), one each for pages, releases, profiles, community
# and reviews.
_STEPS = len(MEMBERS) + 2 * len(PIECES) + 4 + len(PRODUCTS) + len(PURCHASES) + 1


async def fill(services: Services) -> None:
    """Create the demonstration, or what an interrupted run has not created.

    The server may run or not. Raises CannotStart if it has other data, if another process is
    filling it, or if its jobs don't finish.
    """
    folder = services.settings.data_dir / "demo"
    folder.mkdir(mode=0o700, exist_ok=True)
    with hold_lock(folder) as other:
        if other is not None:
            raise CannotStart(f"Another `veza demo` (process {other}) is running: wait for it.")
        async with services.database.read() as conn:
            existing = await find_members(conn)
        progress = Progress(_STEPS)
        try:
            await _fill(services, existing, progress)
        finally:
            progress.close()
    sys.stdout.write(_describe(services))


async def _fill(
    services: Services, existing: Mapping[str, ExistingMember], progress: Progress
) -> None:
    members = await _make_members(services, existing, progress)
    progress.show("Profiles")
    await fill_profiles(services, members)
    progress.advance()
    progress.show("A band and a label")
    pages = await fill_pages(services, members)
    progress.advance()
    uploaded = await _upload_pieces(services, members, pages, progress)
    progress.show("Releases")
    await fill_albums(services, {**members, **pages}, uploaded)
    await confirm_credits(services, members)
    await fill_split(services, members)
    await pin_albums(services, {**members, **pages})
    progress.advance()
    progress.show("Likes, comments, posts and conversations")
    await _fill_community(services, members, uploaded)
    progress.advance()
    await fill_shop(services, members, uploaded, progress)
    progress.show("Delivering notifications and payouts")
    await run_until_empty(services)


async def _make_members(
    services: Services, existing: Mapping[str, ExistingMember], progress: Progress
) -> Members:
    members: dict[str, Member] = {}
    for person in MEMBERS:
        progress.show(f"Member {person.username}")
        members[person.username] = await _make_member(
            services, person, existing.get(person.username)
        )
        progress.advance()
    return members


async def _make_member(
    services: Services, person: DemoMember, existing: ExistingMember | None
) -> Member:
    database, keeper, role = services.database, services.login_context, Role(person.role)
    if existing is None:
        form = RegistrationForm(person.username, email_of(person.username), _password(services))
        user_id = await new_accounts.create_account(database, keeper, form, role)
    else:
        user_id = existing.id
    member = Member(user_id, role, SessionId(new_id()))
    if existing is None or not existing.is_complete:
        async with database.transaction() as tx:
            sql = "update users set created_at = now() - $2::interval where id = $1"
            await tx.run(sql, user_id, timedelta(days=person.joined_days_ago))
        # Last: an account with a bio is complete.
        await own_account.update_profile(database, keeper, member, AccountChange(bio=person.bio))
    return member


async def _upload_pieces(
    services: Services, members: Members, pages: Members, progress: Progress
) -> Tracks:
    """Upload all pieces and wait until they are processed."""
    uploaded: dict[str, TrackId] = {}
    for piece in PIECES:
        progress.show(f"Track {piece.title} by {piece.artist}")
        publisher = (members | pages)[piece.publisher]
        artist_id = members[piece.artist].id if piece.page in LABELS else None
        uploaded[piece.slug] = await upload_piece(services, publisher, piece, artist_id)
        progress.advance()
    track_ids = list(uploaded.values())
    async with services.database.read() as conn:
        processed = len(track_ids) - await count_processing(conn, track_ids)

    def show_processed(count: int) -> None:
        progress.advance(count)
        progress.show("Processing the tracks")

    show_processed(processed)
    await wait_for_jobs(
        services,
        partial(count_processing, track_ids=track_ids),
        what="tracks",
        on_progress=show_processed,
    )
    async with services.database.read() as conn:
        failure = await find_failure(conn, track_ids)
    if failure is not None:
        raise CannotStart(
            f"A track could not be processed: {failure} Run the same command again to upload it "
            "once more."
        )
    return uploaded


async def _fill_community(services: Services, members: Members, uploaded: Tracks) -> None:
    """Create the likes, comments, posts and conversations in one transaction."""
    async with services.database.transaction() as tx:
        first = POSTS[0]
        if await has_post(tx, members[first.username], first.body):
            return
        await _set_dates(tx, uploaded)
        await _like(tx, members, uploaded)
        await _comment(tx, members, uploaded)
        await fill_social(tx, members, uploaded)
        await fill_conversations(tx, members)


async def _set_dates(tx: Tx, uploaded: Tracks) -> None:
    sql = "update tracks set created_at = now() - $2::interval, plays_count = $3 where id = $1"
    for release in RELEASES:
        age = timedelta(days=release.posted_days_ago)
        await tx.run(sql, uploaded[release.piece], age, release.plays)
    # As they have been public for long, followers are told of none of them today.
    told = "update track_announcements set decided_at = now() where track_id = any($1)"
    await tx.run(told, list(uploaded.values()))


async def _like(tx: Tx, members: Members, uploaded: Tracks) -> None:
    sql = """
        update track_likes
           set liked_at = now() - $3::interval
         where track_id = $1 and user_id = $2
    """
    for like in LIKES:
        track_id, member = uploaded[like.piece], members[like.username]
        await track_likes.like(tx, track_id, member)
        await tx.run(sql, track_id, member.id, timedelta(days=like.posted_days_ago))


async def _comment(tx: Tx, members: Members, uploaded: Tracks) -> None:
    sql = "update track_comments set created_at = now() - $2::interval where id = $1"
    for comment in COMMENTS:
        form = CommentForm(comment.body, comment.position_seconds)
        track_id, member = uploaded[comment.piece], members[comment.username]
        made = await comments.comment(tx, track_id, member, form)
        await tx.run(sql, made.id, timedelta(days=comment.posted_days_ago))


def _password(services: Services) -> str:
    """Return the password of all members, which is derived from the server's secret."""
    return services.keys.sign("demo", "password")


def _describe(services: Services) -> str:
    """Return the instructions to sign in."""
    settings = services.settings
    own_url = settings.public_url or read_own_url(settings)
    return f"""
The demonstration is complete: {len(MEMBERS)} members, {len(PIECES)} tracks,
{len(ALBUMS)} releases, a band, a label and a shop.

  Open      {settings.app_url or own_url}
  Sign in   {email_of(MEMBERS[0].username)} (or any other member, at veza.example)
  Password  {_password(services)}

If the page does not open, start the server with `make serve`.
"""
