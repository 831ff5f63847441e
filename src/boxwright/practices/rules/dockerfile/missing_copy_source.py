"""
COPY names a file that the build context does not have.

The build stops there with `not found`, after everything before it has run.
Paths are seen from the root of the context, not from the folder of the Dockerfile, and nothing above the context can be reached.

Bad:

```text title="requirements.txt"
torch==2.4.1
```

```dockerfile
FROM python:3.12-slim
COPY requirement.txt /app/
```

```dockerfile
FROM python:3.12-slim
COPY ../shared /app/shared
```

Good:

```text title="requirements.txt"
torch==2.4.1
```

```dockerfile
FROM python:3.12-slim
COPY requirements.txt /app/
COPY requirements-gpu.txt* /app/
```

## When it is fine

What is built before, such as `dist` or `build`, is not reported, nor is a pattern that finds nothing: it copies nothing.
Where the context has less than half of the things that a Dockerfile names, it was most likely written for another context, and nothing is reported but what is mistyped.
What may still be made before the build is a warning.

## Fix

A name that was mistyped is written right. Unsafe: it is a guess.

## Equivalents

None.

## References

Docker patterns.
"""

from __future__ import annotations

import posixpath
from collections.abc import Iterator
from typing import TYPE_CHECKING

from boxwright.findings.finding import Applicability, Fix, Severity
from boxwright.practices.rule import Problem, rule
from boxwright.practices.subjects import Build
from boxwright.syntax.dockerfile.instructions import Add, Copy
from boxwright.syntax.go_match import is_pattern
from boxwright.text.edit import Edit
from boxwright.text.joined import Word
from boxwright.text.record import NamedTuple

if TYPE_CHECKING:
    from boxwright.practices.context import Context

_BUILT = frozenset(
    {
        "dist",
        "build",
        "target",
        "out",
        "bin",
        "output",
        "node_modules",
        "artifacts",
        ".next",
        "_build",
    }
)
_WITHOUT_DIGITS = {ord(digit): None for digit in "0123456789"}
_BUILT_FILES = (".whl", ".jar", ".war", ".tar.gz", ".tgz", ".deb", ".rpm", ".so", ".exe", ".zip")


class _Source(NamedTuple):
    word: Word
    path: str
    leaves: bool
    is_there: bool


@rule(Build, severity=Severity.ERROR)
def missing_copy_source(build: Build) -> Iterator[Problem]:
    sources = tuple(_sources(build))
    context = build.context
    nearest_of = {
        source.path: _nearest(context, source.path)
        for source in sources
        if context is not None
        and not source.leaves
        and not source.is_there
        and not _link_that_leaves(context, source.path)
    }
    # A Dockerfile of which little is there was most likely written for another context.
    there = sum(source.is_there or bool(nearest_of.get(source.path)) for source in sources)
    is_its_own = there * 2 >= len(sources) and there > 0
    for source in sources:
        if source.leaves:
            yield Problem(f"`{source.word.value}` is above the build context", source.word.span)
        elif context is not None and not source.is_there:
            link = _link_that_leaves(context, source.path)
            if link:
                yield Problem(f"the link `{link}` leads out of the context", source.word.span)
                continue
            nearest = nearest_of[source.path]
            if nearest or (is_its_own and not _is_built(source.path)):
                yield _problem(source, nearest)


def _sources(build: Build) -> Iterator[_Source]:
    context = build.context
    for kind in (Copy, Add):
        for copy in build.of(kind):
            if copy.from_ is not None or copy.parent is not None:
                continue
            for word in copy.sources:
                path = build.reference(word, copy)
                # What an ARG says may be another thing tomorrow.
                if path is None or "$" in word.raw or "://" in path or path.startswith("git@"):
                    continue
                leaves = posixpath.normpath(path.lstrip("/")).startswith("..")
                if leaves:
                    yield _Source(word, path, leaves=True, is_there=False)
                elif context is None or not context.is_complete or is_pattern(path):
                    continue
                elif path.strip("./"):
                    there = bool(context.sources(path, parents=copy.parents is not None))
                    there = there and not context.link_leaves(path.lstrip("/"))
                    yield _Source(word, path, leaves=False, is_there=there)


def _link_that_leaves(context: Context, path: str) -> str:
    path = posixpath.normpath(path.lstrip("/"))
    return path if context.exists(path) and context.link_leaves(path) else ""


def _is_built(path: str) -> bool:
    parts = posixpath.normpath(path.lstrip("/")).split("/")
    return not _BUILT.isdisjoint(parts) or path.endswith(_BUILT_FILES)


def _nearest(context: Context, path: str) -> str:
    """Return the file or folder of the same folder that *path* is a misspelling of."""
    from difflib import get_close_matches

    folder, _, name = posixpath.normpath(path.lstrip("/")).rpartition("/")
    if not context.is_folder(folder):
        return ""
    inside = f"{folder}/" if folder else ""
    names = {
        other.removeprefix(inside).partition("/")[0]
        for other in context.all_paths()
        if other.startswith(inside)
    }
    for match in get_close_matches(name, names, n=1, cutoff=0.8):
        # `a1.txt` and `a2.txt` are two files, not one that is mistyped.
        if path.endswith("/") and not context.is_folder(inside + match):
            continue
        if match.translate(_WITHOUT_DIGITS) != name.translate(_WITHOUT_DIGITS):
            return inside + match
    return ""


def _problem(source: _Source, nearest: str) -> Problem:
    written = source.word.value
    message = f"`{written}` is not in the build context"
    if not nearest:
        return Problem(message, source.word.span, severity=Severity.WARNING)
    is_plain = source.word.raw == written == source.path
    better = posixpath.join(posixpath.dirname(written.rstrip("/")), posixpath.basename(nearest))
    return Problem(
        f"{message}; did you mean `{better}`?",
        source.word.span,
        Fix(
            f"Write `{better}`",
            (Edit.replace(source.word.span, better),),
            Applicability.UNSAFE,
        )
        if is_plain and written.isprintable() and " " not in better
        else None,
    )
