"""Images in files → digests: what each place becomes, given how digests are looked up."""

from __future__ import annotations

import posixpath
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from boxwright.errors import StoreError
from boxwright.oci.reference import parse_reference
from boxwright.practices.discovery import Kind
from boxwright.ship.mentions import (
    Left,
    Mention,
    Mentions,
    Name,
    Replacement,
    mentions_of,
)
from boxwright.text.edit import Edit, apply_edits
from boxwright.text.record import NamedTuple
from boxwright.text.source import Position, Source

Resolve = Callable[[Collection[str]], tuple[Mapping[str, str], Mapping[str, StoreError]]]
"""Gives the digests of images by their names, and why others have none (`find_digests`)."""

_DOCKER_HUB = "docker.io"
_OWN = "is what its service is built as, and a build refuses a name with a digest"


class Status(StrEnum):
    """What becomes of a place that names an image."""

    PINNED = "pinned"
    """It gets a digest, or another one."""
    KEPT = "kept"
    """It has the digest that it should have."""
    OPEN = "open"
    """It has no digest; nobody was asked for one."""
    LEFT = "left"
    """It stays without one, for a reason that is no failure."""
    FAILED = "failed"
    """It should have one, but there is none to be had."""


class PinFile(NamedTuple):
    """A file whose images are to be pinned."""

    path: str
    kind: Kind
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What becomes of one place."""

    status: Status
    position: Position
    before: str
    """The image as it is written."""
    after: str = ""
    """As it will be written; empty where it stays."""
    reason: str = ""
    """Why it is left, or failed: a clause."""
    hint: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class PinnedFile:
    """A file, and what becomes of it."""

    path: str
    before: str
    after: str
    outcomes: tuple[Outcome, ...]


class Choice(NamedTuple):
    """An image that is to be another one everywhere, without or with a look at its tag."""

    name: tuple[str, str]
    """Its registry and repository, with what is left out filled in."""
    shown: str
    """The same as it was asked for."""
    new: Name
    """The *repository* is empty where it stays as files have it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pins:
    """What becomes of all files."""

    files: tuple[PinnedFile, ...]
    unused: tuple[str, ...] = ()
    """The images that were asked for and are set nowhere."""


def parse_choice(text: str) -> Choice:
    """
    Return what `NAME=DIGEST`, `NAME@DIGEST`, `NAME:TAG` or `NAME=REFERENCE` asks for.

    StoreError says what is wrong with it.

    >>> parse_choice("ghcr.io/team/api:1.4").new
    Name(repository='', tag='1.4', digest='')
    """
    left, equals, right = text.partition("=")
    is_digest = right.startswith("sha256:")
    parse_reference(f"{left}@{right}" if is_digest else left)
    if equals and not is_digest:
        parse_reference(right)
    old = Name.of(left)
    if is_digest:
        new = Name("", old.tag, right)
    elif equals:
        new = Name.of(right)
    else:
        new = Name("", old.tag, old.digest)
    if not new.tag and not new.digest:
        raise StoreError(
            f"`{text}` says neither tag nor digest",
            hint="write `NAME=sha256:…`, `NAME:TAG@sha256:…`, or `NAME:TAG` to look it up",
        )
    key = _key(left)
    assert key is not None  # noqa: S101 (it is a reference)
    return Choice(key, old.repository, new)


