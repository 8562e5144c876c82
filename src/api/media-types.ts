/** Whether who asks would rather have CSV than JSON, by the weights of their Accept header (RFC 9110, 12.5.1). */
export function prefersCsv(accept: string | undefined): boolean {
  return weightOf(accept, 'text', 'csv') > weightOf(accept, 'application', 'json');
}

function weightOf(accept: string | undefined, type: string, subtype: string): number {
  const ranges = (accept ?? '*/*').split(',').map((range) => {
    const [name = '', ...parameters] = range.split(';').map((part) => part.trim().toLowerCase());
    const weight = parameters.find((parameter) => parameter.startsWith('q='));
    return { name, weight: weight === undefined ? 1 : Number(weight.slice(2)) };
  });
  const mostSpecific = [`${type}/${subtype}`, `${type}/*`, '*/*']
    .map((name) => ranges.find((range) => range.name === name))
    .find((range) => range !== undefined);
  return mostSpecific?.weight ?? 0;
}
