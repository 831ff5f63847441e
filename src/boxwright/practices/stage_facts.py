"""What is known of each stage of a Dockerfile: base, environment, user, start, packages."""

from __future__ import annotations

import posixpath
from bisect import bisect_left
from collections.abc import Callable, Mapping
from functools import cached_property
from operator import attrgetter
from typing import TYPE_CHECKING, TypeVar

from boxwright.practices.base_images import BaseImage
from boxwright.practices.image_files import Copied, Origin, absolute, origin
from boxwright.syntax.dockerfile.instructions import (
    Add,
    Arg,
    Cmd,
    Copy,
    Entrypoint,
    Env,
    Expose,
    Healthcheck,
    Instruction,
    Run,
    User,
    Workdir,
)
from boxwright.syntax.dockerfile.scopes import Scopes, Value
from boxwright.text.record import NamedTuple

if TYPE_CHECKING:
    from boxwright.practices.context import Context
    from boxwright.practices.kind import Kind
    from boxwright.practices.programs.servers import ServerCommand
    from boxwright.practices.python_package import PythonPackage
    from boxwright.syntax.dockerfile.instructions import Dockerfile, Stage
    from boxwright.syntax.shell.command import Command
    from boxwright.text.joined import Word

EnvValue = Value
"""A variable: `value` (None where not known), `kind` (env, arg, global, predefined), `pair`."""

AnyInstruction = TypeVar("AnyInstruction", bound=Instruction)


class UserFact(NamedTuple):
    """Who carries out what comes next."""

    name: str
    """Variables expanded, without group; empty where it is not known."""
    is_root: bool | None
    """None where it is not known: a variable, or a base that nothing is known of."""
    group: str = ""
    instruction: User | None = None
    """The USER that says so; None where it is the base image."""

    @property
    def is_numeric(self) -> bool:
        """Whether it is a number: only then Kubernetes can see that it is not root."""
        return self.name.isascii() and self.name.isdecimal()


class StartScript(NamedTuple):
    """A shell script of the context that a container starts with."""

    path: str
    """In the context."""
    text: str
    commands: tuple[Command, ...]
    """Their spans are offsets in *text*, not in the Dockerfile."""


