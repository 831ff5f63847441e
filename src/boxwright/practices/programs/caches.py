"""Caches: which commands fill them, and what moves, empties or turns them off."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from functools import cache
from typing import TYPE_CHECKING

from boxwright.practices.programs.apk import apk_command
from boxwright.practices.programs.apt import apt_command
from boxwright.practices.programs.conda import conda_command
from boxwright.practices.programs.files import removal
from boxwright.practices.programs.node import node_command
from boxwright.practices.programs.pip import pip_command
from boxwright.practices.programs.poetry import project_command
from boxwright.practices.programs.remembered import remembered
from boxwright.practices.programs.rpm import rpm_command
from boxwright.practices.programs.uv import uv_command
from boxwright.text.record import NamedTuple

if TYPE_CHECKING:
    from boxwright.syntax.shell.command import Command


class Cache(NamedTuple):
    """What a program keeps of what it fetched."""

    name: str
    """`pip`, `apt lists`, …"""
    folders: tuple[str, ...]
    """Where it is unless variables say otherwise; `~` is the user's home."""
    movers: tuple[tuple[str, str], ...] = ()
    """Variables that move it, the strongest first, and what is added to their values."""
    switches: tuple[str, ...] = ()
    """Variables that turn it off where they are set to something true."""
    cleaner: str = ""
    """The command that empties it."""


class FilledCache(NamedTuple):
    """A cache that a command puts something into."""

    cache: Cache
    folders: tuple[str, ...]
    """Where it is here; with the variables that are not known."""


def caches() -> Mapping[str, Cache]:
    """Return all caches that are known, by name."""
    return _caches()


def filled_caches(
    command: Command, environment: Mapping[str, str | None] | None = None
) -> tuple[FilledCache, ...]:
    """
    Return the caches that *command* leaves something in.

    *environment* is what ENV and ARG set, None for values that are not known; what stands
    before the command itself counts too. A variable that is not known turns nothing off.

    The images of Debian and Ubuntu are set up to empty `apt archives` after each install.
    """
    filled = _filled_by(command)
    if not filled:
        return ()
    variables = dict(environment or {})
    variables.update(
        (assignment.name, assignment.value.value if assignment.value.is_static else None)
        for assignment in command.assignments
    )
    found = ((_caches()[name], folder) for name, folder in filled.items())
    return tuple(
        FilledCache(cache_, (folder,) if folder else _folders(cache_, variables))
        for cache_, folder in found
        if not any(_is_on(name, variables.get(name)) for name in cache_.switches)
    )


def cleared_caches(
    command: Command,
    environment: Mapping[str, str | None] | None = None,
    *,
    among: Collection[str] | None = None,
) -> frozenset[str]:
    """Return the names of the caches that *command* empties, of those *among* which they are asked."""
    names = _cleaned_by(command)
    removed = [_normal(path) for path in emptied_folders(command)]
    if not removed:
        return names
    variables = environment or {}
    gone = {
        cache_.name
        for cache_ in _caches().values()
        if (among is None or cache_.name in among)
        and all(
            any(_is_within(folder, path) for path in removed)
            for folder in map(_normal, _folders(cache_, variables))
        )
    }
    # conda may be in any folder.
    if any(path.endswith("/pkgs") for path in removed):
        gone.add("conda")
    # Beside its wheels are its virtual environments, so nobody should remove all.
    if any(path.endswith("/artifacts") for path in removed):
        gone.add("poetry")
    return names | gone


@remembered
def emptied_folders(command: Command) -> tuple[str, ...]:
    """
    Return the folders that *command* removes, or all that is in them (`rm -rf path/*`).

    As they are written, a `*` at the end of a name included.
    """
    if command.program == "rm":
        removed = removal(command)
        if removed is None or not removed.is_recursive:
            return ()
        paths = [path for word in removed.paths for path in _braces(word.value)]
        return tuple(path.removesuffix("/*").rstrip("/") or "/" for path in paths)
    if command.program != "find":
        return ()
    values = [word.value for word in command.arguments]
    tests = next((at for at, value in enumerate(values) if value.startswith("-")), len(values))
    if values[tests:] not in (["-delete"], ["-mindepth", "1", "-delete"]):
        return ()
    return tuple(value.rstrip("/") or "/" for value in values[:tests])


def cache_mount_covers(target: str, folders: Iterable[str], home: str = "/root") -> bool:
    """Tell whether a mount at *target* holds all of *folders*, in the *home* of the user."""

    def absolute(path: str) -> str:
        normal = _normal(path)
        return f"{home.rstrip('/')}{normal[1:]}" if normal[:1] == "~" else normal

    base = absolute(target)
    return all(f"{absolute(folder)}/".startswith(f"{base}/") for folder in folders)


