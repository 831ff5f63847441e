"""Programs that train a model and end: what they train with, read and write."""

from __future__ import annotations

import ast
import functools
import posixpath
import re
import sys
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from boxwright.project.detectors.declared import Declared
from boxwright.project.detectors.imported import distribution_of
from boxwright.project.detectors.metadata import Pyproject
from boxwright.project.detectors.modules import (
    Constants,
    Module,
    Modules,
    assignment,
    is_main_guard,
    keyword,
    main_guard,
    option,
    parameters,
    statements,
    unwrapped,
)
from boxwright.project.detectors.paths import PathReader
from boxwright.project.facts import Project, Training
from boxwright.project.tree import Tree

PATTERN = (
    rb"\.(?:fit\w*|train|backward|learn|fine_tune|partial_fit|update|train_on_batch)\s*\("
    rb"|Trainer\s*\(|GradientTape|value_and_grad|\bjax\.grad|LightningCLI|Word2Vec|LdaModel"
    rb"|(?:xgb|xgboost|lgb|lightgbm)\.(?:train|cv)\b|apply_updates"
)
"""What the files have that are of interest here."""
_NAMED = re.compile(r"(?:^|_)(?:re)?(?:pre)?(?:train(?:er|ing|_model)?|finetune|finetuning|fine_tune"
                    r"|fine_tuning|fit)(?:_|$|\d)")  # fmt: skip
_OTHERWISE = re.compile(r"(?:^|_)(?:test|tests|eval|evaluate|evaluation|predict|prediction|infer"
                        r"|inference|serve|server|app|api|demo|worker|bench|benchmark)(?:_|$)")  # fmt: skip
_OUTPUT = re.compile(r"(?:^|_)(?:out|output|outputs|save|saved|checkpoint|checkpoints|ckpt|log|logs"
                     r"|logging|model|models|artifact|artifacts|results?|export|run|runs)(?:_|$)")  # fmt: skip
_INPUT = re.compile(r"(?:^|_)(?:data|dataset|datasets|input|inputs|train|val|valid|validation|test"
                    r"|corpus|images|csv)(?:_|$)")  # fmt: skip
