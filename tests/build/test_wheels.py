"""Wheels become layers: which, in what order, the same bytes whatever the circumstances."""

from __future__ import annotations

import gzip
import hashlib
import io
import json
import os
import random
import signal
import subprocess
import sys
import tarfile
import time
import zipfile
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from boxwright.build.wheels import WheelFile, wheel_layers
from boxwright.errors import BoxwrightError, DigestMismatchError, PackageError, StoreError
from boxwright.image.image import Layer
from boxwright.oci.digest import Digest, digest_of
from boxwright.plan.model import LayerPlan
from boxwright.progress import Silent
from boxwright.store.cache import Cache
from boxwright.wheel.filename import parse_wheel_filename

if TYPE_CHECKING:
    from tests.conftest import MakeWheel

SITE = "opt/venv/lib/python3.13/site-packages"


def wheel_file(path: Path, *, transplant: bool = True) -> WheelFile:
    name = parse_wheel_filename(path.name)
    content = path.read_bytes()
    return WheelFile(
        name=name.name,
        version=name.version,
        path=path,
        digest=digest_of(content),
        size=len(content),
        transplant=transplant,
    )


def layers_of(
    paths: Sequence[Path],
    cache: Cache,
    *,
    policy: LayerPlan | None = None,
    transplant: bool = True,
    workers: int = 1,
) -> list[Layer]:
    """Return the layers of the wheels *paths*, without that of the empty environment."""
    return wheel_layers(
        [wheel_file(path, transplant=transplant) for path in paths],
        python="3.13",
        policy=policy or LayerPlan(bytecode="none"),
        compiler=None,
        cache=cache,
        workers=workers,
        progress=Silent(),
    )[1:]


def files_of(layer: Layer) -> dict[str, bytes]:
    with layer.blob.open() as blob:
        tar = gzip.decompress(blob.read())
    assert f"sha256:{hashlib.sha256(tar).hexdigest()}" == layer.diff_id
    assert len(tar) == layer.uncompressed_size
    with tarfile.open(fileobj=io.BytesIO(tar)) as archive:
        opened = (
            (member.name, archive.extractfile(member)) for member in archive if member.isreg()
        )
        return {name: file.read() for name, file in opened if file is not None}


def digests(layers: Sequence[Layer]) -> list[Digest]:
    return [layer.blob.descriptor.digest for layer in layers]


def noise(size: int, seed: int = 0) -> bytes:
    """Return bytes that hardly become smaller when packed."""
    return random.Random(seed).randbytes(size)  # noqa: S311 (no secret)


def test_a_layer_holds_the_files_of_its_wheel(make_wheel: MakeWheel, cache: Cache) -> None:
    large, small = noise(100_000), b"x = 1\n"
    wheel = make_wheel({"demo/large.bin": large, "demo/__init__.py": small})

    (layer,) = layers_of([wheel], cache)

    found = files_of(layer)
    assert found[f"{SITE}/demo/large.bin"] == large
    assert found[f"{SITE}/demo/__init__.py"] == small
    assert list(found) == sorted(found)
    assert layer.created_by == "demo 1.0"
    assert not layer.reused


def test_large_members_are_carried_over_as_they_are(make_wheel: MakeWheel, cache: Cache) -> None:
    wheel = make_wheel({"demo/large.bin": noise(100_000)})
    deflated = wheel.read_bytes()[1000:90_000]

    (layer,) = layers_of([wheel], cache)
    (packed_again,) = layers_of([wheel], cache, transplant=False)

    with layer.blob.open() as blob:
        assert deflated in blob.read()
    assert files_of(layer) == files_of(packed_again)
    assert layer.diff_id == packed_again.diff_id


def test_large_stored_members_are_packed(make_wheel: MakeWheel, cache: Cache) -> None:
    wheel = make_wheel({"demo.txt": b"a" * 3_000_000}, stored=("demo.txt",))

    (layer,) = layers_of([wheel], cache)

    assert files_of(layer)[f"{SITE}/demo.txt"] == b"a" * 3_000_000
    assert layer.blob.descriptor.size < 50_000


def test_what_a_wheel_built_here_was_packed_with_does_not_matter(
    make_wheel: MakeWheel, cache: Cache, tmp_path: Path
) -> None:
    files = {"demo.bin": noise(20_000), "text.txt": b"abc" * 20_000}
    one = layers_of([make_wheel(files, stored=("demo.bin",))], cache, transplant=False)
    other = layers_of([make_wheel(files)], Cache(tmp_path / "other"), transplant=False)

    assert digests(one) == digests(other)


