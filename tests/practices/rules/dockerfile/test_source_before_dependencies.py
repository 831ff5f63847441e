"""Tests of the rule `source-before-dependencies`."""

from __future__ import annotations

import pytest
from tests.practices.judge import Judge

from boxwright.findings.finding import Applicability

FILES = {
    "requirements.txt": "-r requirements/base.txt\nflask\n",
    "requirements/base.txt": "torch\n",
    "environment.yml": "dependencies: [python]\n",
    "pyproject.toml": "[project]\nname = 'x'\n[build-system]\n",
    "uv.lock": "version = 1\n",
    "poetry.lock": "",
    "app/main.py": "",
    "app/requirements.txt": "flask\n",
    "project.txt": "-e .\nflask\n",
    "main.py": "",
}
JUDGE = Judge("source-before-dependencies", files=FILES)
ALONE = Judge("source-before-dependencies")


def test_message_and_place() -> None:
    text = "FROM python\nCOPY . /app\nRUN pip install -r /app/requirements.txt\n"

    assert JUDGE.messages(text) == [
        (
            "`.` is copied before `pip install -r /app/requirements.txt`: every change of a file"
            " installs the dependencies again"
        )
    ]
    assert [finding.start for finding in JUDGE.findings(text)] == [(2, 6)]


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (
            "WORKDIR /app\nCOPY . .\nRUN pip install -r requirements/base.txt\nCMD x\n",
            (
                "WORKDIR /app\nCOPY requirements/base.txt ./requirements/\n"
                "RUN pip install -r requirements/base.txt\nCOPY . .\nCMD x\n"
            ),
        ),
        (
            "WORKDIR /app\r\nCOPY --chown=1:1 . .\r\nRUN pip install \\\r\n  -r requirements.txt",
            (
                "WORKDIR /app\r\nCOPY --chown=1:1 requirements.txt ./\r\n"
                "COPY --chown=1:1 requirements/base.txt ./requirements/\r\n"
                "RUN pip install \\\r\n  -r requirements.txt\r\nCOPY --chown=1:1 . ."
            ),
        ),
        (
            (
                "# Code\nCOPY app/ /srv/app/\nENV A=b\nRUN apt-get update && apt-get install -y gcc\n"
                "RUN pip install -U pip && pip install -r /srv/app/requirements.txt\n\nRUN true\n"
            ),
            (
                "# Code\nCOPY app/requirements.txt /srv/app/\nENV A=b\n"
                "RUN apt-get update && apt-get install -y gcc\n"
                "RUN pip install -U pip && pip install -r /srv/app/requirements.txt\n"
                "COPY app/ /srv/app/\n\nRUN true\n"
            ),
        ),
        (
            "COPY . /code\nRUN cd /code && pip install -r app/requirements.txt\n",
            (
                "COPY app/requirements.txt /code/app/\n"
                "RUN cd /code && pip install -r app/requirements.txt\nCOPY . /code\n"
            ),
        ),
        (
            'COPY [".", "/app"]\nRUN <<EOF\npip install torch\nEOF\nCMD x\n',
            'RUN <<EOF\npip install torch\nEOF\nCOPY [".", "/app"]\nCMD x\n',
        ),
        ("COPY main.py /\nRUN pip install torch\n", "RUN pip install torch\nCOPY main.py /\n"),
        (
            "COPY . /app\nWORKDIR /app\nRUN conda env create\nRUN pip install torch",
            (
                "COPY environment.yml /app/\nWORKDIR /app\nRUN conda env create\nRUN pip install torch"
                "\nCOPY . /app"
            ),
        ),
    ],
)
def test_the_source_comes_later(before: str, after: str) -> None:
    head = "FROM python\r\n" if "\r\n" in before else "FROM python\n"

    assert JUDGE.fixed(head + before, unsafe=False) == head + after


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (
            "WORKDIR /a\nCOPY . .\nRUN --mount=type=cache,target=/root/.cache uv sync --frozen\n",
            (
                "WORKDIR /a\nCOPY pyproject.toml uv.lock ./\n"
                "RUN --mount=type=cache,target=/root/.cache uv sync --no-install-project --frozen\n"
                "COPY . .\nRUN --mount=type=cache,target=/root/.cache uv sync --frozen\n"
            ),
        ),
        (
            "WORKDIR /a\nCOPY ./ ./\nRUN poetry install --no-root\n",
            (
                "WORKDIR /a\nCOPY pyproject.toml poetry.lock ./\nRUN poetry install --no-root\n"
                "COPY ./ ./\n"
            ),
        ),
    ],
)
def test_projects_with_a_lock(before: str, after: str) -> None:
    assert JUDGE.fixed(f"FROM python\n{before}") == f"FROM python\n{after}"


def test_a_lock_that_cannot_be_seen_is_copied_if_it_is_there() -> None:
    text = "FROM python\nWORKDIR /app\nCOPY . .\nRUN pip install uv && uv sync --frozen\n"
    cached = text.replace("RUN", "RUN --mount=type=cache,target=/root/.cache")

    assert ALONE.fixed(cached) == (
        "FROM python\nWORKDIR /app\nCOPY pyproject.toml uv.lock* ./\n"
        "RUN --mount=type=cache,target=/root/.cache"
        " pip install uv && uv sync --no-install-project --frozen\n"
        "COPY . .\nRUN --mount=type=cache,target=/root/.cache pip install uv && uv sync --frozen\n"
    )
    # The cache would be in two layers.
    assert ALONE.fixed(text) == text


