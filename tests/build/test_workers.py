"""Worker processes: what happens when one dies or has a bug."""

from __future__ import annotations

import contextlib
import random
from typing import TYPE_CHECKING

import pytest

from boxwright.build.wheel_file import WheelFile
from boxwright.build.wheel_task import LayerTask
from boxwright.build.workers import Workers
from boxwright.errors import BuildError
from boxwright.oci.digest import digest_of
from boxwright.wheel.spread import Environment

if TYPE_CHECKING:
    from tests.conftest import MakeWheel

    from boxwright.store.cache import Cache


def job(make_wheel: MakeWheel) -> dict[str, object]:
    content = random.Random(0).randbytes(5_000_000)  # noqa: S311 (no secret)
    path = make_wheel({"a.bin": content, "b.bin": content})
    wheel = WheelFile(
        name="demo",
        version="1.0",
        path=path,
        digest=digest_of(path.read_bytes()),
        size=path.stat().st_size,
    )
    task = LayerTask(wheels=(wheel,), environment=Environment(prefix="/v", python="3.13"))
    return {"kind": "layer", "task": task.to_dict()}


def test_work_is_done_and_told_of(make_wheel: MakeWheel, cache: Cache) -> None:
    seen: list[int] = []
    work = job(make_wheel)
    with Workers(2, cache) as pool:
        futures = [pool.submit(work, cost=n, advance=seen.append) for n in range(3)]

        results = [future.result() for future in futures]

    assert results == [results[0]] * 3
    assert sum(seen) > 3 * 10_000_000


def test_a_worker_that_is_killed_is_an_error_with_a_hint(
    make_wheel: MakeWheel, cache: Cache
) -> None:
    with Workers(1, cache) as pool:
        future = pool.submit(job(make_wheel), cost=1, advance=lambda _: pool._processes[0].kill())
        with pytest.raises(BuildError) as caught:
            future.result()

    assert caught.value.message == "a worker process was killed by signal 9"
    assert caught.value.hint


def test_a_bug_in_a_worker_shows_where_it_is(cache: Cache) -> None:
    with Workers(1, cache) as pool:
        future = pool.submit({"kind": "nonsense", "task": {}}, cost=1)

        with pytest.raises(RuntimeError, match="`nonsense` is no job"):
            future.result()


def test_work_that_is_given_up_ends_at_once_and_leaves_nothing(
    make_wheel: MakeWheel, cache: Cache
) -> None:
    pool, work = Workers(2, cache), job(make_wheel)

    with contextlib.suppress(ZeroDivisionError), pool:
        futures = [pool.submit(work, cost=n) for n in range(20)]
        futures[-1].result()
        raise ZeroDivisionError

    assert all(process.poll() is not None for process in pool._processes)
    assert not futures[2].done()
    assert list((cache.root / "tmp").iterdir()) == []
