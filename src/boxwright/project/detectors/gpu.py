"""Places that show the use of a GPU, and whether the code can do without."""

from __future__ import annotations

import ast
import functools
import re
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from boxwright.errors import ProjectError
from boxwright.project.detectors.imported import distribution_of
from boxwright.project.detectors.modules import Constants, Module, Modules
from boxwright.project.document import read_text
from boxwright.project.evidence import Evidence
from boxwright.project.facts import Dependency, GpuUse, Project, Training
from boxwright.project.tree import Tree

PATTERN = (
    rb"cuda|CUDA|\bgpu|\bGPU|Gpu|device_map|Accelerator|^\s*(?:from|import)\s+(?:vllm|flash_attn|cupy|cudf"
    rb"|cuml|tensorrt|bitsandbytes|deepspeed|apex|sglang|lmdeploy|exllamav2|xformers|triton|awq)\b"
)
"""What the files have that are of interest here."""
_ASKS = re.compile(r"cuda|gpu|device|accelerat", re.IGNORECASE)
_ON_A_GPU = re.compile(r"(?:cuda|gpu)(?::\d+)?")
_NUMBERED = ("ultralytics", "transformers")
"""Libraries to which `device=0` is the first GPU."""
_WHEELS = re.compile(r"(?:\+|/whl/(?:nightly/)?)cu\d{2,3}\b")
"""CUDA wheels of PyTorch: `torch==2.9.1+cu128`, or an index of them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Table:
    imports: Mapping[str, bool]
    """What is imported, and whether it fails without a GPU."""
    calls: Mapping[str, bool]
    keywords: Mapping[str, tuple[str, ...]]
    dependencies: Mapping[str, bool]
    prefixes: Mapping[str, bool]
    extras: Mapping[str, frozenset[str]]


@functools.cache
def _table() -> _Table:
    document = tomllib.loads(Path(__file__).with_name("gpu.toml").read_text("utf-8"))

    def both(row: Mapping[str, list[str]], suffix: str = "") -> dict[str, bool]:
        return dict.fromkeys(row[f"required{suffix}"], True) | dict.fromkeys(
            row[f"optional{suffix}"], False
        )

    dependencies = document["dependencies"]
    return _Table(
        imports=both(document["imports"]),
        calls=both(document["calls"]),
        keywords={name: tuple(values) for name, values in document["keywords"].items()},
        dependencies=both(dependencies),
        prefixes=both(dependencies, "_prefixes"),
        extras={name: frozenset(values) for name, values in dependencies["extras"].items()},
    )


def find_gpu_uses(
    project: Project,
    tree: Tree,
    modules: Modules,
    constants: Constants,
    trainings: Sequence[Training],
) -> list[GpuUse]:
    """Return where code and dependencies show a GPU, each with the program that it belongs to."""
    scopes = Scopes(project, modules, trainings)
    found = []
    for module in modules.seen():
        scope = scopes.of_file(module.path)
        if scope is None:
            continue
        shown: dict[bool, Evidence] = {}
        for evidence, is_required in sorted(
            _uses(module, constants), key=lambda use: (not use[1], use[0].line or 0)
        ):
            # One place of each kind is enough to tell of a file.
            shown.setdefault(is_required, evidence)
        found += [
            GpuUse(evidence=evidence, is_required=is_required, scope=scope)
            for is_required, evidence in shown.items()
        ]
    for dependency in project.dependencies.direct:
        needs = _of_dependency(dependency)
        if needs is not None:
            scope = scopes.of_distribution(dependency.name)
            found.append(GpuUse(evidence=dependency.evidence, is_required=needs, scope=scope))
    for evidence in _indexes(tree):
        found.append(
            GpuUse(evidence=evidence, is_required=False, scope=scopes.of_distribution("torch"))
        )
    return found


class Scopes:
    """Which program a file belongs to: what serves, or what trains."""

    def __init__(self, project: Project, modules: Modules, trainings: Sequence[Training]) -> None:
        self._modules = modules
        served = [each.path for each in project.applications]
        served += [each.path for each in project.workers]
        if not served:
            train = {training.path for training in trainings}
            served = [each.path for each in project.programs if each.path not in train]
        self._has_service = bool(served)
        self._served = modules.reached_from(served)
        self._trained = modules.reached_from(training.path for training in trainings)

    def of_file(self, path: str) -> str | None:
        """Return `service` or `training`; None for a file that neither of them reaches."""
        if path in self._served:
            return "service"
        if path in self._trained:
            return "training"
        return None if self._has_service or self._trained else "service"

    def of_distribution(self, name: str) -> str:
        """Return the program that imports the distribution *name*; the service where none does."""
        for paths, scope in ((self._served, "service"), (self._trained, "training")):
            for path in paths:
                for full in self._modules.imports_of(path):
                    if (distribution_of(full) or "").partition("[")[0] == name or (
                        name.startswith("onnxruntime") and full.startswith("onnxruntime")
                    ):
                        return scope
        return "service" if self._has_service or not self._trained else "training"


def _of_dependency(dependency: Dependency) -> bool | None:
    """Return whether *dependency* needs a GPU; None where it has nothing to do with one."""
    table = _table()
    if dependency.name in table.dependencies:
        return table.dependencies[dependency.name]
    for prefix, is_required in table.prefixes.items():
        if dependency.name.startswith(prefix):
            return is_required
    if table.extras.get(dependency.name, frozenset()) & set(dependency.extras):
        return False
    return False if _WHEELS.search(dependency.evidence.says) else None


def _indexes(tree: Tree) -> Iterator[Evidence]:
    """Yield where an index of PyTorch's CUDA wheels is named."""
    for path in tree.paths():
        if "/" in path or not re.fullmatch(
            r"requirements[\w.-]*\.(?:txt|in)|pyproject\.toml", path
        ):
            continue
        try:
            lines = read_text(tree, path).splitlines()
        except ProjectError:
            continue
        for number, line in enumerate(lines, start=1):
            match = re.search(r"https?://[\w.-]+/whl/(?:nightly/)?(cu\d{2,3})\b", line)
            if match is not None and not line.lstrip().startswith("#"):
                yield Evidence(path, number, f"wheels for {match[1]}")
                break


