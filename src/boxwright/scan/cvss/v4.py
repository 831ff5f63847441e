"""
The score of CVSS version 4.0: MacroVectors, and the way between them.

Section 8 of the specification (https://www.first.org/cvss/v4-0/), whose steps are the
comments; its numbers are in `v4.toml`. Threat and environmental metrics count where a
vector has them, as the specification wants it.
"""

from __future__ import annotations

import functools
import tomllib
from fractions import Fraction
from pathlib import Path
from typing import Any

from boxwright.scan.cvss.vector import metrics_of

_BASE = "AV AC AT PR UI VC VI VA SC SI SA"
# The values of each metric, the most severe first.
_LEVELS = {
    "AV": "N A L P",
    "AC": "L H",
    "AT": "N P",
    "PR": "N L H",
    "UI": "N P A",
    "VC": "H L N",
    "VI": "H L N",
    "VA": "H L N",
    "SC": "S H L N",
    "SI": "S H L N",
    "SA": "S H L N",
    "CR": "H M L",
    "IR": "H M L",
    "AR": "H M L",
    "E": "A P U",
}
_SUBSEQUENT = ("SC", "SI", "SA")
_VALUES = {
    **_LEVELS,
    **dict.fromkeys(_SUBSEQUENT, "H L N"),
    "E": "X A P U",
    **dict.fromkeys(("CR", "IR", "AR"), "X H M L"),
    **{f"M{name}": f"X {_LEVELS[name]}" for name in _BASE.split()},
    "MSC": "X H L N",
    "S": "X N P",
    "AU": "X N Y",
    "R": "X A U I",
    "V": "X D C",
    "RE": "X L M H",
    "U": "X Clear Green Amber Red",
}
_SCORED = {
    "eq1": ("AV", "PR", "UI"),
    "eq2": ("AC", "AT"),
    "eq3eq6": ("VC", "VI", "VA", "CR", "IR", "AR"),
    "eq4": _SUBSEQUENT,
}

_Classes = tuple[int, int, int, int, int, int]


def score(vector: str) -> float:
    """
    Return the score of *vector*; raises ValueError where it is no vector of version 4.0.

    >>> score("CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:N/VC:H/VI:H/VA:H/SC:N/SI:N/SA:N")
    9.3
    """
    metrics = _effective(
        metrics_of(vector, prefixes=("CVSS:4.0/",), values=_VALUES, mandatory=_BASE)
    )
    # Without any impact the score is nought.
    if all(metrics[name] == "N" for name in ("VC", "VI", "VA", *_SUBSEQUENT)):
        return 0.0
    classes = _classes(metrics)
    highest = _scores()[classes]
    # 1. For each of the classes: (a) the maximal scoring difference is that to the next lower
    #    MacroVector; where there is none, the class is left out.
    differences = {
        name: highest - max(lower) for name, lower in _lower_scores(classes).items() if lower
    }
    # (b) the severity distance to a highest vector of the same MacroVector; (c) its part of the
    #    depth of the MacroVector; (d) that part of the maximal scoring difference.
    parts = [
        difference * _part_of_depth(name, classes, metrics)
        for name, difference in differences.items()
    ]
    # 2. The mean of them. 3. The score of the MacroVector less that mean, rounded.
    mean = sum(parts, Fraction()) / len(parts) if parts else Fraction()
    result = min(max(highest - mean, Fraction()), Fraction(10))
    return int(result * 10 + Fraction(1, 2)) / 10


def _effective(metrics: dict[str, str]) -> dict[str, str]:
    """Return the metrics that are scored: modified ones instead, the worst for what is left out."""
    effective = {}
    for name, levels in _LEVELS.items():
        value = metrics.get(f"M{name}", "X")
        if value == "X":
            value = metrics.get(name, "X")
        effective[name] = levels.split()[0] if value == "X" else value
    return effective


