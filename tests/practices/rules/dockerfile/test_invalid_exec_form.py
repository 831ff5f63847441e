"""Tests of the rule `invalid-exec-form`."""

from __future__ import annotations

import pytest
from tests.practices.judge import Judge

JUDGE = Judge("invalid-exec-form")


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("CMD ['uvicorn', 'app:app']", 'CMD ["uvicorn", "app:app"]'),
        ('ENTRYPOINT ["uvicorn" "app:app"]', 'ENTRYPOINT ["uvicorn", "app:app"]'),
        ('CMD ["python", "a.py",]', 'CMD ["python", "a.py"]'),
    ],
)
def test_it_is_made_json(before: str, after: str) -> None:
    assert JUDGE.fixed(f"FROM debian\n{before}\n") == f"FROM debian\n{after}\n"


@pytest.mark.parametrize("text", ['CMD ["a"]', "CMD a b", 'RUN [ "$A" = b ] && c', "RUN [ -f a ]"])
def test_json_and_tests_are_not_found(text: str) -> None:
    assert JUDGE.messages(f"FROM debian\n{text}") == []
