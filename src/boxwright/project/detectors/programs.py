"""Python files that are meant to be started, and which of them run on until they are stopped."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Sequence
from dataclasses import replace

from boxwright.project.detectors.metrics import find_exporters
from boxwright.project.detectors.modules import Constants, Module, Modules, main_guard
from boxwright.project.evidence import Evidence
from boxwright.project.facts import Program, Route

_USUAL = frozenset({"main.py", "app.py", "__main__.py"})
"""Names of files that are meant to be started, whatever is in them."""
_FIRST = ("main.py", "app.py", "__main__.py", "server.py", "serve.py", "run.py", "start.py")
_NAMED = re.compile(
    r"(?:.*_)?(?:bot|consumer|listener|scheduler|daemon|job|pipeline|predict|predictor|score|scoring"
    r"|infer|inference|demo|index|api|service|run_\w+|start_\w+)\.py"
)
"""Names of files that are started without a guard at their end."""
_ASIDE = re.compile(
    r"(?:^|.*/)(?:tests?|testing|docs?|examples?|samples?|tutorials?|bench(?:marks?)?|notebooks"
    r"|scripts/dev|\.[^/]+)/|(?:^|.*/)(?:test_[^/]*|[^/]*_test|conftest|setup|noxfile|fabfile)\.py$"
)
"""Files that are for developers and readers."""
_MOST = 40
"""So many files without a guard are looked into."""
_RUNS_ON = frozenset(
    {
        "run_polling", "run_webhook", "infinity_polling", "start_polling", "run_until_disconnected",
        "run_forever", "serve_forever", "start_consuming", "loop_forever", "wait_for_termination",
        "run_pending",
    }
)  # fmt: skip
"""Methods that come back only when the program ends."""
_LOOPS = {
    "run": ("discord", "nextcord", "disnake", "interactions", "hikari", "pyrogram", "twitchio"),
    "polling": ("telebot",),
    "start": ("slack_bolt", "apscheduler", "aiogram"),
    "serve": ("prefect",),
    "main": ("faust",),
}
"""Methods that do so where the file imports one of these."""


def find_programs(
    modules: Modules, constants: Constants, files: Sequence[str]
) -> tuple[Program, ...]:
    """Return the files that are meant to be started, the likeliest first."""
    found = sorted(_programs(modules.started, files), key=_order)
    if not found:
        found = sorted(_unguarded(modules, files), key=_order)
    if not found:
        return ()
    return (_looked_into(modules, constants, found[0]), *found[1:])


def _programs(started: Sequence[Module], files: Sequence[str]) -> Iterator[Program]:
    """Yield the files with a usual name, or a guard at their end."""
    paths = set()
    for module in started:
        guard = main_guard(module)
        is_usual = module.path.rpartition("/")[2] in _USUAL
        if (guard is not None or is_usual) and not _ASIDE.match(module.path):
            says = 'if __name__ == "__main__"' if guard is not None else ""
            paths.add(module.path)
            yield _program(module, module.evidence(guard or module.tree, says))
    for path in files:
        folder, _, name = path.rpartition("/")
        if name in _USUAL and path not in paths and not _ASIDE.match(path):
            dotted = path.removesuffix(".py").replace("/", ".")
            root, module_name = ("", dotted) if name == "__main__.py" else (folder, name[:-3])
            yield Program(path=path, root=root, module=module_name, evidence=Evidence(path))


def _unguarded(modules: Modules, files: Sequence[str]) -> Iterator[Program]:
    """
    Yield the files that do something when they are started, though nothing says so.

    Where several do, those with a telling name only: which one is meant is not ours to guess.
    """
    near = [path for path in files if path.endswith(".py") and not _ASIDE.match(path)]
    near = [path for path in near if not path.removeprefix("src/").count("/")][:_MOST]
    acting = [(path, place) for path in near if (place := _acts(modules.at(path))) is not None]
    named = [each for each in acting if _NAMED.fullmatch(each[0].rpartition("/")[2])]
    chosen = named or (acting if len(acting) == 1 else [])
    for path, place in chosen:
        module = modules.at(path)
        if module is not None:
            yield _program(module, module.evidence(place, "does something when it is started"))


def _acts(module: Module | None) -> ast.stmt | None:
    """Return the first statement at the top that does something, if there is one."""
    for node in module.tree.body if module is not None else ():
        is_text = isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
        if isinstance(node, (ast.Expr, ast.For, ast.While, ast.With)) and not is_text:
            return node
    return None


def _program(module: Module, evidence: Evidence) -> Program:
    return Program(path=module.path, root=module.root, module=module.name, evidence=evidence)


def _order(program: Program) -> tuple[object, ...]:
    name = program.path.rpartition("/")[2]
    known = _FIRST.index(name) if name in _FIRST else len(_FIRST)
    depth = program.path.removeprefix("src/").count("/")
    # `package/__main__.py` is as near to the top as its package.
    return (depth - (name == "__main__.py"), known, program.path)


def _looked_into(modules: Modules, constants: Constants, program: Program) -> Program:
    """Return *program* with what its own code, and what it imports, says of how it runs."""
    reached = modules.reached_from((program.path,))
    paths = [program.path, *sorted(reached - {program.path})]
    runs_on: Evidence | None = None
    metrics: Route | None = None
    for path in paths[:_MOST]:
        module = modules.at(path)
        if module is None:
            continue
        runs_on = runs_on or _runs_on(module)
        metrics = metrics or next(iter(find_exporters(module, constants)), None)
    return replace(program, runs_on=runs_on, metrics=metrics)


def _runs_on(module: Module) -> Evidence | None:
    """Return the place at which *module* stays until the program is stopped."""
    for loop in module.nodes_of(ast.While):
        is_endless = isinstance(loop.test, ast.Constant) and bool(loop.test.value)
        if is_endless and not _ends(loop):
            return module.evidence(loop, "while True")
    for _, call in module.calls:
        if not isinstance(call.func, ast.Attribute):
            continue
        method = call.func.attr
        if method in _RUNS_ON or module.has_imported(*_LOOPS.get(method, ())):
            return module.evidence(call, f".{method}()")
    return None


def _ends(loop: ast.While) -> bool:
    """Tell whether anything in *loop* leaves it; a `break` of an inner loop counts too."""
    return any(
        isinstance(node, (ast.Break, ast.Return, ast.Raise))
        or (isinstance(node, ast.Call) and ast.unparse(node.func) in ("exit", "quit", "sys.exit"))
        for node in ast.walk(loop)
    )
