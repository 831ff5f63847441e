"""Machines that a test describes: their files, their programs, what they print."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from boxwright.doctor.host import Host
from boxwright.doctor.result import Result, Verdict

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)


@dataclass
class Machine:
    """A machine below *folder*: its root, and the only programs that it has."""

    folder: Path
    machine: str = "x86_64"
    cpus: int = 4
    environ: dict[str, str] = field(default_factory=dict)
    patience: float = 10

    def file(self, path: str, text: str) -> None:
        """Have the file *path* (`proc/meminfo`)."""
        place = self.folder / "root" / path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(text)

    def program(self, name: str, script: str) -> None:
        """Have the program *name*, which runs *script*."""
        place = self.folder / "bin" / name
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(f"#!/bin/sh\n{script}\n")
        place.chmod(0o755)

    def answers(self, name: str, answers: Mapping[str, str]) -> None:
        """Have the program *name*, which prints what *answers* have for its arguments."""
        cases = ""
        for at, (arguments, text) in enumerate(answers.items()):
            place = self.folder / "answers" / f"{name}-{at}"
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_text(text)
            cases += f'"{arguments}"*) /bin/cat "{place}";;\n'
        self.program(name, f'case "$*" in\n{cases}*) echo "unknown: $*" >&2; exit 1;;\nesac')

    def host(self) -> Host:
        """Return the machine as it is looked at."""
        environ = {"PATH": str(self.folder / "bin"), "HOME": str(self.folder), **self.environ}
        return Host(
            environ=environ,
            root=self.folder / "root",
            machine=self.machine,
            cpus=self.cpus,
            patience=self.patience,
            clock=NOW,
        )

    def memory(self, gib: float, *, free: float = 0, swap: float = 0) -> None:
        """Have *gib* of memory."""
        values = {"MemTotal": gib, "MemAvailable": free or gib, "SwapTotal": swap}
        lines = [f"{name}:  {int(size * (1 << 20))} kB\n" for name, size in values.items()]
        self.file("proc/meminfo", "".join(lines))

    def docker(self, **more: object) -> None:
        """Have a Docker that answers, with *more* in what it tells of itself."""
        info = {
            "ServerVersion": "28.5.1",
            "Driver": "overlay2",
            "DriverStatus": [["Backing Filesystem", "extfs"]],
            "Architecture": "x86_64",
            "SecurityOptions": ["name=seccomp,profile=builtin", "name=cgroupns"],
            "DockerRootDir": str(self.folder),
            "NCPU": 4,
            "MemTotal": 16 << 30,
            "MemoryLimit": True,
            "CpuCfsQuota": True,
            "PidsLimit": True,
            "Runtimes": {"runc": {}},
            "ClientInfo": {"Context": "default"},
            **more,
        }
        self.answers(
            "docker",
            {
                "info": json.dumps(info),
                "buildx version": "github.com/docker/buildx v0.29.1 a32761aeb3debd39be1eca514af3693af0db334b",
                "compose version": "Docker Compose version v2.40.3",
            },
        )

    def podman(self, *, rootless: bool = False, cgroups: str = "v2", **more: object) -> None:
        """Have a podman that answers, with *more* about its host."""
        info = {
            "host": {
                "arch": "amd64",
                "cgroupVersion": cgroups,
                "cgroupControllers": ["cpu", "memory", "pids"],
                "cpus": 4,
                "memTotal": 16 << 30,
                "security": {"rootless": rootless},
                **more,
            },
            "store": {"graphDriverName": "overlay", "graphRoot": str(self.folder)},
            "version": {"Version": "5.6.2"},
        }
        answers = {"info --format {{json .}}": json.dumps(info), "info": "1.41.5"}
        self.answers("podman", {**answers, "compose version": "podman-compose version 1.5.0"})


def told(results: object) -> dict[str, tuple[str, str]]:
    """Return verdict and evidence of each of *results*, by what they are of."""
    assert not isinstance(results, Result)
    found = {}
    for result in results:  # type: ignore[attr-defined]
        found[result.what] = (result.verdict.value, result.evidence)
    return found


def hints(results: object) -> dict[str, str]:
    """Return the hints of those of *results* that are not well, by what they are of."""
    return {
        result.what: result.hint
        for result in results  # type: ignore[attr-defined]
        if result.verdict is not Verdict.OK
    }