def pin(
    files: Iterable[PinFile],
    resolve: Resolve | None,
    *,
    update: bool = False,
    choices: Sequence[Choice] = (),
) -> Pins:
    """
    Return what *files* become with digests.

    *resolve* is asked once, for all images together; without it, images are only told
    that have no digest. *update* looks up those again that have digest and tag. Where
    there are *choices*, all else stays as it is.
    """
    read = [_Read(file) for file in files]
    around = _Around(read)
    decided = [
        (
            each,
            [
                _decide(each, mention, around, update=update, choices=choices)
                for mention in each.said.found
            ],
        )
        for each in read
    ]
    wanted = {
        decision.look_up: None
        for _, decisions in decided
        for decision in decisions
        if decision is not None and decision.look_up
    }
    answers = _Answers({}, {})
    if resolve is not None and wanted:
        answers = _Answers(*resolve(tuple(wanted)))
    used: set[Choice] = set()
    results = []
    for each, decisions in decided:
        outcomes: list[Outcome] = []
        edits: list[Edit] = []
        for mention, decision in zip(each.said.found, decisions, strict=True):
            if decision is None:
                continue
            outcome, changes = _outcome(each, mention, decision, answers, asks=resolve is not None)
            outcomes.append(outcome)
            edits += changes
            if decision.choice is not None and outcome.status is not Status.LEFT:
                used.add(decision.choice)
        outcomes += _left(each, around, choices)
        outcomes.sort(key=lambda outcome: outcome.position)
        results.append(
            PinnedFile(
                path=each.file.path,
                before=each.file.text,
                after=apply_edits(each.file.text, edits),
                outcomes=tuple(outcomes),
            )
        )
    unused = dict.fromkeys(choice.shown for choice in choices if choice not in used)
    return Pins(files=tuple(results), unused=tuple(unused))


class _Answers(NamedTuple):
    found: Mapping[str, str]
    failed: Mapping[str, StoreError]


class _Read:
    """A file with what it says of images."""

    def __init__(self, file: PinFile) -> None:
        self.file = file
        self.source = Source(file.path, file.text)
        self.said: Mentions = mentions_of(self.source, file.kind)
        folder, name = posixpath.split(file.path)
        # Compose merges these two by itself.
        self.project = (folder, name.replace(".override.", "."))


class _Around:
    """What all files together say."""

    def __init__(self, files: Iterable[_Read]) -> None:
        self.services: set[tuple[tuple[str, str], str]] = set()
        """The services that are built, with the project that they belong to."""
        self.built: set[tuple[str, str]] = set()
        """The names of images that are built."""
        self.contexts: set[str] = set()
        self.renamed: dict[str, str] = {}
        """Names that a kustomization replaces by other names, and where."""
        for each in files:
            self.contexts |= each.said.contexts
            for built in each.said.built:
                self.services.add((each.project, built.service))
                key = _key(built.image) if built.image else None
                if key is not None:
                    self.built.add(key)
            for mention in each.said.found:
                if isinstance(mention, Replacement) and mention.replaced != mention.name.repository:
                    self.renamed.setdefault(mention.replaced, each.file.path)

    def builds(self, read: _Read, services: frozenset[str]) -> bool:
        """Tell whether any of the *services* of the file *read* is built."""
        return any((read.project, service) in self.services for service in services)


class _Decision(NamedTuple):
    """What is to become of a mention."""

    new: Name
    """What it becomes; where *look_up* is not empty, its digest comes from there."""
    look_up: str = ""
    """The reference whose digest is wanted."""
    reason: str = ""
    """Why it is left as it is."""
    may_fail: bool = False
    """Whether it is built here, so that the registry may well not have it."""
    choice: Choice | None = None


def _decide(
    read: _Read,
    mention: Mention,
    around: _Around,
    *,
    update: bool,
    choices: Sequence[Choice],
) -> _Decision | None:
    """Return what is to become of *mention*; None where nobody wants to know."""
    name = mention.name
    key = _key(name.repository)
    choice = None
    if choices:
        keys = {key}
        if isinstance(mention, Replacement):
            keys.add(_key(mention.replaced))
        choice = next((each for each in reversed(choices) if each.name in keys), None)
        if choice is None:
            return None
    elif key is None:
        return _Decision(name, reason="is no image reference")
    reason = _why_left(read, mention, around, choice)
    if reason:
        return _Decision(name, reason=reason)
    if choice is not None:
        new = choice.new._replace(repository=choice.new.repository or name.repository)
        look_up = "" if new.digest else str(new)
        return _Decision(new, look_up, choice=choice)
    if name.digest:
        look_up = str(name._replace(digest="")) if update and name.tag else ""
        return _Decision(name, look_up)
    if isinstance(mention, Replacement) and not name.tag:
        return _Decision(name, reason="gets its tag from what it replaces")
    # What a name without tag means is written down, so that it can be looked up again.
    new = name._replace(tag=name.tag or "latest")
    others = {key}
    if isinstance(mention, Replacement):
        others.add(_key(mention.replaced))
    is_built = bool(others & around.built)
    if is_built and key is not None and key[0] == _DOCKER_HUB and "/" not in name.repository:
        return _Decision(name, reason="is built here, and its name has no registry")
    return _Decision(new, str(new), may_fail=is_built)


