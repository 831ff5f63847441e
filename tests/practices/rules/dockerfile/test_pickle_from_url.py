"""Tests of the rule `pickle-from-url`."""

from __future__ import annotations

import pytest
from tests.practices.judge import Judge

from boxwright.findings.finding import Severity

JUDGE = Judge("pickle-from-url")
ERROR, WARNING = Severity.ERROR, Severity.WARNING
SUM = "24454f830cdb571e2c4ad15481119c43b3cafd48dd869a9b2945d1036d1dc68d"


@pytest.mark.parametrize(
    ("line", "severity"),
    [
        ("ADD https://example.org/m.pkl /m/", WARNING),
        ("ADD http://example.org/m.pkl /m/", ERROR),
        ("RUN curl -fLO https://example.org/m.pkl?token=abc", WARNING),
        ("RUN wget -O /m/m.pkl https://example.org/download", WARNING),
        (
            "RUN wget https://example.org/m.pkl && python -c 'import torch; torch.load(\"m.pkl\")'",
            ERROR,
        ),
        (
            "RUN python -c \"import torch; torch.hub.load_state_dict_from_url('https://x.org/m.pkl')\"",
            ERROR,
        ),
    ],
)
def test_pickles_from_elsewhere_are_found(line: str, severity: Severity) -> None:
    found = JUDGE.findings(f"FROM a\n{line}\n")

    assert [(item.message, item.severity) for item in found] == [
        ("`m.pkl` runs code when it is loaded, and is not checked", severity)
    ]


@pytest.mark.parametrize(
    "line",
    [
        f"ADD --checksum=sha256:{SUM} https://example.org/m.pkl /m/",
        "ADD https://example.org/m.safetensors /m/",
        f"RUN curl -fLO https://example.org/m.pt && echo '{SUM}  m.pt' | sha256sum -c -",
        f"RUN wget https://example.org/a/resolve/{SUM[:40]}/pytorch_model.bin",
        "RUN wget https://example.org/tools.bin",
        "COPY m.pkl /m/",
    ],
)
def test_what_is_checked_or_harmless_is_not(line: str) -> None:
    assert JUDGE.messages(f"FROM a\n{line}\n") == []
