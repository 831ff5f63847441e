"""Realistic projects, and what is planned for them."""

# ruff: noqa: S104 (addresses and paths inside the image)

from __future__ import annotations

import tomllib
from collections.abc import Mapping

import pytest

from boxwright.errors import BoxwrightError, PlanError, ProjectError
from boxwright.plan.base_image import required_suites
from boxwright.plan.make import make_plan, wanted_platforms
from boxwright.plan.model import HealthPlan, Plan
from boxwright.project.inspect import inspect
from boxwright.project.tree import MemoryTree
from boxwright.settings import parse_settings


def plan_of(files: Mapping[str, str], settings: str = "", **sizes: int) -> Plan:
    pyproject = tomllib.loads(files.get("pyproject.toml", ""))
    own = tomllib.loads(settings) if settings else None
    given = parse_settings(pyproject, own)
    tree = MemoryTree({path: text.encode() for path, text in files.items()}, sizes=sizes)
    return make_plan(inspect(tree, given), given)


def project(*dependencies: str, more: str = "") -> str:
    listed = ", ".join(f'"{dependency}"' for dependency in dependencies)
    return f'[project]\nname = "demo"\nversion = "1.0"\ndependencies = [{listed}]\n{more}'


BUILD_SYSTEM = '[build-system]\nrequires = ["hatchling"]\nbuild-backend = "hatchling.build"\n'
FASTAPI = 'from fastapi import FastAPI\napp = FastAPI()\n@app.get("/health/ready")\ndef r(): ...\n'


def environment(plan: Plan) -> dict[str, str]:
    return dict(plan.process.env)


def test_a_fastapi_application_beside_its_pyproject() -> None:
    plan = plan_of({"pyproject.toml": project("fastapi", "uvicorn"), "main.py": FASTAPI})

    assert plan.process.entrypoint == (
        "/opt/venv/bin/uvicorn", "main:app", "--host", "0.0.0.0", "--port", "8000",
    )  # fmt: skip
    assert plan.process.health == HealthPlan(path="/health/ready", port=8000)
    assert plan.application.files == ("main.py",)
    assert plan.base.suites == ("trixie", "bookworm")
    assert (plan.name, plan.version, plan.accelerator) == ("demo", "1.0", "cpu")
    assert environment(plan) == {
        "HOME": "/home/nonroot",
        "LANG": "C.UTF-8",
        "PATH": "/opt/venv/bin:/usr/local/bin:/usr/bin:/bin",
        "PYTHONDONTWRITEBYTECODE": "1",
        "PYTHONUNBUFFERED": "1",
        "SSL_CERT_FILE": "/etc/ssl/certs/ca-certificates.crt",
        "USER": "nonroot",
        "XDG_CACHE_HOME": "/tmp/.cache",
    }


def test_a_src_layout_that_is_a_package_comes_as_a_wheel() -> None:
    plan = plan_of(
        {
            "pyproject.toml": project("fastapi", "uvicorn", more=BUILD_SYSTEM),
            "src/demo/__init__.py": "",
            "src/demo/api.py": FASTAPI,
            "config.yaml": "a: 1\n",
        }
    )

    assert plan.dependencies.installs_project
    assert plan.application.files == ("config.yaml",)
    assert plan.process.entrypoint[1] == "demo.api:app"
    assert "PYTHONPATH" not in environment(plan)


def test_a_src_layout_that_is_no_package_is_found_by_pythonpath() -> None:
    plan = plan_of(
        {
            "pyproject.toml": project("fastapi", "uvicorn"),
            "src/demo/__init__.py": "",
            "src/demo/api.py": FASTAPI,
        }
    )

    assert plan.application.files == ("src/demo/__init__.py", "src/demo/api.py")
    assert plan.process.entrypoint[1] == "demo.api:app"
    assert environment(plan)["PYTHONPATH"] == "/app/src"


def test_a_folder_from_which_imports_are_meant_is_put_on_the_path() -> None:
    plan = plan_of(
        {
            "requirements.txt": "fastapi\nuvicorn\n",
            "backend/main.py": "from model import predict\n" + FASTAPI,
            "backend/model.py": "def predict(): ...\n",
        }
    )

    assert plan.process.entrypoint[1] == "main:app"
    assert environment(plan)["PYTHONPATH"] == "/app/backend"


