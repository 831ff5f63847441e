"""Pickles that run something when they are loaded, each hidden in another way; none is ever loaded."""

from __future__ import annotations

import io
import pickle
import struct
import zipfile
import zlib

STOP = b"."
MARK = b"("


def text(value: str) -> bytes:
    """Return SHORT_BINUNICODE with *value*."""
    return b"\x8c" + bytes([len(value.encode())]) + value.encode()


def long_text(value: str) -> bytes:
    """Return BINUNICODE with *value*."""
    return b"X" + struct.pack("<I", len(value.encode())) + value.encode()


def imported(module: str, name: str) -> bytes:
    """Return GLOBAL."""
    return f"c{module}\n{name}\n".encode()


def by_stack(module: str, name: str) -> bytes:
    """Return STACK_GLOBAL with its two strings."""
    return text(module) + text(name) + b"\x93"


def called(function: bytes, argument: str = "true") -> bytes:
    """Return *function* called with *argument*."""
    return function + MARK + text(argument) + b"tR"


SYSTEM = called(imported("os", "system"))
HARMLESS = pickle.dumps({"weights": [1.0, 2.0]}, 4)


class Runs:
    """What is pickled as a call."""

    def __reduce__(self) -> tuple[object, tuple[str]]:
        import os

        return os.system, ("true",)


