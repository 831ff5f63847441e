"""What tests of the doctor share."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.doctor.machines import Machine


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    """Return a machine with nothing on it."""
    (tmp_path / "machine").mkdir()
    return Machine(tmp_path / "machine")
