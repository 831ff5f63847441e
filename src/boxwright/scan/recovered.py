"""
The Dockerfile that an image tells of: its build history, one line an entry.

It is what findings about an image point into, so that they have a line as those in files
do. What the history does not tell of (a layer more, a setting that nothing set) stands
below it in lines of its own.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from boxwright.oci.config import ImageConfig
from boxwright.scan.inspected import Inspected, Step
from boxwright.text.source import Source, Span

_NOP = re.compile(
    r"(?:\|[0-9]{1,4} .*? )?/bin/sh -c #\(nop\)\s+(?P<instruction>[A-Z]+\b.*)", re.DOTALL
)
_INSTRUCTION = re.compile(
    r"(?:ADD|ARG|CMD|COPY|ENTRYPOINT|ENV|EXPOSE|FROM|HEALTHCHECK|LABEL|MAINTAINER|ONBUILD|RUN|SHELL"
    r"|STOPSIGNAL|USER|VOLUME|WORKDIR)\s"
)
_OPTIONS = r"(?:-[A-Za-z]*o [a-z]+ |-[A-Za-z]+ )*?-[A-Za-z]*c"
_SHELL = re.compile(rf"(?:(?:/usr)?/bin/(?:ba|da|z)?sh|/usr/bin/env (?:ba)?sh) {_OPTIONS} ")
_EXPOSE = re.compile(r"(?:map)?\[(?P<ports>[^\]]*)\]")
_VOLUME = re.compile(r"\[(?P<paths>[^\]\"]*)\]")
_GO_WORD = re.compile(r'"(?:[^"\\]|\\.)*"')
_GO_WORDS = re.compile(rf"\[{_GO_WORD.pattern}(?: {_GO_WORD.pattern})*\]")
_HEALTH_CHECK = re.compile(
    rf"&\{{(?P<test>{_GO_WORDS.pattern})(?P<durations>(?: \"[0-9hms.]{{1,20}}\")+)"
    r" '(?P<retries>\\x(?P<code>[0-9a-f]{2})|\\?.)'\}"
)
_GO_ESCAPES = {f"\\{letter}": 7 + at for at, letter in enumerate("abtnvfr")}
"""How Go prints the numbers 7 to 13 where it takes them for letters."""
_ARGUMENTS = re.compile(r"\|(?P<count>[0-9]{1,4}) ")
_START_OF_SHELL = re.compile(rf"\s(?P<shell>/\S+ {_OPTIONS}\b.*)", re.DOTALL)
_DIRECTIVE = re.compile(
    r"(?i)(?:boxwright|check|checkov|dockle|escape|hadolint|kics|semgrep|syntax|tally|trivy)\s*[:=-]"
)
"""What begins a comment that says something to us, to BuildKit, or to another tool."""
_PAIR = re.compile(
    r"""(?:^|(?<=\s))["']?(?P<name>[^\s="']+)["']?=(?:"(?:[^"\\]|\\.)*"|'[^']*'|\S*)"""
)
_LONGEST = 20_000
"""Letters of a line: nobody reads on, and what hides credentials takes its time."""
_MOST = 2_000
"""Entries of the history, and settings, that get lines of their own."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Recovered:
    """The text, and where in it each part of the image stands."""

    source: Source
    steps: tuple[Span, ...]
    """Of each entry of the history."""
    layers: tuple[Span, ...]
    """Of each layer: its entry of the history, or a line of its own."""
    settings: dict[str, Span]
    """Of the last instruction that sets a part of the configuration: `USER`, `ENV PATH`, …"""
    end: Span
    """Of the first line, which names the image: for what is missing."""


def recover(inspected: Inspected, shown: Callable[[str], str]) -> Recovered:
    """Return the Dockerfile that *inspected* tells of; *shown* hides the credentials in a line."""
    lines: list[str] = []
    config = inspected.config
    lines.append(_one_line(f"# {inspected.name}: {inspected.image.digest}, {config.platform}"))
    steps = []
    for step in inspected.history[:_MOST]:
        steps.append(len(lines))
        lines.append(shown(_cut(instruction_of(step.created_by or f"# {step.comment}"))))
    if len(inspected.history) > _MOST:
        steps += [len(lines)] * (len(inspected.history) - _MOST)
        lines.append(f"# {len(inspected.history) - _MOST} more")
    layers = []
    for layer in inspected.layers:
        if layer.step is not None:
            layers.append(steps[layer.step])
        else:
            layers.append(len(lines))
            lines.append(f"ADD {layer.diff_id} /")
    found: dict[str, int] = {}
    for at, line in enumerate(lines):
        for key in _keys(line):
            found[key] = at
    missing = [(key, line) for key, line in _said(config) if key not in found]
    for key, line in missing[:_MOST]:
        found[key] = len(lines)
        lines.append(shown(_cut(line)))
    if len(missing) > _MOST:
        found.update((key, len(lines)) for key, _ in missing[_MOST:])
        lines.append(f"# {len(missing) - _MOST} more")
    source = Source(inspected.name, "".join(f"{line}\n" for line in lines))
    spans = [source.line_span(number) for number in range(1, len(lines) + 1)]
    return Recovered(
        source=source,
        steps=tuple(spans[at] for at in steps),
        layers=tuple(spans[at] for at in layers),
        settings={key: spans[at] for key, at in found.items()},
        end=spans[0],
    )


def instruction_of(created_by: str) -> str:
    r"""
    Return an entry of the history as one line of a Dockerfile.

    >>> instruction_of("/bin/sh -c #(nop)  CMD [\"python3\"]")
    'CMD ["python3"]'
    >>> instruction_of("|1 A=b /bin/sh -c pip install numpy")
    'RUN pip install numpy'
    >>> instruction_of("RUN |1 A=b /bin/sh -c pip install numpy # buildkit")
    'RUN pip install numpy'
    >>> instruction_of("numpy 2.3.0, wheel sha256:12")
    '# numpy 2.3.0, wheel sha256:12'
    """
    text = created_by.strip()
    nop = _NOP.match(text)
    if nop:
        text = nop["instruction"]
    text = text.removesuffix("# buildkit").rstrip()
    keyword, _, rest = text.partition(" ")
    if not _INSTRUCTION.match(f"{keyword} ") or not rest:
        shell = _without_arguments(text)
        if _SHELL.match(shell):
            keyword, rest = "RUN", shell
        else:
            said = text.lstrip("#").strip()
            # No text of an image shall be taken for a comment that says something.
            mark = "# -" if _DIRECTIVE.match(said) else "#"
            return _one_line(f"{mark} {said}".rstrip())
    if keyword == "RUN":
        rest = _SHELL.sub("", _without_arguments(rest.strip()), count=1)
    elif keyword == "EXPOSE":
        ports = _EXPOSE.fullmatch(rest.strip())
        if ports:
            rest = " ".join(port.partition(":")[0] for port in ports["ports"].split())
    elif keyword == "HEALTHCHECK":
        rest = _health_check(rest.strip())
    elif keyword == "VOLUME":
        paths = _VOLUME.fullmatch(rest.strip())
        rest = paths["paths"] if paths else rest
    elif keyword in ("CMD", "ENTRYPOINT", "SHELL"):
        rest = _words(rest.strip())
    return _one_line(f"{keyword} {rest.strip()}")


def _words(text: str) -> str:
    """
    Return a list of words as a Dockerfile has it, which builders write as Go prints it.

    >>> _words('["python" "main.py"]'), _words("python main.py")
    ('["python", "main.py"]', 'python main.py')
    """
    if not _GO_WORDS.fullmatch(text):
        return text
    return f"[{', '.join(_GO_WORD.findall(text))}]"


def _health_check(text: str) -> str:
    """Return a health check as a Dockerfile has it, which builders write as Go prints it."""
    check = _HEALTH_CHECK.fullmatch(text)
    if not check:
        return text
    kind, *words = _GO_WORD.findall(check["test"])
    if kind == '"NONE"':
        return "NONE"
    # Docker 25 has one more duration behind those of older releases.
    names = ("interval", "timeout", "start-period", "start-interval")
    durations = check["durations"].replace('"', "").split()
    options = [
        f"--{name}={value}"
        for name, value in zip(names, durations, strict=False)
        if value.strip("0hms")
    ]
    retries = int(check["code"], 16) if check["code"] else _GO_ESCAPES.get(check["retries"], 0)
    if retries:
        options.append(f"--retries={retries}")
    if kind == '"CMD-SHELL"' and len(words) == 1:
        command = words[0][1:-1].replace('\\"', '"').replace("\\\\", "\\")
    else:
        command = f"[{', '.join(words)}]"
    return " ".join((*options, "CMD", command))


def build_arguments(step: Step) -> tuple[tuple[str, str], ...]:
    """
    Return the build arguments that a RUN of the history carries, with their values.

    >>> build_arguments(Step(created_by="|2 A=b TOKEN=x y /bin/sh -c make"))
    (('A', 'b'), ('TOKEN', 'x y'))
    """
    text = step.created_by.strip().removeprefix("RUN ").lstrip()
    counted = _ARGUMENTS.match(text)
    shell = _START_OF_SHELL.search(text)
    if not counted or not shell:
        return ()
    words = text[counted.end() : shell.start()]
    found = list(re.finditer(r"(?:^|(?<=\s))(?P<name>[A-Za-z_]\w*)=", words))
    ends = [match.start() for match in found[1:]] + [len(words)]
    return tuple(
        (match["name"], words[match.end() : end].strip())
        for match, end in zip(found, ends, strict=True)
    )


def _without_arguments(text: str) -> str:
    if not _ARGUMENTS.match(text):
        return text
    shell = _START_OF_SHELL.search(text)
    return shell["shell"] if shell else text


def _keys(line: str) -> Iterator[str]:
    """Yield what *line* sets: `USER`, `ENV PATH`, `LABEL version`."""
    keyword, _, rest = line.partition(" ")
    if keyword in ("ENV", "LABEL"):
        first = rest.partition(" ")[0]
        if "=" not in first:
            # The form of old: one name, and all behind it is its value.
            yield f"{keyword} {first}"
        else:
            for pair in _PAIR.finditer(rest):
                yield f"{keyword} {pair['name']}"
    elif keyword.isupper():
        yield keyword


def _said(config: ImageConfig) -> Iterator[tuple[str, str]]:
    """Yield each part of the configuration with the instruction that would set it."""
    for name, value in config.env:
        yield f"ENV {name}", _one_line(f"ENV {name}={value}")
    for name, value in config.labels.items():
        yield f"LABEL {name}", _one_line(f"LABEL {name}={value}")
    if config.working_dir:
        yield "WORKDIR", _one_line(f"WORKDIR {config.working_dir}")
    if config.user:
        yield "USER", _one_line(f"USER {config.user}")
    if config.exposed_ports:
        yield "EXPOSE", _one_line(f"EXPOSE {' '.join(config.exposed_ports)}")
    if config.volumes:
        yield "VOLUME", _one_line(f"VOLUME {' '.join(config.volumes)}")
    if config.healthcheck:
        command = json.dumps(list(config.healthcheck.test), ensure_ascii=False)
        yield "HEALTHCHECK", _one_line(f"HEALTHCHECK CMD {command}")
    if config.entrypoint:
        command = json.dumps(list(config.entrypoint), ensure_ascii=False)
        yield "ENTRYPOINT", _one_line(f"ENTRYPOINT {command}")
    if config.cmd:
        yield "CMD", _one_line(f"CMD {json.dumps(list(config.cmd), ensure_ascii=False)}")


def _cut(line: str) -> str:
    """Return *line*, without its end where it is too long; no word is cut in two."""
    if len(line) <= _LONGEST:
        return line
    return f"{line[: line.rfind(' ', 0, _LONGEST) + 1]}…"


def _one_line(text: str) -> str:
    """Return *text* as one line that can be printed."""
    shown = " ".join(text.split())
    return "".join(each if each.isprintable() else "\N{REPLACEMENT CHARACTER}" for each in shown)