_PLACE = re.compile(r"(?:^|_)(?:dir|path|file|folder|root|location|dirs|paths)(?:_|$)")
_RECORDS = frozenset({"runs", "outputs", "output", "checkpoints", "logs", "results", "mlruns"})
"""Folders that are written to, whatever the name of the variable."""
_STANDARD = frozenset(sys.stdlib_module_names)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Library:
    name: str
    imports: frozenset[str]
    calls: frozenset[str]
    needs: frozenset[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Table:
    libraries: tuple[_Library, ...]
    writers: Mapping[str, int]
    """Calls, and which of their arguments the path is."""
    written: frozenset[str]
    """Keywords whose value is a path that is written to."""
    readers: frozenset[str]
    read: frozenset[str]
    fetched: tuple[str, ...]


@functools.cache
def _table() -> _Table:
    document = tomllib.loads(Path(__file__).with_name("training.toml").read_text("utf-8"))
    writers = document.pop("writers")
    readers = document.pop("readers")
    fetched = document.pop("fetched")
    return _Table(
        libraries=tuple(
            _Library(
                name=name,
                imports=frozenset(row["imports"]),
                calls=frozenset(row["calls"]),
                needs=frozenset(row["needs"]),
            )
            for name, row in document.items()
        ),
        writers=dict.fromkeys(writers["first"], 0) | dict.fromkeys(writers["second"], 1),
        written=frozenset(writers["keywords"]),
        readers=frozenset(readers["first"]),
        read=frozenset(readers["keywords"]),
        fetched=tuple(maker.rstrip("*") for maker in fetched["makers"]),
    )


def _names(module: Module, function: ast.expr) -> tuple[str, str, str]:
    """Return a call's full name, the method, and the class that it may make."""
    full = module.resolve(function)
    last = full.rpartition(".")[2]
    if isinstance(function, ast.Attribute):
        last = function.attr
        return full, f".{last}", f"{last}()"
    return full, "", f"{last}()"


def find_signal(module: Module) -> tuple[str, ast.Call] | None:
    """Return the library that trains in *module*, and the call that shows it."""
    called: dict[str, ast.Call] = {}
    for _, call in module.calls:
        for name in _names(module, call.func):
            called.setdefault(name, call)
    for library in _table().libraries:
        if not module.has_imported(*library.imports):
            continue
        shown = library.calls & called.keys()
        needed = library.needs & called.keys()
        if shown and (needed or not library.needs):
            best = min(needed or shown, key=lambda name: called[name].lineno)
            return library.name, called[best]
    return None


def find_trainings(
    project: Project,
    tree: Tree,
    modules: Modules,
    constants: Constants,
    pyproject: Pyproject,
) -> list[Training]:
    """Return the programs that train, the likeliest first."""
    seen = modules.seen()
    serving = _serving(project)
    signals = {module.path: each for module in seen if (each := find_signal(module)) is not None}
    if not signals:
        return []
    scripts = {script.target.partition(":")[0] for script in project.scripts}
    found = []
    for module in seen:
        if module.path in serving or not _is_program(module, scripts):
            continue
        shown = _signal_of(module, modules, signals, serving)
        if shown is not None:
            found.append((module, shown))
    reader = _Reader(project, tree, modules, constants, pyproject)
    trainings = [reader.training(module, *shown) for module, shown in found]
    return sorted(trainings, key=_likelihood)


def _serving(project: Project) -> set[str]:
    """Return the files of applications and workers."""
    paths = {application.path for application in project.applications}
    return paths | {worker.path for worker in project.workers}


def _stem(path: str) -> str:
    return path.rpartition("/")[2].removesuffix(".py").lower()


def _is_program(module: Module, scripts: set[str]) -> bool:
    """Tell whether the file does something when it is started."""
    if module.path.endswith("/__init__.py"):
        return False
    doing: tuple[type[ast.stmt], ...] = (ast.Expr, ast.For, ast.With, ast.While)
    if _NAMED.search(_stem(module.path)):
        doing = (*doing, ast.Assign)
    return (
        main_guard(module) is not None
        or module.name in scripts
        or any(
            isinstance(node, doing)
            and not (isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant))
            for node in module.tree.body
        )
    )


def _signal_of(
    module: Module,
    modules: Modules,
    signals: Mapping[str, tuple[str, ast.Call]],
    serving: set[str],
) -> tuple[str, Module, ast.Call] | None:
    """Return what trains when *module* is started: its own code, or what it imports."""
    stem = _stem(module.path)
    is_named = bool(_NAMED.search(stem))
    own = signals.get(module.path)
    if own is not None and (is_named or not _OTHERWISE.search(stem)):
        guard = main_guard(module)
        if guard is not None or is_named or _runs(module, own[1]):
            return own[0], module, own[1]
    if not is_named:
        return None
    for path in sorted(modules.reached_from((module.path,))):
        found = signals.get(path)
        other = modules.at(path)
        if found is not None and other is not None and path not in serving:
            return found[0], other, found[1]
    return None


def _runs(module: Module, call: ast.Call) -> bool:
    """Tell whether *call* is made when the file is started, not in a function of it."""
    return any(
        call is inner
        for node in module.tree.body
        if not isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef))
        and not is_main_guard(node)
        for inner in ast.walk(node)
    )


def _likelihood(training: Training) -> tuple[object, ...]:
    stem = _stem(training.path)
    return (
        stem not in ("train", "training"),
        not stem.startswith("train"),
        not _NAMED.search(stem),
        training.path.count("/"),
        training.path,
    )


