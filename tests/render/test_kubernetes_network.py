"""Network policies: all that the plan needs, and nothing else, is allowed."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from tests.render.kubernetes_files import (
    PLANS,
    Object,
    documents,
    files_of,
    objects_of,
    template,
    the,
)
from tests.render.plans import brokers_plan, monitored_plan, stack_plan, url_plan

from boxwright.plan.model import CompanionPlan, Plan, Workload


class Cluster:
    """What a network plug-in does with the policies of an environment."""

    def __init__(self, files: dict[str, str], overlay: str) -> None:
        items = [*objects_of(files, "base"), *objects_of(files, overlay)]
        self.policies = [it["spec"] for it in items if it["kind"] == "NetworkPolicy"]
        self.pods = {
            it["metadata"]["name"]: found for it in items if (found := template(it)) is not None
        }

    def allows(self, client: str, server: str, port: int) -> bool:
        """Tell whether the pods of *client* reach *port* of those of *server*."""
        there, here = self._labels(client), self._labels(server)
        return self._lets("Egress", there, here, port, server) and self._lets(
            "Ingress", here, there, port, server
        )

    def lets_in(self, server: str, port: int, namespace: str) -> bool:
        """Tell whether *namespace* reaches *port* of the pods of *server*."""
        for rule in self._rules("Ingress", self._labels(server)):
            for peer in rule["from"]:
                wanted = peer.get("namespaceSelector", {}).get("matchExpressions", [])
                if any(namespace in it["values"] for it in wanted):
                    return self._is_port(rule, port, server)
        return False

    def reaches(self, client: str) -> set[tuple[str, int]]:
        """Return where the pods of *client* get to outside of the cluster."""
        return {
            (peer["ipBlock"]["cidr"], port["port"])
            for rule in self._rules("Egress", self._labels(client))
            for peer in rule["to"]
            for port in rule["ports"]
            if "ipBlock" in peer
        }

    def _lets(
        self, way: str, of: dict[str, str], other: dict[str, str], port: int, server: str
    ) -> bool:
        assert any(way in it["policyTypes"] and self._is_about(it, of) for it in self.policies)
        key = "to" if way == "Egress" else "from"
        return any(
            self._is_port(rule, port, server)
            and any(self._picks(peer, other) for peer in rule[key])
            for rule in self._rules(way, of)
        )

    def _rules(self, way: str, labels: dict[str, str]) -> list[Object]:
        return [
            rule
            for policy in self.policies
            if way in policy["policyTypes"] and self._is_about(policy, labels)
            for rule in policy.get(way.lower(), [])
        ]

    def _is_port(self, rule: Object, port: int, server: str) -> bool:
        (only,) = self.pods[server]["spec"]["containers"]
        names = {it["name"]: it["containerPort"] for it in only.get("ports", [])}
        return port in {names.get(it["port"], it["port"]) for it in rule["ports"]}

    def _labels(self, name: str) -> dict[str, str]:
        labels: dict[str, str] = self.pods[name]["metadata"]["labels"]
        return labels

    @staticmethod
    def _picks(peer: Object, labels: dict[str, str]) -> bool:
        if "podSelector" not in peer or "namespaceSelector" in peer:
            return False
        wanted: dict[str, str] = peer["podSelector"]["matchLabels"]
        return wanted.items() <= labels.items()

    @staticmethod
    def _is_about(policy: Object, labels: dict[str, str]) -> bool:
        wanted: dict[str, str] = policy["podSelector"].get("matchLabels", {})
        return wanted.items() <= labels.items()


def edges(plan: Plan, cluster: Cluster) -> set[tuple[str, str]]:
    """Return who reaches a port of whom."""
    listening: list[Workload | CompanionPlan] = [*plan.workloads, *plan.companions]
    ports = {
        it.name: it.port for it in listening if it.name in cluster.pods and it.port is not None
    }
    return {
        (client, server)
        for client in cluster.pods
        for server, port in ports.items()
        if client != server and cluster.allows(client, server, port)
    }


@pytest.mark.parametrize("plan", PLANS.values(), ids=PLANS.keys())
@pytest.mark.parametrize("overlay", ["overlays/dev", "overlays/production"])
def test_the_edges_are_those_of_the_plan(plan: Callable[[], Plan], overlay: str) -> None:
    made = plan()
    cluster = Cluster(files_of(made), overlay)

    def listens(one: Workload | CompanionPlan) -> bool:
        return one.port is not None and one.name in cluster.pods

    servers = {it.name for it in made.workloads if listens(it)}
    servers |= {it.name for it in made.companions if listens(it)}
    needed = {
        (workload.name, name)
        for workload in made.workloads
        for name in workload.needs
        if workload.name in cluster.pods and name in servers
    }
    assert edges(made, cluster) == needed


def test_the_edges_of_the_stack() -> None:
    plan = stack_plan()

    assert edges(plan, Cluster(files_of(plan), "overlays/production")) == {
        ("api", "postgres"),
        ("api", "redis"),
        ("scheduler", "redis"),
        ("worker", "postgres"),
        ("worker", "redis"),
    }


def test_a_notebook_is_let_in_where_there_is_one() -> None:
    plan = brokers_plan()
    files = files_of(plan)

    dev = edges(plan, Cluster(files, "overlays/dev"))
    production = edges(plan, Cluster(files, "overlays/production"))

    assert dev - production == {("notebook", "rabbitmq"), ("notebook", "web")}


def test_nothing_is_allowed_by_itself() -> None:
    deny = the(files_of(stack_plan()), "NetworkPolicy", "default-deny")

    assert deny["spec"] == {"podSelector": {}, "policyTypes": ["Ingress", "Egress"]}


def test_names_can_be_asked() -> None:
    dns = the(files_of(stack_plan()), "NetworkPolicy", "allow-dns")

    assert dns["spec"]["podSelector"] == {}
    assert dns["spec"]["egress"] == [
        {
            "to": [
                {
                    "namespaceSelector": {
                        "matchLabels": {"kubernetes.io/metadata.name": "kube-system"}
                    },
                    "podSelector": {"matchLabels": {"k8s-app": "kube-dns"}},
                }
            ],
            "ports": [{"protocol": "UDP", "port": 53}, {"protocol": "TCP", "port": 53}],
        }
    ]


def test_gateways_reach_services_only() -> None:
    cluster = Cluster(files_of(stack_plan()), "overlays/dev")

    assert cluster.lets_in("api", 8000, "ingress-nginx")
    assert not cluster.lets_in("api", 8000, "somebody")
    assert not cluster.lets_in("postgres", 5432, "ingress-nginx")
    assert not cluster.lets_in("notebook", 8888, "ingress-nginx")


def test_the_internet_is_for_those_who_need_it() -> None:
    https = {("0.0.0.0/0", 443), ("::/0", 443)}
    stack = Cluster(files_of(stack_plan()), "overlays/dev")
    url = Cluster(files_of(url_plan()), "overlays/production")

    assert {name: stack.reaches(name) for name in stack.pods} == {
        "api": set(),
        "worker": set(),
        "scheduler": set(),
        "train": https,
        "redis": set(),
        "postgres": set(),
        "notebook": https,
    }
    # It has the key of an API.
    assert url.reaches("api") == https


def test_the_internet_does_not_hold_the_cluster() -> None:
    (rule,) = (
        it
        for it in the(files_of(url_plan()), "NetworkPolicy", "api")["spec"]["egress"]
        if "ipBlock" in it["to"][0]
    )

    assert [set(peer["ipBlock"]["except"]) for peer in rule["to"]] == [
        {"10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "169.254.0.0/16"},
        {"fc00::/7", "fe80::/10"},
    ]


def test_prometheus_may_ask_where_its_component_is_switched_on() -> None:
    found = documents(
        files_of(monitored_plan())["kubernetes/components/service-monitor/service-monitor.yaml"]
    )

    assert [(it["kind"], it["metadata"]["name"]) for it in found] == [
        ("ServiceMonitor", "api"),
        ("NetworkPolicy", "api-metrics"),
        ("PodMonitor", "worker"),
        ("NetworkPolicy", "worker-metrics"),
    ]
    assert found[0]["spec"]["endpoints"] == [
        {"port": "http", "path": "/metrics", "interval": "30s"}
    ]
    assert found[2]["spec"]["podMetricsEndpoints"] == [
        {"port": "metrics", "path": "/metrics", "interval": "30s"}
    ]
    assert found[3]["spec"]["ingress"] == [
        {
            "from": [
                {
                    "namespaceSelector": {
                        "matchLabels": {"kubernetes.io/metadata.name": "monitoring"}
                    }
                }
            ],
            "ports": [{"protocol": "TCP", "port": "metrics"}],
        }
    ]
