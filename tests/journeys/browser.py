"""A headless Chromium, driven through its DevTools protocol."""

import itertools
import json
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import httpx
from websockets.sync.client import ClientConnection, connect

from tests.journeys.served import until

CHROMIUM = Path("/usr/bin/chromium")
FLAGS = (
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--autoplay-policy=no-user-gesture-required",
    "--remote-debugging-port=0",
)


class Tab:
    """One page: go somewhere, ask something, and read what it complained of."""

    def __init__(self, socket: ClientConnection) -> None:
        self._socket = socket
        self._numbers = itertools.count(1)
        self.complaints: list[str] = []
        # The contexts in which the scripts of frames run, the latest of each origin.
        self._contexts: dict[str, int] = {}
        for domain in ("Page", "Runtime", "Log"):
            self._call(f"{domain}.enable")
        # Pages may ask whether somebody looks at them.
        self._call("Emulation.setFocusEmulationEnabled", enabled=True)

    def open(self, url: str) -> None:
        self._call("Page.navigate", url=url)

    def run_in_frames(self, script: str) -> None:
        """Run a script in each page and frame that is opened from now on, before its own."""
        self._call("Page.addScriptToEvaluateOnNewDocument", source=script)

    def has_frame(self, origin: str) -> bool:
        """Say whether there is a page or a frame of an origin."""
        self._call("Runtime.getIsolateId")
        return origin in self._contexts

    def ask(self, expression: str, origin: str | None = None) -> Any:
        """Evaluate JavaScript, promises too; give its value. `origin` is that of a frame."""
        where = {} if origin is None else {"contextId": self._contexts[origin]}
        answer = self._call(
            "Runtime.evaluate",
            expression=expression,
            returnByValue=True,
            awaitPromise=True,
            **where,
        )
        assert "exceptionDetails" not in answer, answer["exceptionDetails"]
        return answer["result"].get("value")

    def _call(self, method: str, **parameters: object) -> dict[str, Any]:
        number = next(self._numbers)
        self._socket.send(json.dumps({"id": number, "method": method, "params": parameters}))
        while True:
            message = json.loads(self._socket.recv(timeout=120))
            if message.get("id") == number:
                assert "error" not in message, message
                return message["result"]
            self._hear(message)

    def _hear(self, message: dict[str, Any]) -> None:
        match message:
            case {"method": "Runtime.executionContextCreated", "params": {"context": made}}:
                self._contexts[made["origin"]] = made["id"]
            case {"method": "Log.entryAdded", "params": {"entry": {"level": "error"} as entry}}:
                self.complaints.append(f"{entry['text']} {entry.get('url', '')}")
            case {"method": "Runtime.consoleAPICalled", "params": {"type": "error"} as call}:
                self.complaints.append(str(call["args"]))
            case {"method": "Runtime.exceptionThrown", "params": thrown}:
                self.complaints.append(str(thrown["exceptionDetails"]))


@contextmanager
def browsing() -> Iterator[Tab]:
    """Start a browser with a profile of its own, and open a tab in it."""
    profile = Path(tempfile.mkdtemp(prefix="veza-browser-"))
    process = subprocess.Popen(
        [str(CHROMIUM), *FLAGS, f"--user-data-dir={profile}", "about:blank"],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        port = _wait_for_port(profile, process)
        tab = httpx.put(f"http://127.0.0.1:{port}/json/new?about:blank", verify=False).json()
        url = tab["webSocketDebuggerUrl"]
        # A page that draws itself answers nothing meanwhile.
        with connect(url, max_size=None, ping_interval=None) as socket:
            yield Tab(socket)
    finally:
        process.terminate()
        with suppress(subprocess.TimeoutExpired):
            process.wait(10)
        process.kill()
        process.wait()
        shutil.rmtree(profile, ignore_errors=True)


def _wait_for_port(profile: Path, process: subprocess.Popen[bytes]) -> int:
    told = profile / "DevToolsActivePort"

    def is_told() -> bool:
        assert process.poll() is None, f"Chromium ended with {process.returncode}."
        return told.exists() and "\n" in told.read_text()

    until(is_told, 60)
    return int(told.read_text().splitlines()[0])
