"""Images as bases: looked up once, looked into, refused where wheels cannot run on them."""

from __future__ import annotations

import platform
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from tests.lock.conftest import Bench, wheel
from tests.lock.foreign_images import ARCHITECTURE, TRIPLET, Files, debian, image
from tests.store.registries import Served, serving

from boxwright.build.bill import locked_bill
from boxwright.build.provenance import locked_provenance
from boxwright.errors import LockError, StoreError
from boxwright.lock.document import FILE_NAME, lock_text, read_lock
from boxwright.lock.make import make_lock
from boxwright.lock.model import LockedImage, PlatformLock
from boxwright.lock.sources import Sources
from boxwright.oci import media_type
from boxwright.oci.digest import digest_of
from boxwright.plan.model import Plan
from boxwright.project.tree import FolderTree
from boxwright.settings import Settings
from boxwright.store import archive as archives
from boxwright.store import layout

pytestmark = pytest.mark.skipif(
    platform.system() != "Linux" or not Path(f"/usr/lib/{TRIPLET}/libc.so.6").is_file(),
    reason="makes images of a Debian's files",
)


@pytest.fixture
def served() -> Iterator[Served]:
    with serving() as registry:
        yield registry


@pytest.fixture
def project(bench: Bench) -> Bench:
    wheel(bench.wheels, "one")
    bench.require("one\n")
    return bench


def plan_on(bench: Bench, name: str, *, python: str = "") -> Plan:
    plan = bench.plan(platform=f"linux/{ARCHITECTURE}")
    return replace(plan, python=python, base=replace(plan.base, suites=(), image=name))


def locked(bench: Bench, name: str, *, python: str = "", upgrade: bool = False) -> PlatformLock:
    lock = make_lock(
        plan_on(bench, name, python=python),
        FolderTree(bench.project),
        bench.project,
        sources=Sources(settings=Settings(), folder=bench.project, environ=bench.environ),
        cache=bench.cache,
        upgrade=upgrade,
        progress=bench.progress,
    )
    (part,) = lock.platforms
    return part


def base_of(part: PlatformLock) -> LockedImage:
    assert part.image is not None
    return part.image


def blobs_asked(served: Served) -> list[str]:
    return [path for path in served.paths() if "/blobs/" in path]


def test_an_image_of_a_registry_is_locked_by_digest(project: Bench, served: Served) -> None:
    found = image(debian(), {"opt/tool": b"x"})
    served.put(found, "3.11-slim")
    name = f"{served.host}/python:3.11-slim"

    part = locked(project, name)

    base = base_of(part)
    assert (part.suite, part.variant, part.python, part.debs) == ("bookworm", "image", "3.11", ())
    assert (base.name, base.digest, base.index) == (name, found.digest, None)
    assert [
        (layer.digest, layer.size, layer.diff_id, layer.media_type, layer.created_by)
        for layer in base.layers
    ] == [
        (
            layer.blob.descriptor.digest,
            layer.blob.descriptor.size,
            layer.diff_id,
            media_type.LAYER_GZIP,
            f"RUN step {at + 1}",
        )
        for at, layer in enumerate(found.layers)
    ]
    assert base.python.program == "usr/bin/python3.11"
    assert base.python.library == "usr/lib/python3.11"
    assert base.python.layers == (0,)
    assert f"usr/lib/{TRIPLET}/libc.so.6" in base.python.shared
    assert (base.distribution, base.release, base.user) == ("debian", "12", "app")
    assert base.certificates == "/etc/ssl/certs/ca-certificates.crt"


def test_what_is_written_is_read_again(project: Bench, served: Served) -> None:
    served.put(image(debian()), "1")

    part = locked(project, f"{served.host}/python:1")
    lock = read_lock(project.project / FILE_NAME)

    assert lock is not None
    assert lock.platforms == (part,)
    assert lock_text(lock) == (project.project / FILE_NAME).read_text()


