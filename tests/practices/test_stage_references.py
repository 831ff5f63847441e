"""Where stages name others."""

from __future__ import annotations

from tests.practices.builds import build

from boxwright.practices.stage_references import stage_references

TEXT = """
    FROM debian:12 AS one
    FROM debian:12 AS Two
    COPY --chown=1 --from=ONE /a /b
    RUN --mount=type=bind,source=/from,from=one,target=/m \\
        --mount=type=cache,target=/c --mount=from=nginx:1,target=/n true
    COPY --from="0" /a /b
    COPY --from=$X /a /b
    ADD a /b
    ONBUILD COPY --from=child /a /b
"""


def test_each_has_its_name_place_and_target() -> None:
    subject = build(TEXT)
    found = list(stage_references(subject))

    assert [(each.name, each.number, each.target and each.target.name) for each in found] == [
        ("ONE", None, "one"),
        ("one", None, "one"),
        ("nginx:1", None, None),
        ("0", 0, "one"),
    ]
    assert [subject.source.text[each.span.start : each.span.end] for each in found] == [
        each.name for each in found
    ]
    assert all(each.is_plain and each.stage.name == "two" for each in found)


def test_a_name_that_is_broken_by_a_line_end_is_not_plain() -> None:
    (found,) = stage_references(build("FROM a AS base\nFROM b\nCOPY --from=ba\\\nse /a /b\n"))

    assert (found.name, found.is_plain) == ("base", False)