@cache
def _caches() -> dict[str, Cache]:
    xdg = "XDG_CACHE_HOME"
    entries = (
        Cache("apt lists", ("/var/lib/apt/lists",), cleaner="rm -rf /var/lib/apt/lists/*"),
        Cache("apt archives", ("/var/cache/apt/archives",), cleaner="apt-get clean"),
        Cache("apk", ("/var/cache/apk",), cleaner="rm -rf /var/cache/apk/*"),
        Cache("yum", ("/var/cache/yum",), cleaner="yum clean all"),
        # dnf 5 keeps it in `/var/cache/libdnf5`; one that is not there need not be removed.
        Cache("dnf", ("/var/cache/dnf",), cleaner="dnf clean all"),
        Cache("microdnf", ("/var/cache/yum",), cleaner="microdnf clean all"),
        Cache("tdnf", ("/var/cache/tdnf",), cleaner="tdnf clean all"),
        Cache("zypper", ("/var/cache/zypp",), cleaner="zypper clean --all"),
        Cache(
            "pip",
            ("~/.cache/pip",),
            (("PIP_CACHE_DIR", ""), (xdg, "/pip")),
            ("PIP_NO_CACHE_DIR",),
            "pip cache purge",
        ),
        Cache(
            "uv",
            ("~/.cache/uv",),
            (("UV_CACHE_DIR", ""), (xdg, "/uv")),
            ("UV_NO_CACHE",),
            "uv cache clean",
        ),
        Cache(
            "conda",
            ("/opt/conda/pkgs",),
            (("CONDA_PKGS_DIRS", ""), ("MAMBA_ROOT_PREFIX", "/pkgs")),
            cleaner="conda clean -afy",
        ),
        Cache(
            "poetry",
            ("~/.cache/pypoetry",),
            (("POETRY_CACHE_DIR", ""), (xdg, "/pypoetry")),
            cleaner="rm -rf ~/.cache/pypoetry",
        ),
        Cache(
            "pdm",
            ("~/.cache/pdm",),
            (("PDM_CACHE_DIR", ""), (xdg, "/pdm")),
            ("PDM_NO_CACHE",),
            "pdm cache clear",
        ),
        Cache(
            "pipenv",
            ("~/.cache/pipenv", "~/.cache/pip"),
            (("PIPENV_CACHE_DIR", ""), (xdg, "/pipenv")),
            cleaner="pipenv --clear",
        ),
        Cache(
            "npm",
            ("~/.npm",),
            (("NPM_CONFIG_CACHE", ""), ("npm_config_cache", "")),
            cleaner="npm cache clean --force",
        ),
        Cache(
            "yarn",
            ("/usr/local/share/.cache/yarn",),
            (("YARN_CACHE_FOLDER", ""), (xdg, "/yarn")),
            cleaner="yarn cache clean",
        ),
        Cache(
            "pnpm",
            ("~/.local/share/pnpm/store",),
            (("PNPM_HOME", "/store"), ("XDG_DATA_HOME", "/pnpm/store")),
            cleaner="pnpm store prune",
        ),
        Cache(
            "bun",
            ("~/.bun/install/cache",),
            (("BUN_INSTALL_CACHE_DIR", ""), ("BUN_INSTALL", "/install/cache")),
            cleaner="bun pm cache rm",
        ),
        Cache(
            "huggingface",
            ("~/.cache/huggingface",),
            (("HF_HOME", ""), ("HF_HUB_CACHE", ""), (xdg, "/huggingface")),
        ),
        Cache(
            "go",
            ("~/.cache/go-build", "/go/pkg/mod"),
            cleaner="go clean -cache -modcache",
        ),
        Cache(
            "cargo",
            ("/usr/local/cargo/registry",),
            (("CARGO_HOME", "/registry"),),
            cleaner="rm -rf /usr/local/cargo/registry",
        ),
    )
    return {entry.name: entry for entry in entries}


@remembered
def _filled_by(command: Command) -> Mapping[str, str]:
    return dict(_filled(command))


@remembered
def _cleaned_by(command: Command) -> frozenset[str]:
    return frozenset(_cleaned(command))


def _keeps_none(command: Command) -> bool:
    """Tell by its name alone that *command* neither fills nor empties a cache of its own."""
    return command.program in _WITHOUT_CACHES


_WITHOUT_CACHES = frozenset(
    {
        "", "[", "[[", "cat", "cd", "chmod", "chown", "cp", "curl", "echo", "export", "find",
        "gcc", "git", "groupadd", "install", "ldconfig", "ln", "ls", "make", "mkdir", "mv",
        "printf", "rm", "sed", "set", "source", "tar", "tee", "test", "touch", "true", "unzip",
        "useradd", "wget",
    }
)  # fmt: skip


