"""Environment variables that the code reads: by `os.environ`, settings classes and options."""

from __future__ import annotations

import ast
import functools
import re
import tomllib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from boxwright.errors import ProjectError
from boxwright.project.detectors.modules import (
    Constants,
    Module,
    assignment,
    keyword,
    statements,
)
from boxwright.project.document import read_text
from boxwright.project.evidence import Evidence
from boxwright.project.facts import Variable
from boxwright.project.tree import Tree

PATTERN = rb"environ|getenv|BaseSettings|envvar|decouple|dotenv_values|\benv\.(?:str|int|bool|float|url|db)\b"
"""What the files have that are of interest here."""
EXAMPLES = (".env.example", ".env.sample", ".env.template", ".env.dist", "env.example",
             "example.env", ".env.local.example", "sample.env")  # fmt: skip
"""What a `.env` is copied from."""
_OF_A_LIBRARY = re.compile(r"(?:API_?KEY|_TOKEN|SECRET_KEY|ACCESS_KEY(?:_ID)?)$")
_NAME = re.compile(r"[A-Z][A-Z0-9_]{1,63}")
_SECRET = re.compile(
    r"(?:^|_)(?:PASSWORD|PASSWD|PASS|PWD|PASSPHRASE|SECRET|SECRETS|TOKEN|APIKEY|CREDENTIALS?"
    r"|(?:API|SECRET|ACCESS|PRIVATE|ENCRYPTION|SIGNING|AUTH|LICENSE|MASTER|SSH|JWT|FERNET)_?KEY"
    r"|ACCESS_KEY_ID|SAS|SALT)(?:_\d+)?$"
)
_SECRET_FILE = re.compile(r"(.+?)_(?:FILE|PATH)$")
_RECEIVERS = frozenset({"environ", "environment", "env", "_env", "_environ", "envs", "environs"})
"""What the environment is called where it is handed over."""
_READERS = frozenset(
    {"str", "int", "bool", "float", "list", "url", "db", "db_url", "cache", "path", "json", "dict"}
)


@functools.cache
def _given() -> tuple[frozenset[str], tuple[str, ...]]:
    text = Path(__file__).with_name("variables.toml").read_text("utf-8")
    table = tomllib.loads(text)
    return frozenset(table["names"]), tuple(table["prefixes"])


@dataclass(frozen=True, slots=True, kw_only=True)
class Read:
    """A place where a variable is read."""

    name: str
    module: Module
    evidence: Evidence
    node: ast.expr | None = None
    """Its default, where it has one."""
    is_required: bool = False
    is_secret: bool = False
    kind: str = ""
    """What type a settings class gives it: `RedisDsn`."""


def is_secret_name(name: str) -> bool:
    """
    Tell whether a variable of that *name* holds a credential.

    >>> [is_secret_name(name) for name in ("HF_TOKEN", "MAX_TOKENS", "DB_PASSWORD", "TOKEN_URL")]
    [True, False, True, False]
    """
    return bool(_SECRET.search(name.upper()))


def find_reads(modules: Sequence[Module], constants: Constants) -> list[Read]:
    """Return all places where *modules* read variables that somebody has to set."""
    names, prefixes = _given()
    found = []
    for module in modules:
        set_here, asked = _set_and_asked(module)
        for read in (
            *_environ(module, constants),
            *_libraries(module, constants),
            *_settings(module, constants),
        ):
            if read.name in names or read.name.startswith(prefixes) or read.name in set_here:
                continue
            found.append(replace(read, is_required=False) if read.name in asked else read)
    return found


def find_variables(reads: Sequence[Read], constants: Constants) -> list[Variable]:
    """Return each variable once: required if any place requires it, with the first default."""
    found: dict[str, Variable] = {}
    for read in reads:
        match = _SECRET_FILE.fullmatch(read.name)
        is_file = match is not None and is_secret_name(match[1])
        is_secret = read.is_secret or is_secret_name(read.name) or is_file
        default = None
        if not is_secret:
            # A credential's default may be one that works.
            default = _without_credentials(_text(read.module, constants, read.node))
        known = found.get(read.name)
        if known is None:
            found[read.name] = Variable(
                name=read.name,
                evidence=read.evidence,
                default=default,
                is_required=read.is_required,
                is_secret=is_secret,
                is_file=is_file,
            )
        else:
            found[read.name] = replace(
                known,
                default=known.default if known.default is not None else default,
                is_required=known.is_required or read.is_required,
                is_secret=known.is_secret or is_secret,
            )
    return sorted(found.values(), key=lambda variable: variable.name)


