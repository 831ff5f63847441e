"""What the health check asks."""

from __future__ import annotations

import re
from collections.abc import Iterable

from boxwright.plan.explain import Explained
from boxwright.plan.model import HealthPlan
from boxwright.project.detectors.frameworks import framework_named
from boxwright.project.facts import Dependencies, Route, WebApplication
from boxwright.settings import HealthSettings, Settings

_PLAIN_PATH = re.compile(r"/[A-Za-z0-9._~/-]*")
"""The paths that a probe can ask for without any quoting."""
_READY = (
    "health/ready",
    "healthz/ready",
    "readyz",
    "ready",
    "readiness",
    "health/readiness",
    "-/ready",
)
_HEALTHY = (
    "healthz",
    "health",
    "health-check",
    "healthcheck",
    "health_check",
    "_health",
    "-/healthy",
)
_ALIVE = (
    "livez",
    "health/live",
    "healthz/live",
    "live",
    "liveness",
    "alive",
    "ping",
    "status",
    "heartbeat",
)
_AS_LONG = "answers as long as the process does"
_SLOW_TO_START = (
    "torch",
    "tensorflow",
    "transformers",
    "sentence-transformers",
    "diffusers",
    "jax",
    "keras",
    "vllm",
)


def decide_health(
    application: WebApplication | None,
    port: int | None,
    dependencies: Dependencies,
    settings: Settings,
    explained: Explained,
    *,
    known: str = "",
) -> HealthPlan | None:
    """
    Return the health check of a service; None for what listens on no port.

    *known* is a path that is answered without any application of the project's.
    """
    wanted = settings.health
    if wanted is False:
        explained.from_settings("health", "none")
        return None
    asked = wanted if isinstance(wanted, HealthSettings) else HealthSettings()
    asked_port = asked.port or port
    if asked_port is None:
        return None
    path = known if known and not asked.path else _path(application, asked, explained)
    slow = [name for name in _SLOW_TO_START if dependencies.has(name)]
    plan = HealthPlan(path=path, port=asked_port, start_period=120 if slow else 60)
    if slow and asked.start_period is None:
        why = f"`{slow[0]}` and its model take long to load"
        explained.add("health.start-period", "120 s", why, practice="short-start-period")
    return HealthPlan(
        path=plan.path,
        port=plan.port,
        interval=plan.interval if asked.interval is None else asked.interval,
        timeout=plan.timeout if asked.timeout is None else asked.timeout,
        start_period=plan.start_period if asked.start_period is None else asked.start_period,
        retries=plan.retries if asked.retries is None else asked.retries,
    )


def live_path(application: WebApplication | None, health: HealthPlan | None) -> str:
    """Return a path that is answered as long as the process lives; empty where readiness has to do."""
    if application is None or health is None:
        return ""
    for route, kind in _ranked(application.routes):
        if kind == _AS_LONG and route.path != health.path:
            return route.path
    return ""


def _path(application: WebApplication | None, asked: HealthSettings, explained: Explained) -> str:
    if asked.path is not None:
        explained.from_settings("health.path", f"GET {asked.path}")
        return asked.path
    if application is not None:
        for route, kind in _ranked(application.routes):
            explained.add(
                "health", f"GET {route.path}", kind, route.evidence, practice="missing-healthcheck"
            )
            return route.path
        framework = framework_named(application.framework)
        if framework.health:
            explained.add(
                "health",
                f"GET {framework.health}",
                f"{framework.title} answers it itself",
                practice="missing-healthcheck",
            )
            return framework.health
    explained.add(
        "health",
        "the port takes a connection",
        "no health route was found in the code",
        practice="missing-healthcheck",
    )
    explained.notice(
        "no health route was found, so the health check only sees whether the port is open",
        "add a route such as `/health/ready` that answers when the model is loaded,"
        " or name one in `health.path`",
    )
    return ""


def _ranked(routes: Iterable[Route]) -> list[tuple[Route, str]]:
    """Return the routes that tell of health, readiness first, with what each is."""
    found = []
    for rank, (names, kind) in enumerate(
        (
            (_READY, "answers when the service is ready"),
            (_HEALTHY, "tells of the service's health"),
            (_ALIVE, _AS_LONG),
        )
    ):
        for route in routes:
            if not _PLAIN_PATH.fullmatch(route.path):
                continue
            path = route.path.strip("/").lower()
            if any(path == name or path.endswith(f"/{name}") for name in names):
                found.append(
                    ((rank, route.path.count("/"), len(route.path), route.path), route, kind)
                )
    found.sort(key=lambda item: item[0])
    return [(route, kind) for _, route, kind in found]
