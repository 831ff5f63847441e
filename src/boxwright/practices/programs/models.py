"""Commands that fetch models and data sets, by Python calls and by the tools of the hubs."""

from __future__ import annotations

import posixpath
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Literal

from boxwright.practices.programs.arguments import parse_arguments
from boxwright.practices.programs.downloads import HUGGING_FACE_OPTIONS, downloads
from boxwright.practices.programs.git import clone, is_commit
from boxwright.practices.programs.python_code import Argument, Call, PythonCode, python_code
from boxwright.practices.programs.remembered import remembered
from boxwright.practices.programs.runners import Invocation, invocation
from boxwright.text.record import NamedTuple

if TYPE_CHECKING:
    from boxwright.syntax.shell.command import Command, ShellWord
    from boxwright.text.source import Span

Kind = Literal["model", "dataset"]


class ModelDownload(NamedTuple):
    """A model or data set that is fetched."""

    name: str
    """As it is called there; empty where it is not to be seen."""
    kind: Kind
    revision: str
    """The branch, tag, version or commit that is asked for; empty for whatever is newest."""
    takes_revision: bool
    """Whether there is a way to ask for one."""
    tool: str
    """What fetches it: `transformers`, `hf`, `torch.hub`, `spacy`, …"""
    host: str
    """Where it is from."""
    span: Span
    """The call, or the words of the command."""
    revision_at: int
    """Where `, revision="…"` or ` --revision …` would go; -1 where there is no way to ask."""

    @property
    def is_pinned(self) -> bool:
        """Whether it is the same every time: it is asked for by commit."""
        return is_commit(self.revision)


@remembered
def model_downloads(command: Command) -> tuple[ModelDownload, ...]:
    """Return the models and data sets that *command* fetches."""
    code = python_code(command)
    if code is not None:
        return model_downloads_of_code(code)
    started = invocation(command)
    if started is None:
        return ()
    if started.name == "git":
        return tuple(_of_clone(command))
    reader = _TOOLS.get(started.name)
    return tuple(reader(started, command)) if reader else ()


def model_downloads_of_code(code: PythonCode) -> tuple[ModelDownload, ...]:
    """Return the models and data sets that *code* fetches."""
    found = (_of_call(call) for call in code.calls)
    return tuple(item for item in found if item is not None)


@remembered
def unsafe_downloads(command: Command) -> tuple[ShellWord, ...]:
    """Return the URLs that *command* fetches which run code when they are loaded: pickles."""
    return tuple(item.url_word for item in downloads(command) if is_unsafe(item.url))


def is_unsafe(path: str) -> bool:
    """
    Return whether loading what is at *path* can run code: it is, or holds, a pickle.

    >>> is_unsafe("https://example.org/model.pt?download=1"), is_unsafe("model.safetensors")
    (True, False)
    """
    name = posixpath.basename(path.partition("?")[0].partition("#")[0]).lower()
    if name.endswith(".bin"):
        # So many other things are called that.
        return name.startswith(("pytorch_model", "adapter_model", "diffusion_pytorch_model"))
    return name.endswith(_PICKLES)


def is_model_file(path: str) -> bool:
    """Return whether *path* is one of weights, by its name."""
    name = posixpath.basename(path.partition("?")[0].partition("#")[0]).lower()
    return name.endswith(_WEIGHTS) or is_unsafe(name)


_PICKLES = (".pkl", ".pickle", ".pt", ".pth", ".ckpt", ".joblib", ".dill", ".pt2", ".npy.pkl")
_WEIGHTS = (
    ".safetensors", ".gguf", ".ggml", ".onnx", ".h5", ".hdf5", ".keras", ".tflite", ".pb",
    ".engine", ".plan", ".mar", ".nemo", ".caffemodel", ".params", ".msgpack", ".llamafile",
)  # fmt: skip
_HUB = "huggingface.co"


# --- Calls


class _Fetching(NamedTuple):
    """A call that fetches: where it says what, and of which state."""

    tool: str
    host: str
    name: tuple[str, int | None]
    revision: tuple[str, int | None] | None = None
    kind: Kind = "model"


