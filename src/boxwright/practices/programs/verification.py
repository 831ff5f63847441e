"""What turns off the verification of certificates and signatures."""

from __future__ import annotations

import functools
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from boxwright.practices.programs.arguments import parse_arguments
from boxwright.practices.programs.downloads import CURL_LETTERS
from boxwright.practices.programs.remembered import remembered
from boxwright.practices.programs.runners import Invocation, invocation
from boxwright.text.record import NamedTuple

if TYPE_CHECKING:
    from boxwright.syntax.shell.command import Command, ShellWord
    from boxwright.text.source import Span


class DisabledVerification(NamedTuple):
    """A place that says not to look who is answering, or who has signed."""

    option: str
    """What says so, as it can be shown: `--insecure`, `PYTHONHTTPSVERIFY=0`."""
    what: str
    """What is not verified any more: `certificates` or `signatures`."""
    span: Span


@remembered
def disabled_verification(command: Command) -> tuple[DisabledVerification, ...]:
    """Return what in *command* turns off the verification of certificates or signatures."""
    found = []
    for assignment in command.assignments:
        what = disables_verification(assignment.name, assignment.value.value)
        if what is not None:
            option = f"{assignment.name}={assignment.value.value}"
            found.append(DisabledVerification(option, what, assignment.span))
    started = invocation(command)
    if started is not None:
        found.extend(_disabling_options(started))
    return tuple(found)


def disables_verification(name: str, value: str) -> str | None:
    """
    Return what the variable *name* with *value* keeps from being verified; None for nothing.

    >>> disables_verification("PYTHONHTTPSVERIFY", "0"), disables_verification("PATH", "/bin")
    ('certificates', None)
    """
    text = value.strip().strip("\"'").lower()
    name = name.upper()
    if name in _OFF_WHEN_FALSE and text in {"0", "false", "no", "off"}:
        return "certificates"
    if name in _OFF_WHEN_TRUE and text not in {"", "0", "false", "no", "off"}:
        return "certificates"
    if name in _OFF_WHEN_SET and text:
        return "signatures" if name.startswith("GONO") else "certificates"
    # An empty bundle is how `requests` and `curl_cffi` users switch it off.
    if name in {"CURL_CA_BUNDLE", "REQUESTS_CA_BUNDLE"} and not text:
        return "certificates"
    return None


_OFF_WHEN_FALSE = frozenset(
    {
        "PYTHONHTTPSVERIFY",
        "NODE_TLS_REJECT_UNAUTHORIZED",
        "NPM_CONFIG_STRICT_SSL",
        "YARN_STRICT_SSL",
        "YARN_ENABLE_STRICT_SSL",
        "CONDA_SSL_VERIFY",
        "MAMBA_SSL_VERIFY",
        "AWS_S3_VERIFY_SSL",
        "SSL_VERIFY",
        "POETRY_CERTIFICATES_DEFAULT_CERT",
    }
)
_OFF_WHEN_TRUE = frozenset(
    {"GIT_SSL_NO_VERIFY", "CURL_INSECURE", "MLFLOW_TRACKING_INSECURE_TLS", "PIXI_TLS_NO_VERIFY"}
)
_OFF_WHEN_SET = frozenset(
    {"PIP_TRUSTED_HOST", "UV_INSECURE_HOST", "GOINSECURE", "GONOSUMDB", "GONOSUMCHECK"}
)


class _Switch(NamedTuple):
    """Options of programs that turn verification off."""

    letters: str
    names: frozenset[str]
    with_value: str = ""
    """The letters of options that take a value, which would hide a letter behind them."""
    what: str = "certificates"


