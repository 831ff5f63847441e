"""Versions are ordered as the ecosystems' own programs order them, on thousands of pairs."""

from __future__ import annotations

import json
import os
import random
import re
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from boxwright.scan.versions import alpine, debian, pypi, rpm, semver

pytestmark = pytest.mark.oracle

COUNT = 6000


def pairs(
    pieces: list[str], *, longest: int, first: str = "0123", last: str = ""
) -> list[tuple[str, str]]:
    """Return pairs of versions; of most the second is the first with one piece changed."""
    chance = random.Random(440)  # noqa: S311 (made-up versions)
    result = []
    for _ in range(COUNT):
        left = [chance.choice(first), *chance.choices(pieces, k=chance.randint(0, longest))]
        right = list(left)
        if chance.random() < 0.7:
            right[chance.randrange(len(right))] = chance.choice(pieces)
            right[0] = right[0] if right[0][:1].isdigit() else chance.choice(first)
        else:
            right = [chance.choice(first), *chance.choices(pieces, k=chance.randint(0, longest))]
        result.append(("".join(left) + last, "".join(right) + last))
    return result


def differences(
    compared: list[tuple[str, str]], signs: list[int], key: Callable[[str], Any]
) -> list[tuple[str, str, int]]:
    assert len(signs) == len(compared)
    return [
        (left, right, sign)
        for (left, right), sign in zip(compared, signs, strict=True)
        if (key(left) > key(right)) - (key(left) < key(right)) != sign
    ]


DEBIAN_PIECES = ["0", "1", "9", "10", "00", ".", "~", "+", "-", "a", "B", "rc", "deb12u", "~bpo"]


def test_debian_as_dpkg_compares() -> None:
    perl = shutil.which("perl")
    module = [perl or "perl", "-MDpkg::Version", "-e", "1"]
    if perl is None or subprocess.run(module, capture_output=True, check=False).returncode:
        pytest.skip("Dpkg::Version (dpkg-dev) is not installed")
    compared = [
        (f"{epoch}{left}", f"{other}{right}")
        for epoch, other in [("", ""), ("0:", ""), ("1:", "2:")]
        for left, right in pairs(DEBIAN_PIECES, longest=6, last="7")
    ]
    script = (
        'while (<STDIN>) { chomp; my ($a, $b) = split / /; print version_compare($a, $b), "\\n" }'
    )

    done = subprocess.run(
        [perl, "-MDpkg::Version", "-e", script],
        input="".join(f"{left} {right}\n" for left, right in compared),
        capture_output=True,
        text=True,
        check=True,
    )

    assert differences(compared, [int(sign) for sign in done.stdout.split()], debian.key) == []


def test_debian_as_the_program_itself_compares() -> None:
    dpkg = shutil.which("dpkg")
    if dpkg is None:
        pytest.skip("dpkg is not installed")
    compared = pairs(DEBIAN_PIECES, longest=6, last="7")[:60]

    signs = []
    for left, right in compared:
        less, equal = (
            subprocess.run(
                [dpkg, "--compare-versions", left, operator, right],
                capture_output=True,
                check=False,
            ).returncode
            == 0
            for operator in ("lt", "eq")
        )
        signs.append(-1 if less else 0 if equal else 1)

    assert differences(compared, signs, debian.key) == []


def test_rpm_as_rpm_compares() -> None:
    program = shutil.which("rpm")
    if program is None:
        pytest.skip("rpm is not installed")
    pieces = ["0", "1", "9", "10", "00", ".", "_", "~", "^", "-", "a", "B", "rc", "el9", "+"]
    compared = [
        (f"{epoch}{left}", f"{other}{right}")
        for epoch, other in [("", ""), ("0:", ""), ("1:", "2:")]
        for left, right in pairs(pieces, longest=6)
    ]

    signs: list[int] = []
    for start in range(0, len(compared), 1500):
        table = ",".join(
            f'{{"{left}","{right}"}}' for left, right in compared[start : start + 1500]
        )
        script = f'for _, p in ipairs({{{table}}}) do print(rpm.vercmp(p[1], p[2]) .. "\\n") end'
        done = subprocess.run(
            [program, "--eval", f"%{{lua: {script}}}"], capture_output=True, text=True, check=True
        )
        signs += [int(sign) for sign in done.stdout.split()]

    assert differences(compared, signs, rpm.key) == []


