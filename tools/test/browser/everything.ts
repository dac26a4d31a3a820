import * as algorithms from '@rivulet/algorithms';
import * as engine from '@rivulet/engine';
import * as losses from '@rivulet/losses';
import * as networks from '@rivulet/networks';
import * as regularizers from '@rivulet/regularizers';
import * as returns from '@rivulet/returns';

// All that these packages export goes into the bundle.
Object.assign(globalThis, { algorithms, engine, losses, networks, regularizers, returns });