def _filled(command: Command) -> Iterator[tuple[str, str]]:
    """Return the names of caches, each with the folder that an option gives."""
    if _keeps_none(command):
        return
    apt = apt_command(command)
    if apt:
        if apt.action == "update" or apt.arguments.has("--update", "-U"):
            yield "apt lists", ""
        if apt.action in {"install", "upgrade", "build-dep"}:
            yield "apt archives", ""
        return
    apk = apk_command(command)
    if apk and not apk.no_cache and apk.action in {"install", "update", "upgrade"}:
        yield "apk", ""
    rpm = rpm_command(command)
    if rpm and rpm.action in {"install", "update", "upgrade"}:
        yield rpm.program, ""
    pip = pip_command(command)
    if pip and pip.action in {"install", "download", "wheel"} and not pip.no_cache:
        yield "pip", pip.arguments.text("--cache-dir")
        return
    uv = uv_command(command)
    if uv and uv.installs and not uv.no_cache and not uv.arguments.has("--no-sync"):
        yield "uv", uv.arguments.text("--cache-dir")
    conda = conda_command(command)
    if conda and conda.installs:
        yield "conda", ""
    project = project_command(command)
    if project and project.installs and not project.no_cache and project.tool != "hatch":
        yield project.tool, ""
    node = node_command(command)
    if node and node.installs:
        yield node.program, ""
    words = [word.value for word in command.arguments if not word.value.startswith("-")]
    first = words[0] if words else ""
    if command.program in {"huggingface-cli", "hf"} and first == "download":
        # What goes to a folder of its own leaves nothing behind there.
        if not any(word.value.startswith("--local-dir") for word in command.arguments):
            yield "huggingface", ""
    elif command.program == "go" and first in {"build", "install", "get", "mod", "test", "run"}:
        yield "go", ""
    elif command.program == "cargo" and first in {"build", "install", "fetch", "test", "run"}:
        yield "cargo", ""


def _cleaned(command: Command) -> Iterator[str]:
    if _keeps_none(command):
        return
    apt = apt_command(command)
    if apt and apt.action == "clean" and apt.subcommand.value not in {"autoclean", "auto-clean"}:
        yield "apt archives"
        if apt.subcommand.value in {"distclean", "dist-clean"}:
            yield "apt lists"
        return
    apk = apk_command(command)
    if apk and apk.action == "clean":
        yield "apk"
    rpm = rpm_command(command)
    if rpm and rpm.cleans_all:
        # Where both are there, yum is dnf.
        yield from ("yum", "dnf") if rpm.program in {"yum", "dnf"} else (rpm.program,)
    pip = pip_command(command)
    if pip and pip.action == "cache purge":
        yield "pip"
    uv = uv_command(command)
    if uv and uv.action in {"cache clean", "cache clear"}:
        yield "uv"
    conda = conda_command(command)
    if conda and {"tarballs", "packages"} <= conda.cleans:
        yield "conda"
    project = project_command(command)
    if project and project.action in {"cache clear", "cache:clear"}:
        yield project.tool
    if command.program == "pipenv" and any(w.value == "--clear" for w in command.arguments):
        yield "pipenv"
    node = node_command(command)
    if node and node.action == "cache clean":
        yield node.program
    values = [word.value for word in command.arguments]
    if command.program == "bun" and values[:3] == ["pm", "cache", "rm"]:
        yield "bun"
    if command.program == "go" and values[:1] == ["clean"] and {"-cache", "-modcache"} <= {*values}:
        yield "go"


def _folders(cache_: Cache, variables: Mapping[str, str | None]) -> tuple[str, ...]:
    for name, below in cache_.movers:
        if name in variables:
            value = variables[name]
            if value is None:
                return (f"${name}{below}",)
            if value:
                return (value.rstrip("/") + below,)
    return cache_.folders


def _is_within(folder: str, path: str) -> bool:
    if path.endswith("*"):
        # `/var/cache/dnf*`
        return folder.startswith(path[:-1])
    return f"{folder}/".startswith(f"{path}/")


def _is_on(name: str, value: str | None) -> bool:
    if name == "PIP_NO_CACHE_DIR":
        # pip takes `off` and `0` for yes too, since it once did.
        return bool(value)
    return value is not None and value.strip().lower() in {"1", "true", "yes", "on", "y", "t"}


def _normal(path: str) -> str:
    """Return *path* with one spelling for the home of the user, who mostly is root."""
    path = path.strip("\"'").rstrip("/")
    for home in ("${HOME}", "$HOME", "/root"):
        if path == home or path.startswith(f"{home}/"):
            return f"~{path[len(home) :]}"
    return path


def _braces(text: str) -> list[str]:
    """
    Return the words that bash makes of *text*; only one pair of braces is understood.

    >>> _braces("/var/{cache,log}/x")
    ['/var/cache/x', '/var/log/x']
    """
    head, opening, rest = text.partition("{")
    inside, closing, tail = rest.partition("}")
    if not opening or not closing or "," not in inside or head.endswith("$"):
        return [text]
    return [f"{head}{part}{tail}" for part in inside.split(",")]
