"""Workers: what takes tasks from a queue, the queues' names, and periodic tasks."""

from __future__ import annotations

import ast
import functools
import tomllib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from boxwright.project.detectors.modules import (
    Constants,
    Module,
    Modules,
    assignment,
    keyword,
    statements,
)
from boxwright.project.evidence import Evidence
from boxwright.project.facts import Worker
from boxwright.text.record import NamedTuple

_FILES = ("worker", "celery", "celery_app", "celeryapp", "tasks", "worker_app", "queue", "broker")
"""Names of files that a worker is usually in, the likeliest first."""


class TaskQueue(NamedTuple):
    """A row of `workers.toml`."""

    name: str
    title: str
    makers: tuple[str, ...]
    tasks: tuple[str, ...]
    schedules: tuple[str, ...]


@functools.cache
def task_queues() -> Mapping[str, TaskQueue]:
    """Return all libraries for tasks by their names."""
    text = Path(__file__).with_name("workers.toml").read_text("utf-8")
    return {
        name: TaskQueue(
            name=name,
            title=row["title"],
            makers=tuple(row["makers"]),
            tasks=tuple(row["tasks"]),
            schedules=tuple(row["schedules"]),
        )
        for name, row in tomllib.loads(text).items()
    }


def find_workers(modules: Modules, constants: Constants) -> list[Worker]:
    """Return the workers that the code declares, the likeliest first."""
    found: list[Worker] = []
    finders: Mapping[str, Callable[[Sequence[Module], Modules, Constants], Iterator[Worker]]] = {
        "celery": _celery,
        "rq": _rq,
        "dramatiq": _dramatiq,
        "arq": _arq,
        "huey": _huey,
        "taskiq": _taskiq,
    }
    for library, finder in finders.items():
        using = list(_using(library, modules.started))
        if using:
            found += sorted(finder(using, modules, constants), key=_likelihood)
    # `if …: app = Celery(a)`, `else: app = Celery(b)` is one worker.
    return list({(each.path, each.name): each for each in reversed(found)}.values())[::-1]


def _using(library: str, modules: Sequence[Module]) -> Iterator[Module]:
    """Yield the modules that import *library*, and those that import one of them."""
    direct = {
        module.name
        for module in modules
        if any(full.partition(".")[0].startswith(library) for full in module.imported)
    }
    if not direct:
        return
    for module in modules:
        if (
            module.name in direct
            or any(full in direct or full.rpartition(".")[0] in direct for full in module.imported)
            or (library == "celery" and _is_settings(module))
        ):
            yield module


def _is_settings(module: Module) -> bool:
    """Tell whether *module* holds Django's settings, which Celery's may be among."""
    return module.path.endswith("settings.py") or "/settings/" in module.path


def _likelihood(worker: Worker) -> tuple[object, ...]:
    stem = worker.path.rpartition("/")[2].removesuffix(".py")
    known = _FILES.index(stem) if stem in _FILES else len(_FILES)
    return (worker.schedule is None, known, worker.path.count("/"), worker.path, worker.name)


def _worker(
    library: str, module: Module, node: ast.AST, name: str = "", *, says: str = ""
) -> Worker:
    title = task_queues()[library].title
    return Worker(
        library=library,
        path=module.path,
        module=module.name,
        root=module.root,
        name=name,
        evidence=module.evidence(node, f"{title}: {says or name}"),
    )


def _assigned(module: Module) -> Iterator[tuple[str, ast.expr, ast.stmt]]:
    for statement in statements(module.tree.body):
        target, value = assignment(statement)
        if target and value is not None:
            yield target, value, statement


def _called(node: ast.expr) -> ast.expr:
    return node.func if isinstance(node, ast.Call) else node


def _strings(module: Module, constants: Constants, node: ast.expr | None) -> list[str]:
    """Return the strings in *node*, a list of them or a single one."""
    if isinstance(node, (ast.List, ast.Tuple, ast.Set)):
        return [text for each in node.elts for text in _strings(module, constants, each)]
    if isinstance(node, ast.Call) and node.args:
        return _strings(module, constants, node.args[0])
    text = constants.string(module, node)
    return [text] if text else []


# Celery


