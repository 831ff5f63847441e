"""What a build is sent."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.practices.builds import context

from boxwright.practices.context import (
    Context,
    Folder,
    Stub,
    heavy_folder,
    is_dataset,
    is_manifest,
    is_secret_file,
    is_weights,
)
from boxwright.project.tree import FolderTree, MemoryTree
from boxwright.text.source import Source


def test_what_is_ignored_is_not_sent() -> None:
    found = context(
        {".dockerignore": "data\n!data/keep.csv\n", "data/a.csv": "1", "data/keep.csv": "22"}
    )
    assert found.paths() == (".dockerignore", "data/keep.csv")
    assert found.all_paths() == (".dockerignore", "data/a.csv", "data/keep.csv")
    assert found.size("data") == 2
    assert found.total_size == 2 + len("data\n!data/keep.csv\n")
    pattern = found.ignored_by("data/a.csv")
    assert pattern is not None
    assert (pattern.text, pattern.line) == ("data", 1)


def test_the_ignore_file_of_a_dockerfile_comes_before_that_of_the_context() -> None:
    files = {
        ".dockerignore": "a",
        "docker/api.Dockerfile": "",
        "docker/api.Dockerfile.dockerignore": "b",
        "a": "",
        "b": "",
    }
    assert context(files, dockerfile="docker/api.Dockerfile").ignore_path == (
        "docker/api.Dockerfile.dockerignore"
    )
    assert context(files, dockerfile="Dockerfile").ignore_path == ".dockerignore"
    assert context({"a": ""}).ignore_path == ""
    own = Context(MemoryTree({"a": b"", "b": b""}), own_ignore=Source("x.dockerignore", "a"))
    assert (own.ignore_path, own.paths()) == ("x.dockerignore", ("b",))


def test_a_pattern_that_is_none_ignores_nothing() -> None:
    assert context({".dockerignore": "[", "a": ""}).paths() == (".dockerignore", "a")


FILES = {
    "app/main.py": "",
    "app/lib/x.py": "",
    "app/lib/x.txt": "",
    "requirements.txt": "",
    "requirements-dev.txt": "",
    "data[1].csv": "",
}


@pytest.mark.parametrize(
    ("pattern", "taken"),
    [
        ("requirements.txt", ("requirements.txt",)),
        ("/requirements.txt", ("requirements.txt",)),
        ("../requirements.txt", ("requirements.txt",)),
        ("app", ("app/lib/x.py", "app/lib/x.txt", "app/main.py")),
        ("./app/", ("app/lib/x.py", "app/lib/x.txt", "app/main.py")),
        ("req*.txt", ("requirements-dev.txt", "requirements.txt")),
        ("req*", ("requirements-dev.txt", "requirements.txt")),
        ("*/main.py", ("app/main.py",)),
        ("*/*/x.??", ("app/lib/x.py",)),
        ("a[a-z]p/m*", ("app/main.py",)),
        ("data\\[1\\].csv", ("data[1].csv",)),
        ("data[[]1].csv", ("data[1].csv",)),
        ("missing*", ()),
        ("missing", ()),
        ("[", ()),
        ("**/x.py", ()),
    ],
)
def test_a_copy_takes_what_buildkit_takes(pattern: str, taken: tuple[str, ...]) -> None:
    assert tuple(sorted(context(FILES).matches(pattern))) == taken


def test_a_copy_of_everything_takes_everything_that_is_sent() -> None:
    found = context({**FILES, ".dockerignore": "app/lib"})
    assert found.matches(".") == found.paths()
    assert set(found.matches(".", ignored=True)) - set(found.matches(".")) == {
        "app/lib/x.py", "app/lib/x.txt",
    }  # fmt: skip


def test_what_is_excluded_is_not_taken() -> None:
    found = context(FILES)
    assert found.matches("app", excludes=("**/*.txt", "main.py")) == ("app/lib/x.py",)
    assert found.matches("req*", excludes=("*-dev.txt",)) == ("requirements.txt",)


def test_two_stars_reach_through_folders_with_parents_only() -> None:
    assert context(FILES).matches("**/*.py", parents=True) == ("app/main.py", "app/lib/x.py")


def test_a_file_that_is_there_but_ignored_is_not_missing() -> None:
    found = context({".dockerignore": "*.bin", "model.bin": ""})
    assert (found.exists("model.bin"), found.is_sent("model.bin")) == (True, False)
    assert found.sources("model.bin") == ("model.bin",)
    assert found.matches("model.bin") == ()
    assert not found.exists("model.pt")


def test_links_and_paths_may_lead_out_of_the_context() -> None:
    found = context({"a": ""}, links={"x/in": "../a", "x/out": "../../a", "abs": "/etc/passwd"})
    assert [found.link_leaves(path) for path in ("a", "x/in", "x/out", "abs")] == [
        False, False, True, True,
    ]  # fmt: skip
    assert [found.leaves(path) for path in ("../a", "a/../..", "a/..", "..a", "/../a")] == [
        True, True, False, False, True,
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("path", "size", "dataset", "weights"),
    [
        ("train.parquet", 10, True, False),
        ("train.csv", 10, False, False),
        ("train.csv", 5_000_000, True, False),
        ("model.safetensors", 10, False, True),
        ("model.PT", 10, False, True),
        ("model.pkl", 10, False, False),
        ("model.bin", 200_000, False, True),
        ("app.py", 5_000_000, False, False),
        ("README", 5_000_000, False, False),
    ],
)
def test_files_are_data_or_weights_by_suffix_and_size(
    path: str, size: int, dataset: bool, weights: bool
) -> None:
    assert (is_dataset(path, size), is_weights(path, size)) == (dataset, weights)


@pytest.mark.parametrize(
    "path",
    [
        ".env", "conf/.env.production", "prod.env", "server.pem", "id_rsa", "kaggle.json",
        "gcp/service-account-prod.json", ".aws/credentials", ".netrc", ".pypirc", ".git-credentials",
        ".ssh/config", "my-credentials.json", "tls.key", ".docker/config.json",
    ],
)  # fmt: skip
def test_a_name_may_say_that_a_file_is_secret(path: str) -> None:
    assert is_secret_file(path)


@pytest.mark.parametrize(
    "path",
    [
        ".env.example", ".env.sample", "env.template", "id_rsa.pub", "config.json", "environment.yml",
        "app.py", "tokenizer.json", "keys.py", "certs/ca.pem", ".envrc.dist", "monkey.txt",
    ],
)  # fmt: skip
def test_examples_and_public_halves_are_no_secrets(path: str) -> None:
    assert not is_secret_file(path)


def test_manifests_are_known_by_name_and_by_folder() -> None:
    paths = [
        "requirements-dev.txt",
        "uv.lock",
        "requirements/base.txt",
        "a/pyproject.toml",
        "notes.txt",
    ]
    assert [is_manifest(path) for path in paths] == [True, True, True, True, False]
    found = context({"pyproject.toml": "", ".venv/x/setup.py": "", "api/uv.lock": ""})
    assert found.manifests == ("api/uv.lock", "pyproject.toml")


def test_heavy_folders_are_told_with_what_they_weigh() -> None:
    found = context(
        {".dockerignore": "node_modules\n", "src/__pycache__/a.pyc": "123", "env2/pyvenv.cfg": ""},
        sizes={
            ".git/objects/pack/p": 40_000_000,
            ".git/HEAD": 20,
            "node_modules/x.js": 5,
            "data/train.parquet": 2_000_000,
            "outputs/run.log": 10,
            ".dvc/cache/files/x": 7,
        },
    )
    assert found.heavy_folders == (
        Folder(".dvc/cache", "copies of the data", 7, 1),
        Folder(".git", "the history of the repository", 40_000_020, 2),
        Folder("data", "a dataset", 2_000_000, 1),
        Folder("env2", "a virtual environment of the host", 0, 1),
        Folder("src/__pycache__", "bytecode", 3, 1),
    )
    assert found.top_sizes[:2] == ((".git", 40_000_020), ("data", 2_000_000))
    assert heavy_folder("wandb") == "records of experiments"
    assert heavy_folder("src") is None


def test_stubs_stand_for_larger_files() -> None:
    found = context(
        {
            "model.pt": "version https://git-lfs.github.com/spec/v1\noid sha256:ab\nsize 132000000\n",
            "data/x.csv.dvc": "outs:\n- md5: ab\n  size: 500\n  path: x.csv\n",
            "real.pt": "weights",
        }
    )
    assert found.stubs == (
        Stub("data/x.csv.dvc", "DVC", 500, "data/x.csv"),
        Stub("model.pt", "Git LFS", 132_000_000),
    )


def test_text_is_read_only_where_it_is_text() -> None:
    tree = MemoryTree({"a.txt": "\ufeffä".encode(), "b.bin": b"\xff\xfe\x00"}, sizes={"c": 10**9})
    found = Context(tree)
    assert [found.read_text(path) for path in ("./a.txt", "b.bin", "c", "d")] == [
        "ä",
        None,
        None,
        None,
    ]


def test_a_folder_on_disk_is_listed_with_all_that_is_sent(tmp_path: Path) -> None:
    for path in (".git/HEAD", "src/__pycache__/a.pyc", "venv/pyvenv.cfg", "src/a.py"):
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text("x")
    (tmp_path / "models").mkdir()
    found = Context(FolderTree(tmp_path, enter_all=True))
    assert found.paths() == (".git/HEAD", "src/__pycache__/a.pyc", "src/a.py", "venv/pyvenv.cfg")
    assert [folder.path for folder in found.heavy_folders] == [".git", "src/__pycache__", "venv"]
    assert (found.exists("models"), found.sources("models"), found.matches("models")) == (
        True, ("models",), (),
    )  # fmt: skip
    assert found.is_complete


def test_a_folder_with_too_many_files_is_not_listed_to_its_end(tmp_path: Path) -> None:
    (tmp_path / "node_modules" / "x").mkdir(parents=True)
    for number in range(30):
        (tmp_path / "node_modules" / "x" / str(number)).touch()
    (tmp_path / "app").mkdir()
    (tmp_path / "app" / "main.py").touch()
    found = Context(FolderTree(tmp_path, enter_all=True, most=20))
    assert (found.paths(), found.is_complete) == (("app/main.py",), False)


def test_a_folder_that_is_not_there_is_an_empty_context(tmp_path: Path) -> None:
    found = Context(FolderTree(tmp_path / "no", enter_all=True))
    assert (found.paths(), found.total_size, found.exists("a")) == ((), 0, False)
