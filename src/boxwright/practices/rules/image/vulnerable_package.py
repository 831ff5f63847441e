"""
A package of the image has a known vulnerability.

What is known to scanners is known to attackers, and the tools that use it are public.
Where a fixed version is there, taking it is most of the work.

Bad:

```yaml
layers:
  - step: RUN pip install requests==2.30.0
    wheels: [requests 2.30.0]
advisories:
  - {id: CVE-2023-32681, package: requests, severity: high, fixed: [2.31.0]}
```

Good:

```yaml
layers:
  - step: RUN pip install requests==2.32.4
    wheels: [requests 2.32.4]
advisories: []
```

## When it is fine

Where the part with the mistake is never reached: say so in `scan.ignore` of the settings, with a reason and a day on which it is looked at again, or in a VEX document.

## Fix

None in a finished image: `boxwright scan` tells the shortest way to each fixed version.

## Settings

`least` (default `"high"`): the least severity that is told: `critical`, `high`, `medium`, `low` or `none`. Vulnerabilities that nobody has rated are told from `low` on.

`unfixed` (default `false`): tell of those, too, for which there is no fixed version.

## Equivalents

None.

## References

Best practices guide, Base images, MLSecOps.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from boxwright.findings.finding import Severity
from boxwright.practices.image_subject import ImageSubject, printable
from boxwright.practices.rule import Problem, rule
from boxwright.scan.vulnerability import SEVERITIES

if TYPE_CHECKING:
    from boxwright.scan.vulnerability import Match

_SEVERITY = {"critical": Severity.ERROR, "high": Severity.ERROR, "medium": Severity.WARNING}


@rule(ImageSubject, severity=Severity.WARNING, options={"least": "high", "unfixed": False})
def vulnerable_package(image: ImageSubject) -> Iterator[Problem]:
    least = image.options.get("least", "high")
    if image.matches is None or least not in SEVERITIES:
        return
    told = SEVERITIES[: SEVERITIES.index(str(least)) + 1]
    if least in ("low", "none"):
        told = (*told, "unknown")
    for match in image.matches:
        if match.state != "affected" or match.advisory.severity not in told:
            continue
        if not match.fixed and not image.options.get("unfixed"):
            continue
        yield Problem(
            _message(match),
            image.layer_span(match.layer),
            severity=_SEVERITY.get(match.advisory.severity, Severity.INFO),
        )


def _message(match: Match) -> str:
    package = f"`{printable(match.package.name)} {printable(match.package.version)}`"
    severity = match.advisory.severity
    rated = "which nobody has rated" if severity == "unknown" else severity
    fixed = f"; fixed in {printable(match.fixed[0])}" if match.fixed else "; there is no fix yet"
    return f"{package} has {printable(match.advisory.id)} ({rated}){fixed}"
