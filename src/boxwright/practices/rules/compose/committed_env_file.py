"""
A file of variables with credentials in it is not kept out of Git.

`.env` beside the Compose file is where Compose looks for variables, and `git add .` takes it along.
What is in one commit is in the history of every clone; scanners of public repositories find such files within minutes.

Bad:

```text title=".env"
POSTGRES_PASSWORD=Xk29fq7pLz
```

```text title=".gitignore"
__pycache__/
*.log
```

```yaml
services:
  db:
    image: postgres:16.6
    environment:
      POSTGRES_PASSWORD: ${POSTGRES_PASSWORD:?}
```

Good:

```text title=".env"
POSTGRES_PASSWORD=Xk29fq7pLz
```

```text title=".gitignore"
.env
```

```yaml
services:
  db:
    image: postgres:16.6
    environment:
      POSTGRES_PASSWORD: ${POSTGRES_PASSWORD:?}
```

## When it is fine

`.env.example` and its like, and files without a credential, are not reported.
Only the `.gitignore` beside the Compose file is read: where there is none, nothing is said, since it may lie further up.

Add the file to `.gitignore`; if it was committed already, `git rm --cached` takes it out of the next commits, and the credentials have to be changed.

## Equivalents

None.

## References

Best practices guide, Docker patterns, MLSecOps.
"""

from __future__ import annotations

import posixpath
from collections.abc import Iterator

from boxwright.errors import ProjectError
from boxwright.findings.finding import Severity
from boxwright.practices.compose_file import ComposeFile
from boxwright.practices.credentials import known_credential, url_credential
from boxwright.practices.rule import Problem, rule
from boxwright.practices.secret_names import is_literal_secret
from boxwright.syntax.yaml.interpolation import parse_dotenv
from boxwright.text.source import Span


@rule(ComposeFile, severity=Severity.ERROR)
def committed_env_file(file: ComposeFile) -> Iterator[Problem]:
    ignored = _read(file, ".gitignore")
    root = file.compose.root
    if ignored is None or root is None or not root.pairs:
        return
    patterns = [line.strip() for line in ignored.splitlines()[:2000]]
    places: dict[str, Span] = {".env": root.pairs[0].key.span}
    for service in file.services:
        for env_file in service.env_files:
            if env_file.path is not None:
                path = posixpath.normpath(env_file.path)
                places.setdefault(path, service.span_of(env_file.node))
    for path, span in places.items():
        if path.startswith(("/", "..")) or _is_example(path) or _is_ignored(path, patterns):
            continue
        names = _credentials(_read(file, path) or "")
        if names:
            shown = ", ".join(f"`{name}`" for name in names[:3])
            more = f" and {len(names) - 3} more" if len(names) > 3 else ""
            yield Problem(f"`{path}` holds {shown}{more}, and Git does not ignore it", span)


def _credentials(text: str) -> list[str]:
    return [
        name
        for name, value in parse_dotenv(text).items()
        if is_literal_secret(name, value)
        or url_credential(value) is not None
        or known_credential(value) is not None
    ]


def _is_example(path: str) -> bool:
    words = posixpath.basename(path).lower().replace("-", ".").replace("_", ".").split(".")
    return not {"example", "sample", "template", "dist", "defaults", "test", "ci"}.isdisjoint(words)


def _is_ignored(path: str, patterns: list[str]) -> bool:
    """Tell whether the last of *patterns* that is about *path* leaves it out."""
    from fnmatch import fnmatchcase

    result = False
    parts = path.split("/")
    for line in patterns:
        pattern = line.removeprefix("!").rstrip("/")
        if not pattern or line.startswith("#"):
            continue
        names = parts
        if "/" in pattern:
            # From the folder of the file on, or anywhere with `**/`.
            names = ["/".join(parts[: end + 1]) for end in range(len(parts))]
            if pattern.startswith("**/") and "/" not in pattern[3:]:
                pattern, names = pattern[3:], parts
        pattern = pattern.removeprefix("/")
        if any(fnmatchcase(name, pattern) for name in names):
            result = not line.startswith("!")
    return result


def _read(file: ComposeFile, path: str) -> str | None:
    if file.tree is None:
        return None
    try:
        return file.tree.read(path).decode("utf-8", "replace")
    except ProjectError:
        return None
