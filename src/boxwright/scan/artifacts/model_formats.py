"""Which model a file is, by its first bytes, and what reads the rest of it."""

from __future__ import annotations

import re

from boxwright.scan.artifacts.found import ArtifactParser, Found, Known, Stepwise
from boxwright.scan.artifacts.gguf import MAGIC as GGUF
from boxwright.scan.artifacts.gguf import read_gguf
from boxwright.scan.artifacts.keras_config import judged_config
from boxwright.scan.artifacts.needles import needle
from boxwright.scan.artifacts.onnx_models import may_be_onnx, read_onnx
from boxwright.scan.artifacts.safetensors_header import may_be_safetensors, read_safetensors

_KERAS_MARKS = (b"keras_version", b"model_config", b"layer_names", b"model_weights")
_MOST_CONFIG = 2 << 20
_LAMBDA = re.compile(r'"class_name"\s*:\s*"(Lambda|__lambda__)"|\\u00[46]')
_FILE_OPERATION = re.compile(rb"\x12\x08ReadFile|\x12\x09WriteFile|\x12\x0eMatchingFiles")
_SHARD = re.compile(r"\.data-[0-9]{5}-of-[0-9]{5}$")
_BY_SUFFIX = {
    ".mlmodel": ("coreml", b"\x08"),
    ".caffemodel": ("caffe", b"\x0a"),
    ".pdmodel": ("paddle", b"\x0a"),
    ".pdiparams": ("paddle", b"\0\0\0\0"),
    ".weights": ("darknet", b"\0\0\0\0"),
    ".rknn": ("rknn", b"RKNN"),
    ".mnn": ("mnn", b""),
    ".llamafile": ("llamafile", b"MZqFpD"),
}
"""Formats that have no mark of their own, with how their files begin."""
_BY_START = (
    (b"CBM1", "catboost"),
    (b"binf", "xgboost"),
    (b"{L\0\0\0\0\0\0\0\7learner{", "xgboost"),
    (b"ftrt", "tensorrt"),
    (b"ptrt", "tensorrt"),
    (b"\xba\x16\x4f\x2f", "fasttext"),
    (b"lmgg", "ggml"),
    (b"tjgg", "ggml"),
    (b"fmgg", "ggml"),
    (b"\x12\1\0\0\0\0\0\0", "mxnet"),
    (b"7767517\n", "ncnn"),
    (b"mmap lm http://kheafield.com/code", "kenlm"),
)
_AT_FOUR = {b"TFL3": "tflite", b"ET12": "executorch", b"ET13": "executorch"}
"""Identifiers of FlatBuffers."""


def model_parser(name: str, size: int, start: bytes) -> ArtifactParser | None:
    """Return what reads the file *name* of *size* bytes, which begins with *start*, if a model."""
    if start.startswith(GGUF):
        found = _model("gguf")
        return Stepwise(found, read_gguf(found))
    if start.startswith(b"\x89HDF\r\n\x1a\n"):
        return Hdf5()
    if may_be_safetensors(size, start):
        found = _model("safetensors")
        return Stepwise(found, read_safetensors(found, size))
    if start[:1] == b"\x08":
        return _protocol_buffer(name, size, start)
    kind = _AT_FOUR.get(start[4:8])
    if kind is not None:
        return Known(_model(kind))
    for magic, kind in _BY_START:
        if start.startswith(magic):
            return Known(_model(kind))
    return _text_model(start) or _by_suffix(name, size, start)


def _model(kind: str) -> Found:
    return Found(role="model", format=kind)


def _protocol_buffer(name: str, size: int, start: bytes) -> ArtifactParser | None:
    base = name.rpartition("/")[2]
    if base in ("saved_model.pb", "keras_metadata.pb") and start[2:3] == b"\x12":
        return SavedModel()
    if may_be_onnx(name, start):
        found = _model("onnx")
        return Stepwise(found, read_onnx(found, size, is_sure=name.endswith(".onnx")))
    return _by_suffix(name, size, start)


def _by_suffix(name: str, size: int, start: bytes) -> ArtifactParser | None:
    base = name.rpartition("/")[2]
    suffix = base[base.rfind(".") :].lower() if "." in base else ""
    known = _BY_SUFFIX.get(suffix)
    if known is not None and size >= 4096 and start.startswith(known[1]):
        return Known(_model(known[0]))
    if base == "keras_metadata.pb":
        return SavedModel()
    if size >= 1 << 16 and suffix == ".pb" and _is_graph(start):
        return SavedModel()
    if size >= 1 << 16 and _SHARD.search(base):
        return Known(_model("tensorflow"))
    if suffix == ".msgpack" and size >= 1 << 20 and start[0] & 0xF0 == 0x80:
        return Known(_model("flax"))
    if b"Spec\0" in start[6:40] and start[1:4] == b"\0\0\0" and suffix == ".bin":
        return Known(_model("ctranslate2"))
    return None


