"""Which images a Dockerfile, a Compose file, Kubernetes objects or a kustomization name, and where."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType

from boxwright.practices.discovery import Kind
from boxwright.syntax.dockerfile.instructions import Add, Copy, Dockerfile, Run
from boxwright.syntax.dockerfile.parse import parse_dockerfile
from boxwright.syntax.dockerfile.scopes import Value, global_environment
from boxwright.syntax.dockerfile.variables import variables
from boxwright.syntax.yaml.compose import Compose, Service
from boxwright.syntax.yaml.edit import insert_pairs, remove_pair, replace_value
from boxwright.syntax.yaml.interpolation import interpolate
from boxwright.syntax.yaml.kubernetes import KubernetesObject, objects_of
from boxwright.syntax.yaml.node import (
    Mapping as MappingNode,
)
from boxwright.syntax.yaml.node import (
    Node,
    Scalar,
    as_list,
    as_mapping,
    as_text,
    walk,
)
from boxwright.syntax.yaml.tree import parse_yaml
from boxwright.syntax.yaml.written import quoted
from boxwright.text.edit import Edit
from boxwright.text.record import NamedTuple
from boxwright.text.source import Source, Span

_ENGINE_IMAGE = "docker-image://"


class Name(NamedTuple):
    """An image as a file names it: nothing is filled in."""

    repository: str
    """With its registry, where one is written."""
    tag: str = ""
    digest: str = ""

    @classmethod
    def of(cls, text: str) -> Name:
        """
        Return the parts of *text*.

        >>> Name.of("localhost:5000/api:1.4@sha256:00")
        Name(repository='localhost:5000/api', tag='1.4', digest='sha256:00')
        """
        rest, _, digest = text.partition("@")
        colon = rest.rfind(":")
        if colon > rest.rfind("/"):
            return cls(rest[:colon], rest[colon + 1 :], digest)
        return cls(rest, "", digest)

    def __str__(self) -> str:
        """Return it as it is written."""
        tag = f":{self.tag}" if self.tag else ""
        return self.repository + tag + (f"@{self.digest}" if self.digest else "")


class Left(NamedTuple):
    """Something that names an image, of which nobody can tell here which one."""

    text: str
    span: Span
    reason: str
    """A clause about it: `depends on the argument X`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Mention:
    """A place that names an image."""

    name: Name
    source: Source
    span: Span
    """The reference and nothing else, unless there is a *scalar*: then all of that."""
    scalar: Scalar | None = None
    """What has to be written anew as a whole, since it is not written as it reads."""

    def edits(self, new: Name) -> tuple[Edit, ...]:
        """Return what makes it name *new*."""
        if self.scalar is None:
            return (Edit.replace(self.span, str(new)),)
        text = quoted(str(new), in_flow=self.scalar.in_flow)
        return (replace_value(self.source, self.scalar, text),)


@dataclass(frozen=True, slots=True, kw_only=True)
class Replacement(Mention):
    """An entry of `images` in a kustomization, which says what others become."""

    replaced: str
    """What manifests have in its place."""
    entry: MappingNode

    def edits(self, new: Name) -> tuple[Edit, ...]:
        """Return what makes it name *new*: `newName`, `newTag` and `digest`."""
        wanted = {"newName": new.repository, "newTag": new.tag, "digest": new.digest}
        if new.repository == self.name.repository:
            del wanted["newName"]
        edits: list[Edit] = []
        added: list[tuple[str, str]] = []
        dropped = self.entry.own("newTag") if not new.tag else None
        for key, text in wanted.items():
            pair = self.entry.own(key)
            shown = quoted(text, in_flow=self.entry.is_flow)
            if pair is not None and pair is not dropped:
                if as_text(pair.value) != text:
                    edits.append(replace_value(self.source, pair, shown))
            elif text and key == "digest" and dropped is not None:
                # What comes behind it on its line, a comment, stays.
                span = Span(dropped.key.start, dropped.value_span.end)
                edits.append(Edit.replace(span, f"digest: {shown}"))
                dropped = None
            elif text:
                added.append((key, shown))
        if dropped is not None:
            edits.append(remove_pair(self.source, self.entry, dropped))
        if added:
            edits.append(insert_pairs(self.source, self.entry, added))
        return tuple(edits)


