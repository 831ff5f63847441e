"""Models and data sets are known by their content, in whatever pieces it comes."""

from __future__ import annotations

import bz2
import gzip
import io
import json
import pickle
import random
import sqlite3
import struct
import tarfile
import zipfile
from pathlib import Path

import joblib  # type: ignore[import-untyped]
import numpy as np
import pytest
from tests.scan.artifacts.hostile_pickles import (
    SYSTEM,
    archives,
    array,
    arrays,
    packed,
    programs,
    zipped,
)

from boxwright.scan.artifacts.artifact_looker import ArtifactLooker
from boxwright.scan.artifacts.zip_members import HIDDEN
from boxwright.scan.layer_index import Artifact
from boxwright.scan.looker import START, Begun

_RANDOM = random.Random(11)  # noqa: S311 (noise, the same in every run)


def looked(path: str, content: bytes, step: int = 1 << 20) -> Artifact | None:
    looker = ArtifactLooker()
    watch = looker.begin(Begun(path=path, size=len(content), mode=0o644, start=content[:START]))
    if watch is None:
        return None
    for at in range(0, len(content), step):
        watch.feed(content[at : at + step])
    watch.close()
    return looker.artifacts[0] if looker.artifacts else None


def found(path: str, content: bytes, step: int = 1 << 20) -> Artifact:
    artifact = looked(path, content, step)
    assert artifact is not None
    return artifact


def varint(value: int) -> bytes:
    out = bytearray()
    while value > 0x7F:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes([*out, value])


def field(number: int, value: int | bytes | str) -> bytes:
    if isinstance(value, int):
        return varint(number << 3) + varint(value)
    content = value.encode() if isinstance(value, str) else value
    return varint(number << 3 | 2) + varint(len(content)) + content


def onnx(location: str = "", producer: str = "pytorch") -> bytes:
    weights = field(1, 128) + field(1, 64) + field(2, 1) + field(8, "w")
    if location:
        weights += field(13, field(1, "location") + field(2, location)) + field(14, 1)
    else:
        weights += field(9, bytes(128 * 64 * 4))
    bias = field(1, b"\x40") + field(2, 10) + field(8, "b") + field(9, bytes(128))
    node = field(1, "x") + field(2, "y") + field(4, "MatMul")
    graph = field(1, node) * 3 + field(2, "net") + field(5, weights) + field(5, bias)
    return (
        field(1, 8)
        + field(2, producer)
        + field(3, "2.13")
        + field(7, graph)
        + field(8, field(1, "") + field(2, 17))
        + field(8, field(1, "com.microsoft") + field(2, 1))
    )


def safetensors(header: object, content: int = 0, *, claimed: int | None = None) -> bytes:
    text = json.dumps(header).encode()
    return struct.pack("<Q", len(text) if claimed is None else claimed) + text + bytes(content)


_TENSORS = {
    "__metadata__": {"format": "pt", "license": "apache-2.0"},
    "a": {"dtype": "F16", "shape": [64, 32], "data_offsets": [0, 4096]},
    "b": {"dtype": "F32", "shape": [8], "data_offsets": [4096, 4128]},
}


def gguf(*keys: bytes, tensors: bytes = b"", count: int = 0) -> bytes:
    return b"GGUF" + struct.pack("<IQQ", 3, count, len(keys)) + b"".join(keys) + tensors


def string(value: str) -> bytes:
    return struct.pack("<Q", len(value.encode())) + value.encode()


def key(name: str, value: str | int | list[str]) -> bytes:
    if isinstance(value, str):
        return string(name) + struct.pack("<I", 8) + string(value)
    if isinstance(value, int):
        return string(name) + struct.pack("<II", 4, value)
    items = b"".join(map(string, value))
    return string(name) + struct.pack("<IIQ", 9, 8, len(value)) + items


_GGUF = gguf(
    key("general.architecture", "llama"),
    key("general.name", "tiny"),
    key("general.license", "mit"),
    key("general.file_type", 15),
    key("tokenizer.ggml.tokens", [f"token {n}" for n in range(3000)] + [""]),
    key("llama.context_length", 4096),
    tensors=string("w") + struct.pack("<IQQIQ", 2, 64, 32, 12, 0),
    count=1,
)


