"""
The base score of CVSS versions 3.0 and 3.1.

Sections 7.1 and 7.4 of the specifications (https://www.first.org/cvss/v3-1/, and of 3.0
section 8); appendix A of 3.1 says how to round up.
"""

from __future__ import annotations

import math

from boxwright.scan.cvss.vector import metrics_of

_WEIGHTS = {
    "AV": {"N": 0.85, "A": 0.62, "L": 0.55, "P": 0.2},
    "AC": {"L": 0.77, "H": 0.44},
    "UI": {"N": 0.85, "R": 0.62},
    "C": {"H": 0.56, "L": 0.22, "N": 0.0},
    "I": {"H": 0.56, "L": 0.22, "N": 0.0},
    "A": {"H": 0.56, "L": 0.22, "N": 0.0},
}
_PRIVILEGES = {"U": {"N": 0.85, "L": 0.62, "H": 0.27}, "C": {"N": 0.85, "L": 0.68, "H": 0.5}}
_BASE = "AV AC PR UI S C I A"
_VALUES = {
    **{name: " ".join(weights) for name, weights in _WEIGHTS.items()},
    "PR": "N L H",
    "S": "U C",
    "E": "X H F P U",
    "RL": "X U W T O",
    "RC": "X C R U",
    **dict.fromkeys(("CR", "IR", "AR"), "X H M L"),
    "MAV": "X N A L P",
    "MAC": "X L H",
    "MPR": "X N L H",
    "MUI": "X N R",
    "MS": "X U C",
    **dict.fromkeys(("MC", "MI", "MA"), "X H L N"),
}


def base_score(vector: str) -> float:
    """
    Return the base score of *vector*; raises ValueError where it is no vector of version 3.

    >>> base_score("CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H")
    9.8
    """
    metrics = metrics_of(
        vector, prefixes=("CVSS:3.1/", "CVSS:3.0/"), values=_VALUES, mandatory=_BASE
    )
    weight = {name: _WEIGHTS[name][metrics[name]] for name in _WEIGHTS}
    changed = metrics["S"] == "C"
    sub_score = 1 - (1 - weight["C"]) * (1 - weight["I"]) * (1 - weight["A"])
    impact = (
        7.52 * (sub_score - 0.029) - 3.25 * (sub_score - 0.02) ** 15
        if changed
        else 6.42 * sub_score
    )
    if impact <= 0:
        return 0.0
    privileges = _PRIVILEGES[metrics["S"]][metrics["PR"]]
    exploitability = 8.22 * weight["AV"] * weight["AC"] * privileges * weight["UI"]
    score = min((impact + exploitability) * (1.08 if changed else 1), 10)
    return _rounded_up(score)


def _rounded_up(score: float) -> float:
    # Appendix A of 3.1. Version 3.0 means the same; only floating-point numbers came between.
    whole = round(score * 100_000)
    if whole % 10_000 == 0:
        return whole / 100_000
    return (math.floor(whole / 10_000) + 1) / 10
