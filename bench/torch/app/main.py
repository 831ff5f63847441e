"""A service around a small PyTorch network, for the benchmark: `uvicorn main:app`."""

import torch
from fastapi import FastAPI
from pydantic import BaseModel, Field

FEATURES = 16

torch.manual_seed(0)
torch.set_num_threads(1)
network = torch.nn.Sequential(
    torch.nn.Linear(FEATURES, 32), torch.nn.ReLU(), torch.nn.Linear(32, 3)
).eval()
app = FastAPI(title="bench-torch")


class Question(BaseModel):
    values: list[float] = Field(min_length=FEATURES, max_length=FEATURES)


class Answer(BaseModel):
    kind: int


@app.post("/predict")
def predict(question: Question) -> Answer:
    with torch.inference_mode():
        scores = network(torch.tensor([question.values]))
    return Answer(kind=int(scores.argmax()))


@app.get("/health/live")
def live() -> dict[str, str]:
    return {"status": "alive"}


@app.get("/health/ready")
def ready() -> dict[str, str]:
    predict(Question(values=[0.0] * FEATURES))
    return {"status": "ready"}
