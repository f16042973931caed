"""A headless Chromium, driven through its DevTools protocol."""

import base64
import itertools
import json
import os
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
from websockets.sync.client import ClientConnection, connect

from tests.journeys.served import until

# Without what no page can use: it costs a fifth less.
CHROMIUM = Path("/usr/bin/chromium-headless-shell")
# Shows notifications.
WHOLE_CHROMIUM = Path("/usr/bin/chromium")
FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--autoplay-policy=no-user-gesture-required",
    "--remote-debugging-port=0",
)
# Of keys that are no letters: the virtual code, and the text that they type.
KEYS = {
    "Tab": (9, ""),
    "Enter": (13, "\r"),
    "Escape": (27, ""),
    " ": (32, " "),
    "ArrowLeft": (37, ""),
    "ArrowUp": (38, ""),
    "ArrowRight": (39, ""),
    "ArrowDown": (40, ""),
}


class Tab:
    """One page: go somewhere, ask something, and read what it complained of."""

    def __init__(self, socket: ClientConnection, url: str) -> None:
        # Other programs may drive this browser too.
        self.port = urlsplit(url).port
        self._socket = socket
        self._url = url
        self._numbers = itertools.count(1)
        self.complaints: list[str] = []
        self.requests: list[str] = []
        # What was asked for and neither ended nor failed, by the number of the request.
        self.unfinished: dict[str, str] = {}
        self._workers: list[str] = []
        # Which navigation made the document that is shown.
        self._loader = ""
        # The contexts in which the scripts of frames run, the latest of each origin.
        self._contexts: dict[str, int] = {}
        for domain in ("Page", "Runtime", "Log", "Network"):
            self._call(f"{domain}.enable")
        # Pages may ask whether somebody looks at them.
        self._call("Emulation.setFocusEmulationEnabled", enabled=True)

    def open(self, url: str) -> None:
        """Go to an address, and wait until its document has taken the place of the former."""
        begun = self._call("Page.navigate", url=url)
        # Neither an anchor of the same document nor what failed has a document of its own.
        if "errorText" in begun or "loaderId" not in begun:
            return
        while self._loader != begun["loaderId"]:
            self._hear(json.loads(self._socket.recv(timeout=120)))

    def list_install_errors(self) -> list[Any]:
        """Return why the page can't be installed as an application."""
        found: list[Any] = self._call("Page.getInstallabilityErrors")["installabilityErrors"]
        return found + self._call("Page.getAppManifest")["errors"]

    def push(self, origin: str, data: str) -> None:
        """Deliver a push message to the service worker, and allow it to show notifications."""
        self._call("Browser.grantPermissions", origin=origin, permissions=["notifications"])
        self._call("ServiceWorker.enable")
        while not self._workers:
            self._hear(json.loads(self._socket.recv(timeout=120)))
        worker = self._workers[-1]
        asked = {"origin": origin, "registrationId": worker, "data": data}
        self._call("ServiceWorker.deliverPushMessage", **asked)

    def run_before_pages(self, script: str) -> None:
        """Evaluate JavaScript in every later page, before any script of it."""
        self._call("Page.addScriptToEvaluateOnNewDocument", source=script)

    def resize(self, width: int, height: int = 900) -> None:
        """Show the page in a window of this size, in CSS pixels."""
        size = {"width": width, "height": height, "deviceScaleFactor": 1}
        self._call("Emulation.setDeviceMetricsOverride", mobile=width < 500, **size)

    def prefer(self, **features: str) -> None:
        """Emulate preferences of the reader, such as `prefers_reduced_motion="reduce"`."""
        named = [
            {"name": name.replace("_", "-"), "value": value} for name, value in features.items()
        ]
        self._call("Emulation.setEmulatedMedia", features=named)

    def press(self, key: str, *, shift: bool = False) -> None:
        """Press a key as a person does."""
        code, text = KEYS.get(key, (0, key))
        pressed = {"key": key, "code": key.strip() or "Space", "text": text}
        pressed["windowsVirtualKeyCode"] = code
        pressed["modifiers"] = 8 if shift else 0
        self._call("Input.dispatchKeyEvent", type="keyDown" if text else "rawKeyDown", **pressed)
        self._call("Input.dispatchKeyEvent", type="keyUp", **pressed)

    def take_picture(self, kind: str = "jpeg", quality: int = 80) -> bytes:
        """Return a picture of what the window shows."""
        asked = {"format": kind} | ({"quality": quality} if kind != "png" else {})
        return base64.b64decode(self._call("Page.captureScreenshot", **asked)["data"])

    def count_objects(self) -> dict[str, int]:
        """Collect the garbage; return how many nodes and listeners are left, and bytes of heap."""
        self._call("Performance.enable")
        for _ in range(2):
            self._call("HeapProfiler.collectGarbage")
        metrics = self._call("Performance.getMetrics")["metrics"]
        found = {each["name"]: round(each["value"]) for each in metrics}
        return {name: found[name] for name in ("Nodes", "JSEventListeners", "JSHeapUsedSize")}

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

    def switch_network(self, *, is_on: bool) -> None:
        """Take the network away from this page, or give it back."""
        conditions = {"latency": 0, "downloadThroughput": -1, "uploadThroughput": -1}
        self._call("Network.emulateNetworkConditions", offline=not is_on, **conditions)

    def write(self, text: str) -> None:
        """Type a text into the element that has the focus."""
        self._call("Input.insertText", text=text)

    @contextmanager
    def beside(self) -> Iterator["Tab"]:
        """Open another tab of the same browser, which shares its cookies and its storage."""
        target = self._call("Target.createTarget", url="about:blank")["targetId"]
        url = f"{self._url.rpartition('/')[0]}/{target}"
        with connect(url, max_size=None, ping_interval=None) as socket:
            yield Tab(socket, url)

    def call(self, method: str, **parameters: object) -> dict[str, Any]:
        """Send a command of the DevTools protocol; give what it answers."""
        return self._call(method, **parameters)

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
        heard = {
            "Network": self._hear_network,
            "Page": self._hear_page,
            "Runtime": self._hear_runtime,
            "Log": self._hear_log,
            "ServiceWorker": self._hear_workers,
        }
        domain = message.get("method", "").partition(".")[0]
        if domain in heard:
            heard[domain](message["method"], message["params"])

    def _hear_network(self, event: str, told: dict[str, Any]) -> None:
        if event == "Network.requestWillBeSent":
            request = f"{told['request']['method']} {told['request']['url']}"
            self.requests.append(request)
            self.unfinished[told["requestId"]] = request
        elif event in {"Network.loadingFinished", "Network.loadingFailed"}:
            self.unfinished.pop(told["requestId"], None)

    def _hear_page(self, event: str, told: dict[str, Any]) -> None:
        if event == "Page.frameNavigated" and "parentId" not in told["frame"]:
            self._loader = told["frame"]["loaderId"]

    def _hear_runtime(self, event: str, told: dict[str, Any]) -> None:
        if event == "Runtime.executionContextCreated":
            made = told["context"]
            self._contexts[made["origin"]] = made["id"]
        elif event == "Runtime.consoleAPICalled" and told["type"] in {"error", "warning"}:
            self.complaints.append(str(told["args"]))
        elif event == "Runtime.exceptionThrown":
            self.complaints.append(str(told["exceptionDetails"]))

    def _hear_log(self, event: str, told: dict[str, Any]) -> None:
        if event == "Log.entryAdded" and told["entry"]["level"] == "error":
            self.complaints.append(f"{told['entry']['text']} {told['entry'].get('url', '')}")

    def _hear_workers(self, event: str, told: dict[str, Any]) -> None:
        if event == "ServiceWorker.workerRegistrationUpdated":
            self._workers += [one["registrationId"] for one in told["registrations"]]