def test_a_tag_that_moved_counts_when_the_lock_is_made_anew_only(
    project: Bench, served: Served
) -> None:
    first, second = image(debian()), image(debian(), {"opt/more": b"x"})
    name = f"{served.host}/python:1"
    served.put(first, "1")
    locked(project, name)
    served.put(second, "1")
    wheel(project.wheels, "two")
    project.require("one\ntwo\n")

    kept = locked(project, name)
    moved = locked(project, name, upgrade=True)

    assert base_of(kept).digest == first.digest
    assert [one.name for one in kept.wheels] == ["one", "two"]
    assert base_of(moved).digest == second.digest


def test_the_layers_of_an_image_that_is_known_are_not_read_again(
    project: Bench, served: Served
) -> None:
    found = image(debian())
    served.put(found, "1", "2")
    locked(project, f"{served.host}/python:1")
    served.asked.clear()

    locked(project, f"{served.host}/python:2")

    assert blobs_asked(served) == [f"/v2/python/blobs/{found.config.descriptor.digest}"]


def test_of_an_index_the_digest_is_kept_beside_that_of_the_platform(
    project: Bench, served: Served
) -> None:
    found = image(debian())
    served.put(found)
    entry = found.manifest.descriptor.to_dict() | {
        "platform": {"os": "linux", "architecture": ARCHITECTURE}
    }
    index = served.put_index(entry, tag="1")

    base = base_of(locked(project, f"{served.host}/python:1"))

    assert (base.index, base.digest) == (index, found.digest)


def test_a_digest_in_the_name_is_taken_at_its_word(project: Bench, served: Served) -> None:
    found = image(debian())
    served.put(found, "1")

    base = base_of(locked(project, f"{served.host}/python:gone@{found.digest}"))

    assert base.digest == found.digest


@pytest.mark.parametrize("kind", ["layout", "archive"])
def test_a_layout_or_an_archive_in_the_project_can_be_the_base(project: Bench, kind: str) -> None:
    found = image(debian())
    if kind == "layout":
        layout.write(project.project / "base", found, "base:1")
        name = "oci:base:base:1"
    else:
        archives.write(project.project / "base.tar", found, "base:1")
        name = "base.tar"

    base = base_of(locked(project, name))

    assert (base.name, base.digest) == (name, found.digest)


def test_the_python_is_the_one_that_is_first_on_the_path(project: Bench, served: Served) -> None:
    files = debian() | {
        "usr/local/bin/python3.12": Path("/bin/true").read_bytes(),
        "usr/local/bin/python3": "python3.12",
        "usr/local/lib/python3.12/os.py": b"",
    }
    served.put(
        image(files, env=(("PATH", "/usr/local/bin:/usr/bin"), ("PYTHON_VERSION", "3.12.7"))), "1"
    )

    part = locked(project, f"{served.host}/python:1")

    python = base_of(part).python
    assert part.python == "3.12"
    assert (python.program, python.version) == ("usr/local/bin/python3.12", "3.12.7")
    assert python.library == "usr/local/lib/python3.12"


def alpine() -> dict[str, bytes | str]:
    true = Path("/bin/true").read_bytes()
    loader = next(Path(f"/usr/lib/{TRIPLET}").glob("ld-linux*.so.*")).name
    named = next(path for path in (f"/lib64/{loader}", f"/lib/{loader}") if path.encode() in true)
    musl = f"/lib/ld-musl-{platform.machine()}.so.1"[: len(named)].encode()
    return {
        "etc/os-release": b'ID=alpine\nVERSION_ID=3.20.3\nPRETTY_NAME="Alpine Linux v3.20"\n',
        "usr/local/bin/python3.13": true.replace(named.encode(), musl.ljust(len(named), b"\0")),
        "usr/local/bin/python3": "python3.13",
    }


REFUSED: dict[str, tuple[Callable[[], Files], str]] = {
    "musl": (
        alpine,
        (
            "the base `NAME` has musl as its C library (Alpine Linux v3.20), and the wheels of"
            " most libraries for machine learning need glibc"
        ),
    ),
    "no Python": (
        lambda: {"etc/os-release": b"ID=debian\n"},
        "the base `NAME` has no Python on its PATH",
    ),
    "no C library": (
        lambda: {
            path: content for path, content in debian().items() if not path.endswith("libc.so.6")
        },
        "the base `NAME` has no C library that wheels run on",
    ),
    "threads without a lock": (
        lambda: debian(python="3.13t"),
        "the Python of the base `NAME` is /usr/bin/python3.13t, no usual CPython",
    ),
}