@dataclass(frozen=True, slots=True, kw_only=True)
class Built:
    """A service that says how its image is made."""

    service: str
    image: str
    """Its image, with the defaults of variables; empty where it says none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Mentions:
    """What a file says of images."""

    found: tuple[Mention, ...] = ()
    """In the order of the file."""
    left: tuple[Left, ...] = ()
    built: tuple[Built, ...] = ()
    services: Mapping[Span, frozenset[str]] = field(default_factory=lambda: MappingProxyType({}))
    """Which services have an image, by where it is named."""
    contexts: frozenset[str] = frozenset()
    """Names that Dockerfiles know as contexts, by what builds them."""
    problem: str = ""
    """Why the file cannot be read; nothing is found in it then."""
    problem_at: int = 0


def mentions_of(source: Source, kind: Kind) -> Mentions:
    r"""
    Return the images that *source* names; never raises.

    >>> mentions_of(Source("Dockerfile", "FROM python:3.13\n"), Kind.DOCKERFILE).found[0].name.tag
    '3.13'
    """
    match kind:
        case Kind.DOCKERFILE:
            found, left = _of_dockerfile(source)
            return Mentions(found=_in_order(found), left=_left_in_order(left))
        case Kind.COMPOSE | Kind.KUBERNETES | Kind.KUSTOMIZATION:
            file = parse_yaml(source)
            if file.problems:
                message, span = file.problems[0]
                return Mentions(problem=message, problem_at=span.start)
            if kind is Kind.COMPOSE:
                return _of_compose(Compose(file))
            roots = [document.root for document in file.documents]
            if kind is Kind.KUSTOMIZATION:
                return _of_kustomizations(source, roots)
            return _of_scalars(source, _kubernetes_images(objects_of(file)))
        case _:
            return Mentions()


def _in_order(found: Iterable[Mention]) -> tuple[Mention, ...]:
    """Return *found* by their places, each place once."""
    return tuple(sorted({it.span: it for it in found}.values(), key=lambda it: it.span))


def _left_in_order(left: Iterable[Left]) -> tuple[Left, ...]:
    return tuple(sorted({it.span: it for it in left}.values(), key=lambda it: it.span))


# Dockerfiles


def _of_dockerfile(source: Source) -> tuple[list[Mention], list[Left]]:
    dockerfile = parse_dockerfile(source)
    places = _Places(source)
    for directive in dockerfile.directives:
        if directive.name == "syntax" and directive.value:
            places.add(directive.value, directive.value_span)
    arguments = global_environment(dockerfile.instructions)
    for stage in dockerfile.stages:
        word = stage.from_.image
        if stage.is_implied or stage.base is not None or word.value in ("", "scratch"):
            continue
        if "$" in word.raw:
            _add_variable(places, dockerfile, word.raw, word.span, arguments)
        else:
            places.add(word.value, word.span)
    for copy in (*dockerfile.of(Copy), *dockerfile.of(Add)):
        flag = copy.from_
        if flag is not None:
            _add_source(places, dockerfile, flag.value, flag.value_span)
    for run in dockerfile.of(Run):
        for mount in run.mounts if run.flags else ():
            _add_source(places, dockerfile, mount.from_, mount.flag.value_span, key="from=")
    return places.found, places.left


class _Places:
    """Collects what is named where."""

    def __init__(self, source: Source) -> None:
        self.source = source
        self.found: list[Mention] = []
        self.left: list[Left] = []

    def add(self, text: str, span: Span, *, key: str = "") -> None:
        """Add the reference *text*, which stands in *span*, behind *key*."""
        written = self.source.text[span.start : span.end]
        at = written.find(key + text)
        if at < 0:
            self.left.append(Left(text, span, "is not written in one piece"))
            return
        start = span.start + at + len(key)
        here = Span(start, start + len(text))
        self.found.append(Mention(name=Name.of(text), source=self.source, span=here))


def _add_source(
    places: _Places, dockerfile: Dockerfile, name: str, span: Span, *, key: str = ""
) -> None:
    """Add what files are taken from, where that is an image."""
    if not name or name == "scratch" or name.isdecimal() or dockerfile.stage(name) is not None:
        return
    if "$" in name:
        places.left.append(Left(name, span, "has a variable in it"))
    else:
        places.add(name, span, key=key)


def _add_variable(
    places: _Places,
    dockerfile: Dockerfile,
    raw: str,
    span: Span,
    arguments: Mapping[str, Value],
) -> None:
    """Add the default of an argument that is a whole reference, and nothing else, in a FROM."""
    uses = variables(raw, dockerfile.escape)
    names = ", ".join(f"`{name}`" for name in dict.fromkeys(use.name for use in uses))
    reason = f"depends on {names or 'a variable'}"
    is_whole = len(uses) == 1 and (uses[0].start, uses[0].end) == (0, len(raw))
    if not is_whole or uses[0].modifier:
        places.left.append(Left(raw, span, reason))
        return
    value = arguments.get(uses[0].name)
    pair = value.pair if value is not None else None
    default = getattr(pair, "default", None)
    if default is None or not default.value:
        places.left.append(Left(raw, span, f"{reason}, which has no default"))
    elif "$" in default.raw:
        places.left.append(Left(raw, span, f"{reason}, whose default has a variable in it"))
    elif default.value != "scratch" and dockerfile.stage(default.value) is None:
        places.add(default.value, default.span)


# Compose files


def _of_compose(compose: Compose) -> Mentions:
    source = compose.source
    found: list[Mention] = []
    left: list[Left] = []
    built: list[Built] = []
    contexts: set[str] = set()
    services: dict[Span, frozenset[str]] = {}
    for service in compose.services:
        node = service.get("image")
        if service.build is not None:
            image = interpolate(as_text(node) or "", {}).value or ""
            built.append(Built(service=service.name, image=image))
            for context in service.build.additional_contexts:
                contexts.add(context.name)
        images = [] if node is None else [node]
        for scalar in (*images, *_mounted_images(service)):
            if not isinstance(scalar, Scalar) or scalar.is_null or scalar.source is not source:
                continue
            mention = _scalar_mention(source, scalar, _compose_default)
            if isinstance(mention, Left):
                left.append(mention)
            else:
                found.append(mention)
            if scalar is node:
                span = mention.span
                services[span] = services.get(span, frozenset()) | {service.name}
        inner_found, inner_left = _of_build(service)
        found += inner_found
        left += inner_left
    return Mentions(
        found=_in_order(found),
        left=_left_in_order(left),
        built=tuple(built),
        services=MappingProxyType(services),
        contexts=frozenset(contexts),
    )


def _mounted_images(service: Service) -> Iterator[Node]:
    """Yield the images that *service* mounts."""
    for item in service.items("volumes"):
        volume = as_mapping(item)
        if volume is not None and as_text(volume.get("type")) == "image":
            mounted = volume.get("source")
            if mounted is not None:
                yield mounted


def _of_build(service: Service) -> tuple[list[Mention], list[Left]]:
    """Return the images of the Dockerfile and the contexts that *service* has in this file."""
    source = service.compose.source
    found: list[Mention] = []
    left: list[Left] = []
    if service.build is None:
        return found, left
    for context in service.build.additional_contexts:
        node, text = context.node, as_text(context.node) or ""
        start = text.find(_ENGINE_IMAGE) + len(_ENGINE_IMAGE)
        if isinstance(node, Scalar) and node.source is source and start >= len(_ENGINE_IMAGE):
            image = text[start:]
            span = _exact_span(source, node, start, len(text))
            if "$" in image or span is None:
                left.append(Left(image, node.span, "is not written in one piece"))
            else:
                found.append(Mention(name=Name.of(image), source=source, span=span))
    inline = service.build.dockerfile_inline
    if inline is None or inline.source is not source:
        return found, left
    inner_found, inner_left = _of_dockerfile(Source(source.name, inline.text))
    for mention in inner_found:
        span = _exact_span(source, inline, *mention.span)
        if span is None:
            left.append(Left(str(mention.name), inline.span, "is not written in one piece"))
        else:
            found.append(replace(mention, source=source, span=span))
    left += [it._replace(span=inline.span_of(*it.span)) for it in inner_left]
    return found, left


def _exact_span(source: Source, scalar: Scalar, start: int, end: int) -> Span | None:
    """Return where *start* up to *end* of the text of *scalar* are, if written as they read."""
    span = scalar.span_of(start, end)
    is_same = source.text[span.start : span.end] == scalar.text[start:end]
    return span if is_same else None


def _compose_default(source: Source, scalar: Scalar) -> Mention | Left:
    """Return the default of the variable that *scalar* is, where that is a whole reference."""
    text = scalar.text
    used = interpolate(text, {}).variables
    names = ", ".join(f"`{name}`" for name in dict.fromkeys(variable.name for variable in used))
    reason = f"depends on {names or 'a variable'}"
    is_whole = len(used) == 1 and (used[0].start, used[0].end) == (0, len(text))
    if is_whole and used[0].modifier in (":-", "-") and used[0].word and "$" not in used[0].word:
        end = used[0].end - 1
        span = _exact_span(source, scalar, end - len(used[0].word), end)
        if span is not None:
            return Mention(name=Name.of(used[0].word), source=source, span=span)
    return Left(text, scalar.span, reason)


# Kubernetes


def _of_scalars(source: Source, scalars: Iterable[Scalar]) -> Mentions:
    mentions = [_scalar_mention(source, scalar, _unknown) for scalar in scalars]
    return Mentions(
        found=_in_order(it for it in mentions if isinstance(it, Mention)),
        left=_left_in_order(it for it in mentions if isinstance(it, Left)),
    )


def _scalar_mention(
    source: Source, scalar: Scalar, variable: Callable[[Source, Scalar], Mention | Left]
) -> Mention | Left:
    """Return what *scalar* names; *variable* tells what becomes of one that has a `$` in it."""
    text = scalar.text
    if "$" in text:
        return variable(source, scalar)
    if any(sign in text for sign in "{}<>") or "://" in text:
        return Left(text, scalar.span, "is filled in by something else")
    name = text.strip()
    span = _exact_span(source, scalar, 0, len(name))
    if span is None or not text.startswith(name):
        return Mention(name=Name.of(name), source=source, span=scalar.span, scalar=scalar)
    return Mention(name=Name.of(name), source=source, span=span)


def _unknown(_: Source, scalar: Scalar) -> Left:
    return Left(scalar.text, scalar.span, "is filled in by something else")


def _kubernetes_images(objects: Iterable[KubernetesObject]) -> Iterator[Scalar]:
    """Yield where *objects* name images, as far as those are strings."""
    for item in objects:
        nodes: list[Node | None] = []
        for pod in item.pods:
            nodes += (container.image_node for container in pod.containers)
            for volume in pod.volumes.values():
                if volume.type == "image" and isinstance(volume.source, MappingNode):
                    nodes.append(volume.source.get("reference"))
        if _is_custom(item):
            nodes += _named_images(item.node)
        for node in nodes:
            if isinstance(node, Scalar) and not node.is_null and node.source is item.source:
                yield node


def _is_custom(item: KubernetesObject) -> bool:
    """Tell whether *item* is of a kind that is not Kubernetes' own."""
    return "." in item.group and not item.group.endswith(".k8s.io")


