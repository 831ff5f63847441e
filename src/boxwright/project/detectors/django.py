"""Django's URLs: the paths that `urlpatterns` name, through `include`."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import replace

from boxwright.project.detectors.modules import Constants, Module, Modules, assignment, statements
from boxwright.project.facts import Route


class DjangoUrls:
    """The paths of Django projects, found from the module with `application` in it."""

    def __init__(self, modules: Modules, constants: Constants) -> None:
        self._modules = modules
        self._constants = constants

    def routes(self, application: Module) -> Iterator[Route]:
        """Yield the paths without parameters that the project answers."""
        for name, route in self._found(application):
            if not name:
                yield route

    def metrics(self, application: Module) -> Route | None:
        """Return where `django_prometheus` answers."""
        for name, route in self._found(application):
            if name == "django_prometheus.urls":
                return replace(route, path=f"{route.path.rstrip('/')}/metrics")
        return None

    def _found(self, application: Module) -> Iterator[tuple[str, Route]]:
        urls = self._root(application)
        if urls is not None:
            yield from self._patterns(urls, "/", frozenset())

    def _root(self, application: Module) -> Module | None:
        package = application.name.rpartition(".")[0]
        for _, call in application.calls:
            match call.args:
                case [ast.Constant(value="DJANGO_SETTINGS_MODULE"), ast.Constant(value=str(name))]:
                    found = self._constants.value(f"{name}.ROOT_URLCONF")
                    value = self._constants.string(*found) if found else None
                    if value:
                        return self._modules.module(value)
                case _:
                    pass
        return self._modules.module(f"{package}.urls") if package else self._modules.module("urls")

    def _patterns(
        self, module: Module, prefix: str, above: frozenset[str]
    ) -> Iterator[tuple[str, Route]]:
        if module.path in above:
            return
        for node in statements(module.tree.body):
            target, value = assignment(node)
            if isinstance(node, ast.AugAssign) and isinstance(node.target, ast.Name):
                target, value = node.target.id, node.value
            if target == "urlpatterns" and value is not None:
                yield from self._value(module, value, prefix, above | {module.path})

    def _value(
        self, module: Module, value: ast.expr, prefix: str, above: frozenset[str]
    ) -> Iterator[tuple[str, Route]]:
        if isinstance(value, ast.BinOp):
            yield from self._value(module, value.left, prefix, above)
            yield from self._value(module, value.right, prefix, above)
        if not isinstance(value, (ast.List, ast.Tuple)):
            return
        for node in value.elts:
            if not isinstance(node, ast.Call) or len(node.args) < 2:
                continue
            path = self._constants.string(module, node.args[0])
            kind = module.resolve(node.func).rpartition(".")[2]
            if path is None or kind not in ("path", "re_path", "url"):
                continue
            if kind != "path":
                path = path.removeprefix("^").removesuffix("$")
                if not path.replace("/", "").replace("-", "").replace("_", "").isalnum() and path:
                    continue
            if "<" in path:
                continue
            whole = f"{prefix}{path}"
            target = node.args[1]
            route = Route(path=whole, evidence=module.evidence(node, f"GET {whole}"))
            if isinstance(target, ast.Call) and module.resolve(target.func).endswith(".include"):
                yield from self._included(module, target, route, above)
            else:
                yield "", route

    def _included(
        self, module: Module, include: ast.Call, route: Route, above: frozenset[str]
    ) -> Iterator[tuple[str, Route]]:
        first = include.args[0] if include.args else None
        if isinstance(first, ast.Tuple) and first.elts:
            first = first.elts[0]
        name = self._constants.string(module, first)
        if name is None:
            if isinstance(first, (ast.List, ast.Tuple)):
                yield from self._value(module, first, route.path, above)
            return
        other = self._modules.module(name)
        if other is None:
            yield name, route
        else:
            yield from self._patterns(other, route.path, above)
