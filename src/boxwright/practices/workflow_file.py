"""What a rule looks at: a workflow of GitHub Actions, or a pipeline of GitLab."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from functools import cache, cached_property
from typing import TYPE_CHECKING

from boxwright.syntax.yaml.node import Mapping as MappingNode
from boxwright.syntax.yaml.node import (
    Node,
    Pair,
    Scalar,
    Sequence,
    as_list,
    as_mapping,
    as_text,
)
from boxwright.syntax.yaml.tree import YamlFile, parse_yaml
from boxwright.text.joined import Joined
from boxwright.text.record import NamedTuple
from boxwright.text.source import Source, Span

if TYPE_CHECKING:
    from boxwright.syntax.shell.command import Command

_NO_JOBS = frozenset(
    {
        "after_script", "before_script", "cache", "default", "image", "include", "services", "spec",
        "stages", "types", "variables", "workflow",
    }
)  # fmt: skip
"""Keys of a GitLab pipeline that are no jobs."""
_MAXIMUM_EXTENDED = 20


class Action(NamedTuple):
    """What a step uses: `owner/repository/path@ref`, a local path, or `docker://…`."""

    name: str
    """All before the `@`, in lower case."""
    ref: str
    """Empty where none is given."""
    node: Scalar

    @property
    def is_pinned(self) -> bool:
        """Whether nobody can move it: a commit, an image by its digest, or a local path."""
        return (
            self.name.startswith("./")
            or "@sha256:" in self.node.text
            or bool(_commit_pattern().fullmatch(self.ref))
        )


class Step:
    """A step of a GitHub job, or a list of script lines of a GitLab job."""

    def __init__(self, job: Job, node: Node, scripts: tuple[Scalar, ...], key: str) -> None:
        self.job = job
        self.node = node
        self.scripts = scripts
        """What a shell is given."""
        self.key = key
        """`run`, `uses`, or `script`, `before_script`, `after_script`."""

    def get(self, *path: str | int) -> Node | None:
        """Return what lies at *path* of a GitHub step."""
        return self.node.get(*path) if isinstance(self.node, MappingNode) else None

    @property
    def name(self) -> str:
        """The name that it is shown by; empty without one."""
        return as_text(self.get("name")) or ""

    @cached_property
    def action(self) -> Action | None:
        """What it uses."""
        return _action(self.get("uses"))

    @property
    def inputs(self) -> MappingNode | None:
        """What the action is given: `with`."""
        return as_mapping(self.get("with"))

    @cached_property
    def commands(self) -> tuple[Command, ...]:
        """What its scripts run, where a POSIX shell is given them."""
        shell = as_text(self.get("shell")) or self.job.shell
        if shell.split(" ", 1)[0] not in {"", "bash", "sh"}:
            return ()
        from boxwright.syntax.shell.parse import parse_script

        return tuple(
            command for node in self.scripts for command in parse_script(_script(node)).commands
        )


class Job:
    """A job of a workflow or pipeline."""

    def __init__(self, workflow: Workflow, key: Scalar, node: MappingNode) -> None:
        self.workflow = workflow
        self.key = key
        self.node = node
        self.name = key.text

    @property
    def span(self) -> Span:
        """Where its name stands."""
        return self.key.span

    def get(self, *path: str | int) -> Node | None:
        """Return what lies at *path*: in GitLab also of the jobs that it extends."""
        return next((found for node in self.layers if (found := node.get(*path)) is not None), None)

    @cached_property
    def layers(self) -> tuple[MappingNode, ...]:
        """What it is made of, nearest first."""
        result: list[MappingNode] = []
        waiting = [self.node]
        while waiting and len(result) < _MAXIMUM_EXTENDED:
            node = waiting.pop()
            if node in result:
                continue
            result.append(node)
            extends = node.get("extends") if self.workflow.kind == "gitlab" else None
            root = self.workflow.root
            # Of several, the last counts most.
            for name in as_list(extends) or (extends,):
                extended = as_mapping(root.get(as_text(name) or "")) if root else None
                if extended is not None:
                    waiting.append(extended)
        return tuple(result)

    @property
    def action(self) -> Action | None:
        """The workflow that it calls instead of having steps."""
        return _action(self.get("uses")) if self.workflow.kind == "github" else None

    @property
    def shell(self) -> str:
        """The shell of its steps, where they do not say; empty for that of the runner."""
        for node in (self.node, self.workflow.root):
            text = as_text(node.get("defaults", "run", "shell")) if node is not None else None
            if text is not None:
                return text
        runner = as_text(self.node.get("runs-on")) or ""
        return "pwsh" if runner.startswith("windows") else ""

    @cached_property
    def steps(self) -> tuple[Step, ...]:
        """Its steps, in the order in which they run."""
        return tuple(self._steps())

    def _steps(self) -> Iterator[Step]:
        if self.workflow.kind == "github":
            for item in as_list(self.get("steps")):
                run = item.get("run") if isinstance(item, MappingNode) else None
                scripts = tuple(_scalars(run))
                yield Step(self, item, scripts, "run" if scripts else "uses")
            return
        root = self.workflow.root
        for key in ("before_script", "script", "after_script"):
            node = self.get(key)
            if node is None and key != "script" and root is not None:
                node = root.get("default", key) or root.get(key)
            lines = tuple(_scalars(node))
            if node is not None and lines:
                yield Step(self, node, lines, key)


class Workflow:
    """A workflow of GitHub Actions, or a pipeline of GitLab."""

    def __init__(
        self,
        path: str,
        source: Source,
        file: YamlFile,
        *,
        kind: str,
        others: Callable[[], tuple[Workflow, ...]] = tuple,
        options: Mapping[str, object] | None = None,
    ) -> None:
        self.path = path
        """The file's path, as findings name it."""
        self.source = source
        self.file = file
        self.kind = kind
        """`github` or `gitlab`."""
        self._others = others
        self.options: Mapping[str, object] = options or {}
        """The settings of the rule that is running; whoever runs rules sets them for each."""

    @classmethod
    def of(cls, path: str, source: Source, *, kind: str) -> Workflow:
        """Return the workflow *source*."""
        return cls(path, source, parse_yaml(source), kind=kind)

    @cached_property
    def others(self) -> tuple[Workflow, ...]:
        """The other workflows of the run, of the same kind."""
        return self._others()

    @property
    def root(self) -> MappingNode | None:
        """The whole file as a mapping."""
        # A pipeline of GitLab may have a document that describes its inputs before it.
        roots = [as_mapping(document.root) for document in self.file.documents]
        found = [root for root in roots if root is not None and root.pair("spec") is None]
        return found[0] if found else next((root for root in roots if root is not None), None)

    @cached_property
    def jobs(self) -> tuple[Job, ...]:
        """The jobs, in the order of the file; those of GitLab that are hidden are none."""
        return tuple(
            Job(self, pair.key, pair.value)
            for pair in self._job_pairs()
            if isinstance(pair.value, MappingNode)
        )

    def _job_pairs(self) -> Iterator[Pair]:
        root = self.root
        if root is None:
            return
        if self.kind == "github":
            jobs = as_mapping(root.get("jobs"))
            yield from jobs.effective().values() if jobs is not None else ()
            return
        for key, pair in root.effective().items():
            if key not in _NO_JOBS and not key.startswith("."):
                yield pair

    @cached_property
    def steps(self) -> tuple[Step, ...]:
        """The steps of all jobs."""
        return tuple(step for job in self.jobs for step in job.steps)

    def steps_using(self, *names: str) -> tuple[Step, ...]:
        """Return the steps that use one of the actions *names*: `docker/build-push-action`."""
        return tuple(
            step for step in self.steps if step.action is not None and step.action.name in names
        )

    @cached_property
    def commands(self) -> tuple[tuple[Step, Command], ...]:
        """The commands of all scripts."""
        return tuple((step, command) for step in self.steps for command in step.commands)

    def commands_of(self, *programs: str) -> tuple[tuple[Step, Command], ...]:
        """Return the commands that run one of *programs*."""
        return tuple(item for item in self.commands if item[1].program in programs)