_BY_NAME: dict[str, _Fetching] = {
    "huggingface_hub.snapshot_download": _Fetching(
        "huggingface_hub", _HUB, ("repo_id", 0), ("revision", None)
    ),
    "huggingface_hub.hf_hub_download": _Fetching(
        "huggingface_hub", _HUB, ("repo_id", 0), ("revision", None)
    ),
    "modelscope.snapshot_download": _Fetching(
        "modelscope", "modelscope.cn", ("model_id", 0), ("revision", None)
    ),
    "datasets.load_dataset": _Fetching(
        "datasets", _HUB, ("path", 0), ("revision", None), "dataset"
    ),
    "transformers.pipeline": _Fetching("transformers", _HUB, ("model", 1), ("revision", None)),
    "sentence_transformers.SentenceTransformer": _Fetching(
        "sentence-transformers", _HUB, ("model_name_or_path", 0), ("revision", None)
    ),
    "sentence_transformers.CrossEncoder": _Fetching(
        "sentence-transformers", _HUB, ("model_name", 0), ("revision", None)
    ),
    "sentence_transformers.SparseEncoder": _Fetching(
        "sentence-transformers", _HUB, ("model_name_or_path", 0), ("revision", None)
    ),
    "faster_whisper.WhisperModel": _Fetching(
        "faster-whisper", _HUB, ("model_size_or_path", 0), ("revision", None)
    ),
    "faster_whisper.download_model": _Fetching(
        "faster-whisper", _HUB, ("size_or_id", 0), ("revision", None)
    ),
    "torch.hub.load": _Fetching("torch.hub", "github.com", ("repo_or_dir", 0)),
    "torch.hub.load_state_dict_from_url": _Fetching("torch.hub", "", ("url", 0)),
    "torch.hub.download_url_to_file": _Fetching("torch.hub", "", ("url", 0)),
    "timm.create_model": _Fetching("timm", _HUB, ("model_name", 0)),
    "open_clip.create_model": _Fetching("open_clip", _HUB, ("model_name", 0)),
    "open_clip.create_model_and_transforms": _Fetching("open_clip", _HUB, ("model_name", 0)),
    "clip.load": _Fetching("clip", "openaipublic.azureedge.net", ("name", 0)),
    "whisper.load_model": _Fetching("whisper", "openaipublic.azureedge.net", ("name", 0)),
    "easyocr.Reader": _Fetching("easyocr", "github.com", ("lang_list", 0)),
    "ultralytics.YOLO": _Fetching("ultralytics", "github.com", ("model", 0)),
    "spacy.cli.download": _Fetching("spacy", "github.com", ("model", 0)),
    "nltk.download": _Fetching("nltk", "nltk.org", ("info_or_id", 0), None, "dataset"),
    "nltk.downloader.download": _Fetching("nltk", "nltk.org", ("info_or_id", 0), None, "dataset"),
    "stanza.download": _Fetching("stanza", _HUB, ("lang", 0)),
    "gensim.downloader.load": _Fetching("gensim", "github.com", ("name", 0)),
    "flair.models.SequenceTagger.load": _Fetching("flair", _HUB, ("model_path", 0)),
    "fasttext.util.download_model": _Fetching("fasttext", "dl.fbaipublicfiles.com", ("lang_id", 0)),
    "sklearn.datasets.fetch_openml": _Fetching(
        "scikit-learn", "openml.org", ("name", 0), ("version", 1), "dataset"
    ),
    "tensorflow_datasets.load": _Fetching(
        "tensorflow-datasets", "tensorflow.org", ("name", 0), None, "dataset"
    ),
    "tensorflow_hub.load": _Fetching("tensorflow-hub", "tfhub.dev", ("handle", 0)),
    "tensorflow_hub.KerasLayer": _Fetching("tensorflow-hub", "tfhub.dev", ("handle", 0)),
    "kagglehub.model_download": _Fetching("kagglehub", "kaggle.com", ("handle", 0)),
    "kagglehub.dataset_download": _Fetching(
        "kagglehub", "kaggle.com", ("handle", 0), None, "dataset"
    ),
    "urllib.request.urlretrieve": _Fetching("urllib", "", ("url", 0)),
    "wget.download": _Fetching("wget", "", ("url", 0)),
    "gdown.download": _Fetching("gdown", "drive.google.com", ("url", 0)),
}
_PLAIN_URLS = frozenset({"urllib", "wget", "gdown"})
"""They fetch anything: a model only where the name says so."""
_UNQUALIFIED = frozenset(
    {"snapshot_download", "hf_hub_download", "load_dataset", "pipeline", "SentenceTransformer"}
)
"""Names that nothing else has, should the import be elsewhere."""


_LOCAL_BUILDERS = frozenset(
    {"csv", "json", "parquet", "text", "arrow", "pandas", "imagefolder", "audiofolder", "sql"}
)
"""Data sets that `load_dataset` makes of files."""


