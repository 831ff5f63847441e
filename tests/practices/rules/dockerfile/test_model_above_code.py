"""Tests of the rule `model-above-code`."""

from __future__ import annotations

import pytest
from tests.practices.judge import Judge

JUDGE = Judge("model-above-code", files={"app/x.py": "", "models/a.onnx": "", "serve.py": ""})


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (
            "COPY app/ app/\n# weights\nCOPY models/ models/\nCMD x\n",
            "# weights\nCOPY models/ models/\nCOPY app/ app/\nCMD x\n",
        ),
        (
            "# code\r\nCOPY . .\r\nEXPOSE 80\r\nCOPY m.gguf \\\r\n  /m/\r\n",
            "COPY m.gguf \\\r\n  /m/\r\n# code\r\nCOPY . .\r\nEXPOSE 80\r\n",
        ),
        ("COPY . .\nCOPY m.gguf /m/", "COPY m.gguf /m/\nCOPY . .\n"),
    ],
)
def test_the_model_is_moved_up(before: str, after: str) -> None:
    newline = "\r\n" if "\r\n" in before else "\n"

    assert JUDGE.fixed(f"FROM a{newline}{before}") == f"FROM a{newline}{after}"


def test_a_download_after_the_code_is_found() -> None:
    text = "FROM a\nCOPY . .\nRUN hf download a/b\n"

    assert [(finding.message, finding.fix) for finding in JUDGE.findings(text)] == [
        ("`a/b` comes after the code in line 2: each change of that downloads it again", None)
    ]


def test_it_is_not_moved_past_what_it_may_depend_on() -> None:
    text = "FROM a\nCOPY . .\nWORKDIR /m\nCOPY models/a.onnx .\n"

    assert [finding.fix for finding in JUDGE.findings(text)] == [None]


@pytest.mark.parametrize(
    "lines",
    [
        "COPY models/ models/\nCOPY . .",
        "COPY . .\nCOPY --link models/ models/",
        "COPY download_model.py .\nRUN hf download a/b\nCOPY . .",
        "COPY requirements.txt .\nCOPY m.gguf /m/",
        "COPY . .\nCOPY x.pth /usr/lib/python3/dist-packages/",
        "COPY . .\nRUN --mount=type=cache,target=/root/.cache hf download a/b",
        "COPY . .\nCOPY --from=models /m /m",
    ],
)
def test_models_below_code_are_not_found(lines: str) -> None:
    assert JUDGE.messages(f"FROM a\n{lines}\n") == []
