"""Licences in words → SPDX expressions."""

import tomllib
from pathlib import Path

import pytest
from packaging.licenses import canonicalize_license_expression

from boxwright.scan.sbom import licences
from boxwright.scan.sbom.licences import expression


@pytest.mark.parametrize(
    ("words", "spdx"),
    [
        ("MIT", "MIT"),
        ("mit", "MIT"),
        ("Apache-2.0 OR BSD-3-Clause", "Apache-2.0 OR BSD-3-Clause"),
        ("(mit and isc) or zlib", "(MIT AND ISC) OR Zlib"),
        ("GPL-2.0-or-later WITH Classpath-exception-2.0",) * 2,
        ("LicenseRef-Public-Domain", "LicenseRef-Public-Domain"),
        ("Expat", "MIT"),
        ("MIT License", "MIT"),
        ("GPL-2+", "GPL-2.0-or-later"),
        ("GPL-3+ with Bison exception", "GPL-3.0-or-later WITH Bison-exception-2.2"),
        ("LGPL-3+ or GPL-2+", "LGPL-3.0-or-later OR GPL-2.0-or-later"),
        ("GPL-2+ and Expat or Zlib", "GPL-2.0-or-later AND MIT OR Zlib"),
        ("MIT/X11", "MIT OR X11"),
        ("GPLv3+ and LGPLv2+", "GPL-3.0-or-later AND LGPL-2.0-or-later"),
        ("Apache Software License", "Apache-2.0"),
        ("Mozilla Public License 2.0 (MPL 2.0)", "MPL-2.0"),
        # Which one is not said.
        ("BSD License", ""),
        ("GPL", ""),
        ("BSD or GPL-2+", ""),
        ("public-domain", ""),
        # What the comma joins is not what it seems.
        ("GPL-2+ or AFL-2.1, and Expat", ""),
        ("MIT OR", ""),
        ("(" * 200, ""),
        ("MIT " * 200, ""),
        ("", ""),
        (" ", ""),
        ("()", ""),
        ("/", ""),
    ],
)
def test_words_mean_one_expression_or_none(words, spdx) -> None:
    assert expression(words) == spdx


def test_the_table_names_valid_expressions_once_each() -> None:
    text = Path(licences.__file__).with_name("licences.toml").read_text()
    rows = tomllib.loads(text)["licences"]
    names = [name for words in rows.values() for name in words]

    assert [spdx for spdx in rows if canonicalize_license_expression(spdx) != spdx] == []
    assert [name for name in names if name != name.lower()] == []
    assert len(names) == len(set(names))
