"""
Byte code that another processor makes is what this one makes, byte by byte.

The other processor is emulated by qemu's user mode (Debian's `qemu-user-static`).
"""

from __future__ import annotations

import os
import random
import shutil
from dataclasses import dataclass
from pathlib import Path

import pytest

from boxwright.build.base import _Base
from boxwright.build.compiler import compile_files
from boxwright.build.interpreter import Interpreter, interpreter_digest
from boxwright.debian.suite import find_suite, loader, own_architecture, triplet
from boxwright.lock.debian import lock_base
from boxwright.lock.model import PlatformLock
from boxwright.lock.sources import Sources
from boxwright.plan.model import BasePlan
from boxwright.progress import Silent
from boxwright.settings import Settings
from boxwright.store.cache import Cache

pytestmark = [pytest.mark.network, pytest.mark.oracle, pytest.mark.slow]

EMULATORS = {"arm64": "qemu-aarch64", "amd64": "qemu-x86_64"}
FOREIGN = {"amd64": "arm64", "arm64": "amd64"}
PACKAGES = ("asyncio", "email", "encodings", "importlib", "json", "unittest")
"""Of the standard library; all of it takes minutes to compile by an emulated processor."""


@dataclass(frozen=True, kw_only=True)
class Python:
    """An interpreter, and the base that it is in."""

    interpreter: Interpreter
    root: Path


def python(suite: str, architecture: str, cache: Cache, folder: Path) -> Python:
    sources = Sources(settings=Settings(), folder=folder, environ=os.environ)
    debs = lock_base(
        BasePlan(suites=(suite,), variant="distroless"),
        suite,
        architecture,
        mirrors=sources.mirrors,
        transport=sources.transport,
        cache=cache,
        settings=sources.settings,
        progress=Silent(),
    )
    lock = PlatformLock(
        platform=f"linux/{architecture}",
        suite=suite,
        variant="distroless",
        python=find_suite(suite).python,
        debs=debs,
        wheels=(),
    )
    root = (
        _Base(
            lock=lock,
            mirrors=sources.mirrors,
            transport=sources.transport,
            cache=cache,
            progress=Silent(),
        )
        .unpacked()
        .root
    )
    libraries = root / "usr/lib" / triplet(architecture)
    interpreter = Interpreter(
        argv=(
            *([] if architecture == own_architecture() else [emulator(architecture)]),
            str(libraries / loader(architecture)),
            "--inhibit-cache", "--library-path", str(libraries),
            str(root / f"usr/bin/python{lock.python}"), "-I", "-S", "-B", "-X", "utf8",
        ),
        env=(("LC_ALL", "C.UTF-8"),),
        python=lock.python,
        digest=interpreter_digest(lock),
    )  # fmt: skip
    return Python(interpreter=interpreter, root=root)


def emulator(architecture: str) -> str:
    names = (f"{EMULATORS[architecture]}-static", EMULATORS[architecture])
    found = next(filter(None, map(shutil.which, names)), None)
    return found or pytest.skip(f"no program `{names[0]}`")


@pytest.fixture(scope="module", params=["trixie", "bookworm"])
def pythons(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> tuple[Python, Python]:
    """The Python of a suite for this machine, and for the other one."""
    own = own_architecture() or pytest.skip("no Linux")
    emulator(FOREIGN[own])
    folder = tmp_path_factory.mktemp("pythons")
    cache = Cache(folder / "cache")
    first, second = (python(request.param, one, cache, folder) for one in (own, FOREIGN[own]))
    return first, second


def test_they_are_one_python_to_us(pythons: tuple[Python, Python]) -> None:
    own, foreign = pythons

    assert own.interpreter.digest == foreign.interpreter.digest


def test_the_standard_library_is_the_same(pythons: tuple[Python, Python]) -> None:
    own, foreign = pythons
    library = foreign.root / "usr/lib" / f"python{own.interpreter.python}"
    names = [*PACKAGES, "_pydecimal.py", "typing.py", "statistics.py", "random.py"]
    paths = [
        str(path.relative_to(foreign.root))
        for name in names
        for path in ([library / name] if name.endswith(".py") else (library / name).rglob("*.py"))
    ]

    made = [dict(compile_files(it.interpreter, foreign.root, "/", paths)) for it in pythons]

    assert len(made[0]) == len(paths) > 150
    assert made[0] == made[1]


def test_so_are_constants_that_the_compiler_computes(
    pythons: tuple[Python, Python], tmp_path: Path
) -> None:
    drawn = random.Random(1)  # noqa: S311

    def number() -> str:
        return repr(drawn.uniform(-9, 9))

    lines = [
        *(f"10 ** {exponent / 7!r}" for exponent in range(-200, 200)),
        *(f"({number()}) ** {drawn.uniform(-20, 20)!r}" for _ in range(300)),
        *(f"({number()} + {number()}j) * ({number()} + {number()}j)" for _ in range(300)),
        *(f"({number()} + {number()}j) / ({number()} + {number()}j)" for _ in range(300)),
        *(f"{number()} * {number()} / {number()} % 3.7 // 0.3 + {number()}" for _ in range(300)),
        "1e999 - 1e999", "-(1e999 - 1e999)", "1e999 * 0", "1e999j * 0", "(1e999 * 0, 1)",
    ]  # fmt: skip
    text = "".join(f"a{at} = {line}\n" for at, line in enumerate(lines))
    (tmp_path / "folded.py").write_text(text)

    own, foreign = (
        dict(compile_files(it.interpreter, tmp_path, "/app/", ["folded.py"])) for it in pythons
    )

    assert own == foreign
