"""A steady load of real requests through nginx, with a record of what was acknowledged.

What is refused or gets no answer is tried again as clients should: with the same `client_id` of a
message, and the same key of an order.
"""

import asyncio
import threading
import time
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx

from tests import sounds
from tests.make import PASSWORD

# Longer than the server takes to find out that an engine is frozen.
TIMEOUT_S = 20
# Between two requests of a kind; each kind is one client.
PAUSES_S = {
    "read": 0.1,
    "play": 0.2,
    "like": 0.2,
    "post": 0.3,
    "chat": 0.2,
    "order": 0.5,
    "live": 0.5,
    "upload": 2.0,
}

# A member of the load acts more often than anybody may.
UNLIMITED = {
    f"VEZA_HOURLY_{what}": "0" for what in ("POSTS", "EDITS", "UPLOADS", "MESSAGES", "REACTIONS")
}

type Json = dict[str, Any]


@dataclass(frozen=True)
class Answer:
    """The outcome of a request: a status, or the name of the error of the connection."""

    kind: str
    sent_at: float
    took_s: float
    result: int | str

    @property
    def has_failed(self) -> bool:
        return not isinstance(self.result, int) or self.result >= 400


@dataclass
class Record:
    """All answers, and what was acknowledged: its id, and what it has to hold."""

    answers: list[Answer] = field(default_factory=list)
    acknowledged: dict[str, dict[str, Any]] = field(default_factory=dict)

    def acknowledge(self, kind: str, key: str, value: Any = None) -> None:
        self.acknowledged.setdefault(kind, {})[key] = value

    def failures(self, since: float) -> list[Answer]:
        return [one for one in self.answers if one.has_failed and one.sent_at >= since]


