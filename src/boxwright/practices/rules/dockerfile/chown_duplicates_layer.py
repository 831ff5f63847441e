r"""
The owner or mode of files is changed in another layer than they are in.

A layer holds whole files. To note a new owner, `chown -R` writes every file once more: the layer of `COPY` and the one of `RUN` each have all of it, so that 9 GB of packages and weights become 18 GB.

Bad:

```text title="models/encoder.safetensors (2 GB)"
```

```dockerfile
FROM python:3.12-slim
RUN useradd --uid 10001 app
WORKDIR /app
COPY . /app
RUN chown -R app:app /app
```

Good:

```text title="models/encoder.safetensors (2 GB)"
```

```dockerfile
FROM python:3.12-slim
RUN useradd --uid 10001 app
WORKDIR /app
COPY --chown=app:app . /app
RUN chown app:app /app
```

## When it is fine

Less than a megabyte is only worth knowing, where sizes are known, and nothing is reported in stages that do not ship.
A single file is reported only where it is known to be large.

## Fix

`--chown` or `--chmod` at the `COPY`; the command goes on to set the folder itself.
Where the user is made after the `COPY`, that is moved behind.
Safe where nothing but those `COPY` puts files into the folder.
Unsafe where the base image may have files there.

## Equivalents

tally prefer-copy-chmod.

tally looks at the mode of single files only.

## References

Docker patterns, MLSecOps.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from boxwright.findings.finding import Applicability, Fix, Severity
from boxwright.practices.dependency_installs import dependency_install
from boxwright.practices.image_files import absolute
from boxwright.practices.insertions import lines_behind
from boxwright.practices.layers import Layers, Made, is_slight, readable
from boxwright.practices.programs.files import Permissions, directories, permissions
from boxwright.practices.programs.users import new_user
from boxwright.practices.reordering import destination_of, is_apart, is_below, may_move_past, reads
from boxwright.practices.rule import Problem, rule
from boxwright.practices.stage_facts import StageFacts
from boxwright.practices.subjects import Build
from boxwright.syntax.dockerfile.instructions import Add, Copy, Run, Workdir
from boxwright.text.edit import Edit

_LARGE_FROM = 1_000_000


@rule(Build, severity=Severity.WARNING)
def chown_duplicates_layer(build: Build) -> Iterator[Problem]:
    for stage in build.shipped:
        layers = Layers(stage)
        for run in stage.runs:
            where = directories(run.commands, stage.workdir_at(run))
            made: list[Made] | None = None
            seen: set[str] = set()
            for command, folder in zip(run.commands, where, strict=True):
                found = permissions(command)
                if found is None:
                    continue
                made = layers.before(run) if made is None else made
                for word in found.paths:
                    raw = word.value.removesuffix("/*")
                    target = stage.expanded(raw, run) if "$" in raw else raw
                    if target is None or (folder is None and target[:1] != "/"):
                        continue
                    target = absolute(target, folder)
                    # Within one RUN the files are written once, whatever happens to them.
                    if target in seen:
                        continue
                    hit = [each for each in made if _is_hit(stage, each, target, found)]
                    sizes = [each.size for each in hit]
                    total = sum(filter(None, sizes))
                    is_small = None not in sizes and total < _LARGE_FROM
                    if not hit or (is_small and not found.is_recursive):
                        continue
                    seen.add(target)
                    option = " -R" if found.is_recursive else ""
                    size = f" ({readable(total)})" if total >= _LARGE_FROM else ""
                    yield Problem(
                        message=f"`{found.program}{option}` writes `{word.value}`{size} a second"
                        " time, into this layer",
                        span=command.span,
                        fix=_fix(build, stage, run, found, target, hit),
                        # A checkout need not have the weights that a release has.
                        severity=Severity.INFO if is_small else None,
                    )
                    break


def _is_hit(stage: StageFacts, made: Made, target: str, found: Permissions) -> bool:
    if not found.is_recursive:
        return made.path == target and not made.is_tree and (made.size or 0) >= 10 * _LARGE_FROM
    if is_below(made.path, target):
        return made.is_tree or made.size is not None or not is_slight(made)
    if not made.is_tree or not is_below(target, made.path):
        return False
    copy = made.instruction
    if stage.context is not None and copy.keyword != "RUN" and copy.flag("from") is None:
        return stage.origin(target) is not None
    return made.path != "/"


def _fix(
    build: Build,
    stage: StageFacts,
    run: Run,
    found: Permissions,
    target: str,
    hit: Sequence[Made],
) -> Fix | None:
    option = next((word for word in found.command.arguments if word.value in {"-R", "-hR"}), None)
    copies = [each.instruction for each in hit]
    if option is None or option.value != "-R" or len(found.paths) != 1 or "*" in target:
        return None
    others = [each for each in map(permissions, run.commands) if each and each.is_recursive]
    flag = _flag(found)
    if (
        len(others) > 1
        or flag is None
        or not all(isinstance(each, Copy | Add) and each.stage is stage.stage for each in copies)
    ):
        return None
    if not _is_all(stage, run, target, copies):
        return None
    name = flag.partition("=")[0]
    if any(each.flag(name.removeprefix("--")) is not None for each in copies):
        return None
    text = build.source.text
    end = option.span.end
    while text[end : end + 1] == " ":
        end += 1
    edits = [Edit(option.span.start, end, "")]
    is_late = name == "--chown" and _is_made_late(stage, run, copies, found)
    changes: tuple[str, ...] = ()
    if is_late is None:
        return None
    if is_late:
        moved = _moved(build, stage, run, found, copies, flag)
        if moved is None:
            return None
        edits += moved
        changes = ("order",)
    else:
        edits += [Edit.insert(each.keyword_span.end, f" {flag}") for each in dict.fromkeys(copies)]
    return Fix(
        title=f"Use `{name}` at the `COPY`",
        edits=tuple(edits),
        applicability=Applicability.SAFE if _is_new(stage, target) else Applicability.UNSAFE,
        changes=changes,
    )


def _flag(found: Permissions) -> str | None:
    setting = found.setting.value
    if found.program == "chmod":
        return f"--chmod={setting}" if re.fullmatch(r"0?[0-7]{3}", setting) else None
    if found.program != "chown" or not re.fullmatch(r"[\w.$\{\}-]+(:[\w.$\{\}-]+)?", setting):
        return None
    # `chown app` leaves the group as it is: root's.
    return f"--chown={setting}" if ":" in setting else f"--chown={setting}:0"


def _is_all(stage: StageFacts, run: Run, target: str, copies: Sequence[object]) -> bool:
    """Tell whether nothing but *copies* puts files or folders below *target*, which is there."""
    if stage.parent is not None:
        return False
    is_there = False
    for instruction in stage.instructions[: stage.position(run)]:
        if isinstance(instruction, Workdir):
            path = stage.expanded(instruction.path.raw, instruction) if instruction.path else None
            if path is None:
                return False
            path = absolute(path, stage.workdir_at(instruction))
            is_there = is_there or path == target
            if path != target and is_below(path, target):
                return False
        elif isinstance(instruction, Run):
            if reads(stage, instruction, target):
                return False
            installs = [dependency_install(command) for command in instruction.commands]
            if any(install is not None and install.tool != "pip" for install in installs):
                return False
        elif isinstance(instruction, Copy | Add):
            destination = destination_of(stage, instruction)
            if destination is None:
                return False
            if is_below(destination, target):
                is_there = is_there or destination == target
                if instruction not in copies:
                    return False
            elif is_below(target, destination):
                return False
    return is_there


def _is_made_late(
    stage: StageFacts, run: Run, copies: Sequence[object], found: Permissions
) -> bool | None:
    """Tell whether the user is made by *run* itself; None where it is not known when."""
    name = found.setting.value.partition(":")[0]
    value = stage.expanded(name, run) if "$" in name else name
    if value is None:
        return None
    if value.isdecimal() or value == "root":
        return False
    first = min(stage.position(each) for each in copies)  # type: ignore[arg-type]
    for other in stage.runs:
        position = stage.position(other)
        for command in other.commands:
            user = new_user(command)
            if user is not None and user.name.value in {name, value}:
                if position < first:
                    return False
                return True if other is run else None
    facts = stage.base.facts
    known = facts is not None and value in {facts.user, facts.user_name}
    return False if known else None


def _moved(
    build: Build,
    stage: StageFacts,
    run: Run,
    found: Permissions,
    copies: Sequence[object],
    flag: str,
) -> list[Edit] | None:
    """Return the edits that put the one COPY behind *run*."""
    copy, *others = dict.fromkeys(copies)
    if others or not isinstance(copy, Copy) or copy.heredocs or run.heredocs:
        return None
    destination = destination_of(stage, copy)
    between = stage.instructions[stage.position(copy) + 1 : stage.position(run)]
    if destination is None or not may_move_past(stage, copy, between):
        return None
    workdir = stage.workdir_at(run)
    for command in run.commands:
        if command is not found.command and not is_apart(command, destination, workdir):
            return None
    # The folder has to be there without the COPY.
    made = [stage.expanded(each.path.raw, each) for each in stage.of(Workdir) if each.path]
    if destination not in made:
        return None
    source = build.source
    text = source.text[copy.span.start : copy.span.end]
    keyword = len(copy.written_keyword)
    line = source.position(copy.span.end).line
    stop = source.starts[line] if line < len(source.starts) else len(source.text)
    behind = lines_behind(run, f"{text[:keyword]} {flag}{text[keyword:]}")
    return [Edit(copy.span.start, stop, ""), *behind] if behind is not None else None


_OF_SYSTEM = ("/bin", "/etc", "/home", "/lib", "/opt", "/root", "/run", "/usr", "/var", "/")


def _is_new(stage: StageFacts, target: str) -> bool:
    """Tell whether the base image has nothing at *target*, as far as that is known."""
    facts = stage.base.facts
    if facts is None or (
        facts.workdir and facts.workdir != "/" and is_below(target, facts.workdir)
    ):
        return False
    return not any(is_below(target, folder) for folder in _OF_SYSTEM[:-1]) and target != "/"
