"""Credentials in an image: in files of any layer, in its configuration, in its history."""

from __future__ import annotations

import functools
import itertools
import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from boxwright.scan.filesystem import Gone, Live
from boxwright.scan.inspected import Inspected
from boxwright.scan.layer_index import HARDLINK, SecretHit
from boxwright.scan.recovered import build_arguments, instruction_of
from boxwright.scan.secret_forms import Patience, find, is_given_credential, line_group


@dataclass(frozen=True, slots=True, kw_only=True)
class Leak:
    """A credential that whoever has the image can read."""

    kind: str
    """With its article: `a private key`."""
    redacted: str
    """What may be shown of it."""
    place: str
    """`file`, `environment`, `label`, `history`, `command` or `annotation`."""
    name: str
    """
    The file's path, the variable, the label, the annotation, the build argument, which command
    (`entrypoint`, `cmd`, `healthcheck`, `onbuild`); empty for all else of the history.
    """
    line: int = 0
    """In the file, from 1; 0 where there are no lines."""
    layer: int | None = None
    """Which layer has it first; None outside of layers."""
    step: int | None = None
    """Which entry of the history brought it in; None where that is not known."""
    state: str = "live"
    """`live`, or `deleted` or `replaced` by a later layer, in which case it still ships."""
    removed_by: int | None = None
    """Which layer hides it."""
    removing_step: int | None = None
    """Which entry of the history hides it."""
    certain: bool = True
    """Whether its form says what it is; otherwise only the words around it do."""


def find_leaks(
    inspected: Inspected,
    files: Mapping[str, Live],
    gone: Sequence[Gone],
    is_proven: Callable[[str, int], bool],
) -> tuple[Leak, ...]:
    """
    Return the credentials in *inspected*: of files by layer and path, then of its documents.

    What is in a file that *is_proven* holds for was published with a package, so it is nobody's
    secret, nor is any copy of it: the byte code of the file, the wheel in a cache. Nothing
    else is left out. A credential that several layers have at one path is told once, with the
    first of them and with what became of it in the last.
    """
    return (
        *_in_files(inspected, files, gone, is_proven),
        *_in_documents(inspected),
    )


def secrets_in(text: str) -> tuple[str, ...]:
    """Return the credentials in *text*, a command or an instruction; the longest first."""
    told = _credentials(_Said("history", "", text, None), Patience(_MOST_OF_TEXT))
    found = {each.secret.decode("utf-8", "replace") for each in told}
    return tuple(sorted(found, key=lambda secret: (-len(secret), secret)))


_MOST_OF_TEXT = 1000
"""Beginnings of credentials in one instruction that are looked at."""


# --- Files


def _in_files(
    inspected: Inspected,
    files: Mapping[str, Live],
    gone: Sequence[Gone],
    is_proven: Callable[[str, int], bool],
) -> Iterator[Leak]:
    found: dict[tuple[str, str], list[tuple[int, SecretHit]]] = {}
    places = _Places(inspected, files, gone)
    published: set[str] = set()
    for layer in inspected.layers:
        for hit in layer.index.secrets if layer.index is not None else ():
            if is_proven(places.file_of(hit.path, layer.at), layer.at):
                published.add(hit.fingerprint)
            else:
                found.setdefault((hit.path, hit.fingerprint), []).append((layer.at, hit))
    leaks = []
    for (path, fingerprint), hits in found.items():
        if fingerprint in published:
            continue
        first, hit = hits[0]
        last, _ = hits[-1]
        state, removed_by = places.state(path, last)
        leaks.append(
            Leak(
                kind=hit.kind,
                redacted=hit.redacted,
                place="file",
                name=path,
                line=hit.line,
                layer=first,
                step=inspected.layers[first].step,
                state=state,
                removed_by=removed_by,
                removing_step=None if removed_by is None else inspected.layers[removed_by].step,
                certain=any(each.certain for _, each in hits),
            )
        )
    yield from sorted(leaks, key=lambda leak: (leak.layer, leak.name, leak.line, leak.kind))


_MOST_MARKS = 100
"""Of how many `!` in a path it is asked whether an archive ends there."""