def test_a_flask_factory_under_gunicorn() -> None:
    plan = plan_of(
        {
            "requirements.txt": "flask==3.1\ngunicorn\n",
            "web/__init__.py": """
from flask import Flask
from .health import health

def create_app(config=None):
    app = Flask(__name__)
    app.register_blueprint(health, url_prefix="/internal")
    return app
""",
            "web/health.py": """
from flask import Blueprint
health = Blueprint("health", __name__, url_prefix="/never")

@health.route("/readyz")
def ready(): ...
""",
        }
    )

    assert plan.process.entrypoint == (
        "/opt/venv/bin/gunicorn", "web:create_app()", "--bind", "0.0.0.0:8000",
        "--worker-tmp-dir", "/dev/shm", "--workers", "1", "--threads", "4", "--timeout", "120",
    )  # fmt: skip
    assert plan.process.health == HealthPlan(path="/internal/readyz", port=8000)


def test_routes_of_routers_in_other_modules_carry_all_prefixes() -> None:
    plan = plan_of(
        {
            "pyproject.toml": project("fastapi[standard]"),
            "app/__init__.py": "",
            "app/main.py": """
from fastapi import FastAPI
from app import settings
from app.routes import health_router

app = FastAPI()
app.include_router(health_router, prefix=settings.PREFIX)
""",
            "app/settings.py": 'BASE = "/api"\nPREFIX = f"{BASE}/v1"\n',
            "app/routes/__init__.py": "from .health import router as health_router\n",
            "app/routes/health.py": """
from fastapi import APIRouter
router = APIRouter(prefix="/health")

@router.post("/ready")
def no(): ...

@router.get("/{name}")
def nor(): ...

@router.get("/ready")
async def ready(): ...
""",
        }
    )

    assert plan.process.entrypoint[1] == "app.main:app"
    assert plan.process.health == HealthPlan(path="/api/v1/health/ready", port=8000)


def test_a_router_with_a_prefix_that_is_not_certain_gives_no_health_path() -> None:
    plan = plan_of(
        {
            "requirements.txt": "fastapi\nuvicorn\n",
            "main.py": """
import os
from fastapi import APIRouter, FastAPI
router = APIRouter()
@router.get("/health")
def health(): ...
app = FastAPI()
app.include_router(router, prefix=os.environ["PREFIX"])
""",
        }
    )

    assert plan.process.health == HealthPlan(path="", port=8000)
    assert [notice.text for notice in plan.notices] == [
        "no health route was found, so the health check only sees whether the port is open",
        "the code does not run without `PREFIX`, which nothing sets",
    ]


def test_a_starlette_application_with_listed_routes() -> None:
    plan = plan_of(
        {
            "requirements.txt": "starlette\nhypercorn\n",
            "server.py": """
from starlette.applications import Starlette
from starlette.routing import Mount, Route

def live(request): ...

application = Starlette(routes=[Mount("/ops", routes=[Route("/livez", live)])])
""",
        }
    )

    assert plan.process.entrypoint == (
        "/opt/venv/bin/hypercorn", "server:application", "--bind", "0.0.0.0:8000",
    )  # fmt: skip
    assert plan.process.health == HealthPlan(path="/ops/livez", port=8000)
    assert environment(plan)["PYTHONPATH"] == "/app"


def test_a_gradio_script() -> None:
    plan = plan_of(
        {
            "requirements.txt": "gradio\nmatplotlib\n",
            "app.py": """
import gradio as gr
with gr.Blocks() as demo:
    gr.Markdown("hello")
if __name__ == "__main__":
    demo.launch(server_port=7861)
""",
        }
    )

    assert plan.process.entrypoint == ("/opt/venv/bin/python", "app.py")
    assert plan.process.health == HealthPlan(path="/", port=7861)
    env = environment(plan)
    assert env["GRADIO_SERVER_NAME"] == "0.0.0.0"
    assert env["GRADIO_SERVER_PORT"] == "7861"
    assert env["HF_HOME"] == "/tmp/.cache/huggingface"
    assert env["MPLCONFIGDIR"] == "/tmp/.cache/matplotlib"


def test_a_gradio_interface_mounted_into_fastapi_is_served_as_fastapi() -> None:
    plan = plan_of(
        {
            "requirements.txt": "gradio\n",
            "main.py": """
import gradio as gr
from fastapi import FastAPI
app = FastAPI()

@app.get("/healthz")
def health(): ...

demo = gr.Interface(lambda x: x, "text", "text")
app = gr.mount_gradio_app(app, demo, path="/ui")
""",
        }
    )

    assert plan.process.entrypoint[:2] == ("/opt/venv/bin/uvicorn", "main:app")
    assert plan.process.health == HealthPlan(path="/healthz", port=8000)


