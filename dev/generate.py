"""
Write the reference pages from the program itself; with --check, only compare.

The commands are described by their own --help and dev/environment.toml, the settings by dev/settings.toml, whose
keys and examples are held against the program's reader, the rules by their docstrings, what
is detected by the detectors' tables and dev/detected.toml.
"""

from __future__ import annotations

import dataclasses
import difflib
import re
import sys
import tomllib
from collections.abc import Iterable
from importlib import resources
from pathlib import Path
from typing import Any

import click

from boxwright import errors, settings
from boxwright.cli import main as command_line
from boxwright.practices import registry
from boxwright.practices.rule import Rule
from boxwright.report.size import human_size

CHECKOUT = Path(__file__).resolve().parent.parent
REFERENCE = CHECKOUT / "docs" / "reference"
NOTE = "<!-- Written by dev/generate.py: change {source}, not this page. -->\n"


def main() -> int:
    """Write what differs, or show it."""
    pages = {
        "commands.md": commands(),
        "detected.md": detected_page(),
        "errors.md": errors_page(),
        "settings.md": settings_page(),
        **rule_pages(),
    }
    different = []
    for name, wanted in pages.items():
        path = REFERENCE / name
        there = path.read_text(encoding="utf-8") if path.exists() else ""
        if there == wanted:
            continue
        different.append(name)
        if "--check" in sys.argv[1:]:
            lines = difflib.unified_diff(
                there.splitlines(keepends=True),
                wanted.splitlines(keepends=True),
                f"docs/reference/{name}",
                "generated",
            )
            sys.stdout.writelines(lines)
        else:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(wanted, encoding="utf-8")
    for path in sorted((REFERENCE / "rules").glob("*.md")):
        name = f"rules/{path.name}"
        if name not in pages:
            different.append(name)
            if "--check" in sys.argv[1:]:
                print(f"docs/reference/{name}: there is no such rule")
            else:
                path.unlink()
    if different and "--check" in sys.argv[1:]:
        print(f"out of date: {', '.join(different)}; run dev/fix")
        return 1
    return 0


def commands() -> str:
    """Return the page of the commands: what each one's --help prints."""
    group = command_line.boxwright
    parts = [
        NOTE.format(source="src/boxwright/cli/ or dev/environment.toml"),
        "# Commands\n",
        "Results go to standard output, everything else to standard error.",
        "`boxwright` without a command, and every command with `--help`, prints what is here.\n",
        block(help_of(group, "boxwright")),
    ]
    context = click.Context(group, info_name="boxwright", **group.context_settings)
    for name in sorted(group.list_commands(context)):
        command = group.get_command(context, name)
        if command is None:
            msg = f"the command {name} is listed and cannot be found"
            raise LookupError(msg)
        parts += [f"## boxwright {name}\n", block(help_of(command, name, context))]
    tables = tomllib.loads((CHECKOUT / "dev" / "environment.toml").read_text(encoding="utf-8"))
    parts += [
        "## Exit status\n",
        "| Status | Meaning |",
        "| --- | --- |",
        *(f"| {row['status']} | {row['means']} |" for row in tables["status"]),
        "",
        "## Environment\n",
        "| Variable | Meaning |",
        "| --- | --- |",
        *(f"| {spelled(row['names'])} | {row['means']} |" for row in tables["variable"]),
    ]
    return "\n".join(parts) + "\n"


def help_of(command: click.Command, name: str, parent: click.Context | None = None) -> str:
    """Return what `--help` of *command* prints, at the same width everywhere."""
    context = click.Context(
        command, info_name=name, parent=parent, terminal_width=80, **command.context_settings
    )
    return command.get_help(context)


