"""The limits on a real server, whose processes share them."""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest

from tests.journeys.served import Server, calling, served

pytestmark = pytest.mark.long


def test_two_processes_let_through_exactly_the_limit():
    settings = {"VEZA_RATE_LIMIT_PER_IP": "1000000", "VEZA_RATE_LIMIT_AUTH": "50"}
    with served("--workers", "2", "--no-worker", **settings) as server:
        assert len(server.http_workers()) == 2
        with ThreadPoolExecutor(20) as threads:
            statuses = sum(threads.map(lambda _: _ask(server, 20), range(20)), Counter[int]())
        with calling(server) as client:
            metrics = client.get("metrics").text

    assert statuses == {404: 50, 429: 350}
    assert 'veza_rate_limited_total{limit="auth"} 350.0' in metrics


def _ask(server: Server, times: int) -> Counter[int]:
    """Ask on connections of their own, so that either process may get them."""
    url = f"{server.url}/api/v1/auth/nowhere"
    return Counter(httpx.post(url, verify=False, timeout=60).status_code for _ in range(times))
