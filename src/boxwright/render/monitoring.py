"""Plan → what Prometheus reads and warns of, and what Grafana shows, where they are planned."""

from __future__ import annotations

import json
from collections.abc import Iterator

from boxwright.plan.model import CompanionPlan, Plan, Workload
from boxwright.render.header import MARK, header
from boxwright.render.model import GeneratedFile, Surroundings
from boxwright.syntax.yaml.written import Commented, Data, Flow, Literal, written

FOLDER = "monitoring"
_PROMETHEUS, _GRAFANA = "prometheus", "grafana"
_MOUNTED = {
    _PROMETHEUS: (f"./{FOLDER}/prometheus", "/etc/prometheus"),
    _GRAFANA: (f"./{FOLDER}/grafana", "/etc/grafana/provisioning"),
}
"""Folders, not files: an editor that replaces a file would leave the old one mounted."""
_PASSWORD = "GF_SECURITY_ADMIN_PASSWORD__FILE"  # noqa: S105 (the name of a variable)
_ON_DEMAND = frozenset({"job", "notebook"})

_COUNTS = (
    "(flask_)?http_requests?_total",
    "starlette_requests_total",
    "django_http_responses_total_by_status_total",
    "bentoml_.*request_total",
    "vllm:request_success_total",
)
"""How the usual exporters call their count of requests."""
_TIMES = (
    "(flask_|bentoml_.*)?(http_)?requests?_(duration_)?seconds_bucket",
    "starlette_requests?_duration_seconds_bucket",
    "django_http_requests_latency_seconds_by_view_method_bucket",
    "vllm:e2e_request_latency_seconds_bucket",
)
_STATUS = ("status", "status_code", "http_response_code", "code")
"""The labels that they put the status into, of which each has one."""


def config_mounts(companion: CompanionPlan) -> tuple[tuple[str, str], ...]:
    """Return the folders of generated files that *companion* reads, with where it looks."""
    mounted = _MOUNTED.get(companion.kind)
    return (mounted,) if mounted is not None else ()


def config_variables(plan: Plan, companion: CompanionPlan) -> dict[str, str]:
    """Return the variables by which *companion* is given what it must not start without."""
    files = (it.name for it in plan.secrets if it.form == "file" and companion.name in it.workloads)
    name = next(files, "") if companion.kind == _GRAFANA else ""
    return {_PASSWORD: f"/run/secrets/{name}"} if name else {}


def render_monitoring(plan: Plan, around: Surroundings) -> tuple[GeneratedFile, ...]:
    """Return the files that the plan's Prometheus and Grafana are mounted."""
    return tuple(
        GeneratedFile(path=f"{FOLDER}/{path}", text=text, kind="compose")
        for path, text in _files(plan, around)
    )


def _files(plan: Plan, around: Surroundings) -> Iterator[tuple[str, str]]:
    prometheus = next((it for it in plan.companions if it.kind == _PROMETHEUS), None)
    if prometheus is not None:
        about = "What Prometheus asks; `docker compose restart prometheus` takes changes over."
        yield "prometheus/prometheus.yml", _yaml(around, about, _scraping(plan, prometheus))
        about = "What is wrong when, as Prometheus (/alerts) and Grafana show it."
        yield "prometheus/alerts.yml", _yaml(around, about, _alerts(plan))
    if any(it.kind == _GRAFANA for it in plan.companions):
        if prometheus is not None:
            source = _source(prometheus)
            yield "grafana/datasources/prometheus.yml", _yaml(around, "Whom Grafana asks.", source)
        about = "Where Grafana finds its dashboards: beside this file."
        yield "grafana/dashboards/dashboards.yml", _yaml(around, about, _PROVIDER)
        yield "grafana/dashboards/services.json", _dashboard(plan, around)


def _yaml(around: Surroundings, about: str, parts: dict[str, Data]) -> str:
    texts = (written({key: value}) for key, value in parts.items())
    return header(around, about) + "\n" + "\n\n".join(texts) + "\n"


def _measured(plan: Plan) -> list[Workload]:
    """Return the workloads that are always there to be asked for metrics."""
    return [
        it
        for it in plan.workloads
        if it.metrics and _port(it) is not None and it.kind not in _ON_DEMAND
    ]


def _port(workload: Workload) -> int | None:
    return workload.metrics_port or workload.port


