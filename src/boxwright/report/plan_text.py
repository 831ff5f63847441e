"""A plan as text that is read without colour."""

from __future__ import annotations

import shlex
import textwrap
from collections.abc import Iterator

from boxwright.plan.model import Decision, Plan

_WIDTH = 100


def plan_text(plan: Plan) -> str:
    """Return *plan* in three parts: what is built, why, and what to know."""
    return "\n".join([*_summary(plan), "", *_decisions(plan), *_notices(plan)]) + "\n"


def _summary(plan: Plan) -> Iterator[str]:
    process = plan.process
    health = process.health
    rows = [
        ("image", f"{plan.name}{f' {plan.version}' if plan.version else ''} for {plan.platform}"),
        ("base", f"Debian {' or '.join(plan.base.suites)}, {plan.base.variant}"),
        ("dependencies", _dependencies(plan)),
        ("application", _application(plan)),
        ("start", shlex.join(process.entrypoint)),
        ("port", str(process.port) if process.port else "none"),
        ("health", _health(plan) if health else "none"),
        ("user", process.user),
    ]
    width = max(len(name) for name, _ in rows)
    for name, value in rows:
        yield f"{name:<{width}}  {value}"


def _dependencies(plan: Plan) -> str:
    found = plan.dependencies
    text = "none" if found.source == "none" else found.path or found.source
    for word, names in (("extras", found.extras), ("groups", found.groups)):
        if names:
            text += f", {word} {', '.join(names)}"
    return text + (", and the project's own wheel" if found.installs_project else "")


def _application(plan: Plan) -> str:
    count = len(plan.application.files)
    text = f"{count} file{'' if count == 1 else 's'} in {plan.process.working_dir}"
    models = len(plan.application.models)
    return f"{text}, {models} model file{'' if models == 1 else 's'}" if models else text


def _health(plan: Plan) -> str:
    health = plan.process.health
    if health is None:
        return "none"
    asks = f"GET {health.path}" if health.path else "a connection"
    return f"{asks} on port {health.port} every {health.interval:g} s"


def _decisions(plan: Plan) -> Iterator[str]:
    yield "Why"
    for decision in plan.decisions:
        yield from textwrap.wrap(
            _decision(decision),
            _WIDTH,
            initial_indent="  ",
            subsequent_indent="      ",
            break_long_words=False,
            break_on_hyphens=False,
        )


def _decision(decision: Decision) -> str:
    text = f"{decision.what} = {decision.value}: {decision.why}"
    places = ", ".join(str(evidence) for evidence in decision.evidence)
    if places:
        text += f" ({places})"
    return f"{text} [{decision.practice}]" if decision.practice else text


def _notices(plan: Plan) -> Iterator[str]:
    if not plan.notices:
        return
    yield ""
    yield "To know"
    for notice in plan.notices:
        places = ", ".join(str(evidence) for evidence in notice.evidence)
        text = notice.text + (f" ({places})" if places else "")
        yield from textwrap.wrap(
            text, _WIDTH, initial_indent="  ", subsequent_indent="      ", break_on_hyphens=False
        )
        if notice.hint:
            yield from textwrap.wrap(
                f"hint: {notice.hint}",
                _WIDTH,
                initial_indent="      ",
                subsequent_indent="      ",
                break_on_hyphens=False,
            )
