"""The environment variables of the process, which runs on a read-only root with a /tmp."""

from __future__ import annotations

import posixpath

from boxwright.plan.explain import Explained
from boxwright.plan.model import SITE
from boxwright.project.facts import Dependencies
from boxwright.settings import Settings

CACHE = "/tmp/.cache"  # noqa: S108 (a path in the image, where /tmp is the process's own)
_ALWAYS = {
    "PATH": f"{SITE}/bin:/usr/local/bin:/usr/bin:/bin",
    "LANG": "C.UTF-8",
    "PYTHONUNBUFFERED": "1",
    "PYTHONDONTWRITEBYTECODE": "1",
    "SSL_CERT_FILE": "/etc/ssl/certs/ca-certificates.crt",
    "XDG_CACHE_HOME": CACHE,
}
_CACHES = (
    (
        ("huggingface-hub", "transformers", "datasets", "diffusers", "sentence-transformers",
         "tokenizers", "accelerate", "peft", "faster-whisper", "gradio"),
        {"HF_HOME": f"{CACHE}/huggingface"},
    ),
    (
        ("torch", "torchvision", "torchaudio", "timm"),
        {"TORCH_HOME": f"{CACHE}/torch"},
    ),
    (
        ("matplotlib", "seaborn", "shap", "yellowbrick", "lightgbm", "xgboost"),
        {"MPLCONFIGDIR": f"{CACHE}/matplotlib"},
    ),
    (
        ("numba", "librosa", "umap-learn", "shap", "pynndescent", "stumpy", "sktime"),
        {"NUMBA_CACHE_DIR": f"{CACHE}/numba"},
    ),
)  # fmt: skip
"""Libraries that fail or complain where they cannot write, and where they shall."""
_JOBLIB = (
    "joblib",
    "scikit-learn",
    "imbalanced-learn",
    "lightgbm",
    "umap-learn",
    "librosa",
    "shap",
)


def decide_environment(
    own: dict[str, str],
    dependencies: Dependencies,
    user: str,
    settings: Settings,
    explained: Explained,
    *,
    is_service: bool,
) -> tuple[tuple[str, str], ...]:
    """Return the variables, sorted; *own* are those that the entry point needs."""
    env = dict(_ALWAYS)
    if user.split(":")[0] == "65532":
        # The base has this user and its home; `getpass.getuser` reads USER first.
        env |= {"HOME": "/home/nonroot", "USER": "nonroot"}
    else:
        env |= {"HOME": posixpath.dirname(CACHE), "USER": "app"}
    explained.add(
        "env", "PYTHONUNBUFFERED=1", "logs are seen at once", practice="buffered-python-output"
    )
    for libraries, variables in _CACHES:
        found = [name for name in libraries if dependencies.has(name)]
        if found:
            env |= variables
            for name, value in variables.items():
                explained.add(
                    f"env.{name}",
                    value,
                    f"`{found[0]}` writes there, and the root is read-only",
                    practice="cache-dir-not-writable",
                )
    joblib = next((name for name in _JOBLIB if dependencies.has(name)), None)
    if joblib and is_service:
        env["LOKY_MAX_CPU_COUNT"] = "1"
        explained.add(
            "env.LOKY_MAX_CPU_COUNT",
            "1",
            f"joblib (of `{joblib}`) would start `lscpu`, which is not there, and a worker for"
            " each core of the host; a service answers requests beside each other instead",
            practice="threads-ignore-limit",
        )
    env |= own
    for name, value in settings.env:
        env[name] = value
        explained.from_settings(f"env.{name}", "set")
    return tuple(sorted(env.items()))
