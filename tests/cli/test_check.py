"""`boxwright check`: what it finds, mends, writes, and which status it exits with."""

from __future__ import annotations

import io
import json
import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple

import pytest

from boxwright.cli.main import run
from boxwright.practices import check as engine
from boxwright.practices.selection import Selection
from boxwright.practices.workspace import Workspace

BAD = "FROM scratch\nRUM x\n"
"""Has one finding of `invalid-syntax`, which has no fix."""

UNUSED = "# boxwright: ignore[invalid-syntax] because of something\n"


class Result(NamedTuple):
    status: int
    out: str
    err: str


Check = Callable[..., Result]


@pytest.fixture
def check(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Check:
    """Run the command in an empty folder with the rules that this test knows."""
    monkeypatch.chdir(tmp_path)
    for name in ("NO_COLOR", "FORCE_COLOR"):
        monkeypatch.delenv(name, raising=False)

    def check(*arguments: str, select: Sequence[str] = ("invalid-syntax", "suppression")) -> Result:
        chosen = [f"--select={','.join(select)}"] if select else []
        status = run(["check", *chosen, *arguments])
        captured = capsys.readouterr()
        return Result(status, captured.out, captured.err)

    return check


def write(path: str, text: str) -> Path:
    place = Path(path)
    place.parent.mkdir(parents=True, exist_ok=True)
    place.write_bytes(text.encode())
    return place


def test_a_folder_is_searched_and_findings_are_told_with_their_place(check: Check) -> None:
    write("Dockerfile", "FROM scratch\n")
    write("docker/Dockerfile.gpu", BAD)
    write("src/main.py", "FORM")

    result = check()

    assert result.status == 1
    assert result.out.splitlines() == [
        "docker/Dockerfile.gpu:2:1: error invalid-syntax: unknown instruction: RUM",
        "  |",
        "2 | RUM x",
        "  | ^^^",
        "",
        "1 finding in 2 files: 1 error",
    ]
    assert result.err == ""


def test_nothing_to_find_is_0(check: Check) -> None:
    write("Dockerfile", "FROM scratch\n")

    assert check() == Result(0, "no findings in 1 file\n", "")
    assert check("-q") == Result(0, "", "")


def test_nothing_to_check_is_told(check: Check) -> None:
    assert check() == Result(0, "no findings in 0 files\n", "note: there is nothing to check\n")


def test_files_are_named_as_the_user_named_them_and_checked_once(check: Check) -> None:
    place = write("a/Dockerfile", BAD)

    result = check("a/Dockerfile", "a", str(place.absolute()))

    assert result.out.count("invalid-syntax") == 1
    assert result.out.startswith("a/Dockerfile:2:1: ")
    assert check("./a").out.startswith("./a/Dockerfile:2:1: ")


def test_a_named_file_is_judged_by_its_content_where_its_name_does_not_tell(check: Check) -> None:
    write("build.txt", BAD)
    write("main.py", "import os\n")

    result = check("build.txt", "main.py", "nothing")

    assert result.status == 2
    assert result.out.startswith("build.txt:2:1: error invalid-syntax")
    assert result.err == (
        "error: `main.py` is nothing that is known to be checked\n"
        "error: `nothing` does not exist, and is no image: that would be named with its tag, "
        "`nothing:latest`\n"
    )


def test_what_is_not_checked_is_told_and_no_error(check: Check) -> None:
    write("Dockerfile.j2", "FROM {{ base }}\n")
    write("k8s/kustomization.yaml", "apiVersion: v1\nkind: Kustomization\n")

    result = check()

    assert result.status == 0
    assert result.err == (
        "note: `Dockerfile.j2` is a template: check what is made of it\n"
        "note: `k8s/kustomization.yaml` is a kustomization: "
        "check what `kubectl kustomize` prints\n"
        "note: there is nothing to check\n"
    )


@pytest.mark.parametrize(
    ("arguments", "status"),
    [
        ([], 1),
        (["--fail-on", "error"], 0),
        (["--fail-on", "info"], 1),
        (["--exit-zero"], 0),
    ],
)
def test_the_status_is_1_for_what_is_as_bad_as_asked(
    check: Check, arguments: list[str], status: int
) -> None:
    write("Dockerfile", f"FROM scratch\n{UNUSED}RUN x\n")

    assert check(*arguments).status == status


def test_findings_that_are_worth_knowing_only_do_not_fail(check: Check) -> None:
    write("Dockerfile", "FROM a\n# boxwright: ignore[invalid-syntax]\nRUM x\n")

    result = check()

    assert result.status == 0
    assert result.out.startswith(
        "Dockerfile:2:1: info unexplained-suppression: "
        "the suppression gives no reason: add `because …` behind it\n"
    )


class TestFix:
    def test_it_is_written_and_the_rest_is_reported(self, check: Check) -> None:
        place = write("Dockerfile", f"\ufeffFROM scratch\r\n{UNUSED}USER a\r\nRUM x\r\n")
        place.chmod(0o640)

        result = check("--fix")

        assert result.status == 1
        assert place.read_bytes() == "\ufeffFROM scratch\r\nUSER a\r\nRUM x\r\n".encode()
        assert place.stat().st_mode & 0o777 == 0o640
        assert result.out.startswith("Dockerfile:3:1: error invalid-syntax")
        assert result.err == "1 finding mended\n"

    def test_a_second_time_changes_nothing(self, check: Check) -> None:
        place = write("Dockerfile", f"FROM scratch\n{UNUSED}RUN x\n")

        assert check("--fix").status == 0
        before = place.stat().st_mtime_ns, place.stat().st_ino
        assert check("--fix") == Result(0, "no findings in 1 file\n", "")
        assert (place.stat().st_mtime_ns, place.stat().st_ino) == before

    def test_behind_a_link_the_real_file_is_written(self, check: Check, tmp_path: Path) -> None:
        real = write("real/text", f"FROM scratch\n{UNUSED}RUN x\n")
        Path("Dockerfile").symlink_to("real/text")

        check("--fix", "Dockerfile")

        assert Path("Dockerfile").is_symlink()
        assert real.read_text() == "FROM scratch\nRUN x\n"

    def test_a_file_that_may_not_be_written_stays(self, check: Check) -> None:
        if os.geteuid() == 0:
            pytest.skip("root may write everything")
        place = write("Dockerfile", f"FROM scratch\n{UNUSED}RUN x\n")
        place.chmod(0o444)

        result = check("--fix")

        assert result.status == 2
        assert result.err == "error: `Dockerfile` is not mended: it may not be written\n"

    def test_what_somebody_else_changed_meanwhile_stays(
        self, check: Check, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        place = write("Dockerfile", f"FROM scratch\n{UNUSED}RUN x\n")
        original = Workspace.changed

        def changed(self: Workspace, texts: dict[str, str]) -> Workspace:
            place.write_text("FROM other\n")
            return original(self, texts)

        monkeypatch.setattr(Workspace, "changed", changed)

        result = check("--fix")

        assert result.status == 2
        assert place.read_text() == "FROM other\n"
        assert result.err == (
            "error: `Dockerfile` is not mended: it was changed by somebody else meanwhile\n"
        )

    def test_a_diff_shows_it_and_changes_nothing(self, check: Check) -> None:
        place = write("a/Dockerfile", f"FROM scratch\n{UNUSED}RUN x")

        result = check("--diff")

        assert result.status == 1
        assert result.out == (
            "--- a/a/Dockerfile\n+++ b/a/Dockerfile\n@@ -1,3 +1,2 @@\n FROM scratch\n"
            f"-{UNUSED} RUN x\n\\ No newline at end of file\n"
        )
        assert place.read_text() == f"FROM scratch\n{UNUSED}RUN x"

    def test_without_changes_a_diff_is_empty(self, check: Check) -> None:
        write("Dockerfile", BAD)

        assert check("--diff") == Result(0, "", "")


class TestStandardInput:
    @pytest.fixture(autouse=True)
    def text(self, monkeypatch: pytest.MonkeyPatch) -> None:
        content = f"FROM scratch\n{UNUSED}USER a\nRUM x\n".encode()
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(content)))

    def test_it_is_checked_under_a_name(self, check: Check) -> None:
        result = check("-", "--stdin-filename", "a/Dockerfile.x", select=["invalid-syntax"])

        assert result.out.startswith("a/Dockerfile.x:4:1: error invalid-syntax")

    def test_its_fixed_text_is_printed(
        self, check: Check, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
    ) -> None:
        written = io.BytesIO()

        class Out(io.TextIOWrapper):
            pass

        monkeypatch.setattr(sys, "stdout", Out(written, encoding="utf-8"))

        result = check("-", "--fix")

        assert written.getvalue() == b"FROM scratch\nUSER a\nRUM x\n"
        assert "invalid-syntax" in result.err


