"""Credentials in commands and values, told without telling them."""

from __future__ import annotations

import functools
import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from boxwright.practices.programs.arguments import parse_arguments
from boxwright.practices.programs.remembered import remembered
from boxwright.practices.programs.runners import Invocation, invocation
from boxwright.practices.secret_names import (
    is_literal_secret,
    is_secret_name,
    name_words,
    value_kind,
)
from boxwright.text.record import NamedTuple
from boxwright.text.source import Span

if TYPE_CHECKING:
    from boxwright.syntax.shell.command import Command, ShellWord


class Credential(NamedTuple):
    """A credential that a command is given."""

    kind: str
    """With its article: `a password in a URL`, `a Hugging Face token`."""
    shown: str
    """What may be shown of it, and how it got there: never the credential."""
    span: Span
    variables: tuple[str, ...]
    """The variables that it comes from; empty where it stands there itself."""

    @property
    def is_literal(self) -> bool:
        """Whether anybody who reads the command has it."""
        return not self.variables


class UrlCredential(NamedTuple):
    """The user and password, or the token, in a URL."""

    user: str
    """Not to be shown where there is no password: it may be a token."""
    host: str
    start: int
    """Where the URL starts in its text."""
    secret_start: int
    secret_end: int
    """Where the credential is, the password if there is one."""
    shown: str
    """The URL without it."""
    is_literal: bool


@remembered
def find_credentials(command: Command) -> tuple[Credential, ...]:
    """Return the credentials in the words and assignments of *command*, by their place."""
    found = [*_in_assignments(command), *_in_words(command)]
    started = invocation(command)
    if started is not None:
        found.extend(_in_options(started))
        found.extend(_in_operands(started))
    found.sort(key=lambda item: item.span)
    # The first one that is told of a place says most: words come before options.
    result: list[Credential] = []
    for item in found:
        if not any(_overlap(item.span, other.span) for other in result[-3:]):
            result.append(item)
    return tuple(result)


def known_credential(text: str) -> tuple[str, str] | None:
    """
    Return what sort of credential is in *text* by its form, and what may be shown of it.

    >>> known_credential("nothing to see")
    """
    if len(text) < _SHORTEST:
        return None
    from boxwright.scan.secrets import find_secrets

    found = find_secrets("", text.encode("utf-8", "replace"))
    return (found[0].kind, found[0].redacted) if found else None


def url_credential(text: str) -> UrlCredential | None:
    """
    Return the first credential in a URL in *text*.

    >>> url_credential("https://oauth2:abcd1234@gitlab.com/x.git").shown
    'https://oauth2:…@gitlab.com'
    >>> url_credential("git+ssh://git@github.com/x"), url_credential("https://example.com/a@b")
    (None, None)
    """
    at = text.find("://")
    while at >= 0:
        start = at
        while start and (text[start - 1].isalnum() or text[start - 1] in "+-."):
            start -= 1
        found = _in_authority(text, start, at + 3)
        if found is not None:
            return found
        at = text.find("://", at + 3)
    return None


def redacted(value: str) -> str:
    """
    Return what may be shown of a credential: nothing but its length.

    >>> redacted("correct horse")
    'hidden, 13 characters'
    """
    return f"hidden, {len(value)} characters"


def redacted_url(url: str) -> str:
    """Return *url* without the credential in it."""
    found = url_credential(url)
    if found is None:
        return url
    return f"{url[: found.secret_start]}…{url[found.secret_end :]}"


_SHORTEST = 16
"""No form that is known is shorter."""

_PLAIN_USERS = frozenset({"git", "hg", "svn", "anonymous", "oauth2accesstoken", "user", "username"})


def _in_authority(text: str, start: int, at: int) -> UrlCredential | None:
    """Return the credential between *at*, behind `://`, and the host."""
    end = len(text)
    for place in range(at, min(end, at + _LONGEST_AUTHORITY)):
        if text[place] in "/?# \t\n'\"`<>|\\" and not _in_braces(text, at, place):
            end = place
            break
    else:
        end = min(end, at + _LONGEST_AUTHORITY)
    userinfo, found, host = text[at:end].rpartition("@")
    if not found or not userinfo:
        return None
    user, colon, password = _split_user(userinfo)
    scheme = text[start : at - 3].lower()
    if not colon:
        if user.lower() in _PLAIN_USERS or "ssh" in scheme:
            return None
        secret_start, secret = at, user
    else:
        secret_start, secret = at + len(user) + 1, password
    if value_kind(secret) in {"empty", "placeholder"} or secret.startswith(("<", "%(", "{{")):
        return None
    host = host.partition(":")[0].lower()
    # A lone name is a token only where it looks like one: `root@host` is none.
    is_variable = value_kind(secret) == "variable"
    if not colon and not is_variable and not _looks_like_token(secret):
        return None
    shown_user = (
        f"{user}:" if colon and value_kind(user) != "variable" else user + ":" if colon else ""
    )
    return UrlCredential(
        user=user,
        host=host,
        start=start,
        secret_start=secret_start,
        secret_end=secret_start + len(secret),
        shown=f"{text[start:at]}{shown_user}…@{host}",
        is_literal=not is_variable,
    )


