"""Web applications that no server imports: programs, and files for a framework's own command."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Sequence
from dataclasses import replace

from boxwright.project.detectors.frameworks import Framework, framework_named, frameworks
from boxwright.project.detectors.modules import (
    Constants,
    Module,
    Modules,
    assignment,
    keyword,
    statements,
)
from boxwright.project.evidence import Evidence
from boxwright.project.facts import Route, WebApplication


def find_scripts(modules: Modules, constants: Constants) -> list[WebApplication]:
    """Return the files that serve something when they are started, or handed to a command."""
    started = modules.started
    found = [
        *_ray_applications(started),
        *_bento_services(started),
        *(each for module in started for each in _programs(module, constants)),
        *(each for module in started for each in _marked(module)),
        *_streamlit_scripts(started),
    ]
    # A file with a bound application for `serve run` needs no `serve.run` of its own.
    bound = {each.path for each in found if each.framework == "ray"}
    return [each for each in found if each.framework != "ray-script" or each.path not in bound]


def find_model_folders(paths: Sequence[str]) -> Iterator[WebApplication]:
    """Yield folders with a model that MLflow or MLServer serves as it is."""
    for name, framework in (("MLmodel", "mlflow"), ("model-settings.json", "mlserver")):
        for path in paths:
            folder, _, last = path.rpartition("/")
            if last == name:
                title = framework_named(framework).title
                yield WebApplication(
                    framework=framework,
                    interface=framework,
                    path=folder or ".",
                    module="",
                    root="",
                    name="",
                    is_factory=False,
                    evidence=Evidence(path, None, f"{title}: a model"),
                )


def _application(
    module: Module, framework: Framework, node: ast.AST, says: str, name: str = ""
) -> WebApplication:
    metrics = None
    if framework.metrics:
        metrics = Route(path=framework.metrics, evidence=module.evidence(node, framework.title))
    return WebApplication(
        framework=framework.name,
        interface=framework.interface,
        path=module.path,
        module=module.name,
        root=module.root,
        name=name,
        is_factory=False,
        evidence=module.evidence(node, f"{framework.title}: {says}"),
        metrics=metrics,
    )


def _programs(module: Module, constants: Constants) -> Iterator[WebApplication]:
    """Yield what the file serves itself: `server.run()`, `demo.launch()`."""
    for framework in frameworks().values():
        if framework.interface != "script":
            continue
        top = framework.makers[0].partition(".")[0]
        if framework.name == "fastmcp" and module.has_imported("mcp"):
            top = "mcp"
        if not module.has_imported(top) or not _has_maker(module, framework):
            continue
        for _, call in module.calls:
            if framework.name == "fastmcp" and not _is_by_http(module, constants, call):
                continue
            if _matches(module, call.func, framework.starts):
                shown = ast.unparse(call.func)[-40:]
                found = _application(module, framework, call, f"{shown}()")
                routes = (
                    *_tornado_routes(module, constants), *_aiohttp_routes(module, constants)
                )  # fmt: skip
                yield replace(found, routes=routes) if routes else found
                break


def _is_by_http(module: Module, constants: Constants, call: ast.Call) -> bool:
    """Tell whether *call* serves the Model Context Protocol on a port."""
    transport = constants.string(module, keyword(call, "transport"), loose=True)
    return transport in ("http", "streamable-http", "sse")


def _has_maker(module: Module, framework: Framework) -> bool:
    """Tell whether the file makes what the framework serves; Gradio's may come from another."""
    if framework.name in ("gradio", "aiohttp", "nicegui", "ray-script", "litserve"):
        return True
    return any(module.resolve(call.func) in framework.makers for _, call in module.calls)


def _matches(module: Module, function: ast.expr, wanted: Sequence[str]) -> bool:
    full = module.resolve(function)
    attribute = function.attr if isinstance(function, ast.Attribute) else ""
    if attribute and full.partition(".")[0] in ("uvicorn", "asyncio", "subprocess"):
        return False
    return full in wanted or f".{attribute}" in wanted


def _tornado_routes(module: Module, constants: Constants) -> Iterator[Route]:
    """Yield the paths in `Application([(r"/health", Handler), …])`."""
    for _, call in module.calls:
        if module.resolve(call.func) != "tornado.web.Application" or not call.args:
            continue
        table = call.args[0]
        for node in table.elts if isinstance(table, (ast.List, ast.Tuple)) else ():
            first = node.elts[0] if isinstance(node, ast.Tuple) and node.elts else None
            path = constants.string(module, first)
            if path is not None and re.fullmatch(r"[\w/.-]+", path):
                yield Route(path=path, evidence=module.evidence(node, f"GET {path}"))


