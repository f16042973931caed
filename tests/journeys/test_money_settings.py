"""The sandbox beside real money, or in production: what a server that is started says of it."""

import subprocess
from pathlib import Path

import httpx
import pytest

from tests.journeys.served import Server, served
from tests.make import PASSWORD

ADMIN = "till@example.com"
_REAL = {
    "payments": {
        "VEZA_PAYMENT_PROVIDER": "hyperswitch",
        "VEZA_HYPERSWITCH_URL": "http://127.0.0.1:1",
        "VEZA_HYPERSWITCH_API_KEY": "pro_ours",
        "VEZA_HYPERSWITCH_WEBHOOK_SECRET": "swordfish",
    },
    "payouts": {
        "VEZA_PAYOUT_PROVIDER": "stripe",
        "VEZA_STRIPE_SECRET_KEY": "sk_live_ours",
        "VEZA_STRIPE_WEBHOOK_SECRET": "whsec_ours",
    },
}


@pytest.mark.parametrize("command", ["serve", "http", "worker", "doctor"])
@pytest.mark.parametrize("real", _REAL)
def test_real_money_beside_the_sandbox_does_not_start(tmp_path: Path, command: str, real: str):
    server = Server(tmp_path, **_REAL[real])
    done = subprocess.run(
        [*server.command()[:3], command],
        env=server.environment(),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )

    assert done.returncode == 1
    [sentence] = done.stderr.strip().splitlines()
    assert sentence.startswith("veza: VEZA_PAYMENT_PROVIDER=")
    assert "can't be used together" in sentence
    assert not server.data_dir.exists(), "Nothing was begun."


def test_the_sandbox_in_production_is_warned_of_once_and_shown_to_admins():
    settings = {
        "VEZA_ENV": "production",
        "VEZA_ADMIN_EMAIL": ADMIN,
        "VEZA_ADMIN_PASSWORD": PASSWORD,
    }
    with served("--workers", "2", **settings) as server:
        with httpx.Client(base_url=f"{server.url}/api/v1/", timeout=30) as client:
            config = client.get("health/deep").json()["data"]["config"]
            login = client.post("auth/login", json={"email": ADMIN, "password": PASSWORD})
            token = login.json()["data"]["access_token"]
            stats = client.get("admin/stats", headers={"authorization": f"Bearer {token}"})
        log = server.log

    assert log.count("sandbox_in_production") == 1
    assert "Paid products are effectively free" in log
    assert (config["money_mode"], config["paid_products_are_free"]) == ("test", True)
    payments = stats.json()["data"]["payments"]
    assert payments == {"is_live": 0, "is_free_in_production": 1}
