"""`boxwright inspect --tui`: looking around in an image in the terminal."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, ClassVar

from boxwright.errors import StoreError
from boxwright.report.bars import fitted_path
from boxwright.report.size import human_size
from boxwright.scan.layer_index import DIRECTORY, HARDLINK, SYMLINK

try:
    from rich.text import Text
    from textual.app import App, ComposeResult
    from textual.binding import Binding, BindingType
    from textual.containers import Container, Vertical
    from textual.events import Resize
    from textual.widgets import DataTable, Footer, Header, Input, Static, Tree
    from textual.widgets.tree import TreeNode
except ImportError:
    raise StoreError(
        "the browser needs the package `textual`, which is not installed",
        hint="install `boxwright[tui]`, or look at the page that `--html report.html` writes",
    ) from None

if TYPE_CHECKING:
    from boxwright.practices.image_subject import ImageSubject
    from boxwright.scan.contents import Contents
    from boxwright.scan.layer_index import Member

_BAR = 8
"""Characters of a bar."""
_MOST = 500
"""Children of a folder that are shown at once, the largest; and folders that are opened at once."""
_PATH = 48
"""Columns of a path in a list; the whole of it stands below."""
_NARROW = 90
"""With fewer columns the files are below the layers, not beside them."""
_STYLES = {"": "", "added": "green", "changed": "yellow", "removed": "red", "hidden": "dim"}
_MARKS = {"": "", "added": "", "changed": "", "removed": " removed", "hidden": " hidden later"}
_EVERYTHING = "everything"


class Node:
    """A folder, or a file where it has no children, as the tree shows it."""

    __slots__ = ("children", "layer", "member", "name", "notes", "size", "state")

    def __init__(self, name: str, size: int = 0, notes: tuple[str, ...] = ()) -> None:
        self.name = name
        self.size = size
        self.notes = notes
        """What is told of it, where it is no file."""
        self.member: Member | None = None
        self.layer: int | None = None
        self.state = ""
        """`added`, `changed` or `removed` by the layer looked at, or `hidden` by a later one."""
        self.children: dict[str, Node] = {}


class _Growing:
    """A tree that is made of paths."""

    def __init__(self) -> None:
        self.root = Node("/")
        self._folders = {"": self.root}

    def add(self, path: str, member: Member, layer: int, state: str = "") -> None:
        """Put *member* at *path*, and take the folders above it to be there."""
        node = self._at(path)
        node.member, node.layer, node.state, node.size = member, layer, state, member.size

    def _at(self, path: str) -> Node:
        found = self._folders.get(path)
        if found is not None:
            return found
        node = found = self._folders[path] = Node(path.rpartition("/")[2])
        # Paths of hostile images may be deep: no recursion.
        while True:
            path = path.rpartition("/")[0]
            above = self._folders.get(path)
            if above is not None:
                above.children[node.name] = node
                return found
            above = self._folders[path] = Node(path.rpartition("/")[2])
            above.children[node.name] = node
            node = above

    def grown(self) -> Node:
        """Return the root; each folder has the size of all that is below it."""
        order = [self.root]
        for node in order:
            order += node.children.values()
        for node in reversed(order):
            if node.children:
                node.size = sum(child.size for child in node.children.values())
        return self.root


def final_tree(contents: Contents) -> Node:
    """Return the final filesystem."""
    growing = _Growing()
    for path, (member, layer) in contents.files.items():
        growing.add(path, member, layer)
    return growing.grown()


def layer_tree(contents: Contents, layer: int) -> Node:
    """Return what *layer* holds, what of it later ones hide, and what it removes."""
    growing = _Growing()
    index = contents.inspected.layers[layer].index
    if index is None:
        return growing.root
    hidden = {gone.member.path for gone in contents.gone if gone.layer == layer}
    below = {gone.member.path: gone for gone in contents.gone if gone.removed_by == layer}
    for member in index.members:
        state = ""
        if member.path in hidden:
            state = "hidden"
        elif member.kind != DIRECTORY:
            state = "changed" if member.path in below else "added"
        growing.add(member.path, member, layer, state)
    for path, gone in below.items():
        if gone.how == "deleted":
            growing.add(path, gone.member, gone.layer, "removed")
    return growing.grown()


def matching(root: Node, pattern: str) -> Node:
    """Return what of *root* has *pattern*, in lower case, in its path."""
    growing = _Growing()
    growing.root.name = root.name
    waiting = [("", root)]
    while waiting:
        path, node = waiting.pop()
        for name, child in node.children.items():
            below = f"{path}/{name}" if path else name
            if child.children:
                waiting.append((below, child))
            elif pattern in below.lower() and child.member is not None:
                growing.add(below, child.member, child.layer or 0, child.state)
    return growing.grown()


def waste_tree(contents: Contents, layer: int | None) -> Node:
    """Return what the image, or *layer* of it, ships for nothing, each with what mends it."""
    root = Node("waste")
    for at, waste in enumerate(contents.waste):
        if layer is not None and waste.layer != layer:
            continue
        likely = "" if waste.certain else " (likely)"
        notes = (f"{waste.title}{likely}", waste.advice, f"practice: {waste.practice}")
        found = Node(f"{waste.title}{likely}", waste.size, notes)
        for path, size in waste.paths:
            shown = fitted_path(f"/{printable(path)}", _PATH)
            found.children[path] = Node(shown, size, (f"/{path}", waste.advice))
        root.children[str(at)] = found
    return _summed(root)


def package_tree(contents: Contents, layer: int | None) -> Node:
    """Return the packages of the image, or those that *layer* brought in."""
    root = Node("packages")
    for package in contents.inventory.packages:
        brought = contents.layer_of(package)
        if layer is not None and brought != layer:
            continue
        name = f"{package.name} {package.version} ({package.type})"
        notes = [name, f"/{package.path}"]
        if brought is not None:
            notes.append(f"brought in by layer {brought}")
        if package.licences:
            notes.append(f"licence: {', '.join(package.licences)}")
        if package.vendored_in:
            notes.append(f"a copy in {package.vendored_in}")
        found = Node(name, contents.size_of(package), tuple(notes))
        found.layer = brought
        root.children[f"{name} {package.path}"] = found
    return _summed(root)


def _summed(root: Node) -> Node:
    root.size = sum(each.size for each in root.children.values())
    return root


def check_terminal() -> None:
    """Raise StoreError where there is no terminal to look around in."""
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        raise StoreError(
            "looking around needs a terminal", hint="without `--tui` all of it is printed"
        )


def browse(subject: ImageSubject) -> None:
    """Show the image until the user has seen enough."""
    Browser(subject).run()


class Browser(App[None]):
    """Layers on one side, files on the other, what is under the cursor below."""

    TITLE: str | None = "boxwright inspect"
    ENABLE_COMMAND_PALETTE = False
    CSS = """
    #sides { layout: horizontal; height: 1fr; }
    #layers { width: 44%; height: 100%; scrollbar-size-horizontal: 0; }
    #right { width: 1fr; height: 100%; }
    #files { height: 1fr; }
    #view { height: 1; padding: 0 1; background: $panel; color: $text; }
    #details { height: 7; border-top: solid $accent; padding: 0 1; }
    #search { display: none; dock: top; }
    .searching #search { display: block; }
    .narrow #sides { layout: vertical; }
    .narrow #layers { width: 100%; height: 35%; }
    .narrow #right { width: 100%; height: 1fr; }
    .narrow #details { height: 6; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("q", "quit", "quit"),
        Binding("tab", "focus_next", "other side", show=False),
        Binding("slash", "search", "find"),
        Binding("escape", "leave_search", "all files", show=False),
        Binding("e", "expand", "open all"),
        Binding("f", "files", "files"),
        Binding("w", "waste", "waste"),
        Binding("p", "packages", "packages"),
    ]

    def __init__(self, subject: ImageSubject) -> None:
        super().__init__()
        self._subject = subject
        self._contents = subject.contents
        self._count = len(self._contents.inspected.layers)
        self._layer: int | None = None
        self._pattern = ""
        self._kind = "files"
        self._trees: dict[int | None, Node] = {}

    def compose(self) -> ComposeResult:
        """Lay the screen out."""
        yield Header(icon="")
        yield Input(placeholder="a part of a path", id="search")
        with Container(id="sides"):
            yield DataTable[Text](id="layers", cursor_type="row", zebra_stripes=True)
            with Vertical(id="right"):
                yield Static("", id="view", markup=False)
                yield Tree[Node]("/", id="files")
                yield Static("", id="details", markup=False)
        yield Footer()

    def on_mount(self) -> None:
        """Fill the screen."""
        contents = self._contents
        self.sub_title = printable(contents.inspected.name)
        table = self.query_one("#layers", DataTable)
        table.add_columns("layer", "size", "", "what made it")
        sizes = [self._layer_size(layer) for layer in range(self._count)]
        largest = max(sizes, default=1) or 1
        everything = ("all", human_size(contents.size), "", "the final filesystem")
        table.add_row(*map(Text, everything), key=_EVERYTHING)
        for layer, size in enumerate(sizes):
            table.add_row(
                Text(str(layer)),
                Text(human_size(size), justify="right"),
                Text(bar(size / largest), style="cyan"),
                Text(self._instruction(layer)[:200], no_wrap=True),
                key=str(layer),
            )
        self._show_view()
        table.focus()

    def on_resize(self, event: Resize) -> None:
        """Put the files beside the layers, or below them."""
        self.screen.set_class(event.size.width < _NARROW, "narrow")

    def _layer_size(self, layer: int) -> int:
        index = self._contents.inspected.layers[layer].index
        return sum(member.size for member in index.members) if index else 0

    def _instruction(self, layer: int) -> str:
        found = self._contents.inspected.layers[layer]
        if found.problem:
            return printable(found.problem)
        start, end = self._subject.layer_span(layer)
        return printable(self._subject.source.text[start:end])

    def on_data_table_row_highlighted(self, event: DataTable.RowHighlighted) -> None:
        """Show the layer under the cursor."""
        key = event.row_key.value
        layer = None if key in (None, _EVERYTHING) else int(key or 0)
        if layer != self._layer:
            self._layer = layer
            self._show_view()
        self._tell(self._of_layer(layer))

    def on_tree_node_expanded(self, event: Tree.NodeExpanded[Node]) -> None:
        """Fill a folder when it is opened, and those below it that have only one way on."""
        self._open(event.node)

    def on_tree_node_highlighted(self, event: Tree.NodeHighlighted[Node]) -> None:
        """Tell all of what is under the cursor."""
        node = event.node.data
        if node is not None and self.query_one("#files", Tree).has_focus:
            self._tell(self._told(event.node, node))

    def on_descendant_focus(self) -> None:
        """Tell of what is under the cursor of the side that is looked at now."""
        tree = self.query_one("#files", Tree)
        if tree.has_focus and tree.cursor_node is not None and tree.cursor_node.data is not None:
            self._tell(self._told(tree.cursor_node, tree.cursor_node.data))

    def on_input_changed(self, event: Input.Changed) -> None:
        """Show only paths with what is typed."""
        pattern = event.value.strip().lower().lstrip("/")
        if pattern != self._pattern:
            self._pattern = pattern
            self._kind = "files"
            self._show_view()

    def on_input_submitted(self) -> None:
        """Go to what was found."""
        self.query_one("#files", Tree).focus()

    def action_search(self) -> None:
        """Ask for a part of a path."""
        self.screen.add_class("searching")
        self.query_one("#search", Input).focus()

    def action_leave_search(self) -> None:
        """Show all files again."""
        self.screen.remove_class("searching")
        self.query_one("#search", Input).value = ""
        self.query_one("#files", Tree).focus()

    def action_files(self) -> None:
        """Show the files of the layer, or of all."""
        self._kind = "files"
        self._show_view()

    def action_waste(self) -> None:
        """Show what the image ships for nothing."""
        self._kind = "waste"
        self._show_view()

    def action_packages(self) -> None:
        """Show the packages by size."""
        self._kind = "packages"
        self._show_view()

    def action_expand(self) -> None:
        """Open all below the cursor, as far as that is readable."""
        tree = self.query_one("#files", Tree)
        waiting = [tree.cursor_node or tree.root]
        opened = 0
        while waiting and opened < _MOST:
            each = waiting.pop(0)
            if each.data is not None and each.data.children:
                self._fill(each)
                each.expand()
                opened += 1
                waiting += each.children

    def _show_view(self) -> None:
        """Show what is wanted of the layer that is looked at, or of all."""
        layer = self._layer
        where = "the final filesystem" if layer is None else f"layer {layer}"
        if self._kind == "waste":
            root, title = waste_tree(self._contents, layer), f"waste of {where}"
        elif self._kind == "packages":
            root, title = package_tree(self._contents, layer), f"packages of {where}"
        else:
            root, title = self._files(), f"files of {where}"
            if self._pattern:
                root = matching(root, self._pattern)
                title += f" with `{printable(self._pattern)}`"
        if not root.children:
            title += ": none"
        self.query_one("#view", Static).update(title)
        tree = self.query_one("#files", Tree)
        tree.reset(_label(root, root.size), root)
        self._open(tree.root)
        tree.root.expand()

    def _files(self) -> Node:
        if self._layer not in self._trees:
            self._trees[self._layer] = (
                final_tree(self._contents)
                if self._layer is None
                else layer_tree(self._contents, self._layer)
            )
        return self._trees[self._layer]

    def _open(self, node: TreeNode[Node]) -> None:
        """Fill *node*, and open what is below it as long as there is only one way on."""
        self._fill(node)
        while len(node.children) == 1 and node.children[0].allow_expand:
            node = node.children[0]
            self._fill(node)
            node.expand()

    def _fill(self, node: TreeNode[Node]) -> None:
        """Give *node* its children, once."""
        data = node.data
        if data is None or node.children:
            return
        ordered = sorted(data.children.values(), key=lambda each: (-each.size, each.name))
        for child in ordered[:_MOST]:
            label = _label(child, data.size)
            if child.children:
                node.add(label, child)
            else:
                node.add_leaf(label, child)
        if len(ordered) > _MOST:
            left = sum(each.size for each in ordered[_MOST:])
            text = f"{human_size(left):>9} {'':<{_BAR}} and {len(ordered) - _MOST} more"
            node.add_leaf(Text(text, style="dim"))

    def _tell(self, lines: Iterable[str]) -> None:
        self.query_one("#details", Static).update("\n".join(map(printable, lines)))

    def _of_layer(self, layer: int | None) -> Iterator[str]:
        inspected = self._contents.inspected
        if layer is None:
            yield f"{inspected.image.digest}, {inspected.config.platform}"
            files = sum(live.member.kind != DIRECTORY for live in self._contents.files.values())
            yield f"{human_size(inspected.image.size)} to pull, {files} files"
            waste = sum(each.size for each in self._contents.waste if each.certain)
            yield f"{human_size(waste)} of what ships is not needed (w)"
            return
        found = inspected.layers[layer]
        yield f"layer {layer}, {human_size(found.size)} to pull, {found.digest}"
        yield self._instruction(layer)

    def _told(self, place: TreeNode[Node], node: Node) -> Iterator[str]:
        if node.notes:
            yield from node.notes
            yield f"{human_size(node.size)}, {node.size} bytes"
            return
        if self._kind != "files":
            return
        yield "/" + "/".join(_names(place))
        state = f", {_MARKS[node.state].strip() or node.state}" if node.state else ""
        yield f"{human_size(node.size)}, {node.size} bytes{state}"
        member = node.member
        if member is None:
            return
        kind = {DIRECTORY: "folder", SYMLINK: "link", HARDLINK: "hard link"}.get(
            member.kind, "file"
        )
        target = f" to {member.link}" if member.link else ""
        yield f"{kind}{target}, mode {member.mode:04o}, owner {member.uid}:{member.gid}"
        owner = self._contents.owner(member.path)
        if owner is not None:
            yield f"of {owner.name} {owner.version} ({owner.type})"
        if node.layer is not None:
            yield f"layer {node.layer}: {self._instruction(node.layer)}"[:300]


def bar(part: float) -> str:
    """
    Return a bar as long as *part*, from 0 to 1.

    >>> bar(0.5)
    '████'
    """
    return "█" * max(round(part * _BAR), 1 if part else 0)


def printable(text: str) -> str:
    """Return *text*, which an image made up, without what would move the cursor."""
    return "".join(each if each.isprintable() else "\N{REPLACEMENT CHARACTER}" for each in text)


def _label(node: Node, whole: int) -> Text:
    part = node.size / whole if whole else 0
    text = Text(f"{human_size(node.size):>9} ")
    text.append(f"{bar(part):<{_BAR}} ", style="cyan")
    text.append(printable(node.name), style=_STYLES[node.state])
    if node.member is not None and node.member.link:
        text.append(f" -> {printable(node.member.link)}", style="dim")
    text.append(_MARKS[node.state], style="italic dim")
    return text


def _names(place: TreeNode[Node]) -> list[str]:
    """Return the names from below the root to *place*."""
    names = []
    here: TreeNode[Node] | None = place
    while here is not None and here.parent is not None:
        if here.data is not None:
            names.append(here.data.name)
        here = here.parent
    return names[::-1]
