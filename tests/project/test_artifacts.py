"""Weights and data on disk are known by format and size, and what is wrong with them."""

from __future__ import annotations

import json
import struct

import pytest
from tests.project.inspected import inspected

from boxwright.project.facts import Artifact

POINTER = b"version https://git-lfs.github.com/spec/v1\noid sha256:ab\nsize 12345\n"
HEADER = json.dumps({"w": {"dtype": "F32"}}).encode()
SAFETENSORS = struct.pack("<Q", len(HEADER)) + HEADER + bytes(2000)


def artifacts(files: dict[str, str | bytes]) -> list[tuple[str, str, str, int]]:
    found = inspected({"main.py": "", **files}).artifacts
    return [(each.path, each.kind, each.format, each.size) for each in found]


@pytest.mark.parametrize(
    ("path", "content", "format_"),
    [
        ("m/a.safetensors", SAFETENSORS, "safetensors"),
        ("m/a.gguf", b"GGUF" + bytes(2000), "gguf"),
        ("m/a.onnx", b"\x08\x07" + bytes(2000), "onnx"),
        ("m/a.pt", b"PK\x03\x04" + bytes(2000), "torch"),
        ("m/a.pt", b"\x80\x02" + bytes(2000), "torch"),
        ("m/a.keras", b"PK\x03\x04" + bytes(2000), "keras"),
        ("m/a.tflite", bytes(4) + b"TFL3" + bytes(2000), "tflite"),
        ("m/a.joblib", b"\x80\x04" + bytes(2000), "joblib"),
        ("models/a.pkl", b"\x80\x04" + bytes(200_000), "pickle"),
        ("models/a.h5", b"\x89HDF\r\n\x1a\n" + bytes(200_000), "hdf5"),
        ("models/a.bin", b"PK\x03\x04" + bytes(200_000), "torch"),
        ("models/a.bin", SAFETENSORS + bytes(200_000), "safetensors"),
        ("models/a.bin", b"GGUF" + bytes(200_000), "gguf"),
    ],
)
def test_a_model_is_known_by_its_name_and_first_bytes(
    path: str, content: bytes, format_: str
) -> None:
    assert artifacts({path: content}) == [(path, "model", format_, len(content))]


def test_files_beside_the_weights_are_taken_with_them() -> None:
    found = inspected(
        {
            "main.py": "",
            "model/config.json": "{}",
            "model/tokenizer.json": "{}",
            "model/model.safetensors": SAFETENSORS,
        }
    ).artifacts

    assert found == (
        Artifact(
            path="model/",
            kind="model",
            format="safetensors",
            size=len(SAFETENSORS) + 4,
            is_shipped=True,
        ),
    )


@pytest.mark.parametrize(
    ("files", "path", "format_"),
    [
        (["m/saved/saved_model.pb", "m/saved/variables/v.index"], "m/saved/", "tensorflow"),
        (["models/churn/MLmodel", "models/churn/model.pkl"], "models/churn/", "mlflow"),
        (["repo/net/config.pbtxt", "repo/net/1/model.onnx"], "repo/", "triton"),
    ],
)
def test_a_folder_that_is_one_model(files: list[str], path: str, format_: str) -> None:
    assert artifacts(dict.fromkeys(files, "xy")) == [(path, "model", format_, 4)]


def test_folders_and_large_files_of_data() -> None:
    files: dict[str, str | bytes] = {
        "data/train.csv": "a,b\n1,2\n",
        "data/images/a.png": "x",
        "export.parquet": b"PAR1" + bytes(2_000_000),
        "small.csv": "a\n1\n",
        "pictures/a.txt": "x",
        **{f"pictures/{number}.jpg": "x" for number in range(60)},
    }

    assert artifacts(files) == [
        ("export.parquet", "dataset", "parquet", 2_000_004),
        ("pictures/", "dataset", "images", 61),
        ("data/", "dataset", "csv", 9),
    ]


def test_what_is_too_large_for_the_image_is_known_not_to_be_in_it() -> None:
    found = inspected(
        {"main.py": "", "data/train.csv": "x"}, sizes={"data/train.csv": 20_000_000}
    ).artifacts

    assert [(each.path, each.size, each.is_shipped) for each in found] == [
        ("data/", 20_000_000, False)
    ]


def test_pointers_of_git_lfs_are_told() -> None:
    found = inspected(
        {"main.py": "", "a.safetensors": POINTER, "m/b.onnx": POINTER, "m/c.onnx": POINTER}
    )

    assert [(remark.text, remark.hint) for remark in found.remarks] == [
        ("`a.safetensors` is a pointer of Git LFS, not the content", "fetch it: `git lfs pull`"),
        (
            "`m/b.onnx` and 1 more are pointers of Git LFS, not the content",
            "fetch it: `git lfs pull`",
        ),
    ]


def test_a_page_in_place_of_a_model_is_told() -> None:
    found = inspected({"main.py": "", "a.onnx": "<!DOCTYPE html><html>", "b.pt": ""})

    assert [remark.text for remark in found.remarks] == [
        "`a.onnx` is a web page, not what its name says",
        "`b.pt` is empty",
    ]


@pytest.mark.parametrize(
    ("source", "library", "name"),
    [
        ("from transformers import AutoModel\nm = AutoModel.from_pretrained('org/name')",
         "huggingface", "org/name"),
        (("from sentence_transformers import SentenceTransformer\n"
         "m = SentenceTransformer('all-MiniLM-L6-v2')"), "huggingface", "all-MiniLM-L6-v2"),
        ("from transformers import pipeline\np = pipeline('ner', model='org/name')",
         "huggingface", "org/name"),
        (("import os\nfrom transformers import AutoModel\n"
         "m = AutoModel.from_pretrained(os.getenv('MODEL', 'org/name'))"), "huggingface", "org/name"),
        ("import whisper\nm = whisper.load_model('base')", "torch.hub", "base"),
        ("from torchvision.models import resnet50\nm = resnet50(weights='DEFAULT')",
         "torchvision", "resnet50"),
        ("from ultralytics import YOLO\nm = YOLO('yolov8n.pt')", "ultralytics", "yolov8n.pt"),
        ("import nltk\nnltk.download('punkt')", "nltk", "punkt"),
    ],
)  # fmt: skip
def test_what_is_downloaded_at_start_is_told(source: str, library: str, name: str) -> None:
    found = inspected({"main.py": f"{source}\n"})

    assert [(each.library, each.name, each.scope) for each in found.downloads] == [
        (library, name, "service")
    ]
    assert found.remarks[-1].text == f"`{name}` is downloaded by the service's code"


@pytest.mark.parametrize(
    "source",
    [
        "m = AutoModel.from_pretrained('./model')",
        "m = AutoModel.from_pretrained('model')",
        "m = AutoModel.from_pretrained('org/name', local_files_only=True)",
        "m = AutoModel.from_pretrained(path)",
        "from torchvision.models import resnet50\nm = resnet50()",
    ],
)
def test_what_is_there_is_not_downloaded(source: str) -> None:
    found = inspected({"main.py": f"{source}\n", "model/config.json": "{}"})

    assert found.downloads == ()
