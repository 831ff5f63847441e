"""
The base score of CVSS version 2.

"A Complete Guide to the Common Vulnerability Scoring System Version 2.0", section 3.2.1
(https://www.first.org/cvss/v2/guide).
"""

from __future__ import annotations

from fractions import Fraction

from boxwright.scan.cvss.vector import metrics_of

_WEIGHTS = {
    "AV": {"L": "0.395", "A": "0.646", "N": "1.0"},
    "AC": {"H": "0.35", "M": "0.61", "L": "0.71"},
    "Au": {"M": "0.45", "S": "0.56", "N": "0.704"},
    "C": {"N": "0", "P": "0.275", "C": "0.660"},
    "I": {"N": "0", "P": "0.275", "C": "0.660"},
    "A": {"N": "0", "P": "0.275", "C": "0.660"},
}
_VALUES = {name: " ".join(weights) for name, weights in _WEIGHTS.items()} | {
    "E": "U POC F H ND",
    "RL": "OF TF W U ND",
    "RC": "UC UR C ND",
    "CDP": "N L LM MH H ND",
    "TD": "N L M H ND",
    "CR": "L M H ND",
    "IR": "L M H ND",
    "AR": "L M H ND",
}


def base_score(vector: str) -> float:
    """
    Return the base score of *vector*; raises ValueError where it is no vector of version 2.

    >>> base_score("AV:N/AC:L/Au:N/C:N/I:N/A:C")
    7.8
    """
    text = vector.strip().removeprefix("(").removesuffix(")")
    metrics = metrics_of(
        text, prefixes=("CVSS2#", "CVSS:2.0/", ""), values=_VALUES, mandatory="AV AC Au C I A"
    )
    weight = {name: Fraction(_WEIGHTS[name][metrics[name]]) for name in _WEIGHTS}
    impact = Fraction("10.41") * (1 - (1 - weight["C"]) * (1 - weight["I"]) * (1 - weight["A"]))
    exploitability = 20 * weight["AV"] * weight["AC"] * weight["Au"]
    factor = Fraction("1.176") if impact else 0
    score = (Fraction("0.6") * impact + Fraction("0.4") * exploitability - Fraction("1.5")) * factor
    return int(score * 10 + Fraction(1, 2)) / 10
