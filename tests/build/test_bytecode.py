"""Byte code made by an interpreter of its own: here the one that runs the tests."""

from __future__ import annotations

import gzip
import importlib.util
import io
import marshal
import random
import sys
import tarfile
import types
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from boxwright.build.compiler import bytecode_path, compile_files
from boxwright.build.interpreter import Compiler, Interpreter
from boxwright.build.wheels import WheelFile, bytecode_layers, wheel_layers
from boxwright.errors import BuildError
from boxwright.image.image import Layer
from boxwright.oci.digest import digest_of
from boxwright.plan.model import LayerPlan
from boxwright.progress import Silent
from boxwright.store.cache import Cache
from boxwright.wheel.filename import parse_wheel_filename

if TYPE_CHECKING:
    from tests.conftest import MakeWheel

PYTHON = f"{sys.version_info.major}.{sys.version_info.minor}"
TAG = f"cpython-{PYTHON.replace('.', '')}"
SITE = f"opt/venv/lib/python{PYTHON}/site-packages"
INTERPRETER = Interpreter(
    argv=(sys.executable, "-I", "-S", "-B"), env=(), python=PYTHON, digest=digest_of(b"this one")
)
ABSENT = replace(INTERPRETER, argv=("/nowhere/python",))
"""Equal to INTERPRETER as far as caches know, but nothing can be compiled by it."""


def wheel_file(path: Path) -> WheelFile:
    name = parse_wheel_filename(path.name)
    content = path.read_bytes()
    return WheelFile(
        name=name.name,
        version=name.version,
        path=path,
        digest=digest_of(content),
        size=len(content),
    )


def layers_of(
    paths: Sequence[Path], cache: Cache, interpreter: Interpreter = INTERPRETER
) -> list[Layer]:
    """Return the layers of the wheels *paths*, without that of the empty environment."""
    return wheel_layers(
        [wheel_file(path) for path in paths],
        python=PYTHON,
        policy=LayerPlan(own_layer_from=5_000),
        compiler=Compiler(PYTHON, interpreter.digest, lambda: interpreter),
        cache=cache,
        workers=2,
        progress=Silent(),
    )[1:]


def files_of(layer: Layer) -> dict[str, bytes]:
    with layer.blob.open() as blob, gzip.open(blob) as stream:
        content = io.BytesIO(stream.read())
    with tarfile.open(fileobj=content) as archive:
        opened = (
            (member.name, archive.extractfile(member)) for member in archive if member.isreg()
        )
        return {name: file.read() for name, file in opened if file is not None}


def code_of(content: bytes) -> types.CodeType:
    """Return the code in a .pyc, which must be one with an unchecked hash."""
    assert content[:4] == importlib.util.MAGIC_NUMBER
    assert content[4:8] == b"\x01\x00\x00\x00"
    code = marshal.loads(content[16:])  # noqa: S302 (made by this test)
    assert isinstance(code, types.CodeType)
    return code


def test_byte_code_layers_stand_above_all_wheel_layers_in_the_same_order(
    make_wheel: MakeWheel, cache: Cache
) -> None:
    data = random.Random(0).randbytes(9_000)  # noqa: S311 (no secret)
    wheels = [
        make_wheel({"one.py": b"1\n"}, name="one"),
        make_wheel({"large.py": b"x = 1\n", "large.bin": data}, name="large"),
        make_wheel({"no_module.txt": b""}, name="other"),
    ]

    found = layers_of(wheels, cache)

    assert [layer.created_by for layer in found] == [
        "large 1.0",
        "one 1.0, other 1.0",
        "byte code of large 1.0",
        "byte code of one 1.0, other 1.0",
    ]


def test_byte_code_names_the_source_as_it_is_in_the_image(
    make_wheel: MakeWheel, cache: Cache
) -> None:
    _, layer = layers_of([make_wheel({"demo/mod.py": b"def f():\n    return 1\n"})], cache)

    (pyc,) = files_of(layer).items()

    assert pyc[0] == f"{SITE}/demo/__pycache__/mod.{TAG}.pyc"
    assert code_of(pyc[1]).co_filename == f"/{SITE}/demo/mod.py"
    assert pyc[1][8:16] == importlib.util.source_hash(b"def f():\n    return 1\n")


def test_only_modules_in_site_packages_that_compile_have_byte_code(
    make_wheel: MakeWheel, cache: Cache
) -> None:
    wheel = make_wheel(
        {
            "good.py": b"\xef\xbb\xbfx = 1\n",
            "python2.py": b"print 'hello'\n",
            "latin.py": b"# coding: latin-1\nx = '\xe9'\n",
            "no_utf8.py": b"x = '\xe9'\n",
            "zeros.py": b"x = '\0'\n",
            "deep.py": b"(" * 5000,
            "template.py.txt": b"x",
            "demo-1.0.data/scripts/tool.py": b"#!python\n",
        }
    )

    _, layer = layers_of([wheel], cache)

    assert sorted(files_of(layer)) == [
        f"{SITE}/__pycache__/good.{TAG}.pyc",
        f"{SITE}/__pycache__/latin.{TAG}.pyc",
    ]


