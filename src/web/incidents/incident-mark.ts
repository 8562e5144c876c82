export interface IncidentMark {
  readonly name: 'open' | 'acknowledged' | 'closed';
  readonly symbol: string;
  readonly label: string;
}

const MARKS: Record<IncidentMark['name'], Omit<IncidentMark, 'name'>> = {
  open: { symbol: 'siren', label: 'Nobody has acknowledged yet' },
  acknowledged: { symbol: 'user-check', label: 'Acknowledged' },
  closed: { symbol: 'circle-check', label: 'Closed' },
};

export function incidentMark(name: IncidentMark['name']): IncidentMark {
  return { name, ...MARKS[name] };
}
