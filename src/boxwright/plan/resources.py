"""How much memory, processor and shared memory a container may use, and its threads."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from boxwright.plan.explain import Explained
from boxwright.plan.model import Resources
from boxwright.project.evidence import Evidence
from boxwright.project.facts import Dependencies, Project, Training
from boxwright.settings import WorkloadSettings

MIB = 1 << 20
GIB = 1 << 30
_STEP = 256 * MIB
_FRAMEWORKS = (
    (("vllm", "sglang", "tensorrt-llm"), 4096, 4),
    (("tensorflow", "tensorflow-cpu", "keras"), 1536, 2),
    (("torch", "transformers", "sentence-transformers", "diffusers", "ultralytics"), 1024, 2),
    (("jax", "flax"), 1024, 2),
    (("spacy", "faster-whisper", "ctranslate2"), 768, 2),
    (("scikit-learn", "xgboost", "lightgbm", "catboost", "onnxruntime", "onnxruntime-gpu"), 512, 1),
    (("numpy", "pandas", "polars", "scipy"), 512, 1),
)
"""What importing them takes, in MiB and with room for requests, and processors that they use."""
_PLAIN = 256
_COMPUTE = frozenset(
    {
        "numpy", "scipy", "pandas", "scikit-learn", "torch", "tensorflow", "tensorflow-cpu", "jax",
        "xgboost", "lightgbm", "catboost", "onnxruntime", "onnxruntime-gpu", "transformers",
        "sentence-transformers", "faiss-cpu", "spacy", "numba", "statsmodels", "opencv-python",
        "opencv-python-headless", "ultralytics", "openvino", "ctranslate2", "faster-whisper",
        # These bring NumPy along, which only a lock would show.
        "qdrant-client", "chromadb", "pgvector", "gradio", "streamlit", "datasets", "evaluate",
        "lancedb", "pymilvus", "langchain-community", "llama-index", "bertopic", "gensim",
        "scikit-image",
    }
)  # fmt: skip
"""Distributions that start a thread for each core of the host, limited or not."""
_FORKING = ("gunicorn", "celery", "rq", "dramatiq", "huey", "taskiq", "arq")
_DOWNLOADS = frozenset({"huggingface", "transformers", "diffusers", "sentence-transformers"})
_UNKNOWN_WEIGHTS = 2 * GIB
_LITTLE = 32 * MIB
"""What any process has room for."""


def service_resources(project: Project, *, name: str, gpus: int, explained: Explained) -> Resources:
    """Return what a service or worker may use: its frameworks, and its weights and a half."""
    library, base, cpus = _framework(project.dependencies)
    weights, evidence = _weights(project)
    guessed = ""
    if not weights:
        loads = [it for it in project.downloads if it.scope == "service"]
        if loads and any(it.library in _DOWNLOADS for it in loads):
            weights = _UNKNOWN_WEIGHTS
            guessed = loads[0].name
            evidence = (loads[0].evidence,)
    memory = _rounded(base * MIB + weights * 3 // 2)
    why = f"`{library}` takes {base} MiB" if library else f"a service in Python takes {base} MiB"
    if guessed:
        why += f", and the weights of `{guessed}` are taken to be 2 GiB"
        explained.notice(
            f"the memory for `{name}` is a guess: how large `{guessed}` is, is known when it is"
            " fetched",
            f'measure it, and set `workloads.{name}.memory = "6 GiB"`',
            *evidence,
        )
    elif weights:
        why += f", and weights of {_mib(weights)} once and a half"
    explained.add(f"workloads.{name}.memory", _mib(memory), why, *evidence)
    shared = 2 * GIB if gpus or library in ("vllm", "sglang", "tensorrt-llm") else 0
    if project.dependencies.has("ray"):
        shared = max(shared, 2 * GIB)
    return Resources(
        cpus=max(cpus, 4 if gpus else cpus),
        memory=memory + shared,
        gpus=gpus,
        shared_memory=shared,
        pids=1024 if gpus or library in ("torch", "tensorflow", "vllm", "sglang") else 256,
    )


def training_resources(
    project: Project, training: Training, *, name: str, gpus: int, explained: Explained
) -> Resources:
    """Return what a training may use; its data loaders share memory."""
    is_deep = gpus > 0 or training.library not in ("scikit-learn", "xgboost", "lightgbm")
    data = sum(it.size for it in project.artifacts if it.kind == "dataset")
    data = data if data > _LITTLE else 0
    workers = training.loader_workers
    shared = 0
    if workers or (gpus and workers is None):
        shared = max(2 * GIB, _rounded((workers or 0) * _STEP))
        why = (
            f"{workers} processes of its data loader share memory"
            if workers
            else "data loaders and GPUs among each other share memory"
        )
        explained.add(
            f"workloads.{name}.shm", _mib(shared), why, training.evidence,
            practice="loader-without-shared-memory",
        )  # fmt: skip
    memory = _rounded((8 if gpus else 4 if is_deep else 2) * GIB + data)
    explained.add(
        f"workloads.{name}.memory",
        _mib(memory + shared),
        f"a usual amount for training with `{training.library}`"
        + (f", and data of {_mib(data)}" if data else ""),
        training.evidence,
    )
    return Resources(
        cpus=4 if is_deep else 2,
        memory=memory + shared,
        gpus=gpus,
        shared_memory=shared,
        pids=1024,
    )


def with_settings(resources: Resources, asked: WorkloadSettings) -> Resources:
    """Return *resources* with what the user says."""
    return replace(
        resources,
        cpus=resources.cpus if asked.cpus is None else asked.cpus,
        memory=resources.memory if asked.memory is None else asked.memory,
        gpus=resources.gpus if asked.gpus is None else asked.gpus,
        shared_memory=resources.shared_memory if asked.shm is None else asked.shm,
    )


def thread_env(dependencies: Dependencies, cpus: float, *, processes: int = 1) -> dict[str, str]:
    """Return the variables that hold libraries to the processors of each of *processes*."""
    env: dict[str, str] = {}
    if any(dependencies.has(name) for name in _COMPUTE):
        threads = str(max(1, int(cpus) // max(1, processes)))
        names = ["OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS"]
        if dependencies.has("numexpr"):
            names.append("NUMEXPR_MAX_THREADS")
        env |= dict.fromkeys(names, threads)
    if any(dependencies.has(name) for name in ("tokenizers", "transformers")) and any(
        dependencies.has(name) for name in _FORKING
    ):
        # Its threads do not survive a fork, and the child would hang.
        env["TOKENIZERS_PARALLELISM"] = "false"
    return env


def start_period(weights: int, usual: float) -> float:
    """Return the seconds in which weights of that size are read from a slow disk, doubled."""
    return max(usual, 60 + round(2 * weights / (100 << 20)))


def weights_of(project: Project) -> int:
    """Return the size of the weights that a service may load, in bytes."""
    return _weights(project)[0]


def _weights(project: Project) -> tuple[int, tuple[Evidence, ...]]:
    models = [it for it in project.artifacts if it.kind == "model"]
    size = sum(it.size for it in models)
    return (size, tuple(Evidence(it.path) for it in models[:1])) if size > _LITTLE else (0, ())


def _framework(dependencies: Dependencies) -> tuple[str, int, int]:
    """Return the heaviest library that the service imports, its memory in MiB and processors."""
    asked = {dependency.name for dependency in dependencies.direct}
    for names, memory, cpus in _FRAMEWORKS:
        for name in names:
            if name in asked:
                return name, memory, cpus
    return "", _PLAIN, 1


def total(resources: Iterable[Resources]) -> tuple[float, int]:
    """Return the processors and the memory of all of them."""
    found = list(resources)
    return sum(it.cpus for it in found), sum(it.memory for it in found)


def _rounded(size: int) -> int:
    return -(-size // _STEP) * _STEP


def _mib(size: int) -> str:
    return f"{size / GIB:g} GiB" if size >= GIB and not size % (GIB // 4) else f"{size // MIB} MiB"
