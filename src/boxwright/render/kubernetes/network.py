"""NetworkPolicies: nothing is allowed but what the plan says is needed."""

from __future__ import annotations

from boxwright.plan.model import CompanionPlan, Workload
from boxwright.render.kubernetes.names import (
    NAMESPACE_NAME,
    Object,
    declared,
    identity,
    labels,
)
from boxwright.render.kubernetes.pod import companion_ports
from boxwright.render.kubernetes.stack import Stack
from boxwright.syntax.yaml.written import Commented, Data

GATEWAYS = ("envoy-gateway-system", "ingress-nginx", "istio-ingress", "traefik")
"""Namespaces from which requests of users come in most clusters."""
_PRIVATE = ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "169.254.0.0/16")
_PRIVATE_6 = ("fc00::/7", "fe80::/10")


def default_policies(stack: Stack, namespace: str) -> list[Data]:
    """Return the policies that are about all pods: nothing is allowed, and names can be asked."""
    dns = {
        "to": [
            {
                "namespaceSelector": {"matchLabels": {NAMESPACE_NAME: "kube-system"}},
                "podSelector": {"matchLabels": {"k8s-app": "kube-dns"}},
            }
        ],
        "ports": [{"protocol": "UDP", "port": 53}, {"protocol": "TCP", "port": 53}],
    }
    return [
        _policy(stack, "default-deny", namespace, {}, {"policyTypes": ["Ingress", "Egress"]}),
        _policy(stack, "allow-dns", namespace, {}, {"policyTypes": ["Egress"], "egress": [dns]}),
    ]


def workload_policy(stack: Stack, workload: Workload, namespace: str) -> Object:
    """Return who may talk to *workload*, and to whom it may talk."""
    ingress: list[Data] = []
    if workload.kind == "service" and workload.port is not None:
        gateways = {"key": NAMESPACE_NAME, "operator": "In", "values": GATEWAYS}
        ingress.append(
            Commented(
                {
                    "from": [{"namespaceSelector": {"matchExpressions": [gateways]}}],
                    "ports": [{"protocol": "TCP", "port": "http"}],
                },
                "From the namespace of your Ingress or Gateway: put its name here.",
            )
        )
    ingress += _from_clients(stack, workload, stack.clients(workload.name))
    egress: list[Data] = [
        {"to": [_pods(stack, it)], "ports": _ports(it)} for it in stack.needed(workload)
    ]
    why = reason_for_internet(stack, workload)
    if why:
        egress.append(Commented(_internet(), why))
    return _of_pods(stack, workload.name, namespace, ingress, egress)


def companion_policy(stack: Stack, companion: CompanionPlan, namespace: str) -> Object:
    """Return who may talk to *companion*, which itself may talk to nobody."""
    ingress = _from_clients(stack, companion, stack.clients(companion.name))
    return _of_pods(stack, companion.name, namespace, ingress, [])


def policies_for_notebook(stack: Stack, notebook: Workload, namespace: str) -> list[Data]:
    """Return the policies by which what *notebook* talks to lets it in, where there is one."""
    return [
        _policy(
            stack,
            f"{it.name}-from-{notebook.name}",
            namespace,
            {"matchLabels": identity(it.name, stack.name)},
            {"policyTypes": ["Ingress"], "ingress": _from_clients(stack, it, (notebook,))},
        )
        for it in stack.needed(notebook)
    ]


def reason_for_internet(stack: Stack, workload: Workload) -> str:
    """Return why *workload* may reach the internet; empty where it need not."""
    given = [
        it.variable or it.name.upper()
        for it in stack.secrets_of(workload.name)
        if not it.is_made and not it.template
    ]
    if given:
        return f"To the services that {', '.join(sorted(given))} {_is(given)} for, by HTTPS."
    if workload.kind == "notebook":
        return "To fetch data and models, by HTTPS."
    if any(stack.volume(it).kind == "cache" for it in workload.mounts):
        return "To fetch models into the cache, by HTTPS."
    return ""


def _from_clients(
    stack: Stack, server: Workload | CompanionPlan, clients: tuple[Workload, ...]
) -> list[Data]:
    if not clients:
        return []
    return [{"from": [_pods(stack, it) for it in clients], "ports": _ports(server)}]


def _pods(stack: Stack, owner: Workload | CompanionPlan) -> Object:
    return {"podSelector": {"matchLabels": identity(owner.name, stack.name)}}


def _ports(server: Workload | CompanionPlan) -> list[Data]:
    if isinstance(server, CompanionPlan):
        numbers = [number for _, number in companion_ports(server)]
    else:
        numbers = [server.port] if server.port is not None else []
    return [{"protocol": "TCP", "port": number} for number in numbers]


def _is(names: list[str]) -> str:
    return "is" if len(names) == 1 else "are"


def _internet() -> Object:
    return {
        "to": [
            {"ipBlock": {"cidr": "0.0.0.0/0", "except": _PRIVATE}},
            {"ipBlock": {"cidr": "::/0", "except": _PRIVATE_6}},
        ],
        "ports": [{"protocol": "TCP", "port": 443}],
    }


def _of_pods(
    stack: Stack, name: str, namespace: str, ingress: list[Data], egress: list[Data]
) -> Object:
    rules: Object = {"policyTypes": ["Ingress", "Egress"]}
    if ingress:
        rules["ingress"] = ingress
    if egress:
        rules["egress"] = egress
    return _policy(stack, name, namespace, {"matchLabels": identity(name, stack.name)}, rules)


def _policy(stack: Stack, name: str, namespace: str, pods: Object, rules: Object) -> Object:
    spec: Object = {"podSelector": pods, **rules}
    marks = labels(name, stack.name)
    kind = "NetworkPolicy"
    return declared("networking.k8s.io/v1", kind, name, namespace, marks, spec)
