"""Objects → files."""

from __future__ import annotations

from collections.abc import Iterable

from boxwright.render.header import header
from boxwright.render.model import GeneratedFile, Surroundings
from boxwright.syntax.yaml.written import Data, written

FOLDER = "kubernetes"


def yaml_file(
    around: Surroundings, path: str, documents: Iterable[Data], *about: str
) -> GeneratedFile:
    """Return the file *path* below the folder of all, with *documents* and what they are *about*."""
    text = "---\n".join(f"{written(document)}\n" for document in documents)
    return GeneratedFile(
        path=f"{FOLDER}/{path}", text=f"{header(around, *about)}\n{text}", kind="kubernetes"
    )


def kustomization(spec: dict[str, Data], *, kind: str = "Kustomization") -> dict[str, Data]:
    """Return the document that tells kustomize what belongs together."""
    version = "v1beta1" if kind == "Kustomization" else "v1alpha1"
    return {"apiVersion": f"kustomize.config.k8s.io/{version}", "kind": kind, **spec}
