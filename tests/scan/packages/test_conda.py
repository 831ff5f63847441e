"""Packages of conda."""

import pytest
from tests.scan.packages.trees import CONDA, inventory

from boxwright.scan.packages.package import OwnedFile, Package


def test_packages_are_read_with_all_that_is_known_of_them() -> None:
    found = inventory(CONDA)

    assert [package for package in found.packages if package.type == "conda"] == [
        Package(
            type="conda",
            name="numpy",
            version="1.26.4",
            path="opt/conda/conda-meta/numpy-1.26.4-py311h64a7726_0.json",
            architecture="linux-64",
            licences=("BSD-3-Clause",),
            requires=("libblas", "python"),
            installer="conda",
            build="py311h64a7726_0",
            channel="conda-forge",
            digest="sha256:3f4365e11b28e244c95ba8579942b0802761ba7bb31c026f50d1a9ea9c728149",
            files=(
                OwnedFile(
                    "opt/conda/lib/python3.11/site-packages/numpy/__init__.py",
                    f"sha256:{'ab' * 32}",
                ),
                OwnedFile(
                    "opt/conda/lib/python3.11/site-packages/numpy-1.26.4.dist-info/METADATA",
                    f"sha256:{'cd' * 32}",
                ),
            ),
        ),
        Package(
            type="conda",
            name="python",
            version="3.11.9",
            path="opt/conda/conda-meta/python-3.11.9-hab00c5b_0_cpython.json",
            architecture="linux-64",
            licences=("Python-2.0",),
            requires=("libzlib", "tzdata"),
            installer="conda",
            build="hab00c5b_0_cpython",
            channel="conda-forge",
            files=(
                OwnedFile("opt/conda/bin/python3.11"),
                OwnedFile("opt/conda/include/python3.11/patchlevel.h"),
            ),
        ),
        # Its channel is opened by a token, which stays in the image.
        Package(
            type="conda",
            name="tzdata",
            version="2024a",
            path="opt/conda/envs/ml/conda-meta/tzdata-2024a-h0c530f3_0.json",
            architecture="noarch",
            licences=("LicenseRef-Public-Domain",),
            installer="conda",
            build="h0c530f3_0",
            channel="mirror",
        ),
    ]


def test_distributions_that_conda_brought_are_told_from_those_of_pip() -> None:
    found = inventory(CONDA)

    assert [(p.name, p.installer) for p in found.packages if p.type == "pypi"] == [
        ("numpy", "conda"),
        ("rich", "pip"),
    ]


@pytest.mark.parametrize(
    ("content", "clause"),
    [
        ("{", "is no JSON that describes a package"),
        ("[]", "is no JSON that describes a package"),
        ("[" * 100_000, "is no JSON that describes a package"),
        ('{"name": 1}', "names no package"),
        ('{"name": "a b", "version": "1"}', "names no package"),
    ],
)
def test_a_broken_document_is_told_of(content, clause) -> None:
    path = "opt/conda/conda-meta/a-1-0.json"

    found = inventory({path: content})

    assert (found.packages, found.unread) == ((), (f"`{path}` {clause}",))


def test_members_of_other_types_are_passed_over() -> None:
    path = "opt/conda/conda-meta/a-1-0.json"

    found = inventory(
        {
            path: '{"name": "a", "version": 1, "depends": [1, "b >=2", "__cuda"], "license": [],'
            ' "paths_data": {"paths": [1, {"_path": 2}, {"_path": "x", "sha256": 3}]}}'
        }
    )

    assert found.packages == (
        Package(
            type="conda",
            name="a",
            version="",
            path=path,
            requires=("b",),
            installer="conda",
            files=(OwnedFile("opt/conda/x"),),
        ),
    )
    assert found.unread == (f"`{path}`: `a` has no version",)
