"""`uv` and `uvx`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from boxwright.practices.programs.arguments import Arguments, parse_arguments
from boxwright.practices.programs.pip import requirements
from boxwright.practices.programs.python_requirement import PythonRequirement
from boxwright.practices.programs.remembered import remembered
from boxwright.text.record import NamedTuple

if TYPE_CHECKING:
    from boxwright.syntax.shell.command import Command, ShellWord


class UvCommand(NamedTuple):
    """What uv is told to do."""

    command: Command
    action: str
    """All of the subcommand: `pip install`, `sync`, `tool install`; `tool run` for `uvx`."""
    subcommand: ShellWord
    """Its last word; `uvx` itself."""
    arguments: Arguments
    packages: tuple[PythonRequirement, ...]
    unknown: tuple[ShellWord, ...]
    """The operands that only the build can tell, such as `$PACKAGES`."""
    requirement_files: tuple[ShellWord, ...]
    constraint_files: tuple[ShellWord, ...]
    index_urls: tuple[ShellWord, ...]
    """All of `--index-url`, `--default-index`, `--index` and `--extra-index-url`."""
    insecure_hosts: tuple[ShellWord, ...]
    torch_backend: str
    no_cache: bool
    system: bool
    frozen: bool
    locked: bool
    no_install_project: bool
    no_dev: bool
    only_groups: tuple[str, ...]
    groups: tuple[str, ...]
    extras: tuple[str, ...]
    all_extras: bool
    no_deps: bool
    upgrade: bool
    require_hashes: bool
    compile_bytecode: bool
    link_mode: str

    @property
    def installs(self) -> bool:
        """Whether it puts distributions into an environment."""
        return self.action in _INSTALLS

    @property
    def insert_at(self) -> int:
        """Where an option may be put: behind the subcommand, with a blank before it."""
        return self.subcommand.span.end


@remembered
def uv_command(command: Command) -> UvCommand | None:
    """
    Return what *command* is to uv; None where it is something else.

    `uv run` is found too, though the command's program is what that runs.
    """
    words = _words(command)
    if not words:
        return None
    is_uvx = words[0].value.rpartition("/")[2] == "uvx"
    arguments = parse_arguments(words[1:], "cip" if is_uvx else "rceipfC", _VALUED)
    if is_uvx and arguments.operands:
        # What is behind the tool is for the tool.
        words = words[: words.index(arguments.operands[0]) + 1]
        arguments = parse_arguments(words[1:], "cip", _VALUED)
    operands = list(arguments.operands)
    if is_uvx:
        action, subcommand = "tool run", words[0]
    elif operands:
        subcommand = operands.pop(0)
        action = subcommand.value
        if action in _GROUPS and operands:
            subcommand = operands.pop(0)
            action = f"{action} {subcommand.value}"
    else:
        return None
    files = arguments.values("-r", "--requirement", "--requirements", "--with-requirements")
    named: list[ShellWord] = []
    if action in {"pip install", "pip uninstall", "add", "remove", "tool install"}:
        named = operands
    elif action in {"pip sync", "pip compile"}:
        files = (*operands, *files)
    elif action == "tool run":
        named = operands[:1]
    packages, unknown = requirements([*named, *arguments.values("--with", "--from")], arguments)
    return UvCommand(
        command=command,
        action=action,
        subcommand=subcommand,
        arguments=arguments,
        packages=packages,
        unknown=unknown,
        requirement_files=files,
        constraint_files=arguments.values("-c", "--constraint", "--constraints"),
        index_urls=arguments.values(
            "-i", "--index-url", "--default-index", "--index", "--extra-index-url"
        ),
        insecure_hosts=arguments.values("--allow-insecure-host", "--trusted-host"),
        torch_backend=arguments.text("--torch-backend"),
        no_cache=arguments.has("-n", "--no-cache", "--no-cache-dir"),
        system=arguments.has("--system"),
        frozen=arguments.has("--frozen"),
        locked=arguments.has("--locked"),
        no_install_project=arguments.has("--no-install-project", "--no-install-workspace"),
        no_dev=arguments.has("--no-dev", "--no-default-groups"),
        only_groups=_texts(arguments, "--only-group", "--only-dev"),
        groups=_texts(arguments, "--group"),
        extras=_texts(arguments, "--extra"),
        all_extras=arguments.has("--all-extras"),
        no_deps=arguments.has("--no-deps"),
        upgrade=arguments.has("-U", "--upgrade"),
        require_hashes=arguments.has("--require-hashes"),
        compile_bytecode=arguments.has("--compile-bytecode", "--compile"),
        link_mode=arguments.text("--link-mode"),
    )


_GROUPS = frozenset({"pip", "tool", "python", "cache", "self", "auth", "workspace"})
_INSTALLS = frozenset({"pip install", "pip sync", "sync", "add", "tool install", "tool run", "run"})


def _words(command: Command) -> tuple[ShellWord, ...]:
    """Return the words of *command* from `uv` on, up to what `uv run` runs."""
    if command.program in {"uv", "uvx"}:
        return command.words
    if "uv run" in command.wrappers:
        words = command.written[: len(command.written) - len(command.words)]
        names = [word.value.rpartition("/")[2] for word in words]
        return words[names.index("uv") :] if "uv" in names else ()
    # `python -m uv`
    words = command.words
    if command.program.startswith("python") and [word.value for word in words[1:3]] == ["-m", "uv"]:
        return words[2:]
    return ()


def _texts(arguments: Arguments, *names: str) -> tuple[str, ...]:
    values = [word.value for word in arguments.values(*names)]
    return (*values, "dev") if "--only-dev" in names and arguments.has("--only-dev") else (*values,)


_VALUED = (
    "requirement", "requirements", "constraint", "constraints", "override", "overrides",
    "editable", "extra", "group", "no-group", "only-group", "no-extra", "python",
    "python-version", "python-platform", "index", "default-index", "index-url",
    "extra-index-url", "find-links", "index-strategy", "keyring-provider", "resolution",
    "prerelease", "exclude-newer", "exclude-newer-package", "link-mode", "torch-backend",
    "target", "prefix", "no-binary", "only-binary", "no-binary-package", "no-build-package",
    "no-build-isolation-package", "config-setting", "config-settings", "upgrade-package",
    "reinstall-package", "refresh-package", "no-install-package", "package", "project",
    "directory", "cache-dir", "config-file", "color", "allow-insecure-host", "trusted-host",
    "env-file", "with", "with-editable", "with-requirements", "from", "output-file",
    "build-constraint", "build-constraints", "rev", "tag", "branch", "marker", "bounds",
    "script", "module", "format", "prompt", "default-group", "fork-strategy", "install-dir",
    "mirror", "python-preference",
)  # fmt: skip
