"""
A script is fetched and run in one go.

What runs is whatever the server sends at that moment, as root, with the build's network: nobody has read it and no digest names it.
If the connection breaks in the middle, the half that came is run.

Bad:

```dockerfile
FROM debian:13-slim
RUN curl -fsSL https://install.example.com/setup.sh | bash
```

Good:

```dockerfile
FROM debian:13-slim
ADD --checksum=sha256:24454f830cdb571e2c4ad15481119c43b3cafd48dd869a9b2945d1036d1dc68d https://install.example.com/setup.sh /tmp/
RUN bash /tmp/setup.sh && rm /tmp/setup.sh
```

## When it is fine

Many installers offer nothing else. Then a stage that does not ship is a better place for it than the image, with a version in the URL.

"""

from __future__ import annotations

from collections.abc import Iterator

from boxwright.findings.finding import Severity
from boxwright.practices.programs.downloads import piped_scripts
from boxwright.practices.rule import Problem, rule
from boxwright.practices.subjects import Build


@rule(Build, severity=Severity.WARNING)
def download_piped_to_shell(build: Build) -> Iterator[Problem]:
    # One look at each RUN that downloads at all.
    runs = {run.span.start: run for _, run, _ in build.commands_of("curl", "wget", "aria2c")}
    for run in runs.values():
        for piped in piped_scripts(run.commands):
            host = piped.download.host or "a server"
            yield Problem(
                message=f"what `{host}` sends is run by `{piped.interpreter.program}` unseen",
                span=piped.span,
            )
