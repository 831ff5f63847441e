"""`boxwright rules`: which rules there are."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from boxwright.cli import options

if TYPE_CHECKING:
    from boxwright.practices.rule import Rule


@click.command("rules")
@click.argument("areas", metavar="[AREA]...", nargs=-1)
@options.output_format
def command(areas: tuple[str, ...], output_format: str) -> int:
    """
    List all rules, or those of each AREA.

    `*` marks those with a safe fix, `+` those with a fix that somebody should look at,
    `-` those that are off unless they are selected.
    """
    from boxwright.practices.registry import AREAS, rules

    unknown = sorted(set(areas) - set(AREAS))
    if unknown:
        raise click.UsageError(
            f"unknown area `{unknown[0]}`: the areas are {', '.join(f'`{area}`' for area in AREAS)}"
        )
    listed = [rule for area in AREAS if area in areas or not areas for rule in rules(area)]
    if output_format == "json":
        import json

        click.echo(json.dumps([_document(rule) for rule in listed], indent=2))
    else:
        click.echo(_table(listed), nl=False)
    return 0


def _document(rule: Rule[Any]) -> dict[str, object]:
    from boxwright.practices.registry import equivalents, fixable

    return {
        "name": rule.name,
        "area": rule.area,
        "severity": str(rule.severity),
        "default": rule.default,
        "fix": fixable(rule) or None,
        "summary": rule.summary,
        "options": sorted(rule.options),
        "equivalents": {tool: list(codes) for tool, codes in equivalents(rule).items()},
    }


def _table(listed: list[Rule[Any]]) -> str:
    from boxwright.practices.registry import fixable

    width = max((len(rule.name) for rule in listed), default=0)
    marks = {"safe": "*", "unsafe": "+"}
    lines: list[str] = []
    area = ""
    for rule in listed:
        if rule.area != area:
            lines += ["", rule.area] if lines else [rule.area]
            area = rule.area
        mark = f"{marks.get(fixable(rule), ' ')}{' ' if rule.default else '-'}"
        lines.append(f"  {rule.name:{width}}  {rule.severity!s:7} {mark}  {rule.summary}")
    return "".join(f"{line}\n" for line in lines)
