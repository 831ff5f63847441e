"""Web applications: the object that a server imports, and the routes that it answers."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

from boxwright.project.detectors.django import DjangoUrls
from boxwright.project.detectors.frameworks import Framework, by_maker, framework_named
from boxwright.project.detectors.modules import (
    Constants,
    Module,
    Modules,
    assignment,
    keyword,
    parameters,
    statements,
)
from boxwright.project.facts import Route, WebApplication

__all__ = ["find_applications", "framework_named", "likelihood"]


_GROUPS = {
    "fastapi.APIRouter": "prefix",
    "fastapi.routing.APIRouter": "prefix",
    "starlette.routing.Router": "",
    "litestar.Router": "path",
    "flask.Blueprint": "url_prefix",
    "flask.blueprints.Blueprint": "url_prefix",
    "flask_smorest.Blueprint": "url_prefix",
    "flask_restful.Api": "prefix",
    "flask_restx.Api": "prefix",
    "flask_restx.Namespace": "path",
    "quart.Blueprint": "url_prefix",
    "sanic.Blueprint": "url_prefix",
    "sanic.blueprints.Blueprint": "url_prefix",
    "aiohttp.web.RouteTableDef": "",
}
"""What holds routes for an application, and the argument with the prefix of their paths."""
_IMPORTED = ("asgi", "wsgi", "sanic", "aiohttp")
"""Interfaces of objects that a server imports."""
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
    is_inner: bool = False
    """Whether no server imports it, but something made of it."""
    own_metrics: Route | None = None
    local: _Object | None = None
    """The object in a function that it is another name of."""

    @property
    def metrics(self) -> Route | None:
        """Where it answers with metrics, if a library adds that."""
        return self.own_metrics or (self.local.metrics if self.local is not None else None)


_ASIDE = frozenset(
    {"example", "examples", "sample", "samples", "demo", "demos", "doc", "docs", "test", "tests",
     "tutorial", "tutorials", "benchmark", "benchmarks", "notebooks", "experiments", "scripts"}
)  # fmt: skip
"""Folders that hold an application beside the project's own, if they hold one."""


def find_applications(modules: Modules, constants: Constants) -> list[WebApplication]:
    """Return the applications that a server could import, or scripts to start; likeliest first."""
    from boxwright.project.detectors.scripts import find_scripts

    search = _Search(modules, constants)
    scripts = find_scripts(modules, constants)
    served = {each.framework for each in scripts} & {"bentoml", "ray", "ray-script"}
    found = [
        *search.imported(mounted_by=served),
        *search.started_in_place(),
        *scripts,
    ]
    return sorted(_without_doubles(found), key=likelihood)


def _without_doubles(found: Sequence[WebApplication]) -> Iterator[WebApplication]:
    """Leave out scripts whose file has an object for a server, and a file's second script."""
    imported = {each.path for each in found if each.interface in _IMPORTED}
    seen = set()
    for each in found:
        if each.interface in _IMPORTED:
            yield each
        elif each.path not in imported and each.path not in seen:
            seen.add(each.path)
            yield each


