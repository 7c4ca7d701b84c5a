/** The log level is needed before any settings class is read, so it has a file of its own. */
export const logLevel = process.env.LOG_LEVEL || (process.env.JEST_WORKER_ID ? 'silent' : 'info');
