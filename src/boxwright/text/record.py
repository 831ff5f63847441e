"""
`NamedTuple`, at a third of what the class costs to make.

A check of one file makes a hundred such classes, and `typing` compiles each annotation of
each of them on its own, which would be a tenth of the whole run.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from typing import NamedTuple as NamedTuple
else:
    from collections import namedtuple

    class _Made(type):
        """Makes a tuple with names of a class with annotations, as `typing.NamedTuple` does."""

        def __new__(cls, name: str, bases: tuple[type, ...], namespace: dict[str, object]) -> type:
            """Return the tuple class; of `NamedTuple` itself, an ordinary one."""
            if not bases:
                return super().__new__(cls, name, bases, namespace)
            annotations = namespace.get("__annotations__", {})
            made = namedtuple(
                name,
                annotations,
                defaults=[namespace[field] for field in annotations if field in namespace],
                module=namespace["__module__"],
            )
            for key, value in namespace.items():
                if key not in annotations and key not in ("__module__", "__dict__", "__slots__"):
                    setattr(made, key, value)
            return made

    class NamedTuple(metaclass=_Made):
        """The base of classes that are tuples with names."""