def test_layers_are_large_wheels_by_size_then_the_small_ones_together(
    make_wheel: MakeWheel, cache: Cache
) -> None:
    names = {"alpha": 9_000, "beta": 400, "gamma": 30_000, "delta": 100}
    wheels = [make_wheel({f"{n}.bin": noise(s)}, name=n) for n, s in names.items()]

    found = layers_of(wheels, cache, policy=LayerPlan(own_layer_from=5_000, bytecode="none"))

    assert [layer.created_by for layer in found] == [
        "gamma 1.0",
        "alpha 1.0",
        "beta 1.0, delta 1.0",
    ]


def test_a_giant_wheel_is_spread_over_several_layers(make_wheel: MakeWheel, cache: Cache) -> None:
    files = {f"giant/{n}.bin": noise(50_000, n) for n in range(8)}
    wheel = make_wheel(files, name="giant")
    policy = LayerPlan(own_layer_from=1, split_from=200_000, bytecode="none")

    found = layers_of([wheel], cache, policy=policy)

    assert [layer.created_by for layer in found] == [
        f"giant 1.0, part {n} of 5" for n in range(1, 6)
    ]
    parts = [files_of(layer) for layer in found]
    together = [path for part in parts for path in part]
    (whole,) = layers_of([wheel], cache)
    assert together == sorted(files_of(whole))
    assert max(layer.blob.descriptor.size for layer in found) < 110_000


def test_no_more_layers_than_the_budget_allows(make_wheel: MakeWheel, cache: Cache) -> None:
    wheels = [make_wheel({f"{n}.bin": noise(9_000 + 500 * n)}, name=f"w{n}") for n in range(6)]
    policy = LayerPlan(own_layer_from=1_000, budget=11, bytecode="none")

    found = layers_of(wheels, cache, policy=policy)

    assert [layer.created_by for layer in found] == [
        "w5 1.0",
        "w4 1.0",
        "w0 1.0, w1 1.0, w2 1.0, w3 1.0",
    ]


def test_a_budget_without_room_for_wheels_is_refused(make_wheel: MakeWheel, cache: Cache) -> None:
    with pytest.raises(BoxwrightError, match="a budget of 5 layers is too small"):
        layers_of([make_wheel()], cache, policy=LayerPlan(budget=5))


def test_what_was_made_before_is_not_made_again(make_wheel: MakeWheel, cache: Cache) -> None:
    alpha = make_wheel({"a.bin": noise(9_000)}, name="alpha")
    beta = make_wheel({"b.bin": noise(8_000)}, name="beta")
    policy = LayerPlan(own_layer_from=5_000, bytecode="none")
    first = layers_of([alpha, beta], cache, policy=policy)

    changed = make_wheel({"b.bin": noise(8_000, 1)}, name="beta")
    second = layers_of([alpha, changed], cache, policy=policy)

    assert [layer.reused for layer in first] == [False, False]
    assert [layer.reused for layer in second] == [True, False]
    assert digests(first)[0] == digests(second)[0]
    assert digests(first)[1] != digests(second)[1]


def test_a_layer_that_vanished_from_the_cache_is_made_again(
    make_wheel: MakeWheel, cache: Cache
) -> None:
    (first,) = layers_of([make_wheel()], cache)
    cache.blob_path(first.blob.descriptor.digest).unlink()

    (second,) = layers_of([make_wheel()], cache)

    assert not second.reused
    assert digests([first]) == digests([second])


def test_one_file_in_two_wheels_is_installed_if_it_is_the_same(
    make_wheel: MakeWheel, cache: Cache
) -> None:
    alpha = make_wheel({"shared/__init__.py": b"", "shared/a.py": b"1"}, name="alpha")
    beta = make_wheel({"shared/__init__.py": b"", "shared/b.py": b"2"}, name="beta")

    (layer,) = layers_of([beta, alpha], cache)

    found = files_of(layer)
    assert {f"{SITE}/shared/{name}.py" for name in ("__init__", "a", "b")} <= found.keys()
    for name in ("alpha", "beta"):
        assert b"shared/__init__.py" in found[f"{SITE}/{name}-1.0.dist-info/RECORD"]


@pytest.mark.parametrize("own_layer_from", [1, 10**9], ids=["own layers", "one layer"])
def test_two_files_at_one_path_are_refused(
    make_wheel: MakeWheel, cache: Cache, own_layer_from: int
) -> None:
    alpha = make_wheel({"shared/__init__.py": b"1"}, name="alpha")
    beta = make_wheel({"shared/__init__.py": b"2"}, name="beta")
    policy = LayerPlan(own_layer_from=own_layer_from, bytecode="none")

    for _ in range(2):
        with pytest.raises(PackageError) as caught:
            layers_of([beta, alpha], cache, policy=policy)

        assert caught.value.message == (
            "wheels `alpha-1.0-py3-none-any.whl` and `beta-1.0-py3-none-any.whl` both install"
            f" `/{SITE}/shared/__init__.py`, and not the same file"
        )
        assert caught.value.hint


