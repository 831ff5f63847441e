"""A headless Chromium, and pages in it that may load nothing and say nothing to the console."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn, Protocol

import pytest
from tests.report import looks

from boxwright.report.inspect_document import document
from boxwright.report.inspect_html import page as html_of
from boxwright.scan.contents import Contents

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext, Page

_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """A Chromium of this machine, or the one that playwright has installed."""
    try:
        from playwright.sync_api import Error, sync_playwright
    except ImportError:
        _lacking("no playwright, which drives the browser")
    found = next(filter(None, map(shutil.which, _NAMES)), None)
    with sync_playwright() as playwright:
        try:
            started = playwright.chromium.launch(executable_path=found)
        except Error as error:
            _lacking(f"no browser: {error.message.splitlines()[0]}")
        yield started
        started.close()


def _lacking(reason: str) -> NoReturn:
    if os.environ.get("BOXWRIGHT_REQUIRE_BROWSER") == "1":
        pytest.fail(reason)
    pytest.skip(reason)


class Show(Protocol):
    """Opens a page of *html* as a file."""

    def __call__(
        self,
        html: str,
        *,
        width: int = 1280,
        height: int = 900,
        theme: str = "light",
        motion: str = "no-preference",
    ) -> Page: ...


@pytest.fixture
def show(browser: Browser, tmp_path: Path) -> Iterator[Show]:
    """Open pages; afterwards, none has loaded, logged or thrown anything."""
    said: list[str] = []
    contexts: list[BrowserContext] = []

    def open_page(
        html: str,
        *,
        width: int = 1280,
        height: int = 900,
        theme: str = "light",
        motion: str = "no-preference",
    ) -> Page:
        file = tmp_path / f"report-{len(contexts)}.html"
        file.write_text(html, "utf-8")
        context = browser.new_context(
            viewport={"width": width, "height": height},
            color_scheme=theme,  # type: ignore[arg-type]
            reduced_motion=motion,  # type: ignore[arg-type]
        )
        contexts.append(context)
        made = context.new_page()
        made.on("console", lambda message: said.append(f"console: {message.text}"))
        made.on("pageerror", lambda error: said.append(f"error: {error.message}"))
        made.on("dialog", lambda dialog: said.append(f"dialog: {dialog.message}"))
        made.on(
            "request",
            lambda request: None if request.url == file.as_uri() else said.append(request.url),
        )
        made.goto(file.as_uri())
        return made

    yield open_page
    for context in contexts:
        context.close()
    assert said == []


@pytest.fixture(scope="session")
def whole() -> str:
    """The page of an image with some of everything."""
    contents = Contents(looks.some_of_everything())
    return html_of(
        document(
            contents,
            findings=looks.broken(contents),
            rules=looks.rules(),
            matches=looks.vulnerable(contents),
            unchecked=["licences: the settings allow no list"],
        )
    )


@pytest.fixture(scope="session")
def compared() -> str:
    """The page of the image as it was mended, compared with what it was."""
    before, after = Contents(looks.some_of_everything()), Contents(looks.mended())
    return html_of(
        document(after, findings=(), rules=looks.rules(), matches=()),
        document(
            before,
            findings=looks.broken(before),
            rules=looks.rules(),
            matches=looks.vulnerable(before),
        ),
    )


@pytest.fixture(scope="session")
def hostile() -> str:
    """The page of an image whose names want to be something else."""
    contents = Contents(looks.hostile())
    made = document(contents, matches=[looks.hostile_match(contents)], findings=())
    return html_of(made, made)


@pytest.fixture(scope="session")
def many() -> str:
    """The page of an image with 2,000 packages and 50,000 files."""
    return html_of(document(Contents(looks.of_many(2000, 25))))


@pytest.fixture
def texts() -> Callable[[Page, str], list[str]]:
    """Return what is shown of all that a selector finds."""

    def found(page: Page, selector: str) -> list[str]:
        return [text.strip() for text in page.locator(selector).all_inner_texts()]

    return found