class StageFacts:
    """
    A stage and what is known of it.

    Facts "at its end" are those of its image: what comes from the stages that it is FROM
    and from the base image is included. Everything is worked out on first use.
    """

    def __init__(
        self, graph: Graph, stage: Stage, parent: StageFacts | None, base: BaseImage
    ) -> None:
        self.stage = stage
        self.parent = parent
        """The stage that it is FROM, None where that is an image."""
        self.base = base
        """The image that the chain begins with: for `FROM builder` that of `builder`."""
        self.context: Context | None = graph.context
        self._graph = graph

    def __repr__(self) -> str:
        return f"<facts of {self.stage!r}>"

    @property
    def index(self) -> int:
        """Which stage it is, the first being 0."""
        return self.stage.index

    @property
    def name(self) -> str:
        """In small letters; empty if it has none."""
        return self.stage.name

    @property
    def instructions(self) -> tuple[Instruction, ...]:
        """Its own, without the FROM; triggers are found through their ONBUILD only."""
        return self.stage.instructions

    def of(self, kind: type[AnyInstruction]) -> tuple[AnyInstruction, ...]:
        """Return its own instructions of a *kind*."""
        return self.stage.of(kind)

    @property
    def runs(self) -> tuple[Run, ...]:
        """Its own RUN instructions."""
        return self.stage.of(Run)

    @cached_property
    def chain(self) -> tuple[StageFacts, ...]:
        """It, the stage that it is FROM, and so on: the first is this one."""
        found = []
        stage: StageFacts | None = self
        while stage is not None:
            found.append(stage)
            stage = stage.parent
        return tuple(found)

    @property
    def ships(self) -> bool:
        """Whether its layers are in the final image: that is it, or is FROM it."""
        return self.index in self._graph.shipped

    @property
    def is_reachable(self) -> bool:
        """Whether the final image needs it: by FROM, COPY --from or RUN --mount=from=."""
        return self.index in self._graph.reachable

    @cached_property
    def copies_from(self) -> tuple[StageFacts, ...]:
        """The stages that its own COPY and ADD instructions take files from."""
        found: dict[int, StageFacts] = {}
        for copy in self.copies:
            if copy.from_ is not None:
                other = self.stage_named(copy.from_.value)
                if other is not None:
                    found[other.index] = other
        return tuple(found.values())

    @cached_property
    def needs(self) -> tuple[StageFacts, ...]:
        """The stages that it needs itself: FROM, copied from, mounted."""
        found: dict[int, StageFacts] = {}
        if self.parent is not None:
            found[self.parent.index] = self.parent
        found.update((other.index, other) for other in self.copies_from)
        for run in self.runs:
            for mount in run.mounts if run.flags else ():
                other = self.stage_named(mount.from_) if mount.from_ else None
                if other is not None:
                    found[other.index] = other
        return tuple(found.values())

    def _prepare(self, name: str, ask: Callable[[StageFacts], object] | None = None) -> None:
        """
        Work out the fact *name* of the stages below, the lowest first.

        Asked for from above, each would ask the next one: too deep for very many stages.
        """
        ask = ask or attrgetter(name)
        waiting = []
        stage = self.parent
        while stage is not None and name not in stage.__dict__:
            waiting.append(stage)
            stage = stage.parent
        for stage in reversed(waiting):
            ask(stage)

    # Environment

    @cached_property
    def environment(self) -> Mapping[str, EnvValue]:
        """
        The variables that its image has: what the base image and ENV set, no ARG.

        The base image's own are only there if it is known.
        """
        return self._graph.scopes.image_environment(self.stage)

    def environment_at(self, instruction: Instruction) -> Mapping[str, EnvValue]:
        """Return the variables that *instruction* sees: those of the base, ENV, and ARG."""
        return self._graph.scopes.environment_at(instruction)

    def is_mentioned(self, name: str) -> bool:
        """Tell whether any ENV or ARG of the Dockerfile, or the base image, sets *name*."""
        facts = self.base.facts
        return name in self._graph.names or (facts is not None and name in facts.environment)

    def env(self, name: str) -> str | None:
        """Return the value that the variable *name* has in its image, None if unset or unknown."""
        found = self.environment.get(name)
        return found.value if found is not None else None

    def expanded(self, raw: str, instruction: Instruction) -> str | None:
        """Return *raw* with the variables that *instruction* sees, None if one is not known."""
        return self._graph.expanded_text(raw, instruction)

    # User and folder

    @cached_property
    def user(self) -> UserFact:
        """Who runs its containers."""
        return self._user_before(len(self.instructions))

    def user_at(self, instruction: Instruction) -> UserFact:
        """Return who carries *instruction* out."""
        return self._user_before(self.position(instruction))

    def _user_before(self, position: int) -> UserFact:
        positions, users = self._users
        at = bisect_left(positions, position)
        return users[at - 1] if at else self._inherited_user

    @cached_property
    def _users(self) -> tuple[list[int], list[UserFact]]:
        positions: list[int] = []
        users: list[UserFact] = []
        for instruction in self.of(User):
            if instruction.user is None:
                continue
            positions.append(self.position(instruction))
            users.append(_user_fact(self.expanded(instruction.user.raw, instruction), instruction))
        return positions, users

    @cached_property
    def _inherited_user(self) -> UserFact:
        if self.parent is not None:
            self._prepare("user")
            return self.parent.user
        if self.base.is_scratch:
            return UserFact("root", is_root=True)
        facts = self.base.facts
        return _user_fact(facts.user if facts is not None else None, None)

    @cached_property
    def workdir(self) -> str | None:
        """The folder that its containers start in, None where it is not known."""
        return self._workdir_before(len(self.instructions))

    def workdir_at(self, instruction: Instruction) -> str | None:
        """Return the folder that *instruction* is carried out in, None where it is not known."""
        return self._workdir_before(self.position(instruction))

    def _workdir_before(self, position: int) -> str | None:
        positions, folders = self._workdirs
        at = bisect_left(positions, position)
        return folders[at - 1] if at else self._inherited_workdir

    @cached_property
    def _workdirs(self) -> tuple[list[int], list[str | None]]:
        positions: list[int] = []
        folders: list[str | None] = []
        current = self._inherited_workdir
        for instruction in self.of(Workdir):
            if instruction.path is None:
                continue
            path = self.expanded(instruction.path.raw, instruction)
            if path is None:
                current = None
            elif path.startswith("/"):
                current = absolute(path, None)
            elif current is not None:
                # A chain of `WORKDIR deeper` would otherwise grow without end.
                current = absolute(path, current) if len(current) < _LONGEST_PATH else None
            positions.append(self.position(instruction))
            folders.append(current)
        return positions, folders

    @cached_property
    def _inherited_workdir(self) -> str | None:
        if self.parent is not None:
            self._prepare("workdir")
            return self.parent.workdir
        if self.base.is_scratch:
            return "/"
        return self.base.facts.workdir if self.base.facts is not None else None

    def position(self, instruction: Instruction) -> int:
        """Return which of its instructions *instruction* is; a trigger is where its ONBUILD is."""
        while instruction.parent is not None:
            instruction = instruction.parent
        return self._positions.get(id(instruction), 0)

    @cached_property
    def _positions(self) -> dict[int, int]:
        return {id(item): position for position, item in enumerate(self.instructions)}

    # What it starts

    @cached_property
    def entrypoint(self) -> Entrypoint | None:
        """The ENTRYPOINT in effect, of this stage or of one that it is FROM."""
        own = self.of(Entrypoint)
        if own or self.parent is None:
            return own[-1] if own else None
        self._prepare("entrypoint")
        return self.parent.entrypoint

    @cached_property
    def cmd(self) -> Cmd | None:
        """
        The CMD in effect.

        A stage with an ENTRYPOINT of its own does not take over the CMD of what it is FROM.
        """
        own = self.of(Cmd)
        if own:
            return own[-1]
        if self.parent is None or self.of(Entrypoint):
            return None
        self._prepare("cmd")
        return self.parent.cmd

    @cached_property
    def healthcheck(self) -> Healthcheck | None:
        """The HEALTHCHECK in effect; its `none` tells where one was taken away."""
        own = self.of(Healthcheck)
        if own or self.parent is None:
            return own[-1] if own else None
        self._prepare("healthcheck")
        return self.parent.healthcheck

    @cached_property
    def start_commands(self) -> tuple[Command, ...]:
        """
        What ENTRYPOINT and CMD run: all commands of a shell form, else the one of the words.

        An entrypoint that is a script is taken for one that executes the words of CMD.
        """
        from boxwright.syntax.shell.parse import command_of_words

        entrypoint, cmd = self.entrypoint, self.cmd
        if entrypoint is None:
            return cmd.commands if cmd is not None else ()
        if entrypoint.exec is None or cmd is None:
            return entrypoint.commands
        if cmd.exec is None:
            # The shell and `-c` are arguments, as is what it would run.
            return cmd.commands if _hands_over(entrypoint) else entrypoint.commands
        if _hands_over(entrypoint):
            return cmd.commands
        return command_of_words((*entrypoint.exec, *cmd.exec))

    @cached_property
    def start(self) -> Command | None:
        """
        The command of the Dockerfile that a container is started with in the end.

        Of `alembic upgrade head && exec uvicorn …` the last. Wrappers (`exec`, `tini --`)
        are off its words; `uv run` and its like `programs.runners.invocation` sees through.
        """
        commands = [
            command
            for command in self.start_commands
            if command.program
            and not command.in_substitution
            and not command.in_function
            and command.program not in _NO_START
        ]
        # `sh -c "…"` comes before what it runs.
        return commands[-1] if commands else None

    @cached_property
    def start_script(self) -> StartScript | None:
        """The shell script of the context that `start` is, None if it is none or not known."""
        return self._script_of(self.start)

    @cached_property
    def entrypoint_script(self) -> StartScript | None:
        """The shell script of the context that the words of ENTRYPOINT start, which may hand over."""
        entrypoint = self.entrypoint
        if entrypoint is None or entrypoint.exec is None or not entrypoint.commands:
            return None
        return self._script_of(entrypoint.commands[-1])

    def _script_of(self, command: Command | None) -> StartScript | None:
        if command is None or self.context is None or not command.words:
            return None
        word = command.words[0]
        if command.program in _SHELLS and len(command.words) > 1:
            word = next((word for word in command.words[1:] if word.value[:1] != "-"), word)
        if not word.is_static:
            return None
        found = self.origin(word.value)
        if found is None or not found.path:
            return None
        text = self.context.read_text(found.path)
        if text is None or len(text) > _LONGEST_SCRIPT:
            return None
        first = text.partition("\n")[0]
        if not (found.path.endswith((".sh", ".bash")) or _is_shell_line(first)):
            return None
        from boxwright.syntax.shell.parse import parse_script
        from boxwright.text.joined import Joined

        return StartScript(found.path, text, parse_script(Joined(text, (0,), (0,))).commands)

    @cached_property
    def server(self) -> ServerCommand | None:
        """
        What it starts, if that is known to stay: a server, worker, training run, notebook.

        Its `command` is `start`, or a command of `start_script`, whose spans are not
        of the Dockerfile.
        """
        from boxwright.practices.programs.servers import server_command

        if self.start is None:
            return None
        if self.start_script is not None:
            found = [server_command(command) for command in self.start_script.commands]
            return next((server for server in reversed(found) if server is not None), None)
        return server_command(self.start)

    @cached_property
    def ports(self) -> tuple[int, ...]:
        """The TCP ports of EXPOSE, ranges spelled out; of the base image too, if it is known."""
        found: dict[int, None] = {}
        if self.parent is not None:
            self._prepare("ports")
            found.update(dict.fromkeys(self.parent.ports))
        elif self.base.facts is not None:
            found.update(dict.fromkeys(self.base.facts.ports))
        for expose in self.of(Expose):
            for word in expose.ports:
                text = self.expanded(word.raw, expose)
                found.update(dict.fromkeys(_ports(text or "")))
            if len(found) > _MOST_PORTS:
                break
        return tuple(found)

    # What is in it

    @cached_property
    def copies(self) -> tuple[Copy | Add, ...]:
        """Its COPY and ADD instructions in order."""
        return tuple(item for item in self.instructions if isinstance(item, Copy | Add))

    @cached_property
    def copied(self) -> tuple[Copied, ...]:
        """Where its COPY and ADD instructions put what they bring, as far as that is known."""
        found = []
        for copy in self.copies:
            if copy.destination is None:
                continue
            written = self.expanded(copy.destination.raw, copy)
            if written is not None:
                destination = absolute(written, self.workdir_at(copy))
                is_folder = written.endswith(("/", ".")) or len(copy.words) > 2
                found.append(Copied(copy, self.position(copy), destination, is_folder))
        return tuple(found)

    def stage_named(self, name: str) -> StageFacts | None:
        """Return the stage that `--from` calls *name* (or its number), None for an image."""
        return self._graph.stage_named(name)

    def origin(self, path: str, before: Instruction | None = None) -> Origin | None:
        """
        Return what the file *path* was made from: a file of the context, or a heredoc.

        *path* may be relative to the working directory. Only what comes before the
        instruction *before* counts, and its mounts; without it, the whole stage.
        """
        workdir = self.workdir_at(before) if before is not None else self.workdir
        return origin(self, absolute(path, workdir), before)

    @cached_property
    def distributions(self) -> tuple[PythonPackage, ...]:
        """
        The Python distributions that the Dockerfile puts into its image.

        Installed here or in a stage that it is FROM, by pip, uv, conda, poetry and others;
        requirement, lock and environment files are read if the context is known. Those of
        a stage whose environment is copied (`COPY --from=builder /opt/venv …`) are among
        them. What the base image bundles is not: see `brings`.
        """
        from boxwright.practices.python_packages import distributions

        self._prepare("distributions")
        return distributions(self)

    @cached_property
    def own_distributions(self) -> tuple[PythonPackage, ...]:
        """The Python distributions that its own instructions install."""
        from boxwright.practices.python_packages import own_distributions

        return own_distributions(self)

    @property
    def known_distributions(self) -> tuple[PythonPackage, ...] | None:
        """Its distributions where they were asked for before."""
        found: tuple[PythonPackage, ...] | None = self.__dict__.get("distributions")
        return found

    def has_distribution(self, *names: str) -> PythonPackage | None:
        """Return the first of *names* (PEP 503) that the Dockerfile puts into its image."""
        for name in names:
            found = self._distributions_by_name.get(name)
            if found is not None:
                return found
        return None

    @cached_property
    def _distributions_by_name(self) -> dict[str, PythonPackage]:
        found: dict[str, PythonPackage] = {}
        for package in self.distributions:
            known = found.get(package.name)
            # One that says its version tells more.
            if known is None or (not known.version and package.version):
                found[package.name] = package
        return found

    def brings(self, name: str) -> bool:
        """Tell whether the distribution *name* is installed, or bundled with the base image."""
        facts = self.base.facts
        return self.has_distribution(name) is not None or (
            facts is not None and name in facts.bundles
        )

    @cached_property
    def system_packages(self) -> Mapping[str, Command]:
        """
        The system packages that are installed in it, without versions, and the command.

        By apt-get, apk, dnf and their like, here or in a stage that it is FROM.
        """
        own = self.own_system_packages
        if self.parent is None:
            return own
        self._prepare("system_packages")
        return {**self.parent.system_packages, **own} if own else self.parent.system_packages

    @cached_property
    def own_system_packages(self) -> Mapping[str, Command]:
        """The system packages that its own instructions install."""
        from boxwright.practices.programs.system_packages import installed_packages

        return installed_packages(command for run in self.runs for command in run.commands)

    def has_program(self, name: str) -> bool | None:
        """
        Tell whether the program *name* (`curl`, `python3`) is there; None if it is not known.

        By the base image's facts, what is installed, and what is copied to a folder of
        programs.
        """
        key = f"has program {name}"
        if key not in self.__dict__:
            self._prepare(key, lambda stage: stage.has_program(name))
            self.__dict__[key] = self._has_program(name)
        found: bool | None = self.__dict__[key]
        return found

    def _has_program(self, name: str) -> bool | None:
        if self.parent is not None:
            found = self.parent.has_program(name)
        elif self.base.is_scratch:
            found = False
        else:
            found = self.base.facts.has_program(name) if self.base.facts is not None else None
        if found or name in self._installed_programs:
            return True
        if any(package.name == name for package in self.own_distributions):
            return True
        for item in self.copied:
            brings = _brings_program(self, item, name)
            if brings:
                return True
            if brings is None:
                found = None
        return found

    @cached_property
    def _installed_programs(self) -> frozenset[str]:
        from boxwright.practices.package_programs import programs_of

        return programs_of(self.own_system_packages)

    @property
    def kind(self) -> str:
        """What it is for: `service`, `worker`, `training`, `notebook`, `batch` or `unknown`."""
        return self._kind.name

    @property
    def kind_reason(self) -> str:
        """Why, as a clause: "it starts `uvicorn`"."""
        return self._kind.reason

    @cached_property
    def _kind(self) -> Kind:
        from boxwright.practices.kind import kind_of

        return kind_of(
            server=self.server,
            command=self.start,
            starts_itself=self.cmd is not None or self.entrypoint is not None,
            facts=self.base.facts,
            has=lambda name: self.has_distribution(name) is not None,
            ports=self.ports,
        )