def programs() -> dict[str, bytes]:
    """Return pickles by what they do to be overlooked."""
    found = {f"protocol {n}": pickle.dumps(Runs(), n) for n in range(6)}
    found |= {
        "global": SYSTEM + STOP,
        "posix": called(imported("posix", "system")) + STOP,
        "windows": called(imported("nt", "system")) + STOP,
        "by stack": b"\x80\x04" + called(by_stack("os", "system")) + STOP,
        "by stack without protocol": called(by_stack("os", "system")) + STOP,
        "inst": MARK + text("true") + b"ios\nsystem\n" + STOP,
        "obj": MARK + imported("os", "system") + text("true") + b"o" + STOP,
        "newobj": imported("subprocess", "Popen") + MARK + text("true") + b"t\x81" + STOP,
        "newobj ex": imported("subprocess", "Popen") + text("true") + b"\x85}\x92" + STOP,
        "build": imported("shop", "Net") + b")R}" + text("__setstate__") + imported("os", "system")
        + b"sb" + STOP,
        "names in the memo": text("os") + b"\x94" + text("system") + b"\x940" + b"0"
        + called(b"h\0h\1\x93") + STOP,
        "long names in the memo": long_text("os") + b"q\5" + long_text("system") + b"q\7" + b"00"
        + called(b"h\5h\7\x93") + STOP,
        "far places of the memo": text("os") + b"r" + struct.pack("<I", 70000) + text("system")
        + b"r" + struct.pack("<I", 90000) + b"00"
        + called(b"j" + struct.pack("<I", 70000) + b"j" + struct.pack("<I", 90000) + b"\x93")
        + STOP,
        "text places of the memo": text("os") + b"p10\n" + text("system") + b"p11\n00" + called(b"g10\ng11\n\x93") + STOP,
        "a place of the memo set twice": text("collections") + b"q\1" + text("os") + b"q\1"
        + called(b"h\1" + text("system") + b"\x93") + STOP,
        "memoize after put": text("a") + b"q\0" + text("os") + b"\x94"
        + called(b"h\1" + text("system") + b"\x93") + STOP,
        "popped": called(text("os") + text("junk") + b"0" + text("system") + b"\x93") + STOP,
        "marks popped": called(text("os") + MARK + text("junk") + b"1" + text("system") + b"\x93")
        + STOP,
        "doubled": called(text("os") + b"20" + text("system") + b"\x93") + STOP,
        "a frame that lies": b"\x80\x04\x95" + struct.pack("<Q", 3) + SYSTEM + STOP,
        "a protocol in the middle": b"]\x80\x02" + SYSTEM + STOP,
        "protocol 0 with dots": b"\x80\x04" + called(imported("shutil", "os.system")) + STOP,
        "dots in a harmless module": b"\x80\x04" + called(by_stack("numpy", "f2py.os.system")) + STOP,
        "dots from a class": b"\x80\x04"
        + called(by_stack("collections", "OrderedDict.__init__.__globals__")) + STOP,
        "a module in a module": b"\x80\x04" + by_stack("random", "_os") + STOP,
        "a function in another module": called(imported("platform", "popen")) + STOP,
        "a function re-exported": called(imported("shop.tools", "check_output")) + STOP,
        "escaped text": called(b"V\\u006fs\nV\\u0073ystem\n\x93") + STOP,
        "escaped string": called(b"S'\\x6fs'\nS'syst\\x65m'\n\x93") + STOP,
        "byte strings of python 2": called(b"U\2osU\6system\x93") + STOP,
        "long byte strings of python 2": called(b"T\2\0\0\0osT\6\0\0\0system\x93") + STOP,
        "wide lengths": called(
            b"\x8d" + struct.pack("<Q", 2) + b"os\x8d" + struct.pack("<Q", 6) + b"system\x93"
        ) + STOP,
        "names of python 2": b"\x80\x02" + called(imported("__builtin__", "eval")) + STOP,
        "commands of python 2": b"\x80\x02" + called(imported("commands", "getoutput")) + STOP,
        "names of python 2 as they are": b"\x80\x04" + called(imported("__builtin__", "eval")) + STOP,
        "eval": called(imported("builtins", "eval")) + STOP,
        "exec": called(imported("builtins", "exec")) + STOP,
        "import": called(imported("builtins", "__import__")) + STOP,
        "getattr": imported("builtins", "getattr") + imported("shop", "x") + text("y") + b"\x86R"
        + STOP,
        "open": called(imported("builtins", "open")) + STOP,
        "file": called(imported("io", "FileIO")) + STOP,
        "inner file": called(imported("_io", "open")) + STOP,
        "attrgetter": called(called(imported("operator", "attrgetter"), "system"), "x") + STOP,
        "methodcaller": called(imported("_operator", "methodcaller")) + STOP,
        "runpy": called(imported("runpy", "run_path")) + STOP,
        "importlib": called(imported("importlib", "import_module")) + STOP,
        "pty": called(imported("pty", "spawn")) + STOP,
        "socket": called(imported("socket", "create_connection")) + STOP,
        "browser": called(imported("webbrowser", "open")) + STOP,
        "loops": called(imported("asyncio.unix_events", "_UnixSubprocessTransport._start")) + STOP,
        "profiler": called(imported("cProfile", "run")) + STOP,
        "debugger": called(imported("bdb", "Bdb.run")) + STOP,
        "console": called(imported("code", "InteractiveInterpreter.runcode")) + STOP,
        "timer": called(imported("timeit", "timeit")) + STOP,
        "installer": called(imported("pip", "main")) + STOP,
        "libraries": called(imported("ctypes", "CDLL")) + STOP,
        "numpy's exec": called(imported("numpy.testing._private.utils", "runstring")) + STOP,
        "numpy's load": called(imported("numpy", "load")) + STOP,
        "numpy's import": called(imported("numpy.core", "_ufunc_reconstruct")) + STOP,
        "torch's load": called(imported("torch", "load")) + STOP,
        "torch's hub": called(imported("torch.hub", "load")) + STOP,
        "code objects": called(imported("types", "CodeType")) + STOP,
        "other pickles": called(imported("_pickle", "loads")) + STOP,
        "resolved name": called(imported("pkgutil", "resolve_name")) + STOP,
        "a computed name": text("os") + imported("collections", "Counter") + b")R\x93" + STOP,
        "a name from nowhere": called(b"h\1h\2\x93") + STOP,
        "a call of a result": imported("shop", "make") + b")R)R" + STOP,
        "broken after it": SYSTEM + b"\xff\xfe\xfd",
        "cut off after it": b"\x80\x04\x95" + struct.pack("<Q", 99) + SYSTEM,
        "errors before it": b"0a0\x85" + SYSTEM + STOP,
        "nothing on the stack": b"tdlsube" + SYSTEM + STOP,
        "behind a harmless one": HARMLESS + SYSTEM + STOP,
        "behind many": HARMLESS * 40 + SYSTEM + STOP,
        "in bytes": pickle.dumps({"state": pickle.dumps(Runs(), 4)}, 4),
        "in bytes in bytes": pickle.dumps([pickle.dumps([pickle.dumps(Runs(), 2)])], 5),
        "after a long number": b"\x8b" + struct.pack("<i", 300) + bytes(300) + SYSTEM + STOP,
        "after a long string": b"X" + struct.pack("<I", 99_999) + b"x" * 99_999 + SYSTEM + STOP,
        "after a long line": b"V" + b"x" * 150_000 + b"\n" + SYSTEM + STOP,
        "after a deep stack": b"N" * 250_000 + SYSTEM + STOP,
        "named with a long line": imported("os." * 40_000 + "os", "system") + b")R" + STOP,
    }  # fmt: skip
    return found


