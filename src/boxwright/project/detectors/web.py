"""Web applications: the object that a server imports, and the routes that it answers."""

from __future__ import annotations

import ast
import functools
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from boxwright.project.detectors.modules import (
    Constants,
    Module,
    Modules,
    assignment,
    is_main_guard,
    keyword,
    statements,
)
from boxwright.project.facts import Fact, Port, Route, WebApplication


@dataclass(frozen=True, slots=True, kw_only=True)
class Framework:
    """A row of `frameworks.toml`."""

    name: str
    title: str
    interface: str
    port: int
    health: str


@functools.cache
def _read() -> tuple[Mapping[str, Framework], Mapping[str, Framework]]:
    text = Path(__file__).with_name("frameworks.toml").read_text("utf-8")
    by_name: dict[str, Framework] = {}
    by_maker: dict[str, Framework] = {}
    for name, row in tomllib.loads(text).items():
        framework = by_name[name] = Framework(
            name=name,
            title=row["title"],
            interface=row["interface"],
            port=row["port"],
            health=row.get("health", ""),
        )
        by_maker |= dict.fromkeys(row["makers"], framework)
    return by_name, by_maker


def framework_named(name: str) -> Framework:
    """Return what is known of the framework *name*."""
    return _read()[0][name]


_GROUPS = {
    "fastapi.APIRouter": "prefix",
    "fastapi.routing.APIRouter": "prefix",
    "starlette.routing.Router": "",
    "litestar.Router": "path",
    "flask.Blueprint": "url_prefix",
    "flask.blueprints.Blueprint": "url_prefix",
    "quart.Blueprint": "url_prefix",
}
"""What holds routes for an application, and the argument with the prefix of their paths."""
_FILES = ("main", "app", "server", "api", "service", "asgi", "wsgi", "serve", "application", "web")
_NAMES = ("app", "application", "api", "server", "asgi", "wsgi", "service")


@dataclass(slots=True)
class _Object:
    """An application, or a group of routes, under its full name."""

    framework: Framework | None
    module: Module
    name: str
    node: ast.AST
    prefix: str | None = ""
    is_local: bool = False
    """Whether it lives in a function."""
    routes: list[Route] = field(default_factory=list)
    children: list[tuple[str, str | None, bool]] = field(default_factory=list)
    """Full names of groups, prefixes, and whether the prefix replaces the group's own."""


def find_applications(modules: Modules, constants: Constants) -> list[WebApplication]:
    """Return the applications that a server could import, or scripts to start; likeliest first."""
    search = _Search(modules, constants)
    started = modules.started
    found = [*search.imported(), *_gradio_scripts(started), *_streamlit_scripts(started)]
    return sorted(found, key=_likelihood)


def _likelihood(application: WebApplication) -> tuple[object, ...]:
    stem = application.path.rpartition("/")[2].removesuffix(".py")
    depth = application.path.removeprefix(f"{application.root}/").count("/")
    return (
        application.is_factory,
        _FILES.index(stem) if stem in _FILES else len(_FILES),
        depth,
        _NAMES.index(application.name) if application.name in _NAMES else len(_NAMES),
        application.path,
        application.name,
    )


