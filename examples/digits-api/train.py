"""
Train the model and write it: `python train.py`.

The same file comes out on any machine: the data are part of scikit-learn, the optimum is
unique and reached far more closely than the three decimals that are kept.
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
from safetensors.numpy import save_file
from sklearn.datasets import load_digits
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import train_test_split

SEED = 7


def train(path: Path) -> float:
    """Train, write the model to *path*, and return its accuracy on digits it has not seen."""
    digits = load_digits()
    seen, unseen, seen_digits, unseen_digits = train_test_split(
        digits.data, digits.target, test_size=0.25, random_state=SEED, stratify=digits.target
    )
    classifier = LogisticRegression(C=0.01, solver="newton-cg", tol=1e-9, max_iter=1000)
    classifier.fit(seen, seen_digits)
    classifier.coef_ = classifier.coef_.round(3)
    classifier.intercept_ = classifier.intercept_.round(3)
    path.parent.mkdir(exist_ok=True)
    save_file(
        {
            # safetensors writes memory as it lies, and newton-cg's result lies by columns.
            "coefficients": np.ascontiguousarray(classifier.coef_),
            "intercepts": classifier.intercept_,
            "classes": classifier.classes_.astype(np.int64),
            # The readiness probe asks for this one.
            "sample": unseen[0],
            "sample_digit": unseen_digits[:1].astype(np.int64),
        },
        path,
    )
    return float(classifier.score(unseen, unseen_digits))


if __name__ == "__main__":
    accuracy = train(Path(__file__).parent / "model" / "digits.safetensors")
    sys.stdout.write(f"accuracy on unseen digits: {accuracy:.3f}\n")