@pytest.mark.parametrize("step", [1, 7, 1 << 20])
def test_gguf(step: int) -> None:
    artifact = found("models/tiny.gguf", _GGUF + bytes(100), step)

    assert artifact == Artifact(
        path="models/tiny.gguf",
        role="model",
        format="gguf",
        size=len(_GGUF) + 100,
        details={
            "version": "3",
            "architecture": "llama",
            "name": "tiny",
            "licence": "mit",
            "quantisation": "Q4_K_M",
            "context": "4096",
            "tensors": "1",
            "parameters": "2048",
        },
    )


def test_a_chat_template_that_leaves_its_sandbox_is_dangerous() -> None:
    content = gguf(key("tokenizer.chat_template", "{{ x.__class__.__mro__ }}"))

    assert found("a.gguf", content).dangerous == (
        "__class__ in its chat template",
        "__mro__ in its chat template",
    )


@pytest.mark.parametrize("step", [1, 9, 1 << 20])
def test_safetensors(step: int) -> None:
    artifact = found("weights", safetensors(_TENSORS, 4128), step)

    assert (artifact.format, artifact.details) == (
        "safetensors",
        {
            "tensors": "2",
            "parameters": "2056",
            "dtype": "F16",
            "framework": "pt",
            "licence": "apache-2.0",
        },
    )


@pytest.mark.parametrize(
    ("content", "how"),
    [
        (safetensors(_TENSORS, 100), "it has less bytes than its header says"),
        (safetensors(_TENSORS, 9999), "it has more bytes than its header says"),
        (safetensors({"a": 1}, 20), "its header is no list of tensors"),
        (
            safetensors({"a": {"dtype": "F32", "shape": [9], "data_offsets": [0, 8]}}, 8),
            "a tensor in its header has more or less bytes than its shape needs",
        ),
        (
            safetensors({"a": {"dtype": "F32", "shape": [1 << 60], "data_offsets": [0, 8]}}, 8),
            "a tensor in its header has a shape that cannot be",
        ),
        (struct.pack("<Q", 8000) + b'{"a":' * 1600, "its header is no list of tensors"),
    ],
)
def test_safetensors_that_lie(content: bytes, how: str) -> None:
    assert found("a.safetensors", content).details["damaged"] == how


def test_a_header_bomb_is_not_read() -> None:
    content = struct.pack("<Q", 40 << 20) + b'{"a":' + b" " * (41 << 20)

    assert found("a.safetensors", content).details == {"unread": "its header of 41,943,040 bytes"}


@pytest.mark.parametrize("step", [1, 11, 1 << 20])
@pytest.mark.parametrize("path", ["net.onnx", "no-suffix"])
def test_onnx(path: str, step: int) -> None:
    artifact = found(path, onnx(), step)

    assert (artifact.format, artifact.details, artifact.unknown) == (
        "onnx",
        {
            "ir version": "8",
            "producer": "pytorch 2.13",
            "parameters": "8256",
            "dtype": "float32",
            "tensors": "2",
            "name": "net",
            "opset": "17",
            "domains": "com.microsoft",
        },
        (),
    )


def test_external_data_of_onnx() -> None:
    beside, beyond = found("a.onnx", onnx("w.bin")), found("a.onnx", onnx("../../etc/passwd"))

    assert (beside.details["external data"], beside.unknown) == ("w.bin", ())
    assert beyond.unknown == ("external data outside of its folder: `../../etc/passwd`",)


def test_onnx_cut_short() -> None:
    assert found("a.onnx", onnx()[:5000]).details["damaged"] == "the file is cut short"


_PROGRAMS = programs()
_ARCHIVES = archives()
_ARRAYS = arrays()
_PACKED = packed()


@pytest.mark.parametrize("how", _PROGRAMS)
def test_hostile_pickles_are_dangerous(how: str) -> None:
    assert found("model.pkl", _PROGRAMS[how]).dangerous


@pytest.mark.parametrize("how", [how for how in _PROGRAMS if _PROGRAMS[how][0] == 0x80])
def test_hostile_pickles_are_known_by_any_name(how: str) -> None:
    assert found("cache/0001", _PROGRAMS[how]).dangerous


