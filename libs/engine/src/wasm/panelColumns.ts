/** Columns of a kernel that lie together in the memory of a {@link wasmMlp}: two vectors of four. Layers are padded to a multiple. */
export const panelColumns = 8;
