// Ten updates on the device of the argument, in a process of their own: Vulkan reads its environment when it starts.
import { tenUpdates } from './tenUpdates.mjs';

process.stdout.write(JSON.stringify(await tenUpdates({ device: process.argv[2] })));
