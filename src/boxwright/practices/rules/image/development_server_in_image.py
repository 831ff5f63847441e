"""
The image starts a server that is made for development.

It serves one request at a time, starts again when a file changes, or shows the program's inside, with a console to type into, to whoever provokes an error.
Its own documentation says not to use it for anything else.

Bad:

```yaml
cmd: [flask, run, --host, 0.0.0.0]
ports: [5000/tcp]
layers:
  - step: CMD ["flask", "run", "--host", "0.0.0.0"]
```

```yaml
cmd: [uvicorn, "main:app", --reload]
ports: [8000/tcp]
layers:
  - step: CMD ["uvicorn", "main:app", "--reload"]
```

Good:

```yaml
cmd: [gunicorn, "main:app"]
ports: [8000/tcp]
layers:
  - step: CMD ["gunicorn", "main:app"]
```

## When it is fine

Images for developers: say so in the label `boxwright.ignore`.

## Fix

None in a finished image: gunicorn, uvicorn or `fastapi run`. See development-server for Dockerfiles.

## Settings

None.

## Equivalents

None.

## References

Docker patterns, Containers for ML.
"""

from __future__ import annotations

from collections.abc import Iterator

from boxwright.findings.finding import Severity
from boxwright.practices.image_subject import ImageSubject, printable
from boxwright.practices.rule import Problem, rule


@rule(ImageSubject, severity=Severity.WARNING)
def development_server_in_image(image: ImageSubject) -> Iterator[Problem]:
    for name, values in (("FLASK_DEBUG", ("1", "true")), ("FLASK_ENV", ("development",))):
        if image.environment.get(name, "").lower() in values:
            yield Problem(f"`{name}` turns Flask's debugger on", image.setting_span(f"ENV {name}"))
    server = image.server
    if server is None:
        return
    span = image.setting_span("CMD", "ENTRYPOINT")
    name = printable(server.name)
    if server.is_for_development:
        yield Problem(f"`{name}` is a server for development", span)
    elif server.reloading is not None:
        option = printable(server.reloading.value.partition("=")[0])
        yield Problem(f"`{option}` starts `{name}` again when a file changes", span)
    elif server.debugging is not None:
        option = printable(server.debugging.value.partition("=")[0])
        yield Problem(f"`{option}` shows the inside of `{name}` to whoever provokes an error", span)
