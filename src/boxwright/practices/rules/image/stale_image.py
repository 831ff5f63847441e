"""
The image was built long ago.

What was safe on the day of the build has since been found to have holes, which a rebuild on a fresh base would have closed.
Thirty to sixty days is how long Debian's fixes take to matter.

Bad:

```yaml
created: "2026-03-01T00:00:00Z"
layers:
  - step: COPY . /app
```

Good:

```yaml
created: "2026-11-20T00:00:00Z"
layers:
  - step: COPY . /app
```

## When it is fine

Images that are made to be the same every time carry a fixed time (1970, 1980, that of the commit): times before 2015 are not judged. That is so for what Boxwright builds, whose lock says how old its packages are.

## Fix

None in a finished image: build it again in CI every week, with the newest base.

## Settings

`days` (default `90`): how old it may be.

## Equivalents

None.

## References

Base images, MLSecOps.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date

from boxwright.findings.finding import Severity
from boxwright.practices.image_subject import ImageSubject
from boxwright.practices.rule import Problem, rule

_OLDEST = 2015


@rule(ImageSubject, severity=Severity.INFO, options={"days": 90})
def stale_image(image: ImageSubject) -> Iterator[Problem]:
    match = re.match(r"(\d{4})-(\d\d)-(\d\d)T", image.config.created)
    if not match or int(match[1]) < _OLDEST:
        return
    try:
        created = date(int(match[1]), int(match[2]), int(match[3]))
    except ValueError:
        return
    age = (image.today - created).days
    days = image.options.get("days", 90)
    if isinstance(days, int) and age > days:
        yield Problem(f"the image is {age} days old, built on {created.isoformat()}", image.whole)