class TestSettings:
    def test_the_nearest_ones_above_a_file_count(self, check: Check) -> None:
        write("pyproject.toml", "[tool.boxwright.check]\nselect = ['invalid-syntax']\n")
        write("a/b/Dockerfile", BAD)
        write("c/boxwright.toml", "[check]\nselect = []\n")
        write("c/d/Dockerfile", BAD)

        result = check(select=())

        assert [line.split(":")[0] for line in result.out.splitlines() if "error" in line] == [
            "a/b/Dockerfile",
            "1 finding in 2 files",
        ]

    def test_they_are_looked_for_above_the_folder_that_is_named(self, check: Check) -> None:
        write(
            "pyproject.toml",
            "[tool.boxwright.check]\nselect = ['invalid-syntax']\nexclude = ['a/old']\n"
            "severity = {invalid-syntax = 'info'}\n",
        )
        write("a/Dockerfile", BAD)
        write("a/old/Dockerfile", BAD)

        result = check("a", select=())

        assert result.status == 0
        assert result.out.splitlines()[0].startswith("a/Dockerfile:2:1: info invalid-syntax")
        assert result.out.splitlines()[-1] == "1 finding in 1 file: 1 info"

    def test_what_is_excluded_but_named_is_checked(self, check: Check) -> None:
        write("boxwright.toml", "[check]\nexclude = ['old']\n")
        write("old/Dockerfile", BAD)

        assert check("old/Dockerfile").status == 1

    @pytest.mark.parametrize(
        ("text", "error"),
        [
            ("port = 1\nname =\n", "error: a/boxwright.toml:2: not valid TOML: "),
            ("[check]\nselct = []", "error: a/boxwright.toml: check.selct: unknown key\n\nhint: did you mean `select`?"),
            ("[check]\nselect = ['invalid-sintax']", "error: a/boxwright.toml: check.select[0]: unknown rule `invalid-sintax`\n\nhint: did you mean `invalid-syntax`?"),
        ],
    )  # fmt: skip
    def test_broken_ones_are_an_error(self, check: Check, text: str, error: str) -> None:
        write("a/boxwright.toml", text)
        write("a/Dockerfile", BAD)

        result = check("a", select=())

        assert (result.status, result.out) == (2, "")
        assert result.err.startswith(error)

    def test_the_command_line_is_checked_too(self, check: Check) -> None:
        write("Dockerfile", BAD)

        result = check("--ignore", "invalid-sintax")

        assert result.status == 2
        assert result.err == (
            "error: --ignore: unknown rule `invalid-sintax`\n\n"
            "hint: did you mean `invalid-syntax`?\n"
        )


