"""
Two accounts of the image have one name or one number.

With one number both are the same to the kernel: what belongs to one is the other's, and a second account with the number 0 is root under a harmless name.
With one name only the first line counts, and whoever edits the other wonders.

Bad:

```yaml
layers:
  - step: RUN useradd --uid 0 --non-unique helper
    files:
      etc/passwd: |
        root:x:0:0::/root:/bin/sh
        helper:x:0:0::/home/helper:/bin/sh
```

```yaml
layers:
  - step: RUN groupadd --gid 1000 app && groupadd --gid 1000 --non-unique data
    files:
      etc/group: |
        app:x:1000:
        data:x:1000:
```

Good:

```yaml
layers:
  - step: RUN useradd --uid 1000 app
    files:
      etc/passwd: |
        root:x:0:0::/root:/bin/sh
        app:x:1000:1000::/home/app:/bin/sh
```

## When it is fine

Never: it is mostly the same RUN in two places.

## Fix

None in a finished image: one account for one purpose, each with a number of its own.

## Settings

None.

## Equivalents

dockle DKL-LI-0002.

## References

MLSecOps.
"""

from __future__ import annotations

from collections.abc import Iterator

from boxwright.findings.finding import Severity
from boxwright.practices.image_subject import ImageSubject, accounts, printable
from boxwright.practices.rule import Problem, rule

_MOST = 10
_FILES = (("etc/passwd", "account"), ("etc/group", "group"))


@rule(ImageSubject, severity=Severity.WARNING)
def duplicate_account_in_image(image: ImageSubject) -> Iterator[Problem]:
    for path, what in _FILES:
        live = image.contents.files.get(path)
        span = image.layer_span(live.layer if live is not None else None)
        for message in _messages(image.contents.documents.get(path, b""), what)[:_MOST]:
            yield Problem(message, span)


def _messages(document: bytes, what: str) -> list[str]:
    names: dict[str, None] = {}
    numbers: dict[str, list[str]] = {}
    found = []
    for name, _, number, *_ in (fields for fields in accounts(document) if len(fields) > 2):
        if name in names:
            found.append(f"there are several {what}s with the name `{printable(name)}`")
            continue
        names[name] = None
        if number.isascii() and number.isdecimal():
            numbers.setdefault(number.lstrip("0") or "0", []).append(name)
    found += [
        f"the {what}s {' and '.join(f'`{printable(name)}`' for name in same[:_MOST])} have the "
        f"number {printable(number)}"
        for number, same in numbers.items()
        if len(same) > 1
    ]
    return list(dict.fromkeys(found))
