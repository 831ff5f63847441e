"""
The image starts Jupyter without a token or a password.

Whoever reaches the port runs any code, with all that the container may do: read the data, use the GPU, and go on from there.
Scanners on the internet look for exactly that port.

Bad:

```yaml
user: "1000"
cmd: [jupyter, lab, --ip=0.0.0.0, "--ServerApp.token="]
ports: [8888/tcp]
layers:
  - step: CMD ["jupyter", "lab", "--ip=0.0.0.0", "--ServerApp.token="]
```

Good:

```yaml
user: "1000"
cmd: [jupyter, lab, --ip=0.0.0.0]
ports: [8888/tcp]
layers:
  - step: CMD ["jupyter", "lab", "--ip=0.0.0.0"]
```

## When it is fine

Behind a proxy that asks everybody for theirs (JupyterHub): say so in the label `boxwright.ignore`. What a configuration file in the image says is not read.

## Fix

None in a finished image: without the option Jupyter makes up a token and prints it. See jupyter-without-token for Dockerfiles.

## Settings

None.

## Equivalents

None.

## References

Docker patterns.
"""

from __future__ import annotations

from collections.abc import Iterator

from boxwright.findings.finding import Severity
from boxwright.practices.image_subject import ImageSubject, printable
from boxwright.practices.programs.jupyter import (
    is_jupyter,
    jupyter_settings,
    setting_of_variable,
)
from boxwright.practices.rule import Problem, rule

_PASSWORDS = ("password", "hashed_password")


@rule(ImageSubject, severity=Severity.ERROR)
def open_notebook_in_image(image: ImageSubject) -> Iterator[Problem]:
    start = image.start
    if start is None or not is_jupyter(start):
        return
    variables = (setting_of_variable(name, value) for name, value in image.config.env)
    settings = [*filter(None, variables), *jupyter_settings(start)]
    if any(each.name in _PASSWORDS and not each.is_open for each in settings):
        return
    # The command has the last word, and it comes last.
    tokens = [each for each in settings if each.name == "token"]
    if tokens and tokens[-1].is_open:
        written = printable(tokens[-1].written)
        yield Problem(
            f"Jupyter asks for no token: `{written}` is empty",
            image.setting_span(f"ENV {tokens[-1].written}", "CMD", "ENTRYPOINT"),
        )
