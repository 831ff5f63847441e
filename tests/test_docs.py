"""
What the documentation shows is true.

Every command in a ```console block is either a command of ours, which is run on the page's
own project, or is listed here with the reason why it is not. Pages whose images go to a registry
go to that of the tests.
"""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
import tomllib
import uuid
import zipfile
from dataclasses import dataclass, replace
from pathlib import Path

import click
import pytest

from boxwright.cli.main import boxwright
from boxwright.store.engine import Engine

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
    "cosign": "tests/ship holds signatures against what cosign writes and reads",
    "cp": "takes a copy of an example, as the tests do",
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

# What is run besides our own commands: the reader's changes to the page's project.
ALSO_RUN = re.compile(r"git (init|add|commit)|sed -i")

# Options with which a command of ours is not run, and why.
OPTIONS_NOT_RUN = {
    "--load": "tests/integration loads images",
    "--detach": "tests/integration/test_run.py leaves containers running, and removes them",
    "--keyless": "tests/ship/test_keyless.py signs by a sigstore of its own",
    "--identity": "tests/ship/test_keyless.py verifies by a sigstore of its own",
}

# The registry of the pages, for which the tests have one of their own, and commands that need one.
REGISTRY = "localhost:5000"
SHIPPED = {"push", "promote", "pull"}

# The title of settings that a page gives its project.
ADDED = "added to pyproject.toml"

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
    status: int | None = None
    """The exit status that the page shows of it, by `echo $?`."""

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

    @property
    def is_run(self) -> bool:
        if not self.is_ours:
            return ALSO_RUN.match(self.text) is not None
        # Without any of these a container runs until somebody stops it.
        follows = self.words[1] == "run" and not {"--smoke", "--print"} & set(self.words)
        return not follows and not OPTIONS_NOT_RUN.keys() & set(self.words)

    @property
    def needs_registry(self) -> bool:
        return self.is_ours and (REGISTRY in self.text or self.words[1] in SHIPPED)

    @property
    def needs_engine(self) -> bool:
        return self.is_ours and (
            self.words[1] == "run" or (self.words[1] == "promote" and "--history" not in self.words)
        )

    @property
    def statuses(self) -> tuple[int, ...]:
        """Those with which it has worked."""
        if self.status is not None:
            return (self.status,)
        # A check that finds something has worked, and so have a comparison that finds a
        # difference, an init that leaves a file of the user's as it is, and a doctor.
        return (0, 1) if self.words[1] in {"check", "diff", "doctor", "init"} else (0,)


def shown_on(page: Path) -> list[Shown]:
    """Return the commands of the console blocks of *page*, long lines joined."""
    blocks = re.findall(
        r"^```console\n(.*?)^```$", page.read_text(encoding="utf-8"), re.DOTALL | re.MULTILINE
    )
    lines = "".join(blocks).replace("\\\n", " ").splitlines()
    shown: list[Shown] = []
    for number, line in enumerate(lines):
        if line == "$ echo $?":
            shown[-1] = replace(shown[-1], status=int(lines[number + 1]))
        elif line.startswith("$ "):
            shown.append(Shown(page, " ".join(line[2:].split())))
    return shown


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
    assert shown.is_ours or shown.is_run or shown.words[0] in NOT_RUN


def test_no_reason_is_out_of_date() -> None:
    words = {shown.words[0] for shown in SHOWN}
    options = {word for shown in OURS for word in shown.words}

    assert sorted(NOT_RUN.keys() - words) == []
    assert sorted(OPTIONS_NOT_RUN.keys() - options) == []


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
    request: pytest.FixtureRequest,
    advisories: Path,
    other_cache: Path,
) -> None:
    commands = [shown for shown in shown_on(page) if shown.is_run]
    # Nothing that another page has pushed is there.
    place = f"{os.environ.get('BOXWRIGHT_TEST_REGISTRY', REGISTRY)}/{uuid.uuid4().hex}"
    folder = project_of(page, tmp_path, place)
    # `pip install boxwright` puts both there.
    monkeypatch.setenv("PATH", f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}")
    monkeypatch.setenv("BOXWRIGHT_KEY_PASSWORD", "that of the reader")
    if any(shown.words[1:3] == FETCHES for shown in commands):
        monkeypatch.setenv("BOXWRIGHT_ADVISORIES_URL", str(advisories))
        monkeypatch.setenv("BOXWRIGHT_CACHE_DIR", str(other_cache))
    for name in ("AUTHOR", "COMMITTER"):
        monkeypatch.setenv(f"GIT_{name}_NAME", "A reader")
        monkeypatch.setenv(f"GIT_{name}_EMAIL", "reader@example.com")
    ships = any(shown.needs_registry for shown in commands)
    if ships and not any(shown.text.startswith("git init") for shown in commands):
        commit_all(folder)

    for shown in commands:
        if shown.needs_registry:
            request.getfixturevalue("registry")
        if shown.needs_engine:
            engine: Engine = request.getfixturevalue("engine")
            monkeypatch.setenv("BOXWRIGHT_ENGINE", engine.program)
        words = [word.replace(REGISTRY, place) for word in shown.words]
        done = subprocess.run(words, cwd=folder, capture_output=True, text=True, check=False)
        assert done.returncode in shown.statuses, f"{shown.text}\n{done.stdout}{done.stderr}"


def commit_all(folder: Path) -> None:
    """Make *folder* a repository of Git with one commit."""
    for arguments in (["init"], ["add", "."], ["commit", "--message", "First"]):
        subprocess.run(["git", *arguments], cwd=folder, capture_output=True, check=True)


def project_of(page: Path, folder: Path, registry: str) -> Path:
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
    project = Path(
        shutil.copytree(
            CHECKOUT / "examples" / example,
            folder / example,
            ignore=shutil.ignore_patterns("dist", "__pycache__", ".*_cache"),
        )
    )
    added = re.findall(
        rf'^```toml title="{ADDED}"\n(.*?)^```$',
        page.read_text(encoding="utf-8"),
        re.DOTALL | re.MULTILINE,
    )
    with (project / "pyproject.toml").open("a", encoding="utf-8") as file:
        file.writelines(f"\n{block}".replace(REGISTRY, registry) for block in added)
    return project


def test_every_command_is_in_the_readme_and_on_a_page() -> None:
    context = click.Context(boxwright, info_name="boxwright")
    pages = "".join(page.read_text(encoding="utf-8") for page in PAGES[2:])
    readme = PAGES[0].read_text(encoding="utf-8")

    for name in boxwright.list_commands(context):
        assert f"boxwright {name}" in readme
        assert f"boxwright {name}" in pages


def test_every_variable_of_ours_is_in_the_reference() -> None:
    read = {
        name
        for path in (CHECKOUT / "src").rglob("*.py")
        for name in re.findall(r"\bBOXWRIGHT_[A-Z_]+\b", path.read_text(encoding="utf-8"))
    }
    tables = tomllib.loads((CHECKOUT / "dev" / "environment.toml").read_text(encoding="utf-8"))
    named = {name for row in tables["variable"] for name in row["names"]}

    assert {name for name in named if name.startswith("BOXWRIGHT_")} == read


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
