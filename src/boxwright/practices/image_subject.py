"""An image as rules look at it: what it holds, and where in its recovered Dockerfile that stands."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from typing import TYPE_CHECKING

from boxwright.scan.recovered import recover
from boxwright.text.source import Span

if TYPE_CHECKING:
    from datetime import date

    from boxwright.oci.config import ImageConfig
    from boxwright.practices.programs.servers import ServerCommand
    from boxwright.scan.contents import Contents
    from boxwright.scan.gpu import GpuFacts
    from boxwright.scan.packages.package import Package
    from boxwright.scan.recovered import Recovered
    from boxwright.scan.vulnerability import Match
    from boxwright.syntax.shell.command import Command
    from boxwright.text.source import Source

IGNORE_LABEL = "boxwright.ignore"
"""The label whose value silences rules: `rule-name, other-rule because REASON`."""

_SHELLS = frozenset({"ash", "bash", "dash", "sh", "zsh"})
_INITS = frozenset({"catatonit", "dumb-init", "init", "tini"})
_MOST_WORDS = 1000
_MOST_LETTERS = 20_000
"""Of a command; more than that is no command but something to make us slow."""
_MOST_PORTS = 100
_LONGEST = 200
"""Letters of a text that a message shows; paths of layers have any length."""


class ImageSubject:
    """
    An image and what is known around it.

    *matches* are the vulnerabilities of its packages; None where nobody looked for them.
    """

    def __init__(
        self,
        contents: Contents,
        *,
        today: date,
        matches: Sequence[Match] | None = None,
        options: Mapping[str, object] | None = None,
    ) -> None:
        self.contents = contents
        self.today = today
        """The day on which an end of life, an age or an exception is judged."""
        self.matches = None if matches is None else tuple(matches)
        self.options: Mapping[str, object] = options or {}
        """The settings of the rule that is running; whoever runs rules sets them for each."""

    @property
    def config(self) -> ImageConfig:
        """How a container of it is started."""
        return self.contents.inspected.config

    @cached_property
    def recovered(self) -> Recovered:
        """The Dockerfile that its history tells of."""
        from boxwright.practices.redaction import Redaction

        config = self.config
        redaction = Redaction(
            self.contents.leaks, env=config.env, labels=tuple(config.labels.items())
        )
        return recover(self.contents.inspected, redaction.text)

    @property
    def source(self) -> Source:
        """What findings point into."""
        return self.recovered.source

    @property
    def whole(self) -> Span:
        """The line for what is missing, or is about the image as a whole."""
        return self.recovered.end

    def layer_span(self, layer: int | None) -> Span:
        """Return the line of the instruction that made *layer*; `whole` for None."""
        return self.whole if layer is None else self.recovered.layers[layer]

    def step_span(self, step: int | None) -> Span:
        """Return the line of the entry *step* of the history; `whole` for None."""
        return self.whole if step is None else self.recovered.steps[step]

    def setting_span(self, *keys: str) -> Span:
        """Return the line of the first of *keys* that is set: `USER`, `ENV PATH`, `LABEL version`."""
        for key in keys:
            if key in self.recovered.settings:
                return self.recovered.settings[key]
        return self.whole

    def package_span(self, package: Package) -> Span:
        """Return the line of the layer that brought *package* in."""
        return self.layer_span(self.contents.layer_of(package))

    @property
    def allowed_paths(self) -> Sequence[object]:
        """The paths that the setting `allow` of the running rule names."""
        allowed = self.options.get("allow", ())
        return allowed if isinstance(allowed, list | tuple) else (allowed,)

    @property
    def annotations(self) -> Mapping[str, str]:
        """The annotations of the manifest."""
        from boxwright.oci.document import parse_document
        from boxwright.oci.manifest import Manifest

        content = self.contents.inspected.image.manifest.content
        return Manifest.from_dict(parse_document(content, "the manifest")).annotations

    @cached_property
    def environment(self) -> Mapping[str, str]:
        """The variables that a container of it has; the last of several counts."""
        return dict(self.config.env)

    @cached_property
    def user_id(self) -> int | None:
        """The number of the user that it runs as; None where the image does not tell."""
        user = self.config.user.partition(":")[0]
        if not user or user == "root":
            return 0
        # Docker takes a number for a number, even where a name looks like it (runc, `user.GetExecUser`).
        number = _number(user)
        return number if number is not None else _field(self._accounts.get(user, ()), 2)

    @cached_property
    def group_id(self) -> int | None:
        """The number of the group that it runs as; None where the image does not tell."""
        group = self.config.user.partition(":")[2]
        if group:
            number = _number(group)
            return number if number is not None else _field(self._entries("etc/group", group), 2)
        if self.user_id == 0:
            return 0
        return _field(self.account, 3)

    @cached_property
    def account(self) -> Sequence[str]:
        """The fields of the line in `etc/passwd` that is about its user; none where there is none."""
        user = self.config.user.partition(":")[0] or "root"
        if user in self._accounts:
            return self._accounts[user]
        number = _number(user)
        if number is None:
            return ()
        every = self._accounts.values()
        return next((fields for fields in every if _field(fields, 2) == number), ())

    @property
    def knows_accounts(self) -> bool:
        """Whether `etc/passwd` was read, or there is none."""
        contents = self.contents
        return "etc/passwd" in contents.documents or (
            "etc/passwd" not in contents.files
            and all(layer.index is not None for layer in contents.inspected.layers)
        )

    @cached_property
    def command(self) -> tuple[str, ...]:
        """What is started, word by word."""
        return (*self.config.entrypoint, *self.config.cmd)

    @cached_property
    def commands(self) -> tuple[Command, ...]:
        """
        What is started, as commands: of `sh -c` also those of its text.

        An entry point that is a script is taken for one that executes the words of CMD.
        """
        from boxwright.syntax.shell.parse import command_of_words
        from boxwright.text.joined import Word

        words = self.config.cmd if self.config.cmd and self._hands_over else self.command
        if len(words) > _MOST_WORDS or sum(map(len, words)) > _MOST_LETTERS:
            return ()
        return command_of_words([Word(word, word, Span(0, 0)) for word in words])

    @cached_property
    def start(self) -> Command | None:
        """The command that stays: of `alembic upgrade head && exec uvicorn …` the last."""
        found = [
            command
            for command in self.commands
            if command.program and not command.in_substitution and not command.in_function
        ]
        return found[-1] if found else None

    @cached_property
    def server(self) -> ServerCommand | None:
        """What is started, if it is known: a server, a worker, a training run, a notebook."""
        from boxwright.practices.programs.servers import server_command

        return server_command(self.start) if self.start is not None else None

    @cached_property
    def kind(self) -> str:
        """
        What it is for: `service`, `worker`, `training`, `notebook`, `batch`, `base` or `unknown`.

        `base` is what is there to build on: it starts a shell, a bare interpreter or nothing.
        """
        from boxwright.practices.kind import kind_of

        names = [word.rpartition("/")[2] for word in self.command]
        if all(
            name in _SHELLS or name in _INITS or name in ("--", "-i", "-l") or is_python(name)
            for name in names
        ):
            return "base"
        kind = kind_of(
            server=self.server,
            command=self.start,
            starts_itself=True,
            facts=None,
            has=self._distributions.__contains__,
            ports=self.ports,
        )
        return kind.name

    @property
    def is_base(self) -> bool:
        """Whether it is something to build on."""
        return self.kind == "base"

    @property
    def is_service(self) -> bool:
        """Whether it serves requests: it has a port, or starts a known server."""
        return self.kind == "service"

    @cached_property
    def ports(self) -> tuple[int, ...]:
        """The TCP ports that it says it listens on."""
        found: dict[int, None] = {}
        for port in self.config.exposed_ports[:_MOST_PORTS]:
            text, _, protocol = port.partition("/")
            number = _number(text.partition("-")[0])
            if number is not None and protocol.lower() in ("", "tcp"):
                found[number] = None
        return tuple(found)

    @cached_property
    def gives_root_up(self) -> str:
        """The program that its entry point may give root up with, `gosu` for one; else empty."""
        if not self._hands_over and not self._is_script:
            return ""
        for command in self.commands:
            for name in (command.program, *command.wrappers):
                if name in STEPPERS:
                    return name
        for folder in ("usr/local/bin", "usr/bin", "usr/local/sbin", "usr/sbin", "sbin", "bin"):
            for name in STEPPERS[:3]:
                if f"{folder}/{name}" in self.contents.files:
                    return name
        return ""

    @property
    def gpu(self) -> GpuFacts:
        """What it has for GPUs."""
        return self.contents.gpu

    def has_distribution(self, name: str) -> bool:
        """Tell whether the Python distribution *name* is installed in it."""
        return name in self._distributions

    @cached_property
    def rewritten(self) -> frozenset[tuple[int, str]]:
        """What layers have that later ones have again with another owner, mode or time."""
        return frozenset(
            (gone.layer, gone.member.path) for gone in self.contents.gone if gone.how == "rewritten"
        )

    @property
    def _is_script(self) -> bool:
        first = self.command[0] if self.command else ""
        return first.endswith((".sh", ".bash")) or "entrypoint" in first.rpartition("/")[2]

    @property
    def _hands_over(self) -> bool:
        """Whether the entry point is likely a script that ends in `exec "$@"`, or an init."""
        words = self.config.entrypoint
        if not words:
            return True
        names = [word.rpartition("/")[2] for word in words[:2]]
        name = names[1] if names[0] in _SHELLS and len(names) > 1 else names[0]
        return name.endswith((".sh", ".bash")) or "entrypoint" in name or name in _INITS

    @cached_property
    def _distributions(self) -> frozenset[str]:
        return frozenset(
            package.name
            for package in self.contents.inventory.packages
            if package.type == "pypi" and not package.vendored_in
        )

    @cached_property
    def _accounts(self) -> Mapping[str, Sequence[str]]:
        found: dict[str, Sequence[str]] = {}
        for fields in accounts(self.contents.documents.get("etc/passwd", b"")):
            found.setdefault(fields[0], fields)
        return found

    def _entries(self, path: str, name: str) -> Sequence[str]:
        every = accounts(self.contents.documents.get(path, b""))
        return next((fields for fields in every if fields[0] == name), ())


STEPPERS = ("gosu", "su-exec", "s6-setuidgid", "setpriv", "runuser", "chroot", "su")
"""Programs that start another one as somebody else; the first three are there for nothing else."""


def is_python(name: str) -> bool:
    """
    Tell whether the program *name* is an interpreter of Python.

    >>> is_python("python3.13"), is_python("python-app")
    (True, False)
    """
    return name.startswith("python") and not name[6:].strip("0123456789.")


def accounts(document: bytes) -> Iterator[Sequence[str]]:
    """Yield the fields of each line of *document*: `etc/passwd`, `etc/group` or `etc/shadow`."""
    for line in document.decode("utf-8", "replace").splitlines():
        fields = line.split(":")
        if fields[0].strip() and not line.startswith("#"):
            yield fields


def _field(fields: Sequence[str], at: int) -> int | None:
    return _number(fields[at]) if at < len(fields) else None


def _number(text: str) -> int | None:
    """Return the number that *text* is; None for what is none, or is too large for one of ours."""
    return int(text) if text.isascii() and text.isdecimal() and len(text) <= 10 else None


def named(paths: Sequence[str], most: int = 3) -> str:
    """
    Return *paths* for a message, as a container has them.

    >>> named(["usr/bin/su", "usr/bin/sudo", "usr/bin/passwd", "usr/bin/mount"])
    '`/usr/bin/su`, `/usr/bin/sudo`, `/usr/bin/passwd` and 1 more'
    """
    shown = [f"`/{printable(path)}`" for path in paths[:most]]
    more = len(paths) - len(shown)
    if more:
        return f"{', '.join(shown)} and {more} more"
    return " and ".join([", ".join(shown[:-1]), shown[-1]] if len(shown) > 1 else shown)


def printable(text: str) -> str:
    """Return *text*, which an image made up, so that a message can hold it: cut where it is long."""
    if len(text) > _LONGEST:
        text = f"{text[: _LONGEST // 2]}…{text[-_LONGEST // 2 :]}"
    return "".join(
        each if each.isprintable() and each != "`" else "\N{REPLACEMENT CHARACTER}" for each in text
    )


def clause(text: str) -> str:
    """Return *text*, in which names that an image made up may stand, so that it can be a message."""
    if len(text) > 5 * _LONGEST:
        text = f"{text[: 2 * _LONGEST]}…{text[-2 * _LONGEST :]}"
    shown = "".join(each if each.isprintable() else "\N{REPLACEMENT CHARACTER}" for each in text)
    shown = shown.rstrip(".!: ") or "something is wrong with it"
    return shown if shown.count("`") % 2 == 0 else shown.replace("`", "'")
