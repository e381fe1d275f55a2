/**
 * A FHIR R4 server in memory, on loopback: Medplum's router and search, with paging, a bearer token and faults.
 *
 *   node server.mjs [--port 0] [--page 20] [--token TOKEN] [--with-parent] BUNDLE.json ...
 *
 * Its first line on standard output is {"base": "http://127.0.0.1:PORT/fhir/R4", "resources": COUNT}. With
 * --with-parent it ends when its standard input does.
 */
import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import { parseArgs } from "node:util";
import "./node20.mjs"; // before Medplum
import { OperationOutcomeError, badRequest, getStatus } from "@medplum/core";
import { FhirRouter, MemoryRepository } from "@medplum/fhir-router";
import { faultFor, send, sendAs } from "./faults.mjs";
import { indexDefinitions } from "./search_parameters.mjs";

const PATH = "/fhir/R4";
const JSON_TYPE = { "Content-Type": "application/fhir+json; charset=utf-8" };

const CAPABILITIES = {
  resourceType: "CapabilityStatement",
  status: "active",
  date: "2026-01-01",
  kind: "instance",
  fhirVersion: "4.0.1",
  format: ["json"],
};

const { values: options, positionals: files } = parseArgs({
  allowPositionals: true,
  options: {
    port: { type: "string", default: "0" },
    page: { type: "string", default: "20" },
    token: { type: "string", default: "" },
    "with-parent": { type: "boolean", default: false },
  },
});

const router = new FhirRouter();
let repository = new MemoryRepository();
let switches = start();

indexDefinitions();
let loaded = 0;
for (const file of files) loaded += await load(JSON.parse(readFileSync(file, "utf-8")));

const server = createServer((request, response) => {
  answer(request, response).catch((error) => fail(response, error));
});
server.listen(Number(options.port), "127.0.0.1", () => {
  const base = `http://127.0.0.1:${server.address().port}${PATH}`;
  console.log(JSON.stringify({ base, resources: loaded }));
});
if (options["with-parent"]) process.stdin.resume().on("end", () => process.exit(0));

function start() {
  return { token: options.token, page: Number(options.page), faults: [], asked: [] };
}

async function load(bundle) {
  const resources = bundle.resourceType === "Bundle" ? bundle.entry.map((one) => one.resource) : [bundle];
  for (const resource of resources) await repository.updateResource(resource);
  return resources.length;
}

async function answer(request, response) {
  const body = await bodyOf(request);
  const url = new URL(request.url, `http://${request.headers.host}`);
  if (url.pathname.startsWith("/control/")) return control(url.pathname, request.method, body, response);
  if (!url.pathname.startsWith(`${PATH}/`)) return send(response, 404, JSON_TYPE, Buffer.from("{}"));
  const path = url.pathname.slice(PATH.length);
  switches.asked.push({ method: request.method, url: `${path}${url.search}`, authorization: request.headers.authorization });
  const fault = faultFor(switches.faults, `${path}${url.search}`);
  if (switches.token && request.headers.authorization !== `Bearer ${switches.token}`) {
    return sendAs(fault, response, 401, { "WWW-Authenticate": "Bearer" }, Buffer.alloc(0));
  }
  const [status, resource] = path === "/metadata" ? [200, CAPABILITIES] : await routed(request, url, path, body);
  await sendAs(fault, response, status, JSON_TYPE, Buffer.from(JSON.stringify(resource)));
}

/** The answer of the router: one page, with the address of the next. */
async function routed(request, url, path, body) {
  const asked = Number(url.searchParams.get("_count") ?? switches.page);
  const isSearch = request.method === "GET" && /^\/[A-Za-z]+$/.test(path);
  const query = new URLSearchParams(url.searchParams);
  const size = Math.min(asked, switches.page);
  if (isSearch) query.set("_count", String(size));
  const [outcome, resource] = await router.handleRequest(
    {
      method: request.method,
      url: `${path}?${query}`,
      pathname: "", // the router fills in these three
      params: {},
      query: {},
      headers: request.headers,
      body: body.length ? JSON.parse(body) : undefined,
    },
    repository,
  );
  const found = resource ?? outcome;
  if (isSearch && found.resourceType === "Bundle") found.link = links(url, size, found);
  return [getStatus(outcome), found];
}

function links(url, size, bundle) {
  const offset = Number(url.searchParams.get("_offset") ?? 0);
  const self = { relation: "self", url: url.href };
  if (bundle.total <= offset + size) return [self];
  const next = new URL(url);
  next.searchParams.set("_offset", String(offset + size));
  return [self, { relation: "next", url: next.href }];
}

/** What only tests use: load, clear, set switches, read the log of requests. */
async function control(path, method, body, response) {
  if (path === "/control/resources" && method === "DELETE") repository = new MemoryRepository();
  else if (path === "/control/resources") await load(JSON.parse(body));
  else if (path === "/control/switches") switches = { ...start(), ...JSON.parse(body) };
  else if (path !== "/control/asked") throw new OperationOutcomeError(badRequest(`no ${path}`));
  send(response, 200, JSON_TYPE, Buffer.from(JSON.stringify(switches.asked)));
}

async function bodyOf(request) {
  const parts = [];
  for await (const part of request) parts.push(part);
  return Buffer.concat(parts).toString("utf-8");
}

function fail(response, error) {
  const outcome = error instanceof OperationOutcomeError ? error.outcome : badRequest(error.message);
  if (!response.headersSent) send(response, getStatus(outcome), JSON_TYPE, Buffer.from(JSON.stringify(outcome)));
}
