from __future__ import annotations

import hashlib
import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest
from tests.lock.conftest import Bench, SimpleIndex, sdist, source_tree, wheel
from uv import find_uv_bin

from boxwright.errors import DigestMismatchError, FetchError, LockError, PackageError
from boxwright.lock.built import recall_built
from boxwright.lock.model import LockedSource
from boxwright.lock.target import find_target
from boxwright.lock.uv import Uv
from boxwright.oci.digest import digest_of
from boxwright.store.cache import Cache


def test_requirements_are_resolved_with_what_they_require(bench: Bench) -> None:
    wheel(bench.wheels, "one", requires=("two>=2",))
    wheel(bench.wheels, "two", "2.0")
    wheel(bench.wheels, "two", "1.0")
    bench.require("one\n")
    lock = bench.lock()
    assert [f"{one.name} {one.version}" for one in lock.wheels] == ["one 1.0", "two 2.0"]
    fetched = bench.fetch(lock)
    assert [one.path for one in fetched] == [
        bench.wheels / "one-1.0-py3-none-any.whl",
        bench.wheels / "two-2.0-py3-none-any.whl",
    ]
    assert not any(one.built for one in fetched)


def test_wheels_are_chosen_for_the_target_and_not_for_this_machine(bench: Bench) -> None:
    for tag in ("cp311-cp311", "cp313-cp313"):
        for machine in ("x86_64", "aarch64"):
            wheel(bench.wheels, "one", tag=f"{tag}-manylinux_2_17_{machine}")
    wheel(bench.wheels, "one", tag="cp313-cp313-manylinux_2_42_x86_64")
    bench.require("one\n")
    for suite, platform, wanted in (
        ("trixie", "linux/amd64", "cp313-cp313-manylinux_2_17_x86_64"),
        ("bookworm", "linux/arm64", "cp311-cp311-manylinux_2_17_aarch64"),
    ):
        (found,) = bench.lock(bench.plan(suites=(suite,), platform=platform)).wheels
        assert found.file == f"one-1.0-{wanted}.whl"


def test_markers_are_those_of_the_target(bench: Bench) -> None:
    for name in ("arm", "intel"):
        wheel(bench.wheels, name)
    bench.require(
        'arm; platform_machine == "aarch64"\nintel; platform_machine == "x86_64"\n'
        'absent; sys_platform == "win32"\n'
    )
    (found,) = bench.lock(bench.plan(platform="linux/arm64")).wheels
    assert found.name == "arm"


def test_contradicting_requirements_are_explained(bench: Bench) -> None:
    wheel(bench.wheels, "one", requires=("two>=2",))
    wheel(bench.wheels, "two", "1.0")
    wheel(bench.wheels, "two", "2.0")
    bench.require("one\ntwo<2\n")
    with pytest.raises(LockError, match="contradict each other") as caught:
        bench.lock()
    assert "two<2" in caught.value.message
    assert caught.value.hint


def test_a_name_that_no_index_has_is_told(bench: Bench) -> None:
    bench.require("no-such-thing\n")
    with pytest.raises(LockError, match="no-such-thing") as caught:
        bench.lock()
    assert "spelling" in caught.value.hint


def test_no_wheel_for_the_target_names_the_tags_that_there_are(bench: Bench) -> None:
    wheel(bench.wheels, "one", tag="cp312-cp312-win_amd64")
    bench.require("one\n")
    with pytest.raises(LockError, match=r"`requirements\.txt`") as caught:
        bench.lock()
    assert "one" in caught.value.message


def test_the_next_suite_is_taken_where_the_first_has_no_wheel(bench: Bench) -> None:
    wheel(bench.wheels, "one", tag="cp311-cp311-manylinux_2_28_x86_64")
    bench.require("one\n")
    lock = bench.lock(bench.plan(suites=("trixie", "bookworm")))
    assert (lock.suite, lock.python) == ("bookworm", "3.11")
    assert any("bookworm, not trixie" in note for note in bench.progress.notes)


def test_the_next_suite_is_taken_rather_than_to_compile(bench: Bench) -> None:
    sdist(bench.wheels, "one")
    wheel(bench.wheels, "one", tag="cp311-cp311-manylinux_2_28_x86_64")
    bench.require("one\n")
    lock = bench.lock(bench.plan(suites=("trixie", "bookworm")))
    assert lock.suite == "bookworm"
    assert any("built from source" in note for note in bench.progress.notes)


