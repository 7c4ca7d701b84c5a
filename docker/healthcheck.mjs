/** Ends with 0 when the app of this container is ready. Usage: node docker/healthcheck.mjs PORT */
const [port] = process.argv.slice(2);

const isReady = await fetch(`http://127.0.0.1:${port}/health/ready`, { signal: AbortSignal.timeout(4000) }).then(
  (response) => response.ok,
  () => false,
);
process.exit(isReady ? 0 : 1);