def test_a_streamlit_application_with_pages() -> None:
    plan = plan_of(
        {
            "requirements.txt": "streamlit\n",
            "Home.py": "import streamlit as st\nfrom charts import draw\nst.title('x')\n",
            "charts.py": "import streamlit as st\ndef draw(): ...\n",
            "pages/One.py": "import streamlit as st\n",
            ".streamlit/config.toml": "[server]\nport = 8600\n",
            ".streamlit/secrets.toml": "key = 'x'\n",
        }
    )

    assert plan.process.entrypoint[:3] == ("/opt/venv/bin/streamlit", "run", "Home.py")
    assert "--server.port=8600" in plan.process.entrypoint
    assert plan.process.health == HealthPlan(path="/_stcore/health", port=8600)
    assert plan.application.files == (
        ".streamlit/config.toml", "Home.py", "charts.py", "pages/One.py",
    )  # fmt: skip


def test_a_plain_script_listens_on_nothing_and_has_no_health_check() -> None:
    plan = plan_of({"requirements.txt": "numpy\n", "main.py": "print('hello')\n"})

    assert plan.process.entrypoint == ("/opt/venv/bin/python", "main.py")
    assert (plan.process.port, plan.process.health) == (None, None)


def test_a_package_with_a_main_module_is_started_as_one() -> None:
    plan = plan_of({"requirements.txt": "numpy\n", "tool/__main__.py": "print(1)\n"})

    assert plan.process.entrypoint == ("/opt/venv/bin/python", "-m", "tool")


def test_the_only_console_script_is_started() -> None:
    plan = plan_of(
        {
            "pyproject.toml": project(
                "fastapi", "uvicorn", more='[project.scripts]\nserve = "demo.cli:main"\n' + BUILD_SYSTEM
            ),
            "src/demo/__init__.py": "",
            "src/demo/cli.py": """
import os, uvicorn
PORT = int(os.getenv("PORT", "9000"))
def main():
    uvicorn.run("demo.api:app", host="127.0.0.1", port=PORT)
""",
            "src/demo/api.py": FASTAPI,
        }
    )  # fmt: skip

    assert plan.process.entrypoint == ("/opt/venv/bin/serve",)
    assert plan.process.health == HealthPlan(path="/health/ready", port=9000)
    assert [notice.text for notice in plan.notices] == [
        "`src/demo/cli.py` listens on 127.0.0.1, which nothing outside the container reaches"
    ]


def test_of_several_console_scripts_the_one_named_like_the_project_is_started() -> None:
    scripts = '[project.scripts]\nDemo = "demo:main"\ntrain = "demo:train"\n'
    plan = plan_of({"pyproject.toml": project(more=scripts + BUILD_SYSTEM), "demo.py": ""})

    assert plan.process.entrypoint == ("/opt/venv/bin/Demo",)


def test_several_console_scripts_are_listed_and_none_is_guessed() -> None:
    scripts = '[project.scripts]\nserve = "demo:main"\ntrain = "demo:train"\n'

    with pytest.raises(PlanError) as caught:
        plan_of({"pyproject.toml": project(more=scripts + BUILD_SYSTEM), "demo.py": ""})

    assert caught.value.message == (
        "pyproject.toml: [project.scripts] has several programs, and none is named like the"
        " project: `serve`, `train`"
    )
    assert caught.value.hint == 'choose one: `entrypoint = ["serve"]` in [tool.boxwright]'


def test_a_web_application_without_a_server_is_refused_with_the_way_out() -> None:
    with pytest.raises(PlanError) as caught:
        plan_of({"pyproject.toml": project("fastapi", "gunicorn"), "main.py": FASTAPI})

    assert caught.value.message == (
        "main.py:2: the FastAPI application `main:app` has no server: none of `uvicorn`,"
        " `hypercorn`, `granian` is among the dependencies; `gunicorn` does not serve ASGI"
    )
    assert caught.value.hint == "add it: `uv add uvicorn`; or set `entrypoint`"


def test_no_entry_point_names_what_was_looked_for() -> None:
    with pytest.raises(PlanError, match=r"nothing to start was found: no \[project.scripts\]"):
        plan_of({"requirements.txt": "numpy\n", "lib.py": "x = 1\n", "model.py": ""})


