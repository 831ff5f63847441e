"""CVSS scores are those of the specifications, and of another program."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from boxwright.scan.cvss import v2, v3, v4

Score = Callable[[str], float]


def score_of(vector: str) -> float:
    if vector.startswith("CVSS:4.0/"):
        return v4.score(vector)
    return v3.base_score(vector) if vector.startswith("CVSS:3") else v2.base_score(vector)


def test_a_thousand_vectors_have_the_scores_of_another_program() -> None:
    lines = Path(__file__).with_name("vectors.txt").read_text("ascii").splitlines()[1:]
    scored = [line.split() for line in lines]

    wrong = [
        f"{vector}: {score_of(vector)} instead of {score}"
        for vector, score in scored
        if score_of(vector) != float(score)
    ]

    assert len(scored) > 950
    assert wrong == []


@pytest.mark.parametrize(
    ("vector", "score"),
    [
        # "CVSS v3.1 Examples" (https://www.first.org/cvss/v3-1/examples)
        ("CVSS:3.1/AV:N/AC:L/PR:L/UI:N/S:U/C:L/I:L/A:N", 5.4),
        ("CVSS:3.1/AV:N/AC:L/PR:L/UI:N/S:C/C:L/I:L/A:N", 6.4),
        ("CVSS:3.1/AV:N/AC:H/PR:N/UI:R/S:U/C:L/I:N/A:N", 3.1),
        ("CVSS:3.1/AV:L/AC:L/PR:N/UI:R/S:U/C:H/I:H/A:H", 7.8),
        ("CVSS:3.1/AV:N/AC:L/PR:L/UI:N/S:C/C:H/I:H/A:H", 9.9),
        ("CVSS:3.1/AV:P/AC:L/PR:N/UI:N/S:U/C:N/I:N/A:N", 0.0),
        # The specification of 3.1, section 6, and of 3.0, section 6
        ("CVSS:3.1/AV:N/AC:L/PR:H/UI:N/S:U/C:L/I:L/A:N", 3.8),
        ("CVSS:3.0/S:U/AV:N/AC:L/PR:H/UI:N/C:L/I:L/A:N/E:F/RL:X", 3.8),
        # "CVSS v4.0 Examples" (https://www.first.org/cvss/v4-0/examples)
        ("CVSS:4.0/AV:L/AC:L/AT:P/PR:L/UI:N/VC:H/VI:H/VA:H/SC:N/SI:N/SA:N", 7.3),
        ("CVSS:4.0/AV:N/AC:L/AT:P/PR:N/UI:P/VC:H/VI:H/VA:H/SC:N/SI:N/SA:N", 7.7),
        ("CVSS:4.0/AV:N/AC:L/AT:P/PR:N/UI:P/VC:H/VI:H/VA:H/SC:N/SI:N/SA:N/E:U", 5.2),
        ("CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:N/VC:H/VI:L/VA:L/SC:N/SI:N/SA:N/E:A", 8.8),
        ("CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:N/VC:N/VI:N/VA:N/SC:N/SI:N/SA:N", 0.0),
        # The guide of version 2, section 3.3
        ("AV:N/AC:L/Au:N/C:N/I:N/A:C", 7.8),
        ("AV:N/AC:L/Au:N/C:C/I:C/A:C", 10.0),
        ("AV:L/AC:H/Au:N/C:C/I:C/A:C", 6.2),
        ("(AV:L/AC:H/Au:N/C:C/I:C/A:C)", 6.2),
    ],
)
def test_the_examples_of_the_specifications(vector: str, score: float) -> None:
    assert score_of(vector) == score


@pytest.mark.parametrize(
    ("score", "vector", "problem"),
    [
        (v3.base_score, "", "`` does not begin with `CVSS:3.1/`"),
        (v3.base_score, "7.5", "`7.5` does not begin with `CVSS:3.1/`"),
        (
            v3.base_score,
            "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H",
            "`A` is missing",
        ),
        (
            v3.base_score,
            "CVSS:3.1/AV:N/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H",
            "`AV` is there twice",
        ),
        (
            v3.base_score,
            "CVSS:3.1/AV:Q/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H",
            "`AV:Q` is no metric of this version",
        ),
        (
            v4.score,
            "CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:N/VC:H/VI:H/VA:H/SC:S/SI:N/SA:N",
            "`SC:S` is no metric of this version",
        ),
        (v4.score, "CVSS:4.0/" + "AV:N/" * 1000, "a vector has no 5009 characters"),
        (v2.base_score, "AV:N", "`AC` is missing"),
    ],
)
def test_what_is_no_vector_is_refused(score: Score, vector: str, problem: str) -> None:
    with pytest.raises(ValueError, match=r".") as caught:
        score(vector)

    assert str(caught.value) == problem


def test_every_macro_vector_has_a_score() -> None:
    scores = v4._scores()

    assert len(scores) == 270
    assert all(0 < score <= 10 for score in scores.values())
