"""Waste is what no container needs: every byte of it, no byte twice, and never the kept copy."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.scan.images import (
    Entry,
    Whiteout,
    directory,
    file,
    hardlink,
    index_of,
    layer,
    opaque,
    symlink,
    whiteout,
)

import boxwright.scan.waste
from boxwright.scan.filesystem import Filesystem, merge
from boxwright.scan.ownership import find_owners
from boxwright.scan.packages.package import OwnedFile, Package
from boxwright.scan.waste import PRACTICES, Waste, find_waste

SITE = "opt/venv/lib/python3.13/site-packages"
MB = 10**6


def merged(*layers: list[Entry | Whiteout]) -> Filesystem:
    """Return what the layers of these entries come to."""
    return merge([index_of(layer(*entries)) for entries in layers])


def waste(
    *layers: list[Entry | Whiteout],
    packages: tuple[Package, ...] = (),
    environment: dict[str, str] | None = None,
) -> tuple[Waste, ...]:
    """Return the waste in these layers."""
    filesystem = merged(*layers)
    owners = find_owners(packages, filesystem.files)
    return find_waste(filesystem, owners, packages, environment or {})


def told(found: tuple[Waste, ...]) -> list[tuple[str, str, int, int | None]]:
    """Return the practice, the title, the size and the layer of each."""
    return [(it.practice, it.title, it.size, it.layer) for it in found]


def titles(*entries: Entry, **options: object) -> list[str]:
    """Return the titles of the waste in one layer."""
    return [it.title for it in waste(list(entries), **options)]  # type: ignore[arg-type]


def package(
    type_: str, name: str, *files: str, path: str = "", requires: tuple[str, ...] = ()
) -> Package:
    """Return a package that lists *files*."""
    return Package(
        type=type_,
        name=name,
        version="1",
        requires=requires,
        path=path or f"{name}-1.dist-info/METADATA",
        files=tuple(OwnedFile(file) for file in files),
    )


# What is certain.


def test_deleted_files_are_waste_as_the_folders_that_were_deleted() -> None:
    found = waste(
        [
            directory("srv/data/deep"),
            directory("srv/data"),
            file("srv/data/a", 20 * MB),
            file("srv/data/deep/b", 5 * MB),
            file("etc/c", 7),
        ],
        [whiteout("srv/data"), whiteout("etc/c")],
    )

    assert found == (
        Waste(
            practice="deleted-in-image",
            title="files that layer 1 deletes",
            size=25 * MB + 7,
            layer=0,
            paths=(("srv/data", 25 * MB), ("etc/c", 7)),
            count=3,
            advice=(
                "delete them in the instruction that makes them, or make them in another stage"
                " (deleted-in-later-layer)"
            ),
            removed_by=1,
        ),
    )


def test_a_moved_folder_is_wasted_once() -> None:
    found = waste(
        [file("a/x", 10 * MB, same="x"), file("a/y", 1 * MB, same="y")],
        [whiteout("a"), file("b/x", 10 * MB, same="x"), file("b/y", 1 * MB, same="y")],
    )

    assert told(found) == [("deleted-in-image", "files that layer 1 moves elsewhere", 11 * MB, 0)]


def test_a_change_of_owner_wastes_what_was_there_before() -> None:
    found = waste(
        [file("opt/a", 10 * MB), file("opt/b", 1 * MB, mode=0o600)],
        [file("opt/a", 10 * MB, uid=5), file("opt/b", 1 * MB, mode=0o644)],
        [file("opt/b", 1 * MB, mode=0o600)],
        [file("opt/b", 1 * MB, mode=0o600, mtime=7)],
        [file("opt/b", 1 * MB, mode=0o600, mtime=7)],
    )

    assert told(found) == [
        ("rewritten-in-image", "files that layer 1 has again with another owner", 11 * MB, 0),
        ("rewritten-in-image", "files that layer 2 has again with another mode", 1 * MB, 1),
        ("rewritten-in-image", "files that layer 3 has again with another time", 1 * MB, 2),
        ("rewritten-in-image", "files that layer 4 has again unchanged", 1 * MB, 3),
    ]


def test_replaced_and_repeated_files_are_told_apart() -> None:
    found = waste(
        [file("a", 100), file("a", 200), file("b", 50)],
        [file("a", 300), file("b/x", 1)],
    )

    assert told(found) == [
        ("deleted-in-image", "files that layer 1 replaces", 250, 0),
        ("rewritten-in-image", "files that layer 0 has twice", 100, 0),
    ]


def test_what_a_hard_link_keeps_is_not_waste() -> None:
    assert (
        waste(
            [file("pkgs/x", 9 * MB), hardlink("lib/x", "pkgs/x")],
            [whiteout("pkgs")],
        )
        == ()
    )


def test_a_deleted_cache_is_deleted_and_not_a_cache_too() -> None:
    found = waste([file("root/.cache/pip/x", 9 * MB)], [whiteout("root/.cache")])

    assert told(found) == [("deleted-in-image", "files that layer 1 deletes", 9 * MB, 0)]


_paths = st.sampled_from(["a", "b", "a/x", "a/y", "b/x", "tmp/z", "root/.cache/pip/c", "a/d/e"])
_entries = st.one_of(
    st.builds(file, _paths, st.integers(0, 10**7), uid=st.integers(0, 1), same=st.just("s")),
    st.builds(hardlink, _paths, _paths),
    st.builds(whiteout, _paths),
    st.builds(opaque, st.sampled_from(["a", "", "b"])),
)


@given(st.lists(st.lists(_entries, max_size=10), min_size=1, max_size=5))
def test_certain_waste_and_what_is_needed_are_all_that_ships(
    layers: list[list[Entry | Whiteout]],
) -> None:
    indexes = [index_of(layer(*entries)) for entries in layers]
    filesystem = merge(indexes)

    found = find_waste(filesystem, {}, (), {})

    needed = sum(live.member.size for live in filesystem.files.values())
    certain = sum(it.size for it in found if it.certain)
    likely = sum(it.size for it in found if not it.certain)
    assert certain + needed == sum(
        sum(member.size for member in index.members) + sum(index.repeated.values())
        for index in indexes
    )
    assert likely <= needed


# What is likely.


@pytest.mark.parametrize(
    ("path", "title"),
    [
        ("var/lib/apt/lists/deb_Packages", "lists of packages that `apt-get update` fetched"),
        ("var/cache/apt/archives/a.deb", "archives and indexes that apt keeps"),
        ("var/cache/apk/APKINDEX.1.tar.gz", "what the system's package manager keeps"),
        ("root/.cache/pip/http-v2/0/1", "downloads of pip"),
        ("home/app/.cache/uv/wheels-v5/x", "downloads of uv"),
        ("root/.npm/_cacache/x", "downloads of npm, yarn, pnpm and bun"),
        ("root/.cache/pypoetry/cache/x", "downloads of Poetry and PDM"),
        (
            "root/.cache/huggingface/xet/a/chunk",
            "downloads of Hugging Face's tools beside the weights",
        ),
        ("app/.git/objects/pack/p.pack", "history of the source code"),
        ("app/.mypy_cache/3.13/x.json", "what tools for development keep"),
        ("tmp/build/x", "temporary files"),
        ("var/log/apt/term.log", "logs of the build"),
        ("usr/lib/debug/.build-id/a.debug", "debug symbols"),
        ("opt/app/lib.so.debug", "debug symbols"),
        ("usr/local/lib/libx.a", "static libraries"),
        ("usr/local/cuda-12.4/bin/nvcc", "tools of the CUDA toolkit"),
        ("usr/lib/gcc/x86_64-linux-gnu/14/cc1", "compilers that no package owns"),
        ("usr/include/stdio.h", "headers"),
        ("usr/local/cuda-12.4/targets/x86_64-linux/include/cuda.h", "headers"),
        (f"{SITE}/pandas/tests/test_a.py", "tests in Python packages"),
        (f"{SITE}/Crypto/SelfTest/a.py", "tests in Python packages"),
        (f"{SITE}/torch/include/ATen/a.h", "headers in Python packages"),
        (f"{SITE}/torch/bin/test_api", "test programs of torch"),
        (
            "usr/local/lib/python3.13/test/a.py",
            "parts of Python that only its developers and beginners use",
        ),
        ("usr/share/man/man1/ls.1.gz", "documentation, manuals and translations"),
        ("usr/share/locale/de/LC_MESSAGES/x.mo", "documentation, manuals and translations"),
        ("srv/thing-1.0-py3-none-any.whl", "wheels and archives that something was installed from"),
        ("root/Miniconda3-latest-Linux-x86_64.sh", "wheels and archives that something was installed from"),
        ("root/thing.deb", "wheels and archives that something was installed from"),
    ],
)  # fmt: skip
def test_what_is_hardly_needed(path: str, title: str) -> None:
    found = waste([file(path, 5 * MB)])

    assert [(it.title, it.size, it.layer, it.certain) for it in found] == [
        (title, 5 * MB, 0, False)
    ]


@pytest.mark.parametrize(
    "path",
    [
        "root/.cache/huggingface/hub/models--a--b/blobs/0",
        "root/.cache/torch/hub/checkpoints/resnet.pth",
        "usr/src/app/main.py",
        "srv/pkgs/x",
        f"{SITE}/numpy/__pycache__/a.cpython-313.pyc",
        f"{SITE}/numpy/testing/a.py",
        f"{SITE}/django/test/client.py",
        f"{SITE}/tensorflow/_api/v2/test/a.py",
        f"{SITE}/triton/backends/nvidia/include/cuda.h",
        f"{SITE}/torch/bin/torch_shm_manager",
        "usr/share/doc/bash/copyright",
        "usr/lib/python3.13/ensurepipe/a",
        "app/tests/data.bin",
        "app/include/a.h",
        f"{SITE}/numpy-2.dist-info/licenses/numpy/tests/LICENSE",
        "opt/model.tar.gz",
        "opt/ml/data.zip",
        "app/run.sh",
        "usr/share/python-wheels/pip-1-py3-none-any.whl",
        "etc/apk/keys/a.pub",
        "/".join(["tests"] * 400) + "/x",
    ],
)
def test_what_is_no_waste(path: str) -> None:
    assert waste([file(path, 5 * MB)]) == ()


def test_causes_that_are_not_worth_a_word_are_left_out() -> None:
    assert waste([file("var/log/dpkg.log", 16_000)]) == ()


def test_caches_are_told_by_layer_and_folder() -> None:
    found = waste(
        [file("root/.cache/pip/a", 3 * MB), file("home/a/.cache/pip/b", 4 * MB)],
        [file("root/.cache/pip/c/d", 5 * MB)],
    )

    assert [(it.size, it.layer, it.paths, it.count) for it in found] == [
        (7 * MB, 0, (("home/a/.cache/pip", 4 * MB), ("root/.cache/pip", 3 * MB)), 2),
        (5 * MB, 1, (("root/.cache/pip", 5 * MB),), 1),
    ]


def test_tests_are_told_together() -> None:
    found = waste(
        [file(f"{SITE}/scipy/fft/tests/a.py", 3 * MB)],
        [file(f"{SITE}/pandas/tests/io/a.py", 4 * MB), file(f"{SITE}/pandas/tests/b.py", 1 * MB)],
    )

    assert [(it.size, it.layer, it.paths, it.count) for it in found] == [
        (
            8 * MB,
            None,
            ((f"{SITE}/pandas/tests", 5 * MB), (f"{SITE}/scipy/fft/tests", 3 * MB)),
            3,
        )
    ]


def test_variables_move_caches() -> None:
    entries = [file("opt/pip-cache/a", 3 * MB), file("x/y/z/uv/b", 4 * MB), file("opt/c", 5 * MB)]

    assert titles(*entries, environment={}) == []
    assert titles(
        *entries,
        environment={
            "PIP_CACHE_DIR": "/opt/pip-cache/",
            "XDG_CACHE_HOME": "/x/y/z",
            "UV_CACHE_DIR": "/opt",
        },
    ) == ["downloads of uv", "downloads of pip"]


def test_packages_that_conda_keeps_are_waste_unless_an_environment_shares_them() -> None:
    found = waste(
        [
            directory("opt/conda/conda-meta"),
            file("opt/conda/pkgs/a.conda", 9 * MB),
            file("opt/conda/pkgs/a/lib/x.so", 5 * MB),
            hardlink("opt/conda/lib/x.so", "opt/conda/pkgs/a/lib/x.so"),
            file("opt/conda/pkgs/a/lib/y.so", 2 * MB),
            hardlink("opt/conda/pkgs/a/lib/z.so", "opt/conda/pkgs/a/lib/y.so"),
        ]
    )

    assert told(found) == [("cache-in-image", "packages that conda keeps", 11 * MB, 0)]


def test_archives_of_what_is_installed_or_unpacked_are_left() -> None:
    numpy = package("pypi", "Num_Py")

    assert titles(
        file("opt/num-py-2.0.tar.gz", 1 * MB),
        file("srv/model.tar.gz", 1 * MB),
        directory("srv/model"),
        file("srv/other-2.0.tar.gz", 1 * MB),
        packages=(numpy,),
    ) == ["wheels and archives that something was installed from"]


def test_a_wheel_that_a_package_has_is_needed() -> None:
    virtualenv = package("pypi", "virtualenv", f"{SITE}/virtualenv/embed/pip-1-py3-none-any.whl")

    assert (
        titles(
            file(f"{SITE}/virtualenv/embed/pip-1-py3-none-any.whl", 2 * MB), packages=(virtualenv,)
        )
        == []
    )


def test_build_tools_are_known_by_their_package() -> None:
    status = "var/lib/dpkg/status"
    found = waste(
        [
            file("usr/bin/x86_64-linux-gnu-gcc-14", 3 * MB),
            file("usr/lib/gcc/x86_64-linux-gnu/14/cc1", 30 * MB),
            file("usr/share/doc/gcc-14/changelog.gz", 1 * MB),
            file("usr/lib/x86_64-linux-gnu/libc.a", 6 * MB),
            file("usr/lib/x86_64-linux-gnu/libgomp.so.1", 2 * MB),
        ],
        packages=(
            package(
                "deb",
                "gcc-14",
                "usr/bin/x86_64-linux-gnu-gcc-14",
                "usr/share/doc/gcc-14/changelog.gz",
                path=status,
            ),
            package("deb", "cpp-14", "usr/lib/gcc/x86_64-linux-gnu/14/cc1", path=status),
            package("deb", "libc6-dev", "usr/lib/x86_64-linux-gnu/libc.a", path=status),
            package("deb", "libgomp1", "usr/lib/x86_64-linux-gnu/libgomp.so.1", path=status),
        ),
    )

    assert told(found) == [
        (
            "build-tools-in-image",
            "build tools (`cpp-14`, `libc6-dev` and `gcc-14`)",
            40 * MB,
            0,
        )
    ]


@pytest.mark.parametrize(
    ("type_", "name", "is_tool"),
    [
        ("deb", "gcc-14-base", False),
        ("deb", "libcublas-dev-12-4", True),
        ("deb", "libcublas-12-4", False),
        ("deb", "git", True),
        ("deb", "libgcc-s1", False),
        ("deb", "make-guile", False),
        ("apk", "musl-dev", True),
        ("apk", "musl", False),
        ("rpm", "glibc-devel", True),
        ("conda", "gcc_impl_linux-64", True),
        ("conda", "libgcc-ng", False),
        ("pypi", "cmake", True),
        ("pypi", "torch", False),
        ("npm", "make", False),
    ],
)
def test_names_of_build_tools(type_: str, name: str, is_tool: bool) -> None:
    found = titles(file("x", MB), packages=(package(type_, name, "x", path="var/y"),))

    assert found == ([f"build tools (`{name}`)"] if is_tool else [])


def test_what_only_build_tools_need_goes_with_them() -> None:
    def debs(*others: Package) -> tuple[Package, ...]:
        return (
            package("deb", "git", "usr/bin/git", requires=("perl", "libc6")),
            package("deb", "perl", "usr/bin/perl", requires=("perl-modules-5.36", "perl-base")),
            package("deb", "perl-modules-5.36", "usr/share/perl/a.pm", requires=("perl-base",)),
            package("deb", "perl-base", "usr/bin/perl-base"),
            *others,
        )

    files = [
        file(path, MB)
        for path in ("usr/bin/git", "usr/bin/perl", "usr/share/perl/a.pm", "usr/bin/perl-base")
    ]
    needs_perl = package("deb", "exiftool", "usr/bin/exiftool", requires=("perl",))

    assert titles(*files, packages=debs()) == [
        "build tools (`git`, `perl` and `perl-modules-5.36`)"
    ]
    assert titles(*files, packages=debs(needs_perl)) == ["build tools (`git`)"]
    assert titles(*files, packages=debs()[1:]) == []


def test_tools_for_development_are_told_unless_something_needs_them() -> None:
    def wheels(*others: Package) -> tuple[Package, ...]:
        return (
            package("pypi", "pytest", "lib/pytest.py"),
            package("pypi", "pytest_cov", "lib/cov.py", requires=("coverage", "pytest")),
            package("pypi", "coverage", "lib/coverage.py"),
            package("pypi", "ruff", "bin/ruff"),
            *others,
        )

    files = [file(path, MB) for path in ("lib/pytest.py", "lib/cov.py", "lib/coverage.py")]
    needs_pytest = package("pypi", "ours", "lib/ours.py", requires=("pytest",))

    assert titles(*files, packages=wheels()) == [
        "tools for development (`pytest`, `pytest_cov` and `coverage`)"
    ]
    assert titles(*files, packages=wheels(needs_pytest)) == [
        "tools for development (`pytest_cov` and `coverage`)"
    ]


def test_drivers_for_graphics_come_with_a_compiler() -> None:
    llvm = package("deb", "libllvm15", "usr/lib/libLLVM-15.so.1")
    drivers = package(
        "deb", "libgl1-mesa-dri", "usr/lib/dri/swrast_dri.so", requires=("libllvm15",)
    )
    postgres = package("deb", "postgresql-15", "usr/bin/postgres", requires=("libllvm15",))
    files = [file("usr/lib/libLLVM-15.so.1", 9 * MB), file("usr/lib/dri/swrast_dri.so", 2 * MB)]

    assert titles(*files, packages=(drivers, llvm)) == [
        "Mesa's drivers for graphics (`libllvm15` and `libgl1-mesa-dri`)"
    ]
    assert titles(*files, packages=(drivers, llvm, postgres)) == [
        "Mesa's drivers for graphics (`libgl1-mesa-dri`)"
    ]
    assert titles(*files, packages=(llvm, postgres)) == []


def test_names_that_an_image_makes_up_do_no_harm() -> None:
    assert titles(file("x", MB), packages=(package("deb", "gcc-`\x1b[2J", "x", path="var/y"),)) == [
        "build tools (`gcc-\N{REPLACEMENT CHARACTER}\N{REPLACEMENT CHARACTER}[2J`)"
    ]


# Copies.


def test_a_tree_that_is_there_twice_is_told_as_one() -> None:
    found = waste(
        [file("opt/venv/lib/a.so", 3 * MB, same="a"), file("opt/venv/b.py", 1 * MB, same="b")],
        [file("app/.venv/lib/a.so", 3 * MB, same="a"), file("app/.venv/b.py", 1 * MB, same="b")],
    )

    assert found == (
        Waste(
            practice="duplicate-files-in-image",
            title="files that are in `/opt/venv` too",
            size=4 * MB,
            layer=1,
            paths=(("app/.venv", 4 * MB),),
            count=2,
            advice="keep one of them, and have links lead to it",
            certain=False,
        ),
    )


def test_a_single_copy_is_told_of_with_its_original() -> None:
    assert titles(file("app/a.bin", 3 * MB, same="a"), file("app/b.bin", 3 * MB, same="a")) == [
        "content of `/app/a.bin` again"
    ]


def test_small_copies_are_told_together() -> None:
    found = waste(
        [
            *(file(f"a{at}/x", 90_000, same="x") for at in range(3)),
            file("small/a", 4096, same="s"),
            file("small/b", 4096, same="s"),
        ]
    )

    assert [(it.title, it.size, it.paths, it.count) for it in found] == [
        (
            "files that are elsewhere in the image too",
            180_000,
            (("a1/x", 90_000), ("a2/x", 90_000)),
            2,
        )
    ]


def test_copies_that_packages_have_of_their_own_are_not_told() -> None:
    debs = [package("deb", name, f"usr/share/doc/{name}/copyright") for name in ("a", "b")]
    wheels = [
        package("pypi", "torch", "lib/torch/_C.pyi", "lib/torch/_VF.pyi", path="lib/torch.json"),
        package("pypi", "numpy", "lib/numpy.libs/blas.so", path="lib/numpy.json"),
        package("pypi", "scipy", "lib/scipy.libs/blas.so", path="lib/scipy.json"),
    ]

    assert titles(
        *(file(f"usr/share/doc/{name}/copyright", MB, same="licence") for name in "ab"),
        *(file(f"lib/torch/{name}.pyi", MB, same="stub") for name in ("_C", "_VF")),
        *(file(f"lib/{name}.libs/blas.so", 2 * MB, same="blas") for name in ("numpy", "scipy")),
        file("app/a.pyi", 2 * MB, same="own"),
        file("app/b.pyi", 2 * MB, same="own"),
        packages=(*debs, *wheels),
    ) == ["content of `/app/a.pyi` again", "files that are in `/lib/numpy.libs` too"]


def test_the_original_is_that_of_a_package() -> None:
    torch = package("pypi", "torch", "lib/torch/a.so", path="lib/torch.json")

    assert titles(
        file("app/a.so", 2 * MB, same="a"),
        file("lib/torch/a.so", 2 * MB, same="a"),
        packages=(torch,),
    ) == ["files that are in `/lib/torch` too"]


def test_links_are_no_copies() -> None:
    assert (
        waste([file("a", 9 * MB), hardlink("b", "a"), symlink("c", "a")], [hardlink("d", "a")])
        == ()
    )


def test_a_copy_in_a_cache_is_of_the_cache_only() -> None:
    assert titles(
        file("tmp/model.onnx", 9 * MB, same="m"), file("app/model.onnx", 9 * MB, same="m")
    ) == ["temporary files"]


# CUDA's libraries.

TOOLKIT = "usr/local/cuda-12.4/targets/x86_64-linux/lib"


def test_libraries_of_the_system_beside_those_of_wheels() -> None:
    found = waste(
        [
            file(f"{TOOLKIT}/libcublas.so.12.4.5.8", 100 * MB),
            file(f"{TOOLKIT}/libcudnn.so.8.9", 50 * MB),
            file(f"{TOOLKIT}/libnpps.so.12", 7 * MB),
            file(f"{TOOLKIT}/stubs/libcublas.so", 20_000),
            symlink(f"{TOOLKIT}/libcublas.so", "libcublas.so.12.4.5.8"),
        ],
        [
            file(f"{SITE}/nvidia/cublas/lib/libcublas.so.12", 101 * MB),
            file(f"{SITE}/nvidia/cudnn/lib/libcudnn.so.9", 52 * MB),
        ],
    )

    assert found == (
        Waste(
            practice="cuda-twice-in-image",
            title="CUDA libraries of the system beside those of wheels, which the wheels load",
            size=150 * MB,
            layer=0,
            paths=(
                (f"{TOOLKIT}/libcublas.so.12.4.5.8", 100 * MB),
                (f"{TOOLKIT}/libcudnn.so.8.9", 50 * MB),
            ),
            count=2,
            advice=(
                "take a base without CUDA: only the driver is needed, which the host has (cuda-twice)"
            ),
            certain=False,
        ),
    )


def test_a_search_path_and_users_of_the_system_are_named() -> None:
    found = waste(
        [
            symlink("usr/local/cuda", "cuda-12.4"),
            symlink("usr/local/cuda-12.4/lib64", "targets/x86_64-linux/lib"),
            file(f"{TOOLKIT}/libcublas.so.12.4.5.8", 100 * MB),
            file(f"{SITE}/nvidia/cublas/lib/libcublas.so.12", 101 * MB),
        ],
        packages=(package("pypi", "onnxruntime-gpu"),),
        environment={"LD_LIBRARY_PATH": "/usr/local/nvidia/lib:/usr/local/cuda/lib64"},
    )

    advice = (
        "have `onnxruntime-gpu` load those of the wheels, and take a base without CUDA (cuda-twice);"
        " `LD_LIBRARY_PATH` names `/usr/local/cuda/lib64`, so that some of these may be loaded"
        " instead: take it out (library-path-hides-wheels)"
    )
    assert [it.advice for it in found] == [advice]


def test_wheels_that_bring_the_same_library() -> None:
    found = waste(
        [
            file(f"{SITE}/nvidia/cuda_runtime/lib/libcudart.so.12", 700_000),
            file(f"{SITE}/torch/lib/libcudart-9335f6a2.so.12", 710_000),
            file(f"{SITE}/other.libs/libcudart.so.11.0", 720_000),
        ]
    )

    assert [(it.title, it.size, it.paths) for it in found] == [
        (
            "CUDA libraries that several wheels bring",
            710_000,
            ((f"{SITE}/torch/lib/libcudart-9335f6a2.so.12", 710_000),),
        )
    ]


def test_one_place_of_libraries_is_no_copy() -> None:
    assert (
        waste(
            [
                file(f"{TOOLKIT}/libcublas.so.12.4", 100 * MB),
                file("usr/lib/x86_64-linux-gnu/libcudnn.so.9", 50 * MB),
            ]
        )
        == ()
    )


def test_every_practice_of_the_table_is_one() -> None:
    table = Path(boxwright.scan.waste.__file__).with_name("waste.toml").read_text("utf-8")

    assert {row["practice"] for row in tomllib.loads(table)["kind"]} <= set(PRACTICES)
