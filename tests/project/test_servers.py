"""Servers are found however they are started, with their routes, metrics and ports."""

from __future__ import annotations

import pytest
from tests.project.inspected import inspected


@pytest.mark.parametrize(
    ("framework", "interface", "name", "source"),
    [
        ("litserve", "script", "", """
            import litserve as ls
            class Api(ls.LitAPI): ...
            if __name__ == "__main__":
                server = ls.LitServer(Api())
                server.run(port=8001)
        """),
        ("bentoml", "bentoml", "Scorer", """
            import bentoml
            @bentoml.service(resources={"cpu": "1"})
            class Encoder: ...
            @bentoml.service
            class Scorer:
                encoder = bentoml.depends(Encoder)
        """),
        ("bentoml", "bentoml", "svc", """
            import bentoml
            svc = bentoml.Service("digits", runners=[])
        """),
        ("ray", "ray", "app", """
            from ray import serve
            from fastapi import FastAPI
            api = FastAPI()
            @serve.deployment
            @serve.ingress(api)
            class Model: ...
            app = Model.bind()
        """),
        ("ray-script", "script", "", """
            import ray
            from ray import serve
            @serve.deployment
            class Model: ...
            if __name__ == "__main__":
                ray.init()
                serve.run(Model.bind(), blocking=True)
        """),
        ("sanic", "sanic", "app", """
            from sanic import Sanic
            app = Sanic("digits")
        """),
        ("aiohttp-app", "aiohttp", "make_app", """
            from aiohttp import web
            async def make_app():
                app = web.Application()
                return app
        """),
        ("aiohttp", "script", "", """
            from aiohttp import web
            def main():
                app = web.Application()
                web.run_app(app, port=9000)
            if __name__ == "__main__":
                main()
        """),
        ("falcon", "wsgi", "app", "import falcon\napp = falcon.App()\n"),
        ("falcon-asgi", "asgi", "app", "import falcon.asgi\napp = falcon.asgi.App()\n"),
        ("tornado", "script", "", """
            import tornado.web
            if __name__ == "__main__":
                app = tornado.web.Application([(r"/health", object)])
                app.listen(8888)
        """),
        ("dash", "wsgi", "server", """
            from dash import Dash
            app = Dash(__name__)
            server = app.server
            if __name__ == "__main__":
                app.run()
        """),
        ("dash-script", "script", "", """
            import dash
            app = dash.Dash(__name__)
            if __name__ == "__main__":
                app.run_server(debug=False)
        """),
        ("panel", "panel", "", """
            import panel as pn
            pn.template.FastListTemplate(title="x").servable()
        """),
        ("chainlit", "chainlit", "", """
            import chainlit as cl
            @cl.on_message
            async def main(message): ...
        """),
        ("marimo", "marimo", "", """
            import marimo
            app = marimo.App()
            @app.cell
            def _(): ...
        """),
        ("nicegui", "script", "", """
            from nicegui import ui
            ui.label("x")
            ui.run(port=8080)
        """),
        ("grpc", "script", "", """
            import grpc
            def serve():
                server = grpc.server(None)
                server.add_insecure_port("[::]:50052")
                server.start()
            if __name__ == "__main__":
                serve()
        """),
        ("kserve", "script", "", """
            import kserve
            class Model(kserve.Model): ...
            if __name__ == "__main__":
                kserve.ModelServer().start([Model("m")])
        """),
        ("fastapi", "script", "", """
            import uvicorn
            from fastapi import FastAPI
            def main():
                app = FastAPI()
                @app.get("/health")
                def health(): ...
                uvicorn.run(app, port=8000)
            if __name__ == "__main__":
                main()
        """),
        ("flask", "wsgi", "app", """
            from flask import Flask
            app = Flask(__name__)
            if __name__ == "__main__":
                app.run(host="0.0.0.0", port=5001)
        """),
    ],
)  # fmt: skip
def test_a_server_is_found(framework: str, interface: str, name: str, source: str) -> None:
    found = inspected({"serve.py": source}).applications

    assert [(each.framework, each.interface, each.name, each.path) for each in found] == [
        (framework, interface, name, "serve.py")
    ]


def test_a_model_of_mlflow_is_a_server() -> None:
    found = inspected({"main.py": "", "models/churn/MLmodel": "", "models/churn/model.pkl": "x"})

    assert [(each.framework, each.path) for each in found.applications] == [
        ("mlflow", "models/churn")
    ]


@pytest.mark.parametrize(
    ("source", "number", "variable"),
    [
        ("app.run(host='0.0.0.0', port=5001)", 5001, ""),
        ("app.run('0.0.0.0', 5002)", 5002, ""),
        ("import os\nimport uvicorn\nuvicorn.run(app, port=int(os.environ.get('PORT', 8080)))",
         8080, "PORT"),
        (("import argparse, uvicorn\np = argparse.ArgumentParser()\n"
         "p.add_argument('--port', type=int, default=7000)\nargs = p.parse_args()\n"
         "uvicorn.run(app, port=args.port)"), 7000, ""),
        ("from waitress import serve\nserve(app, port=8081)", 8081, ""),
    ],
)  # fmt: skip
def test_the_port_is_found(source: str, number: int, variable: str) -> None:
    found = inspected({"app.py": f"from flask import Flask\napp = Flask('x')\n{source}\n"})

    assert [(each.number, each.variable) for each in found.ports] == [(number, variable)]


