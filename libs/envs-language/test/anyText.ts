import fc from 'fast-check';

/** Any text that a program can hold, broken ones too: UTF-16 units as they come, mixed with readable ones. */
export const anyText = fc.oneof(fc.string(), fc.array(fc.oneof(fc.integer({ min: 0, max: 0xffff }), fc.constantFrom(0, 0x20, 0x200b, 0x202e, 0x301, 0xd83d, 0xde00, 0xfeff, 0xff11))).map((units) => String.fromCharCode(...units)));