def test_if_no_suite_fits_the_first_failure_is_told_with_the_others(bench: Bench) -> None:
    wheel(bench.wheels, "one", tag="cp312-cp312-manylinux_2_28_x86_64")
    bench.require("one\n")
    with pytest.raises(LockError, match=r"3\.13") as caught:
        bench.lock(bench.plan(suites=("trixie", "bookworm")))
    assert "bookworm will not do either" in caught.value.hint


def test_of_hashed_requirements_only_those_files_go_in(bench: Bench) -> None:
    good = wheel(bench.wheels, "one")
    wheel(bench.wheels, "one", tag="py2.py3-none-any")
    digest = hashlib.sha256(good.read_bytes()).hexdigest()
    bench.require(f"one==1.0 \\\n    --hash=sha256:{digest}\n")
    (found,) = bench.lock(bench.plan(hashed=True)).wheels
    assert found.digest == f"sha256:{digest}"


def test_a_file_with_another_hash_is_refused(bench: Bench) -> None:
    wheel(bench.wheels, "one")
    bench.require(f"one==1.0 --hash=sha256:{'0' * 64}\n")
    with pytest.raises(LockError, match="hash") as caught:
        bench.lock(bench.plan(hashed=True))
    assert "one" in caught.value.message


def test_extras_and_groups_of_a_pyproject_are_resolved(bench: Bench) -> None:
    for name in ("one", "two", "three", "four"):
        wheel(bench.wheels, name)
    (bench.project / "pyproject.toml").write_text(
        '[project]\nname = "demo"\nversion = "1"\ndependencies = ["one"]\n'
        '[project.optional-dependencies]\nserve = ["two"]\n'
        '[dependency-groups]\nmodel = ["three"]\ndev = ["four"]\n'
    )
    plan = bench.plan("pyproject", "pyproject.toml", extras=("serve",), groups=("model",))
    assert [one.name for one in bench.lock(plan).wheels] == ["one", "three", "two"]


def test_a_project_that_is_a_package_is_built(bench: Bench) -> None:
    source_tree(bench.project, "demo", more='dependencies = ["one"]')
    wheel(bench.wheels, "one")
    lock = bench.lock(bench.plan("pyproject", "pyproject.toml", installs_project=True))
    assert lock.wheels[0].source == LockedSource(kind="directory", location=".")
    before = sorted(path.name for path in bench.project.iterdir())
    demo, one = bench.fetch(lock)
    assert (demo.name, demo.version, demo.built, one.built) == ("demo", "1.0", True, False)
    assert sorted(path.name for path in bench.project.iterdir()) == before


def test_images_written_into_the_project_do_not_change_it(bench: Bench) -> None:
    source_tree(bench.project, "demo")
    lock = bench.lock(bench.plan("none", "", installs_project=True))
    bench.fetch(lock)
    (bench.project / "demo.tar").write_bytes(b"image")
    (bench.project / "out").mkdir()
    (bench.project / "out" / "oci-layout").write_text("{}")
    (bench.project / "out" / "index.json").write_text("{}")
    bench.fetch(lock)
    assert bench.progress.started == ["build demo"]


def test_wheels_named_by_url_or_path_are_kept_with_their_place(
    bench: Bench, simple_index: SimpleIndex, tmp_path: Path
) -> None:
    near = wheel(bench.project / "vendored", "near")
    far = wheel(simple_index.folder, "far")
    bench.require(f"./vendored/{near.name}\nfar @ {simple_index.url}/files/{far.name}\n")
    lock = bench.lock()
    places = {one.name: one.source and one.source.location for one in lock.wheels}
    assert places == {
        "near": f"vendored/{near.name}",
        "far": f"{simple_index.url}/files/{far.name}",
    }
    bench.cache = Cache(tmp_path / "other")
    fetched = {one.name: one for one in bench.fetch(lock)}
    assert fetched["near"].path == near
    assert not fetched["far"].built


def test_nothing_is_built_again_until_its_files_change(bench: Bench) -> None:
    source_tree(bench.project, "demo")
    lock = bench.lock(bench.plan("none", "", installs_project=True))
    for _ in range(2):
        bench.fetch(lock)
    assert bench.progress.started == ["build demo"]
    (bench.project / "demo.py").write_text("made = 2\n")
    bench.fetch(lock)
    assert bench.progress.started == ["build demo", "build demo"]


