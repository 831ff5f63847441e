"""The examples on the pages of rules, as projects in memory."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, NamedTuple

from boxwright.practices.rule import Rule
from boxwright.project.tree import MemoryTree

_FENCE = re.compile(r'^```(?P<language>[\w-]*)(?:[ \t]+title="(?P<title>[^"]+)")?[ \t]*$')
_SIZED = re.compile(r"^(?P<path>.+?) \((?P<number>[\d.]+) (?P<unit>B|kB|MB|GB|TB)\)$")
_UNITS = {"B": 1, "kB": 10**3, "MB": 10**6, "GB": 10**9, "TB": 10**12}


class Example(NamedTuple):
    """A file that a page judges, with the files around it."""

    path: str
    text: str
    files: dict[str, bytes]
    """All files, the judged one among them."""
    sizes: dict[str, int]
    """Of the files that are said to be larger than they are here."""

    @property
    def tree(self) -> MemoryTree:
        """The files as a project."""
        return MemoryTree(self.files, sizes=self.sizes)

    def with_text(self, text: str) -> Example:
        """Return the example with another text of the judged file."""
        return self._replace(text=text, files={**self.files, self.path: text.encode()})


class Block(NamedTuple):
    """A fenced block under a word such as `Bad:`."""

    heading: str
    language: str
    title: str
    text: str


def examples(rule: Rule[Any], heading: str) -> tuple[Example, ...]:
    """
    Return the examples on the page of *rule* under *heading*: `Bad` or `Good`.

    A block with a title is a file beside the one of the next block that has none; with
    a size in brackets behind its path, it is said to be that large.
    """
    result = []
    files: dict[str, bytes] = {}
    sizes: dict[str, int] = {}
    for block in blocks(rule.page):
        if block.heading != heading:
            continue
        if block.title:
            sized = _SIZED.match(block.title)
            path = sized["path"] if sized else block.title
            files[path] = block.text.encode()
            if sized:
                sizes[path] = int(float(sized["number"]) * _UNITS[sized["unit"]])
            continue
        path = _path(block, rule.area)
        result.append(Example(path, block.text, {**files, path: block.text.encode()}, dict(sizes)))
        files.clear()
        sizes.clear()
    if files:
        raise ValueError(f"{rule.name}: nothing follows the files {sorted(files)}")
    return tuple(result)


def blocks(page: str) -> Iterator[Block]:
    """Yield the fenced blocks of *page* under `Bad:` and `Good:`; headings of sections end them."""
    heading = ""
    lines = iter(page.splitlines())
    for line in lines:
        fence = _FENCE.match(line)
        if fence:
            content = []
            for inside in lines:
                if inside == "```":
                    break
                content.append(inside)
            else:
                raise ValueError(f"the block that begins with {line!r} does not end")
            if heading:
                text = "".join(f"{each}\n" for each in content)
                yield Block(heading, fence["language"], fence["title"] or "", text)
        elif line.startswith("#"):
            heading = ""
        elif line.strip() in ("Bad:", "Good:"):
            heading = line.strip().removesuffix(":")


def _path(block: Block, area: str) -> str:
    """Return what the judged file of *block* is called."""
    match block.language:
        case "dockerfile":
            return "Dockerfile"
        case "dockerignore":
            return ".dockerignore"
        case "yaml" if area == "image":
            return "image.yaml"
        case "yaml" if area == "workflow":
            is_github = re.search(r"^jobs:", block.text, re.MULTILINE)
            return ".github/workflows/ci.yml" if is_github else ".gitlab-ci.yml"
        case "yaml":
            is_object = re.search(r"^apiVersion:", block.text, re.MULTILINE)
            return "deployment.yaml" if is_object else "compose.yaml"
        case _:
            raise ValueError(f"no file is judged in the language {block.language!r}")