def _why_left(read: _Read, mention: Mention, around: _Around, choice: Choice | None) -> str:
    """Return why *mention* may get no digest; empty where it may."""
    name = mention.name
    if isinstance(mention, Replacement):
        return ""
    if read.file.kind is Kind.DOCKERFILE and name.repository in around.contexts and not name.tag:
        return "is the name of a build context"
    if read.file.kind is Kind.COMPOSE:
        services = read.said.services.get(mention.span, frozenset())
        if around.builds(read, services):
            return _OWN
        if services and any(Name.of(built.image)[:2] == name[:2] for built in read.said.built):
            return "is built here, for another service"
    if name.repository in around.renamed and (choice is None or choice.new.repository):
        return f"is replaced by another in `{around.renamed[name.repository]}`"
    return ""


def _outcome(
    read: _Read, mention: Mention, decision: _Decision, answers: _Answers, *, asks: bool
) -> tuple[Outcome, tuple[Edit, ...]]:
    """Return what becomes of *mention* now that digests are known, and the edits for that."""
    before = str(mention.name)
    position = read.source.position(mention.span.start)
    if decision.reason:
        reason = decision.reason
        return Outcome(status=Status.LEFT, position=position, before=before, reason=reason), ()
    new = decision.new
    if decision.look_up and not asks:
        return Outcome(status=Status.OPEN, position=position, before=before), ()
    if decision.look_up:
        digest = answers.found.get(decision.look_up)
        error = answers.failed.get(decision.look_up)
        if digest is None:
            status = Status.LEFT if decision.may_fail else Status.FAILED
            message = error.message if error is not None else "the registry gave no answer"
            reason = f"is built here, and {message}" if decision.may_fail else message
            hint = error.hint if error is not None else ""
            return Outcome(
                status=status, position=position, before=before, reason=reason, hint=hint
            ), ()
        new = new._replace(digest=digest)
    if new == mention.name:
        return Outcome(status=Status.KEPT, position=position, before=before), ()
    outcome = Outcome(status=Status.PINNED, position=position, before=before, after=str(new))
    return outcome, mention.edits(new)


def _left(read: _Read, around: _Around, choices: Sequence[Choice]) -> list[Outcome]:
    """Return what nobody can tell the image of, and why the file could not be read."""
    if read.said.problem:
        return [
            Outcome(
                status=Status.FAILED,
                position=read.source.position(read.said.problem_at),
                before="",
                reason=read.said.problem,
                hint="mend the file; nothing in it was changed",
            )
        ]
    return [
        Outcome(
            status=Status.LEFT,
            position=read.source.position(left.span.start),
            before=left.text,
            reason=(
                _OWN
                if around.builds(read, read.said.services.get(left.span, frozenset()))
                else left.reason
            ),
        )
        for left in read.said.left
        if not choices or any(_could_be(left, choice) for choice in choices)
    ]


def _could_be(left: Left, choice: Choice) -> bool:
    """Tell whether *left* begins with the name that is asked for: `ghcr.io/team/api:${TAG}`."""
    before = left.text.partition("$")[0].partition("@")[0]
    return before.endswith(":") and _key(before[:-1]) == choice.name


def _key(text: str) -> tuple[str, str] | None:
    """Return registry and repository of *text*, None where it is no reference."""
    try:
        reference = parse_reference(text)
    except StoreError:
        return None
    return reference.registry, reference.repository
