"""
What the documentation shows is true.

Every command in a ```console block is either a command of ours, which is run on the page's
own project, or is listed here with the reason why it is not.
"""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
import zipfile
from dataclasses import dataclass
from pathlib import Path

import click
import pytest

from boxwright.cli.main import boxwright

CHECKOUT = Path(__file__).parent.parent
PAGES = [
    CHECKOUT / "README.md",
    CHECKOUT / "CONTRIBUTING.md",
    *sorted((CHECKOUT / "docs").rglob("*.md")),
    *sorted((CHECKOUT / "examples").glob("*/README.md")),
]

# First words of commands that are shown and not run here, and why.
NOT_RUN = {
    "curl": "asks a service that the reader has started",
    "docker": "dev/demo.py and tests/integration run the same commands",
    "export": "sets a variable of the reader's shell",
    "git": "clones the project that this is a clone of",
    "kubectl": "asks a cluster; tests/render checks what it would be given",
    "make": ".ci/run runs it",
    "pip": "installs a release, and the tests are about what is checked out",
    "python": "starts the benchmark, which takes an engine and an hour",
    "rm": "takes away what was generated, to see it come back",
    "syft": "tests/integration looks into images with it",
    "umoci": "tests/store unpacks images with it",
    "uv": "works on the example as its developer would; dev/test runs the example's tests",
}

# The example that a page is about, where it is not the first one.
EXAMPLES = {
    "docs/tutorial/first-check.md": "inherited",
    "docs/how-to/choose-rules.md": "inherited",
    "docs/how-to/come-from-another-checker.md": "inherited",
    "docs/how-to/mend.md": "inherited",
    "docs/tutorial/first-stack.md": "reference-stack",
    "docs/how-to/generate-files.md": "reference-stack",
    "docs/how-to/compose-in-development.md": "reference-stack",
    "docs/how-to/deploy-to-kubernetes.md": "reference-stack",
    "docs/how-to/notebooks.md": "reference-stack",
    "docs/how-to/secrets.md": "reference-stack",
    "docs/how-to/train-on-a-gpu.md": "reference-stack",
    "examples/inherited/README.md": "inherited",
    "examples/reference-stack/README.md": "reference-stack",
}

# What fetches advisories of vulnerabilities; the ecosystems of an update, and a release of each.
FETCHES = ["advisories", "update"]
ECOSYSTEMS = {
    "PyPI": "",
    "Debian": ":13",
    "Ubuntu": ":24.04:LTS",
    "Alpine": ":v3.22",
    "Bitnami": "",
}

# Pages whose project needs more than the tests have, and why.
PAGES_NOT_RUN = {
    "examples/torch-text/README.md": "PyTorch for CPUs is not on every index; bench/ builds it",
}


@dataclass(frozen=True, slots=True)
class Shown:
    """A command that a page shows."""

    page: Path
    text: str

    def __str__(self) -> str:
        return f"{self.page.relative_to(CHECKOUT)}: {self.text}"

    @property
    def words(self) -> list[str]:
        """The command's words, without what is set or captured around it."""
        inner = re.fullmatch(r"\w+=\$\((.*)\)", self.text)
        words = shlex.split(inner[1] if inner else self.text)
        while words and re.match(r"[A-Z_]+=", words[0]):
            words = words[1:]
        return words

    @property
    def is_ours(self) -> bool:
        return self.words[0] == "boxwright"


def shown_on(page: Path) -> list[Shown]:
    """Return the commands of the console blocks of *page*, long lines joined."""
    blocks = re.findall(
        r"^```console\n(.*?)^```$", page.read_text(encoding="utf-8"), re.DOTALL | re.MULTILINE
    )
    lines = "".join(blocks).replace("\\\n", " ").splitlines()
    return [Shown(page, " ".join(line[2:].split())) for line in lines if line.startswith("$ ")]


SHOWN = [shown for page in PAGES for shown in shown_on(page)]
OURS = [shown for shown in SHOWN if shown.is_ours]
RUN = [
    page
    for page in PAGES
    if str(page.relative_to(CHECKOUT)) not in PAGES_NOT_RUN
    and any(shown.is_ours for shown in shown_on(page))
]


def test_the_readme_begins_with_the_two_commands_that_set_themselves_up() -> None:
    commands = [shown.text for shown in shown_on(CHECKOUT / "README.md")]

    assert [command for command in commands if command.startswith("make ")][:2] == [
        "make demo",
        "make test",
    ]


@pytest.mark.parametrize("shown", SHOWN, ids=str)
def test_a_shown_command_is_run_or_has_a_reason(shown: Shown) -> None:
    assert shown.is_ours or shown.words[0] in NOT_RUN


def test_no_reason_is_out_of_date() -> None:
    words = {shown.words[0] for shown in SHOWN}

    assert sorted(NOT_RUN.keys() - words) == []


