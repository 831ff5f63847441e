"""
A file in the image is of the kind that credentials are kept in.

`.env`, `id_rsa`, `kubeconfig` or `credentials.json` belong to the machine on which the image is built, or to the one on which it runs, and come in with a careless `COPY .`.
Even where nothing is found in them they tell of hosts, accounts and names.

Bad:

```yaml
layers:
  - step: COPY . /app
    files:
      app/.env: |
        DEBUG=1
      app/.aws/credentials: |
        [default]
```

Good:

```yaml
layers:
  - step: COPY . /app
    files:
      app/.env.example: |
        DEBUG=1
      app/main.py: 3 kB
```

## When it is fine

A file of that name that a package of a distribution or a wheel owns is not told, and neither are certificates (`.pem` where there is no private key in it).
Otherwise name it in `allow`.

## Fix

None in a finished image: a line in .dockerignore. See unignored-secret for sources.

## Settings

`allow` (default `[]`): paths that may be there.

## Equivalents

dockle CIS-DI-0010.

## References

Docker patterns, Containers for ML.
"""

from __future__ import annotations

from collections.abc import Iterator

from boxwright.findings.finding import Severity
from boxwright.practices.context import is_secret_file
from boxwright.practices.image_subject import ImageSubject, named
from boxwright.practices.rule import Problem, rule


@rule(ImageSubject, severity=Severity.WARNING, options={"allow": ()})
def secret_file_in_image(image: ImageSubject) -> Iterator[Problem]:
    contents = image.contents
    allowed = {str(path).lstrip("/") for path in image.allowed_paths}
    owners = contents.owners
    found: dict[tuple[int, bool], set[str]] = {}
    for path, (member, layer) in contents.files.items():
        if path not in owners and member.size and _is_secret_file(path) and path not in allowed:
            found.setdefault((layer, True), set()).add(path)
    for member, layer, _, how in contents.gone:
        path = member.path
        if how in _HIDDEN and member.size and _is_secret_file(path) and path not in allowed:
            found.setdefault((layer, False), set()).add(path)
    for (layer, is_live), paths in sorted(found.items()):
        what = "is a file" if len(paths) == 1 else "are files"
        state = "" if is_live else ", hidden by a later layer but still there"
        yield Problem(
            f"{named(sorted(paths))} {what} that credentials are kept in{state}",
            image.layer_span(layer),
        )


_HIDDEN = ("deleted", "replaced")
# Where no private key was found in them they are certificates; secret-in-layer tells of keys.
_CERTIFICATES = (".pem", ".crt", ".cer")


# Most of the files of an image: no name that tells of credentials ends so.
_CODE = (".py", ".pyc", ".pyi", ".so", ".js", ".ts", ".map", ".h", ".hpp", ".html", ".css", ".md")


_NEVER = (*_CODE, *_CERTIFICATES)


def _is_secret_file(path: str) -> bool:
    return not path.endswith(_NEVER) and is_secret_file(path)
