"""A customer: what is known of one, what is refused, and the numbers that the model sees."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

FEATURES = (
    "tenure_months",
    "monthly_fee",
    "has_yearly_contract",
    "support_tickets",
    "late_payments",
    "days_since_login",
)
"""What `Customer.features` holds, in its order."""


class Customer(BaseModel):
    """What is known of a customer today."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    # PostgreSQL takes no NUL in a text.
    id: Annotated[str, Field(min_length=1, max_length=64, pattern=r"^[^\x00]*$")]
    tenure_months: Annotated[int, Field(ge=0, le=1200)]
    monthly_fee: Annotated[float, Field(ge=0, le=10_000, allow_inf_nan=False)]
    contract: Literal["monthly", "yearly"]
    support_tickets: Annotated[int, Field(ge=0, le=1000)]
    """In the last 90 days."""
    late_payments: Annotated[int, Field(ge=0, le=1000)]
    """In the last 12 months."""
    days_since_login: Annotated[int, Field(ge=0, le=10_000)]

    def features(self) -> tuple[float, ...]:
        """Return the numbers of `FEATURES`."""
        return (
            float(self.tenure_months),
            self.monthly_fee,
            float(self.contract == "yearly"),
            float(self.support_tickets),
            float(self.late_payments),
            float(self.days_since_login),
        )