def with_examples(tree: Tree, variables: Sequence[Variable]) -> tuple[Variable, ...]:
    """
    Return *variables*, with the credentials that only an example of `.env` names.

    Libraries read those by themselves: `OPENAI_API_KEY`. What leads to a database is not
    among them, since it is wired by what the code reads.
    """
    known = {variable.name for variable in variables}
    found = list(variables)
    for path in EXAMPLES:
        if path not in tree.paths():
            continue
        try:
            lines = read_text(tree, path).splitlines()
        except ProjectError:
            continue
        for number, line in enumerate(lines[:500], start=1):
            match = re.match(r"\s*(?:export\s+)?([A-Z][A-Z0-9_]*)\s*=", line)
            name = match[1] if match else ""
            if name and name not in known and _OF_A_LIBRARY.search(name) and is_secret_name(name):
                known.add(name)
                evidence = Evidence(path, number, name)
                found.append(Variable(name=name, evidence=evidence, is_secret=True))
    return tuple(sorted(found, key=lambda variable: variable.name))


def _without_credentials(text: str | None) -> str | None:
    """
    Return *text* without the password of a URL in it.

    >>> _without_credentials("redis://:s3cret@redis:6379/0")
    'redis://redis:6379/0'
    """
    if text is None:
        return None
    return re.sub(r"(?<=://)[^/@\s]*@", "", text)


def _text(module: Module, constants: Constants, node: ast.expr | None) -> str | None:
    match node:
        case None | ast.Constant(value=None):
            return None
        case ast.Constant(value=bool(value)):
            return str(value).lower()
        case ast.Constant(value=int() | float()):
            return str(node.value)
        case ast.Call(func=function, args=[only]) if module.resolve(function).endswith(
            (".Path", ".str", ".int", ".float")
        ):
            return _text(module, constants, only)
        case _:
            return constants.string(module, node)


def _set_and_asked(module: Module) -> tuple[set[str], set[str]]:
    """Return the variables that the code sets itself, and those it asks for whether they are there."""
    set_here = set()
    asked = set()
    for node in module.nodes_of(ast.Subscript):
        match node:
            case ast.Subscript(slice=ast.Constant(value=str(name)), ctx=ast.Store() | ast.Del()):
                if module.resolve(node.value) == "os.environ":
                    set_here.add(name)
            case _:
                pass
    for _, call in module.calls:
        match call:
            case ast.Call(args=[ast.Constant(value=str(name)), _]):
                if module.resolve(call.func) in ("os.environ.setdefault", "os.putenv"):
                    set_here.add(name)
            case _:
                pass
    for compare in module.nodes_of(ast.Compare):
        match compare:
            case ast.Compare(left=ast.Constant(value=str(name)), ops=[ast.In() | ast.NotIn()]):
                asked.add(name)
            case _:
                pass
    return set_here, asked


def _is_environment(module: Module, node: ast.expr) -> bool:
    full = module.resolve(node)
    if full in ("os.environ", "os.environb"):
        return True
    name = node.id if isinstance(node, ast.Name) else ""
    return name in _RECEIVERS and name not in module.imports


