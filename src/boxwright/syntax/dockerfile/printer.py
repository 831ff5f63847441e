"""Tree to text: the parts of a Dockerfile, each from its own place."""

from __future__ import annotations

from boxwright.syntax.dockerfile.instructions import Dockerfile
from boxwright.syntax.dockerfile.lines import BLANKS


def print_dockerfile(dockerfile: Dockerfile) -> str:
    r"""
    Return the text of *dockerfile*.

    It is put together from directives, comments, instructions and heredocs; between them
    only blanks and continuations are taken over. So it is the source's text exactly where
    the tree covers everything.

    >>> from boxwright.syntax.dockerfile.parse import parse_dockerfile
    >>> from boxwright.text.source import Source
    >>> print_dockerfile(parse_dockerfile(Source("Dockerfile", "# a\nFROM b \\\n  AS c\n")))
    '# a\nFROM b \\\n  AS c\n'
    """
    text = dockerfile.source.text
    if any(problem.kind == "file-too-long" for problem in dockerfile.line_problems):
        return text
    between = frozenset(f"\n{BLANKS}{dockerfile.escape}")
    printed: list[str] = []
    done = 0
    for start, part in _parts(dockerfile):
        printed.extend(
            character
            for at, character in enumerate(text[done:start], done)
            if character in between or (at == 0 and character == "\ufeff")
        )
        printed.append(part)
        done = start + len(part)
    printed.extend(
        character
        for at, character in enumerate(text[done:], done)
        if character in between or (at == 0 and character == "\ufeff")
    )
    return "".join(printed)


def _parts(dockerfile: Dockerfile) -> list[tuple[int, str]]:
    """Return all parts with their places, in order."""
    text = dockerfile.source.text
    spans = [item.span for item in dockerfile.directives]
    spans += [item.span for item in dockerfile.comments]
    parts = [(span.start, text[span.start : span.end]) for span in spans]
    for instruction in dockerfile.instructions:
        parts += [(offset, piece) for piece, offset in instruction.line.pieces()]
        for heredoc in instruction.heredocs:
            parts += [(offset, piece) for piece, offset in heredoc.body.pieces()]
            if heredoc.is_terminated:
                parts.append((heredoc.terminator_span.start, heredoc.name))
    return sorted(parts)
