from __future__ import annotations

from base64 import urlsafe_b64encode
from hashlib import sha256

from tests.practices.image_examples import SITE, found

RULE = "modified-package-file"
METADATA = f'{SITE}/a-1.0.dist-info/METADATA: "Metadata-Version: 2.4\\nName: a\\nVersion: 1.0\\n"'


def recorded(content: str, *records: str, path: str = "a/api.py") -> str:
    lines = "".join(f"{record}\\n" for record in records)
    return f"""
layers:
  - step: RUN pip install a
    files:
      {METADATA}
      {SITE}/a-1.0.dist-info/RECORD: "{lines}"
  - step: RUN sed -i
    files: {{{SITE}/{path}: "{content}"}}
"""


def digest_of(content: str) -> str:
    value = urlsafe_b64encode(sha256(content.encode()).digest()).rstrip(b"=").decode()
    return f"sha256={value}"


def test_a_file_that_was_changed_is_found_where_it_was() -> None:
    text = recorded("patched", f"a/api.py,{digest_of('original')},8")

    assert found(RULE, text) == [f"3: warning: `/{SITE}/a/api.py` of `a 1.0` is not as installed"]


def test_a_file_as_it_was_installed_is_fine() -> None:
    assert found(RULE, recorded("original", f"a/api.py,{digest_of('original')},8")) == []


def test_a_file_without_a_digest_is_not_judged() -> None:
    assert found(RULE, recorded("patched", "a/api.py,,")) == []


def test_a_broken_record_is_no_reason_for_a_finding() -> None:
    assert found(RULE, recorded("patched", "a/api.py,sha256=!!!,8", "sha256", ",,,,")) == []
