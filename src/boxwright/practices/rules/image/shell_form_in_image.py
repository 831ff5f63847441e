"""
The image starts its process through a shell.

The shell is process 1 and keeps `SIGTERM` to itself: the service never hears that it is to stop, loses the requests that it is at, and is killed after ten seconds.
It also has to be in the image for that.

Bad:

```yaml
cmd: [/bin/sh, -c, "uvicorn main:app --port 8000"]
layers:
  - step: CMD uvicorn main:app --port 8000
```

Good:

```yaml
cmd: [uvicorn, "main:app", --port, "8000"]
layers:
  - step: CMD ["uvicorn", "main:app", "--port", "8000"]
```

```yaml
cmd: [/bin/sh, -c, "exec uvicorn main:app --port $PORT"]
layers:
  - step: CMD exec uvicorn main:app --port $PORT
```

## When it is fine

A line that ends with `exec` hands over to the process, which then gets the signal. So does bash by itself where there is one command only; Debian's `sh` does not.

## Fix

None in a finished image. See shell-form-command, which rewrites the Dockerfile.

## Settings

None.

## Equivalents

None.

## References

Docker patterns, Containers for ML.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from boxwright.findings.finding import Severity
from boxwright.practices.image_subject import ImageSubject, printable
from boxwright.practices.rule import Problem, rule

_SHELLS = frozenset({"ash", "bash", "dash", "sh", "zsh"})
_EXEC = re.compile(r"(?:^|[;&|\n]\s{0,100})exec\s")


@rule(ImageSubject, severity=Severity.WARNING)
def shell_form_in_image(image: ImageSubject) -> Iterator[Problem]:
    words = image.command
    if len(words) < 3 or words[0].rpartition("/")[2] not in _SHELLS:
        return
    if not re.fullmatch(r"-\w*c", words[1]) or _EXEC.search(words[2][:10_000]):
        return
    inner = [command for command in image.commands if command.outer is not None]
    if image.is_base or (words[0].endswith(("bash", "zsh")) and len(inner) == 1):
        return
    keyword = "ENTRYPOINT" if image.config.entrypoint else "CMD"
    yield Problem(
        f"`{printable(words[0])}` is process 1 and keeps the signal to stop to itself",
        image.setting_span(keyword),
    )