def _of_call(call: Call) -> ModelDownload | None:
    method = call.method
    if method == "from_pretrained":
        return _downloaded(
            call,
            _Fetching(
                _library(call.name), _HUB, ("pretrained_model_name_or_path", 0), ("revision", None)
            ),
        )
    fetching = _BY_NAME.get(call.name)
    if fetching is None and call.name in _UNQUALIFIED:
        fetching = next(found for name, found in _BY_NAME.items() if name.endswith(f".{call.name}"))
    if fetching is None:
        return _of_applications(call)
    if fetching.tool == "timm" and not _is_true(call.argument("pretrained", 1)):
        return None
    if fetching.tool == "open_clip" and call.argument("pretrained", 1) is None:
        return None
    if fetching.tool == "huggingface_hub" and _text(call.argument("repo_type")) == "dataset":
        fetching = fetching._replace(kind="dataset")
    found = _downloaded(call, fetching)
    if found is None or (fetching.tool in _PLAIN_URLS and not is_model_file(found.name)):
        return None
    if fetching.tool == "torch.hub" and fetching.name[0] == "repo_or_dir":
        # `owner/name:ref`
        name, _, ref = found.name.partition(":")
        source = _text(call.argument("source", 2))
        return None if source == "local" else found._replace(name=name, revision=ref)
    return found


def _of_applications(call: Call) -> ModelDownload | None:
    """Return what the model functions of Keras and torchvision fetch if they are told to."""
    if ".applications." in call.name and call.name.startswith(("tensorflow", "tf", "keras")):
        weights = call.argument("weights", 1)
        # They fetch unless they are told otherwise.
        if not call.method[:1].isupper() or (weights is not None and weights.value is None):
            return None
        return _simple(call, "keras", "storage.googleapis.com")
    if call.name.startswith("torchvision.models."):
        weights = call.argument("weights")
        is_none = weights is None or (weights.is_literal and weights.value is None)
        if is_none and not _is_true(call.argument("pretrained", 0)):
            return None
        return _simple(call, "torchvision", "download.pytorch.org")
    return None


def _simple(call: Call, tool: str, host: str) -> ModelDownload:
    return ModelDownload(
        name=call.method,
        kind="model",
        revision="",
        takes_revision=False,
        tool=tool,
        host=host,
        span=call.span,
        revision_at=-1,
    )


def _downloaded(call: Call, fetching: _Fetching) -> ModelDownload | None:
    asked = call.argument(*fetching.name)
    if asked is None and call.method == "pipeline":
        # A task alone takes the model that the library prefers at the time.
        asked = call.argument("task", 0)
    if asked is None:
        return None
    name = _text(asked)
    if fetching.tool == "datasets" and name in _LOCAL_BUILDERS:
        return None
    if name.startswith(("/", "./", "../", "~")) or _is_true(call.argument("local_files_only")):
        # What is there already.
        return None
    revision = call.argument(*fetching.revision) if fetching.revision else None
    return ModelDownload(
        name=name,
        kind=fetching.kind,
        revision=(_text(revision) or revision.text) if revision else "",
        takes_revision=fetching.revision is not None,
        tool=fetching.tool,
        host=fetching.host,
        span=call.span,
        revision_at=_behind_last(call) if fetching.revision and revision is None else -1,
    )


def _behind_last(call: Call) -> int:
    """Return where the last argument of *call* ends."""
    return max(argument.span.end for argument in (*call.arguments, *call.keywords.values()))


def _text(argument: Argument | None) -> str:
    if argument is None or not argument.is_literal:
        return ""
    return argument.value if isinstance(argument.value, str) else ""


def _is_true(argument: Argument | None) -> bool:
    return argument is not None and argument.is_literal and argument.value is True


def _library(name: str) -> str:
    first = name.partition(".")[0]
    return (
        first
        if first in {"diffusers", "peft", "timm", "tokenizers", "keras_hub"}
        else ("transformers")
    )


# --- Tools


def _hugging_face(started: Invocation, _command: Command) -> Iterator[ModelDownload]:
    arguments = parse_arguments(started.arguments, names=HUGGING_FACE_OPTIONS)
    values = [word.value for word in arguments.operands]
    if values[:1] != ["download"] or len(values) < 2:
        return
    is_dataset = arguments.text("--repo-type") == "dataset"
    revision = arguments.value("--revision")
    yield ModelDownload(
        name=values[1],
        kind="dataset" if is_dataset else "model",
        revision=revision.value if revision else "",
        takes_revision=True,
        tool=started.name,
        host=_HUB,
        span=_span(started),
        revision_at=-1 if revision else arguments.operands[1].span.end,
    )