@pytest.mark.parametrize("why", REFUSED)
def test_what_wheels_cannot_run_on_is_refused(project: Bench, served: Served, why: str) -> None:
    files, message = REFUSED[why]
    served.put(image(files()), "1")
    name = f"{served.host}/python:1"

    with pytest.raises(LockError) as raised:
        locked(project, name)

    assert raised.value.message == message.replace("NAME", name)
    assert raised.value.hint


def test_a_python_that_the_project_does_not_take_is_refused(project: Bench, served: Served) -> None:
    served.put(image(debian()), "1")

    with pytest.raises(LockError, match=r"has Python 3\.11\.0, and `requires-python` is"):
        locked(project, f"{served.host}/python:1", python=">=3.12")


def test_a_layer_that_is_not_what_it_says_is_refused(project: Bench, served: Served) -> None:
    found = image(debian())
    served.put(found, "1")
    served.blobs[found.layers[0].blob.descriptor.digest] = b"\x1f\x8b damaged"

    with pytest.raises((LockError, StoreError)):
        locked(project, f"{served.host}/python:1")

    assert not (project.project / FILE_NAME).exists()


def test_libraries_that_a_foreign_distribution_lacks_are_named(
    project: Bench, served: Served
) -> None:
    ubuntu = debian() | {
        "etc/os-release": b'ID=ubuntu\nVERSION_ID="24.04"\nPRETTY_NAME="Ubuntu 24.04"\n'
    }
    with zipfile.ZipFile(wheel(project.wheels, "native"), "a") as archive:
        archive.writestr("native.so", Path("/bin/ls").read_bytes())
    served.put(image(ubuntu), "1")
    name = f"{served.host}/python:1"
    locked(project, name)
    project.require("native\n")

    with pytest.raises(LockError) as raised:
        locked(project, name)

    assert raised.value.message.startswith(f"the base `{name}` (Ubuntu 24.04) lacks lib")
    assert "(needed by `native`)" in raised.value.message


def test_what_the_base_brings_twice_is_told(project: Bench, served: Served) -> None:
    files = debian() | {
        "usr/lib/python3/dist-packages/one-2.0.dist-info/METADATA": (
            b"Metadata-Version: 2.1\nName: one\nVersion: 2.0\n"
        )
    }
    served.put(image(files), "1")

    locked(project, f"{served.host}/python:1")

    assert any("the base has one 2.0 for itself" in note for note in project.progress.notes)


def test_a_lock_that_leads_out_of_the_image_is_refused(project: Bench, served: Served) -> None:
    served.put(image(debian()), "1")
    locked(project, f"{served.host}/python:1")
    path = project.project / FILE_NAME
    path.write_text(path.read_text().replace('"usr/bin/python3.11"', '"usr/../../python3.11"'))

    with pytest.raises(LockError, match="leads out of the image"):
        read_lock(path)


def test_locks_without_an_image_are_as_they_were(project: Bench) -> None:
    part = project.lock()

    assert part.image is None
    assert digest_of(b"") not in repr(part)


def test_of_a_distribution_without_packages_of_ours_the_bill_has_what_is_in_it(
    project: Bench, served: Served
) -> None:
    ubuntu = debian() | {
        "etc/os-release": b'ID=ubuntu\nVERSION_ID="24.04"\nVERSION_CODENAME=noble\n',
        "var/lib/dpkg/status": (
            b"Package: libc6\nStatus: install ok installed\nArchitecture: amd64\n"
            b"Source: glibc\nVersion: 2.39-0ubuntu8\n\n"
        ),
    }
    found = image(ubuntu)
    served.put(found, "1")

    part = locked(project, f"{served.host}/python:1")

    bill = locked_bill("demo", part, found, cache=project.cache)
    assert b"pkg:deb/ubuntu/libc6@2.39-0ubuntu8?arch=amd64&distro=ubuntu-24.04" in bill
    plan = plan_on(project, f"{served.host}/python:1")
    assert locked_provenance(plan, part, found, None, cache=project.cache)
