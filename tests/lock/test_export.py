"""`boxwright.lock` as requirements with hashes."""

from __future__ import annotations

import pytest

from boxwright.errors import LockError
from boxwright.lock.export import requirements_text
from boxwright.lock.model import Lock, LockedSource, LockedWheel, PlatformLock
from boxwright.oci.digest import Digest


def digest(letter: str) -> Digest:
    return Digest(f"sha256:{letter * 64}")


def wheel(name: str, version: str, letter: str) -> LockedWheel:
    file = f"{name}-{version}-py3-none-any.whl"
    return LockedWheel(name=name, version=version, file=file, digest=digest(letter), size=1)


def platform(*wheels: LockedWheel, name: str = "linux/amd64") -> PlatformLock:
    return PlatformLock(
        platform=name, suite="trixie", variant="distroless", python="3.13", debs=(), wheels=wheels
    )


def test_each_distribution_has_its_version_and_hash() -> None:
    lock = platform(wheel("torch", "2.13.0+cpu", "b"), wheel("idna", "3.10", "a"))

    assert requirements_text(lock) == (
        "# Made by boxwright from boxwright.lock, for linux/amd64 (Python 3.13): `boxwright init`"
        " makes it again.\n"
        "# The hashes are of the files for these platforms. On another one installing fails; lock"
        " it too.\n"
        f"idna==3.10 \\\n    --hash=sha256:{'a' * 64}\n"
        f"torch==2.13.0+cpu \\\n    --hash=sha256:{'b' * 64}\n"
    )


def test_platforms_share_a_line_or_have_markers() -> None:
    lock = Lock(
        inputs=digest("0"),
        platforms=(
            platform(wheel("numpy", "2.0", "a"), wheel("same", "1", "c"), wheel("x", "1", "d")),
            platform(
                wheel("numpy", "2.0", "b"), wheel("same", "1", "c"), wheel("x", "2", "e"),
                name="linux/arm64",
            ),
        ),
    )  # fmt: skip

    lines = requirements_text(lock).splitlines()
    assert lines[0].endswith(
        "for linux/amd64 (Python 3.13), linux/arm64 (Python 3.13): `boxwright init` makes it again."
    )
    assert lines[2:] == [
        "numpy==2.0 \\", f"    --hash=sha256:{'a' * 64} \\", f"    --hash=sha256:{'b' * 64}",
        "same==1 \\", f"    --hash=sha256:{'c' * 64}",
        "x==1 ; platform_machine == 'x86_64' \\", f"    --hash=sha256:{'d' * 64}",
        "x==2 ; platform_machine == 'aarch64' \\", f"    --hash=sha256:{'e' * 64}",
    ]  # fmt: skip


def test_what_is_built_from_an_archive_has_the_archives_hash() -> None:
    source = LockedSource(kind="sdist", file="old-1.tar.gz", digest=digest("a"))
    url = LockedSource(kind="url", location="https://host.example/b-1-py3-none-any.whl")
    lock = platform(
        LockedWheel(name="old", version="1", source=source),
        LockedWheel(name="b", version="1", file="b.whl", digest=digest("b"), source=url),
    )

    assert requirements_text(lock).splitlines()[2:] == [
        "b @ https://host.example/b-1-py3-none-any.whl \\",
        f"    --hash=sha256:{'b' * 64}",
        "old==1 \\",
        f"    --hash=sha256:{'a' * 64}",
    ]


def test_the_project_itself_is_left_out_and_options_come_first() -> None:
    own = LockedWheel(name="app", version="", source=LockedSource(kind="directory", location="."))

    text = requirements_text(
        platform(own, wheel("a", "1", "a")), options=["--extra-index-url https://host.example/"]
    )

    assert text.splitlines()[2:] == [
        "--extra-index-url https://host.example/",
        "a==1 \\",
        f"    --hash=sha256:{'a' * 64}",
    ]


@pytest.mark.parametrize(
    ("source", "place"),
    [
        (
            LockedSource(kind="vcs", location="git+https://host.example/x.git", revision="abc"),
            "the repository `git+https://host.example/x.git`",
        ),
        (LockedSource(kind="directory", location="libs/x"), "the folder `libs/x`"),
        (
            LockedSource(kind="url", location="libs/x-1.whl", digest=digest("a")),
            "the file `libs/x-1.whl`",
        ),
    ],
)
def test_what_no_hash_can_name_is_refused(source: LockedSource, place: str) -> None:
    with pytest.raises(LockError) as caught:
        requirements_text(platform(LockedWheel(name="x", version="1", source=source)))

    assert caught.value.message == (
        f"`x` comes from {place}, which a requirement with a hash cannot name"
    )
