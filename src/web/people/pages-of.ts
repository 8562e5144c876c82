/** What the partial `pages` shows below a list that is cut into numbered pages. */
export interface PagesModel {
  readonly total: number;
  readonly from: number;
  readonly to: number;
  readonly previous: string | null;
  readonly next: string | null;
}

export function pagesOf({
  total,
  shown,
  page,
  perPage,
  href,
}: {
  readonly total: number;
  readonly shown: number;
  readonly page: number;
  readonly perPage: number;
  readonly href: (page: number) => string;
}): PagesModel {
  const from = (page - 1) * perPage;
  return {
    total,
    from: shown === 0 ? 0 : from + 1,
    to: from + shown,
    previous: page > 1 ? href(page - 1) : null,
    next: from + shown < total && shown > 0 ? href(page + 1) : null,
  };
}