def test_editable_and_path_dependencies_are_built_from_their_folders(bench: Bench) -> None:
    source_tree(bench.project / "libs" / "near", "near")
    source_tree(bench.project.parent / "far", "far")
    bench.require("-e ./libs/near\n../far\n")
    lock = bench.lock()
    assert [one.source and one.source.location for one in lock.wheels] == ["../far", "libs/near"]
    assert [one.name for one in bench.fetch(lock)] == ["far", "near"]


def test_a_missing_folder_is_named(bench: Bench) -> None:
    source_tree(bench.project / "lib", "lib")
    bench.require("./lib\n")
    lock = bench.lock()
    shutil.rmtree(bench.project / "lib")
    with pytest.raises(LockError, match="`lib`"):
        bench.fetch(lock)


def test_a_source_archive_is_built_with_a_notice(bench: Bench) -> None:
    path = sdist(bench.wheels, "one")
    bench.require("one\n")
    lock = bench.lock()
    (locked,) = lock.wheels
    assert locked.source is not None
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    assert (locked.source.file, locked.source.digest) == (path.name, f"sha256:{digest}")
    (built,) = bench.fetch(lock)
    assert (built.name, built.version, built.built) == ("one", "1.0", True)
    assert any("building it from source" in note for note in bench.progress.notes)
    bench.fetch(lock)
    assert bench.progress.started == ["build one 1.0"]


def test_a_failing_build_tells_what_its_backend_said_last(bench: Bench) -> None:
    source_tree(bench.project, "demo")
    (bench.project / "backend.py").write_text("def build_wheel(*_): import no_such_module\n")
    lock = bench.lock(bench.plan("none", "", installs_project=True))
    with pytest.raises(PackageError, match="no_such_module") as caught:
        bench.fetch(lock)
    assert caught.value.message.startswith("`demo` cannot be built from source")


def test_a_wheel_compiled_for_another_target_is_refused(bench: Bench) -> None:
    sdist(bench.wheels, "one")
    bench.require("one\n")
    lock = bench.lock()
    bench.environ["TEST_TAG"] = "cp310-cp310-linux_x86_64"
    with pytest.raises(PackageError, match="does not fit CPython"):
        bench.fetch(lock)


def test_what_has_to_be_compiled_for_a_foreign_platform_is_refused(bench: Bench) -> None:
    sdist(bench.wheels, "one")
    bench.require("one\n")
    lock = bench.lock(bench.plan(platform="linux/arm64"))
    bench.environ["TEST_TAG"] = "cp313-cp313-linux_x86_64"
    with pytest.raises(PackageError, match="cannot be done here") as caught:
        bench.fetch(lock)
    assert "find-links" in caught.value.hint


def test_what_is_pure_is_built_once_for_all_platforms(bench: Bench) -> None:
    source_tree(bench.project, "demo")
    locks = [
        bench.lock(bench.plan("none", "", platform=platform, installs_project=True))
        for platform in ("linux/amd64", "linux/arm64")
    ]

    (first,), (second,) = map(bench.fetch, locks)

    assert first == second
    assert bench.progress.started == ["build demo"]


def test_what_was_compiled_here_is_not_for_a_foreign_platform(bench: Bench) -> None:
    own, foreign = find_target("trixie", "linux/amd64"), find_target("trixie", "linux/arm64")
    key = digest_of(b"key")
    with bench.cache.writer() as blob:
        blob.write(b"wheel")
        digest = blob.commit()
    for file, fits in (
        ("one-1-cp313-cp313-linux_x86_64.whl", False),
        ("one-1-py3-none-any.whl", True),
    ):
        bench.cache.remember("built", key, {"file": file, "version": "1", "digest": digest})
        assert recall_built(key, own, bench.cache) is not None
        assert (recall_built(key, foreign, bench.cache) is not None) is fits


