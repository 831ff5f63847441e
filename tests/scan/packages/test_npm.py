"""Packages of JavaScript."""

from tests.scan.packages.trees import NPM, inventory


def test_packages_are_found_at_any_depth() -> None:
    found = inventory(NPM)

    assert [
        (p.name, p.version, p.path, p.licences, p.supplier, p.requires)
        for p in found.packages
        if p.type == "npm" and not p.vendored_in
    ] == [
        (
            "@babel/core",
            "7.24.0",
            "app/node_modules/@babel/core/package.json",
            ("MIT",),
            "The Babel Team",
            ("semver",),
        ),
        (
            "lodash",
            "4.17.21",
            "app/node_modules/lodash/package.json",
            ("MIT",),
            "John-David Dalton <john.david.dalton@gmail.com>",
            (),
        ),
        (
            "semver",
            "6.3.1",
            "app/node_modules/@babel/core/node_modules/semver/package.json",
            ("ISC",),
            "",
            (),
        ),
        ("semver", "7.6.0", "app/node_modules/semver/package.json", ("ISC",), "", ()),
        ("shop", "1.0.0", "app/package.json", (), "", ("lodash",)),
        ("versionless", "", "app/node_modules/versionless/package.json", (), "", ()),
    ]
    assert found.unread == (
        "`app/node_modules/broken/package.json` is no JSON that describes a package",
    )


def test_what_a_wheel_brings_is_that_wheels() -> None:
    found = inventory(NPM)

    assert [(p.name, p.version, p.vendored_in) for p in found.packages if p.vendored_in] == [
        ("@jupyter-widgets/jupyterlab-manager", "5.0.10", "jupyterlab-widgets")
    ]
