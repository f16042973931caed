"""Music of sixteen seconds, as it is, encoded anew and faster, and who uploads it."""

from collections.abc import Awaitable, Callable
from pathlib import Path

import numpy as np
import pytest

from bench.music import compose
from tests import make, sounds
from tests.make import Person
from veza.app.services import Services
from veza.core.access import Role

type MakePerson = Callable[..., Awaitable[Person]]


@pytest.fixture(scope="session")
def music(tmp_path_factory) -> tuple[Path, Path]:
    folder = tmp_path_factory.mktemp("music")
    samples = np.repeat(compose(11, 16)[:, None], 2, axis=1)
    original = sounds.write(folder / "original.flac", samples)
    return original, sounds.write(folder / "again.mp3", samples, "-b:a", "64k")


@pytest.fixture(scope="session")
def faster(music: tuple[Path, Path]) -> Path:
    """The same, faster by three percent, and higher."""
    samples = np.repeat(compose(11, 16)[:, None], 2, axis=1)
    change = ("-af", "asetrate=45423,aresample=44100", "-b:a", "128k")
    return sounds.write(music[0].with_name("faster.mp3"), samples, *change)


@pytest.fixture
def creator(services: Services) -> MakePerson:
    async def new(role: Role = Role.CREATOR) -> Person:
        return await make.person(services, role)

    return new
