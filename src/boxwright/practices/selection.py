"""Which rules look at which file, how bad their findings are, and with which options."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from boxwright.errors import SettingsError
from boxwright.findings.finding import Severity
from boxwright.practices.registry import (
    AREAS,
    UnknownRuleError,
    find_rule,
    rule_names,
    rules,
    rules_for_code,
)
from boxwright.text.record import NamedTuple

if TYPE_CHECKING:
    from boxwright.practices.rule import Rule
    from boxwright.settings import CheckSettings, FileCheckSettings, Settings
    from boxwright.syntax.dockerignore import Dockerignore

_RULE, _AREA, _ALL, _ITSELF = 3.0, 2.0, 1.0, 0.5
"""How exactly a rule is named: the more exact name wins, and `ignore` where both are equal."""
_ASKED_NOW = 0.25
"""What is named on the command line is that much more exact than the same in settings."""


class Chosen(NamedTuple):
    """A rule that looks at a file."""

    rule: Rule[Any]
    severity: Severity | None
    """As settings have it; None where they do not say."""
    options: Mapping[str, object]


class Selection:
    """
    The rules that are on.

    The names in *select*, *extend_select* and *ignore* come from the command line, those
    in *settings* from a file; all are names of rules, of areas, codes of other tools, or
    `all`. *among* are the rules that there are, where they are not those of boxwright.
    """

    def __init__(
        self,
        settings: Settings | None = None,
        *,
        select: Sequence[str] = (),
        extend_select: Sequence[str] = (),
        ignore: Sequence[str] = (),
        among: Collection[Rule[Any]] | None = None,
    ) -> None:
        self._among = among
        self._settings = settings
        check = settings.check if settings is not None else None
        self._check = check
        self._asked = self._levels(select, "--select")
        self._added = self._levels(extend_select, "--extend-select")
        self._refused = self._levels(ignore, "--ignore")
        self._patterns: list[tuple[Dockerignore, _Terms]] = []
        self._base = _Terms()
        self._options: dict[str, Mapping[str, object]] = {}
        self._excluded: Dockerignore | None = None
        if check is not None and settings is not None:
            self._read(check, settings)
        self._cache: dict[tuple[tuple[str, ...], tuple[int, ...]], tuple[Chosen, ...]] = {}

    @property
    def settings(self) -> CheckSettings | None:
        """The settings that it comes from."""
        return self._check

    def excludes(self, path: str) -> bool:
        """Tell whether *path*, relative to the settings, is not to be looked for."""
        return self._excluded is not None and self._excluded.ignores(path)

    def excludes_all_below(self, folder: str) -> bool:
        """Tell whether nothing in *folder*, relative to the settings, is to be looked for."""
        return self._excluded is not None and self._excluded.ignores_all_below(folder)

    def chosen(self, areas: Sequence[str], path: str) -> tuple[Chosen, ...]:
        """Return the rules of *areas* that look at the file *path*, relative to the settings."""
        matching = tuple(
            number
            for number, (pattern, _) in enumerate(self._patterns)
            if path and pattern.ignores(path)
        )
        key = (tuple(areas), matching)
        if key not in self._cache:
            terms = [self._base, *(self._patterns[number][1] for number in matching)]
            self._cache[key] = tuple(
                Chosen(
                    rule,
                    next(
                        (
                            layer.severity[rule.name]
                            for layer in reversed(terms)
                            if rule.name in layer.severity
                        ),
                        None,
                    ),
                    self._options.get(rule.name, rule.options),
                )
                for rule in self.candidates(areas)
                if self._is_on(rule, terms)
            )
        return self._cache[key]

    def candidates(self, areas: Sequence[str]) -> tuple[Rule[Any], ...]:
        """Return the rules of *areas*, be they on or off."""
        if self._among is not None:
            return tuple(rule for rule in self._among if rule.area in areas)
        return tuple(rule for area in areas for rule in rules(area))

    def names(self) -> Collection[str]:
        """Return the names of all rules that there are."""
        if self._among is not None:
            return {rule.name for rule in self._among}
        return rule_names().keys()

    def _is_on(self, rule: Rule[Any], terms: Sequence[_Terms]) -> bool:
        selected = _ITSELF if rule.default else 0.0
        ignored = 0.0
        for layer in terms:
            if layer.select is not None:
                selected = _level(layer.select, rule)
            selected = max(selected, _level(layer.extend_select, rule))
            ignored = max(ignored, _level(layer.ignore, rule))
        if self._asked:
            asked = _level(self._asked, rule)
            selected = asked + _ASKED_NOW if asked else 0.0
        added = _level(self._added, rule)
        if added:
            selected = max(selected, added + _ASKED_NOW)
        refused = _level(self._refused, rule)
        if refused:
            ignored = max(ignored, refused + _ASKED_NOW)
        return selected > ignored

    def _read(self, check: CheckSettings, settings: Settings) -> None:
        def place(*keys: str) -> str:
            return f"{settings.source}: {settings.key('.'.join(('check', *keys)))}"

        self._base = self._terms(check, place)
        if check.exclude:
            self._excluded = _matcher(check.exclude, place("exclude"))
        for pattern, names in check.per_file_ignores:
            here = place("per-file-ignores", f'"{pattern}"')
            # Nothing is more exact than a file, not even what the command line selects.
            ignore = {name: level + _RULE for name, level in self._levels(names, here).items()}
            self._patterns.append((_matcher([pattern], here), _Terms(ignore=ignore)))
        for pattern, own in check.per_file:
            here = place("per-file", f'"{pattern}"')
            terms = self._terms(own, lambda *keys, here=here: ".".join((here, *keys)))
            self._patterns.append((_matcher([pattern], here), terms))
        for name, values in check.rules:
            here = place("rules", name)
            self._options[name] = _options(self._find(name, here), dict(values), here)

    def _terms(self, own: CheckSettings | FileCheckSettings, place: Callable[..., str]) -> _Terms:
        severity = {}
        for name, value in own.severity:
            self._find(name, place("severity", name))
            severity[name] = Severity[value.upper()]
        return _Terms(
            select=None if own.select is None else self._levels(own.select, place("select")),
            extend_select=self._levels(own.extend_select, place("extend-select")),
            ignore=self._levels(own.ignore, place("ignore")),
            severity=severity,
        )

    def _levels(self, names: Sequence[str], place: str) -> dict[str, float]:
        """Return how exact each of *names* is; UnknownRuleError where one is nothing."""
        levels = {}
        for number, name in enumerate(names):
            if name == "all":
                levels[name] = _ALL
            elif name in AREAS:
                levels[name] = _AREA
            elif name in self.names():
                levels[name] = _RULE
            else:
                found = rules_for_code(name) if _is_like_code(name) else ()
                if not found:
                    here = place if place.startswith("--") else f"{place}[{number}]"
                    raise UnknownRuleError(name, place=here)
                levels.update({rule.name: _RULE for rule in found})
        return levels

    def _find(self, name: str, place: str) -> Rule[Any]:
        if name not in self.names():
            raise UnknownRuleError(name, place=place)
        if self._among is not None:
            return next(rule for rule in self._among if rule.name == name)
        return find_rule(name)


class _Terms(NamedTuple):
    """What one table of settings says."""

    select: Mapping[str, float] | None = None
    extend_select: Mapping[str, float] = {}
    ignore: Mapping[str, float] = {}
    severity: Mapping[str, Severity] = {}


def _level(levels: Mapping[str, float], rule: Rule[Any]) -> float:
    return max((levels.get(name, 0.0) for name in (rule.name, rule.area, "all")), default=0.0)


def _is_like_code(name: str) -> bool:
    return any(character.isdigit() for character in name) or name != name.lower()


def _matcher(patterns: Sequence[str], place: str) -> Dockerignore:
    from boxwright.syntax.dockerignore import Dockerignore

    # A name without a folder is meant wherever it is.
    anywhere = [
        pattern if "/" in pattern.strip("/!") else _anywhere(pattern) for pattern in patterns
    ]
    return Dockerignore.of(anywhere, place)


def _anywhere(pattern: str) -> str:
    exception = "!" if pattern.startswith("!") else ""
    plain = pattern.removeprefix("!")
    return pattern if plain.startswith("/") else f"{exception}**/{plain}"


def _options(rule: Rule[Any], values: Mapping[str, object], place: str) -> Mapping[str, object]:
    result = dict(rule.options)
    for key, value in values.items():
        if key not in rule.options:
            raise SettingsError(f"{place}.{key}: unknown option", hint=_option_hint(rule, key))
        result[key] = _of_kind(rule.options[key], value, f"{place}.{key}")
    return result


def _option_hint(rule: Rule[Any], key: str) -> str:
    if not rule.options:
        return f"the rule `{rule.name}` has no options"
    from boxwright.practices.registry import nearest_name

    nearest = nearest_name(key, rule.options)
    if nearest:
        return f"did you mean `{nearest}`?"
    known = ", ".join(f"`{name}`" for name in sorted(rule.options))
    return f"the options of `{rule.name}` are {known}"


def _of_kind(default: object, value: object, place: str) -> object:
    """Return *value* as what *default* is; SettingsError where it is something else."""
    is_number = isinstance(value, (int, float)) and not isinstance(value, bool)
    match default:
        case bool():
            fits, wanted = isinstance(value, bool), "`true` or `false`"
        case int():
            fits, wanted = is_number and isinstance(value, int), "a whole number"
        case float():
            fits, wanted = is_number, "a number"
        case str():
            fits, wanted = isinstance(value, str), "a string"
        case tuple() | list() | frozenset() | set():
            fits = isinstance(value, list) and all(isinstance(item, str) for item in value)
            wanted = "an array of strings"
            if fits and isinstance(value, list):
                return type(default)(value)
        case Mapping():
            fits, wanted = isinstance(value, Mapping), "a table"
        case _:
            fits, wanted = True, ""
    if not fits:
        raise SettingsError(f"{place}: expected {wanted}, found {_found(value)}")
    return value


def _found(value: object) -> str:
    match value:
        case bool():
            return f"`{str(value).lower()}`"
        case int() | float():
            return f"the number {value}"
        case str():
            return "a string"
        case list():
            return "an array"
        case Mapping():
            return "a table"
        case _:
            return f"a {type(value).__name__}"
