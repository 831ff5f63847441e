"""How the kubelet asks a container whether it has started, takes requests, and lives."""

from __future__ import annotations

import math

from boxwright.plan.model import CompanionPlan, Workload
from boxwright.render.kubernetes.names import Object, literal, port_name, words
from boxwright.syntax.yaml.written import Commented, Data

_LEAST_BUDGET = 60
"""Seconds that a start may take at least."""
_WORKER_BUDGET = 180
_STORE_BUDGET = 300
"""Seconds for the recovery of a database after a crash."""


def workload_probes(workload: Workload) -> Object:
    """Return the probes of *workload*; none where nothing can be asked."""
    if workload.port is not None:
        return _of_server(workload, workload.port)
    return _of_worker(workload) if workload.probe else {}


def companion_probes(companion: CompanionPlan) -> Object:
    """Return the probes of *companion*."""
    ask: Object = (
        {"exec": {"command": words(map(literal, companion.probe))}}
        if companion.probe
        else {"tcpSocket": {"port": port_name(companion.kind)}}
    )
    return {
        "startupProbe": _probe(ask, period=5, timeout=5, failures=_STORE_BUDGET // 5),
        "readinessProbe": _probe(ask, period=10, timeout=5, failures=3),
        "livenessProbe": _probe(ask, period=30, timeout=10, failures=5),
    }


def start_budget(workload: Workload) -> int:
    """Return how many seconds *workload* may take to start."""
    if workload.health is None:
        return _WORKER_BUDGET
    return max(_LEAST_BUDGET, math.ceil(2 * workload.health.start_period))


def _of_server(workload: Workload, port: int) -> Object:
    health = workload.health
    path = health.path if health is not None and health.port == port else ""
    timeout = math.ceil(health.timeout) if health is not None else 5
    ready = _get(path) if path else _connect()
    if workload.live:
        live, why = _get(workload.live), ""
    elif path and not workload.needs:
        live, why = ready, ""
    else:
        live = _connect()
        why = "The path may ask other services: that they fail is no reason to restart this one."
    budget = start_budget(workload)
    period = 5 if budget <= 600 else 10
    liveness: Data = _probe(live, period=10, timeout=max(5, timeout), failures=6)
    return {
        "startupProbe": _probe(live, period=period, timeout=timeout, failures=-(-budget // period)),
        "readinessProbe": _probe(ready, period=5, timeout=timeout, failures=2),
        "livenessProbe": Commented(liveness, why) if why else liveness,
    }


def _of_worker(workload: Workload) -> Object:
    ask: Object = {"exec": {"command": words(map(literal, workload.probe))}}
    # Each probe starts Python and may ask a broker: seldom, and with time.
    patient = _probe(ask, period=120, timeout=30, failures=5)
    return {
        "startupProbe": _probe(ask, period=10, timeout=30, failures=_WORKER_BUDGET // 10),
        "readinessProbe": _probe(ask, period=60, timeout=30, failures=2),
        "livenessProbe": Commented(
            patient, "It asks through the broker, so it waits ten minutes for that to come back."
        )
        if workload.needs
        else patient,
    }


def _get(path: str) -> Object:
    # Servers that check the name they are asked by know `localhost`, and no address of a pod.
    header = {"name": "Host", "value": "localhost"}
    return {"httpGet": {"path": path, "port": "http", "httpHeaders": [header]}}


def _connect() -> Object:
    return {"tcpSocket": {"port": "http"}}


def _probe(ask: Object, *, period: int, timeout: int, failures: int) -> Object:
    return {
        **ask,
        "periodSeconds": period,
        "timeoutSeconds": timeout,
        "failureThreshold": failures,
    }