class _Search:
    """Finds application objects, groups of routes and what hangs on what."""

    def __init__(self, modules: Modules, constants: Constants) -> None:
        self._modules = modules
        self._constants = constants
        self._objects: dict[str, _Object] = {}
        self._factories: dict[str, _Object] = {}
        self._callable: set[str] = set()
        """Factories that a server can call: they need no argument."""
        self._mounted: set[str] = set()
        for module in modules.started:
            self._functions(module)
        for module in modules.started:
            self._top_level(module)
        for module in modules.started:
            for scope, node in module.calls:
                self._call(module, scope, node)
            for scope, decorator in module.decorators:
                self._decorator(module, scope, decorator)

    def imported(self) -> Iterator[WebApplication]:
        """Yield objects and factories of applications."""
        by_module = {item.module.name for item in self._objects.values() if self._is_served(item)}
        for full, item in self._objects.items():
            if self._is_served(item) and full not in self._mounted:
                yield self._application(item, full, is_factory=False)
        for full, item in self._factories.items():
            if full in self._callable and item.module.name not in by_module:
                yield self._application(item, full, is_factory=True)

    @staticmethod
    def _is_served(item: _Object) -> bool:
        framework = item.framework
        return (
            framework is not None and framework.interface in ("asgi", "wsgi") and not item.is_local
        )

    def _application(self, item: _Object, full: str, *, is_factory: bool) -> WebApplication:
        assert item.framework is not None  # noqa: S101 (asked before)
        called = "()" if is_factory else ""
        return WebApplication(
            framework=item.framework.name,
            interface=item.framework.interface,
            path=item.module.path,
            module=item.module.name,
            root=item.module.root,
            name=item.name,
            is_factory=is_factory,
            evidence=item.module.evidence(
                item.node, f"{item.framework.title}: {item.name}{called}"
            ),
            routes=tuple(self._routes(full, "", frozenset())),
        )

    def _routes(self, full: str, prefix: str, above: frozenset[str]) -> Iterator[Route]:
        item = self._objects.get(full) or self._factories.get(full)
        if item is None or full in above:
            return
        for route in item.routes:
            yield replace(route, path=_joined(prefix, route.path))
        for child, own, replaces in item.children:
            name = self._followed(child)
            group = self._objects.get(name)
            if group is None or own is None or group.prefix is None:
                continue
            inner = own if replaces else _joined(own, group.prefix)
            yield from self._routes(name, _joined(prefix, inner), above | {full})

    def _followed(self, full: str) -> str:
        """Return what *full* is an alias of, through re-exports."""
        for _ in range(10):
            if full in self._objects or full in self._factories:
                return full
            head, _, name = full.rpartition(".")
            module = self._modules.module(head) if head else None
            if module is None or name not in module.imports:
                return full
            full = module.imports[name]
        return full

    def _functions(self, module: Module) -> None:
        """Find functions that make an application and return it."""
        for node in statements(module.tree.body):
            if not isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
                continue
            made = {}
            returned: ast.expr | None = None
            for inner in statements(node.body):
                target, value = assignment(inner)
                if target:
                    item = self._made(module, target, value, inner)
                    if item is not None:
                        item.is_local = True
                        made[target] = item
                if isinstance(inner, ast.Return):
                    returned = inner.value
            scope = f"{module.name}.{node.name}"
            for target, item in made.items():
                self._objects[f"{scope}.{target}"] = item
            item = made.get(returned.id) if isinstance(returned, ast.Name) else None
            if item is None and isinstance(returned, ast.Call):
                item = self._made(module, node.name, returned, node)
            if item is None or item.framework is None or isinstance(node, ast.AsyncFunctionDef):
                continue
            factory = _Object(item.framework, module, node.name, node)
            # The same lists: what is hung on the local object later counts for both.
            factory.routes, factory.children = item.routes, item.children
            self._factories[scope] = factory
            if not _needs_arguments(node):
                self._callable.add(scope)

    def _top_level(self, module: Module) -> None:
        for node in statements(module.tree.body):
            target, value = assignment(node)
            if not target:
                continue
            item = self._made(module, target, value, node)
            full = f"{module.name}.{target}"
            if item is not None:
                self._objects[full] = item
            elif isinstance(value, ast.Call):
                factory = self._factories.get(self._followed(module.resolve(value.func)))
                if factory is not None:
                    made = _Object(factory.framework, module, target, node)
                    made.routes, made.children = factory.routes, factory.children
                    self._objects[full] = made

    def _made(
        self, module: Module, target: str, value: ast.expr | None, node: ast.AST
    ) -> _Object | None:
        """Return the application or group that `target = value` makes."""
        if not isinstance(value, ast.Call):
            return None
        maker = module.resolve(value.func)
        framework = _read()[1].get(maker)
        if maker in ("gradio.mount_gradio_app", "gradio.routes.mount_gradio_app"):
            known = self._objects.get(module.resolve(value.args[0])) if value.args else None
            framework = (known.framework if known else None) or framework_named("fastapi")
            made = _Object(framework, module, target, node)
            if known:
                made.routes, made.children = known.routes, known.children
            return made
        if framework is not None:
            made = _Object(framework, module, target, node)
            routes = keyword(value, "routes", "route_handlers")
            if isinstance(routes, (ast.List, ast.Tuple)):
                self._listed(module, made, routes, "")
            return made
        if maker in _GROUPS:
            argument = keyword(value, _GROUPS[maker]) if _GROUPS[maker] else None
            prefix = "" if argument is None else self._constants.string(module, argument)
            made = _Object(None, module, target, node, prefix)
            routes = keyword(value, "routes", "route_handlers")
            if isinstance(routes, (ast.List, ast.Tuple)):
                self._listed(module, made, routes, "")
            return made
        return None

    def _listed(
        self, module: Module, item: _Object, routes: ast.List | ast.Tuple, prefix: str
    ) -> None:
        """Take over `routes=[Route("/x", …), Mount("/y", routes=[…])]`."""
        for node in routes.elts:
            if isinstance(node, (ast.Name, ast.Attribute)):  # Litestar lists functions
                item.children.append((module.resolve(node), prefix, False))
                continue
            if not isinstance(node, ast.Call) or not node.args:
                continue
            path = self._constants.string(module, node.args[0])
            kind = module.resolve(node.func).rpartition(".")[2]
            if path is None:
                continue
            if kind == "Route":
                self._route(module, item, _joined(prefix, path), node, keyword(node, "methods"))
            elif kind == "Mount":
                inner = keyword(node, "routes")
                if isinstance(inner, (ast.List, ast.Tuple)):
                    self._listed(module, item, inner, _joined(prefix, path))
                elif len(node.args) > 1 or keyword(node, "app"):
                    app = keyword(node, "app") or node.args[1]
                    name = module.resolve(app)
                    self._mounted.add(name)
                    item.children.append((name, _joined(prefix, path), False))

    def _route(
        self,
        module: Module,
        item: _Object,
        path: str | None,
        node: ast.AST,
        methods: ast.expr | None,
    ) -> None:
        if path is None or "{" in path or "<" in path:
            return
        if isinstance(methods, (ast.List, ast.Tuple, ast.Set)):
            named = {element.value for element in methods.elts if isinstance(element, ast.Constant)}
            if "GET" not in {str(method).upper() for method in named}:
                return
        item.routes.append(Route(path=path, evidence=module.evidence(node, f"GET {path}")))

    def _owner(self, module: Module, scope: str, node: ast.expr) -> tuple[str, _Object | None]:
        """Return the object that *node* names, looked for in the function *scope* first."""
        if scope and isinstance(node, ast.Name):
            local = f"{module.name}.{scope}.{node.id}"
            if local in self._objects:
                return local, self._objects[local]
        full = self._followed(module.resolve(node))
        return full, self._objects.get(full)

    def _decorator(self, module: Module, scope: str, decorator: ast.expr) -> None:
        """Take over `@app.get("/x")`, and Litestar's `@get("/x")`."""
        if not isinstance(decorator, ast.Call):
            return
        function = decorator.func
        path_node = decorator.args[0] if decorator.args else keyword(decorator, "path", "rule")
        path = self._constants.string(module, path_node)
        if isinstance(function, ast.Attribute):
            if function.attr not in ("get", "route", "api_route"):
                return
            _, owner = self._owner(module, scope, function.value)
            if owner is not None:
                methods = keyword(decorator, "methods")
                self._route(module, owner, path, decorator, methods)

    def _call(self, module: Module, scope: str, node: ast.Call) -> None:
        """Take over `app.include_router(router, prefix="/x")` and its like."""
        function = node.func
        if not isinstance(function, ast.Attribute):
            return
        _, owner = self._owner(module, scope, function.value)
        if owner is None:
            return
        first = node.args[0] if node.args else keyword(node, "router", "blueprint", "path", "rule")
        match function.attr:
            case "include_router" | "register_blueprint" | "register":
                argument = keyword(node, "prefix", "url_prefix")
                prefix = "" if argument is None else self._constants.string(module, argument)
                replaces = argument is not None and function.attr == "register_blueprint"
                if first is not None:
                    name, _ = self._owner(module, scope, first)
                    owner.children.append((name, prefix, replaces))
            case "mount":
                app = node.args[1] if len(node.args) > 1 else keyword(node, "app")
                if app is not None:
                    name, _ = self._owner(module, scope, app)
                    self._mounted.add(name)
                    owner.children.append((name, self._constants.string(module, first), False))
            case "add_api_route" | "add_route" | "add_url_rule":
                path = self._constants.string(module, first)
                self._route(module, owner, path, node, keyword(node, "methods"))
            case _:
                pass


