"""What the layers of a stage hold: paths that earlier instructions made, and how large they are."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property
from itertools import islice
from typing import TYPE_CHECKING

from boxwright.practices.dependency_installs import dependency_install
from boxwright.practices.image_files import absolute
from boxwright.practices.programs.creations import created_paths
from boxwright.practices.programs.files import directories
from boxwright.practices.programs.git import clone
from boxwright.practices.reordering import destination_of, is_below
from boxwright.text.record import NamedTuple

if TYPE_CHECKING:
    from boxwright.practices.stage_facts import StageFacts
    from boxwright.syntax.dockerfile.instructions import Add, Copy, Instruction, Run
    from boxwright.syntax.shell.command import Command


class Made(NamedTuple):
    """A path that an instruction put into the image."""

    path: str
    """From the root."""
    instruction: Instruction
    size: int | None
    """Of what is at or below it, None where that is not known."""
    is_tree: bool
    """Whether files are expected below it."""


class Layers:
    """What is put into the image of a stage, by it and by the stages below."""

    def __init__(self, stage: StageFacts) -> None:
        self._stage = stage
        self._asked = 0

    def before(self, run: Run) -> list[Made]:
        """Return what is put there before *run*; after very many questions, nothing."""
        self._asked += 1
        if self._asked > _MOST:
            return []
        limit = self._stage.position(run)
        return [made for position, made in self._made if position < limit]

    @cached_property
    def _made(self) -> list[tuple[int, Made]]:
        found = (
            (position if part is self._stage else -1, made)
            for part in self._stage.chain
            for position, instruction in enumerate(part.instructions)
            for made in made_by(part, instruction)
        )
        return list(islice(found, _MOST))


_MOST = 300


def made_by(stage: StageFacts, instruction: Instruction) -> Iterator[Made]:
    """Yield what *instruction* of *stage* puts into the image; empty folders are not counted."""
    if instruction.keyword in {"COPY", "ADD"}:
        yield from _copied(stage, instruction)  # type: ignore[arg-type]
    elif instruction.keyword == "RUN":
        yield from _written(stage, instruction)  # type: ignore[arg-type]


def is_slight(made: Made) -> bool:
    """Tell whether *made* is not worth a word, as far as its size or name tell."""
    if made.size is not None:
        return made.size < 1_000_000
    if made.is_tree:
        return False
    name = made.path.lower()
    return not name.endswith(_LARGE) if made.instruction.keyword != "RUN" else name.endswith(_TEXT)


_LARGE = (
    ".bin", ".pt", ".pth", ".ckpt", ".onnx", ".safetensors", ".gguf", ".h5", ".pkl", ".joblib",
    ".parquet", ".csv", ".npz", ".npy", ".run", ".iso", ".jar", ".so", ".a", ".db", ".sqlite", ".whl",
    ".gz", ".zip", ".tgz", ".xz", ".bz2", ".zst", ".tar", ".deb", ".rpm",
)  # fmt: skip
_TEXT = (
    ".sh", ".bash", ".py", ".txt", ".toml", ".cfg", ".ini", ".yml", ".yaml", ".json", ".lock", ".md",
    ".conf", ".list", ".gpg", ".asc", ".key", ".pub", ".in", ".xml", ".env", ".pem", ".netrc",
    ".template", ".repo", ".sources", ".crt",
)  # fmt: skip


def readable(size: int) -> str:
    """
    Return *size* for a message.

    >>> readable(2_400_000_000), readable(350_000)
    ('2.4 GB', '350 kB')
    """
    for unit, factor in (("GB", 10**9), ("MB", 10**6)):
        if size >= factor:
            number = size / factor
            return f"{number:.1f} {unit}" if number < 10 else f"{number:.0f} {unit}"
    return f"{max(size // 1000, 1)} kB"


def _copied(stage: StageFacts, copy: Copy | Add) -> Iterator[Made]:
    destination = destination_of(stage, copy)
    if destination is None or copy.heredocs:
        return
    written = copy.destination.raw if copy.destination is not None else ""
    into_folder = written.endswith(("/", ".")) or len(copy.sources) > 1
    for word in copy.sources:
        source = stage.expanded(word.raw, copy)
        if source is None:
            yield Made(destination, copy, None, is_tree=True)
            continue
        name = source.rstrip("/").rpartition("/")[2]
        context = stage.context if copy.from_ is None and "://" not in source else None
        files = context.matches(source) if context is not None else ()
        size = sum(map(context.size, files)) if context is not None and files else None
        is_file = bool(files) and context is not None and not context.is_folder(source)
        looks_like_file = "." in name.strip(".") and not source.endswith("/")
        if name and "*" not in name and (is_file or (not files and looks_like_file)):
            path = f"{destination.rstrip('/')}/{name}" if into_folder else destination
            yield Made(path, copy, size, is_tree=False)
        else:
            yield Made(destination, copy, size, is_tree=True)


def _written(stage: StageFacts, run: Run) -> Iterator[Made]:
    mounted = [
        absolute(mount.target, stage.workdir_at(run)) for mount in run.mounts if mount.target
    ]
    where = directories(run.commands, stage.workdir_at(run))
    for command, folder in zip(run.commands, where, strict=True):
        if command.program in {"mkdir", "touch", "ln", "chown", "chmod", "echo", "printf", "sed"}:
            continue
        for path in created_paths(command):
            if folder is None and not path.startswith("/"):
                continue
            if "$" in path or "*" in path or path.startswith("~"):
                continue
            full = absolute(path, folder)
            if not any(is_below(full, mount) for mount in mounted):
                yield Made(full, run, None, is_tree=clone(command) is not None)


def build_tools(stage: StageFacts) -> dict[str, Command]:
    """Return the compilers and headers that are installed in *stage* by name; git is none."""
    from boxwright.practices.programs.compilers import is_build_package

    return {
        name: command
        for name, command in stage.system_packages.items()
        if is_build_package(name) and name not in _TOOLS_OF_ALL_DAYS
    }


_TOOLS_OF_ALL_DAYS = frozenset({"git", "git-lfs", "patch", "subversion", "mercurial", "go"})


def may_compile(stage: StageFacts) -> bool:
    """
    Tell whether something in *stage* may need a compiler while it is built.

    Requirements in files that cannot be read may; wheels that are copied do not.
    """
    from boxwright.practices.cuda_use import compilations

    if any(True for _ in compilations(stage)):
        return True
    for part in stage.chain:
        for run in part.runs:
            for command in run.commands:
                install = dependency_install(command)
                if install is not None and install.tool not in {"conda", "npm", "yarn", "pnpm"}:
                    return True
                if command.program.endswith((".sh", ".py")) or command.program in _RUNS_OTHERS:
                    return True
    return False


_RUNS_OTHERS = frozenset({"sh", "bash", "python", "python3", "R", "Rscript", "npm", "yarn", "tox"})
