"""What a pickle imports: known as harmless, known as dangerous, or neither."""

from __future__ import annotations

import functools
import re
from pathlib import Path
from typing import Literal, TypeAlias

Verdict: TypeAlias = Literal["harmless", "dangerous", "unknown"]

_SCRIPT = "__torch__"
"""The classes of TorchScript, which its own machine makes; Python has no such module."""
_PLAIN = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,199}(?:\.[A-Za-z_][A-Za-z0-9_]{0,199}){0,30}")


def is_plain(name: str) -> bool:
    """
    Tell whether *name* could be one of a module or of something in it.

    >>> is_plain("numpy.core"), is_plain("a b"), is_plain("")
    (True, False, False)
    """
    return _PLAIN.fullmatch(name) is not None


def effective(module: str, name: str, protocol: int) -> tuple[str, str]:
    """
    Return what Python 3 imports for *name* of *module* in a pickle of that *protocol*.

    >>> effective("__builtin__", "set", 2), effective("__builtin__", "set", 3)
    (('builtins', 'set'), ('__builtin__', 'set'))
    """
    if protocol >= 3:
        return module, name
    names, modules = _renamed()
    if (module, name) in names:
        return names[module, name]
    return modules.get(module, module), name


@functools.lru_cache(maxsize=4096)
def judge(module: str, name: str) -> Verdict:
    """
    Return what is known of importing *name* from *module*.

    The names of what is harmless decide first: what is dangerous is never known whole.

    >>> judge("collections", "OrderedDict"), judge("os", "system"), judge("shop.model", "Net")
    ('harmless', 'dangerous', 'unknown')
    """
    if module == _SCRIPT or module.startswith(_SCRIPT + "."):
        return "harmless"
    known = _known()
    current = known.current(module)
    if name in known.harmless.get(current, ()):
        return "harmless"
    parts = current.split(".")
    for length in range(len(parts), 0, -1):
        if name in known.harmless_under.get(".".join(parts[:length]), ()):
            return "harmless"
    if _is_dangerous(known, current, name):
        return "dangerous"
    return "unknown"


class _Known:
    """`pickles.toml`."""

    def __init__(self) -> None:
        import tomllib

        text = Path(__file__).with_name("pickles.toml").read_text("utf-8")
        document = tomllib.loads(text)
        self.renamed: dict[str, str] = document["renamed"]
        self.harmless = {
            module: frozenset(names.split()) for module, names in document["harmless"].items()
        }
        self.harmless_under = {
            module: frozenset(names.split()) for module, names in document["harmless_under"].items()
        }
        dangerous = document["dangerous"]
        self.dangerous = frozenset(dangerous["modules"].split()) | frozenset(
            f"{module}.{name}"
            for module, names in dangerous["names"].items()
            for name in names.split()
        )
        self.anywhere = frozenset(dangerous["anywhere"].split())

    def current(self, module: str) -> str:
        """Return *module* under the name that it has today."""
        for old, new in self.renamed.items():
            if module == old or module.startswith(old + "."):
                return new + module[len(old) :]
        return module


@functools.cache
def _known() -> _Known:
    return _Known()


@functools.cache
def _renamed() -> tuple[dict[tuple[str, str], tuple[str, str]], dict[str, str]]:
    import _compat_pickle

    return _compat_pickle.NAME_MAPPING, _compat_pickle.IMPORT_MAPPING


def _is_dangerous(known: _Known, module: str, name: str) -> bool:
    inner = name.split(".")
    # `os` is where `shutil os.system` leads to: attributes of attributes are found, too.
    for start in range(len(inner)):
        if _has_dangerous_start(known, inner[start:]) and (start or len(inner) > 1):
            return True
    if not known.anywhere.isdisjoint(inner):
        return True
    if any(part.startswith("__") and part.endswith("__") for part in inner):
        return True
    return _has_dangerous_start(known, [*module.split("."), *inner])


def _has_dangerous_start(known: _Known, parts: list[str]) -> bool:
    return any(".".join(parts[:length]) in known.dangerous for length in range(1, len(parts) + 1))
