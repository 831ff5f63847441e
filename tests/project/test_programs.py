"""Files that are meant to be started, and which of them run on."""

from __future__ import annotations

import pytest
from tests.project.inspected import inspected

from boxwright.project.facts import Program


def programs(files: dict[str, str]) -> tuple[Program, ...]:
    return inspected({"requirements.txt": "numpy\n", **files}).programs


def paths(files: dict[str, str]) -> list[str]:
    return [program.path for program in programs(files)]


GUARD = 'if __name__ == "__main__":\n    print()\n'


def test_a_usual_name_goes_before_a_guard_and_the_top_before_what_is_below() -> None:
    files = {"a.py": GUARD, "main.py": "", "tools/b.py": GUARD, "pkg/__main__.py": GUARD}

    assert paths(files) == ["main.py", "pkg/__main__.py", "a.py", "tools/b.py"]


def test_examples_tests_and_documentation_are_not_started() -> None:
    files = {"examples/train.py": GUARD, "tests/main.py": GUARD, "docs/conf.py": GUARD}

    assert paths(files) == []


def test_the_only_file_that_does_something_is_started_without_a_guard() -> None:
    assert paths({"solve.py": "import numpy\nprint(numpy.pi)\n", "model.py": "A = 1\n"}) == [
        "solve.py"
    ]


def test_of_several_such_files_those_with_a_telling_name_are() -> None:
    assert paths({"a.py": "print()\n", "b.py": "print()\n"}) == []
    assert paths({"a.py": "print()\n", "my_bot.py": "print()\n"}) == ["my_bot.py"]


@pytest.mark.parametrize(
    ("code", "says"),
    [
        ("while True:\n    print()\n", "while True"),
        ("while True:\n    break\n", None),
        ("import telegram\nApp().run_polling()\n", ".run_polling()"),
        ("import discord\nbot = discord.Client()\nbot.run('x')\n", ".run()"),
        ("import subprocess\nsubprocess.run(['ls'])\n", None),
        ("from http.server import HTTPServer\nHTTPServer(a, b).serve_forever()\n", ".serve_forever()"),
        ("from lib import loop\nloop()\n", "while True"),
    ],
)  # fmt: skip
def test_what_runs_on_until_it_is_stopped(code: str, says: str | None) -> None:
    (program,) = programs({"main.py": code, "lib.py": "def loop():\n    while 1:\n        pass\n"})

    assert (program.runs_on.says if program.runs_on else None) == says


def test_metrics_of_what_is_no_web_application() -> None:
    code = "from prometheus_client import start_http_server\nstart_http_server(9100)\n"

    (program,) = programs({"main.py": code})

    assert program.metrics is not None
    assert (program.metrics.path, program.metrics.port) == ("/metrics", 9100)
