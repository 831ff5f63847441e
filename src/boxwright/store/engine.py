"""
The container engine of this machine, through its own command line.

The command line knows how its engine is reached (contexts, DOCKER_HOST, ssh), so it is
asked rather than a socket.
"""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Mapping, Sequence, Set
from dataclasses import dataclass
from typing import IO, Any

from boxwright.errors import EngineError, StoreError
from boxwright.image.image import Image
from boxwright.oci.digest import Digest
from boxwright.oci.document import Node, parse_document
from boxwright.oci.platform import Platform
from boxwright.oci.reference import parse_reference
from boxwright.progress import Progress, Silent
from boxwright.store.archive import write_to

VARIABLE = "BOXWRIGHT_ENGINE"
"""Names the engine: `docker`, `podman`, `nerdctl`, a path to one, or `none`."""

_ENGINES = ("docker", "podman", "nerdctl")
_ABSENT = ("no such image", "not known", "no such object", "not found", "invalid reference")
"""Words by which an engine says that it has no such image."""
_BY_HAND = "write the image with `--output image.tar` and load it by hand to learn more"
_TO_A_FILE = "save the image to a file by hand, and name that"
_PATIENCE = 15
"""Seconds that an engine has to answer a question."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Loaded:
    """What loading an image came to."""

    name: str
    """By which the engine knows the image: its reference, or its id."""
    sent: int
    """Bytes that the engine was sent."""
    skipped: int
    """How many layers it had already."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """An image that an engine has, as it tells of it."""

    id: Digest
    """Of its configuration, or of its manifest or index, as the engine's storage has it."""
    diff_ids: tuple[Digest, ...]
    platform: Platform
    size: int
    """Bytes of what its layers hold, more or less."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Engine:
    """An engine that answered."""

    name: str
    """`docker`, `podman` or `nerdctl`."""
    program: str
    version: str
    storage: str
    """`layers` where layers are known by the tars below them, `blobs` by blobs (containerd)."""
    environ: Mapping[str, str]

    def load(self, image: Image, reference: str | None, progress: Progress | None = None) -> Loaded:
        """
        Give *image* to the engine under the name *reference*.

        What the engine has already is not sent: nothing of an image that it knows, and
        only the layers above the common ones to a Docker engine that looks layers up by
        their tars. EngineError carries the engine's own words.
        """
        name = self._name(reference)
        known = self._known_as(image)
        if known:
            if name:
                self._ask("tag", known, name)
            return Loaded(name=name or _as_digest(known), sent=0, skipped=len(image.layers))
        common = self._common_layers(image) if self.storage == "layers" else 0
        skip = _only_below(image, common)
        try:
            sent = self._send(image, name, skip, progress)
        except EngineError:
            if not skip:
                raise
            # A layer that was there a moment ago is gone, or was known by another name.
            common, sent = 0, self._send(image, name, frozenset(), progress)
        return Loaded(name=name or _as_digest(self._known_as(image)), sent=sent, skipped=common)

    def inspect(self, name: str) -> Kept | None:
        """Return what the engine has under *name*, a reference or an id; None if nothing."""
        if name.startswith("-"):
            return None
        found = self._run("image", "inspect", name)
        if found.returncode:
            words = found.stderr.lower()
            if any(sign in words for sign in _ABSENT):
                return None
            raise self._refused(f"tell of `{name}`", found.stderr.strip(), _TO_A_FILE)
        try:
            return _kept(parse_document(found.stdout.encode(), f"what {self.name} tells"))
        except StoreError as error:
            raise EngineError(
                f"{self.name} {self.version} does not tell what `{name}` is: {error.message}",
                hint=_TO_A_FILE,
            ) from error

    @contextlib.contextmanager
    def saved(self, name: str) -> Iterator[IO[bytes]]:
        """
        Give the archive that the engine writes of the image *name*, as it writes it.

        The engine is stopped if the block ends early. EngineError carries its own words, where
        it fails, in place of any StoreError about the archive that it did not finish.
        """
        with (
            tempfile.TemporaryFile() as errors,
            subprocess.Popen(
                [self.program, "save", name],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=errors,
                env=dict(self.environ),
            ) as process,
        ):
            assert process.stdout is not None  # noqa: S101 (it was asked for)

            def refused(status: int) -> EngineError:
                errors.seek(0)
                words = errors.read(1 << 16).decode(errors="replace").strip()
                return self._refused(f"save `{name}`", words or f"status {status}", _TO_A_FILE)

            try:
                yield process.stdout
                # What follows the end of the archive is nothing, or the engine hangs up.
                while process.stdout.read(1 << 16):
                    pass
                status = process.wait()
            except StoreError as error:
                status = _status_soon(process)
                if status:
                    raise refused(status) from error
                raise
            except BaseException:
                process.kill()
                raise
            finally:
                process.stdout.close()
            if status:
                raise refused(status)

    def _name(self, reference: str | None) -> str | None:
        """Return *reference* as this engine's users write it."""
        if reference is None:
            return None
        parsed = parse_reference(reference)
        # Where no registry is named podman, unlike Docker, takes this machine for it.
        if self.name == "podman" and parsed.familiar != str(parsed):
            return f"localhost/{parsed.familiar}"
        return parsed.familiar

    def _known_as(self, image: Image) -> str:
        """Return the engine's id of *image*; "" if it does not have it."""
        # Docker on containerd's storage knows an image by its manifest, others by its config.
        for digest in (image.config.descriptor.digest, image.digest):
            found = self._run("image", "inspect", "--format", "{{.Id}}", digest)
            if found.returncode == 0:
                return found.stdout.strip()
            if self.storage == "layers":
                break
        return ""

    def _common_layers(self, image: Image) -> int:
        """Return how many of the lowest layers some image of the engine begins with."""
        ids = self._run("image", "ls", "--all", "--quiet", "--no-trunc").stdout.split()
        if not ids:
            return 0
        # One that is removed meanwhile makes the status 1, the others are told all the same.
        format_ = "{{json .RootFS.Layers}}"
        found = self._run("image", "inspect", "--format", format_, *dict.fromkeys(ids))
        wanted = [layer.diff_id for layer in image.layers]
        common = 0
        for line in found.stdout.splitlines():
            try:
                layers = json.loads(line) or []
            except ValueError:
                continue
            while layers[: common + 1] == wanted[: common + 1] and common < len(wanted):
                common += 1
        return common

    def _send(
        self, image: Image, name: str | None, skip: Set[Digest], progress: Progress | None
    ) -> int:
        with (
            tempfile.TemporaryFile() as output,
            subprocess.Popen(
                [self.program, "load", "--quiet"],
                stdin=subprocess.PIPE,
                stdout=output,
                stderr=subprocess.STDOUT,
                env=dict(self.environ),
            ) as process,
        ):
            assert process.stdin is not None  # noqa: S101 (it was asked for)
            sent, broken = 0, False
            try:
                sent = write_to(
                    process.stdin,
                    image,
                    name,
                    skip_layers=skip,
                    progress=progress or Silent(),
                    task=f"load into {self.name}",
                )
                process.stdin.close()
            except OSError:
                # The engine hung up; its words, read below, say why.
                broken = True
            except BaseException:
                process.kill()
                raise
            finally:
                _close(process)
            status = process.wait()
            output.seek(0)
            words = output.read(1 << 16).decode(errors="replace").strip()
        if status or broken:
            raise self._refused("load the image", words or f"exit status {status}", _BY_HAND)
        return sent

    def _ask(self, *arguments: str) -> str:
        found = self._run(*arguments)
        if found.returncode:
            raise self._refused(" ".join(arguments), found.stderr.strip(), _BY_HAND)
        return found.stdout

    def _run(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        return _run(self.program, arguments, self.environ)

    def _refused(self, what: str, words: str, otherwise: str = "") -> EngineError:
        return EngineError(
            f"{self.name} {self.version} did not {what}: {words[-2000:]}",
            hint=_hint(words) or otherwise,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Search:
    """An engine, or why there is none."""

    engine: Engine | None
    reason: str = ""


def look_for_engine(environ: Mapping[str, str]) -> Search:
    """Look for an engine that answers: Docker, podman, nerdctl, or what BOXWRIGHT_ENGINE says."""
    wanted = environ.get(VARIABLE, "")
    if wanted == "none":
        return Search(engine=None, reason=f"{VARIABLE} is `none`")
    reasons: list[str] = []
    for name in (wanted,) if wanted else _ENGINES:
        program = shutil.which(name, path=environ.get("PATH", os.defpath))
        if program is None:
            reasons.append(f"there is no program `{name}`")
            continue
        found = _try(program, environ)
        if found.engine:
            return found
        reasons.append(found.reason)
    return Search(engine=None, reason="; ".join(reasons))


def look_for_named_engine(name: str, environ: Mapping[str, str]) -> Search:
    """Look for the engine *name*, `docker` or `podman`, whichever BOXWRIGHT_ENGINE prefers."""
    if environ.get(VARIABLE):
        found = look_for_engine(environ)
        if found.engine and found.engine.name == name:
            return found
    found = look_for_engine({**environ, VARIABLE: name})
    if found.engine and found.engine.name != name:
        return Search(engine=None, reason=f"`{found.engine.program}` is {found.engine.name}")
    return found


def find_engine(environ: Mapping[str, str]) -> Engine | None:
    """Return the engine of this machine; None if none answers."""
    return look_for_engine(environ).engine


def require_engine(environ: Mapping[str, str]) -> Engine:
    """Return the engine of this machine; EngineError says why there is none."""
    search = look_for_engine(environ)
    if search.engine is None:
        raise EngineError(
            f"no container engine answers: {search.reason}",
            hint="start Docker or podman, or write the image to a file with `--output image.tar`",
        )
    return search.engine


def _try(program: str, environ: Mapping[str, str]) -> Search:
    try:
        answer = _run(program, ("info", "--format", "{{json .}}"), environ)
    except EngineError as error:
        return Search(engine=None, reason=error.message)
    try:
        info = json.loads(answer.stdout)
    except ValueError:
        info = {}
    info = info if isinstance(info, dict) else {}
    engine = _podman(info, program, environ) or _docker(info, program, environ)
    if engine:
        return Search(engine=engine)
    words = [str(text) for text in info.get("ServerErrors") or ()] or [answer.stderr.strip()]
    reason = " ".join("; ".join(words).split()) or "it says nothing of itself"
    return Search(engine=None, reason=f"`{program}` reaches no engine ({reason})")


def _podman(info: dict[str, Any], program: str, environ: Mapping[str, str]) -> Engine | None:
    """Return podman, which may go by the name of docker."""
    if not isinstance(info.get("store"), dict) or not isinstance(info.get("version"), dict):
        return None
    version = str(info["version"].get("Version", ""))
    return Engine(name="podman", program=program, version=version, storage="blobs", environ=environ)


def _docker(info: dict[str, Any], program: str, environ: Mapping[str, str]) -> Engine | None:
    version = info.get("ServerVersion")
    if not version:
        return None
    on_containerd = "containerd.snapshotter" in json.dumps(info.get("DriverStatus"))
    is_nerdctl = os.path.basename(program).startswith("nerdctl")  # noqa: PTH119 (a name alone)
    on_containerd = on_containerd or is_nerdctl
    return Engine(
        name="nerdctl" if is_nerdctl else "docker",
        program=program,
        version=str(version),
        storage="blobs" if on_containerd else "layers",
        environ=environ,
    )


def _run(
    program: str, arguments: Sequence[str], environ: Mapping[str, str]
) -> subprocess.CompletedProcess[str]:
    try:
        return subprocess.run(
            [program, *arguments],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="replace",
            timeout=_PATIENCE,
            env=dict(environ),
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise EngineError(
            f"`{program}` did not answer within {_PATIENCE} seconds",
            hint="see whether the engine that it is set up with is there and well",
        ) from error
    except OSError as error:
        raise EngineError(
            f"`{program}` cannot be started: {error.strerror or error}",
            hint=f"install it again, or name another with {VARIABLE}",
        ) from error


def _kept(inspected: Node) -> Kept:
    documents = inspected.items()
    if len(documents) != 1:
        raise inspected.unexpected("one image")
    document = documents[0]
    root = document.get("RootFS")
    layers = root.get("Layers") if root else None
    variant, size = document.get("Variant"), document.get("Size")
    return Kept(
        id=Digest(_as_digest(document.member("Id").text())),
        diff_ids=tuple(node.digest() for node in layers.items()) if layers else (),
        platform=Platform(
            os=document.member("Os").text(),
            architecture=document.member("Architecture").text(),
            variant=variant.text() if variant else "",
        ),
        size=size.size() if size else 0,
    )


def _status_soon(process: subprocess.Popen[bytes]) -> int:
    """Return the status of *process*, which has ended or is about to; 0 if it had to be killed."""
    try:
        return process.wait(timeout=2)
    except subprocess.TimeoutExpired:
        process.kill()
        return 0


def _close(process: subprocess.Popen[bytes]) -> None:
    """Close the standard input of *process*, which may have hung up."""
    try:
        if process.stdin is not None:
            process.stdin.close()
    except OSError:
        return


def _only_below(image: Image, common: int) -> Set[Digest]:
    """Return the blobs that only the lowest *common* layers have."""
    digests = [layer.blob.descriptor.digest for layer in image.layers]
    return frozenset(digests[:common]) - frozenset(digests[common:])


def _as_digest(known: str) -> str:
    """Return the engine's id *known* with its algorithm, which podman leaves out."""
    return f"sha256:{known.removeprefix('sha256:')}"


def _hint(words: str) -> str:
    said = words.lower()
    if "no space left" in said:
        return "make room where the engine keeps its images, for example with `docker system prune`"
    if "max depth exceeded" in said:
        return "the image has more layers than the engine allows; have fewer in the settings"
    if "permission denied" in said:
        return "you may not talk to the engine: ask to be a member of its group, or use podman"
    if "connect" in said or "broken pipe" in said:
        return "see whether the engine is running"
    return ""
