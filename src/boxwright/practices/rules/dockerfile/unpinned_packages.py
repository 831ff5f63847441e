"""
A package of npm, gem or go is installed without its version.

`npm install -g yarn` installs what is newest on the day of the build.
A release that breaks, or one by somebody who stole a maintainer's account, is in the next image without anybody having changed a line.

Bad:

```dockerfile
FROM node:22-slim
RUN npm install -g configurable-http-proxy
```

Good:

```dockerfile
FROM node:22-slim
RUN npm install -g configurable-http-proxy@4.6.3
```

## When it is fine

Packages of a lock file (`npm ci`, `bundle install`, `go mod download`) and local paths are not reported.

## Equivalents

hadolint DL3016, DL3028, DL3062, KICS "NPM Install Command Without Pinned Version", "Gem Install Without Version".
"""

from __future__ import annotations

from collections.abc import Iterator

from boxwright.findings.finding import Severity
from boxwright.practices.open_versions import names
from boxwright.practices.programs.arguments import parse_arguments
from boxwright.practices.programs.node import node_command
from boxwright.practices.rule import Problem, rule
from boxwright.practices.subjects import Build
from boxwright.syntax.shell.command import Command, ShellWord


@rule(Build, severity=Severity.WARNING)
def unpinned_packages(build: Build) -> Iterator[Problem]:
    for _, _, command in build.commands_of("npm", "pnpm", "yarn", "bun", "gem", "go"):
        match command.program:
            case "gem":
                words = [*_gems(command)]
            case "go":
                words = [*_modules(command)]
            case _:
                words = [*_node_packages(command)]
        if words:
            are = "are" if len(words) > 1 else "is"
            listed = names([word.value for word in words])
            yield Problem(
                message=f"{listed} {are} installed in whatever version is newest",
                span=words[0].span,
            )


def _node_packages(command: Command) -> Iterator[ShellWord]:
    node = node_command(command)
    if node is None or node.action != "install":
        return
    for package in node.packages:
        text = package.word.value
        if text.endswith((".tgz", ".tar.gz")):
            continue
        is_repository = text.startswith(("git+", "git:", "github:")) or text.endswith(".git")
        if (is_repository and "#" not in text) or not (package.version or package.is_place):
            yield package.word


def _gems(command: Command) -> Iterator[ShellWord]:
    arguments = parse_arguments(command.arguments, "vinPs", ("version", "source", "platform"))
    first, *gems = arguments.operands or (None,)
    if first is None or first.value not in ("install", "i"):
        return
    if arguments.has("-v", "--version"):
        return
    for word in gems:
        if ":" not in word.value and "/" not in word.value and not word.value.endswith(".gem"):
            yield word


def _modules(command: Command) -> Iterator[ShellWord]:
    words = [word for word in command.arguments if not word.value.startswith("-")]
    if not words or words[0].value not in ("install", "get", "run"):
        return
    for word in words[1:2] if words[0].value == "run" else words[1:]:
        path, at, version = word.value.partition("@")
        # What is local begins with a dot, is a file, or has no host.
        is_module = "." in path.partition("/")[0] and not path.startswith((".", "/"))
        if is_module and (not at or version in ("latest", "")) and not path.endswith(".go"):
            yield word