def settings_page() -> str:
    """Return the page of the settings."""
    document = tomllib.loads((CHECKOUT / "dev" / "settings.toml").read_text(encoding="utf-8"))
    described = {key for section in document["section"] for key in section["keys"]}
    known = known_settings()
    if described != known:
        msg = f"dev/settings.toml: these keys are on one side only: {sorted(described ^ known)}"
        raise SystemExit(msg)
    parts = [
        NOTE.format(source="dev/settings.toml"),
        "# Settings\n",
        "Settings stand in `[tool.boxwright]` of `pyproject.toml`, or at the top of `boxwright.toml`, not in both.",
        "None is needed, and an option of the command line wins over the setting of the same name.",
        "An unknown key is an error that names the nearest right one.",
        "Sizes are bytes or texts such as `8 MB`; times are seconds or texts such as `30s`.\n",
    ]
    for section in document["section"]:
        parts.append(f"## {section['title']}\n")
        for key, page in section["keys"].items():
            parts += [f"### `{key}`\n", f"{page['means'].replace('. ', '.' + chr(10))}\n"]
            if "example" in page:
                # The program's own reader says whether the example is right.
                settings.parse_settings(None, tomllib.loads(page["example"]))
                parts.append(f"```toml\n{page['example']}\n```\n")
    return "\n".join(parts)


def known_settings() -> set[str]:
    """Return the keys that the program reads, those of tables with the table's name."""
    tables = {
        "check": settings.CheckSettings,
        "debian": settings.DebianSettings,
        "health": settings.HealthSettings,
        "images": settings.ImageSettings,
        "index": settings.IndexSettings,
        "init": settings.InitSettings,
        "layers": settings.LayerSettings,
        "registry": settings.RegistrySettings,
        "companions.NAME": settings.CompanionSettings,
        "promote": settings.PromoteSettings,
        "scan": settings.ScanSettings,
        "smoke": settings.SmokeSettings,
        "secrets.NAME": settings.SecretSettings,
        "volumes.NAME": settings.VolumeSettings,
        "workloads.NAME": settings.WorkloadSettings,
    }
    top = {field.name for field in dataclasses.fields(settings.Settings)} - {"source", "prefix"}
    below = {
        f"{name}.{field.name}"
        for name, table in tables.items()
        for field in dataclasses.fields(table)
    }
    return {key.replace("_", "-") for key in top | below}


def detected_page() -> str:
    """Return the page of what is recognised in a project, from the detectors' own tables."""
    parts = [
        NOTE.format(
            source="the tables in src/boxwright/project/detectors/ and plan/, or dev/detected.toml"
        ),
        "# What is detected\n",
        "What is decided wrongly is changed by a [setting](settings.md).",
        "`boxwright plan` shows each fact with the file and line that it was read from.\n",
        *detected_section("dependencies"),
        *detected_section("conda"),
        *detected_section("imports"),
        *detected_section("frameworks"),
        *framework_rows(),
        *detected_section("workers"),
        *worker_rows(),
        *detected_section("companions"),
        *companion_rows(),
        *detected_section("variables"),
        *detected_section("training"),
        *training_rows(),
        *detected_section("notebooks"),
        *detected_section("gpu"),
        *gpu_lists(),
        *detected_section("downloads"),
        *download_rows(),
        *detected_section("members"),
        *detected_section("models"),
        *model_lists(),
        *detected_section("left-out"),
        *left_out_lists(),
    ]
    return "\n".join(parts).rstrip("\n") + "\n"


def detected_section(name: str) -> list[str]:
    """Return the heading and the text of the section *name* of dev/detected.toml."""
    document = tomllib.loads((CHECKOUT / "dev" / "detected.toml").read_text(encoding="utf-8"))
    section = document[name]
    conda, imports = detector_table("conda.toml"), detector_table("imports.toml")
    text = section["text"].format(
        conda_names=len(conda["names"]),
        conda_system=len(conda["system"]),
        imports=len(imports["differs"]),
    )
    lines = [f"## {section['title']}\n", f"{text.strip()}\n"]
    for number, step in enumerate(section.get("steps", ()), start=1):
        lines.append(f"{number}. {step}")
    return [*lines, ""] if "steps" in section else lines


