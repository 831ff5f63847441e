"""
An account of the image has no password to be asked for.

Whoever gets to a shell becomes that user, root perhaps, with `su` and the Enter key.
Accounts that nobody logs in to have `*` or `!` in `/etc/shadow`, which no password fits, and `x` in `/etc/passwd`, which sends whoever asks there.

Bad:

```yaml
layers:
  - step: RUN passwd -d root
    files:
      etc/shadow: |
        root::20000:0:99999:7:::
        app:*:20000:0:99999:7:::
```

Good:

```yaml
layers:
  - step: ADD rootfs.tar /
    files:
      etc/shadow: |
        root:*:20000:0:99999:7:::
```

## When it is fine

Never in an image that leaves the machine.

## Fix

None in a finished image: `RUN passwd -l root`, or no RUN that takes the password away.

## Settings

None.

## Equivalents

dockle DKL-LI-0001.

## References

MLSecOps.
"""

from __future__ import annotations

from collections.abc import Iterator

from boxwright.findings.finding import Severity
from boxwright.practices.image_subject import ImageSubject, accounts, printable
from boxwright.practices.rule import Problem, rule

_MOST = 10


@rule(ImageSubject, severity=Severity.ERROR)
def empty_password_in_image(image: ImageSubject) -> Iterator[Problem]:
    for path in ("etc/shadow", "etc/passwd"):
        names = [
            fields[0]
            for fields in accounts(image.contents.documents.get(path, b""))
            if len(fields) >= 3 and not fields[1]
        ]
        live = image.contents.files.get(path)
        for name in names[:_MOST]:
            yield Problem(
                f"the account `{printable(name)}` has an empty password in `/{path}`",
                image.layer_span(live.layer if live else None),
            )