class _Places:
    """Where the files are that hold credentials, and what became of them."""

    def __init__(
        self, inspected: Inspected, files: Mapping[str, Live], gone: Sequence[Gone]
    ) -> None:
        self._files = files
        self._inspected = inspected
        self._gone_members = gone
        self._members: dict[int, frozenset[str]] = {}

    def file_of(self, path: str, layer: int) -> str:
        """Return the file of *layer* that *path*, which may be in an archive, is of."""
        if "!" not in path:
            return path
        members = self._members.get(layer)
        if members is None:
            index = self._inspected.layers[layer].index
            members = frozenset(member.path for member in index.members) if index else frozenset()
            self._members[layer] = members
        if path in members:
            return path
        at = -1
        for _ in range(_MOST_MARKS):
            at = path.find("!", at + 1)
            if at < 0:
                break
            if path[:at] in members:
                return path[:at]
        return path

    def state(self, path: str, layer: int) -> tuple[str, int | None]:
        """Return what became of what *layer* has at *path*, and which layer did it."""
        path = self.file_of(path, layer)
        live = self._files.get(path)
        if live is not None and live.layer == layer:
            return "live", None
        gone = self._gone.get((layer, path))
        if gone is None:
            return "live", None
        if gone.member.kind == HARDLINK:
            # The content has another name, under which it is still there.
            other = self._files.get(gone.member.link)
            if other is not None and other.layer == layer:
                return "live", None
        return "deleted" if gone.how == "deleted" else "replaced", gone.removed_by

    @functools.cached_property
    def _gone(self) -> dict[tuple[int, str], Gone]:
        return {(gone.layer, gone.member.path): gone for gone in self._gone_members}


# --- Documents


class _Said(NamedTuple):
    """A text of a document, and where it is from."""

    place: str
    name: str
    text: str
    step: int | None
    is_value: bool = False
    """Whether it is all that is given to *name*; otherwise it is a command."""


class _Told(NamedTuple):
    secret: bytes
    kind: str
    redacted: str
    certain: bool
    name: str = ""


_MOST = 1000
"""Credentials of all documents together that are told."""
_MOST_BEGINNINGS = 100_000


def _in_documents(inspected: Inspected) -> Iterator[Leak]:
    patience = Patience(_MOST_BEGINNINGS)
    seen: set[tuple[str, str, bytes]] = set()
    configured: set[bytes] = set()
    left = _MOST
    instructions = [instruction_of(step.created_by) for step in inspected.history]
    for said in itertools.chain(
        _configured(inspected, instructions),
        _annotated(inspected),
        _history(inspected, instructions),
    ):
        for told in _credentials(said, patience):
            name = told.name or said.name
            # Of the history one place is enough, and none for what is still configured so.
            key = (said.place, "" if said.place == "history" else name, told.secret)
            if key in seen or (
                said.place == "history" and _sets(said) and told.secret in configured
            ):
                continue
            if said.place in {"environment", "label", "command"}:
                configured.add(told.secret)
            seen.add(key)
            left -= 1
            if left < 0:
                return
            yield Leak(
                kind=told.kind,
                redacted=told.redacted,
                place=said.place,
                name=name,
                step=said.step,
                certain=told.certain,
            )


def _configured(inspected: Inspected, instructions: Sequence[str]) -> Iterator[_Said]:
    config = inspected.config
    steps = _steps(instructions)
    for name, value in config.env:
        yield _Said("environment", name, value, steps.get(f"ENV {name}"), is_value=True)
    for name, value in config.labels.items():
        yield _Said("label", name, value, steps.get(f"LABEL {name}"), is_value=True)
    commands = (
        ("ENTRYPOINT", config.entrypoint),
        ("CMD", config.cmd),
        ("HEALTHCHECK", config.healthcheck.test if config.healthcheck else ()),
        ("ONBUILD", config.on_build),
    )
    for keyword, words in commands:
        if words:
            yield _Said("command", keyword.lower(), _joined(words), steps.get(keyword))


def _steps(instructions: Sequence[str]) -> dict[str, int]:
    """Return the last entry of the history that sets each part of the configuration."""
    steps: dict[str, int] = {}
    for at, instruction in enumerate(instructions):
        keyword, _, rest = instruction.partition(" ")
        steps[keyword] = at
        if keyword in {"ENV", "LABEL"}:
            names = _NAMES.findall(rest) or [rest.partition(" ")[0]]
            steps.update((f"{keyword} {name}", at) for name in names)
    return steps


_NAMES = re.compile(r"""(?:^|(?<=\s))["']?([^\s="']+)["']?=""")


def _annotated(inspected: Inspected) -> Iterator[_Said]:
    try:
        document = json.loads(inspected.image.manifest.content)
    except (ValueError, RecursionError):
        return
    for owner in (document, *_items(document, "layers")):
        annotations = owner.get("annotations") if isinstance(owner, dict) else None
        for name, value in annotations.items() if isinstance(annotations, dict) else ():
            if isinstance(value, str):
                yield _Said("annotation", name, value, None, is_value=True)


