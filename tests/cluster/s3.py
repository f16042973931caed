"""SeaweedFS as S3, which keeps what it has when it is killed."""

import os
from pathlib import Path

from tests import seaweed
from tests.cluster.program import Program
from tests.journeys.served import until

START_S = 60


class S3:
    """One S3."""

    def __init__(self, folder: Path) -> None:
        home = folder / "s3"
        home.mkdir()
        self.seaweed, command = seaweed.prepare(home / "data")
        environment = dict(os.environ) | self.seaweed.environment
        self.program = Program("s3", command, home, environment=environment)

    def url(self, prefix: str) -> str:
        return self.seaweed.url(prefix)

    def start(self) -> None:
        self.program.start()
        until(self.seaweed.is_ready, START_S, self.program.log)
