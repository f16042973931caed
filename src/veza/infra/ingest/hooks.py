"""Asks the API about encoders: the same hooks as nginx's, see docs/live.md."""

from enum import StrEnum
from urllib.parse import urlsplit

import httpx
import msgspec
from msgspec import Struct

from veza.core.foreign_json import decode_json

_TIMEOUT_S = 5.0
_CONNECTIONS = 50


class Reason(StrEnum):
    """The reason of a refusal: the key is unknown, another encoder publishes, or no answer came."""

    REFUSED = "publish_refused"
    IN_USE = "already_publishing"
    UNAVAILABLE = "unavailable"


class NotAdmitted(Exception):
    """An encoder may not publish, or not any more."""

    def __init__(self, reason: Reason) -> None:
        super().__init__(reason.value)
        self.reason = reason


class Publishing(Struct, frozen=True):
    """An encoder: its key, and the name that this ingest gives its connection."""

    key: str
    client_id: str


class _Refusal(Struct, frozen=True):
    """The fields that are read of a refusal."""

    code: str


class _Unlocked(Struct, frozen=True):
    """The answer of `unlock`."""

    data: "_UnlockedKey"


class _UnlockedKey(Struct, frozen=True):
    """The key of a member."""

    stream_key: str


class Hooks:
    """The hooks at a URL, with the secret and the name of this ingest."""

    def __init__(self, url: str, secret: str, name: str) -> None:
        self._client = httpx.AsyncClient(
            base_url=url,
            params={"secret": secret, "ingest": name},
            timeout=_TIMEOUT_S,
            trust_env=False,
            limits=httpx.Limits(max_connections=_CONNECTIONS),
        )

    async def close(self) -> None:
        """Close the connections to the API."""
        await self._client.aclose()

    async def unlock(self, member: str, key_material: bytes) -> str:
        """Return the key of a member whose encoder proved that it has it. Raises NotAdmitted."""
        answer = await self._ask("unlock", {"member": member, "material": key_material.hex()})
        try:
            return decode_json(answer.content, _Unlocked).data.stream_key
        except msgspec.MsgspecError as error:
            # Another program answers at this address.
            raise NotAdmitted(Reason.UNAVAILABLE) from error

    async def check(self, encoder: Publishing) -> None:
        """Raise NotAdmitted unless an encoder may publish now; nothing begins yet."""
        await self._ask("check", _form(encoder))

    async def admit(self, encoder: Publishing) -> str:
        """Start or continue a stream; return the name of its media. Raises NotAdmitted."""
        answer = await self._ask("publish", _form(encoder))
        name = _read_name(answer.headers.get("location", ""))
        if not name:
            # Another program answers at this address.
            raise NotAdmitted(Reason.UNAVAILABLE)
        return name

    async def confirm(self, encoder: Publishing) -> None:
        """Report that an encoder goes on. Raises NotAdmitted, but not if nobody answers."""
        try:
            await self._ask("update", _form(encoder))
        except NotAdmitted as error:
            # While Veza restarts, streams continue.
            if error.reason is not Reason.UNAVAILABLE:
                raise

    async def release(self, encoder: Publishing) -> None:
        """Report that an admitted encoder is gone."""
        try:
            await self._ask("done", _form(encoder))
        except NotAdmitted:
            # Then it is lost after fifteen seconds.
            return

    async def announce(self, encoder: Publishing, title: str) -> None:
        """Send the title that an encoder plays now to the API. Raises NotAdmitted."""
        await self._ask("title", _form(encoder) | {"title": title})

    async def _ask(self, hook: str, form: dict[str, str]) -> httpx.Response:
        try:
            answer = await self._client.post(hook, data=form)
        except httpx.HTTPError as error:
            raise NotAdmitted(Reason.UNAVAILABLE) from error
        if answer.status_code < httpx.codes.BAD_REQUEST:
            return answer
        if answer.status_code >= httpx.codes.INTERNAL_SERVER_ERROR:
            raise NotAdmitted(Reason.UNAVAILABLE)
        raise NotAdmitted(_read_reason(answer.content))


def _form(encoder: Publishing) -> dict[str, str]:
    return {"name": encoder.key, "clientid": encoder.client_id}


def _read_name(location: str) -> str:
    """Return the name of the media in an address, empty if there is none."""
    try:
        return urlsplit(location).path.rpartition("/")[2]
    except ValueError:
        return ""


def _read_reason(content: bytes) -> Reason:
    try:
        code = decode_json(content, _Refusal).code
    except msgspec.MsgspecError:
        # A proxy refused it.
        return Reason.REFUSED
    return Reason.IN_USE if code == Reason.IN_USE else Reason.REFUSED
