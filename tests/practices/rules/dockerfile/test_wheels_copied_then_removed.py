"""Tests of the rule `wheels-copied-then-removed`."""

from __future__ import annotations

import pytest
from tests.practices.judge import Judge

JUDGE = Judge("wheels-copied-then-removed")
BUILD = "FROM python AS b\nFROM python\n"
MOUNT = "RUN --mount=type=bind,from=b,source=/w/wheels,target=/wheels"


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (
            "COPY --from=b /w/wheels /wheels\nRUN pip install /wheels/* && rm -rf /wheels\n",
            f"{MOUNT} pip install /wheels/*\n",
        ),
        (
            (
                "COPY --from=b /w/wheels /wheels/\nRUN pip install x --find-links=/wheels \\\n"
                "    && rm -rf /wheels /root/.cache\n"
            ),
            f"{MOUNT} pip install x --find-links=/wheels \\\n    && rm -rf /root/.cache\n",
        ),
        (
            "COPY --from=b /w/wheels /wheels\nRUN uv pip install /wheels/*\nRUN rm -r /wheels\nCMD x",
            f"{MOUNT} uv pip install /wheels/*\nCMD x",
        ),
        (
            "COPY --from=b /w/wheels /wheels\nRUN <<EOF\npip install /wheels/*\nrm -r /wheels\nEOF\n",
            f"{MOUNT} <<EOF\npip install /wheels/*\nEOF\n",
        ),
    ],
)
def test_fix(before: str, after: str) -> None:
    assert JUDGE.messages(BUILD + before) != []
    assert JUDGE.fixed(BUILD + before, unsafe=False) == BUILD + after


@pytest.mark.parametrize(
    "text",
    [
        f"{BUILD}COPY --from=b /app /app\nRUN pip install /app",
        f"{BUILD}COPY --from=b /wheels /wheels\nCMD x",
        f"{BUILD}RUN --mount=type=bind,from=b,source=/wheels,target=/wheels pip install /wheels/*",
        f"{BUILD}COPY --from=b /wheels /wheels\nRUN pip install /wheels/*\nFROM debian",
    ],
)
def test_what_is_fine(text: str) -> None:
    assert JUDGE.messages(text) == []


def test_no_fix_where_others_need_the_folder() -> None:
    text = f"{BUILD}COPY --from=b /wheels /wheels\nRUN pip install /wheels/*\nRUN ls /wheels"

    assert [each.fix for each in JUDGE.findings(text)] == [None]


def test_a_mount_knows_no_stage_by_number() -> None:
    text = f"{BUILD}COPY --from=0 /w/wheels /wheels\nRUN pip install /wheels/*\n"

    assert JUDGE.messages(text) != []
    assert JUDGE.fixed(text) == text
