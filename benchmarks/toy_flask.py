"""What a tutorial's service does: parse, find the drafted drug and the newest white cell count, answer one card.

A floor for a service in Flask, not a service: it trusts every field.
"""

from typing import Any

from flask import Flask, jsonify, request
from flask.typing import ResponseReturnValue

_WHITE_CELLS = "6690-2"
app = Flask(__name__)


@app.post("/cds-services/thiopurine-order-sign")
def order_sign() -> ResponseReturnValue:
    """One card about the draft order and the newest white cell count."""
    call = request.get_json()
    drafts = [entry["resource"] for entry in call["context"]["draftOrders"]["entry"]]
    drug = next(
        one["medicationCodeableConcept"]["text"]
        for one in drafts
        if one["resourceType"] == "MedicationRequest"
    )
    counts = [one for one in _observations(call["prefetch"]) if _is_white_cells(one)]
    newest = max(counts, key=lambda one: one["effectiveDateTime"])
    value = newest["valueQuantity"]
    card = {
        "summary": f"{drug}: leukocytes {value['value']} {value['unit']} on {newest['effectiveDateTime'][:10]}",
        "indicator": "info",
        "source": {"label": "Toy"},
    }
    return jsonify(cards=[card])


def _observations(prefetch: dict[str, Any]) -> list[dict[str, Any]]:
    bundles = [one for one in prefetch.values() if one and one["resourceType"] == "Bundle"]
    found = [entry["resource"] for bundle in bundles for entry in bundle.get("entry", ())]
    return [one for one in found if one["resourceType"] == "Observation"]


def _is_white_cells(observation: dict[str, Any]) -> bool:
    return any(coding["code"] == _WHITE_CELLS for coding in observation["code"].get("coding", ()))
