/** The domain of an address and those above it, nearest first: somebody at support.example.com belongs to example.com. */
export function domainsToAsk(email: string): string[] {
  const labels = email
    .slice(email.lastIndexOf('@') + 1)
    .toLowerCase()
    .split('.');
  return labels
    .map((_, from) => labels.slice(from).join('.'))
    .filter((domain, from) => from === 0 || domain.includes('.'));
}