def test_a_port_in_settings_of_pydantic_is_found() -> None:
    found = inspected(
        {
            "app/config.py": """
                from pydantic_settings import BaseSettings
                class Settings(BaseSettings):
                    port: int = 9001
                settings = Settings()
            """,
            "app/main.py": """
                import uvicorn
                from fastapi import FastAPI
                from app.config import settings
                app = FastAPI()
                if __name__ == "__main__":
                    uvicorn.run("app.main:app", port=settings.port)
            """,
        }
    )

    assert [(each.number, str(each.evidence)) for each in found.ports] == [(9001, "app/main.py:7")]


def test_ports_in_the_configuration_of_gunicorn_and_in_a_procfile_are_found() -> None:
    found = inspected(
        {
            "gunicorn.conf.py": "import os\nbind = f\"0.0.0.0:{os.environ.get('PORT', '8003')}\"\n",
            "Procfile": "web: gunicorn app:app --bind 0.0.0.0:8004\nworker: python -m jobs\n",
            "app.py": "from flask import Flask\napp = Flask('x')\n",
        }
    )

    assert [(each.number, each.variable, str(each.evidence)) for each in found.ports] == [
        (8003, "PORT", "gunicorn.conf.py:2"),
        (8004, "", "Procfile:1"),
    ]
    assert [(each.name, each.words) for each in found.commands] == [
        ("web", ("gunicorn", "app:app", "--bind", "0.0.0.0:8004")),
        ("worker", ("python", "-m", "jobs")),
    ]


def test_the_procfile_says_which_application_is_the_web_service() -> None:
    flask = "from flask import Flask\napp = Flask('x')\n"
    found = inspected(
        {"main.py": flask, "other.py": flask, "Procfile": "web: gunicorn other:app\n"}
    )

    assert [each.path for each in found.applications] == ["other.py", "main.py"]


def test_what_boxwright_wrote_itself_is_no_evidence() -> None:
    mark = "# Generated by boxwright 1.0 from the plan.\n"
    found = inspected(
        {
            "main.py": "print(1)",
            "Dockerfile": f"{mark}FROM x\nEXPOSE 8000\n",
            "compose.yaml": f"{mark}services:\n  db:\n    image: postgres:18\n",
        }
    )

    assert (found.ports, found.companions) == ((), ())


def test_a_dockerfile_of_somebody_names_the_port() -> None:
    found = inspected({"main.py": "print(1)", "Dockerfile": "FROM x\nEXPOSE 8000\n"})

    assert [each.number for each in found.ports] == [8000]


def test_a_client_on_this_machine_is_no_server_that_nobody_reaches() -> None:
    found = inspected(
        {"main.py": "import uvicorn, redis\nr = redis.Redis(host='localhost')\n"
                    "uvicorn.run(app, host='127.0.0.1')\n"}
    )  # fmt: skip

    assert [str(each.evidence) for each in found.local_hosts] == ["main.py:3"]


def test_routes_come_through_routers_prefixes_and_settings() -> None:
    found = inspected(
        {
            "app/__init__.py": "",
            "app/config.py": """
                from pydantic_settings import BaseSettings
                class Settings(BaseSettings):
                    API: str = "/api/v1"
                def get_settings():
                    return Settings()
                settings = get_settings()
            """,
            "app/routes/health.py": """
                from fastapi import APIRouter
                router = APIRouter(prefix="/health")
                @router.get("/ready")
                async def ready(): ...
                @router.get("/{name}")
                async def named(): ...
                @router.post("/x")
                async def x(): ...
            """,
            "app/routes/__init__.py": """
                from fastapi import APIRouter
                from app.routes import health
                api_router = APIRouter()
                api_router.include_router(health.router)
            """,
            "app/main.py": """
                from fastapi import FastAPI
                from app.config import settings
                from app.routes import api_router
                def create_app() -> FastAPI:
                    app = FastAPI()
                    app.include_router(api_router, prefix=settings.API)
                    return app
            """,
        }
    ).applications  # fmt: skip

    assert [(each.module, each.name, each.is_factory) for each in found] == [
        ("app.main", "create_app", True)
    ]
    assert [(route.path, str(route.evidence)) for route in found[0].routes] == [
        ("/api/v1/health/ready", "app/routes/health.py:4")
    ]


def test_routes_of_blueprints_and_of_classes_are_found() -> None:
    found = inspected(
        {
            "views.py": """
                from flask import Blueprint
                bp = Blueprint("b", __name__, url_prefix="/ops")
                @bp.route("/healthz")
                def health(): ...
            """,
            "app.py": """
                from flask import Flask
                from flask_restful import Api, Resource
                from views import bp
                app = Flask(__name__)
                api = Api(app, prefix="/v1")
                class Ping(Resource): ...
                api.add_resource(Ping, "/ping")
                app.register_blueprint(bp)
            """,
        }
    ).applications

    assert [route.path for route in found[0].routes] == ["/v1/ping", "/ops/healthz"]


