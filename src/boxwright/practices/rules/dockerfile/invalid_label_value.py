r"""
The value of a label is not of the kind that its key promises.

The keys `org.opencontainers.image.*` have a meaning: `created` is a time, `licenses` an SPDX expression, `revision` a commit.
Registries, update bots and scanners read them, and pass over what they cannot read.

Bad:

```dockerfile
FROM python:3.12-slim
LABEL org.opencontainers.image.created="last Tuesday" \
      org.opencontainers.image.licenses="Apache License"
```

Good:

```dockerfile
FROM python:3.12-slim
LABEL org.opencontainers.image.created="2026-11-21T09:00:00Z" \
      org.opencontainers.image.licenses="Apache-2.0"
```

## When it is fine

A value with a variable that is not known here is not judged.

## Settings

`schema`: what labels of your own hold: a table of keys, each with `url`, `rfc3339`, `spdx`, `semver`, `hash`, `email` or `text`.

## Equivalents

hadolint DL3051, DL3052, DL3053, DL3054, DL3055, DL3056, DL3058.

hadolint judges only labels of a schema in its configuration; the keys of the image specification are known here without one.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Iterator

from boxwright.findings.finding import Severity
from boxwright.practices.rule import Problem, rule
from boxwright.practices.subjects import Build
from boxwright.syntax.dockerfile.instructions import Label

_OCI = "org.opencontainers.image."
_KINDS = {
    f"{_OCI}created": "rfc3339",
    f"{_OCI}url": "url",
    f"{_OCI}documentation": "url",
    f"{_OCI}source": "url",
    f"{_OCI}licenses": "spdx",
    f"{_OCI}revision": "text",
    f"{_OCI}version": "text",
    f"{_OCI}title": "text",
    f"{_OCI}authors": "text",
    f"{_OCI}vendor": "text",
}
_NAMES = {
    "url": "a URL",
    "rfc3339": "a time such as `2026-11-21T09:00:00Z` (RFC 3339)",
    "spdx": "an SPDX licence expression such as `Apache-2.0`",
    "semver": "a semantic version such as `1.4.2`",
    "hash": "a commit's hash",
    "email": "an e-mail address",
}


@rule(Build, severity=Severity.INFO, options={"schema": {}})
def invalid_label_value(build: Build) -> Iterator[Problem]:
    schema = build.options["schema"]
    kinds = {**_KINDS, **(schema if isinstance(schema, dict) else {})}
    for label in build.of(Label):
        for pair in label.pairs:
            kind = kinds.get(pair.name.value)
            value = build.reference(pair.value, label)
            if kind is None or value is None:
                continue
            if not value.strip():
                # `LABEL revision=$REVISION` is empty only until somebody gives the argument.
                if "$" not in pair.value.raw:
                    yield Problem(f"the label `{pair.name.value}` is empty", pair.span)
            elif kind in _NAMES and not _is_of(kind, value):
                yield Problem(
                    f"the label `{pair.name.value}` is `{value[:60]}`, which is not {_NAMES[kind]}",
                    pair.value.span,
                )


def _is_of(kind: str, value: str) -> bool:
    if kind != "spdx":
        return bool(_forms()[kind].fullmatch(value))
    from packaging.licenses import InvalidLicenseExpression, canonicalize_license_expression

    try:
        canonicalize_license_expression(value)
    except InvalidLicenseExpression:
        return False
    return True


@functools.cache
def _forms() -> dict[str, re.Pattern[str]]:
    return {
        "url": re.compile(r"[A-Za-z][A-Za-z\d+.-]*://[^\s/]+\S*"),
        "rfc3339": re.compile(
            r"\d{4}-(?:0\d|1[0-2])-(?:[0-2]\d|3[01])[Tt ](?:[01]\d|2[0-3]):[0-5]\d:[0-6]\d(?:\.\d+)?"
            r"(?:[Zz]|[+-]\d\d:\d\d)"
        ),
        "semver": re.compile(
            r"(?:0|[1-9]\d*)\.(?:0|[1-9]\d*)\.(?:0|[1-9]\d*)(?:-[\dA-Za-z.-]+)?(?:\+[\dA-Za-z.-]+)?"
        ),
        "hash": re.compile(r"[0-9a-fA-F]{7}|[0-9a-fA-F]{40}|[0-9a-fA-F]{64}"),
        "email": re.compile(r"[^\s@]+@[^\s@]+\.[^\s@]+"),
    }
