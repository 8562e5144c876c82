export type ProblemKind =
  | 'malformed'
  | 'unauthenticated'
  | 'forbidden'
  | 'not-found'
  | 'conflict'
  | 'precondition-failed'
  | 'too-large'
  | 'unsupported-media-type'
  | 'invalid'
  | 'too-many-requests'
  | 'unavailable';

/** What is wrong with one field of the input, in words for the person who filled it in. */
export interface FieldFault {
  readonly field: string;
  readonly detail: string;
}

const STATUS: Record<ProblemKind, number> = {
  malformed: 400,
  unauthenticated: 401,
  forbidden: 403,
  'not-found': 404,
  conflict: 409,
  'precondition-failed': 412,
  'too-large': 413,
  'unsupported-media-type': 415,
  invalid: 422,
  'too-many-requests': 429,
  unavailable: 503,
};

const TITLE: Record<ProblemKind, string> = {
  malformed: 'The request cannot be read',
  unauthenticated: 'Please sign in',
  forbidden: 'Not allowed',
  'not-found': 'Not found',
  conflict: 'Conflict',
  'precondition-failed': 'Changed meanwhile',
  'too-large': 'Too large',
  'unsupported-media-type': 'Unsupported type of content',
  invalid: 'Something needs correcting',
  'too-many-requests': 'Too many requests',
  unavailable: 'Not available right now',
};

/** Something the person who asked can understand and mend. All else that is thrown is ours to mend. */
export class Problem extends Error {
  constructor(
    readonly kind: ProblemKind,
    readonly detail: string,
    readonly faults: readonly FieldFault[] = [],
    /** Seconds after which trying again can help, where that is known. */
    readonly retryAfterSeconds?: number,
  ) {
    super(detail);
    this.name = 'Problem';
  }

  /** The HTTP status that says the same (RFC 9110; 422 and 429: RFC 9110 §15.5.21, RFC 6585 §4). */
  get status(): number {
    return STATUS[this.kind];
  }

  get title(): string {
    return TITLE[this.kind];
  }

  static malformed(detail: string): Problem {
    return new Problem('malformed', detail);
  }

  static unauthenticated(detail: string): Problem {
    return new Problem('unauthenticated', detail);
  }

  static forbidden(detail: string): Problem {
    return new Problem('forbidden', detail);
  }

  static notFound(detail: string): Problem {
    return new Problem('not-found', detail);
  }

  static conflict(detail: string): Problem {
    return new Problem('conflict', detail);
  }

  static preconditionFailed(detail: string): Problem {
    return new Problem('precondition-failed', detail);
  }

  static tooLarge(detail: string): Problem {
    return new Problem('too-large', detail);
  }

  static unsupportedMediaType(detail: string): Problem {
    return new Problem('unsupported-media-type', detail);
  }

  static invalid(detail: string, faults: readonly FieldFault[] = []): Problem {
    return new Problem('invalid', detail, faults);
  }

  static tooManyRequests(detail: string, retryAfterSeconds: number): Problem {
    return new Problem('too-many-requests', detail, [], retryAfterSeconds);
  }

  static unavailable(detail: string): Problem {
    return new Problem('unavailable', detail);
  }
}
