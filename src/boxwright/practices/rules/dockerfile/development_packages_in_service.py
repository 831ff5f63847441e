"""
A service ships tools for development.

Test runners, linters and notebooks are of no use to a container that answers requests.
They make it larger, JupyterLab by hundreds of megabytes with what it needs, and each is one more package to scan and to patch, and one more tool for an intruder.

Bad:

```dockerfile
FROM python:3.12-slim
RUN pip install --no-cache-dir fastapi==0.115.12 uvicorn==0.34.2 pytest==8.3.5 jupyterlab==4.4.1
COPY app /app
CMD ["uvicorn", "app.main:app", "--host", "0.0.0.0"]
```

Good:

```dockerfile
FROM python:3.12-slim
RUN pip install --no-cache-dir fastapi==0.115.12 uvicorn==0.34.2
COPY app /app
CMD ["uvicorn", "app.main:app", "--host", "0.0.0.0"]
```

## When it is fine

In images for training and notebooks, and in a stage for tests that nothing ships from: only what starts a server is looked at.
Test runners and linters are an information, a notebook server is a warning.

## References

Best practices guide, Containers for ML.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from boxwright.findings.finding import Severity
from boxwright.practices.open_versions import names
from boxwright.practices.rule import Problem, rule
from boxwright.practices.subjects import Build

if TYPE_CHECKING:
    from boxwright.practices.python_package import PythonPackage
    from boxwright.text.source import Span

_NOTEBOOKS = frozenset({"jupyterlab", "notebook", "jupyter", "jupyterhub", "nbclassic"})
_TOOLS = frozenset(
    {
        "pytest", "pytest-cov", "pytest-asyncio", "pytest-mock", "pytest-xdist", "coverage", "tox",
        "nox", "black", "ruff", "flake8", "pylint", "mypy", "pyright", "isort", "autopep8", "yapf",
        "pre-commit", "bandit", "ipdb", "pudb", "sphinx", "mkdocs", "twine", "ipykernel", "hypothesis",
        "factory-boy", "pip-tools", "bumpversion", "commitizen",
    }
)  # fmt: skip


@rule(Build, severity=Severity.WARNING)
def development_packages_in_service(build: Build) -> Iterator[Problem]:
    stage = build.final
    if stage is None or stage.kind not in {"service", "worker"}:
        return
    # A port alone may be that of a notebook.
    if stage.kind_reason.startswith("it exposes"):
        return
    # A library alone does not make it a service.
    if stage.kind_reason.endswith(" is installed") and not stage.ports:
        return
    found: dict[int, list[PythonPackage]] = {}
    for package in stage.distributions:
        if package.name in _NOTEBOOKS | _TOOLS and package.instruction is not None:
            found.setdefault(package.instruction.span.start, []).append(package)
    for packages in found.values():
        listed = names(list(dict.fromkeys(package.name for package in packages)))
        files = {_file(package) for package in packages}
        where = f" of `{next(iter(files))}`" if len(files) == 1 and all(files) else ""
        is_heavy = any(package.name in _NOTEBOOKS for package in packages)
        verb = "is" if len({package.name for package in packages}) == 1 else "are"
        yield Problem(
            message=f"{listed}{where} {verb} of no use to a {stage.kind}: {stage.kind_reason}",
            span=_place(packages),
            severity=None if is_heavy else Severity.INFO,
        )


def _file(package: PythonPackage) -> str:
    """Return the file that asks for *package*, empty where the command does."""
    return "" if package.word_span is not None else package.origin.partition(":")[0]


def _place(packages: list[PythonPackage]) -> Span:
    for package in packages:
        if package.word_span is not None:
            return package.word_span
    return packages[0].instruction.keyword_span  # type: ignore[union-attr]
