"""The cache: nothing half-written in it, whoever is killed and whoever else writes."""

from __future__ import annotations

import hashlib
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from boxwright.errors import DigestMismatchError, StoreError
from boxwright.oci.digest import Digest, digest_of, hex_of
from boxwright.store.cache import Cache

ZERO = Digest("sha256:" + 64 * "0")


def files(cache: Cache) -> list[str]:
    """Return all files in *cache*, relative to it."""
    return sorted(
        str(path.relative_to(cache.root)) for path in cache.root.rglob("*") if path.is_file()
    )


def assert_whole(cache: Cache) -> None:
    """Fail if a blob in *cache* is not what its name says."""
    for path in (cache.root / "blobs" / "sha256").glob("*"):
        assert hashlib.sha256(path.read_bytes()).hexdigest() == path.name


def test_what_was_put_is_found(cache) -> None:
    digest = cache.put(b"content")

    assert cache.find(digest).read_bytes() == b"content"
    assert cache.size_of(digest) == 7
    assert files(cache) == [f"blobs/sha256/{hex_of(digest)}"]


def test_what_was_not_put_is_not_found(cache) -> None:
    assert (cache.find(ZERO), cache.size_of(ZERO), cache.recall("layers", ZERO)) == (None,) * 3


def test_an_unpromised_digest_keeps_nothing(cache) -> None:
    with cache.writer() as blob:
        blob.write(b"content")
        with pytest.raises(DigestMismatchError) as caught:
            blob.commit(ZERO, what="`a.whl`")

    assert caught.value.message == (
        f"`a.whl` has digest {digest_of(b'content')}, but {ZERO} was promised"
    )
    assert files(cache) == []


def test_what_is_not_committed_is_gone(cache) -> None:
    with cache.writer() as blob:
        blob.write(b"content")

    assert files(cache) == []


def test_an_error_of_the_caller_stays_what_it_is_and_keeps_nothing(cache) -> None:
    """A wheel that could not be read was once reported as a cache that cannot be written."""
    with pytest.raises(FileNotFoundError), cache.writer() as blob:
        blob.write(Path("/nowhere/a.whl").read_bytes())

    assert files(cache) == []


def test_a_record_is_recalled(cache) -> None:
    cache.remember("layers", ZERO, {"size": 1, "name": "é"})

    assert cache.recall("layers", ZERO) == {"name": "é", "size": 1}


@pytest.mark.parametrize("content", [b"", b"[]", b'{"a":', b"\xff\xfe"])
def test_a_record_that_cannot_be_read_is_none(cache, content: bytes) -> None:
    cache.remember("layers", ZERO, {})
    (cache.root / "records" / "layers" / hex_of(ZERO)).write_bytes(content)

    assert cache.recall("layers", ZERO) is None


def test_the_digest_of_a_file_is_that_of_its_present_content(cache, tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"one")
    os.utime(path, (1, 1))
    before = cache.digest_of_file(path)
    again = cache.digest_of_file(path)
    path.write_bytes(b"two")
    os.utime(path, (1, 1))

    assert (before, again) == (digest_of(b"one"), digest_of(b"one"))
    assert cache.digest_of_file(path) == digest_of(b"two")


def test_a_file_whose_name_is_no_text_has_a_digest(cache, tmp_path: Path) -> None:
    path = Path(os.fsdecode(os.fsencode(tmp_path) + b"/\xff"))
    path.write_bytes(b"x")

    assert cache.digest_of_file(path) == digest_of(b"x")


def test_a_folder_in_the_way_of_the_cache_is_an_error_with_a_hint(tmp_path: Path) -> None:
    (tmp_path / "cache").write_text("a file")

    with pytest.raises(StoreError) as caught:
        Cache(tmp_path / "cache").put(b"x")

    assert caught.value.message == (
        f"the cache `{tmp_path / 'cache'}` cannot be written: Not a directory"
    )
    assert caught.value.hint


def test_sweeping_removes_only_what_is_old(cache) -> None:
    cache.put(b"x")
    for name, age in (("old", 1), ("new", None)):
        path = cache.root / "tmp" / name
        path.touch()
        if age is not None:
            os.utime(path, (age, age))

    cache.sweep()

    assert [path.name for path in (cache.root / "tmp").iterdir()] == ["new"]


FILL = """
import resource, sys
from pathlib import Path
from boxwright.errors import StoreError
from boxwright.store.cache import Cache
resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))
cache = Cache(Path(sys.argv[1]))
size = int(sys.argv[2])
try:
    with cache.writer() as blob:
        for _ in range(size // 100):
            blob.write(bytes(100))
        blob.commit()
except StoreError as error:
    print(error.message)
    print(error.hint)
"""


@pytest.mark.parametrize("size", [100_100, 1_000_000])
def test_a_full_disk_is_an_error_with_a_hint_and_keeps_nothing(cache, size: int) -> None:
    """Closing tried to write again what had failed, and hid the error behind another."""
    done = subprocess.run(
        [sys.executable, "-c", FILL, cache.root, str(size)],
        capture_output=True,
        text=True,
        check=True,
    )

    assert done.stdout.splitlines() == [
        f"the cache `{cache.root}` cannot be written: File too large",
        "make room or set BOXWRIGHT_CACHE_DIR to a folder that can be written",
    ]
    assert files(cache) == []


WRITE_FOR_EVER = """
import itertools, sys
from pathlib import Path
from boxwright.oci.digest import digest_of
from boxwright.store.cache import Cache
cache = Cache(Path(sys.argv[1]))
for number in itertools.count():
    content = b"%d " % number * 200_000
    digest = cache.put(content)
    cache.remember("layers", digest, {"number": number})
    print(number, flush=True)
"""


def test_killing_a_build_leaves_the_cache_whole(cache) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", WRITE_FOR_EVER, cache.root], stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        for _ in range(5):
            process.stdout.readline()
        process.send_signal(signal.SIGKILL)

    assert_whole(cache)
    for path in (cache.root / "records" / "layers").iterdir():
        assert cache.recall("layers", Digest(f"sha256:{path.name}"))
    assert cache.put(b"the next build") is not None


WRITE_THE_SAME = """
import sys
from pathlib import Path
from boxwright.store.cache import Cache
cache = Cache(Path(sys.argv[1]))
for number in range(100):
    digest = cache.put(b"%d " % number * 1000)
    cache.remember("layers", digest, {"number": number})
    assert cache.recall("layers", digest) == {"number": number}
"""


def test_two_builds_at_once_share_a_cache(cache) -> None:
    processes = [
        subprocess.Popen([sys.executable, "-c", WRITE_THE_SAME, cache.root]) for _ in range(2)
    ]

    assert [process.wait() for process in processes] == [0, 0]
    assert_whole(cache)
    assert len(files(cache)) == 200
