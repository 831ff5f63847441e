from __future__ import annotations

from datetime import date

from tests.practices.image_examples import found

RULE = "end-of-life-in-image"


def debian(version: str) -> str:
    text = f"ID=debian\\nVERSION_ID={version}\\n"
    return f'layers: [{{step: ADD rootfs.tar /, files: {{usr/lib/os-release: "{text}"}}}}]\n'


def test_an_old_distribution_is_found() -> None:
    assert found(RULE, debian("10")) == ["2: warning: Debian 10 gets no updates since 2024-06-30"]


def test_it_depends_on_the_day() -> None:
    assert found(RULE, debian("10"), today=date(2024, 6, 1)) == []
    assert found(RULE, debian("13")) == []


def test_a_distribution_that_the_table_does_not_know_is_not_judged() -> None:
    assert found(RULE, debian("10").replace("debian", "linuxfromscratch")) == []


def test_an_old_interpreter_is_found_in_its_layer() -> None:
    text = """
layers:
  - step: ADD rootfs.tar /
    files: {etc/os-release: "ID=debian\\nVERSION_ID=13\\n"}
  - step: RUN make install
    files:
      usr/local/include/python3.8/patchlevel.h: |
        #define PY_VERSION "3.8.20"
      usr/local/lib/python3.8/os.py: 40 kB
      usr/local/bin/python3.8: 6 MB
"""

    assert found(RULE, text) == ["3: warning: Python 3.8 gets no updates since 2024-10-07"]


def test_an_image_that_says_nothing_is_not_judged() -> None:
    assert found(RULE, "layers: [{step: COPY a, files: {a: 3 kB}}]\n") == []