def _classes(metrics: dict[str, str]) -> _Classes:
    """Return the MacroVector (section 8.2, tables 24 to 29)."""
    has = {f"{name}:{value}" for name, value in metrics.items()}
    reach = {"AV:N", "PR:N", "UI:N"}
    eq1 = 0 if reach <= has else 1 if reach & has and "AV:P" not in has else 2
    eq2 = 0 if {"AC:L", "AT:N"} <= has else 1
    eq3 = 0 if {"VC:H", "VI:H"} <= has else 1 if {"VC:H", "VI:H", "VA:H"} & has else 2
    eq4 = 0 if {"SI:S", "SA:S"} & has else 1 if {"SC:H", "SI:H", "SA:H"} & has else 2
    eq5 = "APU".index(metrics["E"])
    pairs = ({"CR:H", "VC:H"}, {"IR:H", "VI:H"}, {"AR:H", "VA:H"})
    eq6 = 0 if any(pair <= has for pair in pairs) else 1
    return eq1, eq2, eq3, eq4, eq5, eq6


def _lower_scores(classes: _Classes) -> dict[str, list[Fraction]]:
    """Return the scores of the next lower MacroVectors, by class; of several the highest counts."""
    eq1, eq2, eq3, eq4, eq5, eq6 = classes
    # EQ3 and EQ6 are not independent: 00 leads to 01 and 10, 10 to 11, 01 to 11, 11 to 21.
    related = {(0, 0): [(0, 1), (1, 0)], (1, 0): [(1, 1)], (0, 1): [(1, 1)], (1, 1): [(2, 1)]}
    lower: dict[str, list[_Classes]] = {
        "eq1": [(eq1 + 1, eq2, eq3, eq4, eq5, eq6)],
        "eq2": [(eq1, eq2 + 1, eq3, eq4, eq5, eq6)],
        "eq3eq6": [(eq1, eq2, a, eq4, eq5, b) for a, b in related.get((eq3, eq6), [])],
        "eq4": [(eq1, eq2, eq3, eq4 + 1, eq5, eq6)],
        "eq5": [(eq1, eq2, eq3, eq4, eq5 + 1, eq6)],
    }
    scores = _scores()
    return {
        name: [scores[each] for each in nexts if each in scores] for name, nexts in lower.items()
    }


def _part_of_depth(name: str, classes: _Classes, metrics: dict[str, str]) -> Fraction:
    if name == "eq5":
        # It has a single metric: a vector is always at the top of its class.
        return Fraction()
    row = _class_row(name, classes)
    for highest in row["highest"]:
        top = dict(part.split(":") for part in highest.split("/"))
        distances = [
            _LEVELS[metric].split().index(metrics[metric])
            - _LEVELS[metric].split().index(top[metric])
            for metric in _SCORED[name]
        ]
        if min(distances) >= 0:
            return Fraction(sum(distances), row["depth"])
    raise AssertionError  # every vector of a class is below one of its highest


def _class_row(name: str, classes: _Classes) -> dict[str, Any]:
    table = _table()[name]
    if name == "eq3eq6":
        row: dict[str, Any] = table[f"{classes[2]}{classes[5]}"]
    else:
        row = table[classes[int(name[2]) - 1]]
    return row


@functools.cache
def _table() -> dict[str, Any]:
    return tomllib.loads(Path(__file__).with_name("v4.toml").read_text("utf-8"))


@functools.cache
def _scores() -> dict[_Classes, Fraction]:
    scores: dict[_Classes, Fraction] = {}
    for key, row in _table()["scores"].items():
        eq1, eq2, eq3 = map(int, key)
        sixths = (1,) if eq3 == 2 else (0, 1)
        values = iter(row)
        for eq4 in range(3):
            for eq5 in range(3):
                for eq6 in sixths:
                    scores[eq1, eq2, eq3, eq4, eq5, eq6] = Fraction(str(next(values)))
    return scores
