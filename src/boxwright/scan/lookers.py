"""Those who look at the content of files, made anew for each layer."""

from __future__ import annotations

import functools
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from boxwright.scan.layer_index import (
    VERSION,
    Artifact,
    Binary,
    LayerIndex,
    Member,
    SecretHit,
)
from boxwright.scan.looker import Looker

_TABLES = ("artifacts/pickles.toml", "secrets.toml")
"""What decides what is found, apart from code."""


class FindsSecrets(Looker, Protocol):
    """Looks for credentials."""

    @property
    def hits(self) -> Sequence[SecretHit]:
        """What was found so far."""
        ...

    @property
    def problems(self) -> Sequence[str]:
        """What was not looked at, in clauses."""
        ...


class FindsArtifacts(Looker, Protocol):
    """Looks for models, data sets, programs and libraries."""

    @property
    def artifacts(self) -> Sequence[Artifact]:
        """What was found of models and data sets so far."""
        ...

    @property
    def binaries(self) -> Sequence[Binary]:
        """What was found of programs and libraries so far."""
        ...


@dataclass(frozen=True, slots=True)
class Lookers:
    """Who looks at the files of one layer."""

    secrets: FindsSecrets
    artifacts: FindsArtifacts


def make_lookers() -> Lookers:
    """Return new lookers."""
    from boxwright.scan.artifacts.artifact_looker import ArtifactLooker
    from boxwright.scan.secret_looker import SecretLooker

    return Lookers(SecretLooker(), ArtifactLooker())


@functools.cache
def fingerprint() -> bytes:
    """Return what is another whenever a layer has to be looked at again."""
    from boxwright import __version__

    known = (LayerIndex, Member, SecretHit, Artifact, Binary)
    fields = [one.__struct_fields__ for one in known]
    result = hashlib.sha256(f"{__version__} {VERSION} {fields}".encode())
    for name in _TABLES:
        result.update((Path(__file__).parent / name).read_bytes())
    return result.digest()