def test_a_build_backend_sees_no_index_credentials(bench: Bench, simple_index: SimpleIndex) -> None:
    simple_index.credentials = ("me", "s3cret")
    wheel(simple_index.folder, "one")
    del bench.environ["UV_NO_INDEX"]
    bench.environ["UV_INDEX"] = f"mine={simple_index.url}/simple"
    bench.environ["UV_DEFAULT_INDEX"] = simple_index.url.replace("//", "//me:s3cret@") + "/simple"
    bench.environ |= {"UV_INDEX_MINE_USERNAME": "me", "UV_INDEX_MINE_PASSWORD": "s3cret"}
    bench.environ["TEST_TELL"] = "1"
    source_tree(bench.project, "demo", more='dependencies = ["one"]')
    lock = bench.lock(bench.plan("pyproject", "pyproject.toml", installs_project=True))
    bench.fetch(lock)
    seen = (bench.project / "ran.txt").read_text()
    assert "SOURCE_DATE_EPOCH" in seen
    assert "s3cret" not in seen


def test_a_commit_of_a_git_repository_is_built(bench: Bench) -> None:
    repository = source_tree(bench.project.parent / "repository", "versioned")
    git = ["git", "-C", str(repository), "-c", "user.name=t", "-c", "user.email=t@localhost"]
    subprocess.run([*git, "init", "--quiet"], check=True)
    subprocess.run([*git, "add", "."], check=True)
    subprocess.run([*git, "commit", "--quiet", "-m", "x"], check=True)
    bench.require(f"versioned @ git+{repository.as_uri()}\n")
    lock = bench.lock()
    (locked,) = lock.wheels
    assert locked.source is not None
    assert locked.source.kind == "vcs"
    assert re.fullmatch("[0-9a-f]{40}", locked.source.revision)
    (built,) = bench.fetch(lock)
    assert (built.name, built.built) == ("versioned", True)


def test_a_stale_uv_lock_is_refused(bench: Bench) -> None:
    for name in ("one", "two"):
        wheel(bench.wheels, name)
    pyproject = bench.project / "pyproject.toml"
    pyproject.write_text(
        '[project]\nname = "demo"\nversion = "1"\nrequires-python = ">=3.11"\n'
        'dependencies = ["one"]\n'
    )
    uv = [find_uv_bin(), "lock", "--quiet", "--no-index", "--project", str(bench.project)]
    subprocess.run(
        uv,
        env=Uv(folder=bench.project, indexes=bench.indexes, environ=bench.environ).variables(),
        check=True,
    )
    plan = bench.plan("uv.lock", "uv.lock")
    assert [one.name for one in bench.lock(plan).wheels] == ["one"]
    pyproject.write_text(pyproject.read_text().replace('["one"]', '["one", "two"]'))
    with pytest.raises(LockError, match="does not fit") as caught:
        bench.lock(plan)
    assert "uv lock" in caught.value.hint


def test_a_pylock_is_read_as_it_is(bench: Bench) -> None:
    path = wheel(bench.project / "wheels", "one")
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    (bench.project / "pylock.toml").write_text(
        'lock-version = "1.0"\ncreated-by = "test"\n'
        '[[packages]]\nname = "one"\nversion = "1.0"\n'
        f'[[packages.wheels]]\npath = "wheels/{path.name}"\nhashes = {{sha256 = "{digest}"}}\n'
        '[[packages]]\nname = "two"\nversion = "1.0"\nmarker = "sys_platform == \'win32\'"\n'
        f'[[packages.wheels]]\npath = "two-1.0-py3-none-any.whl"\nhashes = {{sha256 = "{digest}"}}\n'
    )
    lock = bench.lock(bench.plan("pylock.toml", "pylock.toml"))
    assert [one.file for one in lock.wheels] == [path.name]
    assert bench.fetch(lock)[0].path == path


@pytest.mark.parametrize("text", ["no toml", 'lock-version = "1.0"\n[[packages]]\nname = 3\n'])
def test_a_pylock_that_is_none_is_refused(bench: Bench, text: str) -> None:
    (bench.project / "pylock.toml").write_text(text)
    with pytest.raises(LockError, match=r"pylock\.toml"):
        bench.lock(bench.plan("pylock.toml", "pylock.toml"))


def test_a_pylock_without_a_fitting_wheel_names_the_tags_that_it_has(bench: Bench) -> None:
    (bench.project / "pylock.toml").write_text(
        'lock-version = "1.0"\ncreated-by = "test"\n[[packages]]\nname = "one"\nversion = "1.0"\n'
        '[[packages.wheels]]\nname = "one-1.0-cp39-cp39-win_amd64.whl"\n'
        f'url = "https://host.invalid/one"\nhashes = {{sha256 = "{"0" * 64}"}}\n'
    )
    with pytest.raises(LockError, match="cp39-cp39-win_amd64"):
        bench.lock(bench.plan("pylock.toml", "pylock.toml"))


