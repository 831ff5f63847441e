"""The page of a look, as text: what a browser makes of it is in `browser/`."""

from __future__ import annotations

import base64
import hashlib
import itertools
import json
import re
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from tests.report import looks

import boxwright.report.inspect_html
from boxwright.report.inspect_document import document
from boxwright.report.inspect_html import embedded, page
from boxwright.scan.contents import Contents

PAGE = Path(boxwright.report.inspect_html.__file__).with_name("page")


class _Reader(HTMLParser):
    """Reads the elements and the texts of styles and scripts."""

    def __init__(self) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.texts: dict[int, str] = {}
        self._open = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        self._open = True

    def handle_endtag(self, tag: str) -> None:
        self._open = False

    def handle_data(self, data: str) -> None:
        at = len(self.elements) - 1
        if not self._open:
            return
        self.texts[at] = self.texts.get(at, "") + data


def read(text: str) -> _Reader:
    reader = _Reader()
    reader.feed(text)
    reader.close()
    return reader


def data_of(text: str) -> dict[str, Any]:
    reader = read(text)
    at = next(at for at, (_, attributes) in enumerate(reader.elements) if "id" in attributes
              and attributes["id"] == "data")  # fmt: skip
    found: dict[str, Any] = json.loads(reader.texts[at])
    return found


@pytest.fixture(scope="module")
def whole() -> str:
    contents = Contents(looks.some_of_everything())
    return page(document(contents, matches=looks.vulnerable(contents)))


def test_the_policy_lets_run_this_script_and_nothing_else(whole: str) -> None:
    reader = read(whole)
    policy = next(
        attributes["content"] or ""
        for tag, attributes in reader.elements
        if tag == "meta" and attributes.get("http-equiv") == "Content-Security-Policy"
    )
    digests = {
        tag: base64.b64encode(hashlib.sha256(reader.texts[at].encode()).digest()).decode()
        for at, (tag, attributes) in enumerate(reader.elements)
        if tag in ("style", "script") and "type" not in attributes
    }

    assert policy == (
        "default-src 'none'; base-uri 'none'; form-action 'none'; "
        f"style-src 'sha256-{digests['style']}'; script-src 'sha256-{digests['script']}'"
    )


def test_nothing_in_it_is_loaded(whole: str) -> None:
    for tag, attributes in read(whole).elements:
        assert not {"src", "style", "onclick", "srcset", "data"} & set(attributes), tag
        assert tag not in {"link", "img", "iframe", "object", "base"}
    style = (PAGE / "page.css").read_text("utf-8")
    assert "url(#hatch)" in style
    assert re.findall(r"@import|url\((?!#)", style) == []


def test_the_script_takes_no_text_for_html() -> None:
    script = (PAGE / "page.js").read_text("utf-8")

    words = r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|eval\(|new Function|DOMParser"
    assert re.findall(words, script) == []
    assert re.findall(r"fetch\(|XMLHttpRequest|sendBeacon|WebSocket|import\(", script) == []


def test_style_and_script_do_not_end_their_elements() -> None:
    for name in ("page.css", "page.js"):
        text = (PAGE / name).read_text("utf-8")
        assert re.findall(r"(?i)</(?:script|style)|<!--", text) == []
        assert "\r" not in text


def test_the_data_are_the_document(whole: str) -> None:
    contents = Contents(looks.some_of_everything())
    made = document(contents, matches=looks.vulnerable(contents))

    assert data_of(whole) == {"document": json.loads(json.dumps(made)), "other": None}


def test_a_second_image_comes_without_what_is_not_compared() -> None:
    mended, before = (
        document(Contents(look)) for look in (looks.mended(), looks.some_of_everything())
    )

    other = data_of(page(mended, before))["other"]

    assert other["image"]["name"] == "registry.example.com/ml/fraud-api:1.4.2"
    assert "tree" not in other


def test_names_that_want_to_be_html_are_text() -> None:
    contents = Contents(looks.hostile())

    text = page(document(contents, matches=[looks.hostile_match(contents)]))

    tags = [tag for tag, _ in read(text).elements]
    assert tags.count("script") == 2
    assert "img" not in tags
    assert "\u202e" not in text
    assert "\u2028" not in text
    assert "\x1b" not in text
    assert text.isascii() or text.encode()


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("</script><script>", r'"\u003c/script\u003e\u003cscript\u003e"'),
        ("<!--", r'"\u003c!--"'),
        ("\u202egnp.exe", r'"\\u202egnp.exe"'),
        ("a\u200bb\x00", r'"a\\u200bb\\x00"'),
        ("\udc80", r'"\\udc80"'),
        ("模型", r'"\u6a21\u578b"'),
        (float("nan"), "null"),
        ("x" * 9000, '"' + "x" * 8000 + r'\u2026"'),
    ],
)
def test_values_in_the_page(value: object, text: str) -> None:
    assert embedded(value) == text


