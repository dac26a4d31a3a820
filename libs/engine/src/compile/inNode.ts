import { host } from '../backends/loadBackend.js';

/** Whether this is Node; if not, it is a browser. */
export const inNode: boolean = host.process?.versions?.node !== undefined;