def _scraping(plan: Plan, prometheus: CompanionPlan) -> dict[str, Data]:
    own: dict[str, Data] = {
        "job_name": _PROMETHEUS,
        "static_configs": [{"targets": Flow([f"localhost:{prometheus.port}"])}],
    }
    return {
        "global": {"scrape_interval": "15s", "evaluation_interval": "15s"},
        "rule_files": Flow(["alerts.yml"]),
        "scrape_configs": [own, *map(_scraped, _measured(plan))],
    }


def _scraped(workload: Workload) -> Data:
    job: dict[str, Data] = {"job_name": workload.name, "metrics_path": workload.metrics}
    if workload.replicas > 1 and workload.port is None:
        found = {"names": Flow([workload.name]), "type": "A", "port": _port(workload)}
        job["dns_sd_configs"] = Commented([found], "Each replica by its own address.")
    else:
        job["static_configs"] = [{"targets": Flow([f"{workload.name}:{_port(workload)}"])}]
    return job


def _alerts(plan: Plan) -> dict[str, Data]:
    measured = _measured(plan)
    down = _alert(
        "ServiceDown",
        "up == 0",
        "2m",
        "critical",
        "{{ $labels.job }} has not answered Prometheus for two minutes",
    )
    gone = [
        _alert(
            "ServiceMissing",
            f'absent(up{{job="{it.name}"}})',
            "2m",
            "critical",
            f"no {it.name} is found",
        )
        for it in measured
        if it.replicas > 1 and it.port is None
    ]
    groups: list[Data] = [{"name": "availability", "rules": [down, *gone]}]
    if measured:
        groups += [
            {"name": "requests", "rules": _of_requests(plan, measured)},
            {"name": "processes", "rules": _of_processes(measured)},
        ]
    return {"groups": groups}


def _of_requests(plan: Plan, measured: list[Workload]) -> list[Data]:
    jobs = "|".join(it.name for it in measured)
    counts = f'job=~"{jobs}", __name__=~"{"|".join(_COUNTS)}"'
    times = f'job=~"{jobs}", __name__=~"{"|".join(_TIMES)}"'
    by_status = "job_status:requests:rate5m"
    failed = " or ".join(f'{by_status}{{{label}=~"5.."}}' for label in _STATUS)
    # Large models take seconds for an answer that nobody would call late.
    late = 10 if plan.accelerator == "cuda" else 1
    return [
        Commented(
            _recorded(by_status, f"sum by (job, {', '.join(_STATUS)}) (rate({{{counts}}}[5m]))"),
            "Whatever the exporter calls them. A metric of your own goes into its place here.",
        ),
        _recorded("job:requests:rate5m", f"sum by (job) ({by_status})"),
        _recorded(
            "job:errors:ratio5m",
            f"(sum by (job) ({failed}) or 0 * job:requests:rate5m)\n/ (job:requests:rate5m > 0)",
        ),
        _recorded(
            "job_le:request_seconds_bucket:rate5m", f"sum by (job, le) (rate({{{times}}}[5m]))"
        ),
        _alert(
            "ManyErrors",
            "job:errors:ratio5m > 0.05",
            "10m",
            "critical",
            "{{ $value | humanizePercentage }} of the requests to {{ $labels.job }} fail",
        ),
        _alert(
            "SlowAnswers",
            f"histogram_quantile(0.95, job_le:request_seconds_bucket:rate5m) > {late}",
            "10m",
            "warning",
            "one in twenty answers of {{ $labels.job }} takes {{ $value | humanizeDuration }}"
            " or longer",
        ),
    ]


def _of_processes(measured: list[Workload]) -> list[Data]:
    jobs = "|".join(it.name for it in measured)
    rules = [
        _alert(
            "StartsAgain",
            f'changes(process_start_time_seconds{{job=~"{jobs}"}}[15m]) > 2',
            "0m",
            "critical",
            "{{ $labels.job }} starts again and again",
        )
    ]
    used = [
        f'process_resident_memory_bytes{{job="{it.name}"}} > {it.resources.memory * 9 // 10}'
        for it in measured
    ]
    near = _alert(
        "MemoryNearLimit",
        "\nor ".join(used),
        "10m",
        "warning",
        "{{ $labels.job }} has {{ $value | humanize1024 }}B, nearly all that it may have",
    )
    return [*rules, Commented(near, "Nine tenths of the limits in compose.yaml.")]