def test_the_wheel_has_the_page() -> None:
    assert sorted(path.name for path in PAGE.iterdir()) == ["page.css", "page.html", "page.js"]


def _colours(theme: int) -> dict[str, tuple[float, float, float]]:
    """Return the colours that the style names, of light (0) or dark (1)."""
    style = (PAGE / "page.css").read_text("utf-8")
    found = re.findall(r"--([\w-]+): light-dark\(#(\w{6}), #(\w{6})\)", style)
    return {
        name: tuple(int(both[theme][at : at + 2], 16) / 255 for at in (0, 2, 4))  # type: ignore[misc]
        for name, *both in found
    }


def _linear(colour: tuple[float, float, float]) -> tuple[float, float, float]:
    red, green, blue = (
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in colour
    )
    return red, green, blue


# Machado, Oliveira and Fernandes 2009, severity 1.0, for linear RGB.
_DEFICIENCIES = {
    "none": ((1, 0, 0), (0, 1, 0), (0, 0, 1)),
    "protanopia": (
        (0.152286, 1.052583, -0.204868),
        (0.114503, 0.786281, 0.099216),
        (-0.003882, -0.048116, 1.051998),
    ),
    "deuteranopia": (
        (0.367322, 0.860646, -0.227968),
        (0.280085, 0.672501, 0.047413),
        (-0.011820, 0.042940, 0.968881),
    ),
    "tritanopia": (
        (1.255528, -0.076749, -0.178779),
        (-0.078411, 0.930809, 0.147602),
        (0.004733, 0.691367, 0.303900),
    ),
}


def _oklab(colour: tuple[float, float, float], deficiency: str) -> tuple[float, float, float]:
    linear = _linear(colour)
    red, green, blue = (
        min(max(sum(a * b for a, b in zip(row, linear, strict=True)), 0), 1)
        for row in _DEFICIENCIES[deficiency]
    )
    long = (0.4122214708 * red + 0.5363325363 * green + 0.0514459929 * blue) ** (1 / 3)
    medium = (0.2119034982 * red + 0.6806995451 * green + 0.1073969566 * blue) ** (1 / 3)
    short = (0.0883024619 * red + 0.2817188376 * green + 0.6299787005 * blue) ** (1 / 3)
    return (
        0.2104542553 * long + 0.7936177850 * medium - 0.0040720468 * short,
        1.9779984951 * long - 2.4285922050 * medium + 0.4505937099 * short,
        0.0259040371 * long + 0.7827717662 * medium - 0.8086757660 * short,
    )


@pytest.mark.parametrize("theme", [0, 1], ids=["light", "dark"])
@pytest.mark.parametrize("deficiency", _DEFICIENCIES)
def test_hues_can_be_told_from_each_other(theme: int, deficiency: str) -> None:
    colours = _colours(theme)
    hues = {name: _oklab(colours[name], deficiency) for name in colours if name in _HUES}

    near = {
        (one, two): round(
            sum((a - b) ** 2 for a, b in zip(hues[one], hues[two], strict=True)) ** 0.5, 3
        )
        for one, two in itertools.combinations(hues, 2)
    }

    assert len(hues) == 8
    assert min(near.values()) >= 0.05, sorted(near.items(), key=lambda item: item[1])[:5]


_HUES = tuple(f"k{at}" for at in range(8))
