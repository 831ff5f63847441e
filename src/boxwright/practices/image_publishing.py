"""What workflows and pipelines do with images: build, test, scan and push them."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple

from boxwright.practices.workflow_file import Job, Step, Workflow
from boxwright.syntax.yaml.node import Scalar, as_list, as_mapping, as_text
from boxwright.text.source import Span

if TYPE_CHECKING:
    from boxwright.syntax.shell.command import Command, ShellWord


class Push(NamedTuple):
    """A push of images to a registry."""

    step: Step
    references: tuple[tuple[str, Span], ...]
    """As they are written, expressions and variables included; empty where they are not known."""
    span: Span
    """Where it is said that something is pushed."""


class BuildArgument(NamedTuple):
    """A build argument that a workflow gives to a build."""

    name: str
    value: str
    """As it is written; empty where the environment has it."""
    span: Span


ENGINES = frozenset({"docker", "podman", "buildah", "nerdctl"})
_BUILD_ACTIONS = ("docker/build-push-action", "redhat-actions/buildah-build")
_NO_PUSH = frozenset({"", "false"})
_SCANNERS = frozenset(
    {
        "trivy", "grype", "snyk", "clairctl", "clair-scanner", "osv-scanner", "twistcli", "wizcli",
        "boxwright", "anchore-cli", "grypectl", "sysdig-cli-scanner", "dockerscan",
    }
)  # fmt: skip
_SCANNING = ("scan", "trivy", "grype", "snyk", "scout", "anchore", "clair", "vulnerab", "wiz-")
_TESTERS = frozenset(
    {
        "pytest", "py.test", "tox", "nox", "unittest", "ctest", "bats", "behave", "robot", "goss",
        "dgoss", "container-structure-test", "jest", "vitest", "phpunit", "rspec", "newman", "k6",
        "locust", "nose2", "ginkgo", "gotestsum",
    }
)  # fmt: skip
_TASKS = frozenset(
    {
        "make", "just", "npm", "yarn", "pnpm", "go", "cargo", "task", "hatch", "mvn", "gradle",
        "gradlew", "bundle", "uv", "pdm", "poetry", "helm", "bazel", "rye", "pixi", "inv", "invoke",
        "ct", "dagger", "earthly",
    }
)  # fmt: skip
_TESTING = ("test", "check", "e2e", "smoke", "integration", "verify")


def pushes(workflow: Workflow) -> tuple[Push, ...]:
    """Return the pushes of *workflow*, in order."""
    return tuple(push for step in workflow.steps for push in _pushes(step))


def build_arguments(step: Step) -> tuple[BuildArgument, ...]:
    """Return the build arguments that *step* gives."""
    return tuple(_arguments_of_action(step)) + tuple(
        argument for command in step.commands for argument in _arguments_of_command(step, command)
    )


def has_scan(workflow: Workflow) -> bool | None:
    """Tell whether *workflow* scans something for vulnerabilities; None if others do parts of it."""
    root = workflow.root
    included = as_list(root.get("include")) if root is not None else ()
    if workflow.kind == "gitlab" and root is not None and root.get("include") is not None:
        texts = [root.get("include"), *included]
        raws = [node.raw.lower() for node in texts if node is not None]
        return True if any("container-scanning" in raw for raw in raws) else None
    if any(_is_named(job, _SCANNING) for job in workflow.jobs):
        return True
    for step in workflow.steps:
        if _is_named(step, _SCANNING) or any(map(_is_scan, step.commands)):
            return True
    return None if any(job.get("uses") is not None for job in workflow.jobs) else False


def has_tests(workflow: Workflow) -> bool | None:
    """Tell whether *workflow* tests something; None if others do parts of it."""
    if any(_is_named(job, _TESTING) for job in workflow.jobs):
        return True
    for step in workflow.steps:
        if _is_named(step, _TESTING) or any(map(_is_test, step.commands)):
            return True
    root = workflow.root
    if root is None or any(job.get("uses") is not None for job in workflow.jobs):
        return None
    triggers = root.get("on")
    called = {as_text(triggers), *map(as_text, as_list(triggers))}
    called.update(mapping.keys() if (mapping := as_mapping(triggers)) is not None else ())
    # What was tested before it ran is in another file.
    if called & {"workflow_run", "workflow_call"} or root.get("include") is not None:
        return None
    return False


def _is_named(item: Job | Step, words: tuple[str, ...]) -> bool:
    """Tell whether the name of *item*, or what it uses, has one of *words* in it."""
    names = [item.name, as_text(item.get("name")) or "", as_text(item.get("uses")) or ""]
    if isinstance(item, Job):
        names.append(as_text(item.get("stage")) or "")
    else:
        # `actions/checkout` is about no check.
        names = [name for name in names if not name.startswith("actions/checkout")]
    return any(word in name.lower() for name in names for word in words)


def _is_scan(command: Command) -> bool:
    words = [word.value for word in command.arguments]
    if command.program == "trivy":
        return "config" not in words[:1]
    if command.program in _SCANNERS:
        return command.program != "boxwright" or "scan" in words[:1]
    is_engine = command.program in ENGINES or command.program in {"gcloud", "aws", "jf", "az"}
    return is_engine and any("scan" in word or word == "scout" for word in words)


def _is_test(command: Command) -> bool:
    words = [word.value for word in command.arguments]
    names = {word.rpartition("/")[2] for word in (command.program, *words)}
    if names & _TESTERS or "test" in command.program.lower():
        return True
    if command.program == "boxwright":
        return words[:1] == ["run"] and "--smoke" in words
    if command.program in _TASKS:
        return any(part in word.lower() for word in words for part in _TESTING)
    if command.program in ENGINES:
        operands = [word for word in words if not word.startswith("-")]
        if operands[:1] == ["run"] or ("compose" in operands[:1] and {"up", "run"} & set(operands)):
            return True
        return any(word in {"test", "tests"} for word in _values(command, "--target"))
    is_script = command.program in {"bash", "sh", "python", "python3"}
    return is_script and any("test" in word.lower() for word in words[:1])


def _pushes(step: Step) -> Iterator[Push]:
    action = step.action
    inputs = step.inputs
    if action is not None and inputs is not None:
        is_told = (as_text(inputs.get("push")) or "").lower() not in _NO_PUSH
        outputs = as_text(inputs.get("outputs")) or ""
        if action.name in _BUILD_ACTIONS and (
            is_told or "type=registry" in outputs or "push=true" in outputs
        ):
            yield Push(step, tuple(_lines(inputs.get("tags"))), action.node.span)
        elif action.name == "docker/bake-action" and is_told:
            yield Push(step, (), action.node.span)
        return
    for command in step.commands:
        found = _push(command)
        if found is not None:
            source = step.job.workflow.source.text
            references = tuple((_raw(source, word.span), word.span) for word in found)
            yield Push(step, references, command.span)


def _push(command: Command) -> tuple[ShellWord, ...] | None:
    """Return what *command* pushes; None where it pushes nothing."""
    words = command.arguments
    operands = [word for word in words if not word.value.startswith("-")]
    names = [word.value for word in operands]
    if command.program in ENGINES:
        if names[:1] == ["image"]:
            operands, names = operands[1:], names[1:]
        if names[:1] == ["push"]:
            return tuple(operands[1:2])
        if names[:2] in (["compose", "push"], ["buildx", "bake"], ["manifest", "push"]):
            is_push = "push" in names or any(word.value == "--push" for word in words)
            return () if is_push else None
        if any(word.value in {"--push", "--push=true"} for word in words):
            return tuple(_tag_words(command))
    if command.program == "boxwright" and names[:1] == ["push"]:
        # It names them by their commits.
        return ()
    if command.program == "executor" or command.program.startswith("kaniko"):
        return tuple(_option_words(command, "--destination", "-d"))
    return None


def _tag_words(command: Command) -> Iterator[ShellWord]:
    yield from _option_words(command, "--tag", "-t")


def _option_words(command: Command, *names: str) -> Iterator[ShellWord]:
    """Return the words that are, or hold, the values of the options *names*."""
    words = command.arguments
    for word, behind in pairwise(words):
        if word.value in names:
            yield behind
    for word in words:
        name, sign, value = word.value.partition("=")
        if sign and name in names:
            start = word.span.end - len(value) if word.raw.endswith(value) else word.span.start
            yield word._replace(value=value, raw=value, span=Span(start, word.span.end))


def _values(command: Command, *names: str) -> list[str]:
    return [word.value for word in _option_words(command, *names)]


def _raw(source: str, span: Span) -> str:
    return source[span.start : span.end].strip("\"'")


def _lines(node: object) -> Iterator[tuple[str, Span]]:
    """Return what a scalar lists in lines or between commas, and where."""
    if not isinstance(node, Scalar):
        return
    at = 0
    for line in node.text.splitlines(keepends=True):
        start = at
        for part in line.split(","):
            text = part.strip()
            if text and not text.startswith("#"):
                first = start + part.index(text)
                yield text, node.span_of(first, first + len(text))
            start += len(part) + 1
        at += len(line)


def _arguments_of_action(step: Step) -> Iterator[BuildArgument]:
    if step.action is None or step.inputs is None or step.action.name not in _BUILD_ACTIONS:
        return
    for text, span in _lines(step.inputs.get("build-args")):
        name, _, value = text.partition("=")
        yield BuildArgument(name.strip(), value.strip(), span)


def _arguments_of_command(step: Step, command: Command) -> Iterator[BuildArgument]:
    is_kaniko = command.program == "executor" or command.program.startswith("kaniko")
    if command.program not in ENGINES and not is_kaniko:
        return
    source = step.job.workflow.source.text
    for word in _option_words(command, "--build-arg"):
        name, _, value = _raw(source, word.span).partition("=")
        yield BuildArgument(name, value.strip("\"'"), word.span)