class TestBaseline:
    def test_what_it_knows_is_hidden(self, check: Check) -> None:
        place = write("Dockerfile", BAD)

        written = check("--write-baseline", "known.json")
        place.write_text(f"# New\n{BAD}RUM y\n")
        result = check("--baseline", "known.json")

        assert written == Result(0, "", "1 finding in `known.json`\n")
        assert result.status == 1
        assert result.out.startswith("Dockerfile:4:1: error invalid-syntax")
        assert result.err == "note: 1 more that the baseline knows\n"

    def test_settings_can_name_it_and_what_is_gone_is_told(self, check: Check) -> None:
        write("boxwright.toml", "[check]\nbaseline = 'known.json'\n")
        place = write("a/Dockerfile", BAD)
        check("--write-baseline", "known.json", "a")
        place.write_text("FROM scratch\n")

        result = check("a")

        assert result == Result(
            0,
            "no findings in 1 file\n",
            "note: 1 finding of the baseline is gone: write it anew\n",
        )

    def test_one_that_is_not_there_is_an_error(self, check: Check) -> None:
        write("Dockerfile", BAD)

        result = check("--baseline", "known.json")

        assert result.status == 2
        assert result.err == (
            "error: the baseline `known.json` cannot be read: No such file or directory\n\n"
            "hint: write it with `boxwright check --write-baseline known.json`\n"
        )


