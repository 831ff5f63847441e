"""The environments: a machine of a developer, and production with its options."""

from __future__ import annotations

from dataclasses import replace

import yaml
from tests.render.kubernetes_files import (
    Object,
    documents,
    files_of,
    kustomization,
    objects_of,
    the,
)
from tests.render.plans import api_plan, brokers_plan, gpu_plan, monitored_plan, stack_plan


def patches(files: dict[str, str], folder: str) -> dict[str, list[Object]]:
    """Return the operations of a kustomization by kind and name of what they change."""
    return {
        "/".join(it["target"].values()): yaml.safe_load(it["patch"])
        for it in kustomization(files, folder).get("patches", [])
    }


def namespaced(files: dict[str, str], overlay: str, kind: str) -> Object:
    (found,) = (
        it
        for it in documents(files[f"kubernetes/overlays/{overlay}/namespace.yaml"])
        if it["kind"] == kind
    )
    return found


def test_the_namespace_enforces_the_restricted_standard() -> None:
    files = files_of(stack_plan())

    for overlay, name in (("dev", "reference-stack-dev"), ("production", "reference-stack")):
        metadata = namespaced(files, overlay, "Namespace")["metadata"]
        assert metadata["name"] == name
        assert metadata["labels"]["pod-security.kubernetes.io/enforce"] == "restricted"


def test_development_fits_on_one_machine() -> None:
    request = "/spec/template/spec/containers/0/resources/requests/cpu"
    little = [{"op": "replace", "path": request, "value": "50m"}]

    assert patches(files_of(stack_plan()), "overlays/dev") == {
        "Deployment": little,
        "StatefulSet": little,
        "CronJob": [{"op": "add", "path": "/spec/suspend", "value": True}],
        "PersistentVolumeClaim": [
            {"op": "replace", "path": "/spec/accessModes/0", "value": "ReadWriteOnce"}
        ],
    }
    assert set(patches(files_of(api_plan()), "overlays/dev")) == {"Deployment"}


def test_a_notebook_is_for_development_only() -> None:
    files = files_of(stack_plan())

    assert kustomization(files, "overlays/dev")["resources"] == [
        "../../base",
        "namespace.yaml",
        "notebook.yaml",
    ]
    assert not [it for it in objects_of(files, "base") if it["metadata"]["name"] == "notebook"]
    notebook = the(files, "StatefulSet", "notebook")
    assert notebook["spec"]["replicas"] == 1
    mounts = notebook["spec"]["template"]["spec"]["containers"][0]["volumeMounts"]
    assert [it["mountPath"] for it in mounts] == ["/tmp", "/home/nonroot", "/workspace"]
    assert (
        "kubectl --namespace reference-stack-dev port-forward service/notebook 8888"
        in files["kubernetes/overlays/dev/notebook.yaml"]
    )


def test_claims_that_only_a_notebook_has_are_for_development_too() -> None:
    plan = stack_plan()
    train, notebook = plan.workloads[3:]
    datasets = replace(notebook, mounts=(*notebook.mounts, *train.mounts[:1]))
    files = files_of(replace(plan, workloads=(plan.workloads[0], datasets)))

    dev = [
        it["metadata"]["name"] for it in documents(files["kubernetes/overlays/dev/volumes.yaml"])
    ]
    assert dev == ["datasets"]
    assert "kubernetes/base/volumes.yaml" not in files


def test_a_plan_with_nothing_but_a_notebook_has_an_empty_production() -> None:
    plan = stack_plan()
    files = files_of(replace(plan, workloads=plan.workloads[4:], companions=()))

    production = kustomization(files, "overlays/production")
    assert production["resources"] == ["../../base", "namespace.yaml"]
    assert "images" not in production


def test_a_service_of_processors_is_scaled_by_them() -> None:
    files = files_of(stack_plan())
    scaler = the(files, "HorizontalPodAutoscaler", "api")["spec"]

    assert scaler["scaleTargetRef"] == {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "name": "api",
    }
    assert (scaler["minReplicas"], scaler["maxReplicas"]) == (2, 6)
    assert scaler["behavior"]["scaleDown"]["stabilizationWindowSeconds"] == 300
    assert patches(files, "overlays/production") == {
        "Deployment/api": [{"op": "remove", "path": "/spec/replicas"}]
    }


def test_a_service_of_gpus_is_not() -> None:
    files = files_of(gpu_plan())

    assert "kubernetes/overlays/production/scaling.yaml" not in files
    assert patches(files, "overlays/production") == {}