def _items(document: object, key: str) -> Iterable[object]:
    found = document.get(key) if isinstance(document, dict) else None
    return found if isinstance(found, list) else ()


def _history(inspected: Inspected, instructions: Sequence[str]) -> Iterator[_Said]:
    for at, (step, instruction) in enumerate(zip(inspected.history, instructions, strict=True)):
        for name, value in build_arguments(step):
            yield _Said("history", name, value, at, is_value=True)
        yield _Said("history", "", instruction, at)


def _sets(said: _Said) -> bool:
    """Return whether *said* is an instruction that sets what the configuration has, too."""
    return not said.is_value and said.text.partition(" ")[0] in {
        "ENV", "LABEL", "CMD", "ENTRYPOINT", "HEALTHCHECK", "ONBUILD",
    }  # fmt: skip


def _credentials(said: _Said, patience: Patience) -> Iterator[_Told]:
    """Yield the credentials in a text: those of a known form, then those of a telling name."""
    text = f"{said.name}={said.text}" if said.is_value else said.text
    content = text.encode("utf-8", "replace")
    best: dict[bytes, tuple[int, _Told]] = {}
    for found in find(content, line_group(), patience=patience):
        form = found.form
        known = best.get(found.secret)
        if known is None or form.rank < known[0]:
            told = _Told(found.secret, form.kind, found.redacted, form.certain)
            best[found.secret] = (form.rank, told)
    given = [(said.name, said.text)] if said.is_value else list(_given(said.text))
    # Of the history only build arguments have names of their own.
    names = given if said.place == "history" and said.text.startswith("ARG ") else []
    certain = [told for _, told in best.values() if told.certain]
    yield from (told._replace(name=_name_of(told.secret, names)) for told in certain)
    for told in (told for _, told in best.values() if not told.certain):
        if not any(_overlap(told.secret, each.secret) for each in certain):
            yield told._replace(name=_name_of(told.secret, names))
    for name, value in given:
        secret = value.encode("utf-8", "replace")
        if is_given_credential(name, value) and not any(_overlap(secret, each) for each in best):
            told = _Told(secret, "a credential", "hidden", False, _name_of(secret, names))
            best[secret] = (0, told)
            yield told


def _name_of(secret: bytes, given: Sequence[tuple[str, str]]) -> str:
    for name, value in given:
        if secret in value.encode("utf-8", "replace"):
            return name
    return ""


def _overlap(one: bytes, other: bytes) -> bool:
    return one in other or other in one


_HEADER = "authorization|[a-z-]{0,30}(?:token|api-key)"
_VALUE = r"""(?P<value>"[^"\n]{0,2000}"|'[^'\n]{0,2000}'|[^\s"';&|<>]{1,2000})"""


def _given(text: str) -> Iterator[tuple[str, str]]:
    """Yield names and what is given to them in a command: `NAME=value`, `--name value`, headers."""
    for pattern in _patterns():
        for match in pattern.finditer(text):
            groups = match.groupdict()
            yield groups.get("name") or "password", match["value"].strip("\"'")


@functools.cache
def _patterns() -> tuple[re.Pattern[str], ...]:
    return tuple(
        re.compile(pattern)
        for pattern in (
            rf"(?:^|(?<=[\s;&(\"']))(?P<name>[A-Za-z_][\w.-]{{0,100}})={_VALUE}",
            rf"(?:^|(?<=\s))--(?P<name>[a-z][\w-]{{0,60}})[= ]{_VALUE}",
            r"\bcurl\b[^\n|;&]{0,500}?\s(?:-u|--user)[= ]?[\"']?[^\s:\"'$]{1,100}:(?P<value>[^\s\"']{1,200})",
            r"echo [\"']?[A-Za-z_][\w.-]{0,40}:(?P<value>[^\s\"'|:]{1,200})[\"']? ?\| ?chpasswd",
            rf"(?i)\b(?P<name>{_HEADER}): ?(?:(?:bearer|basic|token) )?(?P<value>[^\s\"']{{1,2000}})",
        )
    )


def _joined(words: Sequence[str]) -> str:
    """Return *words* as one command."""
    return " ".join(
        f'"{word}"' if any(letter.isspace() for letter in word) and '"' not in word else word
        for word in words
    )