def test_a_file_where_another_wheel_has_a_directory_is_refused(
    make_wheel: MakeWheel, cache: Cache
) -> None:
    alpha = make_wheel({"shared": b"1"}, name="alpha")
    beta = make_wheel({"shared/b.py": b"2"}, name="beta")

    with pytest.raises(PackageError) as caught:
        layers_of([alpha, beta], cache)

    assert caught.value.message == (
        f"wheel `alpha-1.0-py3-none-any.whl` installs the file `/{SITE}/shared`,"
        " where wheel `beta-1.0-py3-none-any.whl` has a directory"
    )


@pytest.mark.parametrize(
    ("name", "taken"),
    [
        ("scripts/python", "bin/python"),
        ("scripts/python3.13", "bin/python3.13"),
        ("data/pyvenv.cfg", "pyvenv.cfg"),
        ("data/lib64/evil.py", "lib64"),
    ],
)
def test_a_wheel_cannot_replace_what_the_environment_is_made_of(
    make_wheel: MakeWheel, cache: Cache, name: str, taken: str
) -> None:
    evil = make_wheel({f"demo-1.0.data/{name}": b"evil"})

    with pytest.raises(PackageError) as caught:
        layers_of([evil], cache)

    assert caught.value.message == (
        f"wheel `demo-1.0-py3-none-any.whl` installs `/opt/venv/{taken}`,"
        " which belongs to the virtual environment"
    )


def test_two_versions_of_one_distribution_are_refused(make_wheel: MakeWheel, cache: Cache) -> None:
    wheels = [make_wheel(version="1.0"), make_wheel(version="2.0", name="Demo")]

    with pytest.raises(PackageError, match=r"both demo 1\.0 and Demo 2\.0 would be installed"):
        layers_of(wheels, cache)


def test_a_wheel_that_is_not_what_was_locked_is_refused(
    make_wheel: MakeWheel, cache: Cache
) -> None:
    wheel = wheel_file(make_wheel())
    wheel.path.write_bytes(make_wheel({"more.py": b""}).read_bytes())

    with pytest.raises(
        DigestMismatchError, match=r"wheel `demo-1\.0-py3-none-any\.whl` has digest"
    ):
        wheel_layers(
            [wheel],
            python="3.13",
            policy=LayerPlan(),
            compiler=None,
            cache=cache,
            workers=2,
            progress=Silent(),
        )


def test_a_damaged_member_is_refused_and_nothing_is_kept(
    make_wheel: MakeWheel, cache: Cache
) -> None:
    for content in (noise(50_000), b"small"):
        other = make_wheel({"demo.bin": content[::-1]})
        with_wrong_record = make_wheel(
            {"demo.bin": content, "demo-1.0.dist-info/RECORD": _record(other)}
        )

        with pytest.raises(PackageError) as caught:
            layers_of([with_wrong_record], cache)

        assert caught.value.message == (
            "wheel `demo-1.0-py3-none-any.whl` holds another `demo.bin` than its RECORD promises"
        )
    assert list((cache.root / "tmp").iterdir()) == []


def test_no_wheels_leave_an_empty_environment(cache: Cache) -> None:
    assert layers_of([], cache) == []


SCRIPT = """
import json, os, sys
from pathlib import Path
job = json.loads(sys.argv[1])
os.umask(job["umask"])
{prelude}
from boxwright.build.interpreter import Compiler, Interpreter
from boxwright.build.wheels import WheelFile, wheel_layers
from boxwright.errors import BoxwrightError
from boxwright.plan.model import LayerPlan
from boxwright.progress import Silent
from boxwright.store.cache import Cache
progress = {progress}
interpreter = Interpreter(
    argv=(sys.executable, "-I", "-S", "-B"), env=(), python=job["python"],
    digest="sha256:" + 64 * "0",
)
try:
    layers = wheel_layers(
        [WheelFile.from_dict(wheel) for wheel in job["wheels"]],
        python=job["python"],
        policy=LayerPlan(own_layer_from=8_000),
        compiler=Compiler(interpreter.python, interpreter.digest, lambda: interpreter),
        cache=Cache(Path(job["cache"])),
        workers=job["workers"],
        progress=progress,
    )
except BoxwrightError as error:
    print(json.dumps([type(error).__name__, error.message, error.hint]))
else:
    print(json.dumps([layer.blob.descriptor.digest for layer in layers]))
"""