def _recorded(name: str, expression: str) -> Data:
    return {"record": name, "expr": _expression(expression)}


def _alert(name: str, expression: str, wait: str, severity: str, summary: str) -> Data:
    return {
        "alert": name,
        "expr": _expression(expression),
        "for": wait,
        "labels": {"severity": severity},
        "annotations": {"summary": summary},
    }


def _expression(text: str) -> Data:
    return Literal(text) if "\n" in text or '"' in text else text


def _source(prometheus: CompanionPlan) -> dict[str, Data]:
    return {
        "apiVersion": 1,
        "datasources": [
            {
                "name": "Prometheus",
                "uid": _PROMETHEUS,
                "type": "prometheus",
                "access": "proxy",
                "url": f"http://{prometheus.name}:{prometheus.port}",
                "isDefault": True,
                "editable": False,
            }
        ],
    }


_PROVIDER: dict[str, Data] = {
    "apiVersion": 1,
    "providers": [
        {
            "name": "generated",
            "type": "file",
            "allowUiUpdates": False,
            "options": {"path": "/etc/grafana/provisioning/dashboards"},
        }
    ],
}


def _dashboard(plan: Plan, around: Surroundings) -> str:
    """Return the dashboard: JSON has no comments, so its description says where it is from."""
    panels = [
        _panel("Answering", [("{{job}}", 'up{job=~"$job"}')], "stat"),
        _panel("Alerts", [("{{alertname}} {{job}}", 'ALERTS{alertstate="firing"}')], "stat"),
        _panel("Requests per second", [("{{job}}", 'job:requests:rate5m{job=~"$job"}')], "reqps"),
        _panel("Failed requests", [("{{job}}", 'job:errors:ratio5m{job=~"$job"}')], "percentunit"),
        _panel("Time to answer", list(_quantiles()), "s"),
        _panel(
            "Processors",
            [("{{job}}", 'sum by (job) (rate(process_cpu_seconds_total{job=~"$job"}[5m]))')],
            "short",
        ),
        _panel(
            "Memory",
            [("{{job}}", 'sum by (job) (process_resident_memory_bytes{job=~"$job"})')],
            "bytes",
        ),
        _panel(
            "Open files", [("{{job}}", 'sum by (job) (process_open_fds{job=~"$job"})')], "short"
        ),
    ]
    for number, panel in enumerate(panels):
        panel["id"] = number + 1
        panel["gridPos"] = {"h": 8, "w": 12, "x": number % 2 * 12, "y": number // 2 * 8}
    dashboard = {
        "description": f"{MARK} {around.version}",
        "uid": f"{plan.name}"[:40],
        "title": plan.name,
        "tags": ["generated"],
        "timezone": "browser",
        "schemaVersion": 39,
        "version": 1,
        "refresh": "30s",
        "time": {"from": "now-1h", "to": "now"},
        "templating": {
            "list": [
                {
                    "name": "job",
                    "label": "Service",
                    "type": "query",
                    "datasource": _DATASOURCE,
                    "query": {"query": "label_values(up, job)", "refId": "job"},
                    "includeAll": True,
                    "multi": True,
                    "current": {"text": "All", "value": "$__all"},
                    "refresh": 2,
                }
            ]
        },
        "panels": panels,
    }
    return json.dumps(dashboard, indent=2) + "\n"


_DATASOURCE = {"type": "prometheus", "uid": _PROMETHEUS}


def _quantiles() -> Iterator[tuple[str, str]]:
    buckets = 'job_le:request_seconds_bucket:rate5m{job=~"$job"}'
    for quantile in (0.5, 0.95, 0.99):
        legend = f"{{{{job}}}} {quantile * 100:g} %"
        yield legend, f"histogram_quantile({quantile}, {buckets})"


def _panel(title: str, queries: list[tuple[str, str]], unit: str) -> dict[str, object]:
    kind = "stat" if unit == "stat" else "timeseries"
    defaults: dict[str, object] = {"unit": "none" if kind == "stat" else unit, "min": 0}
    return {
        "id": 0,
        "title": title,
        "type": kind,
        "datasource": _DATASOURCE,
        "gridPos": {},
        "fieldConfig": {"defaults": defaults, "overrides": []},
        "targets": [
            {"refId": chr(ord("A") + number), "expr": expression, "legendFormat": legend}
            for number, (legend, expression) in enumerate(queries)
        ],
    }