def _aiohttp_routes(module: Module, constants: Constants) -> Iterator[Route]:
    """Yield the paths of `@routes.get("/health")` and `app.router.add_get("/health", …)`."""
    if not module.has_imported("aiohttp"):
        return
    hung = [each for _, each in module.decorators if isinstance(each, ast.Call)]
    hung += [call for _, call in module.calls]
    for call in dict.fromkeys(hung):
        method = call.func.attr if isinstance(call.func, ast.Attribute) else ""
        is_route = method == "add_get" or module.resolve(call.func) == "aiohttp.web.get"
        is_decorator = method == "get" and any(call is each for _, each in module.decorators)
        path = constants.string(module, call.args[0]) if call.args else None
        if (is_route or is_decorator) and path is not None and path.startswith("/"):
            yield Route(path=path, evidence=module.evidence(call, f"GET {path}"))


def _marked(module: Module) -> Iterator[WebApplication]:
    """Yield a file for the command of Panel, Chainlit or marimo."""
    for framework in frameworks().values():
        if not framework.marks or framework.interface == "bentoml":
            continue
        top = framework.name
        if not module.has_imported(top):
            continue
        marks = [call.func for _, call in module.calls]
        marks += [each for _, each in module.decorators]
        for function in marks:
            if _matches(module, function, framework.marks):
                yield _application(module, framework, function, ast.unparse(function)[-40:])
                break


def _bento_services(modules: Sequence[Module]) -> Iterator[WebApplication]:
    """Yield the services of BentoML that no other service depends on."""
    framework = framework_named("bentoml")
    for module in modules:
        if not module.has_imported("bentoml"):
            continue
        inner = {
            module.resolve(call.args[0])
            for _, call in module.calls
            if module.resolve(call.func) == "bentoml.depends" and call.args
        }
        for node in module.nodes_of(ast.ClassDef):
            for decorator in node.decorator_list:
                function = decorator.func if isinstance(decorator, ast.Call) else decorator
                if module.resolve(function) == "bentoml.service" and (
                    f"{module.name}.{node.name}" not in inner
                ):
                    yield _application(module, framework, node, node.name, node.name)
        for statement in statements(module.tree.body):
            target, value = assignment(statement)
            if isinstance(value, ast.Call) and module.resolve(value.func) in framework.makers:
                yield _application(module, framework, statement, target, target)


def _ray_applications(modules: Sequence[Module]) -> Iterator[WebApplication]:
    """Yield what `serve run` is given: `app = Model.bind()` at the top of a module."""
    framework = framework_named("ray")
    for module in modules:
        if not any(full.startswith("ray.serve") for full in module.imported):
            continue
        bound = [
            (target, statement)
            for statement in statements(module.tree.body)
            for target, value in (assignment(statement),)
            if isinstance(value, ast.Call)
            and isinstance(value.func, ast.Attribute)
            and value.func.attr == "bind"
        ]
        # The last one is made of those before it.
        for target, statement in bound[-1:]:
            yield _application(module, framework, statement, target, target)


def _streamlit_scripts(modules: Sequence[Module]) -> Iterator[WebApplication]:
    """Yield the file that Streamlit is to run: no page, and imported by no other."""
    framework = framework_named("streamlit")
    imported = {full for module in modules for full in module.imported}
    imported |= {full.rpartition(".")[0] for full in imported}
    pages = {
        each.value
        for module in modules
        for _, call in module.calls
        if module.resolve(call.func) == "streamlit.Page"
        for each in call.args
        if isinstance(each, ast.Constant) and isinstance(each.value, str)
    }
    for module in modules:
        folder = module.path.rpartition("/")[0].rpartition("/")[2]
        if (
            folder == "pages"
            or module.name in imported
            or module.is_package
            or any(module.path.endswith(f"/{page}") or module.path == page for page in pages)
        ):
            continue
        for node in statements(module.tree.body):
            if isinstance(node, ast.Import) and any(a.name == "streamlit" for a in node.names):
                yield _application(module, framework, node, "import streamlit")
                break
