"""`boxwright scan`: what is told, counted and written, and which status it exits with."""

from __future__ import annotations

import copy
import json
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import ClassVar

import pytest
from tests.cli.conftest import Command, Result, sarif
from tests.cli.made_images import ADVISORIES, debian, python, write_layout
from tests.scan.test_foreign_reports import GRYPE, SCOUT, TRIVY

KEY = "AKIAQ3EGRZ6XK7LPWM2D"
BASE = debian("12", {"openssl": "3.0.13-1~deb12u1", "apparmor": "3.0.8-3"})
APP = python({"requests": "2.28.1", "torch": "2.5.1+cu121", "py": "1.11.0"})
OLD = (
    "note: the advisories of `Debian` are DAYS days old: run `boxwright advisories update`\n"
    "note: the advisories of `PyPI` are DAYS days old: run `boxwright advisories update`\n"
)


@pytest.fixture(autouse=True)
def image(tmp_path: Path) -> Path:
    write_layout(tmp_path / "image", BASE, APP)
    return tmp_path / "image"


def without_days(text: str) -> str:
    return " ".join("DAYS" if word.isdigit() else word for word in text.split(" "))


def names(result: Result, key: str = "id") -> list[str]:
    return [match[key] for match in json.loads(result.out)["matches"]]


def test_vulnerabilities_are_told_by_package_with_the_way_out(
    command: Command, advisories: None
) -> None:
    result = command("scan", "image")

    assert result.status == 1
    assert without_days(result.err) == OLD
    assert result.out.splitlines() == [
        "torch 2.5.1+cu121 (pypi, layer 1)",
        "  critical 9.3  CVE-2025-32434  fixed in 2.6.0",
        "      PyTorch: `torch.load` with `weights_only=True` leads to remote code execution",
        "    -> install `torch` 2.6.0 or later: `pip install 'torch>=2.6.0'`",
        "",
        "openssl 3.0.13-1~deb12u1 (deb)",
        "  high 7.5  CVE-2024-6119  fixed in 3.0.14-1~deb12u2",
        "      Issue summary: Applications performing certificate name checks may attempt to read an …",
        "    -> rebuild on a newer base: Debian 12 has `openssl` 3.0.14-1~deb12u2",
        "",
        "requests 2.28.1 (pypi, layer 1)",
        "  . medium 6.1  CVE-2023-32681  fixed in 2.31.0",
        "    -> install `requests` 2.31.0 or later: `pip install 'requests>=2.31.0'`",
        "",
        "py 1.11.0 (pypi, layer 1)",
        "  . unknown  CVE-2022-42969  no fix yet",
        "",
        "said not to count:",
        "  CVE-2016-1585 of apparmor: ignored, Debian's security team calls it `unimportant`",
        "  (DEBIAN-CVE-2016-1585)",
        "",
        "5 packages, 5 looked up",
        "4 known vulnerabilities: 1 critical, 1 high, 1 medium, 1 unknown; 2 count (high or worse)",
        "advisories of Debian: up to 2025-11-19",
        "advisories of PyPI: up to 2025-08-29",
    ]


@pytest.mark.parametrize(
    ("options", "status", "counted"),
    [
        ([], 1, 2),
        (["--fail-on=critical"], 1, 1),
        (["--fail-on=any"], 1, 4),
        (["--fail-on=any", "--only-fixed"], 1, 3),
        (["--fail-on=none"], 0, 0),
    ],
)
def test_what_counts_decides_the_status(
    command: Command, advisories: None, options: list[str], status: int, counted: int
) -> None:
    result = command("scan", "image", "--format=json", *options)

    assert (result.status, json.loads(result.out)["summary"]["counted"]) == (status, counted)


def test_an_image_without_vulnerabilities_is_0(
    command: Command, advisories: None, tmp_path: Path
) -> None:
    write_layout(tmp_path / "fine", python({"requests": "2.32.0"}))

    result = command("scan", "fine", "-q")

    assert result == Result(
        0,
        "1 package, 1 looked up\nno known vulnerability\nadvisories of PyPI: up to 2025-08-29\n",
        "",
    )


