from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.faultserver import FaultServer
from tests.wire.service import Service


@pytest.fixture
def faults() -> Iterator[FaultServer]:
    with FaultServer() as server:
        yield server


@pytest.fixture
def service() -> Iterator[Service]:
    with Service() as server:
        yield server