def _celery(using: Sequence[Module], modules: Modules, constants: Constants) -> Iterator[Worker]:
    makers = set(task_queues()["celery"].makers)
    factories = {
        f"{module.name}.{function.name}"
        for module in using
        for function in module.functions
        if any(
            isinstance(node, ast.Return) and _returns(module, function, node, makers)
            for node in statements(function.body)
        )
    }
    found = []
    for module in using:
        for target, value, statement in _assigned(module):
            if isinstance(value, ast.Call):
                full = module.resolve(value.func)
                owned = modules.owner(full)
                local = f"{owned[0].name}.{owned[1]}" if owned else full
                if full in makers or local in factories or _through(module, owned) in factories:
                    found.append(_worker("celery", module, statement, target))
            elif (
                isinstance(value, ast.Subscript)
                and isinstance(value.slice, ast.Constant)
                and value.slice.value == "celery"
                and isinstance(value.value, ast.Attribute)
                and value.value.attr == "extensions"
            ):
                found.append(_worker("celery", module, statement, target))
    if not found:
        return
    queues = tuple(sorted(_celery_queues(using, constants)))
    schedules = dict(_celery_schedules(using))
    for worker in found:
        schedule = schedules.get(worker.path)
        if schedule is None and len(found) == 1:
            schedule = next(iter(schedules.values()), None)
        yield replace(worker, queues=queues, schedule=schedule)


def _through(_module: Module, owned: tuple[Module, str] | None) -> str:
    """Return what the name is in the module that re-exports it."""
    if owned is None:
        return ""
    other, name = owned
    return other.imports.get(name, "")


def _returns(
    module: Module,
    function: ast.FunctionDef | ast.AsyncFunctionDef,
    node: ast.Return,
    makers: set[str],
) -> bool:
    """Tell whether the function returns an application of Celery that it makes."""
    value = node.value
    if isinstance(value, ast.Name):
        assigned = (assignment(each) for each in statements(function.body))
        value = next((each for target, each in assigned if target == value.id and each), value)
    return isinstance(value, ast.Call) and module.resolve(value.func) in makers


def _celery_queues(using: Sequence[Module], constants: Constants) -> set[str]:
    """Return the queues that tasks, routes and settings name."""
    found: set[str] = set()
    for module in using:
        for _, call in module.calls:
            if module.resolve(call.func) in ("kombu.Queue", "kombu.entity.Queue"):
                found |= set(_strings(module, constants, call.args[0] if call.args else None))
            for argument in call.keywords:
                if argument.arg in ("queue", "task_default_queue"):
                    text = constants.string(module, argument.value)
                    found |= {text} if text else set()
        for table in module.nodes_of(ast.Dict):
            for key, value in zip(table.keys, table.values, strict=True):
                if isinstance(key, ast.Constant) and key.value in ("queue", "task_default_queue"):
                    text = constants.string(module, value)
                    found |= {text} if text else set()
        for node in module.nodes_of(ast.Assign):
            for target in node.targets:
                if isinstance(target, ast.Attribute) and target.attr == "task_default_queue":
                    text = constants.string(module, node.value)
                    found |= {text} if text else set()
    return found - {"celery"}


def _celery_schedules(using: Sequence[Module]) -> Iterator[tuple[str, Evidence]]:
    """Yield files that declare periodic tasks, with the place."""
    names = task_queues()["celery"].schedules
    for module in using:
        for node in module.nodes_of(ast.Assign):
            for target in node.targets:
                name = getattr(target, "attr", getattr(target, "id", ""))
                if name in names and not _is_empty(node.value):
                    yield module.path, module.evidence(node, str(name))
        for _, call in module.calls:
            for argument in call.keywords:
                if argument.arg in names and not _is_empty(argument.value):
                    yield module.path, module.evidence(argument.value, argument.arg)
            if isinstance(call.func, ast.Attribute) and call.func.attr in names:
                yield module.path, module.evidence(call, f"{call.func.attr}()")


def _is_empty(node: ast.expr) -> bool:
    return isinstance(node, ast.Dict) and not node.keys


# RQ


def _rq(using: Sequence[Module], _modules: Modules, constants: Constants) -> Iterator[Worker]:
    queues: list[str] = []
    first: tuple[Module, ast.AST] | None = None
    scripts = []
    for module in using:
        for _, call in module.calls:
            full = module.resolve(call.func)
            if full in task_queues()["rq"].makers:
                first = first or (module, call)
                node = call.args[0] if call.args else keyword(call, "name")
                queues += _strings(module, constants, node)
            elif full in ("rq.Worker", "rq.SimpleWorker", "rq.worker.Worker"):
                node = call.args[0] if call.args else keyword(call, "queues")
                queues += _strings(module, constants, node)
                if any(
                    isinstance(each.func, ast.Attribute) and each.func.attr == "work"
                    for _, each in module.calls
                ):
                    scripts.append((module, call))
    names = tuple(sorted(set(queues) - {"default"}))
    if scripts:
        for module, call in scripts[:1]:
            found = _worker("rq", module, call, says="Worker().work()")
            yield replace(found, queues=names, is_script=True)
    elif first is not None:
        yield replace(_worker("rq", *first, says="Queue()"), queues=names)


