"""
A pattern of the ignore file does not do what it seems to.

The file looks like a `.gitignore` and is read otherwise: a name counts at the root only, a comment needs a line of its own, braces are no alternatives, and of two patterns the later wins.
A `Dockerfile.dockerignore` is read in place of the `.dockerignore`, not besides.
Nothing says so, and the folder that was to stay out is in the image.

Bad:

```text title="src/__pycache__/serve.cpython-312.pyc"
```

```dockerignore
__pycache__
```

```dockerignore
data/   # 2 GB
```

```dockerignore
*.{pt,onnx}
```

```dockerignore
!data/labels.csv
data
```

Good:

```text title="src/__pycache__/serve.cpython-312.pyc"
```

```dockerignore
# 2 GB
data/
!data/labels.csv
**/__pycache__
*.pt
*.onnx
```

## When it is fine

A name at the root only may be meant: names of folders such as `data` or `docs` are not reported, only caches, files of credentials, and endings such as `*.pyc`, and these only where such a file is sent from a folder below. With a slash in front, `/.env`, the root is meant.

## Fix

`**/` is put in front, the comment gets its own line, the braces are written out, the exception is moved to the end. Safe for caches and bytecode, unsafe for everything else, since the image then lacks, or has, other files. There is none for a file that is not read, or a pattern above the context.

## Equivalents

None.

## References

Docker patterns.
"""

from __future__ import annotations

import posixpath
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from boxwright.findings.finding import Applicability, Fix, Severity
from boxwright.practices.context import heavy_folder, is_secret_file
from boxwright.practices.open_secrets import is_dockerfile
from boxwright.practices.rule import Problem, rule
from boxwright.practices.subjects import IgnoreFile
from boxwright.syntax.go_match import is_pattern, matches_name
from boxwright.text.edit import Edit
from boxwright.text.source import Source, Span

if TYPE_CHECKING:
    from boxwright.practices.context import Context
    from boxwright.syntax.dockerignore import Pattern

_BYTECODE = ("*.pyc", "*.pyo", "*.py[co]", "*.py[cod]")


@rule(IgnoreFile, severity=Severity.WARNING)
def ineffective_ignore_pattern(ignore_file: IgnoreFile) -> Iterator[Problem]:
    source = ignore_file.source
    instead = _read_instead(ignore_file)
    if instead:
        yield Problem(f"`{instead}` is read in place of this file", source.line_span(1))
    below = _below(ignore_file.context) if ignore_file.context is not None else {}
    for pattern in ignore_file.ignore.patterns:
        span = _written(source, pattern)
        text = source.text[span.start : span.end]
        yield from (
            _with_comment(source, pattern, span, text)
            or _with_braces(source, span, text)
            or _undone(ignore_file, pattern, span, text)
            or _above(span, text)
            or _at_the_root(pattern, span, text, below)
        )


def _read_instead(ignore_file: IgnoreFile) -> str:
    """Return an ignore file that counts, where every Dockerfile beside this one has its own."""
    context = ignore_file.context
    if context is None or posixpath.basename(ignore_file.path) != ".dockerignore":
        return ""
    paths = frozenset(context.all_paths())
    dockerfiles = [path for path in sorted(paths) if "/" not in path and is_dockerfile(path)]
    own = [f"{path}.dockerignore" for path in dockerfiles]
    return own[0] if own and paths.issuperset(own) else ""


def _written(source: Source, pattern: Pattern) -> Span:
    """Return where *pattern* is, without blanks around it."""
    line = source.line_span(pattern.line)
    text = source.text[line.start : line.end]
    start = line.start + len(text) - len(text.lstrip())
    return Span(start, max(start, line.start + len(text.rstrip())))


def _with_comment(source: Source, pattern: Pattern, span: Span, text: str) -> list[Problem]:
    path, mark, comment = text.partition(" #")
    if not mark:
        return []
    path = path.rstrip()
    return [
        Problem(
            f"the comment behind `{path}` is part of the pattern, which so matches nothing",
            span,
            Fix(
                "Give the comment its own line",
                (Edit.replace(span, f"#{comment}{source.newline}{path}"),),
                _applicability(pattern.text.partition(" #")[0].rstrip(" /")),
            ),
        )
    ]


def _with_braces(source: Source, span: Span, text: str) -> list[Problem]:
    before, opened, rest = text.partition("{")
    inside, closed, behind = rest.partition("}")
    if not opened or not closed or "," not in inside:
        return []
    patterns = [f"{before}{part.strip()}{behind}" for part in inside.split(",")]
    return [
        Problem(
            f"braces are taken literally, so `{text}` matches nothing",
            span,
            Fix(
                "Write every alternative in a line of its own",
                (Edit.replace(span, source.newline.join(patterns)),),
                Applicability.UNSAFE,
            )
            if "{" not in behind
            else None,
        )
    ]


def _undone(ignore_file: IgnoreFile, pattern: Pattern, span: Span, text: str) -> list[Problem]:
    if not pattern.is_exception or is_pattern(pattern.text):
        return []
    later = ignore_file.ignore.matching(pattern.text)
    if later is None or later.line <= pattern.line:
        return []
    source = ignore_file.source
    line = source.line_span(pattern.line)
    last = source.starts[pattern.line] if pattern.line < len(source.starts) else line.end
    end = len(source.text)
    tail = text if source.text.endswith("\n") else f"{source.newline}{text}"
    return [
        Problem(
            f"`{text}` is undone by `{later.text}` in line {later.line}",
            span,
            Fix(
                "Move the exception to the end",
                (
                    Edit(line.start, last, ""),
                    Edit.insert(end, tail + (source.newline if tail == text else "")),
                ),
                Applicability.UNSAFE,
            ),
        )
    ]


def _above(span: Span, text: str) -> list[Problem]:
    if not text.removeprefix("!").startswith("../"):
        return []
    return [Problem(f"`{text}` is above the context, where nothing is sent from", span)]


def _at_the_root(
    pattern: Pattern,
    span: Span,
    text: str,
    below: Mapping[str, tuple[str, int]],
) -> list[Problem]:
    if pattern.is_exception or "/" in pattern.text or text.startswith("/") or "**" in text:
        return []
    name = pattern.text
    if not (heavy_folder(name) or name.startswith((".", "*.")) or name in _BYTECODE):
        return []
    if is_pattern(name):
        found = [entry for other, entry in below.items() if matches_name(name, other)]
    else:
        found = [below[name]] if name in below else []
    if not found:
        return []
    path = found[0][0]
    size = sum(entry[1] for entry in found)
    matters = heavy_folder(name) or name in _BYTECODE or is_secret_file(path) or size >= 1_000_000
    if not matters and name.startswith("."):
        return []
    return [
        Problem(
            f"`{text}` counts at the root only, so `{path}` is sent",
            span,
            Fix(f"Write `**/{text}`", (Edit.insert(span.start, "**/"),), _applicability(name)),
            None if matters else Severity.INFO,
        )
    ]


def _below(context: Context) -> Mapping[str, tuple[str, int]]:
    """Return, by name, the first file or folder below the root of which something is sent."""
    found: dict[str, tuple[str, int]] = {}
    for path in context.paths():
        parts = path.split("/")
        size = context.size(path) if len(parts) > 1 else 0
        for depth in range(1, len(parts)):
            first, total = found.get(parts[depth], ("/".join(parts[: depth + 1]), 0))
            found[parts[depth]] = (first, total + size)
    return found


def _applicability(name: str) -> Applicability:
    name = posixpath.basename(name)
    if heavy_folder(name) or name in _BYTECODE:
        return Applicability.SAFE
    return Applicability.UNSAFE
