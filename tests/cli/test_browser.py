"""Looking around in an image in the terminal, as somebody at a keyboard does."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from datetime import date
from pathlib import Path

import pytest
from tests.cli.conftest import Command, Result
from tests.scan.images import directory, document, file, hardlink, image, layer, symlink, whiteout

from boxwright.practices.image_subject import ImageSubject
from boxwright.scan.contents import Contents
from boxwright.scan.inspected import Inspected

pytest.importorskip("textual")

from textual.pilot import Pilot
from textual.widgets import DataTable, Static, Tree

from boxwright.cli import browser
from boxwright.cli.browser import Browser, Node, final_tree, layer_tree, matching

OS_RELEASE = 'ID=debian\nVERSION_ID="13"\n'
STATUS = "Package: zlib1g\nStatus: install ok installed\nVersion: 1:1.3-1\nArchitecture: amd64\n"
SMALL = image(
    layer(
        document("etc/os-release", OS_RELEASE),
        document("var/lib/dpkg/status", STATUS),
        file("data/large.bin", 5000),
        file("data/gone.bin", 3000),
        by="ADD rootfs.tar /",
    ),
    layer(
        file("data/large.bin", 6000),
        file("app/main.py", "print()"),
        file("app/same.py", 40),
        hardlink("app/other.py", "app/same.py"),
        symlink("app/link", "/data/large.bin"),
        whiteout("data/gone.bin"),
        by="RUN make",
    ),
    layer(problem="it is cut short"),
)


def subject(inspected: Inspected) -> ImageSubject:
    return ImageSubject(Contents(inspected), today=date(2026, 11, 22))


def shown(root: Node) -> dict[str, tuple[int, str]]:
    """Return the size and the state of all below *root*, by path."""
    found = {}
    waiting = [("", root)]
    while waiting:
        path, node = waiting.pop()
        for child in node.children.values():
            below = f"{path}/{child.name}"
            found[below] = (child.size, child.state)
            waiting.append((below, child))
    return dict(sorted(found.items()))


def test_the_final_filesystem_has_what_no_layer_hides() -> None:
    assert shown(final_tree(Contents(SMALL))) == {
        "/app": (47, ""),
        "/app/link": (0, ""),
        "/app/main.py": (7, ""),
        "/app/other.py": (0, ""),
        "/app/same.py": (40, ""),
        "/data": (6000, ""),
        "/data/large.bin": (6000, ""),
        "/etc": (26, ""),
        "/etc/os-release": (26, ""),
        "/var": (len(STATUS), ""),
        "/var/lib": (len(STATUS), ""),
        "/var/lib/dpkg": (len(STATUS), ""),
        "/var/lib/dpkg/status": (len(STATUS), ""),
    }


def test_a_layer_has_what_it_adds_changes_and_removes_and_what_later_ones_hide() -> None:
    contents = Contents(SMALL)

    lower = shown(layer_tree(contents, 0))
    upper = shown(layer_tree(contents, 1))

    assert lower["/data/large.bin"] == (5000, "hidden")
    assert lower["/data/gone.bin"] == (3000, "hidden")
    assert lower["/etc/os-release"] == (26, "added")
    assert upper["/data/large.bin"] == (6000, "changed")
    assert upper["/data/gone.bin"] == (3000, "removed")
    assert upper["/app/main.py"] == (7, "added")
    assert shown(layer_tree(contents, 2)) == {}


def test_paths_with_a_part() -> None:
    assert shown(matching(final_tree(Contents(SMALL)), "p/ma")) == {
        "/app": (7, ""),
        "/app/main.py": (7, ""),
    }


def test_a_deep_path_is_no_danger() -> None:
    deep = "/".join(["d"] * 5000)

    root = final_tree(Contents(image(layer(file(f"{deep}/x", 10)))))

    assert root.size == 10
    assert len(shown(root)) == 5001


class Screen:
    """What is to be seen."""

    def __init__(self, app: Browser, pilot: Pilot[None]) -> None:
        self.app = app
        self.pilot = pilot

    async def press(self, *keys: str) -> None:
        await self.pilot.press(*keys)
        await self.pilot.pause()

    @property
    def tree(self) -> list[str]:
        """The lines of the tree, without its bars."""
        lines = []
        waiting = [(self.app.query_one("#files", Tree).root, 0)]
        while waiting:
            node, depth = waiting.pop(0)
            words = str(node.label).replace("█", "").split()
            lines.append(f"{'  ' * depth}{' '.join(words)}")
            if node.is_expanded:
                waiting[:0] = [(child, depth + 1) for child in node.children]
        return lines

    @property
    def view(self) -> str:
        return str(self.app.query_one("#view", Static).content)

    @property
    def details(self) -> list[str]:
        return str(self.app.query_one("#details", Static).content).splitlines()

    @property
    def layers(self) -> list[list[str]]:
        table = self.app.query_one("#layers", DataTable)
        return [
            [str(cell).replace("█", "") for cell in table.get_row_at(row)]
            for row in range(table.row_count)
        ]


Use = Callable[[Screen], Awaitable[None]]


def use(inspected: Inspected, how: Use, size: tuple[int, int] = (120, 40)) -> None:
    """Open the browser, and do *how*."""

    async def run() -> None:
        app = Browser(subject(inspected))
        async with app.run_test(size=size) as pilot:
            await pilot.pause()
            await how(Screen(app, pilot))

    asyncio.run(run())


def test_layers_are_on_one_side_and_their_files_on_the_other() -> None:
    async def look(screen: Screen) -> None:
        assert screen.layers == [
            ["all", "6.2 kB", "", "the final filesystem"],
            ["0", "8.1 kB", "", "ADD rootfs.tar /"],
            ["1", "6.0 kB", "", "RUN make"],
            ["2", "0 B", "", "it is cut short"],
        ]
        assert screen.view == "files of the final filesystem"
        assert screen.tree[:3] == ["6.2 kB /", "  6.0 kB data", "  82 B var"]
        assert screen.details[0] == f"{SMALL.image.digest}, linux/amd64"

        await screen.press("down", "down")

        assert screen.view == "files of layer 1"
        assert screen.tree == ["9.0 kB /", "  9.0 kB data", "  47 B app"]
        assert screen.details[1] == "RUN make"

        await screen.press("down")

        assert (screen.view, screen.tree) == ("files of layer 2: none", ["0 B /"])

    use(SMALL, look)


def test_what_is_under_the_cursor_is_told() -> None:
    async def look(screen: Screen) -> None:
        await screen.press("down", "down", "tab", "down", "enter", "down", "down")

        assert screen.tree[1:4] == [
            "  9.0 kB data",
            "    6.0 kB large.bin",
            "    3.0 kB gone.bin removed",
        ]
        assert screen.details == [
            "/data/gone.bin",
            "3.0 kB, 3000 bytes, removed",
            "file, mode 0644, owner 0:0",
            "layer 0: ADD rootfs.tar /",
        ]

    use(SMALL, look)


def test_all_below_is_opened_at_once() -> None:
    async def look(screen: Screen) -> None:
        await screen.press("tab", "e")

        assert "        82 B status" in screen.tree
        assert "    0 B link -> /data/large.bin" in screen.tree

    use(SMALL, look)


def test_the_only_way_on_is_gone_by_itself() -> None:
    chain = image(layer(file("a/b/c/x", 10), file("a/b/c/y", 5)))

    async def look(screen: Screen) -> None:
        assert screen.tree == [
            "15 B /",
            "  15 B a",
            "    15 B b",
            "      15 B c",
            "        10 B x",
            "        5 B y",
        ]

    use(chain, look)


def test_paths_are_found_while_they_are_typed() -> None:
    async def look(screen: Screen) -> None:
        await screen.press("slash", "M", "A", "I", "N")

        assert screen.view == "files of the final filesystem with `main`"
        assert screen.tree == ["7 B /", "  7 B app", "    7 B main.py"]

        await screen.press("enter", "down", "down")

        assert screen.details[0] == "/app/main.py"

        await screen.press("escape")

        assert screen.view == "files of the final filesystem"
        assert len(screen.tree) == 5

    use(SMALL, look)


def test_what_is_not_found_is_told() -> None:
    async def look(screen: Screen) -> None:
        await screen.press("slash", "z", "z")

        assert screen.view == "files of the final filesystem with `zz`: none"

    use(SMALL, look)


def test_waste_and_packages_have_views() -> None:
    async def look(screen: Screen) -> None:
        await screen.press("p")

        assert screen.view == "packages of the final filesystem"
        assert screen.tree == ["0 B packages", "  0 B zlib1g 1:1.3-1 (deb)"]

        await screen.press("tab", "down")

        assert screen.details[:2] == ["zlib1g 1:1.3-1 (deb)", "/var/lib/dpkg/status"]

        await screen.press("w")

        assert screen.view == "waste of the final filesystem"
        assert screen.tree[0] == "8.0 kB waste"
        assert any("/data/gone.bin" in line for line in screen.tree) or len(screen.tree) > 1

        await screen.press("f")

        assert screen.view == "files of the final filesystem"

    use(SMALL, look)


@pytest.mark.parametrize("width", [40, 80, 200])
def test_it_can_be_used_at_any_width(width: int) -> None:
    async def look(screen: Screen) -> None:
        layers, files = (screen.app.query_one(name) for name in ("#layers", "#files"))
        beside = layers.region.right <= files.region.x
        below = layers.region.bottom <= files.region.y
        assert (beside, below) == ((True, False) if width > 90 else (False, True))
        for widget in (layers, files, screen.app.query_one("#details")):
            assert widget.region.x >= 0
            assert widget.region.right <= width
            assert widget.region.height >= 4
        await screen.press("down", "w", "p", "f", "tab", "down", "enter")

    use(SMALL, look, size=(width, 30))


def test_hostile_names_are_inert() -> None:
    hostile = image(
        layer(
            file("a/\x1b[2Jevil", 30),
            file("a/[red]b", 20),
            file("a/\u202egnp.exe", 10),
            file("a/\udcff", b"12345"),
            by="RUN echo [bold] \x1b]0;x\x07",
        ),
        name="[b]x\x1b[0m",
    )

    async def look(screen: Screen) -> None:
        assert screen.tree[2:] == [
            "    30 B \ufffd[2Jevil",
            "    20 B [red]b",
            "    10 B \ufffdgnp.exe",
            "    5 B \ufffd",
        ]
        assert screen.app.sub_title == "[b]x\ufffd[0m"
        assert "\x1b" not in "".join(map("".join, screen.layers))
        await screen.press("tab", "down", "down")
        assert screen.details[0] == "/a/\ufffd[2Jevil"
        assert "\x1b" not in screen.app.export_screenshot()

    use(hostile, look)


def test_a_large_folder_shows_its_largest_files() -> None:
    many = image(layer(*(file(f"x/{at:04}", 1000 + at) for at in range(600))))

    async def look(screen: Screen) -> None:
        assert len(screen.tree) == 2 + 501
        assert screen.tree[2] == "    1.6 kB 0599"
        assert screen.tree[-1].endswith("and 100 more")

    use(many, look)


def test_fifty_thousand_files_are_there_in_a_second() -> None:
    many = image(
        layer(*(file(f"lib/package{at // 50}/module{at % 50}.py", at) for at in range(50_000)))
    )
    contents = Contents(many)
    assert contents.files

    started = time.process_time()
    root = final_tree(contents)
    layered = layer_tree(contents, 0)

    assert time.process_time() - started < 2
    assert root.size == layered.size == sum(range(50_000))


def test_it_needs_a_terminal(command: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    assert command("inspect", "image", "--tui") == Result(
        2,
        "",
        "error: looking around needs a terminal\n\nhint: without `--tui` all of it is printed\n",
    )


def test_the_command_opens_it(
    command: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from tests.cli.made_images import write_layout

    write_layout(tmp_path / "image", {"a": b"x"})
    seen: list[str] = []
    monkeypatch.setattr(browser, "check_terminal", lambda: None)
    monkeypatch.setattr(
        browser, "browse", lambda subject: seen.append(subject.contents.inspected.name)
    )

    assert (command("inspect", "image", "--tui").status, seen) == (0, ["image"])


def test_folders_are_told_by_their_members() -> None:
    made = image(layer(directory("srv", mode=0o700, uid=5), file("srv/x", 1)))

    node = final_tree(Contents(made)).children["srv"]

    assert node.member is not None
    assert (node.member.mode, node.member.uid, node.size) == (0o700, 5, 1)