@pytest.mark.parametrize("how", _ARCHIVES)
@pytest.mark.parametrize("step", [1, 100, 1 << 20])
def test_hostile_archives_are_dangerous(how: str, step: int) -> None:
    assert found("model.pt", _ARCHIVES[how], step).dangerous


@pytest.mark.parametrize("how", _ARRAYS)
@pytest.mark.parametrize("step", [1, 1 << 20])
def test_hostile_arrays_are_dangerous(how: str, step: int) -> None:
    assert found("a.npy", _ARRAYS[how], step).dangerous == ("os.system",)


@pytest.mark.parametrize("how", _PACKED)
@pytest.mark.parametrize("step", [5, 1 << 20])
def test_packed_hostile_pickles_are_dangerous(how: str, step: int) -> None:
    artifact = found("model.joblib", _PACKED[how], step)

    assert artifact.dangerous == ("posix.system",)
    assert artifact.details["compression"] == how.partition(",")[0]


def test_a_member_that_only_the_directory_has_is_told_of() -> None:
    # The local header says that the member is empty, the directory says what is in it.
    plain = zipped(pickle.dumps(__import__("collections").OrderedDict, 4) + bytes(99))
    at = plain.index(b"PK\3\4")
    hidden = plain[: at + 18] + bytes(8) + plain[at + 26 :]

    artifact = found("model.pt", hidden)

    assert (artifact.format, artifact.unknown) == ("pytorch", (HIDDEN,))
    assert artifact.details["damaged"] == "the two headers of `archive/data.pkl` disagree"


def test_a_member_packed_in_an_unknown_way_is_told_of() -> None:
    plain = zipped(bytes(200))
    at, central = plain.index(b"PK\3\4"), plain.index(b"PK\1\2")
    odd = bytearray(plain)
    odd[at + 8] = odd[central + 10] = 97

    assert found("model.pt", bytes(odd)).unknown == (
        "the member `archive/data.pkl`, which cannot be read",
    )


def torch_archive(*, script: bool = False) -> bytes:
    """Return what `torch.save` writes: sizes come after the content, and content is aligned."""
    storage = (
        b"(" + b"X\7\0\0\0storagectorch\nFloatStorage\nX\1\0\0\x000X\3\0\0\0cpuK\x0atQ"
        b"K\0K\x0a\x85K\1\x85\x89ccollections\nOrderedDict\n)R"
    )
    data = b"\x80\2}X\1\0\0\0actorch._utils\n_rebuild_tensor_v2\n(" + storage + b"tRs."
    file = io.BytesIO()
    members = {"data.pkl": data, "data/0": bytes(40), "version": b"3\n"}
    if script:
        members["constants.pkl"] = b"\x80\2)."
    entries = b""
    for name, content in members.items():
        path = f"archive/{name}".encode()
        start = file.tell()
        padding = struct.pack("<2sH", b"FB", 10) + b"Z" * 10
        file.write(struct.pack("<4s5H3I2H", b"PK\3\4", 0, 0x808, 0, 0, 0, 0, 0, 0, len(path), 14))
        file.write(path + padding + content)
        sizes = struct.pack("<3I", 1, len(content), len(content))
        file.write(b"PK\7\x08" + sizes)
        entries += struct.pack("<4s6H", b"PK\1\2", 0, 0, 0x808, 0, 0, 0) + sizes
        entries += struct.pack("<5H2I", len(path), 0, 0, 0, 0, 0, start) + path
    start = file.tell()
    end = struct.pack("<4s4H2IH", b"PK\5\6", 0, 0, 4, 4, len(entries), start, 0)
    return file.getvalue() + entries + end


@pytest.mark.parametrize("step", [1, 50, 1 << 20])
@pytest.mark.parametrize(("script", "kind"), [(False, "pytorch"), (True, "torchscript")])
def test_archives_as_pytorch_writes_them(step: int, kind: str, *, script: bool) -> None:
    artifact = found("model.pt", torch_archive(script=script), step)

    assert (artifact.format, artifact.details, artifact.dangerous, artifact.unknown) == (
        kind,
        {"parameters": "10", "tensors": "1", "dtype": "float32"},
        (),
        (),
    )


