"""BodySize: what doses per kilogram and per square metre are multiplied by."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class BodySize:
    """The weight and height used to compute doses; None where the request contains none."""

    weight_kg: float | None = None
    height_cm: float | None = None

    @property
    def surface_m2(self) -> float | None:
        """Body surface by Mosteller, N Engl J Med 1987;317:1098: the root of cm x kg / 3600."""
        if self.weight_kg is None or self.height_cm is None:
            return None
        return round(float((self.weight_kg * self.height_cm / 3600) ** 0.5), 2)
