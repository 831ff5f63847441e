"""
The model server downloads its model into the container.

Whatever is fetched into a container goes with it: each new one (`docker compose up` after any change, a pull of the image, a crash that removes it) downloads the weights again, and cannot start while the hub is not reached.

Bad:

```yaml
services:
  llm:
    image: vllm/vllm-openai:v0.6.4
    command: ["--model", "mistralai/Mistral-7B-Instruct-v0.3"]
```

Good:

```yaml
services:
  llm:
    image: vllm/vllm-openai:v0.6.4
    command: ["--model", "mistralai/Mistral-7B-Instruct-v0.3"]
    volumes:
      - model-cache:/root/.cache/huggingface
volumes:
  model-cache:
```

## When it is fine

A model that is in the image, or mounted, is given as a path; that is not reported.

## Fix

A named volume is mounted where the server keeps what it downloads. Unsafe: the volume keeps old models until somebody removes it.

## Equivalents

None.

## References

Containers for ML, Docker patterns.
"""

from __future__ import annotations

import posixpath
from collections.abc import Iterator
from itertools import pairwise
from typing import NamedTuple

from boxwright.findings.finding import Applicability, Fix, Severity
from boxwright.practices.compose_file import ComposeFile
from boxwright.practices.compose_fixes import free_name, mount_named_volume
from boxwright.practices.compose_services import base_image, is_partial
from boxwright.practices.kind import server_of_image
from boxwright.practices.rule import Problem, rule
from boxwright.syntax.yaml.compose import Service
from boxwright.syntax.yaml.interpolation import interpolate


class _Cache(NamedTuple):
    folder: str
    options: tuple[str, ...]
    """Which say the model."""
    model_env: str = ""
    folder_envs: tuple[str, ...] = ("HF_HUB_CACHE", "HUGGINGFACE_HUB_CACHE", "HF_HOME")


_CACHES = {
    "vllm": _Cache("/root/.cache/huggingface", ("--model", "serve")),
    "sglang": _Cache("/root/.cache/huggingface", ("--model-path", "--model")),
    "tgi": _Cache("/data", ("--model-id",), "MODEL_ID"),
    "tei": _Cache("/data", ("--model-id",), "MODEL_ID"),
    "ollama": _Cache("/root/.ollama", (), "", ("OLLAMA_MODELS",)),
}


@rule(ComposeFile, severity=Severity.WARNING)
def model_downloaded_at_start(file: ComposeFile) -> Iterator[Problem]:
    if is_partial(file):
        return
    for service in file.services:
        server = server_of_image(base_image(service).name) if service.build is None else None
        cache = _CACHES.get(server.name) if server is not None else None
        if server is None or cache is None:
            continue
        model = _model(file, service, cache)
        folder = _folder(service, cache)
        if not folder or model is None or _is_kept(service, folder):
            continue
        name = free_name(file, "volumes", "model-cache")
        found = mount_named_volume(file, service, name, folder)
        fix = found and Fix(
            f"Mount a volume at `{folder}`", found[0], Applicability.UNSAFE, found[1]
        )
        what = f"`{model}`" if model else "its models"
        yield Problem(
            f"{server.title} downloads {what} anew in each container: nothing is at `{folder}`",
            service.span,
            fix or None,
        )


def _model(file: ComposeFile, service: Service, cache: _Cache) -> str | None:
    """Return the model that is fetched, empty for any; None where that is not clear."""
    if not cache.options:
        return ""
    words = [
        interpolate(word.value, file.env).text
        for command in service.start
        for word in command.words
    ]
    said = [value for option in cache.options for word, value in pairwise(words) if word == option]
    said += [
        word.partition("=")[2]
        for word in words
        if word.partition("=")[0] in cache.options and "=" in word
    ]
    said += [item.value or "" for item in service.environment if item.name == cache.model_env]
    model = next(iter(said), "")
    is_path = model.startswith(("/", ".", "~", "s3:", "gs:"))
    return None if not model or is_path or "$" in model or model.startswith("-") else model


def _folder(service: Service, cache: _Cache) -> str:
    """Return where the server keeps what it fetches; empty where that is not clear."""
    words = {word.value.partition("=")[0] for command in service.start for word in command.words}
    if "--download-dir" in words or "--huggingface-hub-cache" in words:
        return ""
    if service.get("user") is not None or service.env_files or service.get("volumes_from"):
        return ""
    for item in service.environment:
        if item.name in cache.folder_envs:
            return item.value or ""
    return cache.folder


def _is_kept(service: Service, folder: str) -> bool:
    wanted = posixpath.normpath(folder)
    for mount in service.volumes:
        target = posixpath.normpath(mount.target or "/")
        # What is mounted inside of it may be all that matters, `hub` for one.
        is_there = wanted.startswith(f"{target}/") or target.startswith(f"{wanted}/")
        if mount.type != "tmpfs" and ("$" in target or target == wanted or is_there):
            return True
    return False