def _environ(module: Module, constants: Constants) -> Iterator[Read]:
    for node in module.nodes_of(ast.Subscript):
        name = constants.string(module, node.slice)
        if (
            name
            and isinstance(node.ctx, ast.Load)
            and _NAME.fullmatch(name)
            and _is_environment(module, node.value)
        ):
            evidence = module.evidence(node, f"environ[{name!r}]")
            yield Read(name=name, module=module, evidence=evidence, is_required=True)
    either = {
        id(node.values[0]): node.values[-1]
        for node in module.nodes_of(ast.BoolOp)
        if isinstance(node.op, ast.Or)
    }
    for _, call in module.calls:
        full = module.resolve(call.func)
        is_get = (
            isinstance(call.func, ast.Attribute)
            and call.func.attr in ("get", "pop", "setdefault")
            and _is_environment(module, call.func.value)
        )
        if not (is_get or full == "os.getenv") or not call.args:
            continue
        name = constants.string(module, call.args[0])
        if not name or not re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]{0,127}", name):
            continue
        if not is_get or full.startswith("os.") or _NAME.fullmatch(name):
            default = call.args[1] if len(call.args) > 1 else keyword(call, "default")
            default = default or either.get(id(call))
            evidence = module.evidence(call, f"reads {name}")
            yield Read(name=name, module=module, evidence=evidence, node=default)


def _libraries(module: Module, constants: Constants) -> Iterator[Read]:
    """Yield reads by decouple, environs, django-environ, Starlette's Config, click and typer."""
    readers = _reader_objects(module)
    for _, call in module.calls:
        full = module.resolve(call.func)
        function = call.func
        names: list[str] = []
        is_required = False
        default = keyword(call, "default")
        if full in ("click.option", "typer.Option", "typer.Argument", "click.argument"):
            names = _names(module, constants, keyword(call, "envvar"))
            if full.startswith("typer.") and default is None and call.args:
                default = call.args[0]
            is_required = _is_true(keyword(call, "required")) or (
                isinstance(default, ast.Constant) and default.value is Ellipsis
            )
            says = "option"
        else:
            target = function.value if isinstance(function, ast.Attribute) else function
            is_reader = module.resolve(target) in readers and (
                not isinstance(function, ast.Attribute) or function.attr in _READERS
            )
            if not is_reader and full not in ("decouple.config", "decouple.AutoConfig"):
                continue
            names = _names(module, constants, call.args[0] if call.args else None)
            if default is None and len(call.args) > 1:
                default = call.args[1]
            is_required = default is None
            says = "reads"
        for name in names[:1]:
            yield Read(
                name=name,
                module=module,
                evidence=module.evidence(call, f"{says} {name}"),
                node=default,
                is_required=is_required,
            )
    for node in module.nodes_of(ast.Subscript):
        if module.resolve(node.value) in readers and isinstance(node.ctx, ast.Load):
            for name in _names(module, constants, node.slice):
                evidence = module.evidence(node, f"reads {name}")
                yield Read(name=name, module=module, evidence=evidence, is_required=True)


def _reader_objects(module: Module) -> set[str]:
    """Return the full names of objects that read variables: `env = environs.Env()`."""
    makers = (
        "environs.Env",
        "environ.Env",
        "starlette.config.Config",
        "dotenv.dotenv_values",
        "decouple.Config",
        "decouple.AutoConfig",
    )
    found = set()
    for statement in statements(module.tree.body):
        target, value = assignment(statement)
        if isinstance(value, ast.Call) and module.resolve(value.func) in makers:
            found.add(f"{module.name}.{target}")
    return found


def _names(module: Module, constants: Constants, node: ast.expr | None) -> list[str]:
    if isinstance(node, (ast.List, ast.Tuple)):
        return [name for each in node.elts for name in _names(module, constants, each)]
    name = constants.string(module, node)
    return [name] if name and re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]{0,127}", name) else []


def _is_true(node: ast.expr | None) -> bool:
    return isinstance(node, ast.Constant) and node.value is True


# pydantic-settings


_BASES = ("pydantic_settings.BaseSettings", "pydantic_settings.main.BaseSettings",
          "pydantic.BaseSettings", "pydantic.v1.BaseSettings",
          "pydantic.env_settings.BaseSettings")  # fmt: skip
_DEEPEST = 8


def _settings(module: Module, constants: Constants) -> Iterator[Read]:
    for node in module.nodes_of(ast.ClassDef):
        bases = _bases(module, node, constants, 0)
        if bases is None:
            continue
        chain = [(module, node), *bases]
        prefix = next((found for each in chain if (found := _prefix(*each)) is not None), "")
        nested = next((found for each in chain if (found := _nested(*each)) is not None), "")
        yield from _fields(module, node, constants, prefix, nested, is_top=True)


