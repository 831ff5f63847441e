"""
What looks like the exec form is none.

The exec form is a JSON array: double quotes, commas, nothing behind the bracket.
Anything else is taken as a command for the shell, without a word:
`CMD ['uvicorn', 'app:app']` asks the shell for a program called `[uvicorn,`.

Bad:

```dockerfile
FROM python:3.12-slim
CMD ['uvicorn', 'app:app']
```

```dockerfile
FROM python:3.12-slim
ENTRYPOINT ["uvicorn" "app:app"]
```

Good:

```dockerfile
FROM python:3.12-slim
CMD ["uvicorn", "app:app"]
```

## Fix

Single quotes become double ones, missing commas are added, where the words are plain. Unsafe: what runs is another command than before, though the one that was meant.

## Equivalents

tally invalid-json-form.
"""

from __future__ import annotations

from collections.abc import Iterator

from boxwright.findings.finding import Applicability, Fix, Severity
from boxwright.practices.rule import Problem, rule
from boxwright.practices.subjects import Build
from boxwright.syntax.dockerfile.instructions import Cmd, Entrypoint, Healthcheck, Run, Shell
from boxwright.text.edit import Edit

_Listed = Cmd | Entrypoint | Healthcheck | Run | Shell


@rule(Build, severity=Severity.ERROR)
def invalid_exec_form(build: Build) -> Iterator[Problem]:
    found: tuple[_Listed, ...] = (
        *build.of(Cmd),
        *build.of(Entrypoint),
        *build.of(Healthcheck),
        *build.of(Run),
        *build.of(Shell),
    )
    for instruction in found:
        if instruction.looks_like_json:
            yield Problem(
                message=f"this is no exec form, as {instruction.json_problem}:"
                " the shell is given the brackets",
                span=instruction.arguments_span,
                fix=_fix(instruction),
            )


def _fix(instruction: _Listed) -> Fix | None:
    import json
    import shlex

    text = instruction.arguments.text.strip()
    if isinstance(instruction, Healthcheck) or not text.endswith("]") or "\\" in text:
        return None
    lexer = shlex.shlex(text[1:-1], posix=True, punctuation_chars=",")
    lexer.whitespace_split = True
    try:
        words = [word for word in lexer if word != ","]
    except ValueError:
        return None
    if not words or any(not set(word).isdisjoint(" ,\"'") for word in words):
        return None
    wanted = json.dumps(words, ensure_ascii=False)
    return Fix(
        title=f"Write `{wanted}`",
        edits=(Edit.replace(instruction.arguments_span, wanted),),
        applicability=Applicability.UNSAFE,
    )
