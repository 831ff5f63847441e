"""Metrics for Prometheus on a port of their own: `start_http_server(9100)`."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from boxwright.project.detectors.modules import Constants, Module, Modules, keyword
from boxwright.project.facts import Route, WebApplication


def with_exporters(
    modules: Modules, constants: Constants, applications: Sequence[WebApplication]
) -> list[WebApplication]:
    """Return *applications*, those without metrics with the port that their code opens for them."""
    exporters: dict[str, Route] = {}
    for module in modules.started:
        for route in find_exporters(module, constants):
            exporters.setdefault(module.path, route)
    if not exporters:
        return list(applications)
    result = []
    for application in applications:
        if application.metrics is None:
            reached = modules.reached_from((application.path,))
            opened = (exporters[path] for path in exporters if path in reached)
            result.append(replace(application, metrics=next(opened, None)))
        else:
            result.append(application)
    return result


def find_exporters(module: Module, constants: Constants) -> Iterator[Route]:
    """Yield where *module* answers with metrics on a port of its own."""
    for _, call in module.calls:
        if module.resolve(call.func) != "prometheus_client.start_http_server":
            continue
        node = call.args[0] if call.args else keyword(call, "port")
        found = constants.integer(module, node)
        if found is not None and 0 < found[0] < 65536:
            evidence = module.evidence(call, f"metrics on port {found[0]}")
            yield Route(path="/metrics", evidence=evidence, port=found[0])
