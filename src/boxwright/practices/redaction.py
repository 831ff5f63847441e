"""What an image says of itself, with the credentials in it hidden."""

from __future__ import annotations

import re
from collections.abc import Iterable

from boxwright.practices.secret_names import is_literal_secret
from boxwright.scan.leaks import Leak, secrets_in

HIDDEN = "[hidden]"

_SHORTEST = 6
"""Of a value that is hidden wherever it stands: a shorter one stands in other words, too."""
_MOST = 500
"""Values that are looked for; where there are more, all but the first word of a text is hidden."""
_ASSIGNED = re.compile(
    r"(?<![\w.-])(?P<name>-{0,2}[A-Za-z_][\w.-]{0,100})(?P<between>=|(?<=\w) (?!-))"
    r"""(?P<value>"[^"]*"|'[^']*'|[^\s"']+)"""
)
_IN_URL = re.compile(r"(?P<before>://[^\s/@:]{0,200}:)(?P<secret>[^\s/@]{1,1000})(?=@)")
_BEARER = re.compile(r"(?i)(?P<before>\b(?:bearer|basic) )(?P<secret>[\w.~+/=-]{12,})")


class Redaction:
    """
    Hides credentials: those of *leaks*, and what a name or a URL says is one.

    It hides rather too much: what is shown of an image is read by others than its owner.
    """

    def __init__(
        self,
        leaks: Iterable[Leak],
        *,
        env: Iterable[tuple[str, str]],
        labels: Iterable[tuple[str, str]],
    ) -> None:
        self._shown = {
            (leak.place, leak.name): leak.redacted
            for leak in leaks
            if leak.place in ("environment", "label", "annotation")
        }
        found = {
            value
            for place, pairs in (("environment", env), ("label", labels))
            for name, value in pairs
            if (place, name) in self._shown or is_literal_secret(name, value)
        }
        self._values = sorted(
            (value for value in found if len(value) >= _SHORTEST), key=len, reverse=True
        )

    def value(self, place: str, name: str, value: str) -> tuple[str, bool]:
        """Return *value* of *name* as it may be shown, and whether something of it is hidden."""
        told = self._shown.get((place, name))
        if told is not None:
            return f"{HIDDEN} {told}".rstrip(), True
        if is_literal_secret(name, value):
            return HIDDEN, True
        shown = self.text(value)
        return shown, shown != value

    def text(self, text: str) -> str:
        """Return *text*, a command or an instruction, without the credentials in it."""
        if len(self._values) > _MOST:
            return f"{text.partition(' ')[0]} {HIDDEN}"
        for value in self._values:
            text = text.replace(value, HIDDEN)
        for secret in secrets_in(text):
            text = text.replace(secret, HIDDEN)
        text = _IN_URL.sub(rf"\g<before>{HIDDEN}", text)
        text = _BEARER.sub(rf"\g<before>{HIDDEN}", text)
        return _ASSIGNED.sub(_without_value, text)


def _without_value(match: re.Match[str]) -> str:
    name, value = match["name"], match["value"]
    bare = name.lstrip("-")
    if match["between"] == " " and bare == name:
        return match[0]
    if not is_literal_secret(bare, value.strip("\"'")):
        return match[0]
    return f"{name}{match['between']}{HIDDEN}"
