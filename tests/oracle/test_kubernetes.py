"""What is rendered for Kubernetes, as kustomize builds it and as checkov judges it."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from collections.abc import Callable
from functools import cache
from pathlib import Path

import pytest
import yaml
from kubernetes_validate import utils as schemas  # type: ignore[import-untyped]
from tests.render.kubernetes_files import PLANS, Object, files_of, kustomization, template
from tests.render.plans import stack_plan

from boxwright.plan.model import Plan
from boxwright.syntax.yaml.units import parse_quantity

pytestmark = pytest.mark.oracle
each_plan = pytest.mark.parametrize("plan", PLANS.values(), ids=PLANS.keys())
CUSTOM = {"ExternalSecret", "PodMonitor", "ServiceMonitor"}
VALUES = "postgres_password=a\nnotebook_token=b\nopenai_api_key=c\nrabbitmq_password=d\n"


@pytest.fixture(scope="module", autouse=True)
def schemas_are_read_once() -> None:
    schemas.schema_contents = cache(schemas.schema_contents)


def program(name: str) -> str:
    found = shutil.which(name)
    if found is None:
        pytest.skip(f"{name} is not installed")
    return found


def written(files: dict[str, str], folder: Path) -> Path:
    for path, text in files.items():
        place = folder / path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(text)
    (folder / "kubernetes/overlays/dev/secrets.env").write_text(VALUES)
    return folder / "kubernetes"


def built(folder: Path, overlay: str) -> list[Object]:
    """Return the objects that `kubectl apply --kustomize` would send."""
    text = subprocess.run(
        [program("kubectl"), "kustomize", str(folder / "overlays" / overlay)],
        capture_output=True, check=True, text=True,
    ).stdout  # fmt: skip
    return list(yaml.safe_load_all(text))


@each_plan
@pytest.mark.parametrize("overlay", ["dev", "production"])
def test_an_overlay_builds_and_all_of_it_is_valid(
    plan: Callable[[], Plan], overlay: str, tmp_path: Path
) -> None:
    files = files_of(plan())

    items = built(written(files, tmp_path), overlay)

    namespace = kustomization(files, f"overlays/{overlay}")["namespace"]
    assert {it["metadata"].get("namespace", namespace) for it in items} == {namespace}
    for item in items:
        assert item["metadata"]["labels"]
        for version in (schemas.all_versions()[0], schemas.latest_version()):
            schemas.validate(item, version, strict=True)


@each_plan
def test_all_options_together_build(plan: Callable[[], Plan], tmp_path: Path) -> None:
    files = files_of(plan())
    folder = written(files, tmp_path)
    overlay = folder / "overlays/production/kustomization.yaml"
    options = sorted(f"../../components/{it.name}" for it in (folder / "components").iterdir())
    with overlay.open("a") as file:
        yaml.safe_dump({"components": options}, file)

    for item in built(folder, "production"):
        if item["kind"] not in CUSTOM:
            schemas.validate(item, schemas.latest_version(), strict=True)
        mounts = _mounts(item)
        assert mounts is None or mounts[0] == mounts[1]


def test_what_development_changes_has_changed(tmp_path: Path) -> None:
    items = built(written(files_of(stack_plan()), tmp_path), "dev")

    requests = {
        found["spec"]["containers"][0]["resources"]["requests"]["cpu"]
        for item in items
        if item["kind"] in {"Deployment", "StatefulSet"} and (found := template(item))
    }
    modes = {
        tuple(it["spec"]["accessModes"]) for it in items if it["kind"] == "PersistentVolumeClaim"
    }
    (train,) = (it for it in items if it["kind"] == "CronJob")
    assert requests == {"50m"}
    assert modes == {("ReadWriteOnce",)}
    assert train["spec"]["suspend"] is True


def test_the_secret_of_development_is_the_one_that_pods_refer_to(tmp_path: Path) -> None:
    items = built(written(files_of(stack_plan()), tmp_path), "dev")

    (secret,) = (it for it in items if it["kind"] == "Secret")
    named = set(re.findall(r"reference-stack-secrets[\w-]*", json.dumps(items)))
    assert named == {secret["metadata"]["name"]}
    assert set(secret["data"]) >= {"notebook_token", "postgres_password"}


def test_a_digest_in_the_overlay_reaches_every_container(tmp_path: Path) -> None:
    folder = written(files_of(stack_plan()), tmp_path)
    overlay = folder / "overlays/production/kustomization.yaml"
    digest = f"sha256:{'1' * 64}"
    overlay.write_text(overlay.read_text().replace('newTag: "1.0.0"', f"digest: {digest}"))

    images = {
        found["spec"]["containers"][0]["image"].partition("@")[2]
        for item in built(folder, "production")
        if (found := template(item)) and "reference" in str(found["spec"]["containers"][0]["image"])
    }
    assert images == {digest}


@each_plan
def test_the_quota_has_room_for_all_pods(plan: Callable[[], Plan], tmp_path: Path) -> None:
    items = built(written(files_of(plan()), tmp_path), "production")
    most = {
        it["spec"]["scaleTargetRef"]["name"]: it["spec"]["maxReplicas"]
        for it in items
        if it["kind"] == "HorizontalPodAutoscaler"
    }
    used = {"cpu": 0.0, "memory": 0.0}
    for item in items:
        found = template(item)
        if found is None:
            continue
        count = most.get(item["metadata"]["name"], item["spec"].get("replicas", 1))
        for key in used:
            limit = found["spec"]["containers"][0]["resources"]["limits"][key]
            used[key] += count * (parse_quantity(limit) or 0)

    (quota,) = (it for it in items if it["kind"] == "ResourceQuota")
    for key, amount in used.items():
        assert amount <= (parse_quantity(quota["spec"]["hard"][f"limits.{key}"]) or 0)


@each_plan
def test_checkov_finds_nothing_in_the_files(plan: Callable[[], Plan], tmp_path: Path) -> None:
    folder = written(files_of(plan()), tmp_path)

    assert _checkov("--directory", str(folder)) == []


@each_plan
def test_checkov_finds_nothing_in_what_is_built(plan: Callable[[], Plan], tmp_path: Path) -> None:
    folder = written(files_of(plan()), tmp_path)
    everything = tmp_path / "built.yaml"
    everything.write_text(yaml.safe_dump_all(built(folder, "production")))

    assert _checkov("--file", str(everything)) == []


def _checkov(*arguments: str) -> list[str]:
    done = subprocess.run(
        [
            program("checkov"), *arguments, "--framework", "kubernetes", "--output", "json",
            "--quiet", "--compact", "--skip-download", "--soft-fail",
        ],
        capture_output=True, check=True, text=True,
    )  # fmt: skip
    report = json.loads(done.stdout)
    assert report["summary"]["passed"] > 50
    assert report["summary"]["parsing_errors"] == 0
    return [f"{it['check_id']} {it['resource']}" for it in report["results"]["failed_checks"]]


def _mounts(item: Object) -> tuple[set[str], set[str]] | None:
    """Return the names of the volumes of *item* that are mounted, and those that are there."""
    found = template(item)
    if found is None:
        return None
    mounted = {it["name"] for it in found["spec"]["containers"][0].get("volumeMounts", [])}
    there = {it["name"] for it in found["spec"].get("volumes", [])}
    there |= {it["metadata"]["name"] for it in item["spec"].get("volumeClaimTemplates", [])}
    # The agent that Vault adds mounts it.
    return mounted, there - {"vault-token"}
