"""
The fuzzer's targets: laws that hold for every input, however broken.

Each target is a process of its own, since libFuzzer ends with its process.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
from collections.abc import Callable, Iterable
from datetime import date
from pathlib import Path

import atheris

CHECKOUT = Path(__file__).resolve().parent.parent
STATE = CHECKOUT / ".cache" / "fuzz"
CORPUS = CHECKOUT / "tests" / "corpus"
LONGEST = 4096
TODAY = date(2026, 12, 1)

with atheris.instrument_imports(include=["boxwright"]):
    from boxwright.errors import ProjectError
    from boxwright.practices.autofix import fix_file
    from boxwright.practices.check import check_source
    from boxwright.practices.discovery import Kind
    from boxwright.practices.selection import Selection
    from boxwright.practices.workspace import File, Workspace
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


TARGETS: dict[str, tuple[Callable[[str], None], tuple[str, ...]]] = {
    "dockerfile": (dockerfile, ("dockerfile/*", "broken/*ockerfile*")),
    "shell": (shell, ("dockerfile/*",)),
    "variables": (variables, ("dockerfile/*",)),
    "yaml": (yaml, ("compose/*", "kubernetes/*", "broken/*.y*ml")),
    "dockerignore": (dockerignore, ("projects/*/.dockerignore",)),
    "requirements": (requirements, ("projects/*/requirements*.txt",)),
    "check": (check, ("dockerfile/*", "compose/*")),
    "fix": (fix, ("dockerfile/*",)),
}


def within(text: str, spans: Iterable[Span]) -> None:
    """Hold *spans* against *text*."""
    for span in spans:
        assert 0 <= span.start <= span.end <= len(text), span


def main() -> int:
    """Run the targets that are asked for, one after the other."""
    parser = argparse.ArgumentParser(description="Fuzz the parsers and the checker.")
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
        target(data.decode("utf-8", "replace"))

    atheris.Setup([sys.argv[0], *sys.argv[3:]], one)
    atheris.Fuzz()


if __name__ == "__main__":
    if sys.argv[1:2] == ["--run"]:
        run(sys.argv[2])
    else:
        sys.exit(main())
