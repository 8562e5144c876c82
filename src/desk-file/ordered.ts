interface Named {
  readonly name: string;
}

/**
 * A list in which the order counts, with what a file says about it: named entries are replaced and take the file's order
 * among themselves, in the places that they had; a new one comes right after the one before it in the file. What the file
 * does not name stays. The entry for everything else is always the last one, and there is one: the file's own takes the
 * place of the one that was.
 */
export function ordered<Entry extends Named>(
  stored: readonly Entry[],
  given: readonly Entry[],
  isForEverythingElse: (entry: Entry) => boolean,
): Entry[] {
  const newLast = given.find(isForEverythingElse);
  const kept = stored.filter(
    (entry) => !isForEverythingElse(entry) || newLast === undefined || newLast.name === entry.name,
  );
  const known = given.filter(({ name }) => kept.some((entry) => entry.name === name));
  const slots = known.values();
  const merged = kept.map((entry) =>
    known.some(({ name }) => name === entry.name) ? (slots.next().value ?? entry) : entry,
  );
  for (const [index, entry] of given.entries()) {
    if (known.includes(entry)) continue;
    merged.splice(placeFor(merged, given, index), 0, entry);
  }
  return [...merged.filter((entry) => !isForEverythingElse(entry)), ...merged.filter(isForEverythingElse)];
}

/** Right after the entry before it in the file; without one, right before the next one that is there already; else last. */
function placeFor<Entry extends Named>(merged: readonly Entry[], given: readonly Entry[], index: number): number {
  const before = given[index - 1];
  if (before !== undefined) return merged.findIndex(({ name }) => name === before.name) + 1;

  const next = given.find(({ name }) => merged.some((entry) => entry.name === name));
  const place = next === undefined ? -1 : merged.findIndex(({ name }) => name === next.name);
  return place === -1 ? merged.length : place;
}
