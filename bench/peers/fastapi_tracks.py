"""`GET /tracks` and `GET /tracks/{id}` with FastAPI and SQLAlchemy: the same rows, the same JSON.

DSN is the URL of PostgreSQL. Columns are selected, not ORM objects, and the responses are not
validated: the faster way of both.
"""

import base64
import json
import os
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from fastapi import FastAPI, HTTPException, Request
from fastapi.responses import JSONResponse
from sqlalchemy import Row, Select, column, exists, select, table, tuple_
from sqlalchemy.ext.asyncio import create_async_engine

_TRACK_COLUMNS = (
    "id", "owner_id", "title", "description", "genre", "tags", "isrc", "year", "bpm",
    "musical_key", "is_explicit", "visibility", "downloadable", "status", "failure_reason",
    "duration_ms", "format", "bitrate", "sample_rate", "channels", "loudness_lufs",
    "true_peak_dbtp", "cover_palette", "likes_count", "comments_count", "plays_count", "created_at",
)  # fmt: skip
tracks = table("tracks", *map(column, _TRACK_COLUMNS))
users = table("users", column("id"), column("username"), column("suspended_at"))
lyrics = table("track_lyrics", column("track_id"))

engine = create_async_engine(os.environ["DSN"], pool_size=10, max_overflow=0)
app = FastAPI(openapi_url=None)


@app.get("/api/v1/tracks")
async def list_tracks(request: Request, limit: int = 20, cursor: str | None = None) -> JSONResponse:
    """Return the newest public tracks, or those after a cursor."""
    statement = (
        _select()
        .where(tracks.c.visibility == "public", tracks.c.status == "ready")
        .where(users.c.suspended_at.is_(None))
        .order_by(tracks.c.created_at.desc(), tracks.c.id.desc())
        .limit(limit + 1)
    )
    if cursor is not None:
        place = json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
        after = datetime.fromisoformat(place["created_at"]), UUID(place["id"])
        statement = statement.where(tuple_(tracks.c.created_at, tracks.c.id) < after)
    async with engine.connect() as connection:
        rows = (await connection.execute(statement)).all()
    shown = [_show(row, request) for row in rows[:limit]]
    has_more = len(rows) > limit
    page = {
        "tracks": shown,
        "next_cursor": _cursor(rows[limit - 1]) if has_more else None,
        "has_more": has_more,
    }
    return JSONResponse({"success": True, "data": page})


@app.get("/api/v1/tracks/{track_id}")
async def show_track(request: Request, track_id: UUID) -> JSONResponse:
    """Return a track."""
    async with engine.connect() as connection:
        row = (await connection.execute(_select().where(tracks.c.id == track_id))).first()
    if row is None:
        raise HTTPException(404)
    return JSONResponse({"success": True, "data": _show(row, request)})


def _select() -> Select[Any]:
    joined = tracks.join(users, users.c.id == tracks.c.owner_id)
    has_lyrics = exists().where(lyrics.c.track_id == tracks.c.id).label("has_lyrics")
    return select(*tracks.c, has_lyrics, users.c.username).select_from(joined)


def _show(row: Row[Any], request: Request) -> dict[str, Any]:
    base = f"{request.url.scheme}://{request.headers['host']}/api/v1/tracks/{row.id}"
    return {
        "id": str(row.id),
        "title": row.title,
        "description": row.description,
        "artist": {"id": str(row.owner_id), "username": row.username},
        "status": row.status,
        "failure_reason": row.failure_reason,
        "duration_seconds": row.duration_ms / 1000 if row.duration_ms else None,
        "format": row.format,
        "bitrate": row.bitrate,
        "sample_rate": row.sample_rate,
        "channels": row.channels,
        "loudness_lufs": row.loudness_lufs,
        "true_peak_dbtp": row.true_peak_dbtp,
        "genre": row.genre,
        "tags": row.tags,
        "isrc": row.isrc,
        "year": row.year,
        "bpm": row.bpm,
        "musical_key": row.musical_key,
        "is_explicit": row.is_explicit,
        "visibility": row.visibility,
        "downloadable": row.downloadable,
        "likes_count": row.likes_count,
        "comments_count": row.comments_count,
        "plays_count": row.plays_count,
        "has_lyrics": row.has_lyrics,
        "stream_url": f"{base}/stream",
        "hls_url": f"{base}/hls/master.m3u8",
        "waveform_url": f"{base}/waveform",
        "preview_url": f"{base}/preview",
        "cover_url": f"{base}/cover" if row.cover_palette else None,
        "cover_palette": _palette(row.cover_palette),
        "created_at": _stamp(row.created_at),
    }


def _palette(stored: list[int] | None) -> dict[str, Any] | None:
    if stored is None:
        return None
    dark_hue, dark_chroma, light_hue, light_chroma = stored
    return {"dark": (dark_hue, dark_chroma / 1000), "light": (light_hue, light_chroma / 1000)}


def _stamp(at: datetime) -> str:
    return at.astimezone(UTC).isoformat().replace("+00:00", "Z")


def _cursor(row: Row[Any]) -> str:
    text = f'{{"created_at":"{_stamp(row.created_at)}","id":"{row.id}"}}'
    return base64.urlsafe_b64encode(text.encode()).rstrip(b"=").decode()