def _needs_arguments(node: ast.FunctionDef) -> bool:
    arguments = node.args
    positional = len(arguments.posonlyargs) + len(arguments.args) - len(arguments.defaults)
    return positional > 0 or any(default is None for default in arguments.kw_defaults)


def _joined(prefix: str, path: str) -> str:
    if not path:
        return prefix
    return f"{prefix.rstrip('/')}/{path.lstrip('/')}" if prefix else path


def _script(module: Module, framework: str, node: ast.AST, says: str) -> WebApplication:
    return WebApplication(
        framework=framework,
        interface=framework_named(framework).interface,
        path=module.path,
        module=module.name,
        root=module.root,
        name="",
        is_factory=False,
        evidence=module.evidence(node, says),
    )


def _gradio_scripts(modules: Sequence[Module]) -> Iterator[WebApplication]:
    """Yield files that launch a Gradio interface."""
    for module in modules:
        if not any(full.split(".")[0] == "gradio" for full in module.imports.values()):
            continue
        for _, call in module.calls:
            if isinstance(call.func, ast.Attribute) and call.func.attr == "launch":
                yield _script(module, "gradio", call, "Gradio: launch()")
                break


def _streamlit_scripts(modules: Sequence[Module]) -> Iterator[WebApplication]:
    """Yield the file that Streamlit is to run: no page, and imported by no other."""
    imported = {full for module in modules for full in module.imports.values()}
    imported |= {full.rpartition(".")[0] for full in imported}
    for module in modules:
        folder = module.path.rpartition("/")[0].rpartition("/")[2]
        if folder == "pages" or module.name in imported or module.is_package:
            continue
        for node in statements(module.tree.body):
            if isinstance(node, ast.Import) and any(a.name == "streamlit" for a in node.names):
                yield _script(module, "streamlit", node, "Streamlit: import streamlit")
                break