def test_django_is_served_from_the_folder_of_its_settings() -> None:
    found = inspected(
        {
            "backend/manage.py": "import os\nos.environ.setdefault('DJANGO_SETTINGS_MODULE', 'site.settings')\n",
            "backend/site/__init__.py": "",
            "backend/site/settings.py": "ROOT_URLCONF = 'site.urls'\n",
            "backend/site/urls.py": """
                from django.urls import include, path
                urlpatterns = [
                    path("health/", view),
                    path("api/", include("api.urls")),
                    path("", include("django_prometheus.urls")),
                ]
            """,
            "backend/api/__init__.py": "",
            "backend/api/urls.py": """
                from django.urls import path
                urlpatterns = [path("<int:pk>/", view), path("status", view)]
            """,
            "backend/site/wsgi.py": """
                import os
                from django.core.wsgi import get_wsgi_application
                os.environ.setdefault("DJANGO_SETTINGS_MODULE", "site.settings")
                application = get_wsgi_application()
            """,
        }
    ).applications

    assert [(each.framework, each.module, each.name, each.root) for each in found] == [
        ("django", "site.wsgi", "application", "backend")
    ]
    assert [route.path for route in found[0].routes] == ["/health/", "/api/status"]
    assert found[0].metrics is not None
    assert found[0].metrics.path == "/metrics"


@pytest.mark.parametrize(
    ("source", "path", "port"),
    [
        (("from prometheus_fastapi_instrumentator import Instrumentator\n"
         "Instrumentator().instrument(app).expose(app)"), "/metrics", None),
        ("from prometheus_client import make_asgi_app\napp.mount('/prom', make_asgi_app())",
         "/prom", None),
        ("from prometheus_client import make_asgi_app\nm = make_asgi_app()\napp.mount('/m', m)",
         "/m", None),
        ("from prometheus_client import generate_latest\n@app.get('/metrics')\ndef m(): ...",
         "/metrics", None),
        (("from starlette_exporter import handle_metrics\n"
         "app.add_route('/metrics', handle_metrics)"), "/metrics", None),
        ("from prometheus_client import start_http_server\nstart_http_server(9100)",
         "/metrics", 9100),
    ],
)  # fmt: skip
def test_metrics_are_found(source: str, path: str, port: int | None) -> None:
    text = f"from fastapi import FastAPI\napp = FastAPI()\n{source}\n"
    found = inspected({"main.py": text}).applications[0].metrics

    assert found is not None
    assert (found.path, found.port) == (path, port)


def test_metrics_of_a_model_are_none_of_prometheus() -> None:
    text = "from fastapi import FastAPI\napp = FastAPI()\n@app.get('/metrics')\ndef m(): ...\n"

    assert inspected({"main.py": text}).applications[0].metrics is None


def test_services_beside_each_other_keep_their_own_applications() -> None:
    fastapi = "from fastapi import FastAPI\nfrom app.x import y\napp = FastAPI()\n@app.get('/{0}')\ndef f(): ...\n"
    found = inspected(
        {
            "services/a/app/main.py": fastapi.format("a"),
            "services/a/app/x.py": "y = 1",
            "services/b/app/main.py": fastapi.format("b"),
            "services/b/app/x.py": "y = 1",
        }
    ).applications

    assert [(each.root, each.module, [r.path for r in each.routes]) for each in found] == [
        ("services/a", "app.main", ["/a"]),
        ("services/b", "app.main", ["/b"]),
    ]


def test_an_application_of_an_example_comes_after_the_projects_own() -> None:
    fastapi = "from fastapi import FastAPI\napp = FastAPI()\n"
    found = inspected({"examples/main.py": fastapi, "package/web/service.py": fastapi})

    assert [each.path for each in found.applications] == [
        "package/web/service.py",
        "examples/main.py",
    ]


def test_a_folder_that_is_no_package_is_the_root() -> None:
    found = inspected({"04-deploy/web/app.py": "from flask import Flask\napp = Flask('x')\n"})

    assert [(each.root, each.module) for each in found.applications] == [("04-deploy", "web.app")]


def test_syntax_of_a_newer_python_does_not_hide_an_application() -> None:
    found = inspected(
        {
            "main.py": """
                from fastapi import FastAPI
                type Name = str
                def first[T](items: list[T]) -> T: ...
                app = FastAPI()
                try:
                    pass
                except ValueError, TypeError:
                    pass
            """
        }
    )

    assert [each.name for each in found.applications] == ["app"]


@pytest.mark.parametrize(
    ("path", "root", "module"),
    [
        ("flask/app/web.py", "flask", "app.web"),
        ("ui/flask/web.py", "ui/flask", "web"),
        ("web/main.py", "", "web.main"),
    ],
)
def test_a_folder_that_is_called_like_a_library_is_no_package(
    path: str, root: str, module: str
) -> None:
    found = inspected({path: "from flask import Flask\napp = Flask('x')\n"}).applications

    assert [(each.root, each.module) for each in found] == [(root, module)]
