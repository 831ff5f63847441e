"""
The fuzzer's targets: laws that hold for every input, however broken.

Each target is a process of its own, since libFuzzer ends with its process.
"""

from __future__ import annotations

import argparse
import gzip
import io
import json
import subprocess
import sys
import tarfile
from collections.abc import Callable, Iterable
from datetime import date
from pathlib import Path

import atheris

CHECKOUT = Path(__file__).resolve().parent.parent
STATE = CHECKOUT / ".cache" / "fuzz"
CORPUS = CHECKOUT / "tests" / "corpus"
LONGEST = 4096
TODAY = date(2026, 12, 1)
DOCUMENTS = (
    "var/lib/dpkg/status",
    "var/lib/dpkg/info/a.list",
    "lib/apk/db/installed",
    "opt/conda/conda-meta/a.json",
    "var/lib/rpm/rpmdb.sqlite",
    "srv/package.json",
    "usr/lib/python3/dist-packages/a-1.dist-info/METADATA",
    "usr/lib/python3/dist-packages/a-1.dist-info/RECORD",
    "usr/lib/python3/dist-packages/b-1.egg-info/PKG-INFO",
    "usr/lib/python3/dist-packages/b-1.egg-info/requires.txt",
    "etc/os-release",
    "etc/passwd",
    "etc/shadow",
    "app/a.pkl",
    "app/a.onnx",
    "app/a.txt",
)
"""Where databases of packages are, and files of other forms."""

with atheris.instrument_imports(include=["boxwright"]):
    from boxwright.errors import ProjectError
    from boxwright.image.blob import BytesBlob, bytes_blob
    from boxwright.image.image import Image, Layer
    from boxwright.oci import media_type
    from boxwright.oci.canonical import canonical_json
    from boxwright.oci.config import ImageConfig
    from boxwright.oci.descriptor import Descriptor
    from boxwright.oci.digest import digest_of
    from boxwright.oci.document import Node
    from boxwright.oci.manifest import Manifest
    from boxwright.oci.platform import Platform
    from boxwright.practices.autofix import fix_file
    from boxwright.practices.check import check_image, check_source
    from boxwright.practices.discovery import Kind
    from boxwright.practices.image_subject import ImageSubject
    from boxwright.practices.selection import Selection
    from boxwright.practices.workspace import File, Workspace
    from boxwright.report.inspect_document import document
    from boxwright.scan.contents import Contents
    from boxwright.scan.look import look
    from boxwright.scan.sbom.bill import bill_of
    from boxwright.scan.sbom.cyclonedx import cyclonedx
    from boxwright.scan.sbom.spdx import spdx
    from boxwright.syntax.dockerfile.parse import parse_dockerfile
    from boxwright.syntax.dockerfile.printer import print_dockerfile
    from boxwright.syntax.dockerfile.variables import expand
    from boxwright.syntax.dockerignore import Dockerignore
    from boxwright.syntax.requirements import parse_requirements
    from boxwright.syntax.yaml.compose import parse_compose
    from boxwright.syntax.yaml.interpolation import interpolate
    from boxwright.syntax.yaml.kubernetes import parse_kubernetes
    from boxwright.syntax.yaml.tree import parse_yaml
    from boxwright.text.source import Source, Span

PLATFORM = Platform("linux", "amd64")


def dockerfile(text: str) -> None:
    """Read a Dockerfile: it prints back as it was, and its places are in it."""
    parsed = parse_dockerfile(Source("Dockerfile", text))

    assert print_dockerfile(parsed) == text
    within(text, (problem.span for problem in parsed.problems))
    within(text, (instruction.span for instruction in parsed.instructions))


def shell(text: str) -> None:
    """Read what a RUN says as commands, whose places are in the file."""
    whole = f"FROM debian\nRUN {text}"
    for instruction in parse_dockerfile(Source("Dockerfile", whole)).instructions:
        for command in getattr(instruction, "commands", ()):
            within(whole, [command.span, *(word.span for word in command.words)])


def variables(text: str) -> None:
    """Expand a word's variables; it may have a problem."""
    expand(text, {"a": "1", "b": None})
    interpolate(text, {"a": "1"})


def yaml(text: str) -> None:
    """Read YAML as a tree, as a Compose file and as Kubernetes objects."""
    parsed = parse_yaml(Source("compose.yaml", text))
    within(text, (problem.span for problem in parsed.problems))
    for service in parse_compose(Source("compose.yaml", text)).services:
        _ = service.image, service.ports, service.volumes, service.environment, service.depends_on
    for item in parse_kubernetes(Source("object.yaml", text)):
        _ = item.kind, item.name, [container.name for container in item.containers]


