/** Something that has no place in a static graph: the function that did it runs eagerly instead. */
export class Untraceable extends Error {}
