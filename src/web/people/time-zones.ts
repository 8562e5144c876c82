/** What a field for a time zone proposes; any other IANA name is taken too. */
export const TIME_ZONES: readonly string[] = ['UTC', ...Intl.supportedValuesOf('timeZone')];