def framework_rows() -> list[str]:
    """Return the table of web frameworks."""
    return [
        "| Framework | Interface | Port | Health |",
        "| --- | --- | --- | --- |",
        *(
            f"| {row['title']} | {row['interface']} | {row['port']} | {row.get('health', '')} |"
            for row in detector_table("frameworks.toml").values()
        ),
        "",
    ]


def worker_rows() -> list[str]:
    """Return the table of task queues."""
    return [
        "| Queue | Shown by | Tasks | A scheduler beside it |",
        "| --- | --- | --- | --- |",
        *(
            f"| {row['title']} | {spelled(row['makers'])} | {spelled(row['tasks'])}"
            f" | {spelled(row['schedules'])} |"
            for row in detector_table("workers.toml").values()
        ),
        "",
    ]


def companion_rows() -> list[str]:
    """Return the table of services that a project talks to, and of what is planned of them."""
    found = detector_table("companions.toml")
    planned = plan_table("companions.toml")
    left = planned.pop("left")
    rows = []
    for kind in dict.fromkeys([*found, *planned, *left]):
        row = found.get(kind, {})
        plan = planned.get(kind if kind != "mosquitto" else "mqtt", {})
        if kind == "mqtt":
            continue  # the broker that `mosquitto` is detected as
        title = row.get("title", plan.get("title", kind))
        shown = spelled(
            [*(f"{each}://" for each in row.get("schemes", ())), *row.get("variables", ())]
        )
        image = f"`{plan['image']}`" if plan else f"none: {left.get(kind, '')}"
        rows.append(f"| {title} | {spelled(row.get('clients', ()))} | {shown} | {image} |")
    return [
        "| Service | Clients | Addresses and variables | Image |",
        "| --- | --- | --- | --- |",
        *rows,
        "",
    ]


def training_rows() -> list[str]:
    """Return the table of what trains."""
    table = detector_table("training.toml")
    return [
        "| Library | Imported as | Calls |",
        "| --- | --- | --- |",
        *(
            f"| {name} | {spelled(row['imports'])} | {spelled(row['calls'])} |"
            for name, row in table.items()
            if "calls" in row
        ),
        "",
    ]


def gpu_lists() -> list[str]:
    """Return what shows a GPU, by how surely."""
    table = detector_table("gpu.toml")
    dependencies = table["dependencies"]
    keywords = [f"{name}={value}" for name, each in table["keywords"].items() for value in each]
    return [
        f"- *imports of what fails without one*<br>{spelled(table['imports']['required'])}",
        f"- *imports of what uses one*<br>{spelled(table['imports']['optional'])}",
        f"- *calls that fail without one*<br>{spelled(table['calls']['required'])}",
        f"- *calls that ask for one*<br>{spelled(table['calls']['optional'])}",
        f"- *arguments*<br>{spelled(keywords)}",
        "- *dependencies that fail without one*<br>"
        + spelled([*dependencies["required"], *starred(dependencies["required_prefixes"])]),
        "- *dependencies that use one*<br>"
        + spelled([*dependencies["optional"], *starred(dependencies["optional_prefixes"])]),
        "",
    ]


def download_rows() -> list[str]:
    """Return the table of calls that fetch weights or data."""
    calls: dict[str, list[str]] = {}
    for row in detector_table("downloads.toml")["downloads"]:
        calls.setdefault(row["library"], []).extend(row["calls"])
    return [
        "| Of | Calls |",
        "| --- | --- |",
        *(f"| {library} | {spelled(each)} |" for library, each in calls.items()),
        "",
    ]


def model_lists() -> list[str]:
    """Return the suffixes of models."""
    return [
        *(
            f"- {spelled(entry['suffixes'])}, of {human_size(entry['from'])} or more"
            if entry["from"]
            else f"- {spelled(entry['suffixes'])}"
            for entry in detector_table("models.toml")["models"]
        ),
        "",
    ]


def left_out_lists() -> list[str]:
    """Return what does not come into an image."""
    data = detector_table("models.toml")["data"]
    return [
        *(
            f"- *{entry['reason']}*<br>{spelled(names_of(entry))}"
            for entry in detector_table("left_out.toml")["left_out"]
        ),
        f"- *folders of data, {human_size(data['folder_from'])} or more*<br>{spelled(data['folders'])}",
        f"- *files of data, {human_size(data['file_from'])} or more*<br>{spelled(data['suffixes'])}",
    ]


