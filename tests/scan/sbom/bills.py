"""Bills of made-up images."""

from __future__ import annotations

from tests.scan.packages.trees import Tree, inventory

from boxwright.oci.platform import Platform
from boxwright.scan.layer_index import Artifact
from boxwright.scan.packages.package import Inventory
from boxwright.scan.sbom.bill import Bill, make_bill

DIGEST = f"sha256:{'ab' * 32}"
MODEL = Artifact(
    path="models/llama.gguf",
    role="model",
    format="gguf",
    size=7,
    details={"architecture": "llama", "parameters": "7 billion", "licence": "apache-2.0"},
    dangerous=("posix.system",),
)
DATA = Artifact(
    path="data/\udcff.parquet",
    role="dataset",
    format="parquet",
    size=9,
    details={"rows": "3", "licence": "ask us first"},
)


def bill(found: Tree | Inventory, *, created: str = "2026-01-02T03:04:05Z") -> Bill:
    """Return the bill of an image with packages, a model and a data set."""
    packages = found if isinstance(found, Inventory) else inventory(found)
    return make_bill(
        name="registry.example.org/team/app:1.0@" + DIGEST,
        digest=DIGEST,
        created=created,
        platform=Platform("linux", "amd64"),
        layers=[f"sha256:{'01' * 32}", f"sha256:{'02' * 32}"],
        distribution=packages.distribution,
        packages=[(package, at % 2) for at, package in enumerate(packages.packages)],
        artifacts=[(MODEL, 1, "cd" * 32), (DATA, 0, "")],
        unread=packages.unread,
    )
