"""The service: `uvicorn main:app`."""

from pathlib import Path

from sentiment.service import make_app

app = make_app(Path(__file__).parent / "model" / "sentiment.safetensors")
