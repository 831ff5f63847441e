"""Programs that give credentials: Docker's credential helpers, and the clouds' own."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

_TOKEN_USER = "<token>"  # noqa: S105 (the name that helpers give to an identity token)
_PATIENCE = 60
"""Seconds that a program has: it may ask the user."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Credentials:
    """User and password, or an identity token that is exchanged for others."""

    user: str = ""
    password: str = field(default="", repr=False)
    identity_token: str = field(default="", repr=False)


def find_program(name: str, environ: Mapping[str, str]) -> str | None:
    """Return where the program *name* is in PATH; None for one that names a folder."""
    return None if "/" in name else shutil.which(name, path=environ.get("PATH", os.defpath))


def ask_helper(
    helper: str,
    server: str,
    environ: Mapping[str, str],
    problems: list[str],
    *,
    patience: float = _PATIENCE,
) -> Credentials | None:
    """
    Ask the program `docker-credential-<helper>` for what it keeps for *server*.

    Why it gives nothing is added to *problems*, in a clause without any secret.
    """
    name = f"docker-credential-{helper}"
    said = ask_program([name, "get"], environ, problems, content=server, patience=patience)
    if said is None:
        return None
    try:
        answer = json.loads(said)
        user, secret = answer["Username"], answer["Secret"]
    except (ValueError, RecursionError, KeyError, TypeError):
        problems.append(f"`{name}` gives no credentials")
        return None
    if not isinstance(user, str) or not isinstance(secret, str) or not secret:
        problems.append(f"`{name}` gives no credentials")
        return None
    if user == _TOKEN_USER:
        return Credentials(identity_token=secret)
    return Credentials(user=user, password=secret)


def ask_program(
    command: Sequence[str],
    environ: Mapping[str, str],
    problems: list[str],
    *,
    content: str = "",
    patience: float = _PATIENCE,
) -> str | None:
    """
    Return what *command* prints, given *content* on its standard input; None where it fails.

    What it says then may be anything, a secret too: *problems* tell the status only, and
    nothing where it only says that it has nothing.
    """
    name = command[0]
    program = find_program(name, environ)
    if program is None:
        problems.append(f"there is no program `{name}`")
        return None
    try:
        done = subprocess.run(
            [program, *command[1:]],
            input=content,
            capture_output=True,
            text=True,
            errors="replace",
            timeout=patience,
            env=dict(environ),
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        problems.append(f"`{name}` does not answer")
        return None
    if done.returncode:
        if "not found" not in (done.stdout + done.stderr).lower():
            problems.append(f"`{name}` ends with status {done.returncode}")
        return None
    return done.stdout
