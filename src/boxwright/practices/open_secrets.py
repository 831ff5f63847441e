"""Files of a context that hold credentials: by their names, and by what is in them."""

from __future__ import annotations

import functools
import posixpath
import re
from typing import TYPE_CHECKING

from boxwright.practices.context import cleaned, heavy_folder
from boxwright.practices.credentials import known_credential, url_credential
from boxwright.practices.secret_names import is_literal_secret

if TYPE_CHECKING:
    from boxwright.practices.context import Context

_SETTINGS = (".npmrc", ".yarnrc", "pip.conf", "pip.ini")
_LONGEST = 200_000
_TRIALS = frozenset(
    {"test", "tests", "testing", "testdata", "fixtures", "example", "examples", "samples", "mocks"}
)


def open_secrets(context: Context) -> tuple[str, ...]:
    """
    Return the sent files that hold credentials.

    Those in virtual environments and other folders that no image needs are left out, as
    are those of tests, whose keys open nothing.
    """
    return tuple(
        path
        for path in context.secret_files
        if _TRIALS.isdisjoint(path.lower().split("/")[:-1])
        and not any(heavy_folder(part) for part in path.split("/")[:-1])
        and holds_credential(context, path) is not False
    )


def holds_credential(context: Context | None, path: str) -> bool | None:
    """Return whether *path*, a file with the name of a secret, holds one; None if not known."""
    path = cleaned(path)
    if context is None or path not in context.all_paths():
        return None
    name = posixpath.basename(path).lower()
    text = context.read_text(path)
    is_key = name.endswith((".pem", ".key", ".ppk"))
    if text is None:
        # A presentation of Keynote ends in `.key` too; a key in that form is text.
        return False if is_key else None
    if len(text) > _LONGEST:
        return None
    if not text.strip():
        return False
    if is_key:
        return "PRIVATE KEY" in text
    if known_credential(text) is not None or url_credential(text) is not None:
        return True
    if name in _SETTINGS:
        return "_auth" in text.lower() or "_password" in text.lower()
    if "env" in name or name.endswith((".json", ".yaml", ".yml", ".toml", ".tfvars", ".tfstate")):
        return any(
            is_literal_secret(match["name"], match["value"].strip())
            for match in _entry().finditer(text)
        )
    return None


def is_named_by_dockerfile(context: Context, path: str) -> bool:
    """Return whether a Dockerfile in the root of *context* says the name of *path*."""
    name = posixpath.basename(path)
    return any(
        name in (context.read_text(dockerfile) or "")
        for dockerfile in context.all_paths()
        if "/" not in dockerfile and is_dockerfile(dockerfile)
    )


def is_dockerfile(path: str) -> bool:
    """Return whether *path* is called as Dockerfiles are."""
    name = posixpath.basename(path).lower()
    return not name.endswith(".dockerignore") and (
        name.startswith(("dockerfile", "containerfile")) or name.endswith(".dockerfile")
    )


@functools.cache
def _entry() -> re.Pattern[str]:
    return re.compile(
        r"""["']?(?P<name>[A-Za-z][\w.-]{0,80})["']?[ \t]{0,8}[:=][ \t]{0,8}"""
        r"""(?P<quote>["']?)(?P<value>[^"'\n,}]{1,400})"""
    )
