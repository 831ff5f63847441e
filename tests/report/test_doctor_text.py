"""What the doctor found, as text and as a document."""

from __future__ import annotations

import json

from boxwright.doctor.result import Area, Report
from boxwright.report.doctor_text import render, render_json

ENGINE, GPU = Area("engine"), Area("gpu")
REPORT = Report(
    results=(
        ENGINE.ok("docker", "28.5.1, as root"),
        ENGINE.warning("podman", "it reaches no engine", "start it"),
        GPU.failure("NVIDIA driver", "too old " * 12, "renew it, " + "or do something else " * 5),
        GPU.unknown("a\x1bb", "not seen"),
    )
)


def test_text_is_by_area_with_what_to_do() -> None:
    assert render(REPORT, width=60) == (
        "Engine\n"
        "  ok       docker: 28.5.1, as root\n"
        "  warning  podman: it reaches no engine\n"
        "           → start it\n"
        "\n"
        "GPU\n"
        "  failure  NVIDIA driver: too old too old too old too old\n"
        "           too old too old too old too old too old too old\n"
        "           too old too old\n"
        "           → renew it, or do something else or do\n"
        "             something else or do something else or do\n"
        "             something else or do something else\n"
        "  unknown  a b: not seen\n"
        "\n"
        "1 thing will not work, 1 warning\n"
    )


def test_all_well_is_said_in_a_line() -> None:
    assert render(Report(results=(ENGINE.ok("docker", "28.5.1"),))) == (
        "Engine\n  ok       docker: 28.5.1\n\nall is well\n"
    )


def test_colours_mark_the_verdict_only() -> None:
    text = render(Report(results=REPORT.results[:1]), colour=True)

    assert text.split("\n")[1] == "  \x1b[32mok\x1b[0m       docker: 28.5.1, as root"


def test_the_document_has_every_result_whole() -> None:
    document = json.loads(render_json(REPORT))

    assert document["verdict"] == "failure"
    assert document["counts"] == {"ok": 1, "warning": 1, "failure": 1, "unknown": 1}
    assert document["results"][1] == {
        "area": "engine",
        "what": "podman",
        "verdict": "warning",
        "evidence": "it reaches no engine",
        "hint": "start it",
    }
