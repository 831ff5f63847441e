"""`boxwright rule`: what a rule is about."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from boxwright.practices.rule import Rule


@click.command("rule")
@click.argument("names", metavar="NAME...", nargs=-1, required=True)
def command(names: tuple[str, ...]) -> int:
    """
    Explain each NAME: a rule, or another tool's code for one (`DL3042`).

    What is printed is the rule's page: what is wrong and why, examples, and how to mend it.
    """
    from boxwright.practices.registry import UnknownRuleError, find_rule, rule_names, rules_for_code

    found: list[Rule[Any]] = []
    for name in names:
        rules = (find_rule(name),) if name in rule_names() else rules_for_code(name)
        if not rules:
            raise UnknownRuleError(name)
        found += rules
    pages = [f"# {rule.name}\n\n{rule.page.strip()}\n" for rule in dict.fromkeys(found)]
    text = "\n\n".join(pages)
    if sys.stdout.isatty():
        from rich.console import Console
        from rich.markdown import Markdown

        Console().print(Markdown(text))
    else:
        click.echo(text, nl=False)
    return 0