def test_semantic_versions_as_npm_compares() -> None:
    node, npm = shutil.which("node"), shutil.which("npm")
    if node is None or npm is None:
        pytest.skip("node and npm are not installed")
    root = subprocess.run([npm, "root", "-g"], capture_output=True, text=True, check=True)
    module = Path(root.stdout.strip()) / "npm" / "node_modules" / "semver"
    if not module.is_dir():
        pytest.skip("npm has no module `semver` of its own here")
    chance = random.Random(200)  # noqa: S311 (made-up versions)
    words = ["0", "1", "2", "10", "alpha", "beta", "rc", "rc1", "a-b", "x", "-"]

    def version() -> str:
        numbers = ".".join(str(chance.choice([0, 1, 2, 10])) for _ in range(3))
        before = ".".join(chance.choices(words, k=chance.randint(0, 3)))
        return numbers + (f"-{before}" if before else "") + chance.choice(["", "", "+build.1"])

    compared = [(version(), version()) for _ in range(COUNT)]
    script = (
        "const s = require(process.argv[1]); let t = ''; process.stdin.on('data', d => t += d);"
        "process.stdin.on('end', () => console.log(JSON.stringify("
        "JSON.parse(t).map(([a, b]) => s.compare(a, b)))))"
    )

    done = subprocess.run(
        [node, "-e", script, str(module)],
        input=json.dumps(compared),
        capture_output=True,
        text=True,
        check=True,
    )

    assert differences(compared, json.loads(done.stdout), semver.key) == []


def test_python_as_packaging_compares() -> None:
    from packaging.version import InvalidVersion, Version

    pieces = ["0", "1", "10", ".", "a", "b", "rc", ".post", ".dev", "-", "+cu", "1", "_", "c"]
    compared = []
    signs = []
    for left, right in pairs(pieces, longest=6):
        try:
            a, b = Version(left), Version(right)
        except InvalidVersion:
            continue
        compared.append((left, right))
        signs.append((a > b) - (a < b))

    assert len(compared) > 500
    assert differences(compared, signs, pypi.key) == []
    same = [pypi.normal(left) == pypi.normal(right) for left, right in compared]
    assert same == [sign == 0 for sign in signs]


def test_alpine_as_its_maker_publishes() -> None:
    """Compare with `version.data` of apk-tools, where BOXWRIGHT_APK_VECTORS names the file."""
    named = os.environ.get("BOXWRIGHT_APK_VECTORS")
    if not named:
        pytest.skip("BOXWRIGHT_APK_VECTORS names no `version.data` of apk-tools")
    lines = Path(named).read_text("utf-8").splitlines()
    rows = [line.split("#")[0].split() for line in lines]
    vectors = [(left, sign, right) for left, sign, right in (row for row in rows if len(row) == 3)]
    signs = [{"<": -1, "=": 0, ">": 1}.get(sign) for _, sign, _ in vectors]
    compared = [
        ((left, right), sign)
        for (left, _, right), sign in zip(vectors, signs, strict=True)
        if sign is not None
    ]

    assert len(compared) > 500
    assert (
        differences([pair for pair, _ in compared], [sign for _, sign in compared], alpine.key)
        == []
    )


def test_rpm_as_its_maker_publishes() -> None:
    """Compare with `rpmvercmp.at` of rpm, where BOXWRIGHT_RPM_VECTORS names the file."""
    named = os.environ.get("BOXWRIGHT_RPM_VECTORS")
    if not named:
        pytest.skip("BOXWRIGHT_RPM_VECTORS names no `rpmvercmp.at` of rpm")
    found = re.findall(
        r"^RPMVERCMP\(([^,\n]*), *([^,\n]*), *(-?[01])\)",
        Path(named).read_text("utf-8"),
        re.MULTILINE,
    )
    compared = [(left, right) for left, right, _ in found]

    assert len(compared) > 80
    assert differences(compared, [int(sign) for *_, sign in found], rpm.key) == []