def test_pytorch_as_of_old() -> None:
    magic = pickle.dumps(0x1950A86A20F9469CFC6C, 2)
    content = magic + pickle.dumps(1001, 2) + pickle.dumps({"little_endian": True}, 2)
    content += pickle.dumps({"a": 1}, 2) + pickle.dumps([], 2) + _RANDOM.randbytes(5000)

    artifact = found("model.bin", content)

    assert (artifact.format, artifact.dangerous, artifact.unknown) == ("pytorch", (), ())


def keras(layers: list[dict[str, object]]) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("metadata.json", '{"keras_version": "3.9.0"}')
        config = {"module": "keras", "class_name": "Sequential", "config": {"layers": layers}}
        archive.writestr("config.json", json.dumps(config))
        archive.writestr("model.weights.h5", b"\x89HDF\r\n\x1a\n" + bytes(500))
    return file.getvalue()


@pytest.mark.parametrize(
    ("layer", "dangerous", "unknown"),
    [
        ({"module": "keras.layers", "class_name": "Dense"}, (), ()),
        ({"module": "keras.layers", "class_name": "Lambda"}, ("keras.Lambda",), ()),
        (
            {"module": "os", "class_name": "function", "config": "system"},
            ("os.system",),
            (),
        ),
        (
            {"module": "builtins", "class_name": "function", "config": "exec"},
            ("builtins.exec",),
            (),
        ),
        ({"module": "shop.layers", "class_name": "Own"}, (), ("shop.layers.Own",)),
    ],
)
def test_keras(
    layer: dict[str, object], dangerous: tuple[str, ...], unknown: tuple[str, ...]
) -> None:
    artifact = found("model.keras", keras([layer]))

    assert (artifact.format, artifact.dangerous, artifact.unknown) == (
        "keras",
        dangerous,
        unknown,
    )


def hdf5(text: str, *, marks: bytes = b"keras_version\0model_config\0") -> bytes:
    return b"\x89HDF\r\n\x1a\n" + bytes(3000) + marks + bytes(9) + text.encode() + bytes(70_000)


@pytest.mark.parametrize("step", [100, 1 << 20])
def test_models_in_hdf5(step: int) -> None:
    config = {"class_name": "Sequential", "config": {"layers": [{"class_name": "Dense"}] * 4000}}
    own = {"class_name": "Sequential", "config": {"layers": [{"class_name": "Lambda"}]}}

    harmless = found("a.h5", hdf5(json.dumps(config)), step)
    dangerous = found("a.h5", hdf5(json.dumps(own)), step)
    data = found("a.h5", hdf5("", marks=b""), step)

    assert (harmless.role, harmless.format, harmless.dangerous) == ("model", "hdf5", ())
    assert harmless.details == {"framework": "keras", "class": "Sequential"}
    assert dangerous.dangerous == ("keras.Lambda",)
    assert (data.role, data.format) == ("dataset", "hdf5")


def test_a_lambda_in_escapes_is_found() -> None:
    text = '{"class_name": "Model", "config": {"class_name": "\\u004cambda"}}'

    assert found("a.h5", hdf5(text)).dangerous == ("keras.Lambda",)


def test_tensorflow() -> None:
    graph = field(1, 1) + field(2, field(2, field(1, "w") + field(2, "WriteFile")) + bytes(99))

    artifact = found("model/saved_model.pb", graph)

    assert (artifact.format, artifact.dangerous) == ("tensorflow", ("tensorflow.WriteFile",))


@pytest.mark.parametrize(
    ("path", "content", "kind"),
    [
        ("a.tflite", b"\x1c\0\0\0TFL3" + bytes(90), "tflite"),
        ("model.cbm", b"CBM1" + bytes(90), "catboost"),
        ("x.json", b'{"learner":{"attributes":{},"feature_names":[]}}', "xgboost"),
        ("x.ubj", b"{L\0\0\0\0\0\0\0\7learner{" + bytes(90), "xgboost"),
        ("x.model", b"binf" + bytes(90), "xgboost"),
        ("l.txt", b"tree\nversion=v4\nnum_class=3\nobjective=multiclass\n" + b"x" * 90, "lightgbm"),
        ("e.engine", b"ftrt" + bytes(90), "tensorrt"),
        ("o.xml", b'<?xml version="1.0"?>\n<net name="x" version="11">' + b" " * 90, "openvino"),
        ("p.pmml", b'<PMML xmlns="http://www.dmg.org/PMML-4_4" version="4.4">' + b" " * 90, "pmml"),
        ("f.bin", b"\xba\x16\x4f\x2f" + bytes(90), "fasttext"),
        ("m.mlmodel", b"\x08\x05" + bytes(5000), "coreml"),
        ("variables.data-00000-of-00001", bytes(70_000), "tensorflow"),
    ],
)
def test_other_models(path: str, content: bytes, kind: str) -> None:
    artifact = found(path, content)

    assert (artifact.role, artifact.format) == ("model", kind)


