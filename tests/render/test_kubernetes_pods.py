"""Pods: hardened, probed, limited, with room to write and nothing more."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from tests.render.kubernetes_files import (
    PLANS,
    Object,
    container,
    env,
    files_of,
    objects_of,
    pod,
    template,
    the,
)
from tests.render.plans import (
    api_plan,
    brokers_plan,
    gpu_plan,
    monitored_plan,
    stack_plan,
    url_plan,
)

from boxwright.plan.model import HealthPlan, Plan, Workload

each_plan = pytest.mark.parametrize("plan", PLANS.values(), ids=PLANS.keys())


@each_plan
def test_every_pod_keeps_the_restricted_standard(plan: Callable[[], Plan]) -> None:
    for item in objects_of(files_of(plan())):
        found = template(item)
        if found is None:
            continue
        spec = found["spec"]
        (only,) = spec["containers"]
        assert spec["automountServiceAccountToken"] is False
        assert spec["enableServiceLinks"] is False
        assert spec["securityContext"] == {
            "runAsNonRoot": True,
            "runAsUser": spec["securityContext"]["runAsUser"],
            "runAsGroup": spec["securityContext"]["fsGroup"],
            "fsGroup": spec["securityContext"]["fsGroup"],
            "fsGroupChangePolicy": "OnRootMismatch",
            "seccompProfile": {"type": "RuntimeDefault"},
        }
        assert spec["securityContext"]["runAsUser"] > 0
        assert only["securityContext"]["allowPrivilegeEscalation"] is False
        assert only["securityContext"]["capabilities"] == {"drop": ["ALL"]}
        allowed = {"name", "emptyDir", "persistentVolumeClaim", "projected"}
        assert all(set(volume) <= allowed for volume in spec.get("volumes", []))


@each_plan
def test_every_container_asks_for_what_it_may_use(plan: Callable[[], Plan]) -> None:
    for item in objects_of(files_of(plan())):
        found = template(item)
        if found is None:
            continue
        resources = found["spec"]["containers"][0]["resources"]
        limits = dict(resources["limits"])
        # Of an extended resource the limit is the request.
        limits.pop("nvidia.com/gpu", None)
        assert set(limits) == {"cpu", "memory", "ephemeral-storage"}
        assert resources["requests"] == limits


@each_plan
def test_every_mount_has_its_volume(plan: Callable[[], Plan]) -> None:
    for item in objects_of(files_of(plan())):
        found = template(item)
        if found is None:
            continue
        volumes = [volume["name"] for volume in found["spec"].get("volumes", [])]
        volumes += [it["metadata"]["name"] for it in item["spec"].get("volumeClaimTemplates", [])]
        mounts = found["spec"]["containers"][0].get("volumeMounts", [])
        assert sorted(volumes) == sorted({mount["name"] for mount in mounts})
        assert len({mount["mountPath"] for mount in mounts}) == len(mounts)


def test_the_image_starts_itself_and_others_of_it_say_how() -> None:
    files = files_of(stack_plan())

    assert "command" not in container(files, "Deployment", "api")
    assert container(files, "Deployment", "worker")["command"][:2] == [
        "/opt/venv/bin/celery",
        "--app",
    ]
    assert container(files, "CronJob", "train")["command"] == ["/opt/venv/bin/python", "train.py"]


def test_each_target_has_an_image_of_its_own() -> None:
    files = files_of(stack_plan())

    assert container(files, "Deployment", "worker")["image"] == "reference-stack:1.0.0"
    assert container(files, "CronJob", "train")["image"] == "reference-stack-train:1.0.0"
    assert container(files, "StatefulSet", "notebook")["image"] == "reference-stack-notebook:1.0.0"
    assert container(files, "StatefulSet", "redis")["image"] == f"redis:8.2.3@sha256:{'0' * 64}"


def test_a_service_is_asked_by_the_paths_that_it_has_for_it() -> None:
    api = container(files_of(api_plan()), "Deployment", "digits-api")

    assert api["ports"] == [{"name": "http", "containerPort": 8000}]
    assert api["startupProbe"] == {
        "httpGet": {
            "path": "/health/live",
            "port": "http",
            "httpHeaders": [{"name": "Host", "value": "localhost"}],
        },
        "periodSeconds": 5,
        "timeoutSeconds": 5,
        "failureThreshold": 24,
    }
    assert api["readinessProbe"]["httpGet"]["path"] == "/health/ready"
    assert api["livenessProbe"]["httpGet"]["path"] == "/health/live"


def test_a_start_may_take_twice_as_long_as_is_thought_and_a_minute_at_least() -> None:
    def budget(seconds: float) -> int:
        plan = api_plan()
        health = HealthPlan(path="/ready", port=8000, start_period=seconds)
        api = replace(plan.workloads[0], health=health)
        files = files_of(replace(plan, workloads=(api,)))
        probe = container(files, "Deployment", "digits-api")["startupProbe"]
        return int(probe["periodSeconds"] * probe["failureThreshold"])

    assert [budget(seconds) for seconds in (5, 60, 61.5, 400)] == [60, 120, 125, 800]


@pytest.mark.parametrize(
    ("changes", "startup", "readiness", "liveness"),
    [
        ({}, "/health/live", "/health/ready", "/health/live"),
        ({"live": ""}, "/health/ready", "/health/ready", "/health/ready"),
        # What readiness says of others must not restart it.
        ({"live": "", "needs": ("redis",)}, "tcp", "/health/ready", "tcp"),
        ({"live": "", "health": None}, "tcp", "tcp", "tcp"),
        ({"live": "", "health": HealthPlan(path="", port=8000)}, "tcp", "tcp", "tcp"),
    ],
)
def test_liveness_never_depends_on_others(
    changes: dict[str, Any], startup: str, readiness: str, liveness: str
) -> None:
    plan = api_plan()
    api = replace(plan.workloads[0], **changes)
    found = container(
        files_of(replace(plan, workloads=(api,))), "Deployment", "digits-api"
    )  # fmt: skip

    def asked(probe: str) -> str:
        return str(found[probe].get("httpGet", {"path": "tcp"})["path"])

    assert (asked("startupProbe"), asked("readinessProbe"), asked("livenessProbe")) == (
        startup,
        readiness,
        liveness,
    )


@each_plan
def test_liveness_is_more_patient_than_readiness(plan: Callable[[], Plan]) -> None:
    def patience(probe: Object) -> int:
        return int(probe["periodSeconds"] * probe["failureThreshold"])

    for item in objects_of(files_of(plan())):
        found = template(item)
        only = found["spec"]["containers"][0] if found else {}
        if "livenessProbe" in only:
            assert patience(only["livenessProbe"]) > 2 * patience(only["readinessProbe"])


def test_a_worker_is_asked_by_its_command_seldom() -> None:
    plan = stack_plan()
    worker = container(files_of(plan), "Deployment", "worker")

    ask = {"exec": {"command": list(plan.workloads[1].probe)}}
    assert worker["readinessProbe"] == {
        **ask,
        "periodSeconds": 60,
        "timeoutSeconds": 30,
        "failureThreshold": 2,
    }
    assert worker["livenessProbe"]["periodSeconds"] * worker["livenessProbe"][
        "failureThreshold"
    ] == 600  # fmt: skip


def test_nothing_is_asked_where_nothing_answers() -> None:
    files = files_of(stack_plan())

    for kind, name in (("Deployment", "scheduler"), ("CronJob", "train")):
        assert not any(key.endswith("Probe") for key in container(files, kind, name))


def test_a_pod_has_time_for_its_last_requests() -> None:
    files = files_of(stack_plan())

    api = container(files, "Deployment", "api")
    assert api["lifecycle"] == {
        "preStop": {
            "exec": {"command": ["/opt/venv/bin/python", "-ISc", "import time; time.sleep(5)"]}
        }
    }
    assert pod(files, "Deployment", "api")["terminationGracePeriodSeconds"] == 35
    assert "lifecycle" not in container(files, "Deployment", "worker")
    assert pod(files, "Deployment", "worker")["terminationGracePeriodSeconds"] == 60


def test_threads_follow_the_limit_unless_the_plan_means_another_number() -> None:
    files = files_of(stack_plan())
    of_limit = {"resourceFieldRef": {"resource": "limits.cpu", "divisor": "1"}}

    assert env(container(files, "Deployment", "api"))["OMP_NUM_THREADS"] == of_limit
    # Two processes of one thread each.
    assert env(container(files, "Deployment", "worker"))["OMP_NUM_THREADS"] == "1"
    web = container(files_of(brokers_plan()), "Deployment", "web")
    assert web["resources"]["limits"]["cpu"] == "1500m"
    assert env(web)["OMP_NUM_THREADS"] == of_limit


def test_kubernetes_replaces_nothing_in_what_the_plan_says() -> None:
    plan = api_plan()
    api = replace(
        plan.workloads[0],
        command=("/opt/venv/bin/python", "-c", "print('$(HOME)')"),
        port=None,
        health=None,
        probe=("sh", "-c", "test -e $$ -o -e $(cat /run/name)"),
        env=(("PRICE", "$(COST) or $5"),),
    )
    found = container(files_of(replace(plan, workloads=(api,))), "Deployment", "digits-api")

    assert found["command"][-1] == "print('$$(HOME)')"
    assert found["livenessProbe"]["exec"]["command"][-1] == "test -e $$$ -o -e $$(cat /run/name)"
    assert env(found) == {"PRICE": "$$(COST) or $5"}


def test_a_gpu_is_a_limit_a_toleration_and_shared_memory() -> None:
    files = files_of(gpu_plan())
    spec = pod(files, "StatefulSet", "llm")

    assert spec["tolerations"] == [
        {"key": "nvidia.com/gpu", "operator": "Exists", "effect": "NoSchedule"}
    ]
    assert spec["containers"][0]["resources"]["limits"]["nvidia.com/gpu"] == 1
    assert {"name": "shm", "emptyDir": {"medium": "Memory", "sizeLimit": "2Gi"}} in spec["volumes"]


def test_shared_memory_is_at_most_half_of_the_memory() -> None:
    plan = gpu_plan()
    llm = plan.workloads[0]
    small = replace(llm, resources=replace(llm.resources, memory=2 << 30))
    spec = pod(files_of(replace(plan, workloads=(small,))), "StatefulSet", "llm")

    assert {"name": "shm", "emptyDir": {"medium": "Memory", "sizeLimit": "1Gi"}} in spec["volumes"]


def test_a_rollout_of_a_gpu_deployment_stops_a_pod_first() -> None:
    plan = gpu_plan()
    llm = replace(plan.workloads[0], mounts=plan.workloads[0].mounts[:1])
    found = the(files_of(replace(plan, workloads=(llm,))), "Deployment", "llm")

    assert found["spec"]["strategy"]["rollingUpdate"] == {"maxSurge": 0, "maxUnavailable": 1}


def test_a_scheduler_is_never_there_twice() -> None:
    plan = stack_plan()
    many = tuple(replace(it, replicas=3) for it in plan.workloads)
    scheduler = the(files_of(replace(plan, workloads=many)), "Deployment", "scheduler")

    assert scheduler["spec"]["replicas"] == 1
    assert scheduler["spec"]["strategy"] == {"type": "Recreate"}


def test_training_on_a_schedule_ends_and_is_not_started_twice() -> None:
    spec = the(files_of(stack_plan()), "CronJob", "train")["spec"]
    job = spec["jobTemplate"]["spec"]

    assert spec["schedule"] == "0 3 * * *"
    assert "suspend" not in spec
    assert spec["concurrencyPolicy"] == "Forbid"
    assert job["template"]["spec"]["restartPolicy"] == "Never"
    assert {key: job[key] for key in job if key != "template"} == {
        "backoffLimit": 2,
        "activeDeadlineSeconds": 86400,
        "ttlSecondsAfterFinished": 604800,
        "podFailurePolicy": {
            "rules": [
                {
                    "action": "Ignore",
                    "onPodConditions": [{"type": "DisruptionTarget", "status": "True"}],
                }
            ]
        },
    }


def test_training_without_a_schedule_waits_for_somebody_to_start_it() -> None:
    files = files_of(brokers_plan())

    assert the(files, "CronJob", "train")["spec"]["suspend"] is True
    assert "kubectl create job --from=cronjob/train train-1" in files["kubernetes/base/train.yaml"]


def test_stores_keep_their_state_in_a_claim_of_their_own() -> None:
    files = files_of(stack_plan())
    postgres = the(files, "StatefulSet", "postgres")
    spec = postgres["spec"]["template"]["spec"]

    assert postgres["spec"]["serviceName"] == "postgres"
    assert the(files, "Service", "postgres")["spec"]["clusterIP"] == "None"
    assert [it["metadata"]["name"] for it in postgres["spec"]["volumeClaimTemplates"]] == [
        "postgres-data"
    ]
    assert {
        "name": "postgres-data",
        "mountPath": "/var/lib/postgresql",
        "subPath": "data",
    } in spec["containers"][0]["volumeMounts"]
    assert spec["securityContext"]["runAsUser"] == 999


def test_a_companion_gets_its_arguments_and_keeps_its_entry_point() -> None:
    redis = container(files_of(stack_plan()), "StatefulSet", "redis")

    assert redis["args"][0] == "redis-server"
    assert "command" not in redis


def test_a_companion_without_state_is_a_deployment() -> None:
    files = files_of(brokers_plan())

    assert the(files, "Deployment", "memcached")["spec"]["replicas"] == 1
    assert the(files, "Service", "memcached")["spec"]["ports"] == [
        {"name": "memcached", "port": 11211, "targetPort": "memcached"}
    ]


def test_a_companion_may_have_several_ports() -> None:
    files = files_of(brokers_plan())

    assert the(files, "Service", "rabbitmq")["spec"]["ports"] == [
        {"name": "rabbitmq", "port": 5672, "targetPort": "rabbitmq"},
        {"name": "port-15672", "port": 15672, "targetPort": "port-15672"},
    ]


def test_what_cannot_do_with_a_read_only_root_has_one_to_write_to() -> None:
    files = files_of(brokers_plan())

    def is_read_only(kind: str, name: str) -> bool:
        return bool(container(files, kind, name)["securityContext"]["readOnlyRootFilesystem"])

    assert is_read_only("Deployment", "web")
    assert not is_read_only("Deployment", "consumer")
    assert not is_read_only("StatefulSet", "kafka")


def test_a_cluster_brings_its_own_monitoring() -> None:
    files = files_of(monitored_plan())

    names = {item["metadata"]["name"] for item in objects_of(files)}
    assert names.isdisjoint({"prometheus", "grafana"})
    assert "grafana" not in str(files)


def test_volumes_are_claimed_by_who_has_them() -> None:
    claims = {
        item["metadata"]["name"]: (
            item["spec"]["accessModes"],
            item["spec"]["resources"]["requests"]["storage"],
        )
        for plan in (stack_plan(), gpu_plan(), brokers_plan())
        for item in objects_of(files_of(plan))
        if item["kind"] == "PersistentVolumeClaim"
    }

    assert claims == {
        "cache": (["ReadWriteOnce"], "20Gi"),
        "datasets": (["ReadWriteMany"], "1Gi"),
        "models": (["ReadWriteMany"], "30Gi"),
        "outputs": (["ReadWriteOnce"], "10Gi"),
        # One writes it, another reads it.
        "results": (["ReadWriteMany"], "10Gi"),
    }


def test_a_cache_is_each_pods_own_and_goes_when_there_are_fewer() -> None:
    llm = the(files_of(gpu_plan()), "StatefulSet", "llm")["spec"]

    assert llm["persistentVolumeClaimRetentionPolicy"] == {
        "whenDeleted": "Retain",
        "whenScaled": "Delete",
    }
    assert [it["metadata"]["name"] for it in llm["volumeClaimTemplates"]] == ["cache"]


def test_datasets_and_models_are_mounted_for_reading() -> None:
    train = container(files_of(stack_plan()), "CronJob", "train")
    llm = container(files_of(gpu_plan()), "StatefulSet", "llm")

    assert {"name": "datasets", "mountPath": "/app/data", "readOnly": True} in train["volumeMounts"]
    assert {"name": "models", "mountPath": "/app/models", "readOnly": True} in llm["volumeMounts"]


def test_a_volume_may_be_called_like_one_of_ours() -> None:
    plan = url_plan()
    volume = replace(plan.volumes[0], name="tmp", kind="cache")
    mount = replace(gpu_plan().workloads[0].mounts[1], volume="tmp", target="/scratch")
    api: Workload = replace(plan.workloads[0], mounts=(mount,))
    files = files_of(replace(plan, workloads=(api,), volumes=(*plan.volumes, volume)))

    mounts = container(files, "StatefulSet", "api")["volumeMounts"]
    assert mounts == [
        {"name": "tmp", "mountPath": "/tmp"},
        {"name": "tmp-volume", "mountPath": "/scratch"},
    ]
