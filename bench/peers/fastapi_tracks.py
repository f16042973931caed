"""`GET /tracks` and `GET /tracks/{id}` with FastAPI and SQLAlchemy: the same rows, the same JSON.

DSN is the URL of PostgreSQL, STATEMENTS a JSON object with Veza's own statements. Rows are read,
not ORM objects, and the responses are not validated: the faster way of both. No track of the data
is on a release, has credits or is taken down.
"""

import base64
import json
import os
import re
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from fastapi import FastAPI, HTTPException, Request
from fastapi.responses import JSONResponse
from sqlalchemy import Row, text
from sqlalchemy.ext.asyncio import create_async_engine

_STATEMENTS = {
    name: text(re.sub(r"\$(\d)", r":p\1", sql))
    for name, sql in json.loads(os.environ["STATEMENTS"]).items()
}
_SAME = (
    "title", "description", "status", "failure_reason", "format", "bitrate", "sample_rate",
    "channels", "loudness_lufs", "true_peak_dbtp", "genre", "tags", "isrc", "year", "bpm",
    "musical_key", "is_explicit", "ai", "ai_parts", "visibility", "downloadable", "likes_count",
    "comments_count", "plays_count", "has_lyrics", "cover_placeholder",
)  # fmt: skip

engine = create_async_engine(os.environ["DSN"], pool_size=10, max_overflow=0)
app = FastAPI(openapi_url=None)


@app.get("/api/v1/tracks")
async def list_tracks(request: Request, cursor: str | None = None) -> JSONResponse:
    """Return the newest public tracks, or those after a cursor; 20 on a page."""
    statement = _STATEMENTS["tracks"]
    values: dict[str, Any] = {}
    if cursor is not None:
        place = json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
        statement = _STATEMENTS["tracks_after"]
        values = {"p1": datetime.fromisoformat(place["created_at"]), "p2": UUID(place["id"])}
    async with engine.connect() as connection:
        rows = (await connection.execute(statement, values)).all()
    has_more = len(rows) > 20
    page = {
        "tracks": [_show(row, request) for row in rows[:20]],
        "next_cursor": _cursor(rows[19]) if has_more else None,
        "has_more": has_more,
    }
    return JSONResponse({"success": True, "data": page})


@app.get("/api/v1/tracks/{track_id}")
async def show_track(request: Request, track_id: UUID) -> JSONResponse:
    """Return a track."""
    async with engine.connect() as connection:
        row = (await connection.execute(_STATEMENTS["track"], {"p1": track_id})).first()
    if row is None:
        raise HTTPException(404)
    return JSONResponse({"success": True, "data": _show(row, request)})


def _show(row: Row[Any], request: Request) -> dict[str, Any]:
    base = f"{request.url.scheme}://{request.headers['host']}/api/v1/tracks/{row.id}"
    artist = _member(row)
    return {
        **{name: getattr(row, name) for name in _SAME},
        "id": str(row.id),
        "artist": artist,
        "artists": [{"profile": artist, "name": artist["display_name"], "join": ""}],
        "credits": [],
        "duration_seconds": row.duration_ms / 1000 if row.duration_ms else None,
        "tier_id": str(row.tier_id) if row.tier_id else None,
        "stream_url": f"{base}/stream",
        "hls_url": f"{base}/hls/master.m3u8",
        "waveform_url": f"{base}/waveform",
        "preview_url": f"{base}/preview",
        "cover_url": f"{base}/cover" if row.cover_palette else None,
        "cover_palette": _palette(row.cover_palette),
        "release": None,
        "created_at": _stamp(row.created_at),
    }


def _member(row: Row[Any]) -> dict[str, Any]:
    display_name, avatar_id = row.appearance
    path = f"/api/v1/profiles/{row.owner_id}/avatar?version={avatar_id}"
    return {
        "id": str(row.owner_id),
        "username": row.username,
        "display_name": display_name or row.username,
        "handle": row.username,
        "avatar_url": path if avatar_id else None,
    }


def _palette(stored: list[int] | None) -> dict[str, Any] | None:
    if stored is None:
        return None
    dark_hue, dark_chroma, light_hue, light_chroma = stored
    return {"dark": (dark_hue, dark_chroma / 1000), "light": (light_hue, light_chroma / 1000)}


def _stamp(at: datetime) -> str:
    return at.astimezone(UTC).isoformat().replace("+00:00", "Z")


def _cursor(row: Row[Any]) -> str:
    place = f'{{"created_at":"{_stamp(row.created_at)}","id":"{row.id}"}}'
    return base64.urlsafe_b64encode(place.encode()).rstrip(b"=").decode()