def likelihood(application: WebApplication) -> tuple[object, ...]:
    """Return by what applications are sorted: the likeliest to be the project's own first."""
    stem = application.path.rpartition("/")[2].removesuffix(".py")
    inside = application.path.removeprefix(f"{application.root}/")
    depth = inside.count("/")
    return (
        not _ASIDE.isdisjoint(application.path.lower().split("/")[:-1]),
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
        self._counts = any(
            full.startswith(("prometheus", "starlette_exporter", "opentelemetry.exporter.prom"))
            for module in modules.started
            for full in module.imported
        )
        """Whether there is anything that makes metrics for Prometheus."""
        self._django = DjangoUrls(modules, constants)
        self._callable: set[str] = set()
        """Factories that a server can call: they need no argument."""
        self._mounted: set[str] = set()
        # Twice, since a factory may call one that is met later.
        for _ in range(2):
            for module in modules.started:
                self._functions(module)
        for module in modules.started:
            self._top_level(module)
        for module in modules.started:
            for scope, node in module.calls:
                self._call(module, scope, node)
            for scope, decorator in module.decorators:
                self._decorator(module, scope, decorator)

    def imported(self, mounted_by: set[str]) -> Iterator[WebApplication]:
        """Yield objects and factories of applications; not those that a framework mounts."""
        by_module = {item.module.name for item in self._objects.values() if self._is_served(item)}
        inner = self._ingress() if mounted_by else set()
        for full, item in self._objects.items():
            if self._is_served(item) and full not in self._mounted and full not in inner:
                yield self._application(item, full, is_factory=False)
        for full, item in self._factories.items():
            if full in self._callable and item.module.name not in by_module:
                yield self._application(item, full, is_factory=True)

    def started_in_place(self) -> Iterator[WebApplication]:
        """Yield files that make an application in a function or method and serve it themselves."""
        for module in self._modules.started:
            start = next((call for _, call in module.calls if _serves(module, call)), None)
            made = self._made_in(module) if start is not None else None
            if start is None or made is None:
                continue
            framework, full = made
            yield WebApplication(
                framework=framework.name,
                interface="script",
                path=module.path,
                module=module.name,
                root=module.root,
                name="",
                is_factory=False,
                evidence=module.evidence(start, f"{framework.title}: started by the file itself"),
                routes=tuple(self._routes(full, "", frozenset())),
                metrics=self._metrics(full, "", frozenset()),
            )

    def _made_in(self, module: Module) -> tuple[Framework, str] | None:
        """Return the framework of the application that *module* makes, and its full name."""
        for full, item in self._objects.items():
            if item.module is module and item.is_local and item.framework is not None:
                return item.framework, full
        for _, call in module.calls:
            name = self._followed(module.resolve(call.func))
            factory = self._factories.get(name)
            if factory is not None and factory.framework is not None:
                return factory.framework, name
        return None

    def _ingress(self) -> set[str]:
        """Return the objects that Ray or BentoML mount: `@serve.ingress(app)`."""
        found = set()
        for module in self._modules.started:
            for node in module.nodes_of(ast.ClassDef):
                for decorator in node.decorator_list:
                    if isinstance(decorator, ast.Call) and module.resolve(decorator.func).endswith(
                        (".ingress", ".asgi_app", ".mount_asgi_app")
                    ):
                        found |= {self._followed(module.resolve(each)) for each in decorator.args}
        return found

    @staticmethod
    def _is_served(item: _Object) -> bool:
        framework = item.framework
        return (
            framework is not None
            and framework.interface in _IMPORTED
            and not item.is_local
            and not item.is_inner
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
            metrics=self._metrics(full, "", frozenset()),
        )

    def _routes(self, full: str, prefix: str, above: frozenset[str]) -> Iterator[Route]:
        item = self._objects.get(full) or self._factories.get(full)
        if item is None or full in above:
            return
        if item.framework is not None and item.framework.name.startswith("django"):
            yield from self._django.routes(item.module)
        for route in item.routes:
            yield replace(route, path=_joined(prefix, route.path))
        for name, inner in self._groups(item):
            yield from self._routes(name, _joined(prefix, inner), above | {full})

    def _groups(self, item: _Object) -> Iterator[tuple[str, str]]:
        """Yield the groups that hang on *item*, each with the prefix of its paths."""
        for child, own, replaces in item.children:
            name = self._followed(child)
            group = self._objects.get(name)
            if group is not None and own is not None and group.prefix is not None:
                yield name, own if replaces else _joined(own, group.prefix)

    def _metrics(self, full: str, prefix: str, above: frozenset[str]) -> Route | None:
        """Return where the application answers with metrics: by a library, or a route of its own."""
        item = self._objects.get(full) or self._factories.get(full)
        if item is None or full in above:
            return None
        if item.metrics is not None:
            return replace(item.metrics, path=_joined(prefix, item.metrics.path))
        if self._counts:
            for route in item.routes:
                if route.path.rstrip("/").endswith("/metrics"):
                    return replace(route, path=_joined(prefix, route.path))
        if item.framework is not None and item.framework.name.startswith("django"):
            return self._django.metrics(item.module)
        inside = (
            self._metrics(name, _joined(prefix, inner), above | {full})
            for name, inner in self._groups(item)
        )
        return next((found for found in inside if found is not None), None)

    def _followed(self, full: str) -> str:
        """Return what *full* is an alias of, through re-exports."""
        for _ in range(10):
            if full in self._objects or full in self._factories:
                return full
            head, _, name = full.rpartition(".")
            module = self._modules.module(head) if head else None
            if module is None:
                return full
            if name in module.imports:
                full = module.imports[name]
            elif module.name != head:
                full = f"{module.name}.{name}"
            else:
                return full
        return full

    def _functions(self, module: Module) -> None:
        """Find functions that make an application and return it."""
        for node in module.functions:
            made: dict[str, _Object] = {}
            returned: ast.expr | None = None
            for inner in statements(node.body):
                target, value = assignment(inner)
                if target:
                    item = self._made(module, target, value, inner)
                    if item is not None:
                        item.is_local = True
                        made[target] = item
                self._attribute(module, inner)
                if isinstance(inner, ast.Return):
                    returned = inner.value
            scope = f"{module.name}.{node.name}"
            for target, item in made.items():
                self._objects.setdefault(f"{scope}.{target}", item)
            self._factory(module, node, scope, returned)

    def _attribute(self, module: Module, node: ast.stmt) -> None:
        """Find the application of an object: `self.app = FastAPI()`."""
        match node:
            case ast.Assign(
                targets=[ast.Attribute(value=ast.Name(id="self"), attr=name)], value=value
            ):
                item = self._made(module, name, value, node)
                if item is not None:
                    item.is_local = True
                    self._objects.setdefault(f"{module.name}.self.{name}", item)
            case _:
                pass

    def _factory(
        self,
        module: Module,
        node: ast.FunctionDef | ast.AsyncFunctionDef,
        scope: str,
        returned: ast.expr | None,
    ) -> None:
        item = None
        if isinstance(returned, ast.Name):
            item = self._objects.get(f"{scope}.{returned.id}")
        elif isinstance(returned, ast.Call):
            item = self._made(module, node.name, returned, node)
        if item is None or item.framework is None or scope in self._factories:
            return
        is_top = any(each is node for each in statements(module.tree.body))
        is_awaited = isinstance(node, ast.AsyncFunctionDef)
        if not is_top or (is_awaited and item.framework.interface != "aiohttp"):
            return
        factory = _Object(item.framework, module, node.name, node)
        # The same lists: what is hung on the local object later counts for both.
        factory.routes, factory.children = item.routes, item.children
        factory.local = item
        self._factories[scope] = factory
        if not _needs_arguments(node):
            self._callable.add(scope)

    def _top_level(self, module: Module) -> None:
        for node in statements(module.tree.body):
            target, value = assignment(node)
            if not target:
                continue
            full = f"{module.name}.{target}"
            item = self._made(module, target, value, node)
            if item is not None:
                self._objects[full] = item
            elif isinstance(value, ast.Attribute) and value.attr == "server":
                dash = self._objects.get(module.resolve(value.value))
                if dash is not None and dash.framework is not None and dash.is_inner:
                    self._objects[full] = _Object(dash.framework, module, target, node)

    def _made(
        self, module: Module, target: str, value: ast.expr | None, node: ast.AST
    ) -> _Object | None:
        """Return the application or group that `target = value` makes."""
        if isinstance(value, ast.Await):
            value = value.value
        if not isinstance(value, ast.Call):
            return None
        maker = module.resolve(value.func)
        framework = by_maker().get(maker)
        if maker in ("gradio.mount_gradio_app", "gradio.routes.mount_gradio_app"):
            known = self._objects.get(module.resolve(value.args[0])) if value.args else None
            framework = (known.framework if known else None) or framework_named("fastapi")
            made = _Object(framework, module, target, node)
            if known:
                made.routes, made.children, made.local = known.routes, known.children, known
            return made
        if framework is not None:
            made = _Object(framework, module, target, node)
            # A server imports Dash's attribute `server`, not Dash itself.
            made.is_inner = framework.name == "dash"
            routes = keyword(value, "routes", "route_handlers", "handlers")
            if isinstance(routes, (ast.List, ast.Tuple)):
                self._listed(module, made, routes, "")
            return made
        if maker in _GROUPS:
            argument = keyword(value, _GROUPS[maker]) if _GROUPS[maker] else None
            if argument is None and maker == "flask_restx.Namespace" and value.args:
                argument = value.args[0]
            prefix = "" if argument is None else self._constants.string(module, argument)
            made = _Object(None, module, target, node, prefix)
            routes = keyword(value, "routes", "route_handlers")
            if isinstance(routes, (ast.List, ast.Tuple)):
                self._listed(module, made, routes, "")
            return made
        factory = self._factories.get(self._followed(maker))
        if factory is None:
            return None
        made = _Object(factory.framework, module, target, node)
        made.routes, made.children, made.local = factory.routes, factory.children, factory
        return made

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
            if kind in ("Route", "get"):
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
            self._library(module, scope, node)
            return
        holder = function.value
        if function.attr == "add_get" and isinstance(holder, ast.Attribute):
            # aiohttp: `app.router.add_get("/x", handler)`.
            holder = holder.value
        _, owner = self._owner(module, scope, holder)
        if owner is None:
            self._library(module, scope, node)
            return
        first = node.args[0] if node.args else keyword(node, "router", "blueprint", "path", "rule")
        match function.attr:
            case (
                "include_router" | "register_blueprint" | "register" | "blueprint" | "add_namespace"
            ):
                argument = keyword(node, "prefix", "url_prefix", "path")
                prefix = "" if argument is None else self._constants.string(module, argument)
                replaces = argument is not None and function.attr in (
                    "register_blueprint",
                    "add_namespace",
                )
                if first is not None:
                    name, _ = self._owner(module, scope, first)
                    owner.children.append((name, prefix, replaces))
            case "add_routes":
                if isinstance(first, (ast.List, ast.Tuple)):
                    self._listed(module, owner, first, "")
                elif first is not None:
                    owner.children.append((self._owner(module, scope, first)[0], "", False))
            case "mount":
                app = node.args[1] if len(node.args) > 1 else keyword(node, "app")
                if app is not None:
                    self._mount(module, scope, owner, first, app)
            case "add_api_route" | "add_route" | "add_url_rule" | "add_get":
                path = self._constants.string(module, first)
                self._route(module, owner, path, node, keyword(node, "methods"))
            case "add_resource":
                for each in node.args[1:]:
                    path = self._constants.string(module, each)
                    self._route(module, owner, path, node, None)
            case _:
                self._library(module, scope, node)

    def _mount(
        self,
        module: Module,
        scope: str,
        owner: _Object,
        path: ast.expr | None,
        app: ast.expr,
    ) -> None:
        prefix = self._constants.string(module, path)
        name, _ = self._owner(module, scope, app)
        self._mounted.add(name)
        owner.children.append((name, prefix, False))
        if prefix is not None and self._is_exposition(module, scope, app):
            evidence = module.evidence(app, f"metrics at {prefix}")
            owner.own_metrics = Route(path=prefix, evidence=evidence)

    @staticmethod
    def _bodies(module: Module, scope: str) -> Iterator[ast.stmt]:
        """Yield the statements of the module and those of its function *scope*."""
        yield from statements(module.tree.body)
        for function in module.functions:
            if function.name == scope:
                yield from statements(function.body)

    def _is_exposition(self, module: Module, scope: str, node: ast.expr | None) -> bool:
        """Tell whether *node* is `prometheus_client.make_asgi_app()`, or a name for it."""
        if isinstance(node, ast.Call):
            return module.resolve(node.func).endswith((".make_asgi_app", ".make_wsgi_app"))
        if not isinstance(node, ast.Name):
            return False
        assigned = (assignment(each) for each in self._bodies(module, scope))
        return any(
            target == node.id
            and isinstance(value, ast.Call)
            and self._is_exposition(module, scope, value)
            for target, value in assigned
        )

    def _library(self, module: Module, scope: str, node: ast.Call) -> None:
        """Take over libraries that give an application metrics, and groups made with it."""
        full = module.resolve(node.func)
        attribute = node.func.attr if isinstance(node.func, ast.Attribute) else ""
        first = node.args[0] if node.args else keyword(node, "app", "application")
        if full in ("flask_restful.Api", "flask_restx.Api"):
            self._with_api(module, scope, node, first)
        elif full.endswith(".DispatcherMiddleware"):
            self._dispatched(module, scope, node)
        if attribute == "expose" and module.has_imported("prometheus_fastapi_instrumentator"):
            argument = keyword(node, "endpoint")
        elif full.endswith("PrometheusMetrics") and full.startswith("prometheus_flask_exporter."):
            argument = keyword(node, "path")
        else:
            return
        path = "/metrics" if argument is None else self._constants.string(module, argument)
        if first is None or path is None:
            return
        _, owner = self._owner(module, scope, first)
        if owner is not None:
            evidence = module.evidence(node, f"metrics at {path}")
            owner.own_metrics = Route(path=path, evidence=evidence)

    def _dispatched(self, module: Module, scope: str, node: ast.Call) -> None:
        """Take over `DispatcherMiddleware(app.wsgi_app, {"/metrics": make_wsgi_app()})`."""
        if len(node.args) < 2 or not isinstance(node.args[1], ast.Dict):
            return
        app, table = node.args[0], node.args[1]
        if isinstance(app, ast.Attribute) and app.attr == "wsgi_app":
            app = app.value
        _, owner = self._owner(module, scope, app)
        if owner is None:
            return
        for key, value in zip(table.keys, table.values, strict=True):
            path = self._constants.string(module, key)
            if path is not None and self._is_exposition(module, scope, value):
                evidence = module.evidence(node, f"metrics at {path}")
                owner.own_metrics = Route(path=path, evidence=evidence)

    def _with_api(self, module: Module, scope: str, node: ast.Call, first: ast.expr | None) -> None:
        """Hang the group that `api = Api(app)` makes on the application."""
        owner = None if first is None else self._owner(module, scope, first)[1]
        if owner is None:
            return
        for function, body in (("", module.tree.body), *_named(module, scope)):
            for each in statements(body):
                target, value = assignment(each)
                if value is node:
                    name = ".".join(filter(None, (module.name, function, target)))
                    owner.children.append((name, "", False))


def _named(module: Module, scope: str) -> Iterator[tuple[str, list[ast.stmt]]]:
    for function in module.functions:
        if function.name == scope:
            yield scope, function.body


def _needs_arguments(node: ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    return any(default is None for _, default in parameters(node))


def _joined(prefix: str, path: str) -> str:
    if not path:
        return prefix
    return f"{prefix.rstrip('/')}/{path.lstrip('/')}" if prefix else path


_SERVING = (
    "uvicorn.run",
    "uvicorn.Server",
    "uvicorn.Config",
    "waitress.serve",
    "hypercorn.asyncio.serve",
    "gevent.pywsgi.WSGIServer",
    "wsgiref.simple_server.make_server",
)


def _serves(module: Module, call: ast.Call) -> bool:
    """Tell whether *call* starts a server with an object of this file, not one by its name."""
    full = module.resolve(call.func)
    if full in _SERVING:
        first = call.args[0] if call.args else keyword(call, "app")
        return first is not None and not isinstance(first, ast.Constant)
    return (
        isinstance(call.func, ast.Attribute)
        and call.func.attr == "run"
        and module.has_imported("flask", "quart", "bottle")
        and (keyword(call, "port", "host", "debug") is not None or not call.args)
        and bool(re.search(r"app|server|api", ast.unparse(call.func.value), re.IGNORECASE))
    )
