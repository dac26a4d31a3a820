import { tenUpdates } from './tenUpdates.mjs';

/** Ten updates off the page's thread, for each message. */
addEventListener('message', ({ data }: MessageEvent) => {
  void tenUpdates(data).then((report) => postMessage(report));
});