def _action(node: Node | None) -> Action | None:
    text = as_text(node)
    if text is None or not isinstance(node, Scalar):
        return None
    name, _, ref = text.partition("@")
    return Action(name.lower(), ref, node)


def _scalars(node: Node | None) -> Iterator[Scalar]:
    """Return the lines of a script: a string, or a list of strings and lists."""
    waiting = [] if node is None else [node]
    seen = set()
    while waiting:
        node = waiting.pop()
        if isinstance(node, Scalar) and not node.is_null:
            yield node
        elif isinstance(node, Sequence) and id(node) not in seen:
            seen.add(id(node))
            waiting += reversed(node.items)


def _script(node: Scalar) -> Joined:
    """Return the script *node*, in which an expression of GitHub stands as a variable."""
    joined = node.joined()
    if "${{" not in joined.text:
        return joined
    pieces: list[tuple[str, int]] = []
    at = 0
    for found in _expression_pattern().finditer(joined.text):
        start, end = found.span()
        pieces += joined.slice(at, start).pieces()
        pieces.append(("$" + "_" * (end - start - 1), joined.offset(start)))
        at = end
    return Joined.of([*pieces, *joined.slice(at, len(joined)).pieces()], joined.offset(0))


@cache
def _expression_pattern() -> re.Pattern[str]:
    return re.compile(r"\$\{\{[^}]*\}\}")


@cache
def _commit_pattern() -> re.Pattern[str]:
    return re.compile(r"[0-9a-f]{40}(?:[0-9a-f]{24})?")