def _bases(
    module: Module, node: ast.ClassDef, constants: Constants, depth: int
) -> list[tuple[Module, ast.ClassDef]] | None:
    """Return the project's classes between *node* and `BaseSettings`; None where that is no base."""
    for base in node.bases:
        full = module.resolve(base)
        if full in _BASES:
            return []
        found = constants.class_named(full) if full and depth < _DEEPEST else None
        if found is not None and found[1] is not node:
            above = _bases(*found, constants, depth + 1)
            if above is not None:
                return [found, *above]
    return None


def _config(node: ast.ClassDef, key: str) -> ast.expr | None:
    """Return what the class's configuration says of *key*, in either notation."""
    for statement in node.body:
        target, value = assignment(statement)
        if target == "model_config" and isinstance(value, ast.Call):
            found = keyword(value, key)
            if found is not None:
                return found
        if target == "model_config" and isinstance(value, ast.Dict):
            for name, item in zip(value.keys, value.values, strict=True):
                if isinstance(name, ast.Constant) and name.value == key:
                    return item
        if isinstance(statement, ast.ClassDef) and statement.name == "Config":
            for inner in statement.body:
                field, default = assignment(inner)
                if field == key:
                    return default
    return None


def _prefix(_module: Module, node: ast.ClassDef) -> str | None:
    found = _config(node, "env_prefix")
    return found.value if isinstance(found, ast.Constant) and isinstance(found.value, str) else None


def _nested(_module: Module, node: ast.ClassDef) -> str | None:
    found = _config(node, "env_nested_delimiter")
    return found.value if isinstance(found, ast.Constant) and isinstance(found.value, str) else None


def _fields(
    module: Module,
    node: ast.ClassDef,
    constants: Constants,
    prefix: str,
    nested: str,
    *,
    is_top: bool,
    depth: int = 0,
) -> Iterator[Read]:
    is_old = is_top and any(module.resolve(base).startswith("pydantic.") for base in node.bases)
    for statement in node.body:
        if not isinstance(statement, ast.AnnAssign) or not isinstance(statement.target, ast.Name):
            continue
        field = statement.target.id
        shown = ast.unparse(statement.annotation)
        if field.startswith("_") or field == "model_config" or "ClassVar" in shown:
            continue
        inner = constants.class_named(module.resolve(statement.annotation))
        if inner is not None and _is_model(*inner, constants):
            if nested and depth < _DEEPEST:
                below = f"{prefix}{field}{nested}"
                yield from _fields(*inner, constants, below, nested, is_top=False, depth=depth + 1)
            continue
        default, aliases = _default(module, constants, statement.value)
        is_required = default is None and not (is_old and ("Optional" in shown or "None" in shown))
        if isinstance(default, ast.Constant) and default.value is Ellipsis:
            default, is_required = None, True
        names = [*aliases, f"{prefix}{field}"]
        yield Read(
            name=names[0].upper(),
            module=module,
            evidence=module.evidence(statement, f"{node.name}.{field}"),
            node=default,
            is_required=is_required,
            is_secret="SecretStr" in shown or "SecretBytes" in shown,
            kind=shown,
        )


def _is_model(module: Module, node: ast.ClassDef, constants: Constants) -> bool:
    for base in node.bases:
        full = module.resolve(base)
        if full in ("pydantic.BaseModel", *_BASES):
            return True
        found = constants.class_named(full)
        if found is not None and found[1] is not node and _is_model(*found, constants):
            return True
    return False


def _default(
    module: Module, constants: Constants, value: ast.expr | None
) -> tuple[ast.expr | None, list[str]]:
    """Return a field's default and the names that it has in the environment instead of its own."""
    if not (isinstance(value, ast.Call) and module.resolve(value.func).endswith(".Field")):
        return value, []
    default = value.args[0] if value.args else keyword(value, "default", "default_factory")
    alias = keyword(value, "validation_alias", "alias", "env")
    if isinstance(alias, ast.Call):
        alias = alias.args[0] if alias.args else None
    return default, _names(module, constants, alias)[:1]
