from __future__ import annotations

import pytest
from tests.practices.image_examples import SITE, found

RULE = "duplicate-files-in-image"


def test_a_copy_of_the_application_is_found() -> None:
    text = """
layers:
  - step: COPY . /app
    files:
      app/models/a.onnx: {size: 40 MB, same: a}
      app/build/models/a.onnx: {size: 40 MB, same: a}
"""

    assert found(RULE, text) == [
        (
            "2: info: 40 MB of files that are in `/app/build` too: `/app`; keep one of "
            "them, and have links lead to it"
        )
    ]


@pytest.mark.parametrize("link", ["{link: a.onnx}", "{hardlink: app/a.onnx}"])
def test_a_link_is_no_copy(link: str) -> None:
    text = f"layers: [{{step: COPY a, files: {{app/a.onnx: 40 MB, app/b.onnx: {link}}}}}]\n"

    assert found(RULE, text) == []


def test_what_packages_have_in_common_is_not_told() -> None:
    text = f"""
layers:
  - step: RUN pip install numpy scipy
    files:
      {SITE}/numpy-2.0.dist-info/METADATA: "Metadata-Version: 2.1\\nName: numpy\\nVersion: 2.0\\n"
      {SITE}/numpy-2.0.dist-info/RECORD: "numpy.libs/libblas.so,,\\n"
      {SITE}/numpy.libs/libblas.so: {{size: 3 MB, same: blas}}
      {SITE}/scipy-2.0.dist-info/METADATA: "Metadata-Version: 2.1\\nName: scipy\\nVersion: 2.0\\n"
      {SITE}/scipy-2.0.dist-info/RECORD: "scipy.libs/libblas.so,,\\n"
      {SITE}/scipy.libs/libblas.so: {{size: 3 MB, same: blas}}
"""

    assert found(RULE, text) == []
    assert len(found(RULE, text.replace("scipy.libs/libblas.so,,", "a.py,,"))) == 1
