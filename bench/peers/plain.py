"""One route of the framework without any of our code."""

from litestar import Litestar, get


@get("/", sync_to_thread=False)
def show() -> dict[str, str]:
    """Return the same as `/health`."""
    return {"status": "ok"}


app = Litestar([show], openapi_config=None)
