/** Medplum's client names WebSocket as it loads, though nothing here uses one; Node 20 has none. */
globalThis.WebSocket ??= class {};