# Dramatiq


def _dramatiq(using: Sequence[Module], _modules: Modules, constants: Constants) -> Iterator[Worker]:
    actors: list[tuple[Module, ast.expr]] = []
    brokers: list[tuple[Module, ast.AST, str]] = []
    queues: set[str] = set()
    schedule = None
    for module in using:
        decorated = [
            each
            for _, each in module.decorators
            if module.resolve(_called(each)) == "dramatiq.actor"
        ]
        if decorated:
            actors.append((module, decorated[0]))
        for each in decorated:
            if isinstance(each, ast.Call):
                queues |= set(_strings(module, constants, keyword(each, "queue_name")))
        for _, call in module.calls:
            if module.resolve(call.func) == "periodiq.cron" and schedule is None:
                schedule = module.evidence(call, "cron()")
        for target, value, statement in _assigned(module):
            if isinstance(value, ast.Call) and module.resolve(value.func) in (
                task_queues()["dramatiq"].makers
            ):
                brokers.append((module, statement, target))
    if not actors:
        return
    with_actors = [module for module, _ in actors]
    declaring = [each for each in brokers if each[0] in with_actors]
    main, node = (declaring[0][0], declaring[0][1]) if declaring else actors[0]
    name = declaring[0][2] if declaring else ""
    others = tuple(module.name for module in with_actors if module is not main)
    found = _worker("dramatiq", main, node, name, says=name or "actor")
    yield replace(
        found, modules=others, queues=tuple(sorted(queues - {"default"})), schedule=schedule
    )


# arq


def _arq(using: Sequence[Module], modules: Modules, constants: Constants) -> Iterator[Worker]:
    _ = modules
    for module in using:
        for node in module.tree.body:
            if not isinstance(node, ast.ClassDef):
                continue
            fields = {}
            for statement in node.body:
                target, value = assignment(statement)
                fields[target] = (value, statement)
            jobs = fields.get("cron_jobs")
            if "functions" not in fields and jobs is None:
                continue
            if not ({"redis_settings", "on_startup", "queue_name"} & fields.keys()) and (
                "settings" not in node.name.lower() and "worker" not in node.name.lower()
            ):
                continue
            schedule = None
            if jobs is not None and not (isinstance(jobs[0], ast.List) and not jobs[0].elts):
                schedule = module.evidence(jobs[1], "cron_jobs")
            queue = fields.get("queue_name", (None, None))[0]
            found = _worker("arq", module, node, node.name)
            queues = tuple(_strings(module, constants, queue))
            yield replace(found, schedule=schedule, queues=queues)


# Huey


def _huey(using: Sequence[Module], _modules: Modules, _constants: Constants) -> Iterator[Worker]:
    schedule = None
    for module in using:
        for _, each in module.decorators:
            called = _called(each)
            if isinstance(called, ast.Attribute) and called.attr == "periodic_task":
                schedule = schedule or module.evidence(each, "periodic_task")
    for module in using:
        for target, value, statement in _assigned(module):
            if isinstance(value, ast.Call) and module.resolve(value.func) in (
                task_queues()["huey"].makers
            ):
                yield replace(_worker("huey", module, statement, target), schedule=schedule)


# TaskIQ


def _taskiq(using: Sequence[Module], _modules: Modules, _constants: Constants) -> Iterator[Worker]:
    schedule, scheduler = None, ""
    found = []
    for module in using:
        for target, value, statement in _assigned(module):
            made = value
            # `ListQueueBroker(…).with_result_backend(…)`
            while isinstance(made, ast.Call) and isinstance(made.func, ast.Attribute):
                inner = made.func.value
                if not isinstance(inner, ast.Call):
                    break
                made = inner
            full = module.resolve(made.func) if isinstance(made, ast.Call) else ""
            if full in task_queues()["taskiq"].schedules:
                schedule, scheduler = module.evidence(statement, target), f"{module.name}:{target}"
            elif full.startswith("taskiq") and full.endswith("Broker"):
                found.append(_worker("taskiq", module, statement, target))
    tasks = [
        module.name
        for module in using
        if any(
            isinstance(called := _called(each), ast.Attribute) and called.attr == "task"
            for _, each in module.decorators
        )
    ]
    for worker in found:
        others = tuple(name for name in tasks if name != worker.module)
        yield replace(worker, schedule=schedule, scheduler=scheduler, modules=others)
