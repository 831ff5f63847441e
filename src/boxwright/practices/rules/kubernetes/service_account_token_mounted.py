"""
A pod is given a token of the cluster that it has no use for.

Kubernetes puts a token of the service account into every container, at `/var/run/secrets/kubernetes.io/serviceaccount`.
Whoever gets into the container, by a pickled model for one, can ask the API server whatever that account may ask.

Bad:

```yaml
apiVersion: v1
kind: Pod
metadata:
  name: api
spec:
  containers:
    - name: api
      image: registry.example.org/api:1.4.2
```

Good:

```yaml
apiVersion: v1
kind: Pod
metadata:
  name: api
spec:
  automountServiceAccountToken: false
  containers:
    - name: api
      image: registry.example.org/api:1.4.2
```

## When it is fine

Pods with a service account of their own are taken to need it, and so are those whose commands talk to the cluster (`kubectl`, `helm`).
Where the checked files give the account `default` a role, or switch its token off, pods without an account are left alone.

## Fix

Adds `automountServiceAccountToken: false`. Safe: the account `default` may do nothing unless somebody gave it a role.

## Equivalents

checkov CKV_K8S_38, kube-linter default-service-account, kubesec AutomountServiceAccountToken.

checkov also reports pods with an account of their own.

## References

Containers for ML.
"""

from __future__ import annotations

from collections.abc import Iterator

from boxwright.findings.finding import Applicability, Severity
from boxwright.practices.kubernetes_file import KubernetesFile
from boxwright.practices.rule import Problem, rule
from boxwright.practices.yaml_change import fix_of, set_path
from boxwright.syntax.yaml.kubernetes import PodSpec
from boxwright.syntax.yaml.node import as_bool, as_list, as_mapping, as_text

_ASKING = ("kubectl", "helm", "kubernetes", "argocd", "k8s", "kube-", "operator")


@rule(KubernetesFile, severity=Severity.INFO)
def service_account_token_mounted(file: KubernetesFile) -> Iterator[Problem]:
    for pod in file.whole_pods:
        if pod.service_account not in {None, "default"} or not pod.owner.is_native:
            continue
        if pod.get("automountServiceAccountToken") is not None or _asks(pod):
            continue
        if _is_used(file, pod):
            continue
        yield Problem(
            f"`{pod.owner.shown}` is given the token of the service account `default`",
            pod.span,
            fix_of(
                "Add `automountServiceAccountToken: false`",
                set_path(file.file, pod.node, ("automountServiceAccountToken",), "false"),
                applicability=Applicability.SAFE,
            ),
        )


def _asks(pod: PodSpec) -> bool:
    """Tell whether *pod* is about the cluster it runs in, by its images and commands."""
    texts = [
        text for container in pod.containers for text in (container.image or "", *container.words)
    ]
    return any(word in text for text in texts for word in _ASKING)


def _is_used(file: KubernetesFile, pod: PodSpec) -> bool:
    """Tell whether the files say something of the account `default`: a role, or no token."""
    account = file.all_objects.find("ServiceAccount", "default", pod.owner.namespace)
    if account is not None and as_bool(account.get("automountServiceAccountToken")) is False:
        return True
    return any(
        subject is not None
        and as_text(subject.get("kind")) == "ServiceAccount"
        and as_text(subject.get("name")) == "default"
        for binding in file.all_objects.of("RoleBinding", "ClusterRoleBinding")
        for subject in map(as_mapping, as_list(binding.get("subjects")))
    )