def zipped(content: bytes, name: str = "archive/data.pkl", method: int = 0) -> bytes:
    """Return a zip archive with *content* as a member called *name*."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", method) as archive:
        archive.writestr(name, content)
        archive.writestr("archive/version", "3\n")
    return file.getvalue()


def archives() -> dict[str, bytes]:
    """Return zip archives that PyTorch or NumPy would load, each odd in another way."""
    hostile = pickle.dumps(Runs(), 4) + bytes(200)
    plain = zipped(hostile)
    local = plain.index(b"PK\3\4")
    central = plain.index(b"PK\1\2")

    def patched(at: int, value: bytes) -> bytes:
        return plain[:at] + value + plain[at + len(value) :]

    return {
        "as it should be": plain,
        "deflated": zipped(hostile, method=zipfile.ZIP_DEFLATED),
        "packed by bzip2": zipped(hostile, method=zipfile.ZIP_BZIP2),
        "packed by lzma": zipped(hostile, method=zipfile.ZIP_LZMA),
        "another name": zipped(hostile, "weights.txt"),
        "another name in front": patched(local + 30, b"archive/data.txt"),
        "a wrong checksum": patched(local + 14, b"\1\2\3\4"),
        "an encryption flag": patched(local + 6, b"\1\0"),
        "all flags": patched(local + 6, b"\xff\xf7"),
        "a wrong time": patched(local + 10, b"\xff\xff\xff\xff"),
        "a wrong unpacked size": patched(local + 22, b"\1\0\0\0"),
        "another version": patched(local + 4, b"\xff\xff"),
        "bytes in front": b"PK\3\4" + bytes(100) + plain,
        "a wrong offset": patched(central + 42, b"\1\0\0\0"),
        "no directory": plain[:central],
        "in an archive": zipped(plain, "policy.pth"),
        "in a packed archive": zipped(plain, "policy.pth", zipfile.ZIP_DEFLATED),
        "as an array": zipped(array(hostile), "arr_0.npy"),
        "as a packed array": zipped(array(hostile), "arr_0.npy", zipfile.ZIP_DEFLATED),
    }


def array(
    content: bytes, header: str = "{'descr': '|O', 'fortran_order': False, 'shape': (1,), }"
) -> bytes:
    """Return a `.npy` file with *header* and *content*."""
    text_ = header.encode("latin-1") + b"\n"
    return b"\x93NUMPY\1\0" + struct.pack("<H", len(text_)) + text_ + content


def arrays() -> dict[str, bytes]:
    """Return `.npy` files that NumPy would unpickle."""
    hostile = SYSTEM + STOP
    return {
        "objects": array(hostile),
        "objects by name": array(
            hostile, "{'descr': 'object', 'fortran_order': False, 'shape': (1,), }"
        ),
        "objects among fields": array(
            hostile,
            "{'descr': [('a', '<f4'), ('b', '|O')], 'fortran_order': False, 'shape': (1,), }",
        ),
        "objects after a comma": array(
            hostile, "{'descr': 'f4,O', 'fortran_order': False, 'shape': (1,), }"
        ),
        "objects the second time": array(
            hostile,
            "{'descr': '<f4', 'fortran_order': False, 'shape': (1,), 'descr': '|O'}",
        ),
        "objects in two strings": array(
            hostile, "{'descr': '|' 'O', 'fortran_order': False, 'shape': (1,), }"
        ),
        "objects by number": array(
            hostile, "{'descr': '|\\x4f', 'fortran_order': False, 'shape': (1,), }"
        ),
        "a header as long as it can be": array(
            hostile, "{'descr': '|O', 'fortran_order': False, 'shape': (1,), }" + " " * 60_000
        ),
    }


def lz4(content: bytes) -> bytes:
    """Return *content* as an LZ4 frame whose blocks are not packed."""
    block = struct.pack("<I", len(content) | 1 << 31) + content
    return b"\x04\x22\x4d\x18\x60\x40\x82" + block + bytes(4)


def packed() -> dict[str, bytes]:
    """Return a hostile pickle as joblib packs it."""
    import bz2
    import gzip
    import lzma

    hostile = pickle.dumps([Runs(), "x" * 3000], 4)
    return {
        "zlib": zlib.compress(hostile),
        "gzip": gzip.compress(hostile),
        "gzip, of two members": gzip.compress(hostile[:9]) + gzip.compress(hostile[9:]),
        "bzip2": bz2.compress(hostile),
        "xz": lzma.compress(hostile),
        "lzma": lzma.compress(hostile, lzma.FORMAT_ALONE),
        "lz4": lz4(hostile),
        "gzip, cut short": gzip.compress(hostile)[:-12],
    }