def test_wheels_without_modules_have_no_byte_code_layer(
    make_wheel: MakeWheel, cache: Cache
) -> None:
    wheel = make_wheel({"lib.so": b"1"})

    assert [layer.created_by for layer in layers_of([wheel], cache)] == ["demo 1.0"]
    assert [layer.created_by for layer in layers_of([wheel], cache, ABSENT)] == ["demo 1.0"]


def test_a_shared_module_is_compiled_for_one_wheel(make_wheel: MakeWheel, cache: Cache) -> None:
    wheels = [
        make_wheel({"shared/__init__.py": b"", f"shared/{name}.py": b"1"}, name=name)
        for name in ("one", "two")
    ]

    _, layer = layers_of(wheels, cache)

    assert [path.rpartition("/")[2].partition(".")[0] for path in files_of(layer)] == [
        "__init__",
        "one",
        "two",
    ]


def test_what_was_compiled_before_is_not_compiled_again(
    make_wheel: MakeWheel, cache: Cache
) -> None:
    one, two = (make_wheel({f"{name}.py": b"1\n"}, name=name) for name in ("one", "two"))
    first = layers_of([one, two], cache)

    assert layers_of([one, two], cache, ABSENT) == [replace(layer, reused=True) for layer in first]
    # Another grouping needs another layer, but no other byte code.
    _, alone = layers_of([two], cache, ABSENT)
    assert list(files_of(alone)) == [f"{SITE}/__pycache__/two.{TAG}.pyc"]


def test_only_what_is_asked_for_is_compiled(make_wheel: MakeWheel, cache: Cache) -> None:
    wheels = [
        wheel_file(make_wheel({f"{name}/a.py": b"1\n", f"{name}/b.py": b"2\n"}, name=name))
        for name in ("one", "two")
    ]

    layers = bytecode_layers(
        wheels,
        python=PYTHON,
        policy=LayerPlan(bytecode="imported"),
        compiler=Compiler(PYTHON, INTERPRETER.digest, lambda: INTERPRETER),
        cache=cache,
        workers=1,
        progress=Silent(),
        only=frozenset({f"/{SITE}/one/b.py", "/usr/lib/python3/json.py"}),
    )

    (layer,) = layers
    assert list(files_of(layer)) == [f"{SITE}/one/__pycache__/b.{TAG}.pyc"]


@pytest.mark.parametrize(
    ("program", "why"),
    [
        ("import sys; sys.exit('no memory')", "no memory"),
        ("print('x' * 100)", "it answered something else"),
        ("import os; os.kill(os.getpid(), 9)", "status -9"),
    ],
)
def test_an_interpreter_that_fails_is_an_error_with_a_hint(
    make_wheel: MakeWheel, cache: Cache, program: str, why: str
) -> None:
    failing = replace(INTERPRETER, argv=(sys.executable, "-c", program))

    with pytest.raises(BuildError) as caught:
        layers_of([make_wheel({"demo.py": b""})], cache, failing)

    assert caught.value.message == f"the image's interpreter failed at making byte code: {why}"
    assert 'bytecode = "none"' in caught.value.hint


def test_an_interpreter_that_cannot_be_started_is_an_error_with_a_hint(
    make_wheel: MakeWheel, cache: Cache
) -> None:
    with pytest.raises(BuildError) as caught:
        layers_of([make_wheel({"demo.py": b""})], cache, ABSENT)

    assert caught.value.message == (
        "the image's interpreter cannot be started: No such file or directory"
    )


def test_files_of_a_folder_are_compiled_under_their_name_in_the_image(tmp_path: Path) -> None:
    (tmp_path / "pkg").mkdir()
    (tmp_path / "main.py").write_text("x = 1\n")
    (tmp_path / "pkg" / "broken.py").write_text("x =\n")
    (tmp_path / "pkg" / "part.py").write_text("y = 2\n")

    found = dict(
        compile_files(INTERPRETER, tmp_path, "/app/", ["pkg/part.py", "main.py", "pkg/broken.py"])
    )

    assert list(found) == [f"app/__pycache__/main.{TAG}.pyc", f"app/pkg/__pycache__/part.{TAG}.pyc"]
    assert code_of(found[f"app/pkg/__pycache__/part.{TAG}.pyc"]).co_filename == "/app/pkg/part.py"


def test_nothing_is_started_for_no_files(tmp_path: Path) -> None:
    assert list(compile_files(ABSENT, tmp_path, "/app/", [])) == []


def test_byte_code_lies_where_the_import_system_looks_for_it() -> None:
    source = f"/{SITE}/demo/mod.py"

    assert f"/{bytecode_path(source, PYTHON)}" == importlib.util.cache_from_source(source)
