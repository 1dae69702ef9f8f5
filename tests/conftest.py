"""Fixtures that several test modules share."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from live_engine import LiveOffice
from office import Office, require_office


@pytest.fixture(scope="session")
def office() -> Iterator[Office]:
    """One LibreOffice for all tests that need it; they are skipped by name where there is none."""
    require_office("soffice")
    with Office() as running:
        yield running


@pytest.fixture(scope="module")
def excel() -> Iterator[LiveOffice]:
    """A LibreOffice in Excel's place, as xlwings sees it."""
    require_office("soffice")
    with LiveOffice() as running:
        yield running
