"""The page of a look, in a real browser."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from tests.report import looks
from tests.report.browser.conftest import Show

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

Texts = Callable[["Page", str], list[str]]


def cells(page: Page, rows: str) -> list[list[str]]:
    """Return what stands in the cells of *rows*."""
    found: list[list[str]] = page.locator(rows).evaluate_all(
        """(rows) => rows.map((row) => [...row.cells].map((cell) =>
            cell.innerText.replace(/\\s+/g, " ").trim()))"""
    )
    return found


def opened(page: Page) -> Page:
    """Open all that can be opened on *page*."""
    page.evaluate(
        """() => {
            for (const each of document.querySelectorAll("details")) each.open = true;
            for (const each of document.querySelectorAll('.disclose[aria-expanded="false"]')) each.click();
        }"""
    )
    return page


def test_the_head_answers_in_sentences(show: Show, whole: str, texts: Texts) -> None:
    page = show(whole)

    assert page.title() == "registry.example.com/ml/fraud-api:1.4.2: Boxwright"
    assert texts(page, "h1") == ["registry.example.com/ml/fraud-api:1.4.2"]
    assert texts(page, ".verdict li") == [
        (
            "1.2\u00a0GB unpacked, 577.0\u00a0MB to pull. 60.0\u00a0MB (5.2\u00a0%) no container can"
            " need; up to 90.0\u00a0MB more are likely not needed."
        ),
        (
            "2 credentials can be read by whoever has the image, 1 of them in files that a later"
            " layer hides."
        ),
        "3 known vulnerabilities, 1 critical; 2 can be mended by a newer version.",
        "1 model file would run other programs when it is loaded.",
        "2 practices broken, 1 kept.",
    ]


def test_every_section_is_there_and_has_its_place_in_the_list(
    show: Show, whole: str, texts: Texts
) -> None:
    page = show(whole)

    links = [link.get_attribute("href") or "" for link in page.locator(".sections a").all()]
    assert links == [
        "#overview", "#map", "#layers", "#packages", "#vulnerabilities", "#secrets", "#waste",
        "#models", "#gpu", "#practices", "#configuration",
    ]  # fmt: skip
    for link in links:
        assert page.locator(f"{link} h2").count() == 1


def test_tables_sort_by_their_columns(show: Show, whole: str, texts: Texts) -> None:
    page = show(whole)
    rows = "#package-table tbody tr th"
    assert texts(page, rows) == ["torch", "numpy", "libc6", "libssl3"]
    assert page.locator("#package-table [aria-sort]").get_attribute("aria-sort") == "descending"

    page.locator("#package-table").get_by_role("button", name="Package", exact=True).click()

    assert texts(page, rows) == ["libc6", "libssl3", "numpy", "torch"]
    assert page.locator("#package-table [aria-sort]").get_attribute("aria-sort") == "ascending"
    page.keyboard.press("Enter")
    assert texts(page, rows) == ["torch", "numpy", "libssl3", "libc6"]


def test_vulnerabilities_sort_by_severity_not_by_its_name(
    show: Show, whole: str, texts: Texts
) -> None:
    page = show(whole)
    severities = "#vulnerability-table tbody .severity"
    assert texts(page, severities) == ["critical", "high", "medium", "low"]

    page.locator("#vulnerability-table").get_by_role("button", name="Severity").click()

    assert texts(page, severities) == ["low", "medium", "high", "critical"]


def test_tables_are_filtered(show: Show, whole: str, texts: Texts) -> None:
    page = show(whole)
    table = page.locator("#package-table")

    table.get_by_label("Type").select_option("deb")

    assert texts(page, "#package-table tbody tr th") == ["libc6", "libssl3"]
    assert texts(page, "#package-table [role=status]") == ["2 of 4 packages"]
    table.get_by_label("Layer").select_option("1")
    assert texts(page, "#package-table .none") == ["Nothing matches."]


def test_a_vulnerability_that_is_ruled_out_says_so_and_can_be_left_out(
    show: Show, whole: str, texts: Texts
) -> None:
    page = show(whole)
    assert texts(page, "#vulnerability-table .tag") == ["not affected"]

    page.get_by_label("affected only").check()

    assert texts(page, "#vulnerability-table .tag") == []
    page.get_by_label("with a fix").check()
    assert texts(page, "#vulnerability-table tbody .severity") == ["critical", "medium"]


def test_rows_open_to_tell_more(show: Show, whole: str) -> None:
    page = show(whole)
    button = page.get_by_role("button", name=re.compile("CVE-2026-1001"))

    button.click()

    assert button.get_attribute("aria-expanded") == "true"
    detail = page.locator(f"#{button.get_attribute('aria-controls')}")
    assert "raise libssl3 to 3.5.1-2" in detail.inner_text()
    assert detail.locator("a").get_attribute("href") == (
        "https://security.example.com/CVE-2026-1001"
    )
    button.click()
    assert detail.count() == 0


def test_a_chosen_layer_filters_what_stands_below(show: Show, whole: str, texts: Texts) -> None:
    page = show(whole)
    layers = page.locator(".layer")
    assert layers.count() == 4

    layers.nth(2).click()

    assert layers.nth(2).get_attribute("aria-pressed") == "true"
    assert texts(page, "#package-table tbody tr") == []
    assert texts(page, "#secret-table tbody tr th") == ["a private key"]
    assert len(texts(page, "#artifact-table tbody tr")) == 2
    page.get_by_role("button", name="Show all").click()
    assert len(texts(page, "#package-table tbody tr")) == 4


def test_layers_show_what_of_them_is_for_nothing(show: Show, whole: str) -> None:
    page = show(whole)

    parts = page.locator(".layer").nth(1).locator(".track span")
    widths = [part.bounding_box() for part in parts.all()]

    assert [part.get_attribute("class") for part in parts.all()] == ["needed", "likely", "hatched"]
    needed, likely, hidden = (box["width"] if box else 0 for box in widths)
    assert needed / (needed + likely + hidden) == pytest.approx(730 / 880, abs=0.02)


def test_the_map_opens_folders_by_click_and_goes_back_by_name(
    show: Show, whole: str, texts: Texts
) -> None:
    page = show(whole)
    cell = page.locator('.map [role=treeitem][aria-level="1"]').first
    name = (cell.get_attribute("aria-label") or "").partition(",")[0]
    assert name == "opt/venv/lib/python3.12/site-packages"

    cell.locator("text").first.click(force=True, position={"x": 2, "y": 2})

    assert texts(page, ".crumbs li") == ["Folders", name]
    assert page.locator(".map svg").get_attribute("aria-label") == f"Map of /{name}"
    page.locator(".crumbs button").click()
    assert texts(page, ".crumbs li") == ["Folders"]


def test_the_map_is_walked_by_keyboard(show: Show, whole: str, texts: Texts) -> None:
    page = show(whole)
    page.locator('.map [role=treeitem][tabindex="0"]').focus()

    def focused() -> str:
        label: str = page.evaluate("document.activeElement.getAttribute('aria-label')")
        return label.partition(",")[0]

    assert focused() == "opt/venv/lib/python3.12/site-packages"
    page.keyboard.press("ArrowRight")
    assert focused() == "app"
    page.keyboard.press("ArrowDown")
    assert focused() == "model"
    page.keyboard.press("ArrowUp")
    assert focused() == "app"
    page.keyboard.press("Home")
    page.keyboard.press("Enter")
    assert texts(page, ".crumbs li") == ["Folders", "opt/venv/lib/python3.12/site-packages"]
    assert focused() == "torch"
    assert "layer 1: RUN pip install torch numpy" in page.locator("#map-readout").inner_text()
    page.keyboard.press("Escape")
    assert texts(page, ".crumbs li") == ["Folders"]
    assert focused() == "opt/venv/lib/python3.12/site-packages"
    assert page.locator('.map [tabindex="0"]').count() == 1


def test_the_map_has_three_views_and_areas_as_large_as_their_bytes(
    show: Show, whole: str, texts: Texts
) -> None:
    page = show(whole)

    for view, first in (
        ("Packages", "Python packages"),
        ("Layers", "layer 1"),
        ("Folders", "opt/venv/lib/python3.12/site-packages"),
    ):
        page.get_by_role("button", name=view, exact=True).click()
        cells = page.locator('.map [role=treeitem][aria-level="1"]').all()
        assert (cells[0].get_attribute("aria-label") or "").startswith(f"{first}, ")
        areas = []
        for cell in cells:
            box = cell.locator("rect").first.bounding_box()
            assert box is not None
            areas.append(box["width"] * box["height"])
        assert areas == sorted(areas, reverse=True)


def test_the_map_is_a_table_for_those_who_want_one(show: Show, whole: str, texts: Texts) -> None:
    page = show(whole)

    page.get_by_role("button", name="As a table").click()

    assert not page.locator(".map").is_visible()
    names = texts(page, "#map-rows-table tbody tr th")
    assert names[:2] == ["opt/venv/lib/python3.12/site-packages", "app"]
    page.get_by_role("button", name=names[0]).click()
    assert texts(page, "#map-rows-table tbody tr th") == ["torch", "numpy/_core"]


def test_what_hides_is_striped_in_the_layers(show: Show, whole: str) -> None:
    page = show(whole)

    page.get_by_role("button", name="Layers", exact=True).click()

    hidden = page.locator(".map .cell:has(> rect.mask)")
    assert (hidden.first.get_attribute("aria-label") or "").endswith("hidden by a later layer")


def test_the_theme_follows_the_system_until_it_is_chosen(show: Show, whole: str) -> None:
    page = show(whole, theme="dark")
    background = "getComputedStyle(document.body).backgroundColor"
    dark = page.evaluate(background)

    page.get_by_role("button", name="Use light colours").click()

    light = page.evaluate(background)
    assert (dark, light) == ("rgb(17, 20, 19)", "rgb(247, 248, 247)")
    assert page.get_by_role("button", name="Use dark colours").is_visible()


def test_two_images_are_compared(show: Show, compared: str, texts: Texts) -> None:
    page = show(compared)

    rows = cells(page, "#compare-sizes tbody tr")
    assert rows[3] == ["no container can need", "0 B", "60.0 MB", "\u221260.0 MB"]
    assert rows[5] == ["layers", "3", "4", "\u22121"]
    assert [row[0] for row in cells(page, "#compare-layer-table tbody tr")] == [
        "= in both",
        "\u2212 only there",
        "\u2212 only there",
        "\u2212 only there",
        "+ only here",
        "+ only here",
    ]
    assert [row[:4] for row in cells(page, "#compare-package-table tbody tr")] == [
        ["numpy", "\u2212 only there", "2.4.6", ""],
        ["rich", "+ only here", "", "15.0.0"],
        ["torch", "\u2260 changed", "2.13.0", "2.13.1"],
    ]
    assert "root-user" in page.locator('[data-set="findings"]').inner_text()
    assert "a private key" in page.locator('[data-set="credentials"]').inner_text()


def test_packages_are_searched(show: Show, many: str, texts: Texts) -> None:
    page = show(many)

    page.get_by_label("Search packages").fill("package-1999")

    assert texts(page, "#package-table tbody tr th") == ["package-1999"]
    assert texts(page, "#package-table [role=status]") == ["1 of 2\u202f000 packages"]


def test_two_thousand_packages_and_fifty_thousand_files_do_not_lag(
    show: Show, many: str, texts: Texts
) -> None:
    page = show(many)
    assert page.evaluate("document.querySelectorAll('*').length") < 3000

    spent = page.evaluate(
        """() => {
            const start = performance.now();
            const input = document.querySelector('#package-table input[type=search]');
            for (const text of ["p", "pa", "pac", "pack", "package-1", ""]) {
                input.value = text;
                input.dispatchEvent(new Event("input"));
                document.body.offsetHeight;
            }
            for (const button of document.querySelectorAll("#package-table thead button")) button.click();
            return performance.now() - start;
        }"""
    )

    assert spent < 2000
    page.get_by_role("button", name=re.compile("Show 500 more")).click()
    assert page.locator("#package-table tbody tr").count() == 530


@pytest.mark.parametrize("which", ["whole", "compared", "hostile", "many"])
def test_a_phone_needs_no_sideways_scroll(
    show: Show, which: str, request: pytest.FixtureRequest
) -> None:
    page = opened(show(request.getfixturevalue(which), width=360, height=740))

    page.evaluate("document.querySelectorAll('.layer').forEach((each) => each.click())")

    assert page.evaluate("[document.documentElement.scrollWidth, innerWidth]") == [360, 360]


@pytest.mark.parametrize("width", [768, 1024, 1920])
@pytest.mark.parametrize("which", ["whole", "hostile"])
def test_no_window_needs_sideways_scroll(
    show: Show, which: str, width: int, request: pytest.FixtureRequest
) -> None:
    page = opened(show(request.getfixturevalue(which), width=width))

    assert page.evaluate("document.documentElement.scrollWidth") == width


_CONTRASTS = """() => {
    const canvas = document.createElement("canvas").getContext("2d", {willReadFrequently: true});
    canvas.canvas.width = canvas.canvas.height = 1;
    const rgb = (colour, under) => {
        canvas.fillStyle = `rgb(${under.join(" ")})`; canvas.fillRect(0, 0, 1, 1);
        canvas.fillStyle = colour; canvas.fillRect(0, 0, 1, 1);
        return [...canvas.getImageData(0, 0, 1, 1).data].slice(0, 3);
    };
    const luminance = (colour) => {
        const [r, g, b] = colour.map((part) => (part /= 255) <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4);
        return 0.2126 * r + 0.7152 * g + 0.0722 * b;
    };
    const ground = (element) => {
        if (!element) return [255, 255, 255];
        const cell = element.closest("svg .cell");
        if (cell) return rgb(getComputedStyle(cell.querySelector("rect")).fill, [255, 255, 255]);
        return rgb(getComputedStyle(element).backgroundColor, ground(element.parentElement));
    };
    const found = [];
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    let count = 0;
    while (walker.nextNode()) {
        const element = walker.currentNode.parentElement;
        if (!walker.currentNode.data.trim() || !element.checkVisibility() || element.closest(".visually-hidden, .skip, script, style, noscript, option")) continue;
        const style = getComputedStyle(element);
        const under = ground(element);
        const over = rgb(element.closest("svg") ? style.fill : style.color, under);
        const [light, dark] = [luminance(over), luminance(under)].sort((a, b) => b - a);
        const ratio = (light + 0.05) / (dark + 0.05);
        const large = parseFloat(style.fontSize) >= 24 || (parseFloat(style.fontSize) >= 18.66 && style.fontWeight >= 700);
        count += 1;
        if (ratio < (large ? 3 : 4.5)) found.push([walker.currentNode.data.trim().slice(0, 40), element.className.baseVal ?? element.className, over.join(), under.join(), ratio.toFixed(2)].join(" | "));
    }
    return {count, found: [...new Set(found)]};
}"""


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("which", ["whole", "compared"])
def test_every_text_has_the_contrast_that_wcag_asks_for(
    show: Show, which: str, theme: str, request: pytest.FixtureRequest
) -> None:
    page = opened(show(request.getfixturevalue(which), theme=theme, motion="reduce"))
    page.locator(".layer").first.click()
    counted: dict[str, Any] = {"count": 0, "found": []}

    for view in ("Folders", "Packages", "Layers"):
        page.get_by_role("button", name=view, exact=True).click()
        counted = page.evaluate(_CONTRASTS)
        assert counted["found"] == []

    assert counted["count"] > 150


def test_a_keyboard_reaches_everything_and_shows_where_it_is(show: Show, whole: str) -> None:
    page = show(whole)
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "Skip to the report"
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "main"

    unseen, reached = [], set()
    for _ in range(150):
        page.keyboard.press("Tab")
        name, outline = page.evaluate(
            """() => {
                const at = document.activeElement;
                const style = getComputedStyle(at);
                const ring = at.querySelector(":scope > rect.ring");
                return [
                    (at.closest("section") || {}).id || at.tagName,
                    style.outlineStyle !== "none" || (ring && getComputedStyle(ring).stroke !== "none"),
                ];
            }"""
        )
        if name == "BODY":
            break
        reached.add(name)
        if not outline:
            unseen.append(name)

    assert unseen == []
    assert {"map", "layers", "packages", "vulnerabilities", "secrets", "practices"} <= reached


def test_hostile_names_are_inert_and_seen_for_what_they_are(show: Show, hostile: str) -> None:
    page = opened(show(hostile))

    page.get_by_role("button", name="Packages", exact=True).click()
    page.get_by_role("button", name="As a table").click()

    assert page.evaluate("typeof globalThis.ran") == "undefined"
    assert page.locator("img, iframe, object, embed").count() == 0
    assert page.locator("script").count() == 2
    assert (
        page.evaluate("[...document.querySelectorAll('a')].map((each) => each.protocol)")
        == ["file:"] * page.locator("a").count()
    )
    shown = page.locator("body").inner_text()
    assert "<img src=x onerror=ran()>\\u202egnp.exe</script><script>ran()</script>\\x1b[2J" in shown
    assert not set("\u202e\u2028\x1b\u200b") & set(shown)


def test_the_policy_stops_what_gets_in_after_all(
    browser: Browser, whole: str, tmp_path: Path
) -> None:
    pixel = "data:image/gif;base64,R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7"
    more = f'<script>globalThis.ran = 1</script><img id="got-in" src="{pixel}">'
    file = tmp_path / "report.html"
    file.write_text(whole.replace("</body>", f"{more}</body>"))
    page = browser.new_page()

    page.goto(file.as_uri())

    assert page.evaluate("typeof globalThis.ran") == "undefined"
    assert page.evaluate("document.getElementById('got-in').naturalWidth") == 0
    assert page.locator("h1").count() == 1
    page.close()


def test_who_wants_no_motion_gets_none(show: Show, whole: str) -> None:
    moving, still = show(whole), show(whole, motion="reduce")
    animation = "getComputedStyle(document.querySelector('.cells')).animationName"
    scroll = "getComputedStyle(document.documentElement).scrollBehavior"

    assert [moving.evaluate(animation), moving.evaluate(scroll)] == ["appear", "smooth"]
    assert [still.evaluate(animation), still.evaluate(scroll)] == ["none", "auto"]


def test_paper_gets_the_whole_table_and_no_controls(show: Show, many: str) -> None:
    page = show(many, theme="dark")

    page.emulate_media(media="print")
    page.evaluate("dispatchEvent(new Event('beforeprint'))")

    assert page.locator("#package-table tbody tr").count() == 1000
    for selector in (".sections", ".filter", "#theme", ".controls"):
        assert not page.locator(selector).first.is_visible()
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"


def test_an_image_of_which_nobody_asked_for_more_has_a_page(show: Show, texts: Texts) -> None:
    from boxwright.report.inspect_document import document
    from boxwright.report.inspect_html import page as html_of
    from boxwright.scan.contents import Contents

    page = show(html_of(document(Contents(looks.mended()))))

    assert "#vulnerabilities" not in texts(page, ".sections a")
    assert texts(page, ".notes li") == ["practices", "vulnerabilities"]
    assert texts(page, "#secrets .none") == [
        "None in any layer, in the configuration or in the history."
    ]


def test_an_image_of_nothing_has_a_page(show: Show, texts: Texts) -> None:
    from tests.scan.images import image

    from boxwright.report.inspect_document import document
    from boxwright.report.inspect_html import page as html_of
    from boxwright.scan.contents import Contents

    page = show(html_of(document(Contents(image(name="scratch")))))

    assert texts(page, "h1") == ["scratch"]
    assert texts(page, ".map .none") == ["There are no files."]