@pytest.mark.parametrize("shown", OURS, ids=str)
def test_a_shown_command_of_ours_is_one_that_exists(shown: Shown) -> None:
    arguments = shown.words[1:]

    if arguments in (["--help"], ["--version"]):
        return
    context = click.Context(boxwright, info_name="boxwright")
    command = boxwright.get_command(context, arguments[0])
    assert command is not None
    command.make_context(arguments[0], arguments[1:], parent=context)


@pytest.fixture(scope="session")
def advisories(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Exports as OSV has them, with one record each: tests are not about what is known today."""
    folder = tmp_path_factory.mktemp("advisories")
    for ecosystem, release in ECOSYSTEMS.items():
        package = {"ecosystem": f"{ecosystem}{release}", "name": "in-no-image"}
        record = {
            "id": f"EXAMPLE-{ecosystem}",
            "modified": "2026-11-22T00:00:00Z",
            "affected": [{"package": package, "versions": ["1.0"]}],
        }
        (folder / ecosystem).mkdir()
        with zipfile.ZipFile(folder / ecosystem / "all.zip", "w") as archive:
            archive.writestr(f"{record['id']}.json", json.dumps(record))
    return folder


@pytest.fixture(scope="session")
def other_cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A cache that may hold advisories which nobody should take for real ones."""
    return tmp_path_factory.mktemp("cache")


@pytest.mark.network
@pytest.mark.slow
@pytest.mark.parametrize("page", RUN, ids=lambda page: str(page.relative_to(CHECKOUT)))
def test_the_commands_of_a_page_work(
    page: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    advisories: Path,
    other_cache: Path,
) -> None:
    folder = project_of(page, tmp_path)
    # `pip install boxwright` puts both there.
    monkeypatch.setenv("PATH", f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}")
    if any(shown.words[1:3] == FETCHES for shown in shown_on(page)):
        monkeypatch.setenv("BOXWRIGHT_ADVISORIES_URL", str(advisories))
        monkeypatch.setenv("BOXWRIGHT_CACHE_DIR", str(other_cache))

    for shown in shown_on(page):
        if not shown.is_ours or "--load" in shown.words:  # tests/integration loads images
            continue
        done = subprocess.run(shown.words, cwd=folder, capture_output=True, text=True, check=False)
        # A check that finds something has worked, and so have a comparison that finds a
        # difference and an init that leaves a file of the user's as it is.
        fine = (0, 1) if shown.words[1] in {"check", "diff", "init"} else (0,)
        assert done.returncode in fine, f"{shown.text}\n{done.stderr}"


def project_of(page: Path, folder: Path) -> Path:
    """Return a folder to run the commands of *page* in: its own files, or an example."""
    titled = re.findall(
        r'^```\w+ title="(hello/[\w.]+)"\n(.*?)^```$',
        page.read_text(encoding="utf-8"),
        re.DOTALL | re.MULTILINE,
    )
    if titled:
        for name, content in titled:
            (folder / name).parent.mkdir(exist_ok=True)
            (folder / name).write_text(content, encoding="utf-8")
        return folder
    example = EXAMPLES.get(str(page.relative_to(CHECKOUT)), "digits-api")
    return Path(
        shutil.copytree(
            CHECKOUT / "examples" / example,
            folder / example,
            ignore=shutil.ignore_patterns("dist", "__pycache__", ".*_cache"),
        )
    )


def test_every_command_is_in_the_readme_and_on_a_page() -> None:
    context = click.Context(boxwright, info_name="boxwright")
    pages = "".join(page.read_text(encoding="utf-8") for page in PAGES[2:])
    readme = PAGES[0].read_text(encoding="utf-8")

    for name in boxwright.list_commands(context):
        assert f"boxwright {name}" in readme
        assert f"boxwright {name}" in pages


def test_the_generated_pages_are_up_to_date() -> None:
    done = subprocess.run(
        [sys.executable, CHECKOUT / "dev" / "generate.py", "--check"],
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 0, done.stdout


def test_every_decision_is_in_the_index() -> None:
    folder = CHECKOUT / "docs" / "decisions"
    index = (folder / "index.md").read_text(encoding="utf-8")

    assert [page.name for page in folder.glob("*.md") if page.name not in index] == ["index.md"]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(CHECKOUT)))
def test_prose_has_one_sentence_a_line_and_no_fillers(page: Path) -> None:
    prose = re.sub(
        r"^```.*?^```$", "", page.read_text(encoding="utf-8"), flags=re.DOTALL | re.MULTILINE
    )
    prose = re.sub(r"`[^`]*`", "`code`", prose)
    lines = [line for line in prose.splitlines() if not line.startswith(("|", "<!--", "#"))]

    assert [
        line for line in lines if re.search(r"\b(simply|just)\b|!(?!\[)", line, re.IGNORECASE)
    ] == []
    assert [line for line in lines if re.search(r"[a-z`)]\. [A-Z`]", line)] == []
