/** Resolves in the next turn of the event loop, so that signals, timers and sockets get their chance between two chunks. */
export function nextTurn(): Promise<void> {
  return new Promise((resolve) => {
    if (typeof setImmediate === 'function') setImmediate(resolve);
    else setTimeout(resolve, 0);
  });
}