def _uses(module: Module, constants: Constants) -> Iterator[tuple[Evidence, bool]]:
    """Yield the places in *module*, each with whether it fails there without a GPU."""
    table = _table()
    free = _guarded(module)
    for statement in (*module.nodes_of(ast.Import), *module.nodes_of(ast.ImportFrom)):
        for full in _imported(statement):
            for wanted, is_required in table.imports.items():
                if full == wanted or full.startswith(f"{wanted}."):
                    says = f"import {full}"
                    # In a function it may never be imported.
                    is_certain = statement in module.tree.body and id(statement) not in free
                    yield module.evidence(statement, says), is_required and is_certain
    for _, call in module.calls:
        is_free = id(call) in free
        full = module.resolve(call.func)
        first = call.args[0] if call.args else None
        # `device = "cuda"` at the top counts, unless something else is assigned to it later.
        text = constants.string(module, first) or ""
        for name in (full, f"{full}:{text}"):
            if name in table.calls:
                yield module.evidence(call, f"{full}()"), table.calls[name] and not is_free
        if isinstance(call.func, ast.Attribute):
            if call.func.attr == "cuda" and not full.startswith("torch.cuda"):
                yield module.evidence(call, ".cuda()"), not is_free
            elif call.func.attr == "to" and _names_a_gpu(text):
                yield module.evidence(call, f'.to("{text}")'), not is_free
        if full in ("torch.device", "jax.device") and _names_a_gpu(text):
            yield module.evidence(call, f'device("{text}")'), not is_free
        yield from _of_keywords(module, call, is_free=is_free)
    for constant in module.nodes_of(ast.Constant):
        if constant.value == "CUDAExecutionProvider":
            # ONNX Runtime takes the CPU where there is no GPU.
            yield module.evidence(constant, "CUDAExecutionProvider"), False
    yield from _refuses(module)


def _of_keywords(
    module: Module, call: ast.Call, *, is_free: bool
) -> Iterator[tuple[Evidence, bool]]:
    table = _table()
    is_option = isinstance(call.func, ast.Attribute) and call.func.attr == "add_argument"
    for argument in call.keywords:
        value = argument.value
        text = value.value if isinstance(value, ast.Constant) else None
        name = argument.arg or ""
        is_number = isinstance(text, int) and not isinstance(text, bool)
        if name == "device" and is_number and module.has_imported(*_NUMBERED):
            yield module.evidence(call, f"device={text!r}"), not is_free
        if not isinstance(text, str):
            continue
        if name == "device_map" and text in ("auto", "balanced", "sequential"):
            yield module.evidence(call, f'device_map="{text}"'), False
        elif name in table.keywords and text.startswith(table.keywords[name]):
            yield module.evidence(call, f'{name}="{text}"'), not is_free
        elif is_option and name == "default" and _ON_A_GPU.fullmatch(text):
            # Whoever starts it can say otherwise, and has to.
            yield module.evidence(call, f'default="{text}"'), True


def _names_a_gpu(text: str) -> bool:
    return _ON_A_GPU.fullmatch(text) is not None


def _refuses(module: Module) -> Iterator[tuple[Evidence, bool]]:
    """Yield where the code ends if there is no GPU."""
    for check in module.nodes_of(ast.Assert):
        if "cuda.is_available" in ast.unparse(check.test)[:200]:
            yield module.evidence(check, "asserts that there is a GPU"), True
    for condition in module.nodes_of(ast.If):
        test = ast.unparse(condition.test)[:200]
        if test.startswith("not ") and "cuda.is_available" in test:
            first = condition.body[0]
            ends = isinstance(first, ast.Raise) or "exit(" in ast.unparse(first)[:200]
            if ends:
                yield module.evidence(condition, "ends where there is no GPU"), True


def _imported(node: ast.stmt) -> Iterator[str]:
    if isinstance(node, ast.Import):
        yield from (alias.name for alias in node.names)
    elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
        yield from (f"{node.module}.{alias.name}" for alias in node.names)


def _guarded(module: Module) -> set[int]:
    """Return the nodes that run only where a GPU was asked for, or whose failure is caught."""
    found: set[int] = set()
    conditions: list[ast.If | ast.IfExp] = [
        *module.nodes_of(ast.If), *module.nodes_of(ast.IfExp)
    ]  # fmt: skip
    holders: list[ast.AST] = [
        condition for condition in conditions if _ASKS.search(ast.unparse(condition.test)[:500])
    ]
    for attempt in module.nodes_of(ast.Try):
        # Only what is tried for its import: other failures are no answer to a missing GPU.
        if any(isinstance(node, (ast.Import, ast.ImportFrom)) for node in attempt.body):
            holders += attempt.body
    for holder in holders:
        found |= {id(node) for node in ast.walk(holder)}
    return found
