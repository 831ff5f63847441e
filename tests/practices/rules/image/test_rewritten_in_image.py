from __future__ import annotations

from tests.practices.image_examples import found

RULE = "rewritten-in-image"
ENVIRONMENT = "opt/site/libtorch.so: {size: 400 MB, same: torch"


def changed(attributes: str) -> str:
    return f"""
layers:
  - step: COPY site /opt/site
    files: {{{ENVIRONMENT}}}}}
  - step: RUN touch
    files: {{{ENVIRONMENT}, {attributes}}}}}
"""


def test_another_owner_is_told() -> None:
    assert found(RULE, changed("uid: 1000")) == [
        (
            "2: warning: 400 MB of files that layer 1 has again with another owner: "
            "`/opt/site/libtorch.so`; use `COPY --chown`, or change the owner in the RUN that makes "
            "them (chown-duplicates-layer)"
        )
    ]


def test_another_mode_is_told() -> None:
    assert found(RULE, changed('mode: "755"')) == [
        (
            "2: warning: 400 MB of files that layer 1 has again with another mode: "
            "`/opt/site/libtorch.so`; use `COPY --chmod`, or change the mode in the RUN that makes "
            "them (chown-duplicates-layer)"
        )
    ]


def test_another_time_is_told() -> None:
    assert found(RULE, changed("mtime: 5")) == [
        (
            "2: warning: 400 MB of files that layer 1 has again with another time: "
            "`/opt/site/libtorch.so`; leave out the instruction that copies or touches them again"
        )
    ]


def test_other_content_is_none_of_its_business() -> None:
    text = """
layers:
  - {step: COPY a, files: {a: 40 MB}}
  - {step: COPY a, files: {a: 41 MB}}
"""

    assert found(RULE, text) == []