_LONGEST_PATH = 4096
_LONGEST_SCRIPT = 200_000
_MOST_PORTS = 1000
_SHELLS = frozenset({"sh", "bash", "dash", "ash", "zsh", "ksh"})
_NO_START = frozenset(
    {"echo", "set", "cd", "export", "source", ".", "true", "wait", "trap", "umask"}
)
_PROGRAM_FOLDERS = (
    "/usr/local/sbin", "/usr/local/bin", "/usr/sbin", "/usr/bin", "/sbin", "/bin",
)  # fmt: skip


class Graph:
    """The stages of a Dockerfile, and which of them the final image is made of."""

    def __init__(
        self,
        dockerfile: Dockerfile,
        *,
        context: Context | None = None,
        arguments: Mapping[str, str] | None = None,
        target: str = "",
    ) -> None:
        self.dockerfile = dockerfile
        self.context = context
        self._arguments = dict(arguments or {})
        self._target = target
        self._bases: dict[int, BaseImage] = {}

    @cached_property
    def stages(self) -> tuple[StageFacts, ...]:
        """All stages in order."""
        found: list[StageFacts] = []
        for stage in self.dockerfile.stages:
            parent = found[stage.base.index] if stage.base is not None else None
            base = parent.base if parent is not None else self._base(stage)
            found.append(StageFacts(self, stage, parent, base))
        return tuple(found)

    def _base(self, stage: Stage) -> BaseImage:
        base = self._bases.get(stage.index)
        if base is None:
            reference = self.expanded_text(stage.from_.image.raw, stage.from_)
            base = self._bases[stage.index] = BaseImage(reference or None)
        return base

    @cached_property
    def scopes(self) -> Scopes:
        """The variables at each instruction."""
        return Scopes(
            self.dockerfile,
            self._base_environment,
            given=self._arguments,
            # What is known of an image is never all that it sets.
            bases_are_complete=False,
        )

    @cached_property
    def names(self) -> frozenset[str]:
        """The names of all variables that an ENV or ARG sets."""
        return frozenset(
            [
                *(pair.name.value for env in self.dockerfile.of(Env) for pair in env.pairs),
                *(item.name.value for arg in self.dockerfile.of(Arg) for item in arg.declared),
            ]
        )

    @cached_property
    def _globals(self) -> Mapping[str, Value]:
        from boxwright.syntax.dockerfile.scopes import global_environment

        return global_environment(self.dockerfile.instructions, self._arguments)

    def _base_environment(self, stage: Stage) -> Mapping[str, str] | None:
        base = self._base(stage)
        if base.is_scratch:
            return {}
        facts = base.facts
        return facts.environment if facts is not None and facts.environment else None

    def expanded(self, word: Word, instruction: Instruction) -> str | None:
        """Return *word* with the variables that *instruction* sees."""
        return self.expanded_text(word.raw, instruction)

    def expanded_text(self, raw: str, instruction: Instruction) -> str | None:
        """Return *raw* with the variables that *instruction* sees, None if one is not known."""
        from boxwright.syntax.dockerfile.scopes import resolve

        if "$" not in raw and "'" not in raw and '"' not in raw and instruction.escape not in raw:
            return raw
        if instruction.keyword == "FROM" or instruction.stage is None:
            return resolve(raw, self._globals, instruction.escape).value
        return self.scopes.expand(raw, instruction).value

    @cached_property
    def final(self) -> StageFacts | None:
        """The stage whose image comes out: the target, or else the last."""
        if not self.stages:
            return None
        named = self.stage_named(self._target) if self._target else None
        return named if named is not None else self.stages[-1]

    @cached_property
    def shipped(self) -> frozenset[int]:
        """The numbers of the stages whose layers are in the final image."""
        return frozenset(stage.index for stage in self.final.chain) if self.final else frozenset()

    @cached_property
    def reachable(self) -> frozenset[int]:
        """The numbers of the stages that the final image needs."""
        found: set[int] = set()
        waiting = [self.final] if self.final else []
        while waiting:
            stage = waiting.pop()
            if stage.index not in found:
                found.add(stage.index)
                waiting.extend(stage.needs)
        return frozenset(found)

    def stage_named(self, name: str) -> StageFacts | None:
        """Return the stage that `--from` or a target calls *name*."""
        found = self.dockerfile.stage(name)
        return self.stages[found.index] if found is not None else None


