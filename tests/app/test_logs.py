"""Logs: one line an event, and nothing in it that was confided to us."""

import subprocess
import sys

import msgspec
import pytest

PROGRAM = """
import structlog
from veza.app.logs import configure_logs
from veza.app.setting_types import Environment
from veza.app.settings import Settings

def sign_in(password):
    raise ValueError("no such member")

configure_logs(Settings(env=Environment("{environment}")))
log = structlog.get_logger()
log.debug("whispered")
log.info("said", number=5)
try:
    sign_in("sword" + "fish")
except ValueError as error:
    log.error("crash", exc_info=error)
"""


def _run(environment: str) -> str:
    program = PROGRAM.format(environment=environment)
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, check=True)
    assert done.stdout == b""
    return done.stderr.decode()


@pytest.mark.parametrize("environment", ["development", "test", "production"])
def test_a_crash_is_logged_with_its_place_and_without_the_values_of_variables(
    environment: str,
) -> None:
    written = _run(environment)

    assert "no such member" in written
    assert "sign_in" in written
    assert "swordfish" not in written


def test_production_logs_one_json_object_an_event() -> None:
    said, crash = (msgspec.json.decode(line) for line in _run("production").splitlines())

    assert (said["event"], said["number"], said["level"]) == ("said", 5, "info")
    assert said["timestamp"].endswith("Z")
    assert (crash["event"], crash["level"]) == ("crash", "error")
    assert crash["exception"][0]["exc_type"] == "ValueError"
