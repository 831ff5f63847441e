"""Python distributions that a stage installs, by commands and by the files that they name."""

from __future__ import annotations

import posixpath
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import islice
from typing import TYPE_CHECKING, Protocol

from boxwright.practices.image_files import absolute, origin
from boxwright.practices.programs.conda import conda_command
from boxwright.practices.programs.pip import pip_command
from boxwright.practices.programs.poetry import project_command
from boxwright.practices.programs.uv import UvCommand, uv_command
from boxwright.practices.python_files import (
    LOCKS,
    Wanted,
    environment_file,
    project_requirements,
    requirements_of,
    tells_cuda,
    with_conda_cuda,
)
from boxwright.practices.python_package import PythonPackage, conda_package, requirement
from boxwright.text.record import NamedTuple

if TYPE_CHECKING:
    from boxwright.practices.image_files import Place
    from boxwright.practices.programs.arguments import Arguments
    from boxwright.practices.programs.python_requirement import PythonRequirement
    from boxwright.syntax.dockerfile.instructions import Instruction, Run
    from boxwright.syntax.dockerfile.scopes import Value
    from boxwright.syntax.shell.command import Command, ShellWord

    class Stage(Place, Protocol):
        """What has to be known of a stage."""

        @property
        def parent(self) -> Stage | None:
            """The stage that it is FROM."""

        @property
        def runs(self) -> tuple[Run, ...]:
            """Its RUN instructions."""

        @property
        def own_distributions(self) -> tuple[PythonPackage, ...]:
            """What its own instructions install."""

        @property
        def known_distributions(self) -> tuple[PythonPackage, ...] | None:
            """What is in its image, where that was worked out before."""

        def stage_named(self, name: str) -> Stage | None:
            """Return the stage that `--from` calls *name*."""

        def is_mentioned(self, name: str) -> bool:
            """Tell whether *name* is set anywhere."""

        def environment_at(self, instruction: Instruction) -> Mapping[str, Value]:
            """Return the variables that *instruction* sees."""


__all__ = ["PythonPackage", "distributions", "own_distributions"]

_MOST = 5000
"""Of distributions in a stage."""


def distributions(stage: Stage) -> tuple[PythonPackage, ...]:
    """Return what is installed in *stage*, in what it is FROM, and in what it copies."""
    if stage.parent is not None and not any(_environments_from(stage)):
        below = stage.parent.known_distributions
        if below is not None:
            return (*below, *stage.own_distributions)[:_MOST] if stage.runs else below
    found: dict[tuple[str, str, str], PythonPackage] = {}
    waiting: list[Stage | None] = [stage]
    seen: set[int] = set()
    while waiting and len(found) < _MOST:
        one = waiting.pop()
        if one is None or id(one) in seen:
            continue
        seen.add(id(one))
        packages = one.known_distributions
        if packages is None:
            packages = one.own_distributions
            waiting += [*_environments_from(one), one.parent]
        for package in packages:
            found.setdefault((package.name, package.version, package.origin), package)
    return tuple(found.values())


def own_distributions(stage: Stage) -> tuple[PythonPackage, ...]:
    """Return what the instructions of *stage* itself install."""
    return tuple(
        package
        for run in stage.runs
        for command in run.commands
        if (request := _request(command, stage, run)) is not None
        for package in islice(_of_request(request, stage, run), _MOST)
    )


def _environments_from(stage: Stage) -> Iterator[Stage]:
    """Yield the stages whose environments are copied or mounted."""
    seen: set[int] = set()
    for copy in stage.copies:
        if copy.from_ is None:
            continue
        other = stage.stage_named(copy.from_.value)
        if other is None or id(other) in seen:
            continue
        sources = [stage.expanded(word.raw, copy) for word in copy.sources]
        if any(source is not None and _is_environment(source, other) for source in sources):
            seen.add(id(other))
            yield other
    for run in stage.runs:
        for mount in run.mounts if run.flags else ():
            other = stage.stage_named(mount.from_) if mount.from_ else None
            if other is not None and id(other) not in seen and _is_environment(mount.source, other):
                seen.add(id(other))
                yield other


_ENVIRONMENT_NAMES = frozenset(
    {
        "", "venv", ".venv", "env", "virtualenv", "site-packages", "dist-packages", "install",
        ".local", "local", "usr", "opt", "conda", "miniconda3", "miniforge3", "mamba", "envs",
        "wheels", "wheelhouse", "wheel", "deps", "dependencies", "packages", "python-packages",
        "lib", "python", "pypackages", "__pypackages__", "prefix", "dist", "*.whl",
    }
)  # fmt: skip