def test_cpu_builds_in_a_find_links_folder_are_preferred(bench: Bench) -> None:
    wheel(bench.wheels, "torch", "2.13.0+cpu", tag="cp313-cp313-manylinux_2_28_x86_64")
    wheel(bench.wheels, "torch", "2.14.0", requires=("nvidia_cublas",))
    wheel(bench.wheels, "nvidia_cublas")
    bench.require("torch\n")
    assert [one.version for one in bench.lock().wheels] == ["2.13.0+cpu"]
    gpu = bench.lock(bench.plan(accelerator="cuda")).wheels
    assert [one.version for one in gpu] == ["1.0", "2.14.0"]


def test_packages_for_a_gpu_in_an_image_for_the_cpu_are_told(bench: Bench) -> None:
    wheel(bench.wheels, "boosted", requires=("nvidia_nccl_cu12",))
    wheel(bench.wheels, "nvidia_nccl_cu12")
    bench.require("boosted\n")
    bench.lock()
    assert any("nvidia-nccl-cu12" in note for note in bench.progress.notes)


def test_a_private_index_is_asked_with_the_credentials_of_the_environment(
    bench: Bench, simple_index: SimpleIndex
) -> None:
    wheel(simple_index.folder, "one")
    simple_index.credentials = ("me", "s3cret")
    del bench.environ["UV_NO_INDEX"]
    bench.environ["UV_DEFAULT_INDEX"] = f"mine={simple_index.url}/simple"
    bench.environ |= {"UV_INDEX_MINE_USERNAME": "me", "UV_INDEX_MINE_PASSWORD": "s3cret"}
    bench.require("one\n")
    _is_fetched_and_not_told(bench)


def test_a_private_index_is_asked_with_the_credentials_of_netrc(
    bench: Bench, simple_index: SimpleIndex
) -> None:
    wheel(simple_index.folder, "one")
    simple_index.credentials = ("me", "s3cret")
    netrc = Path(bench.environ["HOME"]) / ".netrc"
    netrc.write_text("machine 127.0.0.1 login me password s3cret\n")
    netrc.chmod(0o600)
    del bench.environ["UV_NO_INDEX"]
    bench.environ["UV_DEFAULT_INDEX"] = f"{simple_index.url}/simple"
    bench.require("one\n")
    _is_fetched_and_not_told(bench)


def test_a_private_index_of_pip_is_asked_with_the_credentials_in_its_url(
    bench: Bench, simple_index: SimpleIndex, tmp_path: Path
) -> None:
    wheel(simple_index.folder, "one")
    simple_index.credentials = ("me", "s3cret")
    del bench.environ["UV_NO_INDEX"]
    url = simple_index.url.replace("//", "//me:s3cret@")
    (tmp_path / "pip.conf").write_text(f"[global]\nindex-url = {url}/simple\n")
    bench.environ["PIP_CONFIG_FILE"] = str(tmp_path / "pip.conf")
    bench.require("one\n")
    _is_fetched_and_not_told(bench)


def _is_fetched_and_not_told(bench: Bench) -> None:
    lock = bench.lock()
    (one,) = bench.fetch(lock)
    assert one.path == bench.cache.blob_path(one.digest)
    for path in bench.cache.root.rglob("*"):
        assert not path.is_file() or b"s3cret" not in path.read_bytes()
    assert "s3cret" not in repr(lock) + repr(bench.indexes)


def test_wrong_credentials_are_told_without_being_shown(
    bench: Bench, simple_index: SimpleIndex
) -> None:
    wheel(simple_index.folder, "one")
    simple_index.credentials = ("me", "right")
    del bench.environ["UV_NO_INDEX"]
    bench.environ["UV_DEFAULT_INDEX"] = simple_index.url.replace("//", "//me:wr0ng@") + "/simple"
    bench.require("one\n")
    with pytest.raises(LockError) as caught:
        bench.lock()
    assert "wr0ng" not in caught.value.message + caught.value.hint


