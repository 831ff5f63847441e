"""Tests of the rule `unordered-ports`."""

from __future__ import annotations

import pytest
from tests.practices.judge import Judge

JUDGE = Judge("unordered-ports", path="compose.yaml")


def text(ports: str) -> str:
    return f"services:\n  a:\n    ports: [{ports}]\n"


def test_a_port_that_comes_too_late_is_found() -> None:
    assert JUDGE.messages(text('"127.0.0.1:90:1", "80:2"')) == ["port 80 comes after 90"]
    assert JUDGE.places(text('"9000", "800"')) == ['"800"']


@pytest.mark.parametrize("ports", ['"80:1", "443:2"', '"90:1", "$P:2"', '"80-85:1", "90:2"', ""])
def test_ports_in_order_are_not(ports: str) -> None:
    assert JUDGE.messages(text(ports)) == []
