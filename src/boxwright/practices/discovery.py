"""Which files there are to check, and what each of them is."""

from __future__ import annotations

import functools
import posixpath
import re
from collections.abc import Callable
from enum import StrEnum
from typing import TYPE_CHECKING

from boxwright.errors import ProjectError
from boxwright.text.record import NamedTuple

if TYPE_CHECKING:
    from boxwright.project.tree import Tree

LARGEST = 10_000_000
"""Bytes of the largest file that is read."""
_HEAD = 65_536
"""Bytes at the beginning in which a YAML file says what it is."""


class Kind(StrEnum):
    """What a file is."""

    DOCKERFILE = "dockerfile"
    DOCKERIGNORE = "dockerignore"
    COMPOSE = "compose"
    KUBERNETES = "kubernetes"
    GITHUB = "github"
    """A workflow of GitHub Actions."""
    GITLAB = "gitlab"
    """A pipeline of GitLab."""
    KUSTOMIZATION = "kustomization"
    """What kustomize makes of objects; there are no rules about it, so it is found when asked for."""
    IMAGE = "image"
    """No file of a project but an image, by its recovered Dockerfile; never discovered."""

    @property
    def is_yaml(self) -> bool:
        """Whether it is written in YAML."""
        return self not in (Kind.DOCKERFILE, Kind.DOCKERIGNORE, Kind.IMAGE)


class Found(NamedTuple):
    """A file that can be checked."""

    path: str
    kind: Kind


class Notice(NamedTuple):
    """A file that looks as if it should be checked but is not, and why."""

    path: str
    reason: str


class Discovery(NamedTuple):
    """The files that can be checked, and those that cannot; both sorted."""

    found: tuple[Found, ...]
    notices: tuple[Notice, ...]


def discover(
    tree: Tree,
    *,
    leaves_out: Callable[[str], bool] = lambda _: False,
    with_kustomizations: bool = False,
) -> Discovery:
    """Return the files of *tree* to check, less those that *leaves_out* tells to leave out."""
    found = []
    notices = [Notice(skipped.path, skipped.reason) for skipped in tree.skipped()]
    every = frozenset(tree.paths())
    for path in tree.paths():
        name = posixpath.basename(path)
        kind = kind_of_name(path)
        is_yaml = kind is None and name.lower().endswith((".yml", ".yaml"))
        if (kind is None and not is_yaml and not _is_template(name)) or leaves_out(path):
            continue
        if kind is None and not is_yaml:
            notices.append(Notice(path, "is a template: check what is made of it"))
        elif not _is_second_name(tree, path, every):
            result = _examine(tree, path, kind, with_kustomizations=with_kustomizations)
            if isinstance(result, Found):
                found.append(result)
            elif result is not None:
                notices.append(result)
    return Discovery(tuple(found), tuple(sorted(notices)))


def kind_of_name(path: str) -> Kind | None:
    """
    Return what the file *path* is as far as its name tells.

    >>> kind_of_name("docker/Dockerfile.gpu"), kind_of_name("api.dockerfile")
    (<Kind.DOCKERFILE: 'dockerfile'>, <Kind.DOCKERFILE: 'dockerfile'>)
    """
    folder, name = posixpath.split(path)
    name = name.lower()
    if name == ".gitlab-ci.yml":
        return Kind.GITLAB
    if name.endswith((".yml", ".yaml")):
        if folder == ".github/workflows" or folder.endswith("/.github/workflows"):
            return Kind.GITHUB
        stem = name.removeprefix("docker-").removeprefix("podman-")
        if stem.startswith("compose") and stem[7] in "._-":
            return Kind.COMPOSE
        return None
    if name.endswith((".dockerignore", ".containerignore")):
        return Kind.DOCKERIGNORE
    if name.endswith((".dockerfile", ".containerfile")):
        return Kind.DOCKERFILE
    for stem in ("dockerfile", "containerfile"):
        if name == stem:
            return Kind.DOCKERFILE
        if name.startswith(stem) and name[len(stem)] in "._-":
            return None if name.endswith(_OTHER_SUFFIXES) else Kind.DOCKERFILE
    return None


_TEMPLATE_SUFFIXES = (
    ".j2", ".jinja", ".jinja2", ".tmpl", ".tpl", ".template", ".in", ".erb", ".mustache", ".m4",
    ".gotmpl",
)  # fmt: skip
_OTHER_SUFFIXES = (
    *_TEMPLATE_SUFFIXES,
    ".md", ".rst", ".html", ".py", ".sh", ".js", ".ts", ".go", ".rb", ".json", ".lock", ".toml",
    ".bak", ".orig", ".rej", ".swp", ".patch", ".diff", "~",
)  # fmt: skip


def kind_of_content(content: bytes) -> Kind | None:
    r"""
    Return what a file with *content* is as far as its beginning tells.

    >>> kind_of_content(b"# syntax=docker/dockerfile:1\nFROM scratch\n")
    <Kind.DOCKERFILE: 'dockerfile'>
    """
    head = content[:_HEAD]
    if is_kubernetes(head):
        return Kind.KUBERNETES
    if _head_key(b"services").search(head):
        return Kind.COMPOSE
    if _head_key(b"jobs").search(head) and _head_key(b"on").search(head):
        return Kind.GITHUB
    if _instruction().search(head):
        return Kind.DOCKERFILE
    return None


