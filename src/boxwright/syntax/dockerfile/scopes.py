"""Which variables an instruction sees, and with which values: ARG, ENV, stages below."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator, Mapping
from weakref import WeakKeyDictionary

from boxwright.syntax.dockerfile.instructions import (
    Arg,
    Argument,
    Dockerfile,
    Env,
    From,
    Instruction,
    Pair,
    Stage,
)
from boxwright.syntax.dockerfile.variables import Expanded, expand
from boxwright.text.record import NamedTuple

PLATFORM_ARGUMENTS = frozenset(
    {
        "BUILDPLATFORM", "BUILDOS", "BUILDOSVERSION", "BUILDARCH", "BUILDVARIANT",
        "TARGETPLATFORM", "TARGETOS", "TARGETOSVERSION", "TARGETARCH", "TARGETVARIANT",
        "TARGETSTAGE",
    }
)  # fmt: skip
"""Every FROM sees these; in a stage each needs an ARG."""

PROXY_ARGUMENTS = frozenset(
    {
        "HTTP_PROXY", "HTTPS_PROXY", "FTP_PROXY", "NO_PROXY", "ALL_PROXY",
        "http_proxy", "https_proxy", "ftp_proxy", "no_proxy", "all_proxy",
    }
)  # fmt: skip
"""Every RUN sees these where the build is given them, without an ARG."""

# All values of a file together, in characters: more are not kept.
_BUDGET = 20_000_000


class Value(NamedTuple):
    """What a variable is at an instruction."""

    value: str | None
    """None where it is not known: no default, or it depends on something outside the file."""
    kind: str
    """`env`, `arg`, `global` (an ARG before the first FROM), or `predefined` (a platform)."""
    pair: Pair | Argument | None
    """Where it was set; None for what comes from the image below."""

    @property
    def is_argument_without_default(self) -> bool:
        """Whether it is unset unless the build is given it."""
        return (
            self.value is None
            and self.kind in ("arg", "global")
            and isinstance(self.pair, Argument)
            and self.pair.default is None
        )


def resolve(
    raw: str,
    environment: Mapping[str, Value],
    escape: str = "\\",
    *,
    others_unknown: bool = False,
) -> Expanded:
    """
    Return what *raw* is in *environment*.

    Where *others_unknown*, a name that is not there may still be set by the image below.
    An argument without a default counts as unset for `${x:-w}`, and elsewhere as not known.
    """
    if "$" not in raw:
        return expand(raw, {}, escape)
    expanded = expand(raw, _Lookup(environment, others_unknown=others_unknown), escape)
    if expanded.value is None:
        return expanded
    for use in expanded.names:
        if use.modifier not in ("-", ":-"):
            value = environment.get(use.name)
            if value is not None and value.is_argument_without_default:
                return expanded._replace(value=None)
    return expanded


class _Lookup(Mapping[str, str | None]):
    """An environment as expansion wants it."""

    def __init__(self, environment: Mapping[str, Value], *, others_unknown: bool) -> None:
        self._environment = environment
        self._others_unknown = others_unknown

    def __contains__(self, name: object) -> bool:
        value = self._environment.get(str(name))
        if value is None:
            return self._others_unknown
        return not value.is_argument_without_default

    def __getitem__(self, name: str) -> str | None:
        value = self._environment.get(name)
        if value is None and not self._others_unknown:
            raise KeyError(name)
        return value.value if value is not None else None

    def __iter__(self) -> Iterator[str]:
        return iter(self._environment)

    def __len__(self) -> int:
        return len(self._environment)


def global_environment(
    instructions: Iterable[Instruction], given: Mapping[str, str] | None = None
) -> dict[str, Value]:
    """
    Return what every FROM sees: the platforms, and each ARG before the first FROM.

    The build arguments *given* take the place of defaults.
    """
    given = given or {}
    environment = {name: Value(None, "predefined", None) for name in PLATFORM_ARGUMENTS}
    budget = _BUDGET
    for instruction in instructions:
        if isinstance(instruction, From):
            break
        if not isinstance(instruction, Arg):
            continue
        for argument in instruction.declared:
            name = argument.name.value
            if name in given:
                environment[name] = Value(given[name], "global", argument)
            elif argument.default is not None:
                value = resolve(argument.default.raw, environment, instruction.escape).value
                budget -= len(value or "")
                environment[name] = Value(value if budget > 0 else None, "global", argument)
            elif name not in environment:
                environment[name] = Value(None, "global", argument)
    return environment


class Scopes:
    """The variables of a Dockerfile."""

    def __init__(
        self,
        dockerfile: Dockerfile,
        base_environment: Callable[[Stage], Mapping[str, str] | None] | None = None,
        *,
        given: Mapping[str, str] | None = None,
        bases_are_complete: bool = True,
    ) -> None:
        """
        *base_environment* tells what the image below a stage sets, None where not known.

        Without *bases_are_complete* that is not all that it sets. The build arguments *given*
        take the place of defaults.
        """
        self._given = given or {}
        self._bases_are_complete = bases_are_complete
        self.globals: Mapping[str, Value] = global_environment(dockerfile.instructions, given)
        self._places: dict[int, tuple[_Scope, int]] = {}
        self._scopes: list[_Scope] = []
        self._budget = _BUDGET
        for stage in dockerfile.stages:
            self._read(stage, base_environment)

    def environment_at(self, instruction: Instruction) -> Mapping[str, Value]:
        """Return what *instruction* sees: a trigger what its ONBUILD does, a FROM the globals."""
        while instruction.parent is not None:
            instruction = instruction.parent
        place = self._places.get(id(instruction))
        if place is None:
            return self.globals
        return _Environment(*place)

    def environment_of(self, stage: Stage) -> Mapping[str, Value]:
        """Return what one more instruction at the end of *stage* would see."""
        scope = self._scopes[stage.index]
        return _Environment(scope, len(stage.instructions))

    def image_environment(self, stage: Stage) -> dict[str, Value]:
        """Return the environment of the image that *stage* makes: what ENV sets, no ARG."""
        found: dict[str, Value] = {}
        scope: _Scope | None = self._scopes[stage.index]
        while scope is not None:
            for name, value in scope.variables.items():
                found.setdefault(name, value)
            for name, value in scope.outside.items():
                found.setdefault(name, value)
            scope = scope.parent
        return found

    def expand(self, raw: str, instruction: Instruction) -> Expanded:
        """Return what *raw* is at *instruction*."""
        environment = self.environment_at(instruction)
        others_unknown = isinstance(environment, _Environment) and not environment.is_complete
        return resolve(raw, environment, instruction.escape, others_unknown=others_unknown)

    def _read(
        self,
        stage: Stage,
        base_environment: Callable[[Stage], Mapping[str, str] | None] | None,
    ) -> None:
        if stage.base is not None:
            scope = _Scope(self._scopes[stage.base.index], {}, is_complete=True)
        else:
            outside = base_environment(stage) if base_environment is not None else None
            if outside is None and stage.from_.image.value == "scratch":
                outside = {}
            scope = _Scope(
                None,
                {name: Value(value, "env", None) for name, value in (outside or {}).items()},
                is_complete=outside is not None and (self._bases_are_complete or not outside),
            )
        self._scopes.append(scope)
        for position, instruction in enumerate(stage.instructions):
            self._places[id(instruction)] = (scope, position)
            if isinstance(instruction, Env):
                before = _Environment(scope, position)
                # All of a line is expanded before any of it is set.
                values = [
                    (
                        self._expanded(pair.name.raw, before, instruction) or pair.name.value,
                        Value(self._expanded(pair.value.raw, before, instruction), "env", pair),
                    )
                    for pair in instruction.pairs
                ]
                for name, value in values:
                    scope.set(name, position, value)
                    scope.variables[name] = value
            elif isinstance(instruction, Arg):
                for argument in instruction.declared:
                    # Within a line, an argument sees those before it.
                    before = _Environment(scope, position + 1)
                    value_of = self._argument(argument, before, instruction)
                    if value_of is not None:
                        scope.set(argument.name.value, position, value_of)

    def _argument(
        self, argument: Argument, before: _Environment, instruction: Instruction
    ) -> Value | None:
        """Return what *argument* sets, None where it leaves what there is."""
        given = self._given.get(argument.name.value)
        if given is not None:
            return Value(given, "arg", argument)
        if argument.default is not None:
            value = self._expanded(argument.default.raw, before, instruction)
            return Value(value, "arg", argument)
        name = argument.name.value
        outer = self.globals.get(name)
        if outer is not None and outer.kind == "predefined":
            return outer._replace(pair=argument)
        if outer is not None and not (outer.is_argument_without_default and name in before):
            return outer
        return None if name in before else Value(None, "arg", argument)

    def _expanded(
        self, raw: str, environment: _Environment, instruction: Instruction
    ) -> str | None:
        value = resolve(
            raw, environment, instruction.escape, others_unknown=not environment.is_complete
        ).value
        self._budget -= len(value or "")
        return value if self._budget > 0 else None


class _Scope:
    """What a stage sets, in order."""

    def __init__(
        self, parent: _Scope | None, outside: dict[str, Value], *, is_complete: bool
    ) -> None:
        self.parent = parent
        self.outside = outside
        """What the image below sets."""
        self.is_complete: bool = is_complete and (parent is None or parent.is_complete)
        self.variables: dict[str, Value] = {}
        """What ENV sets, at the end."""
        self.history: dict[str, tuple[list[int], list[Value]]] = {}

    def set(self, name: str, position: int, value: Value) -> None:
        positions, values = self.history.setdefault(name, ([], []))
        positions.append(position)
        values.append(value)


_known: WeakKeyDictionary[Dockerfile, Scopes] = WeakKeyDictionary()


def environment_at(instruction: Instruction) -> Mapping[str, Value]:
    """Return what *instruction* sees, where nothing is known of the images below."""
    while instruction.parent is not None:
        instruction = instruction.parent
    scopes = _known.get(instruction.dockerfile)
    if scopes is None:
        scopes = _known[instruction.dockerfile] = Scopes(instruction.dockerfile)
    return scopes.environment_at(instruction)


class _Environment(Mapping[str, Value]):
    """What is set before a place; nothing is copied, since there may be very many places."""

    def __init__(self, scope: _Scope, position: int) -> None:
        self._scope = scope
        self._position = position

    @property
    def is_complete(self) -> bool:
        """Whether no more can be set than is known."""
        return self._scope.is_complete

    def __getitem__(self, name: str) -> Value:
        scope: _Scope | None = self._scope
        position = self._position
        while scope is not None:
            found = scope.history.get(name)
            if found is not None:
                at = bisect_left(found[0], position)
                if at:
                    return found[1][at - 1]
            if name in scope.outside:
                return scope.outside[name]
            scope = scope.parent
            # Of the stage below, everything counts.
            position = 1 << 62
        raise KeyError(name)

    def __iter__(self) -> Iterator[str]:
        names: dict[str, None] = {}
        scope: _Scope | None = self._scope
        position = self._position
        while scope is not None:
            for name, (positions, _) in scope.history.items():
                if positions[0] < position:
                    names[name] = None
            names.update(dict.fromkeys(scope.outside))
            scope = scope.parent
            position = 1 << 62
        return iter(names)

    def __len__(self) -> int:
        return sum(1 for _ in self)
