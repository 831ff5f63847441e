"""
Credentials that `boxwright init` makes up, in files that neither Git nor an image ever sees.

What is there is never changed: a database keeps the password that it was made with.
"""

from __future__ import annotations

import os
import re
import secrets
import subprocess
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from boxwright.errors import ProjectError
from boxwright.plan.model import Plan
from boxwright.render.kubernetes import SECRETS_FILE
from boxwright.text.record import NamedTuple

FOLDER = "secrets"
ENV = ".env"


class Made(NamedTuple):
    """A file that was written for secrets, or what the user has to write into it."""

    path: str
    text: str


def make_secrets(
    folder: Path, plan: Plan, variables: Iterable[str], keys: Iterable[str] = ()
) -> Iterator[Made]:
    """
    Make the secrets of *plan* that are missing in *folder*, and tell which have to be given.

    *variables* are the names that compose.yaml takes from the environment, *keys* those
    that the Secret of the Kubernetes overlay for development has.
    """
    values: dict[str, str] = {}
    if any(secret.form == "file" for secret in plan.secrets):
        place = folder / FOLDER
        place.mkdir(mode=0o700, exist_ok=True)
        ignore = place / ".gitignore"
        if not ignore.exists():
            ignore.write_text("# Nothing in this folder is ever committed.\n*\n")
    for secret in plan.secrets:
        if secret.form != "file":
            continue
        path = folder / FOLDER / secret.name
        shown = f"{FOLDER}/{secret.name}"
        if path.exists():
            values[secret.name] = _read(path, shown)
        elif secret.is_made:
            values[secret.name] = secrets.token_hex(24)
            _write_new(path, values[secret.name], mode=0o444)
            yield Made(shown, "made up")
        else:
            yield Made(shown, f"is missing: write what `{secret.variable}` needs into it")
    yield from _env(folder, plan, variables, values)
    yield from _kubernetes(folder, tuple(keys), values)


def _env(
    folder: Path, plan: Plan, variables: Iterable[str], values: dict[str, str]
) -> Iterator[Made]:
    """Complete `.env`, from which Docker Compose takes what is no file."""
    made = {secret.name.upper() for secret in plan.secrets if secret.is_made}
    known = {secret.name.upper() for secret in plan.secrets}
    names = list(dict.fromkeys(variables))
    wanted = [name for name in names if name in known]
    if "UID" in names and os.getuid():
        # What containers write into the project shall be this user's.
        known.add("UID")
        values["uid"] = str(os.getuid())
        wanted.append("UID")
    if not wanted:
        return
    path = folder / ENV
    text = _read(path, ENV) if path.exists() else ""
    there = dict(re.findall(r"^\s*(?:export\s+)?(\w+)\s*=[ \t]*(.*)$", text, re.MULTILINE))
    lines = []
    for name in wanted:
        if name in there:
            values.setdefault(name.lower(), there[name])
            if not there[name]:
                yield Made(ENV, f"`{name}` has no value yet")
            continue
        value = values.get(name.lower()) or (secrets.token_hex(24) if name in made else "")
        lines.append(f"{name}={value}\n")
        values[name.lower()] = value
        if name != "UID":
            yield Made(ENV, f"`{name}` made up" if value else f"`{name}` has no value yet")
    if lines:
        before = text if not text or text.endswith("\n") else f"{text}\n"
        if path.exists():
            path.write_text(before + "".join(lines))
        else:
            _write_new(path, "".join(lines), mode=0o600)
    yield from _hide_from_git(folder)


def _hide_from_git(folder: Path) -> Iterator[Made]:
    """Add `.env` to `.gitignore` where Git would take it."""
    if (folder / ENV).exists() and _is_tracked_by_git(folder):
        ignore = folder / ".gitignore"
        listed = _read(ignore, ".gitignore") if ignore.exists() else ""
        gap = "" if not listed or listed.endswith("\n") else "\n"
        ignore.write_text(f"{listed}{gap}{ENV}\n")
        yield Made(".gitignore", f"`{ENV}` added")


def _kubernetes(folder: Path, keys: tuple[str, ...], values: Mapping[str, str]) -> Iterator[Made]:
    """Complete what `kubectl apply --kustomize` makes the Secret of, with the same values."""
    path = folder / SECRETS_FILE
    if not keys or not path.parent.is_dir():
        return
    text = _read(path, SECRETS_FILE) if path.exists() else ""
    there = dict(line.partition("=")[::2] for line in text.splitlines() if "=" in line)
    after = there | {key: values.get(key) or there.get(key, "") for key in keys}
    missing = [f"`{key}`" for key in keys if not after[key]]
    if missing:
        yield Made(SECRETS_FILE, f"has no value yet for {', '.join(missing)}")
    elif after != there:
        yield Made(SECRETS_FILE, "made up" if not there else "completed")
    if after == there:
        return
    ignore = path.parent / ".gitignore"
    if not ignore.exists():
        ignore.write_text(f"{path.name}\n")
    content = "".join(f"{key}={value}\n" for key, value in after.items())
    if path.exists():
        path.write_text(content)
    else:
        _write_new(path, content, mode=0o600)


def _is_tracked_by_git(folder: Path) -> bool:
    """Tell whether Git would take `.env`, which it must not."""
    command = ["git", "-C", str(folder), "check-ignore", "--quiet", "--no-index", ENV]
    try:
        done = subprocess.run(command, capture_output=True, check=False, timeout=30)
    except (OSError, subprocess.TimeoutExpired):
        return False
    # 1: a repository, and the file is not ignored; 128: no repository.
    return done.returncode == 1


def _write_new(path: Path, text: str, *, mode: int) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        # The umask may take the reading away that the container's user needs.
        os.fchmod(file.fileno(), mode)
        file.write(text)


def _read(path: Path, shown: str) -> str:
    try:
        return path.read_text("utf-8").strip("\n") if shown != ENV else path.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ProjectError(
            f"`{shown}` cannot be read", hint="give yourself the permission, or move it away"
        ) from error