def is_kubernetes(head: bytes) -> bool:
    """Tell whether *head*, the beginning of a YAML file, is that of a Kubernetes object."""
    return bool(_head_key(b"apiVersion").search(head) and _head_key(b"kind").search(head))


def is_kustomization(path: str, content: bytes) -> bool:
    """Tell whether the YAML file *path* with *content* tells kustomize what to put together."""
    name = posixpath.basename(path).lower()
    is_named = name in ("kustomization.yaml", "kustomization.yml")
    return is_named or b"kustomize.config.k8s.io" in content[:_HEAD]


def why_not(path: str, content: bytes) -> str:
    """Return why the YAML file *path* with *content* is none to check; empty where it is one."""
    is_template = b"{{" in content and _helm().search(content)
    if is_kustomization(path, b"" if is_template else content):
        return "is a kustomization: check what `kubectl kustomize` prints"
    return "is a Helm template: check what `helm template` prints" if is_template else ""


def decode(content: bytes) -> tuple[str, Undecodable | None]:
    """
    Return the text of *content*, a byte order mark included, and what is wrong with it.

    Bytes that are no text become U+FFFD. What is binary has no text.
    """
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        return "", Undecodable("the file is UTF-16; save it as UTF-8", 0, is_binary=True)
    at = content.find(b"\0")
    if at >= 0:
        text = content[:at].decode("utf-8", "replace")
        return text, Undecodable("the file has a NUL byte: it is no text", len(text), True)
    try:
        return content.decode("utf-8"), None
    except UnicodeDecodeError as error:
        offset = len(content[: error.start].decode("utf-8"))
        message = f"the byte 0x{content[error.start]:02X} is not UTF-8; save the file as UTF-8"
        return content.decode("utf-8", "replace"), Undecodable(message, offset, is_binary=False)


class Undecodable(NamedTuple):
    """Why bytes are no text, and at which character that begins."""

    message: str
    offset: int
    is_binary: bool


def too_large(size: int) -> str:
    """Return why a file of *size* bytes is not read; empty where it is."""
    if size <= LARGEST:
        return ""
    return f"is larger than {LARGEST // 10**6} MB, which is not read"


def _examine(
    tree: Tree, path: str, kind: Kind | None, *, with_kustomizations: bool
) -> Found | Notice | None:
    """Return what the file *path* is, whose name says *kind* or that it is some YAML."""
    try:
        reason = too_large(tree.size(path))
        if reason:
            return Notice(path, reason) if kind else None
        if kind is not None:
            return Found(path, kind)
        content = tree.read(path)
    except ProjectError as error:
        return Notice(path, error.message.removeprefix(f"`{path}` ")) if kind else None
    if with_kustomizations and is_kustomization(path, content):
        return Found(path, Kind.KUSTOMIZATION)
    if not is_kubernetes(content[:_HEAD]):
        return None
    reason = why_not(path, content)
    return Notice(path, reason) if reason else Found(path, Kind.KUBERNETES)


def _is_template(name: str) -> bool:
    """Tell whether *name* is that of a Dockerfile to be, or of a compose file to be."""
    for suffix in _TEMPLATE_SUFFIXES:
        if name.endswith(suffix):
            return kind_of_name(name.removesuffix(suffix)) is not None
    return False


def _is_second_name(tree: Tree, path: str, every: frozenset[str]) -> bool:
    """Tell whether *path* is a link to one of *every* file that is found by its own name."""
    target = tree.link(path)
    if target is None or target.startswith("/"):
        return False
    real = posixpath.normpath(posixpath.join(posixpath.dirname(path), target))
    return kind_of_name(real) is not None and real in every


@functools.cache
def _head_key(key: bytes) -> re.Pattern[bytes]:
    """Return the pattern of *key* at the beginning of a line."""
    return re.compile(rb"""^(?:\xef\xbb\xbf)?["']?%b["']?[ \t]*:""" % key, re.MULTILINE)


@functools.cache
def _instruction() -> re.Pattern[bytes]:
    """Return the pattern of a text whose first instruction can only be a Dockerfile's."""
    # Python has `from` too.
    return re.compile(
        rb"\A(?:\xef\xbb\xbf)?(?:[ \t]*(?:#[^\n]*)?\r?\n)*[ \t]*"
        rb"(?:FROM[ \t]+(?!\S+[ \t]+import\b)|ARG[ \t]+)\S",
        re.IGNORECASE,
    )


@functools.cache
def _helm() -> re.Pattern[bytes]:
    return re.compile(
        rb"\{\{-?[ \t]*(?:/\*|\$|\.(?:Values|Release|Chart|Capabilities|Template|Files)\b"
        rb"|(?:include|template|if|with|range|end|else|define|block|toYaml|tpl|default|printf)\b)"
    )
