/** An image as its history tells it, the oldest layer first. */
export interface Layered {
  /** Digest of its lowest layer. */
  readonly first: string;
  /** Bytes of the whole, as the engine reckons them. */
  readonly size: number;
  readonly layers: readonly { readonly made: string; readonly size: number }[];
}

/**
 * Bytes that images take together: what they share, from the lowest layer on, counts once. An
 * engine tells the sizes of layers in the history alone, which has entries that are no layers; they
 * are empty, so they change no sum. What a store keeps besides (compressed) is each image's own.
 */
export function unionSize(images: readonly Layered[]): number {
  const counted = new Set<string>();
  let total = 0;
  for (const { first, size, layers } of images) {
    const known = layers.reduce((sum, layer) => sum + layer.size, 0);
    let path = first;
    let shared = 0;
    for (const layer of layers.filter((each) => each.size > 0)) {
      path += `\n${layer.made} ${layer.size}`;
      if (counted.has(path)) shared += layer.size;
      counted.add(path);
    }
    const whole = `${path}\n=`;
    total += counted.has(whole) ? 0 : Math.max(size, known) - shared;
    counted.add(whole);
  }
  return total;
}
