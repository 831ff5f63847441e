"""
A Job has no end: it is tried again and again, or stays when it is done.

A Job that says nothing is tried six times more: a training run that dies of its own mistake holds its GPUs for seven runs.
Without `activeDeadlineSeconds` one that hangs holds them for ever.
Jobs that are done, and their pods with them, stay until somebody deletes them, unless they have `ttlSecondsAfterFinished`.

Bad:

```yaml
apiVersion: batch/v1
kind: Job
metadata:
  name: finetune
spec:
  template:
    spec:
      restartPolicy: Never
      containers:
        - name: train
          image: registry.example.org/train:1.0
          resources:
            limits:
              nvidia.com/gpu: 1
```

Good:

```yaml
apiVersion: batch/v1
kind: Job
metadata:
  name: finetune
spec:
  backoffLimit: 1
  activeDeadlineSeconds: 86400
  ttlSecondsAfterFinished: 86400
  template:
    spec:
      restartPolicy: Never
      containers:
        - name: train
          image: registry.example.org/train:1.0
          resources:
            limits:
              nvidia.com/gpu: 1
```

## When it is fine

Jobs of a CronJob are cleaned up by its history limits, those of Helm and Argo CD by their hooks.
Only Jobs with GPUs are asked for an end of their tries; for others it is an info that they stay.

## Fix

Adds what is missing: one more try, and removal after a day. Unsafe: a Job that is removed takes its logs with it. How long a run may take is for you to say: one of the two, `backoffLimit` or `activeDeadlineSeconds`, is enough.

## Equivalents

kube-linter job-ttl-seconds-after-finished.

## References

Containers for ML.
"""

from __future__ import annotations

from collections.abc import Iterator

from boxwright.findings.finding import Severity
from boxwright.practices.kubernetes_file import KubernetesFile
from boxwright.practices.rule import Problem, rule
from boxwright.practices.yaml_change import add_keys, fix_of
from boxwright.syntax.yaml.kubernetes import KubernetesObject
from boxwright.syntax.yaml.node import Mapping, as_mapping

_HOOKS = ("helm.sh/hook", "argocd.argoproj.io/hook")


@rule(KubernetesFile, severity=Severity.WARNING)
def unbounded_job(file: KubernetesFile) -> Iterator[Problem]:
    for job in file.workloads:
        spec = _spec(job)
        if spec is None or not any(pod.is_whole for pod in job.pods):
            continue
        missing = []
        has_gpu = any(container.requests_gpu for container in job.containers)
        has_limit = any(
            spec.get(key) is not None for key in ("backoffLimit", "activeDeadlineSeconds")
        )
        if has_gpu and not has_limit:
            missing.append(("backoffLimit", "1"))
        if job.kind == "Job" and spec.get("ttlSecondsAfterFinished") is None and not _is_hook(job):
            missing.append(("ttlSecondsAfterFinished", "86400"))
        if not missing:
            continue
        is_tried = missing[0][0] == "backoffLimit"
        what = "is tried seven times with its GPUs" if is_tried else "stays when it is done"
        if len(missing) == 2:
            what += " and stays when it is done"
        keys = " and ".join(f"`{key}`" for key, _ in missing)
        yield Problem(
            f"`{job.shown}` {what}: it has no {keys.replace('and', 'and no')}",
            job.span,
            fix_of(f"Add {keys}", add_keys(file.file, spec, missing)),
            None if is_tried else Severity.INFO,
        )


def _spec(job: KubernetesObject) -> Mapping | None:
    """Return what holds the limits of *job*; None where it is none."""
    match job.kind:
        case "Job" if job.group == "batch":
            return as_mapping(job.get("spec"))
        case "CronJob" if job.group == "batch":
            return as_mapping(job.get("spec", "jobTemplate", "spec"))
        case _:
            return None


def _is_hook(job: KubernetesObject) -> bool:
    return any(key.startswith(_HOOKS) for key in job.annotations)
