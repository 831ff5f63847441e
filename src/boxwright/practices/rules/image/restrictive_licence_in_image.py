"""
Something in the image has a licence that forbids what images are mostly for.

The AGPL wants the source of a service for everybody who uses it over a network, the SSPL that of all around it too, and weights under a non-commercial licence may not earn anything.
Who ships or serves the image has agreed to that, whether they know or not.

Bad:

```yaml
layers:
  - step: RUN pip install ultralytics
    wheels: [ultralytics 8.4.0 AGPL-3.0-only]
```

```yaml
layers:
  - step: COPY model.gguf /models/
    artifacts:
      - {path: models/model.gguf, role: model, format: gguf, size: 400000000, details: {licence: cc-by-nc-4.0}}
    files: {models/model.gguf: 400 MB}
```

Good:

```yaml
layers:
  - step: RUN pip install torch
    wheels: [torch 2.13.0 BSD-3-Clause]
```

```yaml
layers:
  - step: RUN pip install app
    wheels: [app 1.0 MIT OR AGPL-3.0-only]
```

## When it is fine

Where the source is published, or where another licence was bought: name the package in `allow`. This is no legal advice, and it knows only what packages and models say of themselves.

## Fix

None in a finished image: another package, another model, or a licence.

## Settings

`deny` (default `["AGPL-*", "SSPL-*", "*Affero*", "CC-BY-NC*", "*non-commercial*", "*noncommercial*"]`): patterns of licences, in any case, with `*` for any letters.

`allow` (default `[]`): names of packages, and paths of models, that may be there.

## Equivalents

None.

## References

MLSecOps.
"""

from __future__ import annotations

import fnmatch
import re
from collections.abc import Callable, Iterator, Sequence

from boxwright.findings.finding import Severity
from boxwright.practices.image_subject import ImageSubject, printable
from boxwright.practices.rule import Problem, rule
from boxwright.text.source import Span

_DENIED = (
    "AGPL-*", "SSPL-*", "*Affero*", "CC-BY-NC*", "*non-commercial*", "*noncommercial*",
)  # fmt: skip
_MOST_NAMES = 5
_LONGEST = 1000


@rule(ImageSubject, severity=Severity.INFO, options={"deny": _DENIED, "allow": ()})
def restrictive_licence_in_image(image: ImageSubject) -> Iterator[Problem]:
    is_denied = _denied(image.options.get("deny", _DENIED))
    allowed = {str(name).strip("/").lower() for name in image.allowed_paths}
    found: dict[str, list[tuple[str, Span]]] = {}
    for package in image.contents.inventory.packages:
        if package.vendored_in or package.name.lower() in allowed:
            continue
        for licence in package.licences:
            if _forbids(licence, is_denied):
                name = f"`{printable(package.name)} {printable(package.version)}`"
                found.setdefault(licence, []).append((name, image.package_span(package)))
    for each in image.contents.artifacts:
        artifact = each.artifact
        licence = artifact.details.get("licence", "")
        if each.state != "live" or not licence or artifact.path.lower() in allowed:
            continue
        if _forbids(licence, is_denied):
            name = f"`/{printable(artifact.path)}`"
            found.setdefault(licence, []).append((name, image.layer_span(each.layer)))
    for licence, those in sorted(found.items()):
        names = ", ".join(name for name, _ in those[:_MOST_NAMES])
        more = f" and {len(those) - _MOST_NAMES} more" if len(those) > _MOST_NAMES else ""
        has = "has" if len(those) == 1 else "have"
        yield Problem(f"{names}{more} {has} the licence `{printable(licence)}`", those[0][1])


def _denied(patterns: object) -> Callable[[str], bool]:
    listed = patterns if isinstance(patterns, Sequence) and not isinstance(patterns, str) else ()
    either = "|".join(fnmatch.translate(str(pattern).lower()) for pattern in listed)
    matches = re.compile(either or r"(?!)").match
    return lambda licence: matches(licence.lower()) is not None


def _forbids(licence: str, is_denied: Callable[[str], bool]) -> bool:
    """
    Tell whether nobody can use *licence*, an SPDX expression or some words, without a denied one.

    >>> _forbids("(MIT OR AGPL-3.0-only) AND Zlib", lambda name: name.startswith("AGPL"))
    False
    """
    words = re.findall(r"[()]|[^\s()]+", licence[:_LONGEST])
    if not {"AND", "OR", "WITH"} & set(words):
        return is_denied(licence[:_LONGEST].strip())
    # Of each open bracket: whether one side of an OR was free already, and whether this one is not.
    free, denied = [False], [False]
    for word in words:
        if word == "(":
            free.append(False)
            denied.append(False)
        elif word == ")" and len(free) > 1:
            inner = _is_forbidden(free.pop(), denied.pop())
            denied[-1] = denied[-1] or inner
        elif word == "OR":
            free[-1] = free[-1] or not denied[-1]
            denied[-1] = False
        elif word not in ("AND", "WITH"):
            denied[-1] = denied[-1] or is_denied(word)
    while len(free) > 1:
        inner = _is_forbidden(free.pop(), denied.pop())
        denied[-1] = denied[-1] or inner
    return _is_forbidden(free[0], denied[0])


def _is_forbidden(is_one_free: bool, is_last_denied: bool) -> bool:
    return is_last_denied and not is_one_free