def test_models_of_joblib() -> None:
    file = io.BytesIO()
    joblib.dump({"a": np.arange(100_000.0)}, file)

    artifact = found("model.bin", file.getvalue(), 999)

    assert (artifact.format, artifact.details, artifact.unknown) == (
        "joblib",
        {"protocol": str(pickle.DEFAULT_PROTOCOL)},
        (),
    )


def test_models_in_tar() -> None:
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode="w") as archive:
        for name, content in {"a.txt": b"x" * 900, "model.ckpt": _ARCHIVES["deflated"]}.items():
            member = tarfile.TarInfo(name)
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))

    plain = found("model.nemo", file.getvalue(), 700)
    small = found("model.tar.gz", gzip.compress(file.getvalue()), 70)

    assert (plain.format, plain.dangerous) == ("tar", ("posix.system",))
    assert (small.format, small.dangerous) == ("tar", ("posix.system",))


_ROWS = b"".join(
    b"%d,%d\n" % (n, int.from_bytes(_RANDOM.randbytes(8), "big")) for n in range(130_000)
)


def footer(rows: int, columns: int) -> bytes:
    """Return a Parquet file with nothing but its description."""
    leaf = b"\x15\2\x25\2\x18\1c\0"
    root = b"\x48\4root\x15" + bytes([columns * 2]) + b"\0"
    schema = b"\x19" + bytes([columns + 1 << 4 | 12]) + root + leaf * columns
    text = b"\x15\4" + schema + b"\x16" + varint(rows * 2) + b"\x19\x0c\x28\6writer\0"
    return b"PAR1" + bytes(50) + text + struct.pack("<I", len(text)) + b"PAR1"


@pytest.mark.parametrize("step", [1, 1 << 20])
def test_parquet(step: int) -> None:
    artifact = found("data/part-0", footer(123_456, 3), step)

    assert (artifact.role, artifact.format, artifact.details) == (
        "dataset",
        "parquet",
        {"rows": "123456", "columns": "3", "producer": "writer"},
    )


def test_parquet_that_is_damaged() -> None:
    cut = footer(5, 2)[:-4] + b"xxxx"
    lying = b"PAR1" + bytes(50) + struct.pack("<I", 1 << 31) + b"PAR1"
    odd = b"PAR1" + b"\x19\xfc" + b"\xff" * 200 + struct.pack("<I", 200) + b"PAR1"

    assert found("a", cut).details == {"damaged": "its end is not a Parquet file's"}
    assert found("a", lying).details == {"unread": "its description of 2,147,483,648 bytes"}
    assert found("a", odd).details == {"damaged": "its description cannot be read"}


def record(content: bytes) -> bytes:
    """Return a TFRecord; its first checksum is that of the length 16."""
    return struct.pack("<Q", len(content)) + bytes.fromhex("6b57ec15") + content + bytes(4)


@pytest.mark.parametrize(
    ("path", "content", "kind"),
    [
        ("a.arrow", b"ARROW1\0\0" + bytes(90), "arrow"),
        ("a.feather", b"FEA1" + bytes(90), "feather"),
        ("a.avro", b"Obj\x01" + bytes(90), "avro"),
        ("a.orc", b"ORC" + bytes(90), "orc"),
        ("t.idx", struct.pack(">4B3I", 0, 0, 8, 3, 10, 28, 28) + bytes(7840), "idx"),
        ("rows.csv", b"a,b,c\n" + b"1,2,3\n" * 200_000, "csv"),
        ("rows.tsv", b"a\tb\n" + b"1\t2\n" * 300_000, "tsv"),
        ("rows.jsonl", b'{"a": 1}\n' * 150_000, "jsonl"),
        ("rows.csv.gz", gzip.compress(_ROWS, 1), "csv"),
        ("index", b"IxF2" + bytes(90), "faiss"),
    ],
)  # fmt: skip
def test_data_sets(path: str, content: bytes, kind: str) -> None:
    artifact = found(path, content)

    assert (artifact.role, artifact.format) == ("dataset", kind)