_PORT_ARGUMENTS = {
    "uvicorn.run": "port",
    "waitress.serve": "port",
    "hypercorn.run": "port",
    "aiohttp.web.run_app": "port",
}


def find_ports(modules: Sequence[Module], constants: Constants) -> Iterator[Port]:
    """Yield ports in the calls that start a server."""
    for module in modules:
        for _, call in module.calls:
            name = module.resolve(call.func)
            argument = _PORT_ARGUMENTS.get(name)
            if argument is None and isinstance(call.func, ast.Attribute):
                argument = {"run": "port", "launch": "server_port"}.get(call.func.attr)
            found = constants.integer(module, keyword(call, argument)) if argument else None
            if found and 0 < found[0] < 65536:
                number, variable = found
                evidence = module.evidence(call, f"{argument}={number}")
                yield Port(number=number, path=module.path, evidence=evidence, variable=variable)


def find_local_hosts(modules: Sequence[Module]) -> Iterator[Fact]:
    """Yield the calls that bind a server to this machine's own address only."""
    for module in modules:
        for _, call in module.calls:
            host = keyword(call, "host", "server_name", "server_address")
            if isinstance(host, ast.Constant) and host.value in ("127.0.0.1", "localhost", "::1"):
                evidence = module.evidence(call, f"listens on {host.value}")
                yield Fact(value=str(host.value), evidence=evidence)


def has_main_guard(module: Module) -> ast.stmt | None:
    """Return the `if __name__ == "__main__":` of *module*."""
    return next((node for node in module.tree.body if is_main_guard(node)), None)
