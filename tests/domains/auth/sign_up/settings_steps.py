"""Types of the fixtures that change how people sign up."""

from collections.abc import Awaitable, Callable

type SetMode = Callable[[str], Awaitable[None]]
type Configure = Callable[..., None]