def test_arrays_are_told_of_where_they_are_large_or_hold_objects() -> None:
    large, small, objects = io.BytesIO(), io.BytesIO(), io.BytesIO()
    np.save(large, np.zeros((1000, 200)))
    np.save(small, np.zeros(3))
    np.save(objects, np.array([1, None], dtype=object), allow_pickle=True)
    arrays_ = io.BytesIO()
    np.savez_compressed(arrays_, a=np.arange(3), b=np.array(["x", None], dtype=object))

    assert found("a.npy", large.getvalue(), 777).details == {
        "dtype": "<f8",
        "shape": "1000 x 200",
        "elements": "200000",
    }
    assert looked("a.npy", small.getvalue()) is None
    assert found("a.npy", objects.getvalue()).unknown == ()
    assert found("a.npz", arrays_.getvalue()).details == {"arrays": "2", "dtype": "object"}


def test_databases_count_where_they_are_large_and_no_systems_own(tmp_path: Path) -> None:
    path = tmp_path / "a.db"
    connection = sqlite3.connect(path)
    connection.execute("create table rows (a)")
    connection.executemany("insert into rows values (?)", [("x" * 4000,)] * 400)
    connection.commit()
    connection.close()
    content = path.read_bytes()

    assert found("srv/a.db", content).format == "sqlite"
    assert looked("var/lib/rpm/rpmdb.sqlite", content) is None
    assert looked("srv/a.db", content[:8192]) is None


@pytest.mark.parametrize(
    ("path", "content"),
    [
        ("a.py", b"import os\n" * 100),
        ("README", b"(c) 2026 by nobody in particular\nall rights reserved\n"),
        ("config.txt", b"config\nvalue\n" * 20),
        ("a.pyc", b"\xa7\r\r\n" + bytes(200)),
        ("man.1.gz", gzip.compress(b".TH MAN 1\n" * 99, mtime=0)),
        ("words.bz2", bz2.compress(b"word\n" * 9999)),
        ("a.jar", zipped(b"\xca\xfe\xba\xbe" + bytes(200), "A.class")),
        ("a.csv", b"a,b\n1,2\n"),
        ("prose.csv", b"no columns in this text at all\n" * 60_000),
        ("a.json", b'{"a": 1}' * 20),
        ("lfs.pkl", b"version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 1\n"),
        ("zeros.bin", bytes(100_000)),
        ("short", b"\x80\x04"),
        ("random", _RANDOM.randbytes(70_000)),
        ("binary", b"\x80\x03" + _RANDOM.randbytes(70_000)),
    ],
)
def test_other_files_are_no_artifacts(path: str, content: bytes) -> None:
    assert looked(path, content) is None


def test_whatever_is_damaged_raises_nothing() -> None:
    chosen = _RANDOM
    samples = [
        ("a.gguf", _GGUF),
        ("a.safetensors", safetensors(_TENSORS, 4128)),
        ("a.onnx", onnx()),
        ("a.pt", torch_archive()),
        ("a.pt", _ARCHIVES["deflated"]),
        ("a.npz", _ARCHIVES["packed by lzma"]),
        ("a.keras", keras([{"class_name": "Lambda"}])),
        ("a.h5", hdf5('{"class_name": "Lambda"}')[:5000]),
        ("a.parquet", footer(99, 4)),
        ("a.pkl", b"\x80\x04" + SYSTEM),
        ("a.npy", array(SYSTEM)),
        *[("a.joblib", content) for content in _PACKED.values()],
    ]
    for path, content in samples:
        for _ in range(60):
            odd = bytearray(content)
            for _ in range(chosen.randint(1, 12)):
                odd[chosen.randrange(len(odd))] = chosen.choice((0, 1, 0x7F, 0x80, 0xFF, 0x2E))
            cut = bytes(odd[: chosen.randint(20, len(odd))])

            looked(path, cut, chosen.choice((13, 500, 1 << 20)))