def test_without_the_files_it_is_not_sure() -> None:
    text = "FROM python\nWORKDIR /app\nCOPY . .\nRUN pip install -r requirements.txt\n"
    [finding] = ALONE.findings(text)

    assert finding.fix is not None
    assert finding.fix.applicability is Applicability.UNSAFE
    assert ALONE.fixed(text) == (
        "FROM python\nWORKDIR /app\nCOPY requirements.txt ./\n"
        "RUN pip install -r requirements.txt\nCOPY . .\n"
    )


@pytest.mark.parametrize(
    "text",
    [
        "COPY . .\nRUN make deps\nRUN pip install torch",
        "COPY . .\nRUN pip install -r requirements.txt && pip install .",
        "COPY . .\nRUN pip install -r $FILE",
        "COPY . .\nRUN cd $FOLDER && pip install -r requirements.txt",
        "COPY . .\nRUN cd /app && pip install torch",
        "COPY . .\nCOPY other .\nRUN pip install torch",
        'COPY . .\nRUN ["pip", "install", "torch"]',
    ],
)
def test_what_cannot_be_moved_for_certain_gets_no_fix(text: str) -> None:
    assert [each.fix for each in JUDGE.findings(f"FROM python\nWORKDIR /app\n{text}")] == [None]


@pytest.mark.parametrize(
    "text",
    [
        "COPY requirements.txt .\nRUN pip install -r requirements.txt\nCOPY . .",
        "COPY requirements/ requirements/\nRUN pip install -r requirements/base.txt",
        "COPY . .\nRUN pip install .",
        "COPY . .\nRUN pip install -U pip",
        "COPY . .\nRUN pip install -r project.txt",
        "COPY --from=x . .\nRUN pip install torch",
        "COPY pyproject.toml .\nRUN uv sync --no-install-project\nCOPY . .\nRUN uv sync",
        "COPY setup.py .\nRUN pip install torch",
        "ONBUILD COPY . .\nRUN pip install torch",
        "RUN --mount=type=bind,target=/app pip install -r /app/requirements.txt",
    ],
)
def test_what_is_fine(text: str) -> None:
    assert JUDGE.messages(f"FROM python\nWORKDIR /app\n{text}") == []


def test_every_stage_counts_for_itself() -> None:
    text = "FROM a AS a\nCOPY . .\nFROM b\nRUN pip install torch\n"

    assert JUDGE.messages(text) == []
    assert len(JUDGE.messages("COPY . .\nRUN npm ci")) == 1


@pytest.mark.parametrize(
    "text",
    [
        "COPY . .\nRUN pip install tomli",
        "COPY . .\nRUN pip install '.[redis]' pymysql",
        "COPY . .\nRUN conda install nodejs",
        "COPY . .\nRUN pip install a && pip install b",
    ],
)
def test_a_small_tool_is_no_dependency(text: str) -> None:
    assert JUDGE.messages(f"FROM python\nWORKDIR /app\n{text}") == []


def test_what_is_worth_a_word_is_named() -> None:
    text = (
        "FROM python\nCOPY . /app\nRUN pip install tomli\nRUN pip install git+https://x.org/y@1\n"
    )

    assert JUDGE.messages(text) == [
        (
            "`.` is copied before `pip install y`: every change of a file installs the dependencies"
            " again"
        )
    ]


@pytest.mark.parametrize(
    ("command", "files"),
    [
        ("pip install --find-links=. -r requirements.txt", {}),
        ("pip install -f wheels -r requirements.txt", {}),
        ("pip install -r requirements.txt -e ./lib", {}),
        ("PIP_CONFIG_FILE=pip.conf pip install -r requirements.txt", {}),
        ("pip install -r requirements.txt", {"requirements/base.txt": "-f wheels\ntorch\n"}),
        ("pip install -r requirements.txt", {"requirements/base.txt": "torch\n./lib\n"}),
    ],
)
def test_what_reads_more_of_the_source_gets_no_fix(command: str, files: dict[str, str]) -> None:
    judge = Judge("source-before-dependencies", files={**FILES, **files})
    text = f"FROM python\nWORKDIR /app\nCOPY . .\nRUN {command}\n"

    assert [each.fix for each in judge.findings(text)] == [None]


def test_settings_that_are_there_are_copied_too() -> None:
    files = {**FILES, "uv.toml": "", ".python-version": "3.12\n"}
    text = "FROM python\nWORKDIR /a\nCOPY . .\nRUN uv sync --no-cache --frozen\n"

    assert (
        Judge("source-before-dependencies", files=files)
        .fixed(text)
        .startswith(
            "FROM python\nWORKDIR /a\nCOPY pyproject.toml uv.lock uv.toml .python-version ./\n"
        )
    )


def test_wheels_that_lie_elsewhere_do_not_matter() -> None:
    text = (
        "FROM python\nCOPY wheels /wheels\nWORKDIR /app\nCOPY . .\n"
        "RUN pip install --find-links=/wheels -r requirements.txt\n"
    )

    assert "COPY requirements.txt ./\n" in JUDGE.fixed(text)
    assert JUDGE.fixed(text.replace("=/wheels", "=/app/w")) == text.replace("=/wheels", "=/app/w")
