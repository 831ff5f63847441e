"""
The user of the image has no home.

For a number that `/etc/passwd` does not know Docker sets `HOME=/`; `useradd` on Debian makes no folder unless it is told to.
Programs that keep settings or caches in their home then fail when they first write one, or do without: pip, matplotlib, IPython, Streamlit and the Hugging Face libraries among them.

Bad:

```dockerfile
FROM python:3.12-slim
RUN useradd app
USER app
```

```dockerfile
FROM python:3.12-slim
USER 10001
```

Good:

```dockerfile
FROM python:3.12-slim
RUN useradd --create-home app
USER app
```

```dockerfile
FROM python:3.12-slim
ENV HOME=/tmp
USER 10001
```

## When it is fine

A program that never writes a file needs none; so this is an information, but for images with a library that is known to write to its home.
Where there are only libraries whose folder a variable can move, `undefined-model-cache` reports it instead.

## Fix

`useradd` gets `--create-home`. Safe.
For a number without a user, `ENV HOME=/tmp` is added before the `USER`. Unsafe: what else reads `HOME`, it cannot know.

## References

Containers for ML.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from boxwright.findings.finding import Applicability, Fix, Severity
from boxwright.practices.insertions import keyword
from boxwright.practices.model_caches import undefined_caches
from boxwright.practices.programs.users import new_user
from boxwright.practices.rule import Problem, rule
from boxwright.practices.subjects import Build
from boxwright.practices.user_folders import has_no_home, home_of
from boxwright.text.edit import Edit

if TYPE_CHECKING:
    from boxwright.practices.stage_facts import StageFacts


@rule(Build, severity=Severity.WARNING)
def missing_home(build: Build) -> Iterator[Problem]:
    stage = build.final
    if stage is None or stage.user.instruction is None or stage.user.instruction.user is None:
        return
    home = home_of(stage, stage.user)
    if not has_no_home(stage, home):
        return
    writer = next((name for name in _WRITERS if stage.brings(name)), "")
    if not writer and any(undefined_caches(stage)):
        return
    where = "`/`, which is root's" if home.path == "/" else f"`{home.path}`, which is not there"
    needs = f", and `{writer}` writes to it" if writer else ""
    yield Problem(
        message=f"the home of `{stage.user.name}` is {where}{needs}",
        span=stage.user.instruction.user.span,
        fix=_fix(build, stage),
        severity=None if writer else Severity.INFO,
    )


_WRITERS = (
    "streamlit", "jupyterlab", "notebook", "ipython", "wandb", "mlflow", "ray", "gradio", "nltk",
    "kaggle", "tensorflow-datasets", "gensim",
)  # fmt: skip


def _fix(build: Build, stage: StageFacts) -> Fix | None:
    name = stage.user.name
    for found in build.shipped_commands_of("useradd"):
        made = new_user(found.command)
        # What a trigger makes is not here.
        if found.run.parent is not None:
            continue
        if made is None or name not in {made.name.value, made.uid.value if made.uid else ""}:
            continue
        if made.home is not None or made.is_system:
            return None
        no_home = {"-M", "--no-create-home"}
        words = [word for word in found.command.arguments if word.value in no_home]
        at = found.command.words[0].span.end
        edit = (
            Edit.replace(words[0].span, "--create-home")
            if words
            else Edit.insert(at, " --create-home")
        )
        return Fix("Make a home for it", (edit,), Applicability.SAFE)
    instruction = stage.user.instruction
    if instruction is None or instruction.stage is not stage.stage or not name.isdecimal():
        return None
    first = instruction.comments[0].line if instruction.comments else instruction.first_line
    text = f"{keyword('ENV', build.dockerfile)} HOME=/tmp{build.source.newline}"
    return Fix(
        title="Set `HOME=/tmp`",
        edits=(Edit.insert(build.source.line_span(first).start, text),),
        applicability=Applicability.UNSAFE,
        changes=("+ENV",),
    )