def test_without_advisories_nothing_is_fine(command: Command) -> None:
    result = command("scan", "image")

    assert result == Result(
        2,
        "not checked: 2 packages of Debian:12: the advisories of `Debian` are not on this machine\n"
        "not checked: 3 packages of PyPI: the advisories of `PyPI` are not on this machine\n"
        "5 packages, 0 looked up\nnothing is known\n",
        "error: packages of `Debian:12`, `PyPI` could not be looked up\n\n"
        "hint: run `boxwright advisories update`, or say `--allow-unchecked`\n",
    )
    assert command("scan", "image", "--allow-unchecked").status == 0


def test_a_layer_that_cannot_be_read_is_not_fine(
    command: Command, advisories: None, tmp_path: Path
) -> None:
    made = write_layout(tmp_path / "damaged", BASE, python({"flask": "3.1.1"}))
    digest = made.layers[1].blob.descriptor.digest
    blob = tmp_path / "damaged" / "blobs" / "sha256" / digest.partition(":")[2]
    blob.write_bytes(blob.read_bytes()[:-20])

    result = command("scan", "damaged", "-q", "--fail-on=none")
    document = json.loads(command("scan", "damaged", "-q", "--format=json").out)

    assert result.status == 2
    assert result.err == (
        "error: layer 1 could not be read as it should be\n\n"
        "hint: `boxwright inspect` tells why; take the image anew, or say `--allow-unchecked`\n"
    )
    assert "not read: layer 1: " in result.out
    assert document["summary"]["complete"] is False
    assert document["unread"][0].startswith("layer 1: ")
    assert command("scan", "damaged", "-q", "--sbom=spdx").status == 2
    assert command("scan", "damaged", "-q", "--fail-on=none", "--allow-unchecked").status == 0


def test_credentials_count_too(command: Command, advisories: None, tmp_path: Path) -> None:
    write_layout(tmp_path / "leaking", {"app/.env": f"AWS_ACCESS_KEY_ID={KEY}\n".encode()}, {})

    result = command("scan", "leaking", "-q")

    assert result == Result(
        1,
        "credential: an AWS access key (`AKIA…`, 20 characters) in `/app/.env`, line 1, layer 0\n"
        "\n"
        "0 packages, 0 looked up\nnothing is known\n",
        "",
    )
    assert command("scan", "leaking", "-q", "--fail-on=none").status == 0
    assert KEY not in command("scan", "leaking", "--format=json").out


def test_settings_decide_what_counts_and_until_when(command: Command, advisories: None) -> None:
    Path("boxwright.toml").write_text(
        """
        [scan]
        fail-on = "any"
        max-age = 3650
        [[scan.ignore]]
        id = "CVE-2023-32681"
        reason = "no proxy is used"
        expires = "never"
        [[scan.ignore]]
        id = "GHSA-53q9-r3pm-6pq6"
        reason = "until the next release"
        expires = 2025-01-01
        """
    )

    result = command("scan", "image", "--format=json")

    assert result.out, result.err
    states = {match["id"]: match["state"] for match in json.loads(result.out)["matches"]}
    assert states == {
        "CVE-2016-1585": "ignored",
        "CVE-2025-32434": "affected",
        "CVE-2024-6119": "affected",
        "CVE-2023-32681": "ignored",
        "CVE-2022-42969": "affected",
    }
    assert result.status == 1
    assert result.err == (
        "note: the entry for `GHSA-53q9-r3pm-6pq6` (boxwright.toml: scan.ignore[1]) expired on "
        "2025-01-01 and counts again\n"
    )


