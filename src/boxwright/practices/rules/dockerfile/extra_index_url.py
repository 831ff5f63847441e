"""
pip looks in a second index, and takes the higher version from whichever has it.

With `--extra-index-url` the indexes are equal: pip does not try one first.
Whoever registers the name of a package of yours in the public index, with a high version, gets code into the build; that is how `torchtriton` of the nightly PyTorch was taken over in December 2022.

Bad:

```dockerfile
FROM python:3.12-slim
RUN pip install --no-cache-dir --extra-index-url https://wheels.example.org/whl/cpu torch==2.6.0
```

Good:

```dockerfile
FROM python:3.12-slim
RUN pip install --no-cache-dir --index-url https://wheels.example.org/whl/cpu torch==2.6.0
```

## When it is fine

With `--require-hashes` (a file from elsewhere does not match) and in uv, which takes a package from the first index that has it, unless `--index-strategy unsafe-best-match` is asked for.

## Fix

`--extra-index-url` becomes `--index-url` where only packages of PyTorch are installed, since its index has everything that they need. Unsafe: whether that holds for your index, it cannot know.
Otherwise install what comes from the second index in a command of its own.

## Equivalents

semgrep dockerfile-pip-extra-index-url.

## References

MLSecOps.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from boxwright.findings.finding import Applicability, Fix, Severity
from boxwright.practices.open_versions import names
from boxwright.practices.programs.pip import pip_command
from boxwright.practices.programs.uv import uv_command
from boxwright.practices.rule import Problem, rule
from boxwright.practices.subjects import Build
from boxwright.syntax.dockerfile.instructions import Arg, Env
from boxwright.text.edit import Edit
from boxwright.text.source import Span

if TYPE_CHECKING:
    from boxwright.practices.programs.arguments import Option
    from boxwright.practices.programs.pip import PipCommand
    from boxwright.syntax.shell.command import Command


@rule(Build, severity=Severity.WARNING)
def extra_index_url(build: Build) -> Iterator[Problem]:
    for env in build.of(Env):
        for pair in env.pairs:
            if pair.name.value == "PIP_EXTRA_INDEX_URL" and build.reference(pair.value, env):
                yield _problem("PIP_EXTRA_INDEX_URL", pair.value.value)._replace(
                    span=pair.name.span
                )
    for arg in build.of(Arg):
        for item in arg.declared:
            is_it = item.name.value == "PIP_EXTRA_INDEX_URL"
            if is_it and item.default is not None and item.default.value:
                yield _problem("PIP_EXTRA_INDEX_URL", item.default.value)._replace(
                    span=item.name.span
                )
    for _, command in build.commands:
        yield from _of_command(command)


def _of_command(command: Command) -> Iterator[Problem]:
    for assignment in command.assignments:
        if assignment.name == "PIP_EXTRA_INDEX_URL" and assignment.value.value[:1] != "$":
            yield _problem(assignment.name, assignment.value.value)._replace(span=assignment.span)
    pip = pip_command(command)
    if pip is not None:
        if pip.action not in {"install", "download", "wheel"} or pip.require_hashes:
            return
        for option in pip.arguments.options:
            if option.name == "--extra-index-url" and option.value is not None:
                found = _problem(option.name, option.value.value)
                if _are_of_one_index(pip):
                    named = names([package.name for package in pip.packages])
                    found = found._replace(
                        message=found.message.replace(
                            ": the", f": of what {named} {_need(pip)} the"
                        ),
                        severity=Severity.INFO,
                    )
                yield found._replace(span=option.word.span, fix=_fix(pip, option))
        return
    uv = uv_command(command)
    if uv is None or "unsafe" not in uv.arguments.text("--index-strategy"):
        return
    option_of_uv = uv.arguments.option("--extra-index-url", "--index")
    if option_of_uv is not None and option_of_uv.value is not None:
        found = _problem(option_of_uv.name, option_of_uv.value.value)
        yield found._replace(span=option_of_uv.word.span)


def _are_of_one_index(pip: PipCommand) -> bool:
    """Tell whether all that is asked for has a local version, which PyPI does not take."""
    return (
        bool(pip.packages)
        and not pip.unknown
        and not pip.requirement_files
        and all("+" in package.version for package in pip.packages)
    )


def _need(pip: PipCommand) -> str:
    return "need" if len(pip.packages) > 1 else "needs"


def _problem(name: str, url: str) -> Problem:
    where = _host(url)
    return Problem(
        message=f"`{name}` makes {where or 'the second index'} and the main index equal: the"
        " higher version wins",
        span=_NOWHERE,
    )


def _host(url: str) -> str:
    """Return the host of *url*, which may hold a password."""
    host = url.partition("://")[2].partition("/")[0].rpartition("@")[2].partition(":")[0]
    return f"`{host}`" if host and "$" not in host else ""


_NOWHERE = Span(0, 0)
_TORCH = frozenset(
    {"torch", "torchvision", "torchaudio", "torchtext", "torchdata", "torchcodec", "triton"}
)


def _fix(pip: PipCommand, option: Option) -> Fix | None:
    from boxwright.practices.python_files import tells_cuda

    names = {package.name for package in pip.packages}
    is_theirs = bool(names) and names <= _TORCH and not pip.unknown and not pip.requirement_files
    is_index = option.value is not None and tells_cuda().search(option.value.value)
    if not is_theirs or not is_index or pip.index_url is not None or len(pip.extra_index_urls) > 1:
        return None
    start = option.word.span.start
    return Fix(
        title="Use `--index-url`",
        edits=(Edit(start, start + len("--extra-index-url"), "--index-url"),),
        applicability=Applicability.UNSAFE,
    )