def starred(prefixes: Iterable[str]) -> list[str]:
    """Return *prefixes* as patterns."""
    return [f"{prefix}*" for prefix in prefixes]


def detector_table(name: str) -> dict[str, Any]:
    """Return the table *name* of the detectors."""
    path = resources.files("boxwright.project.detectors").joinpath(name)
    return tomllib.loads(path.read_text("utf-8"))


def plan_table(name: str) -> dict[str, Any]:
    """Return the table *name* of the plan."""
    path = resources.files("boxwright.plan").joinpath(name)
    return tomllib.loads(path.read_text("utf-8"))


def names_of(entry: dict[str, Any]) -> list[str]:
    """Return the names of *entry*, those that count at the top of a project with a slash."""
    top = [f"/{name}" for name in entry.get("at_root", ())]
    return [*entry.get("names", ()), *entry.get("globs", ()), *top]


def spelled(words: Iterable[str]) -> str:
    """Return *words* as a list in a sentence."""
    return ", ".join(f"`{word}`" for word in words)


def rule_pages() -> dict[str, str]:
    """Return the pages of the rules, their index, and the page of other tools' codes."""
    rules = registry.all_rules()
    names = {rule.name for rule in rules}
    return {
        "equivalents.md": equivalents_page(rules),
        "rules/index.md": rules_index(rules),
        **{f"rules/{rule.name}.md": rule_page(rule, names) for rule in rules},
    }


def rule_page(rule: Rule[Any], names: set[str]) -> str:
    """Return the page of *rule*: what it is, and what its docstring says."""
    summary, _, rest = rule.page.strip().partition("\n")
    source = f"src/boxwright/practices/rules/{rule.area}/{rule.name.replace('-', '_')}.py"
    options = "<br>".join(
        f"`{name}` = `{toml_value(value)}`" for name, value in rule.options.items()
    )
    facts = [
        f"[{rule.area}](index.md#{rule.area})",
        str(rule.severity),
        "yes" if rule.default else "no",
        registry.fixable(rule) or "none",
        options or "none",
    ]
    return "\n".join(
        [
            NOTE.format(source=source),
            f"# {rule.name}\n",
            f"{linked(summary, names - {rule.name})}\n",
            "| Area | Severity | On by default | Fix | Settings |",
            "| --- | --- | --- | --- | --- |",
            f"| {' | '.join(facts)} |",
            "",
            *reflowed(rest.strip(), names - {rule.name}),
            "",
        ]
    )


def rules_index(rules: Iterable[Rule[Any]]) -> str:
    """Return the page of all *rules*, by area."""
    by_area: dict[str, list[Rule[Any]]] = {}
    for rule in rules:
        by_area.setdefault(rule.area, []).append(rule)
    parts = [
        NOTE.format(source="src/boxwright/practices/rules/"),
        "# Rules\n",
        "What `boxwright check` looks for.",
        "Names in italics are rules that are off until a setting turns them on.",
        "A fix is safe where the image or the stack behaves the same with it.",
        "A setting of a rule stands in the table `check.rules.NAME` of the [settings](../settings.md).",
        "What other tools call the same is in [Equivalents](../equivalents.md).",
    ]
    for area, listed in by_area.items():
        parts += [
            f"\n## {area}\n",
            "| Rule | Finds | Severity | Fix | Equivalents |",
            "| --- | --- | --- | --- | --- |",
        ]
        for rule in listed:
            link = f"[{rule.name}]({rule.name}.md)"
            codes = "<br>".join(
                f"{tool} {', '.join(codes)}" for tool, codes in registry.equivalents(rule).items()
            )
            parts.append(
                f"| {link if rule.default else f'*{link}*'} | {in_table(rule.summary)} "
                f"| {rule.severity} | {registry.fixable(rule)} | {in_table(codes)} |"
            )
    return "\n".join(parts) + "\n"


