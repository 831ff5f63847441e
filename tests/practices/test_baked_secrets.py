from __future__ import annotations

from datetime import date

from boxwright.practices.baked_secrets import baked_secrets
from boxwright.practices.subjects import Build
from boxwright.syntax.dockerfile.parse import parse_dockerfile
from boxwright.text.source import Source


def test_what_is_copied_and_written_with_what_removes_it() -> None:
    source = Source(
        "Dockerfile",
        "FROM a\nCOPY .netrc .env /root/\nRUN hf auth login --token $T\n"
        "RUN rm -rf /root/.cache /root/.net*\n",
    )
    build = Build("Dockerfile", source, parse_dockerfile(source), today=date(2026, 11, 22))

    assert [
        (item.path, item.what, item.is_sure, item.removal and item.removal.pattern)
        for item in baked_secrets(build)
    ] == [
        ("/root/.netrc", "the passwords of netrc", True, "/root/.net*"),
        ("/root/.env", "a file of credentials", False, None),
        ("/root/.cache/huggingface/token", "the token of Hugging Face", True, "/root/.cache"),
    ]