class Load:
    """Members who do one thing after the other, on a thread of their own."""

    def __init__(self, url: str, folder: Path) -> None:
        self.url = url
        self.record = Record()
        self.pauses_s: Mapping[str, float] = PAUSES_S
        self._sound = sounds.write(folder / "load.wav", sounds.sine(1.0))
        self._ready = threading.Event()
        self._thread = threading.Thread(target=self._run_thread)
        self._error: BaseException | None = None
        self.things: dict[str, str] = {}
        self._count = 0
        self._waiting: set[float] = set()

    def start(self) -> None:
        """Set the stage, and begin."""
        self._thread.start()
        self._ready.wait()
        self.ensure_well()

    def stop(self) -> None:
        """End the load after what each member does at the moment."""
        # The loop is closed if the load has failed.
        with suppress(RuntimeError):
            self._loop.call_soon_threadsafe(self._stopping.set)
        self._thread.join()
        self.ensure_well()

    def is_waiting(self, seconds: float) -> bool:
        """Return whether a request has waited so long for its answer."""
        return any(time.monotonic() - began > seconds for began in self._waiting)

    def _run_thread(self) -> None:
        try:
            asyncio.run(self._run())
        except BaseException as error:
            self._error = error
        finally:
            self._ready.set()

    def ensure_well(self) -> None:
        if self._error is not None:
            raise self._error

    async def _run(self) -> None:
        self._loop, self._stopping = asyncio.get_running_loop(), asyncio.Event()
        limits = httpx.Limits(max_connections=100)
        base = f"{self.url}/api/v1/"
        options: Json = {"base_url": base, "timeout": TIMEOUT_S, "limits": limits, "verify": False}
        async with httpx.AsyncClient(**options) as client, httpx.AsyncClient(**options) as anybody:
            self._client, self._anybody = client, anybody
            await self._set_stage()
            self._ready.set()
            async with asyncio.TaskGroup() as group:
                for kind, pause_s in self.pauses_s.items():
                    group.create_task(self._repeat(getattr(self, f"_{kind}"), pause_s))
            await self._clear_stage()

    async def _repeat(self, action: Callable[[], Awaitable[None]], pause_s: float) -> None:
        while not self._stopping.is_set():
            began = time.monotonic()
            await action()
            with suppress(TimeoutError):
                async with asyncio.timeout(max(0.0, began + pause_s - time.monotonic())):
                    await self._stopping.wait()

    async def _set_stage(self) -> None:
        name = f"load{uuid4().hex[:8]}"
        form = {"username": name, "email": f"{name}@example.com", "password": PASSWORD}
        data = await self._must("POST", "auth/register", json=form)
        self._client.headers["authorization"] = f"Bearer {data['access_token']}"
        data = await self._must("POST", "users/me/creator")
        self._client.headers["authorization"] = f"Bearer {data['access_token']}"
        self.token = data["access_token"]
        track = await self._must("POST", "tracks", **self._track("Played"))
        product = await self._must("POST", "marketplace/products", json=PRODUCT)
        path = f"marketplace/products/{product['id']}"
        file = {"file": ("loops.wav", self._sound.read_bytes())}
        await self._must("POST", f"{path}/files", files=file)
        await self._must("PUT", path, json={"status": "published"})
        room = await self._must("POST", "conversations", json={"type": "room", "name": name})
        stream = await self._must("POST", "live/streams", json={"title": "0"})
        ids = {"track": track, "product": product, "room": room, "stream": stream}
        self.things = {what: one["id"] for what, one in ids.items()}
        await self._wait_for_track()
        self.buyer = await self._sign_up_buyer(f"{name}b")

    async def _clear_stage(self) -> None:
        """Close what the load left open."""

    async def _sign_up_buyer(self, name: str) -> Json:
        form = {"username": name, "email": f"{name}@example.com", "password": PASSWORD}
        data = await self._must("POST", "auth/register", json=form)
        return {"authorization": f"Bearer {data['access_token']}"}

    async def _wait_for_track(self) -> None:
        async with asyncio.timeout(90):
            while True:
                track = await self._must("GET", f"tracks/{self.things['track']}")
                if track["status"] == "ready":
                    return
                await asyncio.sleep(0.2)

    async def _must(self, method: str, path: str, **options: Any) -> Json:
        answer = await self._client.request(method, path, **options)
        assert answer.is_success, f"{method} {path}: {answer.status_code} {answer.text}"
        return answer.json()["data"]

    async def _ask(
        self,
        kind: str,
        method: str,
        path: str,
        *,
        by: httpx.AsyncClient | None = None,
        **options: Any,
    ) -> Json | None:
        """Send a request and note its answer; return what it holds if it succeeded."""
        began = time.monotonic()
        data: Json | None = None
        self._waiting = self._waiting | {began}
        try:
            answer = await (by or self._client).request(method, path, **options)
            result: int | str = answer.status_code
            if answer.is_success:
                is_json = answer.headers["content-type"].startswith("application/json")
                data = answer.json()["data"] if is_json else {}
        except httpx.TransportError as error:
            result = type(error).__name__
        finally:
            # Another thread reads it: it is replaced, never changed.
            self._waiting = self._waiting - {began}
        took_s = time.monotonic() - began
        self.record.answers.append(Answer(kind, began, took_s, result))
        return data

    async def _insist(self, kind: str, path: str, **options: Any) -> Json | None:
        """Send a request until it is answered: a repetition changes nothing more."""
        while (data := await self._ask(kind, "POST", path, **options)) is None:
            if self._stopping.is_set():
                return None
            await asyncio.sleep(0.2)
        return data

    def _next(self) -> str:
        self._count += 1
        return str(self._count)

    def _track(self, title: str) -> Json:
        return {
            "data": {"title": title},
            "files": {"file": ("load.wav", self._sound.read_bytes())},
        }

    async def _read(self) -> None:
        await self._ask("read", "GET", "tracks", by=self._anybody)

    async def _play(self) -> None:
        await self._ask("play", "GET", f"tracks/{self.things['track']}/stream", by=self._anybody)

    async def _like(self) -> None:
        path = f"tracks/{self.things['track']}/like"
        await self._ask("like", "POST", path)

    async def _post(self) -> None:
        text = f"Post {self._next()}"
        if data := await self._ask("post", "POST", "social/posts", json={"content": text}):
            self.record.acknowledge("post", data["id"], text)

    async def _chat(self) -> None:
        text = f"Message {self._next()}"
        form = {"content": text, "client_id": text}
        path = f"conversations/{self.things['room']}/messages"
        if data := await self._insist("chat", path, json=form):
            self.record.acknowledge("chat", data["id"], text)

    async def _order(self) -> None:
        await self._place_order()

    async def _place_order(self) -> Json | None:
        item = {"product_id": self.things["product"], "quantity": 1}
        headers = {"Idempotency-Key": str(uuid4()), **self.buyer}
        form = {"items": [item], "payment_method": "card"}
        data = await self._insist("order", "marketplace/orders", json=form, headers=headers)
        if data:
            self.record.acknowledge("order", data["id"], headers["Idempotency-Key"])
        return data

    async def _live(self) -> None:
        title = self._next()
        path = f"live/streams/{self.things['stream']}"
        if await self._ask("live", "PUT", path, json={"title": title}):
            self.record.acknowledge("live", self.things["stream"], title)

    async def _upload(self) -> None:
        if data := await self._ask("upload", "POST", "tracks", **self._track(self._next())):
            self.record.acknowledge("upload", data["id"])


PRODUCT = {
    "title": "Loops of the load",
    "description": "They are bought again and again.",
    "type": "sample_pack",
    "price_cents": 500,
    "currency": "EUR",
}