def test_a_file_that_is_no_python_is_named_where_nothing_else_can_be_started() -> None:
    with pytest.raises(PlanError, match=r"`api.py` cannot be read as Python: .* \(api.py:2\)"):
        plan_of(
            {"requirements.txt": "fastapi\n", "api.py": "from fastapi import FastAPI\napp = = 1\n"}
        )


@pytest.mark.parametrize(
    ("words", "argv", "port"),
    [
        ('["serve", "--port", "9001"]', ("/opt/venv/bin/serve", "--port", "9001"), 9001),
        ('"python -m demo"', ("/opt/venv/bin/python", "-m", "demo"), None),
        ('"jobs/run.py --fast"', ("/opt/venv/bin/python", "jobs/run.py", "--fast"), None),
        ('["/usr/bin/env"]', ("/usr/bin/env",), None),
        (
            '"other:api"',
            ("/opt/venv/bin/uvicorn", "other:api", "--host", "0.0.0.0", "--port", "8000"),
            8000,
        ),
    ],
)
def test_the_entry_point_of_the_settings_goes_first(
    words: str, argv: tuple[str, ...], port: int | None
) -> None:
    plan = plan_of(
        {
            "requirements.txt": "fastapi\nuvicorn\n",
            "main.py": FASTAPI,
            "other.py": "from fastapi import FastAPI\napi = FastAPI()\n",
            "jobs/run.py": "",
        },
        f"entrypoint = {words}",
    )

    assert (plan.process.entrypoint, plan.process.port) == (argv, port)


@pytest.mark.parametrize(
    ("requires", "preferred", "suites"),
    [
        (">=3.11", "", ("trixie", "bookworm")),
        (">=3.12", "", ("trixie",)),
        ("~=3.11.0", "", ("bookworm",)),
        (">=3.10,<3.13", "", ("bookworm",)),
        (">=3.11", "3.11\n", ("bookworm", "trixie")),
        (">=3.11", "3.12.4\n", ("trixie", "bookworm")),
        (">=3.11.4", "", ("trixie",)),
    ],
)
def test_the_base_follows_the_python_that_the_project_wants(
    requires: str, preferred: str, suites: tuple[str, ...]
) -> None:
    files = {"pyproject.toml": project(more=f'requires-python = "{requires}"'), "main.py": ""}
    if preferred:
        files[".python-version"] = preferred

    assert plan_of(files).base.suites == suites


@pytest.mark.parametrize(
    ("requires", "minor"), [("<3.11", "3.10"), ("==3.12.*", "3.12"), (">=3.14", "3.14")]
)
def test_a_python_that_debian_lacks_is_planned_and_refused_by_a_direct_build(
    requires: str, minor: str
) -> None:
    plan = plan_of(
        {"pyproject.toml": project(more=f'requires-python = "{requires}"'), "main.py": ""}
    )

    assert plan.images is not None
    assert (plan.base.suites, plan.images.python_version) == ((), minor)
    with pytest.raises(PlanError) as caught:
        required_suites(plan)
    assert caught.value.message == (
        f"pyproject.toml:5: `requires-python` is `{requires}`, but the Pythons that Debian supports"
        " are 3.13.5 (trixie) and 3.11.2 (bookworm)"
    )


def test_a_python_that_no_image_has_is_refused() -> None:
    with pytest.raises(PlanError) as caught:
        plan_of({"pyproject.toml": project(more='requires-python = ">=4"'), "main.py": ""})

    assert caught.value.message == (
        "pyproject.toml:5: `requires-python` is `>=4`, which none of the Pythons with public images"
        " is: 3.8.20, 3.9.25, 3.10.21, 3.11.16, 3.12.14, 3.13.15, 3.14.7"
    )


def test_a_python_of_the_settings_that_debian_lacks_is_refused_by_a_direct_build() -> None:
    plan = plan_of({"requirements.txt": "numpy\n", "main.py": ""}, 'python = "3.12"')

    with pytest.raises(PlanError) as caught:
        required_suites(plan)

    assert caught.value.message == (
        "boxwright.toml: python: `3.12` is not what Debian has or fits no other setting of"
        " `boxwright.toml`: 3.13.5 (trixie) and 3.11.2 (bookworm)"
    )
    assert caught.value.hint == (
        "choose one of Python 3.13 (trixie), 3.11 (bookworm), or build with the Dockerfile that"
        " `boxwright init` writes"
    )


def test_a_requires_python_that_is_none_is_refused() -> None:
    with pytest.raises(PlanError, match="which is no version specifier"):
        plan_of({"pyproject.toml": project(more='requires-python = "three"'), "main.py": ""})


