"""`veza audit`: sign and verify the audit log."""

import re
import sys
from pathlib import Path

from veza.app.services import Services
from veza.core.errors import CannotStart
from veza.domains.platform.audit import service as audit
from veza.domains.platform.audit.models import SignatureReference, VerificationResult
from veza.domains.platform.audit.service import SigningKeys, Verification
from veza.infra.security.secrets import list_former_secrets

_NOTE = re.compile(r"(?P<number>[0-9]{1,18}):(?P<digest>[0-9a-f]{64})")
_MAX_PROBLEMS = 1000


def signing_keys(services: Services, former: Path | None = None) -> SigningKeys:
    """Return the signing key, and those of former secrets: of the data directory, and of a file.

    Raises CannotStart.
    """
    secrets = list_former_secrets(services.settings.data_dir) + _read(former)
    return audit.derive_signing_keys(services.keys, secrets)


async def sign(services: Services) -> None:
    """Sign all unsigned events, and print each signature."""
    count = 0
    async for signature in audit.sign_all(services.database, signing_keys(services)):
        sys.stdout.write(f"{_write(SignatureReference(signature.number, signature.digest))}\n")
        count += 1
    sys.stdout.write(f"{count} signatures were made.\n")


async def verify(services: Services, *, note: str | None, former: Path | None) -> bool:
    """Print every problem of the audit log. Return whether there is none."""
    keys = signing_keys(services, former)
    problems = 0
    async with services.database.read() as conn:
        verification = Verification(conn, keys, _parse(note) if note else None)
        async for problem in verification.find_problems():
            problems += 1
            sys.stdout.write(f"{problem}\n")
            if problems == _MAX_PROBLEMS:
                sys.stdout.write("Stopped after 1,000 problems: the rest was not verified.\n")
                break
    sys.stdout.write(_summarize(verification.result))
    return not problems


def _summarize(result: VerificationResult) -> str:
    text = (
        f"{result.events} events in {result.signatures} signatures were verified, "
        f"{result.waiting} wait to be signed.\n"
    )
    return text + (f"The last signature is {_write(result.last)}\n" if result.last else "")


def _write(note: SignatureReference) -> str:
    return f"{note.number}:{note.digest.hex()}"


def _parse(text: str) -> SignatureReference:
    noted = _NOTE.fullmatch(text)
    if noted is None:
        raise CannotStart("A signature has the form NUMBER:DIGEST, as `veza audit` prints it.")
    return SignatureReference(int(noted["number"]), bytes.fromhex(noted["digest"]))


def _read(path: Path | None) -> list[str]:
    if path is None:
        return []
    try:
        lines = path.read_text().splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise CannotStart(f"{path} can't be read: {error}") from error
    return [line.strip() for line in lines if line.strip()]
