from __future__ import annotations

from tests.practices.image_examples import SITE, found

RULE = "tests-in-image"


def test_tests_of_packages_are_found() -> None:
    text = f"""
layers:
  - step: RUN pip install scipy
    files: {{{SITE}/scipy/stats/tests/test_stats.py: 2 MB, {SITE}/scipy/stats/stats.py: 2 MB}}
"""

    assert found(RULE, text) == [
        (
            f"2: info: 2.0 MB of tests in Python packages: `/{SITE}/scipy/stats/tests`; remove them in "
            "the RUN that installs, after a look at who imports them"
        )
    ]


def test_tests_of_the_application_are_not() -> None:
    assert found(RULE, "layers: [{step: COPY . /app, files: {app/tests/data.bin: 5 MB}}]\n") == []


def test_licences_stay() -> None:
    text = "layers: [{step: RUN a, files: {usr/share/doc/a/copyright: 5 MB}}]\n"

    assert found(RULE, text) == []


def test_how_much_is_told_is_a_setting() -> None:
    text = f"layers: [{{step: RUN a, files: {{{SITE}/a/tests/b.py: 50 kB}}}}]\n"

    assert found(RULE, text) == []
    assert len(found(RULE, text, settings="least = 20000")) == 1
