"""
The base image comes from somebody whom nobody vouches for.

Its publisher decides what every process in the image runs, at each push. On Docker Hub anybody can publish; names that look like a project's own are how crypto miners get pulled.

Bad:

```dockerfile
FROM johndoe42/python-ml:1.2
```

Good:

```dockerfile
FROM python:3.12-slim
```

```dockerfile
FROM ghcr.io/astral-sh/uv:0.9.10-python3.12-bookworm-slim
```

## When it is fine

Your own organisation's images, and publishers that you have looked at: list them in the settings.

## Settings

`registries`: what images may come from, as a list: hosts (`ghcr.io`, `*.example.org`), or hosts with the beginning of a path (`docker.io/library`, `ghcr.io/our-team`).
Every other image is then a warning. While the list is empty, only images of unknown accounts on Docker Hub are told, as `info`.

## Equivalents

hadolint DL3026.

hadolint has no check without a list, and takes hosts only. An image whose name is not known, because a variable has no value, is not reported.

## References

Best practices guide, Base images, MLSecOps.
"""

from __future__ import annotations

from collections.abc import Iterator

from boxwright.findings.finding import Severity
from boxwright.practices.base_images import BaseImage
from boxwright.practices.rule import Problem, rule
from boxwright.practices.subjects import Build

# Organisations on Docker Hub that publish their own software there.
_PUBLISHERS = frozenset(
    {
        "aiidalab", "airbyte", "alpine", "alpinelinux", "amazon", "amd64", "anchore", "ansible", "arigaio", "baseten",
        "apache", "aquasec", "arm64v8", "arm32v7", "astral", "astronomerinc", "balenalib",
        "bitnami", "bitnamilegacy", "blazemeter", "buildkite", "buildpack", "calico", "canonical",
        "catthehacker", "chainguard", "chromadb", "cimg", "circleci", "clickhouse", "cloudflare",
        "codercom", "confluentinc", "containrrr", "continuumio", "condaforge", "crossbario",
        "curlimages", "cypress", "dagster", "daskdev", "databricksruntime", "datadog", "debezium",
        "deepset", "dhi", "docker", "dockette", "dpage", "elastic", "envoyproxy", "fluent",
        "gcr", "gitea", "gitlab", "google", "grafana", "graphiteapp", "habanai", "hashicorp",
        "heroku", "homeassistant", "huggingface", "i386", "ibmcom", "influxdata", "intel", "istio",
        "jaegertracing", "jenkins", "jupyter", "jupyterhub", "keycloak", "koalaman", "kong",
        "kserve", "kubeflow", "kubeflownotebookswg", "langchain", "langfuse", "library",
        "linuxserver", "lmsysorg", "localstack", "lscr", "mambaorg", "mariadb", "mattermost",
        "meltano", "milvusdb", "minio", "mitmproxy", "moby", "mongodb", "mpioperator", "openeuler", "roboflow", "mosaicml", "mysql",
        "n8nio", "neo4j", "netdata", "newrelic", "nginx", "nginxinc", "nixos", "nvidia",
        "ollama", "opea", "open-telemetry", "opendatacube", "openpolicyagent", "opensearchproject",
        "opensuse", "openvino", "oracle", "osgeo", "otel", "oven", "paddlepaddle", "pachyderm",
        "percona", "pgvector", "phusion", "pihole", "portainer", "postgis", "prefecthq",
        "prestodb", "projectdiscovery", "prom", "provectuslabs", "pulumi", "pypa", "pytorch",
        "qdrant", "r-base", "rancher", "rapidsai", "rasa", "rayproject", "redhat", "redis",
        "redislabs", "rhub", "rocker", "rocm", "rockylinux", "rstudio", "rust", "scrapinghub",
        "seldonio", "selenium", "semitechnologies", "sentry", "snyk", "softwareheritage", "sonarsource",
        "sourcegraph", "spack", "splunk", "swaggerapi", "tailscale", "tensorflow", "testcontainers",
        "thanosio", "timberio", "timescale", "tonistiigi", "traefik", "trinodb", "trufflesecurity",
        "ubuntu", "unclecode", "unstructuredio", "uselagoon", "valkey", "vault", "vllm", "wandb",
        "weaviate", "wordpress", "xpra", "zenmldocker", "zenika", "zilliz",
    }
)  # fmt: skip


@rule(Build, severity=Severity.WARNING, options={"registries": []})
def unofficial_base(build: Build) -> Iterator[Problem]:
    registries = build.options["registries"]
    allowed = [str(entry).lower() for entry in registries] if isinstance(registries, list) else []
    for stage in build.stages:
        image = stage.base
        if stage.parent is not None or not image.reference or image.is_scratch:
            continue
        span = stage.stage.from_.image.span
        if allowed:
            if not any(_is_in(image, entry) for entry in allowed):
                yield Problem(
                    f"`{image.name}` comes from `{image.registry}`, which is not among the"
                    " registries that are allowed",
                    span,
                )
        elif _is_unknown_account(image):
            account = image.repository.partition("/")[0]
            yield Problem(
                f"`{image.name}` is published by the account `{account}` of Docker Hub, which is"
                " not known here",
                span,
                severity=Severity.INFO,
            )


def _is_in(image: BaseImage, entry: str) -> bool:
    host, slash, path = entry.partition("/")
    registry = image.registry.lower()
    is_host = registry.endswith(host[1:]) if host.startswith("*.") else host == registry
    if not is_host or not slash:
        return is_host
    repository = image.repository
    if registry == "docker.io" and "/" not in repository:
        repository = f"library/{repository}"
    path = path.rstrip("/*")
    return repository == path or repository.startswith(f"{path}/")


def _is_unknown_account(image: BaseImage) -> bool:
    account, slash, _ = image.repository.partition("/")
    return (
        image.registry == "docker.io"
        and bool(slash)
        and image.facts is None
        and account not in _PUBLISHERS
    )