def test_an_entry_without_a_reason_is_an_error(command: Command, advisories: None) -> None:
    Path("boxwright.toml").write_text('[[scan.ignore]]\nid = "CVE-2023-32681"\n')

    result = command("scan", "image")

    assert (result.status, result.out) == (2, "")
    assert "boxwright.toml: scan.ignore[0]" in result.err


def test_vex_goes_out_and_comes_in_again(command: Command, advisories: None) -> None:
    Path("boxwright.toml").write_text(
        '[[scan.ignore]]\nid = "CVE-2025-32434"\nreason = "weights are ours"\nexpires = "never"\n'
        'justification = "vulnerable_code_cannot_be_controlled_by_adversary"\n'
    )
    assert command("scan", "image", "-q", "--write-vex=vex.json").status == 1
    Path("boxwright.toml").unlink()

    result = command("scan", "image", "-q", "--vex=vex.json", "--format=json")

    (judged,) = [
        match for match in json.loads(result.out)["matches"] if match["id"] == "CVE-2025-32434"
    ]
    assert judged["state"] == "not_affected"
    assert "weights are ours" in judged["reason"]


def test_ignore_files_of_trivy_are_read(command: Command, advisories: None) -> None:
    Path(".trivyignore").write_text("CVE-2025-32434\nCVE-2024-6119\n")

    result = command("scan", "image", "-q", "--ignore-file=.trivyignore")

    assert result.status == 0
    assert "0 known" not in result.out


@pytest.mark.parametrize(
    "options", [["--vex=gone"], ["--ignore-file=gone"], ["--report=gone"]], ids=" ".join
)
def test_files_that_are_not_there(command: Command, advisories: None, options: list[str]) -> None:
    assert command("scan", "image", "-q", *options) == Result(
        2, "", "error: `gone` cannot be read: No such file or directory\n\nhint: check its name\n"
    )


@pytest.mark.parametrize(
    ("report", "tool"),
    [(TRIVY, "trivy"), (GRYPE, "grype"), (SCOUT, "scout")],
    ids=lambda it: it if isinstance(it, str) else "",
)
def test_reports_of_other_tools_are_told_in_the_same_form(
    command: Command, report: dict[str, object], tool: str
) -> None:
    Path("report.json").write_text(json.dumps(copy.deepcopy(report)))

    result = command("scan", "image", "--report=report.json", "--format=json", "--fail-on=any")

    found = json.loads(result.out)
    assert {match["source"] for match in found["matches"]} == {tool}
    assert f"note: the vulnerabilities are those that {tool} tells of\n" in result.err
    assert found["summary"]["complete"] is True
    assert result.status == 1


def test_what_is_no_report(command: Command) -> None:
    Path("report.json").write_text("{}")

    result = command("scan", "image", "--report=report.json")

    assert (result.status, result.out) == (2, "")


def test_advice_names_the_line_of_the_projects_lock(
    command: Command, advisories: None, tmp_path: Path
) -> None:
    (tmp_path / "project").mkdir()
    (tmp_path / "project" / "requirements.txt").write_text("torch==2.5.1\nrequests==2.31.0\n")

    result = command("scan", "image", "-q", "--project=project", "--format=json")

    advice = {match["id"]: match["advice"] for match in json.loads(result.out)["matches"]}
    assert advice["CVE-2025-32434"] == (
        "set `torch` to 2.6.0 in `requirements.txt`: write `torch==2.6.0`, with its hashes if the "
        "file has any"
    )
    assert advice["CVE-2023-32681"] == (
        "build the image again: `requirements.txt` has `requests` 2.31.0 already"
    )


