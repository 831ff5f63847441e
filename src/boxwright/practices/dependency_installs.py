"""Commands that install what a project depends on, and which of its files they read."""

from __future__ import annotations

from typing import TYPE_CHECKING

from boxwright.practices.programs.conda import conda_command
from boxwright.practices.programs.node import node_command
from boxwright.practices.programs.pip import pip_command
from boxwright.practices.programs.poetry import project_command
from boxwright.practices.programs.uv import uv_command
from boxwright.text.record import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from boxwright.practices.programs.python_requirement import PythonRequirement
    from boxwright.syntax.shell.command import Command, ShellWord


class DependencyInstall(NamedTuple):
    """A command that installs dependencies."""

    tool: str
    """`pip`, `uv`, `poetry`, `conda`, `npm`, …"""
    label: str
    """As messages call it: `pip install -r requirements.txt`."""
    command: Command
    manifests: tuple[str, ...] = ()
    """The files that it reads, seen from the working directory."""
    locks: tuple[str, ...] = ()
    """Those that it reads if they are there."""
    needs_project: bool = False
    """Whether it installs the project as well."""
    leave_out: str = ""
    """The option that makes it leave the project out."""
    insert_at: int = 0
    """Where an option may be put, with a blank before it."""
    settings: tuple[str, ...] = ()
    """Further files beside these that it obeys if they are there."""
    is_slight: bool = False
    """Whether it is one or two small packages by name, and no list of dependencies."""
    local: tuple[str, ...] = ()
    """Paths that it is told of besides: those of `--find-links`, wheels, projects."""


def dependency_install(command: Command) -> DependencyInstall | None:
    """
    Return what *command* installs for a project; None if nothing but the project, or tools.

    `pip install .` alone is none: it cannot come before the sources.
    """
    uv = uv_command(command)
    if uv is not None:
        if uv.action == "sync":
            return DependencyInstall(
                tool="uv",
                label="uv sync",
                command=command,
                manifests=("pyproject.toml",),
                locks=("uv.lock",),
                settings=("uv.toml", ".python-version"),
                needs_project=not (
                    uv.no_install_project
                    or uv.only_groups
                    or uv.arguments.has("--no-install-workspace", "--no-install-local")
                ),
                leave_out="--no-install-project",
                insert_at=uv.insert_at,
            )
        if uv.action not in {"pip install", "pip sync"}:
            return None
        files = (*uv.requirement_files, *uv.constraint_files)
        return _of_pip(f"uv {uv.action}", command, uv.packages, files)
    pip = pip_command(command)
    if pip is not None:
        if pip.action != "install":
            return None
        files = (*pip.requirement_files, *pip.constraint_files)
        return _of_pip("pip install", command, pip.packages, files)
    return _of_project_tool(command) or _of_conda(command) or _of_node(command)


_HEAVY = (
    "torch", "tensorflow", "jax", "vllm", "sglang", "transformers", "diffusers", "xformers",
    "flash-attn", "deepspeed", "onnxruntime", "paddlepaddle", "tensorrt", "mxnet", "ray", "spacy",
    "opencv-python", "pyspark", "cupy", "keras", "sentence-transformers", "unstructured",
)  # fmt: skip
"""What takes long to install; the names of its variants begin so."""


def _is_slight(packages: Iterable[PythonRequirement]) -> bool:
    packages = [package for package in packages if not package.is_local]
    return len(packages) < _MANY and not any(
        package.url.startswith("git+") or package.name.startswith(_HEAVY) for package in packages
    )


_MANY = 3
_TOOLS = frozenset(
    {"pip", "setuptools", "wheel", "uv", "poetry", "pipenv", "pdm", "pip-tools", "hatch", "build"}
)


def _of_pip(
    label: str,
    command: Command,
    packages: Iterable[PythonRequirement],
    files: Iterable[ShellWord],
) -> DependencyInstall | None:
    packages = tuple(packages)
    paths = tuple(word.value for word in files)
    local = [package for package in packages if package.is_local]
    named = [package.name for package in packages if not package.is_local]
    if any(".whl" in package.url or "*" in package.url for package in local):
        return None
    if not paths and (not named or _TOOLS.issuperset(named)):
        return None
    shown = f"-r {paths[0]}" if paths else named[0]
    return DependencyInstall(
        tool="pip",
        label=f"{label} {shown}",
        command=command,
        manifests=paths,
        needs_project=bool(local),
        is_slight=not paths and _is_slight(packages),
        local=(*(package.url for package in local), *_folders(command)),
    )


def _folders(command: Command) -> Iterator[str]:
    """Yield the folders of files to install that *command* names with `--find-links`."""
    words = [word.value for word in command.arguments]
    for at, word in enumerate(words):
        name, equals, value = word.partition("=")
        if name in {"--find-links", "-f"}:
            value = value if equals else next(iter(words[at + 1 : at + 2]), "")
            if value and "://" not in value:
                yield value


def _of_project_tool(command: Command) -> DependencyInstall | None:
    project = project_command(command)
    if project is None or project.action not in {"install", "sync"}:
        return None
    label = f"{project.tool} {project.action}"
    if project.tool == "pipenv":
        if project.packages or project.unknown:
            return None
        return DependencyInstall("pipenv", label, command, ("Pipfile",), ("Pipfile.lock",))
    if project.tool not in {"poetry", "pdm"}:
        return None
    return DependencyInstall(
        tool=project.tool,
        label=label,
        command=command,
        manifests=("pyproject.toml",),
        locks=(f"{project.tool}.lock",),
        needs_project=not project.no_root and not project.arguments.has("--no-self"),
        leave_out="--no-root" if project.tool == "poetry" else "--no-self",
        insert_at=project.insert_at,
    )


def _of_conda(command: Command) -> DependencyInstall | None:
    conda = conda_command(command)
    if conda is None or not conda.installs:
        return None
    files = tuple(word.value for word in conda.files)
    if conda.action.startswith("env "):
        files = files or ("environment.yml",)
    elif not files and not conda.packages:
        return None
    shown = f" -f {files[0]}" if files else f" {conda.packages[0].name}"
    return DependencyInstall(
        "conda",
        f"{conda.program} {conda.action}{shown}",
        command,
        files,
        is_slight=not files
        and len(conda.packages) < _MANY
        and not any(package.name.startswith((*_HEAVY, "pytorch")) for package in conda.packages),
    )


_NODE_LOCKS = {
    "npm": ("package-lock.json", "npm-shrinkwrap.json"),
    "yarn": ("yarn.lock",),
    "pnpm": ("pnpm-lock.yaml",),
    "bun": ("bun.lock", "bun.lockb"),
}


def _of_node(command: Command) -> DependencyInstall | None:
    node = node_command(command)
    if node is None or not node.installs or node.global_ or node.packages or node.unknown:
        return None
    locks = _NODE_LOCKS[node.program]
    label = f"{node.program} {node.action}"
    return DependencyInstall(
        node.program,
        label,
        command,
        ("package.json",),
        locks,
        settings=(".npmrc", ".yarnrc.yml", "pnpm-workspace.yaml", ".pnpmfile.cjs"),
    )
