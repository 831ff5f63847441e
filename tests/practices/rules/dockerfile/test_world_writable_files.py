from __future__ import annotations

import pytest
from tests.practices.rules.trial import fixed, messages

NAME = "world-writable-files"


@pytest.mark.parametrize(
    ("text", "paths"),
    [
        ("RUN chmod 777 /a\n", ["/a"]),
        ("RUN chmod 777 -R /tmp-data\n", ["/tmp-data"]),
        ("FROM a\nRUN x && chmod -R 0777 /a /b\n", ["/a"]),
        ("FROM a\nRUN chmod a+rwx /a && chmod o+w /b\n", ["/a", "/b"]),
        ("FROM a\nCOPY --chmod=666 x /x\n", ["/x"]),
        ("FROM a AS b\nRUN chmod 777 /a\nFROM b\n", ["/a"]),
        ("FROM a AS b\nRUN chmod 777 /a\nCOPY --chmod=777 x /x\nFROM c\n", []),
        ("FROM a\nRUN chmod 1777 /a && chmod 775 /b && chmod +x /c && chmod g+w /d\n", []),
        ("FROM a\nRUN chmod 777 /tmp /var/tmp/x\n", []),
        ("FROM a\nCOPY --chmod=755 x /x\n", []),
    ],
)
def test_what_everybody_may_change(text: str, paths: list[str]) -> None:
    assert messages(NAME, text) == [f"everybody may change `{path}`" for path in paths]


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (
            "FROM a\r\nRUN x \\\r\n  && chmod -R 777 /a\r\n",
            "FROM a\r\nRUN x \\\r\n  && chmod -R 755 /a\r\n",
        ),
        ("FROM a\nCOPY --chmod=0666 x /x\n", "FROM a\nCOPY --chmod=0644 x /x\n"),
        ("FROM a\nRUN chmod o+w /a\n", "FROM a\nRUN chmod o+w /a\n"),
    ],
)
def test_fix(before: str, after: str) -> None:
    assert fixed(NAME, before) == after