@functools.cache
def _switches() -> dict[str, _Switch]:
    trusted = _Switch("", frozenset({"--trusted-host"}))
    unsigned = _Switch("", frozenset({"--nogpgcheck", "--no-gpg-checks"}), what="signatures")
    apt = _Switch("", frozenset({"--allow-unauthenticated", "--force-yes"}), what="signatures")
    return {
        "curl": _Switch("k", frozenset({"--insecure", "--proxy-insecure"}), CURL_LETTERS),
        "wget": _Switch("", frozenset({"--no-check-certificate"})),
        "aria2c": _Switch("", frozenset({"--check-certificate=false"})),
        "gdown": _Switch("", frozenset({"--no-check-certificate"})),
        "pip": trusted,
        "pip3": trusted,
        "uv": _Switch("", frozenset({"--allow-insecure-host", "--trusted-host"})),
        "aws": _Switch("", frozenset({"--no-verify-ssl"})),
        "mc": _Switch("", frozenset({"--insecure"})),
        "conda": _Switch("k", frozenset({"--insecure"}), "ncp"),
        "mamba": _Switch("k", frozenset({"--insecure"}), "ncp"),
        "micromamba": _Switch("", frozenset({"--ssl-verify=false", "--no-ssl-verify"})),
        "apk": _Switch("", frozenset({"--allow-untrusted"}), what="signatures"),
        "apt": apt,
        "apt-get": apt,
        "aptitude": _Switch("", frozenset({"--allow-untrusted"}), what="signatures"),
        "dpkg": _Switch("", frozenset({"--force-bad-verify", "--no-debsig"}), what="signatures"),
        "yum": unsigned,
        "dnf": unsigned,
        "tdnf": unsigned,
        "microdnf": unsigned,
        "zypper": _Switch(
            "", frozenset({"--no-gpg-checks", "--allow-unsigned-rpm"}), what="signatures"
        ),
        "rpm": _Switch(
            "",
            frozenset({"--nodigest", "--nosignature", "--noverify", "--nofiledigest"}),
            what="signatures",
        ),
    }


_SETTINGS = (
    # Program, setting, the values that turn it off (none: any), and what is not verified then.
    ("git", "http.sslverify", ("false", "0", "no", "off"), "certificates"),
    ("npm", "strict-ssl", ("false",), "certificates"),
    ("yarn", "strict-ssl", ("false",), "certificates"),
    ("pnpm", "strict-ssl", ("false",), "certificates"),
    ("conda", "ssl_verify", ("false", "no", "0", "<false>"), "certificates"),
    ("mamba", "ssl_verify", ("false", "no", "0", "<false>"), "certificates"),
    ("yum-config-manager", "sslverify", ("0", "false"), "certificates"),
    ("yum", "sslverify", ("0", "false"), "certificates"),
    ("dnf", "sslverify", ("0", "false"), "certificates"),
    ("dnf", "gpgcheck", ("0", "false"), "signatures"),
    ("yum", "gpgcheck", ("0", "false"), "signatures"),
    ("apt-get", "acquire::https::verify-peer", ("false",), "certificates"),
    ("apt-get", "apt::get::allowunauthenticated", ("true",), "signatures"),
    ("apt-get", "acquire::allowinsecurerepositories", ("true",), "signatures"),
    ("apt", "acquire::https::verify-peer", ("false",), "certificates"),
    ("pip", "global.trusted-host", (), "certificates"),
    ("pip3", "global.trusted-host", (), "certificates"),
)


def _disabling_options(started: Invocation) -> Iterator[DisabledVerification]:
    switch = _switches().get(started.name)
    if switch is not None:
        arguments = parse_arguments(started.arguments, switch.with_value)
        for option in arguments.options:
            name = option.word.value if option.word.value in switch.names else option.name
            is_letter = name[1:] in switch.letters and len(name) == 2
            if name in switch.names or is_letter:
                yield DisabledVerification(name, switch.what, option.word.span)
    for program, key, off, what in _SETTINGS:
        if program == started.name:
            yield from _disabling_settings(started.arguments, key, off, what)


def _disabling_settings(
    words: Sequence[ShellWord], key: str, off: tuple[str, ...], what: str
) -> Iterator[DisabledVerification]:
    """Return where *key* is set to one of *off*, in one word or in two; to anything without any."""
    for at, word in enumerate(words):
        text = word.value.lower().lstrip("-")
        _, found, tail = text.partition(key)
        if not found:
            continue
        last = word
        value = tail.removeprefix("=")
        if not tail and at + 1 < len(words):
            last = words[at + 1]
            value = last.value.lower()
        if value.strip("\"'") in off or (not off and value):
            span = word.span._replace(end=last.span.end)
            option = f"{key}={value}"
            yield DisabledVerification(option, what, span)
