"""What goes into the image: not what no service needs, and never what may be secret."""

from __future__ import annotations

import pytest

from boxwright.project.detectors.application_files import (
    ApplicationFiles,
    find_application_files,
    read_dockerignore,
)
from boxwright.project.tree import MemoryTree
from boxwright.settings import Settings


def sort(tree: MemoryTree, settings: Settings | None = None) -> ApplicationFiles:
    return find_application_files(
        tree, settings or Settings(source="boxwright.toml"), read_dockerignore(tree)
    )


def files(*paths: str, **settings: tuple[str, ...]) -> tuple[str, ...]:
    tree = MemoryTree(dict.fromkeys(paths, b""))
    return sort(tree, Settings(source="boxwright.toml", **settings)).files  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "path",
    [
        ".env", ".env.production", "prod.env", "deep/down/server.key", "cert.pem", "id_rsa", ".aws/config",
        ".streamlit/secrets.toml", "service-account-prod.json", ".gitignore", "tests/test_a.py", "test_a.py",
        "docs/index.md", "README.md", "notebooks/a.py", "explore.ipynb", "Dockerfile", "compose.yaml",
        "uv.lock", "requirements-dev.txt", "boxwright.lock", "dist/x.tar.gz", "pkg.egg-info/PKG-INFO",
        ".vscode/settings.json", "Makefile", "mlruns/0/meta.yaml", "wandb/run", "a.pyc", ".DS_Store",
        "app.log", "venv/x.py", ".github/workflows/ci.yml", "conftest.py",
    ],
)  # fmt: skip
def test_left_out_by_default(path: str) -> None:
    assert files(path, "main.py") == ("main.py",)


@pytest.mark.parametrize(
    "path",
    [
        "app/tests_of_hypotheses.py", "app/docs/page.html", "templates/index.html", "static/site.css",
        "config/settings.yaml", "LICENSE", "prompts/README.md", "app/build/steps.py", "labels.json",
        ".streamlit/config.toml", "app/env/linux.py", "data/labels.csv", "locale/de/messages.po",
    ],
)  # fmt: skip
def test_kept_by_default(path: str) -> None:
    assert files(path) == (path,)


def test_include_brings_back_and_exclude_takes_out_again() -> None:
    found = files(
        "docs/a.md", "docs/b.md", "main.py", include=("docs",), exclude=("docs/b.md",)
    )  # fmt: skip

    assert found == ("docs/a.md", "main.py")


def test_nothing_of_dockerignore_comes_in_even_if_included() -> None:
    tree = MemoryTree({".dockerignore": b"private\n", "private/x": b"", "main.py": b""})

    found = sort(tree, Settings(include=("private",)))

    assert found.files == ("main.py",)


def test_models_are_apart_with_what_lies_beside_them() -> None:
    found = sort(
        MemoryTree(
            {
                "main.py": b"",
                "model/weights.safetensors": b"",
                "model/tokenizer.json": b"{}",
                "app/model.onnx": b"",
                "app/net.py": b"",
                "app/big.pkl": b"",
                "app/small.pkl": b"x",
            },
            sizes={"app/big.pkl": 200_000},
        )
    )

    assert found.files == ("app/net.py", "app/small.pkl", "main.py")
    assert found.models == (
        "app/big.pkl", "app/model.onnx", "model/tokenizer.json", "model/weights.safetensors",
    )  # fmt: skip


def test_large_data_is_left_out_and_named_with_the_way_back() -> None:
    tree = MemoryTree(
        {"main.py": b"", "data/a.csv": b"", "data/b.csv": b"", "data/load.py": b"", "all.parquet": b""},
        sizes={"data/a.csv": 9_000_000, "data/b.csv": 2_000_000, "all.parquet": 60_000_000},
    )  # fmt: skip

    found = sort(tree)

    assert found.files == ("data/load.py", "main.py")
    assert [remark.text for remark in found.remarks] == [
        "`data/` is data (2 files, 11.0 MB) and is left out",
        "`all.parquet` is data (60.0 MB) and is left out",
    ]
    assert 'add "data" to `include`' in found.remarks[0].hint
    brought_back = sort(tree, Settings(include=("data", "all.parquet")))
    assert brought_back.files == (
        "all.parquet", "data/a.csv", "data/b.csv", "data/load.py", "main.py",
    )  # fmt: skip


def test_links_that_lead_out_are_left_out_and_reported() -> None:
    tree = MemoryTree(
        {"a/real.py": b""},
        links={"in.py": "a/real.py", "a/up.py": "../in.py", "out": "../x", "root": "/etc/passwd"},
    )

    found = sort(tree)

    assert found.files == ("a/real.py", "a/up.py", "in.py")
    assert [remark.text for remark in found.remarks] == [
        "the link `out` leads out of the project and is left out",
        "the link `root` leads out of the project and is left out",
    ]


def test_the_output_of_an_earlier_build_does_not_come_in() -> None:
    assert files("main.py", "out/oci-layout", "out/index.json", "out/blobs/sha256/x") == (
        "main.py",
    )
