"""Models and data sets that commands fetch."""

from __future__ import annotations

import pytest
from tests.practices.programs.scripts import command

from boxwright.practices.programs.models import (
    is_model_file,
    is_unsafe,
    model_downloads,
    unsafe_downloads,
)

SHA = "3f2a9c1d5e6f708192a3b4c5d6e7f8091a2b3c4d"


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("from transformers import AutoModel; AutoModel.from_pretrained('bert')",
         ("bert", "model", "", "transformers")),
        (f"AutoTokenizer.from_pretrained('bert', revision='{SHA}')",
         ("bert", "model", SHA, "transformers")),
        ("from diffusers import X; X.from_pretrained('a/b', revision=REV)",
         ("a/b", "model", "REV", "diffusers")),
        ("from huggingface_hub import snapshot_download; snapshot_download(repo_id='a/b')",
         ("a/b", "model", "", "huggingface_hub")),
        ("snapshot_download('a/b', repo_type='dataset')",
         ("a/b", "dataset", "", "huggingface_hub")),
        ("from transformers import pipeline; pipeline('ner', model='a/b')",
         ("a/b", "model", "", "transformers")),
        ("from transformers import pipeline; pipeline('ner')", ("ner", "model", "", "transformers")),
        ("from sentence_transformers import SentenceTransformer; SentenceTransformer('a')",
         ("a", "model", "", "sentence-transformers")),
        ("import torch; torch.hub.load('pytorch/vision:v0.10.0', 'resnet18')",
         ("pytorch/vision", "model", "v0.10.0", "torch.hub")),
        ("import torchvision; torchvision.models.resnet18(weights='DEFAULT')",
         ("resnet18", "model", "", "torchvision")),
        ("from torchvision import models; models.resnet18(pretrained=True)",
         ("resnet18", "model", "", "torchvision")),
        ("import nltk; nltk.download('punkt')", ("punkt", "dataset", "", "nltk")),
        ("from datasets import load_dataset; load_dataset('squad')",
         ("squad", "dataset", "", "datasets")),
        ("import tensorflow as tf; tf.keras.applications.ResNet50()",
         ("ResNet50", "model", "", "keras")),
        ("import timm; timm.create_model('vit', pretrained=True)", ("vit", "model", "", "timm")),
        ("import open_clip; open_clip.create_model('ViT', pretrained='openai')",
         ("ViT", "model", "", "open_clip")),
        ("import whisper; whisper.load_model('base')", ("base", "model", "", "whisper")),
    ],
)  # fmt: skip
def test_calls(code: str, expected: tuple[str, str, str, str]) -> None:
    (found,) = model_downloads(command(f'python -c "{code}"'))

    assert (found.name, found.kind, found.revision, found.tool) == expected


@pytest.mark.parametrize(
    "code",
    [
        "AutoModel.from_pretrained('./model')",
        "AutoModel.from_pretrained('bert', local_files_only=True)",
        "import torch; torch.hub.load('.', 'x', source='local')",
        "import torchvision; torchvision.models.resnet18(weights=None)",
        "import torchvision; torchvision.models.resnet18()",
        "import tensorflow as tf; tf.keras.applications.ResNet50(weights=None)",
        "import timm; timm.create_model('vit')",
        "from datasets import load_dataset; load_dataset('csv', data_files='x')",
        "import urllib.request; urllib.request.urlretrieve('https://x.org/a.txt')",
        "import torch; torch.load('x')",
    ],
)
def test_calls_that_fetch_nothing(code: str) -> None:
    assert model_downloads(command(f'python -c "{code}"')) == ()


@pytest.mark.parametrize(
    ("script", "expected"),
    [
        ("hf download a/b", ("a/b", "model", "", "hf")),
        (f"huggingface-cli download a/b --revision {SHA}",
         ("a/b", "model", SHA, "huggingface-cli")),
        ("hf download --repo-type dataset a/b", ("a/b", "dataset", "", "hf")),
        ("python -m spacy download en_core_web_sm", ("en_core_web_sm", "model", "", "spacy")),
        ("spacy download en_core_web_sm-3.7.1 --direct",
         ("en_core_web_sm", "model", "3.7.1", "spacy")),
        ("python -m nltk.downloader -d /data punkt", ("punkt", "dataset", "", "nltk")),
        ("ollama pull llama3:8b", ("llama3", "model", "8b", "ollama")),
        ("kaggle datasets download a/b", ("a/b", "dataset", "", "kaggle")),
        ("git clone https://huggingface.co/a/b", ("a/b", "model", "", "git")),
        ("git clone https://huggingface.co/datasets/a/b", ("a/b", "dataset", "", "git")),
        ("curl -fLO https://huggingface.co/a/b/resolve/main/model.safetensors",
         ("model.safetensors", "model", "main", "curl")),
        ("wget https://x.org/yolov8n.pt", ("yolov8n.pt", "model", "", "wget")),
    ],
)  # fmt: skip
def test_tools(script: str, expected: tuple[str, str, str, str]) -> None:
    (found,) = model_downloads(command(script))

    assert (found.name, found.kind, found.revision, found.tool) == expected


@pytest.mark.parametrize(
    ("script", "behind"),
    [
        ("python -c \"M.from_pretrained('bert', )\"", "M.from_pretrained('bert'"),
        ("hf download a/b --quiet", "hf download a/b"),
        ("hf download a/b --revision main", None),
    ],
)
def test_where_a_revision_would_go(script: str, behind: str | None) -> None:
    (found,) = model_downloads(command(script))

    if behind is None:
        assert found.revision_at == -1
    else:
        assert script[: found.revision_at].endswith(behind)


def test_only_commits_pin() -> None:
    scripts = (f"hf download a --revision {SHA}", "hf download a --revision main", "hf download a")

    assert [model_downloads(command(script))[0].is_pinned for script in scripts] == [
        True,
        False,
        False,
    ]


def test_files_that_run_code() -> None:
    paths = ("a.pkl", "a.PT?x=1", "pytorch_model.bin", "firmware.bin", "a.safetensors", "a.onnx")

    assert [is_unsafe(path) for path in paths] == [True, True, True, False, False, False]
    assert [is_model_file(path) for path in paths] == [True, True, True, False, True, True]
    assert [
        word.value for word in unsafe_downloads(command("wget https://x.org/a.pth https://x.org/b"))
    ] == ["https://x.org/a.pth"]