def test_settings_that_contradict_the_project_are_refused() -> None:
    with pytest.raises(PlanError, match=r"boxwright.toml: python: `3.11` is not admitted by"):
        plan_of(
            {"pyproject.toml": project(more='requires-python = ">=3.12"'), "main.py": ""},
            'python = "3.11"',
        )


def test_settings_override_what_was_found() -> None:
    plan = plan_of(
        {"pyproject.toml": project("fastapi", "uvicorn"), "main.py": FASTAPI},
        """
name = "Other Name"
port = 9000
user = "1001:0"
variant = "slim"
accelerator = "cuda"
bytecode = "none"
env = { PYTHONUNBUFFERED = "0", MODE = "x" }
health = { path = "/up", interval = 5 }
labels = { team = "vision" }
layers = { budget = 9 }
""",
    )

    assert plan.name == "other-name"
    assert plan.process.entrypoint[-1] == "9000"
    assert plan.process.health == HealthPlan(path="/up", port=9000, interval=5)
    assert (plan.process.user, plan.base.variant, plan.accelerator) == ("1001:0", "slim", "cuda")
    assert (plan.layers.budget, plan.layers.bytecode) == (9, "none")
    assert plan.labels == (("team", "vision"),)
    env = environment(plan)
    assert (env["PYTHONUNBUFFERED"], env["MODE"], env["HOME"]) == ("0", "x", "/tmp")


@pytest.mark.parametrize(
    ("files", "signal"),
    [
        pytest.param(
            {"requirements.txt": "fastapi\nuvicorn\n", "main.py": FASTAPI}, "SIGTERM", id="server"
        ),
        pytest.param({"requirements.txt": "", "main.py": "print()\n"}, "SIGINT", id="script"),
        pytest.param(
            {
                "requirements.txt": "",
                "main.py": "import signal\nsignal.signal(signal.SIGTERM, print)\n",
            },
            "SIGTERM",
            id="script that handles it",
        ),
        pytest.param(
            {
                "requirements.txt": "gradio\n",
                "app.py": "import gradio as gr\ndemo = gr.Blocks()\ndemo.launch()\n",
            },
            "SIGINT",
            id="gradio",
        ),
    ],
)
def test_the_process_is_stopped_by_a_signal_that_it_heeds(
    files: dict[str, str], signal: str
) -> None:
    plan = plan_of(files)

    assert plan.process.stop_signal == signal


@pytest.mark.parametrize("platform", ["windows/amd64", "linux", "linux/s390x", "", "linux//"])
def test_a_platform_without_a_base_is_refused(platform: str) -> None:
    tree = MemoryTree({"main.py": b"print()\n"})
    settings = parse_settings(None, None)

    with pytest.raises(PlanError, match="images cannot be built for the platform") as caught:
        make_plan(inspect(tree, settings), settings, default_platform=platform)

    assert "linux/arm64" in caught.value.hint


@pytest.mark.parametrize(
    ("asked", "set_", "wanted"),
    [
        (None, "", ("linux/arm64",)),
        (None, 'platform = ["linux/arm64/v8", "linux/x86_64"]', ("linux/arm64", "linux/amd64")),
        ("linux/amd64", 'platform = "linux/arm64"', ("linux/amd64",)),
        ("linux/amd64, linux/arm64,linux/aarch64", "", ("linux/amd64", "linux/arm64")),
    ],
)
def test_platforms_are_wanted_once_and_by_their_usual_names(
    asked: str | None, set_: str, wanted: tuple[str, ...]
) -> None:
    settings = parse_settings(None, tomllib.loads(set_))

    assert wanted_platforms(asked, settings, "linux/arm64") == wanted


def test_of_several_platforms_it_is_the_plan_of_the_first() -> None:
    tree = MemoryTree({"main.py": b"print()\n"})
    settings = parse_settings(None, None)

    plan = make_plan(inspect(tree, settings), settings, platform="linux/arm64,linux/amd64")

    decision = next(one for one in plan.decisions if one.what == "platform")
    assert plan.platform == "linux/arm64"
    assert (decision.value, decision.why) == (
        "linux/arm64, linux/amd64",
        "asked for on the command line: one plan for all, and one index of their images",
    )