class _Reader:
    """Reads what a training program needs."""

    def __init__(
        self,
        project: Project,
        tree: Tree,
        modules: Modules,
        constants: Constants,
        pyproject: Pyproject,
    ) -> None:
        self._project = project
        self._tree = tree
        self._modules = modules
        self._constants = constants
        self._declared = Declared(pyproject=pyproject)
        self._paths = PathReader(constants)
        self._files = frozenset(tree.paths())
        self._folders = frozenset(tree.folders())
        self._is_program = True
        """Whether the module that is looked at is the program, and not what it imports."""
        self._by_choice: tuple[dict[str, set[str]], dict[str, set[str]]] | None = None

    def training(self, module: Module, library: str, shown: Module, call: ast.Call) -> Training:
        """Return the training program *module*, whose *call* in *shown* trains by *library*."""
        reached = self._reached(module)
        inputs, outputs = self._places(module, reached)
        extras, groups = self._chosen(reached)
        workers = [
            number
            for each in reached
            for _, one in each.calls
            if (number := self._loader_workers(each, one)) is not None
        ]
        return Training(
            path=module.path,
            module=module.name,
            root=module.root,
            evidence=shown.evidence(call, f"{library}: {ast.unparse(call.func)[-40:]}()"),
            library=library,
            extras=extras,
            groups=groups,
            loader_workers=max(workers) if workers else None,
            inputs=inputs,
            outputs=outputs,
        )

    def _reached(self, module: Module) -> list[Module]:
        """Return *module* and what it imports of the project, itself first."""
        paths = self._modules.reached_from((module.path,))
        others = (self._modules.at(path) for path in sorted(paths - {module.path}))
        return [module, *(other for other in others if other is not None)]

    def _loader_workers(self, module: Module, call: ast.Call) -> int | None:
        last = _names(module, call.func)[2]
        name = {
            "DataLoader()": "num_workers",
            "TrainingArguments()": "dataloader_num_workers",
            "Seq2SeqTrainingArguments()": "dataloader_num_workers",
            "train()": "workers",
        }.get(last)
        node = keyword(call, name) if name else None
        found = self._constants.integer(module, node)
        return found[0] if found is not None and 0 <= found[0] < 1000 else None

    # Distributions

    def _chosen(self, reached: Sequence[Module]) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """Return the extras and groups that have what is imported and is not there without them."""
        have = {item.name for item in self._project.dependencies.direct}
        wanted = set()
        for module in reached:
            # What is imported in a function or tried may not be wanted; the program's own is.
            imported = module.imported if module is reached[0] else _certain_imports(module)
            for full in imported - _tried_imports(module):
                top = full.partition(".")[0]
                if top in _STANDARD or self._modules.module(top) is not None:
                    continue
                name = (distribution_of(full) or "").partition("[")[0]
                if name and name not in have:
                    wanted.add(name)
        extras, groups = self._choices()
        return _covering(wanted, extras), _covering(
            wanted - {name for names in extras.values() for name in names}, groups
        )

    def _choices(self) -> tuple[dict[str, set[str]], dict[str, set[str]]]:
        """Return what each extra and each group brings beside the main dependencies."""
        if self._by_choice is None:
            main = {each.name for each in self._declared.wanted((), ())}
            extras = {
                extra: {each.name for each in self._declared.wanted((extra,), ())} - main
                for extra in self._project.extras
                if extra in self._declared.extras
            }
            groups = {
                group: {each.name for each in self._declared.grouped(group, ())}
                for group in self._project.groups
                if group in self._declared.groups
            }
            self._by_choice = extras, groups
        return self._by_choice

    # Paths

    def _places(
        self, module: Module, reached: Sequence[Module]
    ) -> tuple[tuple[str, ...], tuple[str, ...]]:
        served = self._modules.reached_from(_serving(self._project))
        inputs: set[str] = set()
        outputs: set[str] = set()
        for each in reached:
            if each is not module and each.path in served:
                # What the service does is not what training does.
                continue
            self._is_program = each is module
            for is_output, path in self._found(each):
                (outputs if is_output else inputs).add(path)
        folders = {self._folder(path) for path in outputs}
        inputs = {path.rstrip("/") for path in inputs if self._is_data(path)} - folders
        folders -= {"."} if len(folders) > 1 else set()
        return tuple(sorted(_outermost(inputs))), tuple(sorted(_outermost(folders)))

    def _is_data(self, path: str) -> bool:
        """Tell whether *path* is no code and no settings of the project."""
        return path not in (".", "./") and not path.endswith(
            (".py", ".yaml", ".yml", ".toml", ".cfg", ".ini", ".env", ".md")
        )

    def _folder(self, path: str) -> str:
        clean = path.rstrip("/")
        if path.endswith("/") or clean in self._folders:
            return clean
        is_file = clean in self._files or "." in posixpath.basename(clean).lstrip(".")
        return (posixpath.dirname(clean) or ".") if is_file else clean

    def _found(self, module: Module) -> Iterator[tuple[bool, str]]:
        """Yield paths in *module*, each with whether it is written to."""
        table = _table()
        for _, call in module.calls:
            yield from self._option(module, call)
            yield from self._variable(module, call)
            full, method, _ = _names(module, call.func)
            at = table.writers.get(full, table.writers.get(method))
            if at is not None and len(call.args) > at:
                yield from self._one(module, call.args[at], is_output=True)
            if full in table.readers or method in table.readers:
                yield from self._one(module, call.args[0] if call.args else None, is_output=False)
            if full.startswith(table.fetched):
                node = call.args[0] if call.args else keyword(call, "root")
                fetched = keyword(call, "download")
                yield from self._one(
                    module,
                    node,
                    is_output=isinstance(fetched, ast.Constant) and fetched.value is True,
                )
            for argument in call.keywords:
                if argument.arg in table.written:
                    yield from self._one(module, argument.value, is_output=True)
                elif argument.arg in table.read:
                    yield from self._one(module, argument.value, is_output=False)
            yield from self._opened(module, call)
            yield from self._unasked(module, call)
        if any(module.resolve(each) == "hydra.main" for _, each in module.decorators) or any(
            module.resolve(call.func) == "hydra.main" for _, call in module.calls
        ):
            yield True, "outputs"
        if not self._is_program and not re.search(
            r"config|settings|const|path|param|option|arg", _stem(module.path)
        ):
            # Names in what is imported speak of any program.
            return
        for function in module.functions:
            for name, default in parameters(function):
                if default is not None:
                    yield from self._by_name(module, name.lower(), default)
        bodies = [module.tree.body, *(node.body for node in module.nodes_of(ast.ClassDef))]
        for body in bodies:
            for statement in statements(body):
                name, value = assignment(statement)
                if name and value is not None:
                    yield from self._by_name(module, name.lower(), unwrapped(module, value))

    def _one(
        self, module: Module, node: ast.expr | None, *, is_output: bool
    ) -> Iterator[tuple[bool, str]]:
        if isinstance(node, (ast.List, ast.Tuple)):
            for each in node.elts:
                yield from self._one(module, each, is_output=is_output)
        elif isinstance(node, ast.Dict):
            for value in node.values:
                yield from self._one(module, value, is_output=is_output)
        else:
            path = self._paths.path(module, node, takes_defaults=self._is_program)
            if path is not None:
                yield is_output, path.partition("*")[0] or "."

    def _unasked(self, module: Module, call: ast.Call) -> Iterator[tuple[bool, str]]:
        """Yield where a library writes although nothing tells it to."""
        full, method, last = _names(module, call.func)
        if method == ".train" and module.has_imported("ultralytics"):
            place = keyword(call, "project")
            path = self._paths.path(module, place) if place is not None else None
            yield True, path or "runs"
        elif last in ("TrainingArguments()", "Seq2SeqTrainingArguments()", "SFTConfig()"):
            yield from self._one(module, call.args[0] if call.args else None, is_output=True)
        elif last == "SummaryWriter()" and not call.args and not call.keywords:
            yield True, "runs"
        elif last == "Trainer()" and full.partition(".")[0] in ("lightning", "pytorch_lightning"):
            if keyword(call, "default_root_dir", "logger", "fast_dev_run") is None:
                yield True, "lightning_logs"
        elif last in ("CatBoostClassifier()", "CatBoostRegressor()", "CatBoostRanker()") and (
            keyword(call, "train_dir", "allow_writing_files") is None
        ):
            yield True, "catboost_info"

    def _option(self, module: Module, call: ast.Call) -> Iterator[tuple[bool, str]]:
        """Yield the default of an option by the words in its name: `--output-dir`."""
        name, default = option(module, call)
        if not name or default is None:
            return
        yield from self._by_name(module, name.lower(), default)

    def _variable(self, module: Module, call: ast.Call) -> Iterator[tuple[bool, str]]:
        """Yield the default of an environment variable by the words in its name: `MODEL_DIR`."""
        match call:
            case ast.Call(
                func=ast.Attribute(attr="get" | "getenv"),
                args=[ast.Constant(value=str(name)), default],
            ) if name.isupper():
                yield from self._by_name(module, name.lower(), default)
            case _:
                pass

    def _by_name(self, module: Module, name: str, default: ast.expr) -> Iterator[tuple[bool, str]]:
        path = self._paths.path(module, default)
        if path is None:
            return
        is_place = bool(_PLACE.search(name))
        if path.partition("/")[0] in _RECORDS and not _INPUT.search(name):
            yield True, path
            return
        if re.match(r"[\w.-]+/[\w.-]+$", path) and not is_place and (
            path.partition("/")[0] not in self._folders
        ):  # fmt: skip
            # `org/model` is the name of a model elsewhere.
            return
        if _INPUT.search(name) and not re.search(r"out|save|log|ckpt|checkpoint", name):
            if is_place or "/" in path or "." in path[1:]:
                yield False, path
        elif _OUTPUT.search(name) and (is_place or "/" in path):
            yield True, path

    def _opened(self, module: Module, call: ast.Call) -> Iterator[tuple[bool, str]]:
        """Yield what is opened, and what methods of `pathlib` read and write."""
        function = call.func
        mode: ast.expr | None
        if isinstance(function, ast.Name) and function.id == "open" and call.args:
            target, mode = call.args[0], keyword(call, "mode")
            if mode is None and len(call.args) > 1:
                mode = call.args[1]
        elif isinstance(function, ast.Attribute) and function.attr == "open":
            target, mode = function.value, keyword(call, "mode")
            if mode is None and call.args:
                mode = call.args[0]
        elif isinstance(function, ast.Attribute) and function.attr in (
            "mkdir", "write_text", "write_bytes", "touch",
        ):  # fmt: skip
            yield from self._one(module, function.value, is_output=True)
            return
        elif isinstance(function, ast.Attribute) and function.attr in (
            "glob", "rglob", "iterdir", "read_text", "read_bytes",
        ):  # fmt: skip
            yield from self._one(module, function.value, is_output=False)
            return
        else:
            return
        text = mode.value if isinstance(mode, ast.Constant) else "r"
        is_output = isinstance(text, str) and bool(set(text) & set("wax"))
        yield from self._one(module, target, is_output=is_output)