def test_a_file_that_the_index_serves_changed_is_refused(
    bench: Bench, simple_index: SimpleIndex
) -> None:
    path = wheel(simple_index.folder, "one")
    del bench.environ["UV_NO_INDEX"]
    bench.environ["UV_DEFAULT_INDEX"] = f"{simple_index.url}/simple"
    bench.require("one\n")
    lock = bench.lock()
    simple_index.spoiled.add(path.name)
    with pytest.raises(DigestMismatchError, match=r"one-1\.0"):
        bench.fetch(lock)
    assert not bench.cache.find(lock.wheels[0].digest)  # type: ignore[arg-type]


def test_another_machine_with_the_lock_alone_finds_the_files(
    bench: Bench, simple_index: SimpleIndex, tmp_path: Path
) -> None:
    wheel(simple_index.folder, "one")
    wheel(bench.wheels, "two")
    del bench.environ["UV_NO_INDEX"]
    bench.environ["UV_DEFAULT_INDEX"] = f"{simple_index.url}/simple"
    bench.require("one\ntwo\n")
    lock = bench.lock()
    bench.cache = Cache(tmp_path / "other")
    one, two = bench.fetch(lock)
    assert (one.name, two.path.parent) == ("one", bench.wheels)


def test_a_folder_that_is_an_index_hides_no_file_of_another_index(
    bench: Bench, simple_index: SimpleIndex, tmp_path: Path
) -> None:
    fits = "py3-none-manylinux_2_28_x86_64"
    wheel(simple_index.folder, "one", tag=fits)
    path = wheel(tmp_path / "folder" / "one", "one")
    (path.parent / "index.html").write_text(f'<a href="{path.name}">{path.name}</a>')
    only_there = wheel(tmp_path / "folder" / "two", "two")
    (only_there.parent / "index.html").write_text(f'<a href="{only_there.name}">two</a>')
    del bench.environ["UV_NO_INDEX"]
    bench.environ["UV_DEFAULT_INDEX"] = f"{simple_index.url}/simple"
    bench.environ["PIP_EXTRA_INDEX_URL"] = (tmp_path / "folder").as_uri()
    bench.require("one\n")

    lock = bench.lock()
    bench.cache = Cache(tmp_path / "other")
    (fetched,) = bench.fetch(lock)
    bench.require("one\ntwo\n")
    with_both = bench.lock()

    assert (lock.wheels[0].file, fetched.version) == (f"one-1.0-{fits}.whl", "1.0")
    assert [one.name for one in with_both.wheels] == ["one", "two"]


def test_offline_with_a_warm_cache_succeeds(bench: Bench, simple_index: SimpleIndex) -> None:
    wheel(simple_index.folder, "one")
    del bench.environ["UV_NO_INDEX"]
    bench.environ["UV_DEFAULT_INDEX"] = f"{simple_index.url}/simple"
    bench.require("one\n")
    lock = bench.lock()
    with pytest.raises(FetchError, match="--offline"):
        bench.fetch(lock, offline=True)
    bench.fetch(lock)
    asked = len(simple_index.asked)
    assert bench.fetch(lock, offline=True)[0].name == "one"
    assert len(simple_index.asked) == asked


def test_a_file_replaced_in_its_folder_is_not_taken(bench: Bench) -> None:
    path = wheel(bench.wheels, "one")
    bench.require("one\n")
    lock = bench.lock()
    path.unlink()
    wheel(bench.wheels, "one", content=b"other = 1\n")
    with pytest.raises(DigestMismatchError, match=r"one-1\.0-py3-none-any\.whl"):
        bench.fetch(lock)


def test_an_index_out_of_reach_is_told(bench: Bench) -> None:
    del bench.environ["UV_NO_INDEX"]
    bench.environ["UV_DEFAULT_INDEX"] = "http://me:s3cret@127.0.0.1:9/simple"
    bench.require("one\n")
    with pytest.raises(FetchError, match=r"127\.0\.0\.1:9") as caught:
        bench.lock()
    assert "s3cret" not in caught.value.message
    assert "network" in caught.value.hint


@pytest.mark.network
@pytest.mark.parametrize(("suite", "python"), [("trixie", "cp313"), ("bookworm", "cp311")])
def test_a_real_service_is_locked_for_both_suites(bench: Bench, suite: str, python: str) -> None:
    bench.environ = dict(os.environ)
    bench.require("fastapi\nscikit-learn\n")
    found = {one.name: one for one in bench.lock(bench.plan(suites=(suite,))).wheels}
    assert {"fastapi", "numpy", "scipy", "scikit-learn", "pydantic-core"} <= found.keys()
    assert python in found["numpy"].file