@pytest.mark.parametrize("name", ["json", "sarif", "gitlab"])
def test_formats_for_programs_are_one_document_on_standard_output(check: Check, name: str) -> None:
    write("Dockerfile", BAD)

    result = check("--format", name)

    assert result.status == 1
    assert json.loads(result.out)
    assert result.err == "1 finding in 1 file: 1 error\n"


def test_findings_in_json_have_fingerprints(check: Check) -> None:
    write("Dockerfile", BAD)

    (finding,) = json.loads(check("--format=json").out)["findings"]

    assert finding["fingerprint"].endswith(":1")


def test_what_is_printed_can_be_written_to_a_file(check: Check) -> None:
    write("Dockerfile", BAD)

    result = check("--format", "github", "--output", "found.txt")

    assert (result.out, result.err) == ("", "1 finding in 1 file: 1 error\n")
    assert Path("found.txt").read_text().startswith("::error ")


def test_a_bug_in_a_rule_is_told_after_all_that_was_found(
    check: Check, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setattr("tempfile.tempdir", None)
    write("Dockerfile", f"FROM scratch\n{UNUSED}RUN x\n")
    original = engine.check_file

    def check_file(workspace: Workspace, path: str, selection: Selection) -> engine.Checked:
        failure = engine.RuleFailure("moody", "Dockerfile", ValueError("no"))
        return original(workspace, path, selection)._replace(failures=(failure,))

    monkeypatch.setattr(engine, "check_file", check_file)

    result = check()

    assert result.status == 3
    assert "unused-suppression" in result.out
    assert result.err.startswith(
        "error: this is a bug in boxwright: `moody` on `Dockerfile`: ValueError: no\n"
    )
    (log,) = tmp_path.glob("boxwright-*.log")
    assert "`moody` on `Dockerfile`: \nValueError: no" in log.read_text()


def test_rules_are_listed_and_explained(check: Check, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["rules", "suppression"]) == 0
    assert capsys.readouterr().out == (
        "suppression\n"
        "  unexplained-suppression  info     -  A suppression gives no reason.\n"
        "  unused-suppression       warning *   A suppression silences nothing.\n"
    )
    assert run(["rules", "--format=json"]) == 0
    listed = {rule["name"]: rule for rule in json.loads(capsys.readouterr().out)}
    assert listed["unused-suppression"] == {
        "name": "unused-suppression",
        "area": "suppression",
        "severity": "warning",
        "default": True,
        "fix": "safe",
        "summary": "A suppression silences nothing.",
        "options": [],
        "equivalents": {},
    }
    assert run(["rule", "invalid-syntax"]) == 0
    page = capsys.readouterr().out
    assert page.startswith("# invalid-syntax\n\nThe file is not what a build can read.\n")
    assert run(["rule", "dl1000"]) == 0
    assert capsys.readouterr().out == page
    assert run(["rule", "invalid-sintax"]) == 2
    assert capsys.readouterr().err == (
        "error: unknown rule `invalid-sintax`\n\nhint: did you mean `invalid-syntax`?\n"
    )
    assert run(["rules", "docker"]) == 2