def _certain_imports(module: Module) -> frozenset[str]:
    """Return what is imported whenever *module* is."""
    return frozenset(
        full
        for node in module.tree.body
        if isinstance(node, (ast.Import, ast.ImportFrom))
        for full in _taken(node)
    )


def _tried_imports(module: Module) -> frozenset[str]:
    """Return what *module* does without: what it imports in a `try`."""
    return frozenset(
        full
        for attempt in module.nodes_of(ast.Try)
        for node in attempt.body
        for full in _taken(node)
    )


def _taken(node: ast.stmt) -> Iterator[str]:
    if isinstance(node, ast.Import):
        yield from (alias.name for alias in node.names)
    elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
        yield from (f"{node.module}.{alias.name}" for alias in node.names)


def _covering(wanted: set[str], choices: Mapping[str, set[str]]) -> tuple[str, ...]:
    """Return the fewest of *choices* that bring what they can of *wanted*, those named for it first."""
    left = {name for name in wanted if any(name in names for names in choices.values())}
    chosen = []
    while left:
        best = min(
            choices,
            key=lambda choice: (
                -len(choices[choice] & left),
                not _NAMED.search(choice.replace("-", "_")),
                len(choices[choice]),
                choice,
            ),
        )
        chosen.append(best)
        left -= choices[best]
    return tuple(sorted(chosen))


def _outermost(paths: set[str]) -> set[str]:
    """Leave out what lies in a folder that is there too."""
    return {
        path
        for path in paths
        if not any(path.startswith(f"{other}/") for other in paths if other != path)
    }