_LONGEST_AUTHORITY = 1000


def _in_braces(text: str, at: int, place: int) -> bool:
    """Return whether *place* is inside of `${…}` or `$(…)` that starts behind *at*."""
    before = text[at:place]
    return before.count("${") > before.count("}") or before.count("$(") > before.count(")")


def _split_user(userinfo: str) -> tuple[str, str, str]:
    """Return user and password; a colon in `${USER:-me}` does not separate them."""
    depth = 0
    for place, character in enumerate(userinfo):
        if character in "{(":
            depth += 1
        elif character in "})":
            depth -= 1
        elif character == ":" and depth <= 0:
            return userinfo[:place], ":", userinfo[place + 1 :]
    return userinfo, "", ""


def _looks_like_token(text: str) -> bool:
    return len(text) >= 12 and any(letter.isdigit() for letter in text)


def _overlap(one: Span, other: Span) -> bool:
    return one.start < other.end and other.start < one.end


def _variables(text: str, word: ShellWord | None) -> tuple[str, ...]:
    """Return the variables in *text*, a piece of *word*; substitutions count as nameless."""
    names = tuple(dict.fromkeys(match[1] for match in _variable().finditer(text)))
    if names or word is None or word.is_static:
        return names
    return ("",) if "$(" in text or "`" in text else ()


@functools.cache
def _variable() -> re.Pattern[str]:
    return re.compile(r"\$\{?([A-Za-z_][A-Za-z0-9_]*)")


def _credential(kind: str, shown: str, word: ShellWord, text: str | None = None) -> Credential:
    return Credential(
        kind, shown, word.span, _variables(word.value if text is None else text, word)
    )


def _in_assignments(command: Command) -> Iterator[Credential]:
    for assignment in command.assignments:
        name, value = assignment.name, assignment.value
        if is_secret_name(name, value.value) is None:
            url = url_credential(value.value)
            if url is not None:
                yield _of_url(url, value)
            continue
        if "$(" in value.value or "`" in value.value:
            # `TOKEN=$(cat /run/secrets/token)` is how it should be done.
            continue
        variables = _variables(value.value, value)
        if variables or is_literal_secret(name, value.value):
            shown = f"`{name}=…`, {redacted(value.value)}" if not variables else f"`{name}=…`"
            yield Credential("a credential", shown, assignment.span, variables)


def _of_url(url: UrlCredential, word: ShellWord) -> Credential:
    text = word.value[url.secret_start : url.secret_end]
    return _credential("a credential in a URL", f"`{url.shown}`", word, text)


def _in_words(command: Command) -> Iterator[Credential]:
    words = command.words
    for word in words:
        text = word.value
        if "://" in text and "@" in text:
            url = url_credential(text)
            if url is not None:
                yield _of_url(url, word)
                continue
        header = _header().search(text) if ":" in text and len(text) < 5000 else None
        if header is not None and command.program not in {"grep", "sed", "awk"}:
            secret = header["secret"]
            if value_kind(secret) in {"literal", "number", "variable"} and "$(" not in secret:
                yield _credential(
                    "a credential in a header", f"`{header['name']}: …`", word, secret
                )
                continue
    # One look at all of them: what has no known form is the rule.
    joined = "\n".join(word.value for word in words if len(word.value) >= _SHORTEST)
    if known_credential(joined) is None:
        return
    for word in words:
        known = known_credential(word.value)
        if known is not None:
            yield Credential(known[0], known[1], word.span, ())


@functools.cache
def _header() -> re.Pattern[str]:
    return re.compile(
        r"(?:^|extraheader=)(?P<name>Authorization|Proxy-Authorization|X-Api-Key|Api-Key"
        r"|Private-Token|Job-Token|X-Auth-Token|X-GitHub-Token|X-JFrog-Art-Api):[ \t]*"
        r"(?:(?:Bearer|Basic|Token|token|bearer|basic)[ \t]+)?(?P<secret>\S.*)$",
        re.IGNORECASE,
    )


# --- Options

