"""What a measured TPMT activity means, on the scale of the laboratory that measured it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Self

from cards.knowledge.sources import Citation
from cards.knowledge.tables import Row, Tables
from cards.model.genes import EnzymeActivity, Phenotype

_LOW_CODES = ("L", "LL")
_NORMAL_CODES = ("N",)
_HIGH_CODES = ("H", "HH")
_ABOVE = float("inf")


@dataclass(frozen=True, slots=True)
class ActivityVerdict:
    """What an activity says, or why it says nothing."""

    phenotype: Phenotype | None
    why: str
    is_below_normal: bool | None = None  # None: not known; True also where the phenotype is not clear
    citation: Citation | None = None  # of the laboratory's scale


@dataclass(frozen=True, slots=True)
class _ActivityScale:
    name: str
    unit: str
    deficient_below: float
    low_from: float  # above deficient_below where the laboratory leaves a gap
    normal_from: float
    normal_to: float
    citation: Citation


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class ActivityScales:
    """The scales of laboratories by their units, and the spellings of those units."""

    scales: Mapping[str, _ActivityScale]
    units: Mapping[str, str]  # spelled without spaces; case is kept: a milliunit is not a megaunit

    @classmethod
    def read(cls, tables: Tables) -> Self:
        """The verified rows of tpmt_activity.csv, and those of tpmt_activity_units.csv."""
        return cls(
            {
                row.text("unit"): _scale(row)
                for row in tables.rows("tpmt_activity")
                if row.flag("is_verified")
            },
            {row.text("spelling"): row.text("unit") for row in tables.rows("tpmt_activity_units")},
        )

    def judge(self, activity: EnzymeActivity) -> ActivityVerdict:
        """The phenotype of an activity, as far as its unit and its laboratory allow.

        A known unit is judged on the scale of the laboratory that reports in it, unless the report's
        own reference range is another one. Else the report's own range, or its interpretation code, can
        only tell normal from below normal: deficient and intermediate then cannot be told apart, and the
        phenotype stays None. A number without a unit is never compared with anything. Where the
        laboratory's interpretation contradicts the scale, neither is believed.
        """
        scale = self._scale_of(activity)
        if scale is not None and activity.value is not None:
            verdict = _on_scale(activity, scale)
        elif activity.unit and activity.value is not None and activity.reference_low is not None:
            verdict = _in_own_range(activity, activity.reference_low)
        else:
            return _as_interpreted(activity)
        return _unless_contradicted(verdict, activity)

    def _scale_of(self, activity: EnzymeActivity) -> _ActivityScale | None:
        unit = self.units.get("".join((activity.unit or "").split()))
        scale = self.scales.get(unit) if unit else None
        if scale is None or activity.reference_low not in (None, scale.normal_from):
            return None
        return scale


def _on_scale(activity: EnzymeActivity, scale: _ActivityScale) -> ActivityVerdict:
    low, high = _span(activity)
    where = f"on the {scale.name} scale ({scale.unit}, normal {scale.normal_from:g}-{scale.normal_to:g})"
    if low >= scale.normal_from:
        above = "above normal" if low > scale.normal_to else "normal"
        return ActivityVerdict(Phenotype.NORMAL, f"The activity is {above} {where}.", False, scale.citation)
    if _is_below(high, scale.deficient_below, activity):
        return ActivityVerdict(Phenotype.POOR, f"The activity is deficient {where}.", True, scale.citation)
    is_below_normal = _is_below(high, scale.normal_from, activity)
    if low >= scale.low_from and is_below_normal:
        return ActivityVerdict(Phenotype.INTERMEDIATE, f"The activity is low {where}.", True, scale.citation)
    if is_below_normal:
        why = f"The activity is below normal {where}, but low and deficient cannot be told apart."
        return ActivityVerdict(None, f"{why} Ask for the genotype.", True, scale.citation)
    why = f"The activity is given as a bound that spans more than one band {where}."
    return ActivityVerdict(None, why, None, scale.citation)


def _in_own_range(activity: EnzymeActivity, reference_low: float) -> ActivityVerdict:
    low, high = _span(activity)
    if low >= reference_low:
        return ActivityVerdict(
            Phenotype.NORMAL, "The activity is not below the laboratory's own reference range.", False
        )
    if _is_below(high, reference_low, activity):
        why = "The activity is below the laboratory's own reference range; without its scale, low and "
        return ActivityVerdict(None, f"{why}deficient cannot be told apart. Ask for the genotype.", True)
    return ActivityVerdict(None, "The activity is given as a bound that its reference range does not settle.")


def _as_interpreted(activity: EnzymeActivity) -> ActivityVerdict:
    code = (activity.interpretation or "").upper()
    if code in _LOW_CODES:
        why = f"The laboratory marks the activity {code}; low and deficient cannot be told apart from that."
        return ActivityVerdict(None, f"{why} Ask for the genotype.", True)
    if code in _NORMAL_CODES:
        return ActivityVerdict(Phenotype.NORMAL, "The laboratory marks the activity as normal.", False)
    if code in _HIGH_CODES:
        return ActivityVerdict(Phenotype.NORMAL, "The laboratory marks the activity as high.", False)
    if activity.value is None:
        return ActivityVerdict(None, "The activity has no value and no interpretation.")
    if not activity.unit:
        return ActivityVerdict(None, "The activity has no unit: the number alone means nothing.")
    why = f"No scale is known for an activity in {activity.unit}, and the report has no reference range."
    return ActivityVerdict(None, why)


def _unless_contradicted(verdict: ActivityVerdict, activity: EnzymeActivity) -> ActivityVerdict:
    marked = _as_interpreted(activity).is_below_normal
    if None in (marked, verdict.is_below_normal) or marked == verdict.is_below_normal:
        return verdict
    why = f"{verdict.why} The laboratory's own mark {activity.interpretation} contradicts this."
    return ActivityVerdict(None, why, None, verdict.citation)


def _span(activity: EnzymeActivity) -> tuple[float, float]:
    """The lowest and highest activity that the result may mean."""
    value = activity.value or 0.0
    if activity.comparator in ("<", "<="):
        return 0.0, value
    return value, _ABOVE if activity.comparator in (">", ">=") else value


def _is_below(highest: float, limit: float, activity: EnzymeActivity) -> bool:
    return highest < limit or (highest == limit and activity.comparator == "<")


def _scale(row: Row) -> _ActivityScale:
    return _ActivityScale(
        name=row.text("scale"),
        unit=row.text("unit"),
        deficient_below=row.number("deficient_below"),
        low_from=row.number("low_from"),
        normal_from=row.number("normal_from"),
        normal_to=row.number("normal_to"),
        citation=row.citation(),
    )
