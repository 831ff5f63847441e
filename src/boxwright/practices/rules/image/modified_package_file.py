"""
A file is not what the package that owns it has installed.

Somebody changed a library in place: a patch that the next update undoes and that no lock knows, or something worse.
The RECORD of a wheel has the digest of each file.

Bad:

```yaml
layers:
  - step: RUN pip install requests
    files:
      opt/venv/lib/python3.13/site-packages/requests-2.32.4.dist-info/METADATA: |
        Metadata-Version: 2.4
        Name: requests
        Version: 2.32.4
      opt/venv/lib/python3.13/site-packages/requests-2.32.4.dist-info/RECORD: |
        requests/api.py,sha256=ungWv48Bz-pBQUeTXsUDvGi-mTJkqFU_HPOUDFB5EsI,5
      opt/venv/lib/python3.13/site-packages/requests/api.py: |
        import os
```

Good:

```yaml
layers:
  - step: RUN pip install requests
    files:
      opt/venv/lib/python3.13/site-packages/requests-2.32.4.dist-info/METADATA: |
        Metadata-Version: 2.4
        Name: requests
        Version: 2.32.4
      opt/venv/lib/python3.13/site-packages/requests-2.32.4.dist-info/RECORD: |
        requests/api.py,,
      opt/venv/lib/python3.13/site-packages/requests/api.py: |
        import os
```

## When it is fine

Launchers and byte code are written on the spot, and configuration is there to be changed: they are not compared.

## Fix

None in a finished image: patch a copy of the package and install that, or keep the patch in your own code.

## Settings

None.

## Equivalents

None.

## References

MLSecOps.
"""

from __future__ import annotations

from collections.abc import Iterator

from boxwright.findings.finding import Severity
from boxwright.practices.image_subject import ImageSubject, named, printable
from boxwright.practices.rule import Problem, rule

_MOST = 50
"""Packages that are told: where more were changed, all of the image was."""


@rule(ImageSubject, severity=Severity.WARNING)
def modified_package_file(image: ImageSubject) -> Iterator[Problem]:
    contents = image.contents
    found: dict[tuple[str, int], list[str]] = {}
    for path in contents.modified:
        owner = contents.owner(path)
        if owner is not None:
            key = (f"{owner.name} {owner.version}", contents.files[path].layer)
            found.setdefault(key, []).append(path)
    for (package, layer), paths in sorted(found.items())[:_MOST]:
        yield Problem(
            f"{named(sorted(paths))} of `{printable(package)}` "
            f"{'is' if len(paths) == 1 else 'are'} not as installed",
            image.layer_span(layer),
        )
