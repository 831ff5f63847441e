"""Made-up looks into images: one with some of everything, one after it was mended, one of many."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from tests.report.conftest import rule_named
from tests.scan.images import (
    Entry,
    directory,
    document,
    file,
    image,
    layer,
    step,
    symlink,
    whiteout,
)

from boxwright.findings.finding import Finding, Severity
from boxwright.oci.config import Healthcheck, ImageConfig
from boxwright.oci.platform import Platform
from boxwright.practices.rule import Rule
from boxwright.scan.contents import Contents
from boxwright.scan.inspected import Inspected
from boxwright.scan.layer_index import Artifact, Binary, SecretHit
from boxwright.scan.packages.package import Package
from boxwright.scan.vulnerability import Advisory, Match
from boxwright.text.source import Position, Span

SITE = "opt/venv/lib/python3.12/site-packages"
TOKEN = "hf_" + "KaJdnEhTbQmVwLrXsYzPfGcUoNiCbRvTeD"
RULES = {
    name: rule_named(name, severity=severity)
    for name, severity in (
        ("root-user", Severity.ERROR),
        ("missing-healthcheck", Severity.WARNING),
        ("unlabelled-image", Severity.INFO),
    )
}

_OS_RELEASE = """\
PRETTY_NAME="Debian GNU/Linux 13 (trixie)"
ID=debian
VERSION_ID="13"
VERSION_CODENAME=trixie
"""


def debian(packages: Iterable[tuple[str, str, int]]) -> list[Entry]:
    """Return what dpkg has of *packages*: name, version, bytes of their one library."""
    status, entries = [], [document("etc/os-release", _OS_RELEASE)]
    for name, version, size in packages:
        status.append(
            f"Package: {name}\nStatus: install ok installed\nVersion: {version}\n"
            f"Architecture: amd64\nMaintainer: Debian\nDescription: made up\n"
        )
        path = f"usr/lib/x86_64-linux-gnu/{name}.so"
        entries.append(document(f"var/lib/dpkg/info/{name}.list", f"/usr\n/{path}\n"))
        entries.append(file(path, size))
    return [*entries, document("var/lib/dpkg/status", "\n".join(status))]


def wheel(name: str, version: str, files: Iterable[tuple[str, int]], licence: str) -> list[Entry]:
    """Return what pip leaves of a wheel: its *files* with their sizes, METADATA and RECORD."""
    made = [file(f"{SITE}/{path}", size) for path, size in files]
    info = f"{SITE}/{name}-{version}.dist-info"
    told = (
        f"Metadata-Version: 2.4\nName: {name}\nVersion: {version}\nLicense-Expression: {licence}\n"
    )
    record = "".join(f"{entry.member.path.removeprefix(SITE + '/')},,\n" for entry in made)
    return [*made, document(f"{info}/METADATA", told), document(f"{info}/RECORD", record)]


CONFIG = ImageConfig(
    platform=Platform("linux", "amd64"),
    created="2026-11-02T09:31:00Z",
    env=(
        ("PATH", "/opt/venv/bin:/usr/bin"),
        ("HF_TOKEN", TOKEN),
        ("NVIDIA_VISIBLE_DEVICES", "all"),
    ),
    entrypoint=("uvicorn", "service.api:app"),
    exposed_ports=("8000/tcp",),
    working_dir="/app",
    labels={"org.opencontainers.image.version": "1.4.2"},
)

_BASE = layer(
    directory("usr"),
    symlink("lib", "usr/lib"),
    *debian([("libc6", "2.41-12", 13_000_000), ("libssl3", "3.5.1-1", 7_000_000)]),
    by="/bin/sh -c #(nop) ADD file:7d4b8b0a2f2e3a1f in / ",
)


def some_of_everything() -> Inspected:
    """Return an image with packages, waste, credentials, models and GPU code."""
    return image(
        _BASE,
        step("ENV HF_TOKEN=" + TOKEN),
        layer(
            *wheel(
                "torch",
                "2.13.0",
                [("torch/lib/libtorch_cuda.so", 700_000_000), ("torch/nn/modules.py", 40_000)],
                "BSD-3-Clause",
            ),
            *wheel("numpy", "2.4.6", [("numpy/_core/core.so", 30_000_000)], "BSD-3-Clause"),
            file("root/.cache/pip/http-v2/a/b.body", 90_000_000),
            file("tmp/source.tar.gz", 60_000_000),
            by="RUN /bin/sh -c pip install torch numpy # buildkit",
            binaries=[
                Binary(
                    path=f"{SITE}/torch/lib/libtorch_cuda.so",
                    size=700_000_000,
                    machine="x86_64",
                    gpu_architectures=("sm_80", "sm_90", "sm_120", "ptx_120"),
                )
            ],
        ),
        layer(
            file("app/service/api.py", 4_000),
            file("app/.env", 120),
            file("app/model/encoder.safetensors", 250_000_000),
            file("app/model/vectorizer.pkl", 4_000_000),
            by="COPY . /app # buildkit",
            secrets=[
                SecretHit(
                    path="app/.env",
                    line=4,
                    kind="a private key",
                    redacted="hidden",
                    fingerprint="k",
                )
            ],
            artifacts=[
                Artifact(
                    path="app/model/encoder.safetensors",
                    role="model",
                    format="safetensors",
                    size=250_000_000,
                    details={"parameters": "67108864", "dtype": "F32"},
                ),
                Artifact(
                    path="app/model/vectorizer.pkl",
                    role="model",
                    format="pickle",
                    size=4_000_000,
                    dangerous=("posix.system",),
                ),
            ],
        ),
        layer(
            whiteout("app/.env"),
            whiteout("tmp/source.tar.gz"),
            by="RUN /bin/sh -c rm /app/.env /tmp/source.tar.gz # buildkit",
        ),
        config=CONFIG,
        name="registry.example.com/ml/fraud-api:1.4.2",
    )


def mended() -> Inspected:
    """Return the same image as it is when somebody has looked at it."""
    return image(
        _BASE,
        layer(
            *wheel("torch", "2.13.1", [("torch/lib/libtorch_cpu.so", 430_000_000)], "BSD-3-Clause"),
            *wheel("rich", "15.0.0", [("rich/console.py", 900_000)], "MIT"),
            by="RUN /bin/sh -c pip install --no-cache-dir torch rich # buildkit",
        ),
        layer(file("app/service/api.py", 4_000), by="COPY service /app/service # buildkit"),
        config=ImageConfig(
            platform=Platform("linux", "amd64"),
            created="2026-11-05T10:00:00Z",
            user="65532:65532",
            entrypoint=("uvicorn", "service.api:app"),
            healthcheck=Healthcheck(test=("python", "-m", "health")),
        ),
        name="registry.example.com/ml/fraud-api:1.5.0",
    )


def of_many(packages: int, files: int) -> Inspected:
    """Return an image with so many *packages*, and so many *files* in each."""
    entries = [
        entry
        for at in range(packages)
        for entry in wheel(
            f"package-{at}",
            f"{at % 7}.{at % 13}",
            [
                (f"package_{at}/part_{each // 10}/file_{each}.py", 900 + each)
                for each in range(files)
            ],
            "MIT",
        )
    ]
    return image(layer(*entries, by="RUN pip install -r requirements.txt"), name="many:1")


HOSTILE = (
    "<img src=x onerror=ran()>\u202egnp.exe</script><script>ran()</script>\x1b[2J\u2028${ran()}"
    "&amp;\"'`\u200b"
)


def hostile() -> Inspected:
    """Return an image all of whose names want to be something else."""
    return image(
        layer(
            file(f"srv/{HOSTILE.replace('/', '')}/a", 9_000_000),
            file("srv/b", 1_000_000),
            *wheel("evil", "1.0", [("evil/a.py", 5_000_000)], HOSTILE),
            by=f"RUN echo {HOSTILE}",
            secrets=[
                SecretHit(path=HOSTILE, line=1, kind=HOSTILE, redacted=HOSTILE, fingerprint="1")
            ],
            artifacts=[
                Artifact(
                    path="srv/b",
                    role=HOSTILE,
                    format=HOSTILE,
                    size=5,
                    details={HOSTILE: HOSTILE, "__proto__": HOSTILE},
                    dangerous=(HOSTILE,),
                    unknown=(HOSTILE,),
                )
            ],
        ),
        step(HOSTILE),
        config=ImageConfig(
            platform=Platform("linux", "amd64"),
            created=HOSTILE,
            user=HOSTILE,
            env=((HOSTILE, HOSTILE), ("NVIDIA_X", HOSTILE)),
            cmd=(HOSTILE,),
            exposed_ports=(HOSTILE,),
            labels={HOSTILE: HOSTILE},
        ),
        name=HOSTILE,
    )


def hostile_match(contents: Contents) -> Match:
    """Return a vulnerability of the kind that a hostile database would tell of."""
    return Match(
        package=contents.inventory.packages[0],
        advisory=Advisory(
            id=HOSTILE,
            aliases=(HOSTILE,),
            summary=HOSTILE,
            severity=HOSTILE,
            score=float("nan"),
            vector=HOSTILE,
            references=("javascript:ran()", "data:text/html,<script>ran()</script>", HOSTILE),
        ),
        record=HOSTILE,
        ecosystem=HOSTILE,
        evidence=HOSTILE,
        fixed=(HOSTILE,),
        advice=HOSTILE,
        state="affected",
        source=HOSTILE,
    )


def vulnerable(contents: Contents) -> list[Match]:
    """Return vulnerabilities of three packages of `some_of_everything`."""
    by_name = {package.name: package for package in contents.inventory.packages}
    return [
        _match(by_name["libssl3"], "CVE-2026-1001", "critical", 9.8, ("3.5.1-2",), layer=0),
        _match(by_name["numpy"], "CVE-2026-1002", "medium", 5.3, ("2.4.7",), layer=1),
        _match(by_name["libc6"], "CVE-2026-1003", "low", 3.1, (), layer=0),
        _match(
            by_name["torch"],
            "CVE-2026-1004",
            "high",
            7.5,
            (),
            layer=1,
            state="not_affected",
            reason="the server is never started: vex.json",
        ),
    ]


def _match(
    package: Package,
    name: str,
    severity: str,
    score: float,
    fixed: tuple[str, ...],
    *,
    layer: int,
    state: str = "affected",
    reason: str = "",
) -> Match:
    return Match(
        package=package,
        advisory=Advisory(
            id=name,
            summary="A heap overflow",
            severity=severity,
            score=score,
            references=(f"https://security.example.com/{name}",),
        ),
        record=f"X-{name}",
        ecosystem="PyPI" if package.type == "pypi" else "Debian:13",
        evidence=f"{package.version} is in [0, …)",
        fixed=fixed,
        layer=layer,
        state=state,
        reason=reason,
        advice=f"raise `{package.name}` to {fixed[0]}" if fixed else "",
    )


def broken(contents: Contents) -> Sequence[Finding]:
    """Return what breaks two of RULES in `some_of_everything`."""
    name = contents.inspected.name
    return [
        _finding("root-user", Severity.ERROR, "it runs as root: nothing sets `USER`", name, 1),
        _finding("missing-healthcheck", Severity.WARNING, "no health check", name, 4),
    ]


def _finding(rule: str, severity: Severity, message: str, path: str, line: int) -> Finding:
    return Finding(
        rule=rule,
        severity=severity,
        message=message,
        path=path,
        span=Span(0, 1),
        start=Position(line, 1),
        end=Position(line, 2),
        fingerprint=f"{rule} {line}",
    )


def rules() -> dict[str, Rule[object]]:
    """Return RULES as `document` takes them."""
    return dict(RULES)
