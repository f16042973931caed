"""Looks for everything that was acknowledged, and finds it once."""

import time
from collections import Counter

import httpx

from tests.cluster.load import TIMEOUT_S, Load

PROCESSED_S = 120


def ensure_kept(load: Load) -> None:
    """Fail if something that was acknowledged is lost, changed or there twice."""
    lost = find_lost(load)
    assert not lost, f"Acknowledged, and lost: {lost}"


def find_lost(load: Load) -> list[str]:
    """Return what was acknowledged and is not there as it should be."""
    headers = {"authorization": f"Bearer {load.token}"}
    options = {"base_url": f"{load.url}/api/v1/", "timeout": TIMEOUT_S, "verify": False}
    with httpx.Client(headers=headers, **options) as client:
        acknowledged = load.record.acknowledged
        lost = [
            f"post {text}"
            for post_id, text in acknowledged.get("post", {}).items()
            if _read(client, f"social/posts/{post_id}").get("content") != text
        ]
        lost += _find_lost_messages(client, load)
        lost += _find_lost_orders(client, load)
        lost += [
            f"title {title}"
            for stream_id, title in acknowledged.get("live", {}).items()
            # A change that was not acknowledged may have been made.
            if int(_read(client, f"live/streams/{stream_id}").get("title", 0)) < int(title)
        ]
        lost += [
            f"track {track_id}"
            for track_id in acknowledged.get("upload", {})
            if not _becomes_ready(client, track_id)
        ]
    return lost


def _read(client: httpx.Client, path: str, **headers: str) -> dict:
    answer = client.get(path, headers=headers)
    return answer.json()["data"] if answer.is_success else {}


def _find_lost_messages(client: httpx.Client, load: Load) -> list[str]:
    found: Counter[str] = Counter()
    cursor: str | None = None
    while True:
        query = f"limit=100{f'&cursor={cursor}' if cursor else ''}"
        page = _read(client, f"conversations/{load.things['room']}/history?{query}")
        found.update(message["content"] for message in page["messages"])
        cursor = page.get("next_cursor")
        if not cursor:
            break
    texts = load.record.acknowledged.get("chat", {}).values()
    return [f"message {text}: {found[text]} times" for text in texts if found[text] != 1]


def _find_lost_orders(client: httpx.Client, load: Load) -> list[str]:
    orders = load.record.acknowledged.get("order", {})
    lost = [
        f"order {order_id}"
        for order_id in orders
        if not _read(client, f"marketplace/orders/{order_id}", **load.buyer)
    ]
    # Of one key there is one order.
    if len(set(orders.values())) != len(orders):
        lost.append("an order was made twice")
    return lost


def _becomes_ready(client: httpx.Client, track_id: str) -> bool:
    give_up_at = time.monotonic() + PROCESSED_S
    while time.monotonic() < give_up_at:
        if _read(client, f"tracks/{track_id}").get("status") == "ready":
            return True
        time.sleep(0.2)
    return False
