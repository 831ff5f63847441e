import pytest

from boxwright.syntax.dockerfile.parse import parse_dockerfile
from boxwright.syntax.dockerfile.printer import print_dockerfile
from boxwright.text.source import Source


@pytest.mark.parametrize(
    "text",
    [
        "",
        "\n\n",
        "\ufeff# syntax=a\r\n# escape=`\r\n\r\nFROM a `\r\n  AS b\r\n",
        "# a\n#\n  # b\t\nFROM c # d\nRUN e \\\n# f\n\n\t&& g \\\n",
        "\\\n",
        "\\",
        "\\\n  RUN a",
        "RUN <<A cat <<-'B'\na \\\n# no comment\nA\n\tb\n\t\tB\nUSER c",
        "RUN <<A\n\\\n",
        "FROM a\nfoo \\ bar\n && d\n",
        "ONBUILD COPY <<E /a\n\n\nE\n\n",
        "FROM \u00a0a\u2003\n\x0b\x0cUSER\x0bb\x1c\n",
        "# escape=x\n# escape=`\nRUN a `\n b\n",
    ],
)
def test_what_is_printed_is_what_was_read(text) -> None:
    assert print_dockerfile(parse_dockerfile(Source("Dockerfile", text))) == text
