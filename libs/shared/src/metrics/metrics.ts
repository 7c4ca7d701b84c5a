import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client';

/** One registry per process; in all-in-one every service writes into it, told apart by the label `service`. */
export const metrics = new Registry();
collectDefaultMetrics({ register: metrics });

/** Seconds per HTTP request, by service, route and status. */
export const httpSeconds = new Histogram({
  name: 'huidian_http_request_seconds',
  help: 'Time from request to answer',
  labelNames: ['service', 'method', 'route', 'status'],
  buckets: [0.005, 0.02, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10],
  registers: [metrics],
});

/** Items of facts by what became of them: applied, stale, repeated, parked. */
export const factItems = new Counter({
  name: 'huidian_fact_items_total',
  help: 'Items of facts received, by outcome',
  labelNames: ['service', 'fact', 'outcome'],
  registers: [metrics],
});

/** Deliveries handed to the queue, repeats included. */
export const factSends = new Counter({
  name: 'huidian_fact_sends_total',
  help: 'Deliveries of facts put into the queue',
  labelNames: ['service', 'consumer'],
  registers: [metrics],
});

/** Deliveries not yet acknowledged. */
export const factBacklog = new Gauge({
  name: 'huidian_fact_unacknowledged',
  help: 'Deliveries of facts not yet acknowledged',
  labelNames: ['service', 'consumer'],
  registers: [metrics],
});

/** Jobs finished, by queue and outcome (done, failed). */
export const jobsTotal = new Counter({
  name: 'huidian_jobs_total',
  help: 'Jobs finished, by queue and outcome',
  labelNames: ['queue', 'outcome'],
  registers: [metrics],
});