@contextmanager
def browsing(*options: str, program: Path = CHROMIUM) -> Iterator[Tab]:
    """Start a browser with a profile of its own, and open a tab in it."""
    profile = Path(tempfile.mkdtemp(prefix="veza-browser-"))
    process = subprocess.Popen(
        [str(program), *FLAGS, *options, f"--user-data-dir={profile}", "about:blank"],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        port = _wait_for_port(profile, process)
        tab = httpx.put(f"http://127.0.0.1:{port}/json/new?about:blank", verify=False).json()
        url = tab["webSocketDebuggerUrl"]
        # A page that draws itself answers nothing meanwhile.
        with connect(url, max_size=None, ping_interval=None) as socket:
            yield Tab(socket, url)
    finally:
        process.terminate()
        with suppress(subprocess.TimeoutExpired):
            process.wait(10)
        # Also the processes of its pages, which may outlive it.
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        shutil.rmtree(profile, ignore_errors=True)


def _wait_for_port(profile: Path, process: subprocess.Popen[bytes]) -> int:
    told = profile / "DevToolsActivePort"

    def is_told() -> bool:
        assert process.poll() is None, f"Chromium ended with {process.returncode}."
        return told.exists() and "\n" in told.read_text()

    until(is_told, 60)
    return int(told.read_text().splitlines()[0])