class _Service(BaseHTTPRequestHandler):
    """Answers as OSV's service does."""

    records: ClassVar = {path.stem: path for path in ADVISORIES.rglob("*.json")}

    def do_POST(self) -> None:
        queries = json.loads(self.rfile.read(int(self.headers["Content-Length"])))["queries"]
        documents = [json.loads(path.read_bytes()) for path in self.records.values()]
        results = [
            {
                "vulns": [
                    {"id": document["id"], "modified": document["modified"]}
                    for document in documents
                    for affected in document["affected"]
                    if affected["package"] == {**affected["package"], **query["package"]}
                ]
            }
            for query in queries
        ]
        self._give(json.dumps({"results": results}).encode())

    def do_GET(self) -> None:
        self._give(self.records[self.path.rpartition("/")[2]].read_bytes())

    def _give(self, content: bytes) -> None:
        self.send_response(200)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        pass


@pytest.fixture
def service() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Service)
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


def test_the_service_is_asked_where_that_is_wanted(
    command: Command, service: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BOXWRIGHT_OSV_URL", service)

    result = command("scan", "image", "-q", "--online", "--format=json")

    assert result.status == 1
    assert names(result) == [
        "CVE-2016-1585",
        "CVE-2025-32434",
        "CVE-2024-6119",
        "CVE-2023-32681",
        "CVE-2022-42969",
    ]


def test_a_service_that_does_not_answer_is_an_error(
    command: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BOXWRIGHT_OSV_URL", "http://127.0.0.1:1")

    result = command("scan", "image", "-q", "--online")

    assert (result.status, result.out) == (2, "")
    assert "`http://127.0.0.1:1/v1/querybatch`: no connection" in result.err


def test_sarif_is_valid_and_has_what_does_not_count(command: Command, advisories: None) -> None:
    log = sarif(command("scan", "image", "-q", "--format=sarif").out)

    assert [(each["ruleId"], each["level"], "suppressions" in each) for each in log["results"]] == [
        ("CVE-2016-1585", "note", True),
        ("CVE-2025-32434", "error", False),
        ("CVE-2024-6119", "error", False),
        ("CVE-2023-32681", "note", False),
        ("CVE-2022-42969", "note", False),
    ]


@pytest.mark.parametrize("form", ["cyclonedx", "spdx"])
def test_a_bill_is_printed_or_written(command: Command, form: str) -> None:
    printed = command("scan", "image", f"--sbom={form}")
    written = command("scan", "image", f"--sbom={form}", "-o", "bill.json")

    assert (printed.status, printed.err) == (0, "")
    assert written == Result(0, "", "")
    assert Path("bill.json").read_text("utf-8") == printed.out
    assert "pkg:pypi/torch@2.5.1%2Bcu121" in printed.out


@pytest.mark.parametrize("form", ["text", "json", "sarif"])
def test_a_result_is_written_to_a_file(command: Command, advisories: None, form: str) -> None:
    printed = command("scan", "image", "-q", f"--format={form}")
    written = command("scan", "image", "-q", f"--format={form}", "--output=result")

    assert written == Result(1, "", "")
    assert Path("result").read_text("utf-8") == printed.out


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--online", "--report=x"], "--online and --report exclude each other"),
        (
            ["--sbom=spdx", "--format=sarif"],
            "--sbom looks for nothing: give it without options of a scan",
        ),
    ],
)
def test_options_that_do_not_go_together(
    command: Command, options: list[str], message: str
) -> None:
    result = command("scan", "image", *options)

    assert result.status == 2
    assert result.err.endswith(f"Error: {message}\n")


def test_what_others_made_up_moves_no_cursor(
    command: Command, tmp_path: Path, make_report: Callable[[str], None]
) -> None:
    make_report("\x1b[2J\u202eevil")

    result = command("scan", "image", "--report=report.json")

    assert "\x1b" not in result.out + result.err
    assert "\u202e" not in result.out


@pytest.fixture
def make_report() -> Callable[[str], None]:
    def make(text: str) -> None:
        report = copy.deepcopy(TRIVY)
        for found in report["Results"][0]["Vulnerabilities"]:
            found["Title"] = found["PkgName"] = found["FixedVersion"] = text
            found["VulnerabilityID"] = f"CVE-{text}"
        Path("report.json").write_text(json.dumps(report))

    return make