def _is_environment(source: str, stage: Stage) -> bool:
    """Tell whether the folder *source* of *stage* holds distributions, by its name."""
    path = absolute(source, "/")
    parts = path.strip("/").split("/")
    if parts[-1] in _ENVIRONMENT_NAMES or not _HOLDERS.isdisjoint(parts):
        return True
    if parts[-1].startswith("python3") or parts[-1].endswith((".whl", "-env", "_env", "venv")):
        return True
    # `uv sync` and poetry put `.venv` into the folder that they run in.
    return any(
        command.program in {"uv", "poetry", "pdm", "pipenv"} and stage.workdir_at(run) == path
        for run in stage.runs
        for command in run.commands
    )


_HOLDERS = frozenset(
    {"site-packages", "dist-packages", ".venv", "venv", "envs", "wheels", ".local"}
)


class _Request(NamedTuple):
    """What a command asks for."""

    label: str
    """`pip install`"""
    words: Sequence[ShellWord] = ()
    """Requirements."""
    files: Sequence[ShellWord] = ()
    """Requirement files, or environment files of conda."""
    index_url: str = ""
    project: str = ""
    """The folder of a project whose lock file or metadata is installed."""
    wanted: Wanted = Wanted()
    uses_lock: bool = False
    is_conda: bool = False


def _request(command: Command, stage: Stage, run: Run) -> _Request | None:
    pip = pip_command(command)
    if pip is not None:
        if pip.action not in {"install", "wheel", "download"}:
            return None
        index = _index(pip.arguments, command, stage, run)
        return _installation(f"pip {pip.action}", pip.packages, pip.requirement_files, index)
    uv = uv_command(command)
    if uv is not None:
        return _of_uv(uv, _index(uv.arguments, command, stage, run))
    conda = conda_command(command)
    if conda is not None:
        if not conda.installs:
            return None
        words = [package.word for package in conda.packages]
        label = f"{conda.program} {conda.action}"
        return _Request(label, words, conda.files, is_conda=True)
    project = project_command(command)
    if project is not None and project.installs:
        label = f"{project.tool} {project.action}"
        words = [package.word for package in project.packages]
        if words:
            return _Request(label, words)
        extras = {"*"} if project.arguments.has("--all-extras", "--all-groups") else set()
        folder = project.arguments.text("-C", "--directory", "-P", "--project", "-p")
        return _Request(
            label,
            project=folder or ".",
            wanted=Wanted(frozenset({*extras, *project.extras}), not project.no_dev),
            uses_lock=True,
        )
    return None


def _of_uv(uv: UvCommand, index: str) -> _Request | None:
    label = f"uv {uv.action}"
    match uv.action:
        case "pip install" | "pip sync" | "tool install" | "add":
            return _installation(label, uv.packages, uv.requirement_files, index)
        case "sync":
            return _Request(
                label,
                index_url=index,
                project=uv.arguments.text("--project", "--directory") or ".",
                wanted=Wanted(
                    frozenset({*uv.extras, *({"*"} if uv.all_extras else ())}),
                    bool(uv.groups) or not uv.no_dev,
                ),
                uses_lock=True,
            )
        case _:
            return None


def _installation(
    label: str,
    packages: Iterable[PythonRequirement],
    files: Sequence[ShellWord],
    index: str,
) -> _Request:
    """Return what pip or `uv pip` is asked for; a folder is a project."""
    words = []
    project = ""
    extras: frozenset[str] = frozenset()
    for package in packages:
        if package.is_local and not package.name and "*" not in package.url:
            project = project or package.url
            extras |= frozenset(package.extras)
        else:
            words.append(package.word)
    return _Request(label, words, files, index, project, Wanted(extras))


_INDEX_VARIABLES = (
    "UV_TORCH_BACKEND", "PIP_EXTRA_INDEX_URL", "PIP_INDEX_URL", "UV_EXTRA_INDEX_URL", "UV_INDEX",
    "UV_DEFAULT_INDEX", "UV_INDEX_URL", "PIP_FIND_LINKS", "UV_FIND_LINKS",
)  # fmt: skip


def _index(arguments: Arguments, command: Command, stage: Stage, run: Run) -> str:
    """Return the index that says a CUDA, or else the first that is asked for."""
    found = [
        word.value
        for word in arguments.values(
            "--torch-backend", "--index-url", "-i", "--extra-index-url", "--index",
            "--default-index", "--find-links", "-f",
        )
    ]  # fmt: skip
    found += [
        assignment.value.value
        for assignment in command.assignments
        if assignment.name in _INDEX_VARIABLES
    ]
    found += [
        value for name in _INDEX_VARIABLES if (value := _variable(name, stage, run)) is not None
    ]
    texts = [stage.expanded(text, run) or text if "$" in text else text for text in found]
    telling = next((text for text in texts if tells_cuda().search(text)), None)
    return telling if telling is not None else next(iter(texts), "")