def dockerignore(text: str) -> None:
    """Match patterns, or refuse them."""
    try:
        patterns = Dockerignore.parse(text)
    except ProjectError:
        return
    for path in ("a", "a/b/c.txt", "data/train.csv"):
        patterns.ignores(path)


def requirements(text: str) -> None:
    """Read a requirements file, or refuse it."""
    try:
        parse_requirements(text, "requirements.txt")
    except ProjectError:
        return


def check(text: str) -> None:
    """Check: no rule raises, whatever it looks at."""
    for name, kind in (("Dockerfile", Kind.DOCKERFILE), ("compose.yaml", Kind.COMPOSE)):
        checked = check_source(
            Source(name, text), kind, today=TODAY, selection=Selection(select=["all"])
        )
        for failure in checked.failures:
            raise failure.error
        within(text, (finding.span for finding in checked.findings))


def fix(text: str) -> None:
    """Fix twice, which is fixing once."""
    file = File("Dockerfile", "Dockerfile", Kind.DOCKERFILE, text)
    selection = Selection(select=["all"])
    once = fix_file(Workspace(None, [file], today=TODAY), "Dockerfile", selection, unsafe=True)
    file = file._replace(text=once.text)
    twice = fix_file(Workspace(None, [file], today=TODAY), "Dockerfile", selection, unsafe=True)

    assert twice.text == once.text


def inspect(data: bytes) -> None:
    """Look into an image with one layer, packed or not: nothing raises, and the sizes add up."""
    layer = Layer(
        blob=BytesBlob(
            Descriptor(media_type=media_type.LAYER_GZIP, digest=digest_of(data), size=len(data)),
            data,
        ),
        diff_id=digest_of(data),
        uncompressed_size=0,
        created_by="RUN x",
    )
    inspected(ImageConfig(platform=PLATFORM, created="", diff_ids=(layer.diff_id,)), layer)


def documents(data: bytes) -> None:
    """Look into an image in which every database of packages says the same."""
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w") as tar:
        for path in DOCUMENTS:
            entry = tarfile.TarInfo(path)
            entry.size = len(data)
            tar.addfile(entry, io.BytesIO(data))
    inspect(stream.getvalue())


def configuration(text: str) -> None:
    """Look into an image without layers, whose instructions and settings say *text*."""
    words = text.split("\n")
    config = {
        "os": "linux",
        "architecture": "amd64",
        "config": {
            "Env": [f"A={text}", *words],
            "Labels": {text: text},
            "Cmd": words,
            "User": text,
            "ExposedPorts": {text: {}},
            "WorkingDir": text,
        },
        "rootfs": {"type": "layers", "diff_ids": []},
        "history": [
            {"created_by": said, "empty_layer": True}
            for said in (text, f"RUN {text}", f"HEALTHCHECK {text}", *words)
        ],
    }
    parsed = ImageConfig.from_dict(Node(config, "the configuration"))
    inspected(parsed)


def inspected(config: ImageConfig, *layers: Layer) -> None:
    """Ask everything of an image."""
    blob = bytes_blob(media_type.CONFIG, canonical_json(config.to_dict()))
    manifest = Manifest(
        config=blob.descriptor, layers=tuple(layer.blob.descriptor for layer in layers)
    )
    image = Image(
        manifest=bytes_blob(media_type.MANIFEST, canonical_json(manifest.to_dict())),
        config=blob,
        layers=layers,
        platform=config.platform,
    )
    contents = Contents(look(image, cache=None))
    checked = check_image(ImageSubject(contents, today=TODAY), Selection(select=["all"]))
    for failure in checked.failures:
        raise failure.error
    told = document(contents, findings=checked.findings)
    sizes = told["image"]["sizes"]
    assert sizes["unpacked"] == sizes["final"] + sizes["waste"], sizes
    assert sizes["unpacked"] == sum(cause["size"] for cause in told["causes"]), sizes
    bill = bill_of(contents)
    json.dumps([told, cyclonedx(bill), spdx(bill)], ensure_ascii=False).encode()


TARGETS: dict[str, tuple[Callable[..., None], tuple[str, ...]]] = {
    "dockerfile": (dockerfile, ("dockerfile/*", "broken/*ockerfile*")),
    "shell": (shell, ("dockerfile/*",)),
    "variables": (variables, ("dockerfile/*",)),
    "yaml": (yaml, ("compose/*", "kubernetes/*", "broken/*.y*ml")),
    "dockerignore": (dockerignore, ("projects/*/.dockerignore",)),
    "requirements": (requirements, ("projects/*/requirements*.txt",)),
    "check": (check, ("dockerfile/*", "compose/*")),
    "fix": (fix, ("dockerfile/*",)),
    "inspect": (inspect, ()),
    "documents": (documents, ()),
    "configuration": (configuration, ("dockerfile/*",)),
}
OF_BYTES = {"inspect", "documents"}
"""Targets that get bytes; the others get text."""


