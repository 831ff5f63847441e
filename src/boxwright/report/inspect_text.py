"""The document of a look → text that is read without colour, in as many columns as there are."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Iterator
from typing import Any

from boxwright.report.bars import bar, columns, fitted, fitted_path, padded, segments, share
from boxwright.report.findings_printable import printable
from boxwright.report.size import human_size
from boxwright.scan.vulnerability import SEVERITIES

_NARROWEST, _WIDEST = 60, 120
_SIZE = 9
"""Columns of a size: `999.9 MB`, and one between."""
_ACTIONS = 12
_PACKAGES = 12
_MATCHES = 10
_LEAKS = 30
_WASTES = 12
_ARTIFACTS = 15
_PROBLEMS = 20
_MESSAGES = 3
"""How many of each are listed; the rest is counted."""

_LONGEST_MESSAGE = 300

_MARKS = {"error": "!", "warning": "*", "info": "-"}
_RED, _YELLOW, _BOLD, _DIM = "31", "33", "1", "2"
_COLOURS = {"critical": f"{_BOLD};{_RED}", "high": _RED, "medium": _YELLOW}


def inspect_text(document: dict[str, Any], *, width: int = 80, colour: bool = False) -> str:
    """
    Return *document* as text: the answers first, then what they are made of.

    No line is longer than *width* columns, or 60 where that is less.
    """
    return _Text(document, min(max(width, _NARROWEST), _WIDEST), colour=colour).text()


class _Text:
    def __init__(self, document: dict[str, Any], width: int, *, colour: bool) -> None:
        self._document = document
        self._width = width
        self._colour = colour

    def text(self) -> str:
        """Return all parts that there is something to tell in."""
        parts = [
            list(part)
            for part in (
                self._head(),
                self._causes(),
                self._actions(),
                self._leaks(),
                self._vulnerabilities(),
                self._practices(),
                self._layers(),
                self._packages(),
                self._waste(),
                self._artifacts(),
                self._gpu(),
                self._unchecked(),
                self._problems(),
            )
        ]
        return "\n\n".join("\n".join(part) for part in parts if part) + "\n"

    def _paint(self, text: str, code: str) -> str:
        return f"\x1b[{code}m{text}\x1b[0m" if self._colour and code else text

    def _title(self, title: str, told: str = "") -> str:
        return self._paint(title, _BOLD) + (f"  {told}" if told else "")

    def _headed(self, title: str, told: str) -> Iterator[str]:
        first, *rest = self._wrapped(f"{title}  {told}", "", "  ")
        yield first.replace(title, self._paint(title, _BOLD), 1)
        yield from rest

    def _wrapped(self, text: str, first: str = "  ", then: str = "      ") -> list[str]:
        return textwrap.wrap(
            printable(text),
            self._width,
            initial_indent=first,
            subsequent_indent=then,
            break_on_hyphens=False,
        )

    def _head(self) -> Iterator[str]:
        image = self._document["image"]
        sizes = image["sizes"]
        distribution = image["distribution"]
        yield self._paint(fitted(printable(image["name"]), self._width), _BOLD)
        told = [
            image["platform"],
            (distribution["name"] or distribution["id"]) if distribution else "",
            f"made {image['created'][:10]}" if image["created"] else "",
            _count(len(self._document["layers"]), "layer"),
            _count(image["files"]["files"], "file"),
        ]
        yield from self._wrapped(", ".join(part for part in told if part), "", "")
        yield fitted(printable(image["digest"]), self._width)
        yield ""
        waste = f"{human_size(sizes['waste'])} ({share(sizes['waste'], sizes['unpacked'])})"
        likely = sum(each["size"] for each in self._document["waste"] if not each["certain"])
        text = f"{human_size(sizes['unpacked'])} unpacked, {human_size(sizes['stored'])} to pull; "
        text += f"{waste} no container can need" if sizes["waste"] else "nothing in it is hidden"
        text += f", up to {human_size(likely)} likely not" if likely else ""
        yield from self._wrapped(text, "", "")

    def _causes(self) -> Iterator[str]:
        causes = [cause for cause in self._document["causes"] if cause["size"]]
        if not causes:
            return
        total = self._document["image"]["sizes"]["unpacked"]
        most = causes[0]["size"]
        yield self._title("Where the bytes are")
        titles = [printable(cause["title"]) for cause in causes]
        name_width = min(max(map(columns, titles)), 28)
        bar_width = 12
        left = self._width - 2 - name_width - _SIZE - 8 - bar_width - 2
        for cause, title in zip(causes, titles, strict=True):
            names = ", ".join(
                f"{printable(one['name'])} {human_size(one['size'])}"
                for one in cause["largest"][:3]
            )
            row = f"  {padded(title, name_width)} {human_size(cause['size']):>{_SIZE}}"
            row += f" {share(cause['size'], total):>6} "
            row += padded(bar(cause["size"], most, bar_width), bar_width)
            yield f"{row} {fitted(names, left)}".rstrip()

    def _actions(self) -> Iterator[str]:
        actions = self._document["actions"]
        if not actions:
            return
        yield self._title("What to do", "the most pressing first")
        for action in actions[:_ACTIONS]:
            text = action["text"]
            if action["saves"]:
                text += f", saves {human_size(action['saves'])}"
            yield from self._wrapped(text, f"  {_MARKS[action['severity']]} ", "    ")
        yield from _rest(len(actions), _ACTIONS)

    def _leaks(self) -> Iterator[str]:
        leaks = self._document["leaks"]
        if not leaks:
            return
        yield self._title("Credentials", "which whoever has the image can read")
        for leak in leaks[:_LEAKS]:
            perhaps = "" if leak["certain"] else " (perhaps)"
            yield from self._wrapped(f"{leak['kind']}{perhaps}: {leak['redacted']}")
            yield from self._wrapped(", ".join(self._leak_places(leak)), "      ")
        yield from _rest(len(leaks), _LEAKS)

    def _leak_places(self, leak: dict[str, Any]) -> Iterator[str]:
        name = f" `{leak['name']}`" if leak["name"] else ""
        if leak["place"] == "file":
            yield f"`{leak['name']}`" + (f" line {leak['line']}" if leak["line"] else "")
        else:
            yield f"in the {leak['place']}{name}"
        added = self._instruction(leak["step"], leak["layer"])
        if leak["layer"] is not None:
            yield f"layer {leak['layer']} ({_cut(added, 60)})"
        elif added:
            yield f"by {_cut(added, 60)}"
        if leak["removed_by"] is not None:
            removed = self._instruction(leak["removing_step"], leak["removed_by"])
            yield f"{leak['state']} by layer {leak['removed_by']} ({_cut(removed, 60)})"

    def _instruction(self, step: int | None, layer: int | None) -> str:
        history, layers = self._document["history"], self._document["layers"]
        if step is not None and step < len(history):
            return str(history[step]["instruction"])
        return str(layers[layer]["instruction"]) if layer is not None else ""

    def _vulnerabilities(self) -> Iterator[str]:
        found = self._document["vulnerabilities"]
        if found is None:
            return
        counts = found["counts"]
        affected = [match for match in found["matches"] if match["state"] == "affected"]
        if not affected:
            is_partial = bool(self._document["unchecked"])
            told = "none known, and not all was looked for: see below"
            yield self._title("Vulnerabilities", told if is_partial else "none known")
            return
        told = ", ".join(f"{counts[name]} {name}" for name in SEVERITIES if counts[name])
        yield from self._headed("Vulnerabilities", f"{told}; {found['fixable']} with a fix")
        shown = affected[:_MATCHES]
        ids = max(columns(printable(match["id"])) for match in shown)
        ids = min(ids, 20)
        names = (self._width - 14 - ids) * 3 // 5
        for match in shown:
            package = printable(f"{match['package']['name']} {match['package']['version']}")
            fixed = printable(match["fixed"][0]) if match["fixed"] else ""
            row = f" {padded(printable(match['id']), ids)} {padded(package, names)} "
            row += fitted(
                f"fixed in {fixed}" if fixed else "no fix yet", self._width - 12 - columns(row)
            )
            severity = padded(printable(match["severity"]), 9)
            severity = self._paint(severity, _COLOURS.get(match["severity"], ""))
            yield f"  {severity}{row}".rstrip()
        yield from _rest(len(affected), _MATCHES)

    def _practices(self) -> Iterator[str]:
        found = self._document["practices"]
        if found is None:
            return
        kept = len(found["kept"])
        told = f"{len(found['broken'])} broken" + (f", {kept} kept" if kept else "")
        yield self._title("Practices", told)
        for rule in found["broken"]:
            messages = [
                each["message"] for each in found["findings"] if each["rule"] == rule["rule"]
            ]
            severity = {"error": _RED, "warning": _YELLOW}.get(rule["severity"], "")
            word = self._paint(f"{rule['severity']:<8}", severity)
            yield f"  {word} {self._paint(printable(rule['rule']), _BOLD)}"
            for message in messages[:_MESSAGES]:
                yield from self._wrapped(
                    _cut(message, _LONGEST_MESSAGE), "           ", "             "
                )
            if len(messages) > _MESSAGES:
                yield f"           and {len(messages) - _MESSAGES} more"

    def _layers(self) -> Iterator[str]:
        layers = self._document["layers"]
        if not layers:
            return
        most = max(max(layer["content"] for layer in layers), 1)
        told = "█ needed, ▒ likely not needed, ░ hidden by a later layer"
        yield from self._headed("Layers", told)
        bar_width = 16
        at_width = len(str(layers[-1]["at"]))
        left = self._width - 2 - at_width - _SIZE - bar_width - 5 - _SIZE
        for layer in layers:
            hidden, likely = layer["hidden"], layer["waste"]
            needed = max(layer["content"] - hidden - likely, 0)
            drawn = segments(((needed, "█"), (likely, "▒"), (hidden, "░")), most, bar_width)
            lost = hidden + likely
            text = printable(layer["instruction"] or layer["diff_id"])
            if layer["problem"]:
                text = f"not read: {printable(layer['problem'])}"
            yield (
                f"  {layer['at']:>{at_width}} {human_size(layer['content']):>{_SIZE}} "
                f"{padded(drawn, bar_width + 2)}"
                f"{human_size(lost) if lost else '':>{_SIZE}} {fitted(text, left)}"
            ).rstrip()

    def _packages(self) -> Iterator[str]:
        packages = [each for each in self._document["packages"] if not each["vendored_in"]]
        if not packages:
            return
        types = self._document["package_types"]
        told = ", ".join(f"{each['count']} {each['title']}" for each in types)
        yield from self._headed("Packages", told)
        largest = sorted(packages, key=lambda each: (-each["size"], each["name"]))
        shown = [each for each in largest[:_PACKAGES] if each["size"]]
        if not shown:
            return
        names = [printable(f"{each['name']} {each['version']}") for each in shown]
        name_width = min(max(map(columns, names)), self._width - 42)
        bar_width = 14
        for each, name in zip(shown, names, strict=True):
            row = f"  {padded(name, name_width)} {human_size(each['size']):>{_SIZE}} "
            row += padded(bar(each["size"], shown[0]["size"], bar_width), bar_width)
            layer = f" layer {each['layer']}" if each["layer"] is not None else ""
            yield f"{row}{layer}".rstrip()
        rest = largest[len(shown) :]
        if rest:
            yield f"  and {len(rest)} more, {human_size(sum(each['size'] for each in rest))}"

    def _waste(self) -> Iterator[str]:
        waste = self._document["waste"]
        if not waste:
            return
        yield self._title("Waste", "what is likely not needed is marked `?`")
        for each in waste[:_WASTES]:
            layer = f", layer {each['layer']}" if each["layer"] is not None else ""
            mark = " " if each["certain"] else "?"
            text = f"{each['title']}{layer}, {_count(each['count'], 'file')} ({each['practice']})"
            indent = f"  {human_size(each['size']):>{_SIZE}} {mark} "
            yield from self._wrapped(text, indent, " " * len(indent))
            for path in each["paths"][:2]:
                row = f"{'':{len(indent)}}{human_size(path['size']):>{_SIZE}} "
                shown = f"/{printable(path['path'])}"
                yield row + fitted_path(shown, self._width - len(row))
        yield from _rest(len(waste), _WASTES)

    def _artifacts(self) -> Iterator[str]:
        own = [each for each in self._document["artifacts"] if not each["package"]]
        packaged = len(self._document["artifacts"]) - len(own)
        if not own and not packaged:
            return
        told = f"{packaged} more in packages" if packaged else ""
        yield self._title("Models and data sets", told if own else f"only {packaged} in packages")
        for each in own[:_ARTIFACTS]:
            row = f"  {human_size(each['size']):>{_SIZE}} "
            yield row + fitted_path(f"/{printable(each['path'])}", self._width - len(row))
            state = (
                "" if each["state"] == "live" else f"{each['state']} by layer {each['removed_by']}"
            )
            details = " ".join(f"{name} {value}," for name, value in each["details"].items())
            told = f"{each['role']}, {each['format']}, layer {each['layer']}"
            told = ", ".join(part for part in (told, state, details.rstrip(",")) if part)
            yield " " * len(row) + fitted(printable(told), self._width - len(row))
            if each["dangerous"]:
                runs = ", ".join(f"`{name}`" for name in each["dangerous"][:4])
                yield from self._wrapped(f"loading it runs {runs}", " " * len(row), " " * len(row))
        yield from _rest(len(own), _ARTIFACTS)

    def _gpu(self) -> Iterator[str]:
        gpu = self._document["gpu"]
        if gpu is None:
            return
        yield self._title("GPU")
        if gpu["cuda"]:
            driver = f", which needs a driver of {gpu['driver']} or later" if gpu["driver"] else ""
            yield from self._wrapped(f"CUDA {gpu['cuda']}{driver}")
        for clause in gpu["conflicts"]:
            yield from self._wrapped(clause)
        for each in gpu["unused"][:5]:
            path = printable(each["path"])
            yield from self._wrapped(f"unused: /{path} {human_size(each['size'])}, {each['why']}")
        if gpu["architectures"]:
            yield from self._wrapped(f"runs on {', '.join(gpu['architectures'])}")
        for each in gpu["packages"][:5]:
            name = f"{each['name']} {each['version']}".rstrip()
            yield from self._wrapped(
                f"{name}: {human_size(each['size'])} of libraries with device code"
            )
        for each in gpu["env"]:
            yield from self._wrapped(f"{each['name']}={_cut(each['value'], 200)}")

    def _unchecked(self) -> Iterator[str]:
        unchecked = self._document["unchecked"]
        if unchecked:
            yield self._title("Not looked for")
            for text in unchecked:
                yield from self._wrapped(text)

    def _problems(self) -> Iterator[str]:
        problems = [*self._document["problems"], *self._document["unread"]]
        if problems:
            yield self._title("Problems", "what was not read may hold more")
            for text in problems[:_PROBLEMS]:
                yield from self._wrapped(text)
            yield from _rest(len(problems), _PROBLEMS)


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"


def _cut(text: str, length: int) -> str:
    return text if len(text) <= length else f"{text[: length - 1]}…"


def _rest(count: int, shown: int) -> Iterable[str]:
    return (f"  and {count - shown} more",) if count > shown else ()
