"""The document of a look as text."""

from __future__ import annotations

from typing import Any

import pytest
from tests.report import looks

from boxwright.report.bars import columns
from boxwright.report.inspect_document import document
from boxwright.report.inspect_text import inspect_text
from boxwright.scan.contents import Contents


@pytest.fixture(scope="module")
def whole() -> dict[str, Any]:
    contents = Contents(looks.some_of_everything())
    return document(
        contents,
        findings=looks.broken(contents),
        rules=looks.rules(),
        matches=looks.vulnerable(contents),
    )


def part(text: str, title: str) -> str:
    """Return the part of *text* under *title*."""
    return next(each for each in text.split("\n\n") if each.startswith(title))


def test_the_head_answers_first(whole: dict[str, Any]) -> None:
    lines = inspect_text(whole).splitlines()

    assert lines[0] == "registry.example.com/ml/fraud-api:1.4.2"
    assert lines[1] == (
        "linux/amd64, Debian GNU/Linux 13 (trixie), made 2026-11-02, 4 layers, 17 files"
    )
    assert lines[4:6] == [
        "1.2 GB unpacked, 577.0 MB to pull; 60.0 MB (5.2 %) no container can need, up to",
        "90.0 MB likely not",
    ]


def test_what_the_bytes_are_there_for(whole: dict[str, Any]) -> None:
    assert part(inspect_text(whole), "Where") == (
        """\
Where the bytes are
  Python packages            730.0 MB   63 % ████████████ torch 700.0 MB, numpy…
  models                     254.0 MB   22 % ████▏        encoder.safetensors 2…
  files of no package         90.0 MB  7.8 % █▌           /root/.cache/pip 90.0…
  deleted or replaced later   60.0 MB  5.2 % █            /tmp 60.0 MB, /app 12…
  Debian packages             20.0 MB  1.7 % ▍            libc6 13.0 MB, libssl…"""
    )


def test_layers_are_a_table_with_bars_of_what_is_needed_and_what_is_not(
    whole: dict[str, Any],
) -> None:
    assert part(inspect_text(whole), "Layers") == (
        """\
Layers  █ needed, ▒ likely not needed, ░ hidden by a later layer
  0   20.0 MB █                           ADD file:7d4b8b0a2f2e3a1f in /
  1  880.0 MB █████████████▒▒░   150.0 MB RUN pip install torch numpy
  2  254.0 MB █████░                120 B COPY . /app
  3       0 B                             RUN rm /app/.env /tmp/source.tar.gz"""
    )


def test_packages_are_a_table_with_bars(whole: dict[str, Any]) -> None:
    assert part(inspect_text(whole), "Packages") == (
        """\
Packages  2 Python packages, 2 Debian packages
  torch 2.13.0     700.0 MB ██████████████ layer 1
  numpy 2.4.6       30.0 MB ▋              layer 1
  libc6 2.41-12     13.0 MB ▎              layer 0
  libssl3 3.5.1-1    7.0 MB ▏              layer 0"""
    )


def test_vulnerabilities_tell_what_mends_them(whole: dict[str, Any]) -> None:
    assert part(inspect_text(whole), "Vulnerabilities") == (
        """\
Vulnerabilities  1 critical, 1 medium, 1 low; 2 with a fix
  critical  CVE-2026-1001 libssl3 3.5.1-1                 fixed in 3.5.1-2
  medium    CVE-2026-1002 numpy 2.4.6                     fixed in 2.4.7
  low       CVE-2026-1003 libc6 2.41-12                   no fix yet"""
    )


def test_practices_and_models(whole: dict[str, Any]) -> None:
    text = inspect_text(whole)

    assert part(text, "Practices") == (
        """\
Practices  2 broken, 1 kept
  error    root-user
           it runs as root: nothing sets `USER`
  warning  missing-healthcheck
           no health check"""
    )
    assert part(text, "Models") == (
        """\
Models and data sets
   250.0 MB /app/model/encoder.safetensors
            model, safetensors, layer 2, parameters 67108864, dtype F32
     4.0 MB /app/model/vectorizer.pkl
            model, pickle, layer 2
            loading it runs `posix.system`"""
    )


@pytest.mark.parametrize("width", [60, 80, 120])
def test_no_line_is_wider_than_the_terminal(whole: dict[str, Any], width: int) -> None:
    assert max(map(columns, inspect_text(whole, width=width).splitlines())) <= width


def test_there_is_no_colour_unless_it_is_asked_for(whole: dict[str, Any]) -> None:
    assert "\x1b" not in inspect_text(whole)
    assert "\x1b[1;31mcritical" in inspect_text(whole, colour=True)


def test_nothing_of_a_hostile_image_acts_on_the_terminal() -> None:
    contents = Contents(looks.hostile())
    made = document(contents, matches=[looks.hostile_match(contents)])

    text = inspect_text(made)

    assert [char for char in text if not char.isprintable() and char != "\n"] == []
    assert max(map(columns, text.splitlines())) <= 80


def test_what_nobody_looked_for_is_said() -> None:
    contents = Contents(looks.mended())

    text = inspect_text(document(contents, unchecked=["vulnerabilities: there are no advisories"]))

    assert part(text, "Not looked for").splitlines()[1] == (
        "  vulnerabilities: there are no advisories"
    )
    assert "none known" not in text
