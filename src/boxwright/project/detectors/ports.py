"""Ports that the project names, and servers that only this machine could reach."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Sequence

from boxwright.errors import ProjectError
from boxwright.project.detectors.modules import (
    Constants,
    Module,
    Modules,
    assignment,
    keyword,
    statements,
)
from boxwright.project.detectors.ours import is_generated
from boxwright.project.document import parse_toml, read_text
from boxwright.project.evidence import Evidence
from boxwright.project.facts import Fact, Port
from boxwright.project.tree import Tree
from boxwright.syntax.toml_lines import line_of

_ARGUMENTS = {
    "uvicorn.run": "port",
    "uvicorn.Config": "port",
    "waitress.serve": "port",
    "hypercorn.run": "port",
    "aiohttp.web.run_app": "port",
    "nicegui.ui.run": "port",
}
_METHODS = {"run": "port", "launch": "server_port", "run_server": "port"}
_ADDRESSES = (
    "http.server.HTTPServer",
    "http.server.ThreadingHTTPServer",
    "socketserver.TCPServer",
    "socketserver.ThreadingTCPServer",
    "gevent.pywsgi.WSGIServer",
)
"""What takes an address and a port as a pair."""
_POSITIONS = {
    "wsgiref.simple_server.make_server": 1,
    "aiohttp.web.TCPSite": 2,
}
_BOUND = re.compile(r"(?:^|:)(\d{2,5})$")
"""The port in `0.0.0.0:8000`, `[::]:50051`, `*:8080` or alone."""


def find_ports(modules: Modules, constants: Constants, tree: Tree) -> Iterator[Port]:
    """Yield the ports in code, then those in the configuration of servers and in a Dockerfile."""
    for module in modules.started:
        for _, call in module.calls:
            found = _in_call(module, constants, call)
            if found is not None and 0 < found[0] < 65536:
                number, variable, says = found
                evidence = module.evidence(call, f"{says}{number}")
                yield Port(number=number, path=module.path, evidence=evidence, variable=variable)
    yield from _gunicorn(modules, constants, tree)
    yield from _streamlit(tree)
    yield from _exposed(tree)


def _in_call(module: Module, constants: Constants, call: ast.Call) -> tuple[int, str, str] | None:
    """Return the port, the environment variable that may change it, and the argument's name."""
    name = module.resolve(call.func)
    attribute = call.func.attr if isinstance(call.func, ast.Attribute) else ""
    argument = _ARGUMENTS.get(name) or _METHODS.get(attribute)
    node: ast.expr | None = None
    if argument:
        node = keyword(call, argument)
        if node is None and attribute == "run" and len(call.args) == 2:
            # Flask: `app.run("0.0.0.0", 5000)`.
            node = call.args[1]
            if not isinstance(node, ast.Constant) or not isinstance(node.value, int):
                return None
    elif attribute in ("add_insecure_port", "add_secure_port"):
        return _bound(module, constants, call.args[0] if call.args else None)
    elif attribute == "listen" and module.has_imported("tornado"):
        node = call.args[0] if call.args else keyword(call, "port")
        argument = "port"
    elif name in _ADDRESSES or attribute in ("HTTPServer", "TCPServer"):
        pair = call.args[0] if call.args else keyword(call, "server_address")
        node = pair.elts[1] if isinstance(pair, ast.Tuple) and len(pair.elts) == 2 else None
        argument = "port"
    elif name in _POSITIONS:
        at = _POSITIONS[name]
        node = call.args[at] if len(call.args) > at else keyword(call, "port")
        argument = "port"
    elif name == "ray.serve.start":
        options = keyword(call, "http_options")
        if isinstance(options, ast.Dict):
            for key, value in zip(options.keys, options.values, strict=True):
                if isinstance(key, ast.Constant) and key.value == "port":
                    node = value
        elif isinstance(options, ast.Call):
            node = keyword(options, "port")
        argument = "port"
    found = constants.integer(module, node)
    return (*found, f"{argument}=") if found else None


def _bound(
    module: Module, constants: Constants, node: ast.expr | None
) -> tuple[int, str, str] | None:
    """Return the port at the end of an address: `"[::]:50051"`, `f"[::]:{port}"`."""
    if isinstance(node, ast.JoinedStr) and isinstance(node.values[-1], ast.FormattedValue):
        found = constants.integer(module, node.values[-1].value)
        return (*found, "port ") if found else None
    text = constants.string(module, node, loose=True)
    match = _BOUND.search(text) if text else None
    return (int(match[1]), "", "port ") if match is not None else None


def _gunicorn(modules: Modules, constants: Constants, tree: Tree) -> Iterator[Port]:
    """Yield the port in `gunicorn.conf.py`, which gunicorn reads without being told to."""
    path = "gunicorn.conf.py"
    if path not in tree.paths():
        return
    module = modules.at(path)
    for statement in statements(module.tree.body) if module is not None else ():
        target, node = assignment(statement)
        if module is None or target != "bind":
            continue
        if isinstance(node, (ast.List, ast.Tuple)) and node.elts:
            node = node.elts[0]
        bound = _bound(module, constants, node)
        if bound is not None and 0 < bound[0] < 65536:
            evidence = module.evidence(statement, f"bind: {bound[0]}")
            yield Port(number=bound[0], path=path, evidence=evidence, variable=bound[1])


def _streamlit(tree: Tree) -> Iterator[Port]:
    config = ".streamlit/config.toml"
    if config not in tree.paths():
        return
    server = parse_toml(tree, config).get("server")
    port = server.get("port") if isinstance(server, dict) else None
    if isinstance(port, int) and 0 < port < 65536:
        at = line_of(read_text(tree, config), ("server", "port"))
        evidence = Evidence(config, at, f"port = {port}")
        yield Port(number=port, path=config, evidence=evidence)


def _exposed(tree: Tree) -> Iterator[Port]:
    """Yield the ports of a Dockerfile that somebody wrote."""
    if "Dockerfile" not in tree.paths():
        return
    try:
        text = read_text(tree, "Dockerfile")
    except ProjectError:
        return
    if is_generated(text):
        return
    for number, line in enumerate(text.splitlines(), start=1):
        match = re.match(r"\s*EXPOSE\s+(\d{1,5})(?:/tcp)?\s*$", line, re.IGNORECASE)
        # A port below 1024 is for a process with privileges, which ours is not.
        if match and 1024 <= int(match[1]) < 65536:
            evidence = Evidence("Dockerfile", number, line.strip())
            yield Port(number=int(match[1]), path="Dockerfile", evidence=evidence)


def find_local_hosts(modules: Sequence[Module]) -> Iterator[Fact]:
    """Yield the calls that bind a server to this machine's own address only."""
    for module in modules:
        for _, call in module.calls:
            name = module.resolve(call.func)
            attribute = call.func.attr if isinstance(call.func, ast.Attribute) else ""
            if name not in _ARGUMENTS and attribute not in _METHODS and attribute != "serve":
                continue
            host = keyword(call, "host", "server_name", "server_address")
            if isinstance(host, ast.Constant) and host.value in ("127.0.0.1", "localhost", "::1"):
                evidence = module.evidence(call, f"listens on {host.value}")
                yield Fact(value=str(host.value), evidence=evidence)