def test_every_decision_has_a_reason_and_the_evidence_has_lines() -> None:
    plan = plan_of({"pyproject.toml": project("fastapi", "uvicorn"), "main.py": FASTAPI})

    assert all(decision.why for decision in plan.decisions)
    entry = next(item for item in plan.decisions if item.what == "entrypoint")
    assert [str(evidence) for evidence in entry.evidence] == ["main.py:2", "pyproject.toml:4"]


def test_libraries_for_gpus_are_pointed_out_in_a_plan_for_the_cpu() -> None:
    plan = plan_of({"requirements.txt": "onnxruntime-gpu\n", "main.py": ""}, 'accelerator = "cpu"')

    assert [notice.text for notice in plan.notices] == [
        "`onnxruntime-gpu` is for GPUs, but the image is planned for the CPU"
    ]


@pytest.mark.parametrize(
    "files",
    [
        {"pyproject.toml": "[project]\nname = 3\n", "main.py": ""},
        {"pyproject.toml": "[project]\ndependencies = 'x'\n", "main.py": ""},
        {"pyproject.toml": "[project]\ndependencies = [1]\n", "main.py": ""},
        {"pyproject.toml": "[project]\ndependencies = ['a b']\n", "main.py": ""},
        {"pyproject.toml": "project = 1\n", "main.py": ""},
        {"pyproject.toml": "tool = 1\n", "main.py": ""},
        {"pyproject.toml": "[project]\nscripts = 1\n", "main.py": ""},
        {"requirements.txt": "-r requirements.txt\n", "main.py": ""},
        {"requirements.txt": "-r ../x.txt\n", "main.py": ""},
        {"pylock.toml": "packages = [", "main.py": ""},
        {".streamlit/config.toml": "x", "main.py": ""},
    ],
)
def test_bad_input_is_an_error_of_ours(files: dict[str, str]) -> None:
    with pytest.raises(BoxwrightError):
        plan_of(files)


def test_a_folder_without_python_is_no_project() -> None:
    with pytest.raises(ProjectError, match=r"has no `pyproject.toml` and no Python file"):
        plan_of({"index.html": "<p>"})


APPLICATION = (
    "from fastapi import FastAPI\n\napp = FastAPI()\n\n\ndef hello() -> None:\n    print(1)\n"
)


def test_a_tool_beside_the_application_is_not_what_is_started() -> None:
    scripts = '[project.scripts]\nhello = "demo:hello"\n'
    pyproject = project("fastapi", "uvicorn", more=scripts + BUILD_SYSTEM)

    plan = plan_of({"pyproject.toml": pyproject, "src/demo/__init__.py": APPLICATION})

    assert plan.process.entrypoint[:2] == ("/opt/venv/bin/uvicorn", "demo:app")


def test_of_several_programs_with_other_names_the_application_is_taken() -> None:
    scripts = '[project.scripts]\nstart = "demo:hello"\ndev = "demo:hello"\n'
    pyproject = project("fastapi", "uvicorn", more=scripts + BUILD_SYSTEM)

    plan = plan_of({"pyproject.toml": pyproject, "src/demo/__init__.py": APPLICATION})

    assert plan.process.entrypoint[:2] == ("/opt/venv/bin/uvicorn", "demo:app")


def test_an_application_whose_framework_is_not_installed_is_an_example() -> None:
    flask = "from flask import Flask\n\napp = Flask(__name__)\n"
    train = "import sklearn\n\nif __name__ == '__main__':\n    print(1)\n"

    plan = plan_of({"requirements.txt": "scikit-learn\n", "utils/api.py": flask, "main.py": train})

    assert plan.process.entrypoint == ("/opt/venv/bin/python", "main.py")
    assert "`utils/api.py` is not started: Flask is not among the dependencies" in [
        notice.text for notice in plan.notices
    ]


def test_the_application_that_has_a_server_goes_first() -> None:
    flask = "from flask import Flask\n\napp = Flask(__name__)\n"
    fastapi = "from fastapi import FastAPI\n\napp = FastAPI()\n"

    plan = plan_of(
        {"requirements.txt": "flask\nfastapi\nuvicorn\n", "app.py": flask, "service.py": fastapi}
    )

    assert plan.process.entrypoint[:2] == ("/opt/venv/bin/uvicorn", "service:app")


def test_a_program_has_no_port_of_an_application_beside_it() -> None:
    flask = 'from flask import Flask\n\napp = Flask(__name__)\napp.run(host="0.0.0.0", port=5000)\n'

    plan = plan_of(
        {"requirements.txt": "scikit-learn\n", "utils/api.py": flask, "main.py": "x = 1\n"}
    )

    assert plan.process.port is None
