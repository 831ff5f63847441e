from __future__ import annotations

import pytest
from tests.practices.image_examples import found

RULE = "restrictive-licence-in-image"


def licensed(*wheels: str) -> str:
    return f"layers: [{{step: RUN pip install, wheels: [{', '.join(wheels)}]}}]\n"


@pytest.mark.parametrize(
    "licence",
    [
        "AGPL-3.0-only",
        "agpl-3.0-or-later",
        "SSPL-1.0",
        "CC-BY-NC-4.0",
        "MIT AND AGPL-3.0-only",
        "AGPL-3.0-only OR SSPL-1.0",
        "(MIT OR Apache-2.0) AND AGPL-3.0-only",
        "GNU Affero General Public License v3",
        "MIT AND (AGPL-3.0-only OR (SSPL-1.0",
    ],
)
def test_a_licence_that_is_denied_is_found(licence: str) -> None:
    assert found(RULE, licensed(f"app 1.0 {licence}")) == [
        f"2: info: `app 1.0` has the licence `{licence}`"
    ]


@pytest.mark.parametrize(
    "licence",
    [
        "MIT",
        "LGPL-3.0-only",
        "GPL-2.0-only WITH Classpath-exception-2.0",
        "MIT OR AGPL-3.0-only",
        "AGPL-3.0-only OR MIT",
        "(AGPL-3.0-only OR MIT) AND Zlib",
        "((((",
        "AND",
    ],
)
def test_another_one_is_not(licence: str) -> None:
    assert found(RULE, licensed(f"app 1.0 {licence}")) == []


def test_packages_with_one_licence_are_one_finding() -> None:
    names = [f"{name} 1 SSPL-1.0" for name in "abcdefg"]

    assert found(RULE, licensed(*names)) == [
        "2: info: `a 1`, `b 1`, `c 1`, `d 1`, `e 1` and 2 more have the licence `SSPL-1.0`"
    ]


def test_a_model_says_so_itself() -> None:
    text = """
layers:
  - step: COPY a.gguf /models/
    artifacts:
      - {path: models/a.gguf, role: model, format: gguf, size: 9, details: {licence: cc-by-nc-4.0}}
    files: {models/a.gguf: 9 B}
"""

    assert found(RULE, text) == ["2: info: `/models/a.gguf` has the licence `cc-by-nc-4.0`"]
    assert found(RULE, text, settings='allow = ["/models/a.gguf"]') == []


def test_settings_say_what_is_denied() -> None:
    text = licensed("app 1.0 GPL-3.0-only", "server 2.0 AGPL-3.0-only")

    assert found(RULE, text, settings='deny = ["GPL-3*"]') == [
        "2: info: `app 1.0` has the licence `GPL-3.0-only`"
    ]
    assert found(RULE, text, settings="deny = []") == []


def test_a_package_can_be_allowed() -> None:
    assert found(RULE, licensed("app 1.0 AGPL-3.0-only"), settings='allow = ["App"]') == []
