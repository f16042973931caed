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
        for domain in ("Page", "Runtime", "Log"):
            self._call(f"{domain}.enable")
        # Pages may ask whether somebody looks at them.
        self._call("Emulation.setFocusEmulationEnabled", enabled=True)

    def open(self, url: str) -> None:
        self._call("Page.navigate", url=url)

    def ask(self, expression: str) -> Any:
        """Evaluate JavaScript, promises too; give its value."""
        answer = self._call(
            "Runtime.evaluate", expression=expression, returnByValue=True, awaitPromise=True
        )
        assert "exceptionDetails" not in answer, answer["exceptionDetails"]
        return answer["result"].get("value")

    def press(self, key: str) -> None:
        """Press a key, such as Tab or Enter, wherever the focus is."""
        code = {"Tab": 9, "Enter": 13, " ": 32, "Escape": 27}[key]
        text = {"text": {"Enter": "\r"}.get(key, key)} if key in {"Enter", " "} else {}
        pressed = {"key": key, "code": key, "windowsVirtualKeyCode": code}
        self._call("Input.dispatchKeyEvent", type="keyDown", **pressed, **text)
        self._call("Input.dispatchKeyEvent", type="keyUp", **pressed)

    def type(self, text: str) -> None:
        """Type a text wherever the focus is, instead of what is selected there."""
        self._call("Input.insertText", text=text)

    def switch_network(self, *, is_on: bool) -> None:
        """Take the network away from this page, or give it back."""
        self._call("Network.enable")
        conditions = {"latency": 0, "downloadThroughput": -1, "uploadThroughput": -1}
        self._call("Network.emulateNetworkConditions", offline=not is_on, **conditions)

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