def _user_fact(text: str | None, instruction: User | None) -> UserFact:
    if not text:
        return UserFact("", None, instruction=instruction)
    name, _, group = text.strip().partition(":")
    # `USER :group` leaves the user root.
    is_root = name in {"", "root"} or (name.isdecimal() and int(name[:20]) == 0)
    return UserFact(name or "root", is_root, group, instruction)


def _hands_over(entrypoint: Entrypoint) -> bool:
    """Tell whether *entrypoint* is likely a script that ends in `exec "$@"`, or an init."""
    words = entrypoint.exec or ()
    if not words:
        return True
    name = posixpath.basename(words[0].value)
    if name in _SHELLS and len(words) > 1:
        name = posixpath.basename(words[1].value)
    return name.endswith((".sh", ".bash")) or "entrypoint" in name or name in _INITS


_INITS = frozenset({"tini", "dumb-init", "catatonit", "s6-svscan", "init", "nvidia_entrypoint.sh"})


def _is_shell_line(first: str) -> bool:
    """Tell whether the first line of a file gives it to a shell."""
    names = {posixpath.basename(word) for word in first[2:].split()[:3]}
    return first.startswith("#!") and not names.isdisjoint(_SHELLS)


def _ports(text: str) -> range | tuple[int, ...]:
    numbers, _, protocol = text.partition("/")
    if protocol.lower() not in {"", "tcp"}:
        return ()
    first, dash, last = numbers.partition("-")
    if not all(
        part.isascii() and part.isdecimal() and len(part) < 6 for part in (first, last or first)
    ):
        return ()
    if not dash:
        return (int(first),)
    return range(int(first), min(int(last or first), int(first) + _MOST_PORTS) + 1)


def _brings_program(stage: StageFacts, copied: Copied, name: str) -> bool | None:
    """Tell whether *copied* has *name* where programs are looked for; None if it may."""
    copy, destination = copied.instruction, copied.destination
    if destination in {f"{folder}/{name}" for folder in _PROGRAM_FOLDERS}:
        return True
    if destination not in _PROGRAM_FOLDERS and copy.from_ is None:
        return False
    sources = [stage.expanded(word.raw, copy) for word in copy.sources]
    if destination in _PROGRAM_FOLDERS:
        for source in sources:
            if source is None or "*" in source or posixpath.basename(source) in {"", "bin", "sbin"}:
                return None
            if posixpath.basename(source) == name:
                return True
        return False
    # A whole tree: what Debian installs is in `/usr/bin`, so `/usr/local` does not bring it.
    for source in sources:
        parts = (source or "/").strip("/").split("/")
        if parts[-1] in {"", "usr", "bin", "sbin"} or not _CONDA.isdisjoint(parts):
            return None
        if name.startswith(("python", "pip")) and parts[-1] in {"local", "venv", ".venv"}:
            return None
    return False


_CONDA = frozenset({"conda", "miniconda3", "miniforge3", "mambaforge", "envs"})
