"""How JupyterLab is started in a container: with a token, and without a writable home."""

from __future__ import annotations

from boxwright.plan.model import SITE

JUPYTER_PORT = 8888
JUPYTER_ENV = (
    ("IPYTHONDIR", "/tmp/ipython"),  # noqa: S108 (in the image)
    ("JUPYTER_CONFIG_DIR", "/tmp/jupyter/config"),  # noqa: S108
    ("JUPYTER_DATA_DIR", "/tmp/jupyter/data"),  # noqa: S108
    ("JUPYTER_RUNTIME_DIR", "/tmp/jupyter/runtime"),  # noqa: S108
)
"""Where it writes: the home folder is on the read-only root."""


def jupyter_command(folder: str) -> tuple[str, ...]:
    """Return the command that serves the notebooks in *folder*, in exec form."""
    return (
        f"{SITE}/bin/jupyter",
        "lab",
        "--ip=0.0.0.0",
        f"--port={JUPYTER_PORT}",
        "--no-browser",
        f"--ServerApp.root_dir={folder}",
    )
