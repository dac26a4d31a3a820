import { checkMask, fieldData } from './column.js';
import { copyBlock } from './copy.js';
import type { WriterFactory } from './writer.js';

/** Stores every row as it is given, the oldest being overwritten. Fields outside the spec are ignored. */
export function ringWriter(): WriterFactory {
  return ({ columns, claim }) => {
    let slots = new Int32Array(0);
    return {
      write(batch, rows, mask) {
        checkMask('ringWriter', mask, rows);
        for (const { name, dtype, rowSize } of columns) fieldData('ringWriter', batch, name, dtype, rowSize, rows);
        if (slots.length < rows) slots = new Int32Array(rows);
        for (let row = 0; row < rows; row++) slots[row] = mask === undefined || mask[row] !== 0 ? claim() : -1;
        for (const { name, rowSize, data } of columns) {
          const source = batch[name].data;
          for (let row = 0; row < rows; row++) if (slots[row] >= 0) copyBlock(source, row * rowSize, data, slots[row] * rowSize, rowSize);
        }
      },
      snapshot: () => ({ arrays: {}, data: {} }),
      restore() {},
    };
  };
}
