// The draft orders of the page: a FHIR Bundle that suggestions and the order form change.

const UCUM = "http://unitsofmeasure.org";
const WORDS = {
  "1/1/d": "once a day",
  "2/1/d": "twice a day",
  "3/1/d": "three times a day",
  "1/2/d": "every other day",
  "1/1/wk": "once a week",
};

export const resourcesIn = (bundle) => (bundle?.entry ?? []).map((entry) => entry.resource).filter(Boolean);

export const bundleOf = (resources) => ({
  resourceType: "Bundle",
  type: "collection",
  ...(resources.length ? { entry: resources.map((resource) => ({ resource })) } : {}),
});

export const referenceTo = (resource) => `${resource.resourceType}/${resource.id}`;

// CDS Hooks 2.0.1, "Action": a create adds, an update replaces the whole resource, a delete names it.
export function withActions(resources, actions) {
  return actions.reduce(withAction, resources);
}

function withAction(resources, action) {
  if (action.type === "create") {
    return [...resources, { ...action.resource, id: action.resource.id ?? crypto.randomUUID() }];
  }
  if (action.type === "update") {
    const changed = referenceTo(action.resource);
    return resources.map((one) => (referenceTo(one) === changed ? action.resource : one));
  }
  const gone = [action.resourceId].flat();
  return resources.filter((one) => !gone.includes(referenceTo(one)));
}

export function without(resources, reference) {
  return resources.filter((one) => referenceTo(one) !== reference);
}

// An order as an EHR's form would write it; what is not filled in is left out, never guessed.
// Of an order that is being changed everything stays that the form does not show.
export function orderFrom(form, patientId, earlier) {
  const { dosageInstruction: _shown, ...kept } = earlier ?? {};
  const order = {
    resourceType: "MedicationRequest",
    id: crypto.randomUUID(),
    status: "draft",
    intent: "order",
    subject: { reference: `Patient/${patientId}` },
    authoredOn: new Date().toISOString().slice(0, 10),
    ...kept,
  };
  if (!earlier || form.text !== nameOf(earlier)) {
    delete order.medicationReference;
    order.medicationCodeableConcept = { ...(form.coding ? { coding: [form.coding] } : {}), text: form.text };
  }
  if (form.reason) order.reasonCode = [{ coding: [form.reason], text: form.reason.display }];
  const dosage = dosageFrom(form);
  if (dosage) order.dosageInstruction = [dosage];
  // A dosage that the form could not show is not lost because something else was changed.
  else if (earlier?.dosageInstruction && formOf(earlier).doseMg === "") order.dosageInstruction = earlier.dosageInstruction;
  return order;
}

// What the form shows of an order; a dose that it cannot show, or only in part, is to be written anew.
export function formOf(resource) {
  const [dosage, ...more] = resource.dosageInstruction ?? [];
  const quantity = dosage?.doseAndRate?.[0]?.doseQuantity;
  const repeat = dosage?.timing?.repeat ?? {};
  const frequency = `${repeat.frequency}/${repeat.period}/${repeat.periodUnit}`;
  const isShown = !more.length && quantity?.code === "mg" && frequency in WORDS;
  return {
    text: nameOf(resource),
    doseMg: isShown ? quantity.value : "",
    frequency: isShown ? frequency : "",
  };
}

function dosageFrom({ doseMg, frequency }) {
  if (!(doseMg > 0)) return null;
  const dosage = {
    doseAndRate: [{ doseQuantity: { value: doseMg, unit: "mg", system: UCUM, code: "mg" } }],
  };
  if (frequency) {
    const [times, period, periodUnit] = frequency.split("/");
    dosage.timing = { repeat: { frequency: Number(times), period: Number(period), periodUnit } };
  }
  return dosage;
}

export function nameOf(resource) {
  const concept = resource.medicationCodeableConcept ?? resource.vaccineCode ?? resource.code ?? {};
  return (
    concept.text ??
    concept.coding?.[0]?.display ??
    resource.medicationReference?.display ??
    concept.coding?.[0]?.code ??
    resource.resourceType
  );
}

export function dosageOf(resource) {
  return (resource.dosageInstruction ?? []).map(dosageWords).filter(Boolean).join("; ");
}

function dosageWords(dosage) {
  const quantity = dosage.doseAndRate?.[0]?.doseQuantity;
  const repeat = dosage.timing?.repeat;
  const rhythm = repeat?.frequency
    ? (WORDS[`${repeat.frequency}/${repeat.period}/${repeat.periodUnit}`] ??
      `${repeat.frequency} x per ${repeat.period ?? ""} ${repeat.periodUnit ?? ""}`)
    : "";
  const dose = quantity ? `${quantity.value} ${quantity.unit ?? quantity.code ?? ""}` : "";
  return [dose, rhythm].filter(Boolean).join(", ") || dosage.text || "";
}
