"""Fills an empty server with the community of the demonstration.

People, tracks, posts, talk, likes, comments and a shop come in by the same use cases as those of
everybody. Only their dates and the counts of plays are set afterwards, by statements of this
folder: nobody else may do that.
"""

import asyncio
import secrets
import sys
import tempfile
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

from veza.app.services import Services
from veza.app.worker import run_until_empty
from veza.core.access import Member, Role
from veza.core.errors import CannotStart
from veza.core.ids import SessionId, TrackId, new_id
from veza.core.signed_urls import UrlBuilder, UrlSigner
from veza.domains.auth.accounts import service as accounts
from veza.domains.auth.accounts.models import AccountChange, RegistrationForm
from veza.domains.music.audio import service as audio
from veza.domains.music.track_comments import service as comments
from veza.domains.music.track_comments.models import CommentForm
from veza.domains.music.tracks import service as tracks
from veza.domains.music.tracks.models import TrackForm, Visibility
from veza.domains.platform.uploads.models import PreparedForm
from veza.infra.postgres.database import Tx
from veza_demo import community
from veza_demo.covers import render_cover
from veza_demo.pieces import PIECES, Piece, render, write_wav
from veza_demo.rooms import fill_rooms
from veza_demo.shop import fill_shop
from veza_demo.talk import fill_talk

_CHUNK = 1024 * 1024


async def fill(services: Services) -> None:
    """Make the members, their tracks, and what they say. Raises CannotStart if not empty."""
    await _ensure_empty(services)
    password = secrets.token_urlsafe(12)
    members = {
        person.username: await _join(services, person, password) for person in community.MEMBERS
    }
    _say(f"{len(members)} members")
    uploaded: dict[str, TrackId] = {}
    for piece in PIECES:
        uploaded[piece.slug] = await _upload(services, members[piece.artist], piece)
        _say(f"{piece.title} by {piece.artist}")
    _say("processing …")
    await run_until_empty(services)
    async with services.database.transaction() as tx:
        await _date(tx, uploaded)
        await _like(tx, members, uploaded)
        await _comment(tx, members, uploaded)
        await fill_talk(tx, members, uploaded)
        await fill_rooms(tx, members)
    _say("a shop, with its first customers")
    await fill_shop(services, members, uploaded)
    # Everybody is told of it, and sellers are paid.
    await run_until_empty(services)
    _say(f"Done. Sign in as any of them: mira_solene@veza.example, password {password}")


async def _ensure_empty(services: Services) -> None:
    async with services.database.read() as conn:
        if await conn.value(int, "select count(*) from tracks"):
            raise CannotStart(
                "This server has tracks already: the demonstration is for an empty one."
            )


async def _join(services: Services, person: community.Member, password: str) -> Member:
    wish = RegistrationForm(person.username, f"{person.username}@veza.example", password)
    role = Role(person.role)
    user_id = await accounts.create_account(services.database, services.login_context, wish, role)
    member = Member(user_id, role, SessionId(new_id()))
    change = AccountChange(bio=person.bio)
    await accounts.update_profile(services.database, services.login_context, member, change)
    async with services.database.transaction() as tx:
        sql = "update users set created_at = now() - $2::interval where id = $1"
        await tx.run(sql, user_id, timedelta(days=person.joined_days_ago))
    return member


async def _upload(services: Services, artist: Member, piece: Piece) -> TrackId:
    fields = TrackForm(
        title=piece.title,
        description=piece.description,
        genre=piece.genre,
        tags=list(piece.tags),
        visibility=Visibility(piece.visibility),
        downloadable=piece.is_downloadable,
    )
    picture = await asyncio.to_thread(render_cover, piece)
    storage = services.audio_storage
    with tempfile.TemporaryDirectory(dir=storage.folder) as folder:
        path = await _write_sound(storage.limits.ffmpeg, Path(folder), piece)
        others = {"cover": _once(picture)}
        form = PreparedForm(fields, path.name, _read(path), others)
        track = await audio.upload_track(
            services.uploads, storage, artist, form=form, urls=UrlBuilder("", UrlSigner(b"", ""), 0)
        )
    return track.id


async def _write_sound(ffmpeg: Path, folder: Path, piece: Piece) -> Path:
    """Render a piece, and convert it to the format that its artist uploads."""
    wav = folder / f"{piece.slug}.wav"
    await asyncio.to_thread(lambda: write_wav(wav, render(piece)))
    if piece.file_format == "wav":
        return wav
    target = wav.with_suffix(f".{piece.file_format}")
    quality = ["-b:a", "320k"] if piece.file_format == "mp3" else []
    process = await asyncio.create_subprocess_exec(
        str(ffmpeg), "-v", "error", "-i", str(wav), *quality, str(target)
    )
    if await process.wait() != 0:
        raise CannotStart(f"ffmpeg could not write {target.name}.")
    return target


async def _read(path: Path) -> AsyncIterator[bytes]:
    with path.open("rb") as file:
        while chunk := await asyncio.to_thread(file.read, _CHUNK):
            yield chunk


async def _once(content: bytes) -> AsyncIterator[bytes]:
    yield content


async def _date(tx: Tx, uploaded: dict[str, TrackId]) -> None:
    sql = "update tracks set created_at = now() - $2::interval, plays_count = $3 where id = $1"
    for release in community.RELEASES:
        age = timedelta(days=release.posted_days_ago)
        await tx.run(sql, uploaded[release.piece], age, release.plays)


async def _like(tx: Tx, members: dict[str, Member], uploaded: dict[str, TrackId]) -> None:
    sql = """
        update track_likes
           set liked_at = now() - $3::interval
         where track_id = $1 and user_id = $2
    """
    for like in community.LIKES:
        track_id, member = uploaded[like.piece], members[like.username]
        await tracks.like(tx, track_id, member)
        await tx.run(sql, track_id, member.id, timedelta(days=like.posted_days_ago))


async def _comment(tx: Tx, members: dict[str, Member], uploaded: dict[str, TrackId]) -> None:
    sql = "update track_comments set created_at = now() - $2::interval where id = $1"
    for words in community.COMMENTS:
        form = CommentForm(words.body, words.position_seconds)
        made = await comments.comment(tx, uploaded[words.piece], members[words.username], form)
        await tx.run(sql, made.id, timedelta(days=words.posted_days_ago))


def _say(words: str) -> None:
    sys.stdout.write(f"{words}\n")
    sys.stdout.flush()
