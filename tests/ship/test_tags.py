"""What tags promise."""

from __future__ import annotations

import pytest

from boxwright.errors import ShipError
from boxwright.ship.tags import TagKind, commit_tag, kind_of

COMMIT = "0123456789abcdef0123456789abcdef01234567"


@pytest.mark.parametrize(
    ("tag", "kind"),
    [
        (f"git-{COMMIT}", TagKind.COMMIT),
        (f"git-{COMMIT}-dirty", TagKind.OTHER),
        ("git-0123456", TagKind.OTHER),
        ("1.4.0", TagKind.VERSION),
        ("v1.4.0", TagKind.VERSION),
        ("2.0", TagKind.VERSION),
        ("1.4.0-rc.1", TagKind.VERSION),
        ("1.4.0rc1.post2", TagKind.VERSION),
        ("2026.11.22-1", TagKind.VERSION),
        ("1.4.0-alpine_3", TagKind.VERSION),
        ("1", TagKind.OTHER),
        ("latest", TagKind.OTHER),
        ("1.2" + 120 * "a" + "_", TagKind.OTHER),
        ("staging", TagKind.ENVIRONMENT),
        ("canary", TagKind.OTHER),
    ],
)
def test_kinds(tag: str, kind: TagKind) -> None:
    assert kind_of(tag, ("staging", "production")) is kind


def test_commits_and_versions_are_for_ever() -> None:
    assert [kind for kind in TagKind if kind.is_fixed] == [TagKind.COMMIT, TagKind.VERSION]


def test_a_dirty_tree_is_refused_unless_told() -> None:
    with pytest.raises(ShipError, match="differ from the commit"):
        commit_tag(f"{COMMIT}-dirty")

    assert commit_tag(f"{COMMIT}-dirty", dirty_allowed=True) == f"git-{COMMIT}-dirty"


def test_what_is_no_commit_gives_no_tag() -> None:
    with pytest.raises(ShipError, match="`HEAD` is no commit"):
        commit_tag("HEAD")