def build(
    wheels: Sequence[WheelFile],
    cache: Path,
    *,
    workers: int = 1,
    umask: int = 0o022,
    env: dict[str, str] | None = None,
    prelude: str = "",
    progress: str = "Silent()",
) -> subprocess.CompletedProcess[str]:
    """Build *wheels* with byte code in a process of its own."""
    job = {
        "wheels": [wheel.to_dict() for wheel in wheels],
        "python": f"{sys.version_info.major}.{sys.version_info.minor}",
        "cache": str(cache),
        "workers": workers,
        "umask": umask,
    }
    script = SCRIPT.format(prelude=prelude, progress=progress)
    return subprocess.run(
        [sys.executable, "-c", script, json.dumps(job)],
        env={**os.environ, **(env or {})},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


@pytest.fixture
def three_wheels(make_wheel: MakeWheel) -> list[WheelFile]:
    """Return wheels for layers of their own and for a shared one, with modules."""
    modules = {
        name: "".join(f"def f{n}(a, b={n}): return {{a, b, 'x{n}'}}\n" for n in range(50)).encode()
        for name in ("m1.py", "m2.py", "sub/m3.py")
    }
    return [
        wheel_file(make_wheel({f"{name}/{m}": c for m, c in modules.items()} | extra, name=name))
        for name, extra in {
            "large": {"large/data.bin": noise(300_000)},
            "small": {"small-1.0.data/scripts/tool": b"#!python\n"},
            "tiny": {"tiny/broken.py": b"print 'Python 2'\n"},
        }.items()
    ]


def test_no_circumstance_changes_a_byte(three_wheels: list[WheelFile], tmp_path: Path) -> None:
    circumstances = [
        build(three_wheels, tmp_path / "1"),
        build(three_wheels[::-1], tmp_path / "2", workers=2),
        build(three_wheels, tmp_path / "3", umask=0o077, env={"PYTHONHASHSEED": "7"}),
        build(
            [three_wheels[n] for n in (1, 2, 0)],
            tmp_path / "deep" / "er",
            workers=3,
            umask=0,
            env={"TZ": "Asia/Tokyo", "LC_ALL": "C", "PYTHONHASHSEED": "0", "HOME": "/nowhere"},
        ),
        build(three_wheels, tmp_path / "1", workers=2),
    ]

    found = [json.loads(done.stdout) for done in circumstances]

    assert all(len(layers) == 5 for layers in found), circumstances[0].stderr
    assert found == [found[0]] * len(found)


INTERRUPTING = """
class Interrupting(Silent):
    def advance(self, task, amount):
        os.kill(os.getpid(), {signal})
progress = Interrupting()
"""


@pytest.mark.parametrize("signal_number", [signal.SIGINT, signal.SIGKILL, signal.SIGTERM])
def test_a_build_that_is_stopped_leaves_nothing_and_can_be_done_again(
    make_wheel: MakeWheel, tmp_path: Path, signal_number: signal.Signals
) -> None:
    wheels = [
        wheel_file(make_wheel({f"{name}/{n}.bin": noise(900_000, n) for n in range(20)}, name=name))
        for name in ("one", "two")
    ]
    cache = tmp_path / "stopped"
    interrupting = INTERRUPTING.format(signal=int(signal_number))
    stopped = build(wheels, cache, workers=2, progress=f"None\n{interrupting}")

    assert stopped.returncode != 0
    assert stopped.stdout == ""
    deadline = time.monotonic() + 30
    while list((cache / "tmp").iterdir()):
        assert time.monotonic() < deadline, "a worker outlives the build"
        time.sleep(0.05)
    again = build(wheels, cache, workers=2)
    assert json.loads(again.stdout) == json.loads(build(wheels, tmp_path / "cold").stdout)


def test_a_full_disk_is_an_error_with_a_hint(make_wheel: MakeWheel, tmp_path: Path) -> None:
    wheel = wheel_file(make_wheel({"demo.bin": noise(3_000_000)}))
    # No file may grow beyond this: the nearest that a test can have to a disk that is full.
    prelude = "import resource; resource.setrlimit(resource.RLIMIT_FSIZE, (1_000_000,) * 2)"

    done = build([wheel], tmp_path / "cache", prelude=prelude)

    kind, message, hint = json.loads(done.stdout)
    assert kind == StoreError.__name__
    assert message == f"the cache `{tmp_path}/cache` cannot be written: File too large"
    assert hint
    assert list((tmp_path / "cache" / "tmp").iterdir()) == []


def _record(wheel: Path) -> bytes:
    with zipfile.ZipFile(wheel) as archive:
        return archive.read("demo-1.0.dist-info/RECORD")