def small_layer() -> bytes:
    """Return a tar with a package, a secret, a link, a whiteout and a model."""
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w") as tar:
        for path, content in (
            ("lib/a-1.dist-info/METADATA", b"Name: a\nVersion: 1\n"),
            ("app/.env", b"PASSWORD=grey-otter-42\n"),
            ("etc/.wh.shadow", b""),
        ):
            entry = tarfile.TarInfo(path)
            entry.size = len(content)
            tar.addfile(entry, io.BytesIO(content))
        link = tarfile.TarInfo("app/link")
        link.type, link.linkname = tarfile.SYMTYPE, "../etc"
        tar.addfile(link)
    return stream.getvalue()[:LONGEST]


SEEDS: dict[str, tuple[bytes, ...]] = {
    "inspect": (small_layer(), gzip.compress(small_layer(), mtime=0)),
    "documents": (
        b"Package: a\nStatus: install ok installed\nVersion: 1\nDepends: b | c (>= 1)\n\n",
        b"P:a\nV:1-r0\nD:so:x !y\nF:lib\nR:a.so\nZ:Q1+rs0VKzcaa6O6MhWjFmtOPZ1wHg=\n\n",
        b'{"name":"a","version":"1","files":["x"],"depends":["b >=1"],"dependencies":{"b":"1"}}',
        b"Name: a\nVersion: 1\nRequires-Dist: b (>=1) ; python_version < '3'\n",
        b"a.py,sha256=47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU,0\n",
        b'ID=debian\nVERSION_ID="12"\n',
        b"root::0:0::/root:/bin/sh\n",
        b"\x80\x04\x95\x1a\x00\x00\x00\x00\x00\x00\x00\x8c\x02os\x8c\x06system\x93\x8c\x02id\x85R.",
    ),
    "configuration": (
        b'HEALTHCHECK &{["CMD-SHELL" "curl x"] "30s" "0s" "5s" \'\\x03\'}',
        b'|1 A=b /bin/sh -c make\nCMD ["a" "b"]\nEXPOSE map[80/tcp:{}]\nENV A=b C="d e"',
    ),
}


def within(text: str, spans: Iterable[Span]) -> None:
    """Hold *spans* against *text*."""
    for span in spans:
        assert 0 <= span.start <= span.end <= len(text), span


def main() -> int:
    """Run the targets that are asked for, one after the other."""
    parser = argparse.ArgumentParser(
        description="Fuzz the parsers, the checker and the look into images."
    )
    parser.add_argument("targets", nargs="*", choices=[*TARGETS, []], metavar="TARGET")
    parser.add_argument("--seconds", type=int, default=10, help="for each target")
    parser.add_argument("--input", type=Path, help="try this file once, and nothing else")
    options = parser.parse_args()
    failed = []
    for name in options.targets or TARGETS:
        folder = STATE / name
        seeds = folder / "seeds"
        seeds.mkdir(parents=True, exist_ok=True)
        for pattern in TARGETS[name][1]:
            for path in CORPUS.glob(pattern):
                if path.is_file():
                    (seeds / path.name).write_bytes(path.read_bytes()[:LONGEST])
        for at, seed in enumerate(SEEDS.get(name, ())):
            (seeds / f"made-{at}").write_bytes(seed)
        command = [sys.executable, __file__, "--run", name, f"-artifact_prefix={folder}/"]
        command += [str(options.input)] if options.input else [
            f"-max_total_time={options.seconds}",
            f"-max_len={LONGEST}",
            "-timeout=20",
            "-rss_limit_mb=2048",
            "-print_final_stats=0",
            "-verbosity=0",
            str(seeds),
        ]  # fmt: skip
        print(f"--- {name}", flush=True)
        if subprocess.run(command, check=False).returncode:
            failed.append(name)
    if failed:
        print(f"failed: {', '.join(failed)}; what broke them is in {STATE}", file=sys.stderr)
    return 1 if failed else 0


def run(name: str) -> None:
    """Fuzz the target *name*, in this process."""
    target = TARGETS[name][0]

    def one(data: bytes) -> None:
        target(data if name in OF_BYTES else data.decode("utf-8", "replace"))

    atheris.Setup([sys.argv[0], *sys.argv[3:]], one)
    atheris.Fuzz()


if __name__ == "__main__":
    if sys.argv[1:2] == ["--run"]:
        run(sys.argv[2])
    else:
        sys.exit(main())