def _spacy(started: Invocation, _command: Command) -> Iterator[ModelDownload]:
    arguments = parse_arguments(started.arguments)
    values = [word.value for word in arguments.operands]
    if values[:1] != ["download"] or len(values) < 2:
        return
    # `--direct` takes a name with its version.
    name, _, version = (
        values[1].partition("-") if arguments.has("--direct", "-D", "-d") else (values[1], "", "")
    )
    yield _of_tool("spacy", name, "github.com", started, revision=version)


def _nltk(started: Invocation, _command: Command) -> Iterator[ModelDownload]:
    arguments = parse_arguments(started.arguments, "du")
    for word in arguments.operands:
        yield _of_tool("nltk", word.value, "nltk.org", started, kind="dataset")


def _ollama(started: Invocation, _command: Command) -> Iterator[ModelDownload]:
    values = [word.value for word in started.arguments if not word.value.startswith("-")]
    if len(values) > 1 and values[0] in {"pull", "run"}:
        name, _, tag = values[1].partition(":")
        yield _of_tool("ollama", name, "ollama.com", started, revision=tag)


def _modelscope(started: Invocation, _command: Command) -> Iterator[ModelDownload]:
    names = ("model", "dataset", "revision", "local_dir", "cache_dir", "include", "exclude")
    arguments = parse_arguments(started.arguments, names=names)
    if [word.value for word in arguments.operands[:1]] != ["download"]:
        return
    dataset = arguments.text("--dataset")
    model = arguments.text("--model") or "".join(word.value for word in arguments.operands[1:2])
    yield _of_tool(
        "modelscope",
        dataset or model,
        "modelscope.cn",
        started,
        kind="dataset" if dataset else "model",
        revision=arguments.text("--revision"),
    )


def _kaggle(started: Invocation, command: Command) -> Iterator[ModelDownload]:
    for item in downloads(command):
        kind: Kind = "model" if started.arguments[0].value == "models" else "dataset"
        yield _of_tool("kaggle", item.url, "kaggle.com", started, kind=kind)


def _files(_started: Invocation, command: Command) -> Iterator[ModelDownload]:
    """Return what is fetched as a plain file, where its name is one of weights."""
    for item in downloads(command):
        if not is_model_file(item.url) and not is_model_file(item.output):
            continue
        name = item.name or item.url
        revision = _revision_of_url(item.url)
        yield ModelDownload(
            name=name,
            kind="model",
            revision=revision,
            takes_revision=False,
            tool=item.tool,
            host=item.host,
            span=item.url_word.span,
            revision_at=-1,
        )


def _revision_of_url(url: str) -> str:
    """Return the commit or branch in a URL of the hub: `…/resolve/main/model.safetensors`."""
    _, found, rest = url.partition("/resolve/")
    return rest.partition("/")[0] if found else ""


def _of_clone(command: Command) -> Iterator[ModelDownload]:
    made = clone(command)
    if made is None or made.host not in {_HUB, "hf.co", "modelscope.cn", "www.modelscope.cn"}:
        return
    path = made.url.value.partition("://")[2].partition("/")[2].removesuffix(".git")
    yield ModelDownload(
        name=path.removeprefix("datasets/"),
        kind="dataset" if path.startswith("datasets/") else "model",
        revision=made.ref.value if made.ref else "",
        takes_revision=True,
        tool="git",
        host=made.host,
        span=command.span,
        revision_at=-1,
    )


def _of_tool(
    tool: str,
    name: str,
    host: str,
    started: Invocation,
    *,
    kind: Kind = "model",
    revision: str = "",
) -> ModelDownload:
    return ModelDownload(
        name=name,
        kind=kind,
        revision=revision,
        takes_revision=False,
        tool=tool,
        host=host,
        span=_span(started),
        revision_at=-1,
    )


def _span(started: Invocation) -> Span:
    last = started.arguments[-1] if started.arguments else started.word
    return started.word.span._replace(end=last.span.end)


_TOOLS: dict[str, Callable[[Invocation, Command], Iterator[ModelDownload]]] = {
    "hf": _hugging_face,
    "huggingface-cli": _hugging_face,
    "spacy": _spacy,
    "nltk.downloader": _nltk,
    "ollama": _ollama,
    "modelscope": _modelscope,
    "kaggle": _kaggle,
    "curl": _files,
    "wget": _files,
    "aria2c": _files,
    "gdown": _files,
}
