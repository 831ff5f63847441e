"""The history of an environment, as the registry keeps it."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

from boxwright.oci import media_type
from boxwright.oci.descriptor import Descriptor
from boxwright.oci.digest import digest_of
from boxwright.ship.history import Entry, History, read_history, write_history


def entry(name: str, *, back: bool = False) -> Entry:
    return Entry(
        image=Descriptor(
            media_type=media_type.MANIFEST, digest=digest_of(name.encode()), size=len(name)
        ),
        time=datetime(2026, 11, 22, tzinfo=UTC),
        source=name,
        by="mo",
        is_rollback=back,
    )


def releases(*entries: Entry) -> list[str]:
    return [each.source for each in History(entries=entries).releases]


def test_what_was_rolled_back_is_no_release() -> None:
    a, b, c = entry("a"), entry("b"), entry("c")

    assert releases(a, b, c) == ["a", "b", "c"]
    assert releases(a, b, c, entry("b", back=True)) == ["a", "b"]
    assert releases(a, b, c, entry("b", back=True), entry("a", back=True)) == ["a"]
    assert releases(a, b, entry("a", back=True), c) == ["a", "c"]


def test_the_same_twice_in_a_row_is_one_release() -> None:
    assert releases(entry("a"), entry("a"), entry("b"), entry("a")) == ["a", "b", "a"]


def test_a_rollback_to_what_is_no_longer_known_stands_for_itself() -> None:
    assert releases(entry("b"), entry("a", back=True)) == ["b", "a"]


def test_a_long_history_loses_its_beginning() -> None:
    history = History()
    for number in range(203):
        history = history.adding(entry(str(number)))

    assert [len(history.entries), history.entries[0].source] == [200, "3"]


def test_a_registry_gives_back_what_it_was_given(repository, random_image) -> None:
    image = random_image(0, layers=1)
    repository.push_image(image, "a")
    history = History(
        entries=(
            replace(
                entry("1.0.0"),
                image=image.manifest.descriptor,
                passed=("check", "scan"),
                skipped=("smoke",),
                reason="a reason; with «signs»",
            ),
            replace(entry("1.0.0", back=True), image=image.manifest.descriptor),
        )
    )

    write_history(repository, "staging", history)

    assert read_history(repository, "staging") == history
    assert read_history(repository, "production") == History()