def _variable(name: str, stage: Stage, run: Run) -> str | None:
    if not stage.is_mentioned(name):
        return None
    found = stage.environment_at(run).get(name)
    return found.value if found is not None else None


def _of_request(request: _Request, stage: Stage, run: Run) -> Iterator[PythonPackage]:
    if request.is_conda:
        yield from _of_conda(request, stage, run)
        return
    for word in request.words:
        package = _of_word(word, request, stage, run)
        if package is not None:
            yield package
    reader = _Files(stage, run, request.index_url)
    for file in request.files:
        path = stage.expanded(file.value, run) if "$" in file.value else file.value
        if path is not None:
            yield from reader.requirements(absolute(path, stage.workdir_at(run)))
    if request.project:
        folder = stage.expanded(request.project, run) or "."
        yield from reader.project(absolute(folder, stage.workdir_at(run)), request)


def _of_word(word: ShellWord, request: _Request, stage: Stage, run: Run) -> PythonPackage | None:
    text = word.value
    if "$" in text:
        expanded = stage.expanded(text, run)
        # Of `torch==${VERSION}` at least the name is known.
        text = expanded if expanded is not None else text.partition("$")[0].rstrip("=<>~! ")
    package = requirement(text, origin=request.label, index_url=request.index_url)
    return None if package is None else package._replace(instruction=run, word_span=word.span)


class _Files:
    """Reads the files that a command names, where the stage has them."""

    def __init__(self, stage: Stage, run: Run, index_url: str) -> None:
        self._stage = stage
        self._run = run
        self._index_url = index_url
        self._seen: set[str] = set()

    def text(self, path: str) -> tuple[str, str] | None:
        """Return the text of *path* in the stage, and how messages call the file."""
        found = origin(self._stage, path, self._run)
        if found is None:
            return None
        if found.text is not None:
            return found.text.text, posixpath.basename(path)
        context = self._stage.context
        text = context.read_text(found.path) if context is not None else None
        return None if text is None else (text, found.path)

    def requirements(self, path: str) -> Iterator[PythonPackage]:
        """Yield what the requirements file *path*, and those that it includes, ask for."""
        waiting = [path]
        while waiting and len(self._seen) < 100:
            path = waiting.pop(0)
            if path in self._seen:
                continue
            self._seen.add(path)
            found = self.text(path)
            if found is None:
                continue
            text, name = found
            if path.endswith(".toml"):
                yield from self._metadata(text, name, frozenset())
                continue
            folder = posixpath.dirname(path)
            packages, includes = requirements_of(text, name, self._index_url)
            waiting.extend(absolute(include, folder) for include in includes)
            yield from (package._replace(instruction=self._run) for package in packages)

    def project(self, folder: str, request: _Request) -> Iterator[PythonPackage]:
        """Yield what the project in *folder* needs, by its lock file if that is used."""
        if request.uses_lock:
            for name, reader in LOCKS.items():
                found = self.text(f"{folder.rstrip('/')}/{name}")
                if found is not None:
                    for package in reader(found[0], request.wanted):
                        yield package._replace(
                            origin=found[1], instruction=self._run, index_url=package.index_url
                        )
                    return
        found = self.text(f"{folder.rstrip('/')}/pyproject.toml")
        if found is not None:
            yield from self._metadata(found[0], found[1], request.wanted.extras)

    def _metadata(self, text: str, name: str, extras: frozenset[str]) -> Iterator[PythonPackage]:
        for requirement_text in project_requirements(text, extras):
            package = requirement(requirement_text, origin=name, index_url=self._index_url)
            if package is not None:
                yield package._replace(instruction=self._run)


def _of_conda(request: _Request, stage: Stage, run: Run) -> Iterator[PythonPackage]:
    found: list[PythonPackage] = []
    for word in request.words:
        package = conda_package(word.value, request.label)
        if package is not None:
            found.append(package._replace(instruction=run, word_span=word.span))
    reader = _Files(stage, run, "")
    for file in request.files:
        path = absolute(file.value, stage.workdir_at(run))
        text = reader.text(path)
        if text is not None:
            found.extend(
                package._replace(instruction=run) for package in environment_file(text[0], text[1])
            )
    yield from with_conda_cuda(found)
