import { Get, Query } from '@nestjs/common';
import { Database } from '../platform/database/database.js';
import { Problem } from '../platform/problems/problem.js';
import { complianceCsv, ComplianceReport, type Grouping } from '../reports/compliance.report.js';
import { MeasuresReport } from '../reports/measures.report.js';
import { ApiController, Request } from './api-controller.js';
import { Answer, type ApiRequest } from './exchange.js';
import { prefersCsv } from './media-types.js';

interface ReportQuery {
  readonly from: string;
  readonly to: string;
  readonly groupBy?: Grouping;
}

/** Questions about the past. */
@ApiController('reports')
export class ReportsController {
  constructor(
    private readonly database: Database,
    private readonly compliance: ComplianceReport,
    private readonly measured: MeasuresReport,
  ) {}

  @Get('sla')
  async sla(@Query() query: ReportQuery, @Request() { headers }: ApiRequest): Promise<Answer> {
    const from = new Date(query.from);
    const to = new Date(query.to);
    if (from >= to)
      throw Problem.invalid('The period ends before it begins.', [{ field: 'to', detail: 'must be later than from' }]);

    const groupBy = query.groupBy ?? 'level';
    const { rows, measures } = await this.database.readOnly(async (tx) => ({
      rows: await this.compliance.ask(tx, { from, to }, groupBy),
      measures: await this.measured.ask(tx, { from, to }, groupBy),
    }));
    if (!prefersCsv(headers.accept)) return new Answer(200, { from, to, rows, measures }, { vary: 'accept' });
    return new Answer(200, complianceCsv(rows), {
      vary: 'accept',
      'content-type': 'text/csv; charset=utf-8',
      'content-disposition': `attachment; filename="sla ${query.from.slice(0, 10)} ${query.to.slice(0, 10)}.csv"`,
    });
  }
}