def _named_images(root: MappingNode) -> Iterator[Node]:
    """Yield what is called `image` anywhere in *root* and has the tag or digest of one."""
    for node in walk(root):
        pair = node.own("image") if isinstance(node, MappingNode) else None
        text = as_text(pair.value) if pair is not None else None
        if pair is not None and text:
            name = Name.of(text)
            if name.tag or name.digest:
                yield pair.value


# Kustomizations


def _of_kustomizations(source: Source, roots: Iterable[Node | None]) -> Mentions:
    found: list[Mention] = []
    left: list[Left] = []
    for root in roots:
        for item in as_list(root.get("images")) if isinstance(root, MappingNode) else ():
            entry = as_mapping(item)
            replaced = as_text(entry.get("name")) if entry is not None else None
            if entry is None or not replaced:
                continue
            texts = {key: as_text(entry.get(key)) or "" for key in ("newName", "newTag", "digest")}
            name = Name(texts["newName"] or replaced, texts["newTag"], texts["digest"])
            key = entry.pair("name")
            span = key.value_span if key is not None else entry.span
            if any("$" in text or "{" in text for text in (replaced, *name)):
                left.append(Left(str(name), span, "is filled in by something else"))
                continue
            found.append(
                Replacement(name=name, source=source, span=span, replaced=replaced, entry=entry)
            )
    return Mentions(found=_in_order(found), left=_left_in_order(left))
