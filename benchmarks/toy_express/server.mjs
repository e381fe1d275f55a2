// What a tutorial's service does, on Express: see toy_flask.py. Run as `node server.mjs PORT`.

import express from "express";

const WHITE_CELLS = "6690-2";
const app = express();
app.use(express.json({ limit: "20mb" }));

app.post("/cds-services/thiopurine-order-sign", (request, response) => {
  const { context, prefetch } = request.body;
  const drafts = context.draftOrders.entry.map((entry) => entry.resource);
  const drug = drafts.find((one) => one.resourceType === "MedicationRequest").medicationCodeableConcept.text;
  const newest = observations(prefetch)
    .filter((one) => (one.code.coding ?? []).some((coding) => coding.code === WHITE_CELLS))
    .reduce((a, b) => (a.effectiveDateTime >= b.effectiveDateTime ? a : b));
  const { value, unit } = newest.valueQuantity;
  const summary = `${drug}: leukocytes ${value} ${unit} on ${newest.effectiveDateTime.slice(0, 10)}`;
  response.json({ cards: [{ summary, indicator: "info", source: { label: "Toy" } }] });
});

function observations(prefetch) {
  return Object.values(prefetch)
    .filter((one) => one?.resourceType === "Bundle")
    .flatMap((bundle) => (bundle.entry ?? []).map((entry) => entry.resource))
    .filter((one) => one.resourceType === "Observation");
}

app.listen(Number(process.argv[2]), "127.0.0.1");