_PASSWORD_OPTIONS: dict[str, tuple[str, tuple[str, ...]]] = {
    # Program: letters that take a value, and those options that are a credential.
    "docker": ("pu", ("-p", "--password")),
    "podman": ("pu", ("-p", "--password", "--creds")),
    "buildah": ("pu", ("-p", "--password", "--creds")),
    "skopeo": ("pu", ("-p", "--password", "--creds", "--src-creds", "--dest-creds")),
    "crane": ("pu", ("-p", "--password")),
    "oras": ("pu", ("-p", "--password")),
    "helm": ("pu", ("-p", "--password")),
    "twine": ("pur", ("-p", "--password")),
    "curl": (
        "AbcCdDeEFHKmoPQrtTuUwxXyYz",
        ("-u", "--user", "-U", "--proxy-user", "--oauth2-bearer"),
    ),
    "wget": ("OPoUtTeQ", ("--password", "--http-password", "--ftp-password", "--proxy-password")),
    "redis-cli": ("ahpn", ("-a", "--pass")),
    "redis-server": ("", ("--requirepass", "--masterauth")),
    "valkey-server": ("", ("--requirepass", "--masterauth")),
    "mongo": ("pu", ("-p", "--password")),
    "mongosh": ("pu", ("-p", "--password")),
    "mysql": ("", ("--password",)),
    "mysqladmin": ("", ("--password",)),
    "sshpass": ("pfde", ("-p",)),
    "az": ("pug", ("-p", "--password", "--sas-token", "--account-key")),
    "conda": ("", ("--password",)),
    "rasa": ("", ("--auth-token",)),
}
_SECRET_WORDS = frozenset({"password", "passwd", "passphrase", "token", "secret", "apikey"})


def _in_options(started: Invocation) -> Iterator[Credential]:
    letters, listed = _PASSWORD_OPTIONS.get(started.name, ("", ()))
    names = {
        word.value[2:]
        for word in started.arguments
        if word.value.startswith("--") and "=" not in word.value and _is_secret_option(word.value)
    }
    names.update(name[2:] for name in listed if name.startswith("--"))
    arguments = parse_arguments(started.arguments, letters, names)
    for option in arguments.options:
        value = option.value
        if value is None or not (option.name in listed or _is_secret_option(option.name)):
            continue
        text = value.value
        if option.name in {"-u", "--user", "-U", "--proxy-user"} or "creds" in option.name:
            _, colon, text = text.partition(":")
            if not colon:
                continue
        kind = value_kind(text)
        is_weak = kind == "placeholder" and is_literal_secret("password", text)
        if (
            "$(" in text
            or text.startswith("-")
            or (kind not in {"literal", "number", "variable"} and not is_weak)
        ):
            continue
        yield _credential("a credential", f"`{option.name} …`", value, text)


def _is_secret_option(name: str) -> bool:
    if not name.startswith("--") or len(name) > 60:
        return False
    words = name_words(name)
    is_key = words[-1:] == ("key",) and bool({"api", "access", "secret", "private"} & set(words))
    if not is_key and not _SECRET_WORDS.intersection(words):
        return False
    return is_secret_name(name) is not None and words[-1] not in {"stdin", "env"}


def _in_operands(started: Invocation) -> Iterator[Credential]:
    """Return the credentials that stand where a program expects them without an option."""
    values = [word.value for word in started.arguments]
    plain = [word for word in started.arguments if not word.value.startswith("-")]
    names = [word.value for word in plain]
    candidates: list[ShellWord] = []
    match started.name:
        case "wandb" if names[:1] == ["login"]:
            candidates = plain[1:2]
        case "aws" if names[:2] == ["configure", "set"] and len(plain) > 3:
            if is_secret_name(names[2]):
                candidates = plain[3:4]
        case "npm" | "yarn" | "pnpm" if names[:2] == ["config", "set"]:
            candidates = [
                word for word in plain[2:] if "_auth" in word.value or "_password" in word.value
            ]
            if candidates and "=" not in candidates[0].value:
                candidates = plain[3:4]
        case "poetry" if names[:1] == ["config"] and len(plain) > 2:
            if names[1].startswith(("http-basic.", "pypi-token.")):
                candidates = plain[-1:]
        case "dvc" if names[:2] == ["remote", "modify"] and len(plain) > 4:
            if is_secret_name(names[3]) or is_secret_name(names[-2]):
                candidates = plain[-1:]
        case "mc" if names[:2] in (["alias", "set"], ["config", "host"]) and len(plain) > 5:
            candidates = plain[-1:]
        case "kaggle" if names[:2] == ["config", "set"] and "key" in values:
            candidates = plain[-1:]
        case "git" if "config" in names and any("extraheader" in name for name in names):
            candidates = plain[-1:]
        case "mysql" | "mysqladmin" | "mysqldump" | "mariadb":
            joined = [word for word in started.arguments if len(word.value) > 2]
            candidates = [
                word for word in joined if word.value.startswith("-p") and word.value[2] != "-"
            ]
        case _:
            return
    for word in candidates:
        if "$(" in word.value or value_kind(word.value) not in {"literal", "number", "variable"}:
            continue
        yield _credential("a credential", f"given to `{started.name}`", word)
