"""Plan → the image's configuration, labels and keys."""

from __future__ import annotations

import datetime
from collections.abc import Mapping

from boxwright.oci import annotations as keys
from boxwright.oci.config import Healthcheck, ImageConfig
from boxwright.oci.digest import Digest
from boxwright.oci.platform import parse_platform
from boxwright.plan.model import HealthPlan, Plan
from boxwright.plan.probe import probe_command
from boxwright.project.revision import Revision


def image_config(plan: Plan, annotations: Mapping[str, str]) -> ImageConfig:
    """
    Return how a container of *plan* is started.

    *annotations* become labels too: not every tool looks at the manifest.
    """
    process = plan.process
    return ImageConfig(
        platform=parse_platform(plan.platform),
        created=annotations[keys.CREATED],
        user=process.user,
        working_dir=process.working_dir,
        env=process.env,
        entrypoint=process.entrypoint,
        exposed_ports=() if process.port is None else (f"{process.port}/tcp",),
        stop_signal=process.stop_signal,
        labels={**annotations, **dict(plan.labels)},
        healthcheck=None if process.health is None else healthcheck(process.health),
    )


def image_annotations(
    plan: Plan, *, created: int, revision: Revision | None, base: tuple[str, Digest]
) -> dict[str, str]:
    """
    Return who, what, when, and from which base.

    *base* is its name and its digest. *created* is in seconds since 1970: SOURCE_DATE_EPOCH or the commit's time, never now.
    """
    found = {
        keys.TITLE: plan.name,
        keys.DESCRIPTION: plan.description,
        keys.VERSION: plan.version,
        keys.REVISION: revision.name if revision else "",
        keys.SOURCE: revision.source if revision else "",
        keys.CREATED: _rfc3339(created),
        keys.BASE_NAME: base[0],
        keys.BASE_DIGEST: base[1],
    }
    return {key: value for key, value in found.items() if value}


def healthcheck(health: HealthPlan) -> Healthcheck:
    """Return the health check that asks what *health* says, in Python, without a shell."""
    return Healthcheck(
        test=probe_command(health),
        interval=health.interval,
        timeout=health.timeout,
        start_period=health.start_period,
        retries=health.retries,
    )


def _rfc3339(seconds: int) -> str:
    when = datetime.datetime.fromtimestamp(seconds, tz=datetime.UTC)
    return when.strftime("%Y-%m-%dT%H:%M:%SZ")