def equivalents_page(rules: Iterable[Rule[Any]]) -> str:
    """Return the page that leads from other tools' codes to *rules*."""
    tools: dict[str, dict[str, list[str]]] = {}
    for rule in rules:
        for tool, codes in registry.equivalents(rule).items():
            for code in codes:
                tools.setdefault(tool, {}).setdefault(code, []).append(rule.name)
    parts = [
        NOTE.format(source="src/boxwright/practices/rules/"),
        "# Equivalents\n",
        "Which [rule](rules/index.md) finds what another tool finds.",
        "Where the verdicts differ, the rule's page says how and why.",
    ]
    for tool in sorted(tools, key=str.casefold):
        parts += [f"\n## {tool}\n", "| Code | Rule |", "| --- | --- |"]
        for code, names in sorted(tools[tool].items()):
            links = ", ".join(f"[{name}](rules/{name}.md)" for name in names)
            parts.append(f"| {in_table(code)} | {links} |")
    return "\n".join(parts) + "\n"


def reflowed(page: str, names: set[str]) -> list[str]:
    """Return the lines of *page* with one sentence a line, as all prose here has it."""
    lines: list[str] = []
    item: list[str] = []
    in_block = False

    def end() -> None:
        if item:
            text = linked(" ".join(part.strip() for part in item), names)
            bullet = re.match(r"(?:[-*]|\d+\.) ", text)
            lines.append(
                sentences(text).replace("\n", "\n" + " " * (bullet.end() if bullet else 0))
            )
            item.clear()

    for line in page.splitlines():
        if line.startswith("```") or in_block:
            end()
            in_block = in_block != line.startswith("```")
            lines.append(line)
        elif not line.strip() or line.startswith(("#", "|")):
            end()
            lines.append(line)
        else:
            if re.match(r"(?:[-*]|\d+\.) ", line):
                end()
            item.append(line)
    end()
    return lines


def linked(text: str, names: set[str]) -> str:
    """Return *text* with names of rules in backticks as links to their pages."""
    return re.sub(
        r"(?<!\[)`([a-z0-9-]+)`(?!\]\()",
        lambda match: f"[{match[0]}]({match[1]}.md)" if match[1] in names else match[0],
        text,
    )


def sentences(text: str) -> str:
    """Return *text* with a line for each sentence; what is in backticks holds together."""
    code: list[str] = []

    def away(match: re.Match[str]) -> str:
        code.append(match[0])
        return f"`{len(code) - 1}`"

    plain = re.sub(r"`[^`]*`", away, text)
    plain = re.sub(r"(?<=[a-z0-9`)\]\"])([.?]) (?=[A-Z`\"\[(])", r"\1\n", plain)
    return re.sub(r"`(\d+)`", lambda match: code[int(match[1])], plain)


def in_table(text: str) -> str:
    """Return *text* as a table's cell."""
    return text.replace("|", "\\|")


def toml_value(value: object) -> str:
    """Return *value* as settings have it."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, (list, tuple)):
        return f"[{', '.join(map(toml_value, value))}]"
    if isinstance(value, dict):
        return f"{{ {', '.join(f'{key} = {toml_value(each)}' for key, each in value.items())} }}"
    return f'"{value}"' if isinstance(value, str) else str(value)


def errors_page() -> str:
    """Return the page of the exceptions, for those who use boxwright as a library."""
    tree = (errors.__doc__ or "").strip().splitlines()
    lines = [line.removeprefix("    ") for line in tree if line.startswith("    ")]
    return "\n".join(
        [
            NOTE.format(source="src/boxwright/errors.py"),
            "# Errors\n",
            "Every failure that a user can mend is a `BoxwrightError` with a `message` and a `hint`; on the command line its status is 2.\n",
            block("\n".join(lines)),
        ]
    )


def block(text: str) -> str:
    """Return *text* as a block of its own."""
    return f"```text\n{text.strip()}\n```\n"


if __name__ == "__main__":
    sys.exit(main())