def test_a_drained_node_takes_one_of_several_pods() -> None:
    budgets = {
        item["metadata"]["name"]: item["spec"]["maxUnavailable"]
        for item in objects_of(files_of(monitored_plan()))
        if item["kind"] == "PodDisruptionBudget"
    }

    # One alone has none, or no node could be drained.
    assert budgets == {"api": 1, "worker": 1}


def test_the_quota_holds_all_pods_and_a_rollout() -> None:
    files = files_of(stack_plan())

    # api 7, worker 2 x 2, scheduler 2 / 4, train 2 x 4, redis 0.5, postgres 1
    assert namespaced(files, "production", "ResourceQuota")["spec"]["hard"] == {
        "limits.cpu": "21",
        "limits.memory": "23Gi",
        "requests.nvidia.com/gpu": "2",
        "persistentvolumeclaims": "5",
        "requests.storage": "42Gi",
        "services.loadbalancers": "0",
        "services.nodeports": "0",
    }
    assert namespaced(files, "dev", "ResourceQuota")["spec"]["hard"]["limits.cpu"] == "18"


def test_containers_that_say_nothing_have_limits_all_the_same() -> None:
    (limit,) = namespaced(files_of(api_plan()), "production", "LimitRange")["spec"]["limits"]

    assert limit == {
        "type": "Container",
        "defaultRequest": {"cpu": "100m", "memory": "128Mi"},
        "default": {"cpu": "500m", "memory": "512Mi"},
    }


def test_production_names_the_images_that_a_release_has_built() -> None:
    assert kustomization(files_of(stack_plan()), "overlays/production")["images"] == [
        {"name": "reference-stack", "newTag": "1.0.0"},
        {"name": "reference-stack-train", "newTag": "1.0.0"},
    ]


def test_the_workflow_of_github_pushes_to_its_own_registry() -> None:
    around = {"ci": "github", "repository": "github.com/Acme/Stack"}

    assert kustomization(files_of(stack_plan(), **around), "overlays/production")["images"] == [
        {"name": "reference-stack", "newName": "ghcr.io/acme/stack", "newTag": "1.0.0"},
        {"name": "reference-stack-train", "newName": "ghcr.io/acme/stack-train", "newTag": "1.0.0"},
    ]


def test_the_options_are_listed_and_none_is_on() -> None:
    text = files_of(gpu_plan())["kubernetes/overlays/production/kustomization.yaml"]

    assert [line.strip("# ") for line in text.splitlines() if "../components/" in line] == [
        "../../components/gpu-driver",
        "../../components/image-volume",
        "../../components/ingress",
        "../../components/service-monitor",
    ]
    assert "components" not in kustomization(files_of(gpu_plan()), "overlays/production")


def test_only_nodes_with_the_driver_will_do() -> None:
    (patch,) = patches(files_of(gpu_plan()), "components/gpu-driver").values()

    affinity = patch["spec"]["template"]["spec"]["affinity"]["nodeAffinity"]  # type: ignore[call-overload]
    (term,) = affinity["requiredDuringSchedulingIgnoredDuringExecution"]["nodeSelectorTerms"]
    assert term["matchExpressions"] == [
        {"key": "nvidia.com/cuda.driver-version.major", "operator": "Gt", "values": ["579"]}
    ]


def test_without_a_known_driver_nodes_are_not_chosen_by_it() -> None:
    plan = gpu_plan()
    assert plan.gpu is not None

    files = files_of(replace(plan, gpu=replace(plan.gpu, driver="")))

    assert "kubernetes/components/gpu-driver/kustomization.yaml" not in files


def test_models_may_come_out_of_an_image() -> None:
    found = patches(files_of(gpu_plan()), "components/image-volume")

    assert list(found) == ["StatefulSet/llm", "PersistentVolumeClaim/models"]
    assert found["StatefulSet/llm"]["spec"]["template"]["spec"] == {  # type: ignore[call-overload]
        "volumes": [
            {
                "name": "models",
                "persistentVolumeClaim": None,
                "image": {"reference": "llm-models:1.0.0", "pullPolicy": "IfNotPresent"},
            }
        ]
    }


def test_an_ingress_leads_to_each_service() -> None:
    (found,) = (
        it for it in objects_of(files_of(brokers_plan()), "components") if it["kind"] == "Ingress"
    )

    assert found["spec"]["tls"] == [{"hosts": ["web.example.com"], "secretName": "web-tls"}]
