/** Name of the queue that carries facts to a consumer. */
export function factQueueName(consumer: string): string {
  return `facts-${consumer}`;
}

/** Tries of a delivery before it becomes a dead letter. */
export const FACT_TRIES = 5;
