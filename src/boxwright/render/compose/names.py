"""Names, numbers and texts as Compose takes them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from boxwright.syntax.yaml.written import Commented, Data, written
from boxwright.text.record import NamedTuple


class Variable(NamedTuple):
    """A variable that Compose takes from `.env` or the environment."""

    name: str
    default: str
    """What holds where it is not set; of secrets nothing does."""
    description: str
    is_secret: bool = False

    @property
    def text(self) -> str:
        """Return how a Compose file says it."""
        return f"${{{self.name}:-{self.default}}}"


_KIB, _MIB, _GIB = 1 << 10, 1 << 20, 1 << 30


def project_name(text: str) -> str:
    """
    Return *text* as the name of a project or an image: small letters, digits and hyphens.

    >>> project_name("Credit_Risk.v2"), project_name("_"), project_name("2048")
    ('credit-risk-v2', 'app', '2048')
    """
    return re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-") or "app"


def variable_name(*words: str) -> str:
    """
    Return the environment variable that *words* make.

    >>> variable_name("batch-api", "port"), variable_name("2nd")
    ('BATCH_API_PORT', '_2ND')
    """
    name = re.sub(r"[^A-Z0-9]+", "_", "_".join(words).upper())
    return f"_{name}" if name[:1].isdigit() else name


def literal(text: str) -> str:
    """
    Return *text* so that Compose replaces no variable in it.

    >>> literal("costs $5"), literal("${HOME}")
    ('costs $$5', '$${HOME}')
    """
    return text.replace("$", "$$")


def size(number: int) -> str:
    """
    Return *number* bytes in the largest unit that fits without a rest.

    >>> size(2 << 30), size(1536 << 20), size(1000)
    ('2g', '1536m', '1000b')
    """
    for unit, name in ((_GIB, "g"), (_MIB, "m"), (_KIB, "k")):
        if number and number % unit == 0:
            return f"{number // unit}{name}"
    return f"{number}b"


def seconds(number: float) -> str:
    """
    Return a duration.

    >>> seconds(30), seconds(0.5)
    ('30s', '500ms')
    """
    thousandths = max(1, round(number * 1000))
    return f"{thousandths}ms" if thousandths % 1000 else f"{thousandths // 1000}s"


def user_of(text: str) -> tuple[str, str]:
    """
    Return user and group, which is the same where none is given.

    >>> user_of("65532:65532"), user_of("999")
    (('65532', '65532'), ('999', '999'))
    """
    name, _, group = text.partition(":")
    return name, group or name


def sections(parts: Iterable[tuple[str, Data]], *, spaced: frozenset[str]) -> str:
    """
    Return the text of a file with *parts* at its top, an empty line between any two.

    There is one between the entries of those that *spaced* names, too.
    """
    texts = []
    for key, value in parts:
        if key in spaced and isinstance(value, Mapping):
            entries = [written({name: entry}) for name, entry in value.items()]
            inner = "\n\n".join(entries).replace("\n", "\n  ").replace("\n  \n", "\n\n")
            texts.append(f"{key}:\n  {inner}")
        else:
            texts.append(written({key: value}))
    return "\n\n".join(texts) + "\n"


def because(value: Data, *reasons: str) -> Data:
    """Return *value* with *reasons*, a line each, above it."""
    return Commented(value, "\n".join(reasons)) if reasons else value