def _is_graph(start: bytes) -> bool:
    """Tell whether *start* is of a GraphDef: a node with its name and its operation."""
    if start[:1] != b"\x0a":
        return False
    name = start.find(b"\x0a", 2, 8)
    if name < 0:
        return False
    operation = name + 2 + start[name + 1]
    length = start[operation + 1] if operation + 1 < len(start) else 0
    return start[operation : operation + 1] == b"\x12" and (
        start[operation + 2 : operation + 2 + length].isalnum()
    )


def _text_model(start: bytes) -> ArtifactParser | None:
    if start.startswith(b"tree\nversion=v"):
        found = _model("lightgbm")
        for line in start[:4096].split(b"\n"):
            key, _, value = line.partition(b"=")
            if key in (b"version", b"num_class", b"objective"):
                found.tell(key.decode().replace("num_class", "classes"), value.decode("latin-1"))
        return Known(found)
    if start.startswith((b'{"learner"', b'{"version"')) and b'"learner"' in start[:256]:
        return Known(_model("xgboost"))
    if start[:1] != b"<" and start[:4] != b"\xef\xbb\xbf<":
        return None
    head = start[:2048]
    if (net := re.search(rb"<net\s[^>]{0,500}version=\"(1[0-9])\"", head)) is not None:
        found = _model("openvino")
        found.tell("ir version", net[1].decode())
        return Known(found)
    if (pmml := re.search(rb"<PMML\s[^>]{0,1000}?\bversion=\"([\d.]{1,9})\"", head)) is not None:
        found = _model("pmml")
        found.tell("version", pmml[1].decode())
        return Known(found)
    return None


class Hdf5:
    """An `ArtifactParser` for HDF5: a model where Keras left its marks, else a data set."""

    is_over = False

    def __init__(self) -> None:
        self._rest = b""
        self._has_marks = False
        self._config: bytearray | None = None

    def feed(self, piece: bytes) -> None:
        """Look for Keras's marks and keep the configuration of the model."""
        buffer = self._rest + piece
        if not self._has_marks:
            self._has_marks = any(needle(mark).find(buffer) >= 0 for mark in _KERAS_MARKS)
        if self._config is not None:
            self._config += piece[: _MOST_CONFIG - len(self._config)]
        elif (at := needle(b'"class_name"').find(buffer)) >= 0:
            # The object that has the key begins before it.
            begin = buffer.rfind(b"\0", 0, at) + 1
            brace = buffer.find(b"{", max(begin, at - 4096), at)
            self._config = bytearray(buffer[max(brace, 0) :][:_MOST_CONFIG])
        self._rest = buffer[-4096:]

    def finish(self) -> Found | None:
        """Return the model or the data set."""
        if not self._has_marks:
            return Found(role="dataset", format="hdf5")
        found = _model("hdf5")
        found.tell("framework", "keras")
        if self._config is not None:
            text = self._config.decode("utf-8", "replace")
            judged = judged_config(text)
            if judged is not None:
                found.add(judged)
            if _LAMBDA.search(text) and not found.dangerous:
                found.dangerous = ("keras.Lambda",)
        return found


class SavedModel:
    """An `ArtifactParser` for TensorFlow's graphs: what reads or writes files when they run."""

    is_over = False

    def __init__(self) -> None:
        self._rest = b""
        self._operations: dict[str, None] = {}
        self._has_lambda = False

    def feed(self, piece: bytes) -> None:
        """Look for operations."""
        buffer = self._rest + piece
        for operation in _FILE_OPERATION.findall(buffer):
            self._operations[operation[2:].decode()] = None
        if b'"class_name": "Lambda"' in buffer or b'"class_name":"Lambda"' in buffer:
            self._has_lambda = True
        self._rest = buffer[-32:]

    def finish(self) -> Found | None:
        """Return the model."""
        found = _model("tensorflow")
        names = [f"tensorflow.{name}" for name in self._operations]
        found.dangerous = tuple(name for name in names if name.endswith("WriteFile"))
        found.unknown = tuple(name for name in names if not name.endswith("WriteFile"))
        if self._has_lambda:
            found.dangerous = (*found.dangerous, "keras.Lambda")
        return found
