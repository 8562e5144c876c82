import { Controller, Get, Query, Req, Res } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { Database } from '../../platform/database/database.js';
import { Now } from '../../platform/time/now.js';
import { complianceCsv, ComplianceReport, groupings } from '../../reports/compliance.report.js';
import { workloads } from '../../reports/workload.report.js';
import { Roles } from '../access.js';
import { Pages } from '../pages.js';
import { userOf } from '../session.guard.js';
import { CompliancePage } from './compliance.page.js';
import { JudgedClocksPage } from './judged-clocks.page.js';
import { shownPeriod } from './period.js';
import { WorkloadPage } from './workload.page.js';

/** What managers ask. */
@Roles('manager')
@Controller('reports')
export class ReportPagesController {
  constructor(
    private readonly pages: Pages,
    private readonly compliancePage: CompliancePage,
    private readonly judgedClocks: JudgedClocksPage,
    private readonly workloadPage: WorkloadPage,
    private readonly compliance: ComplianceReport,
    private readonly database: Database,
    private readonly now: Now,
  ) {}

  @Get('sla')
  async sla(
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
    @Query() query: Record<string, unknown>,
  ): Promise<void> {
    await this.pages.show(reply, 'reports/compliance', await this.compliancePage.read(userOf(request), query));
  }

  /** What is on the screen, for a spreadsheet. */
  @Get('sla.csv')
  async csv(
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
    @Query() query: Record<string, unknown>,
  ): Promise<void> {
    const period = shownPeriod(query, userOf(request).timezone, this.now.read());
    const groupBy = groupings.find((one) => one === query['groupBy']) ?? 'level';
    const rows = await this.compliance.ask(this.database, period, groupBy);
    await reply
      .type('text/csv; charset=utf-8')
      .header(
        'content-disposition',
        `attachment; filename="sla-${period.firstDay}-${period.lastDay}-by-${groupBy}.csv"`,
      )
      .header('cache-control', 'private, no-store')
      .send(complianceCsv(rows));
  }

  @Get('sla/tickets')
  async tickets(
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
    @Query() query: Record<string, unknown>,
  ): Promise<void> {
    const part = workloads.find((one) => one === query['outcome']);
    if (part !== undefined) {
      return this.pages.show(reply, 'reports/workload', await this.workloadPage.read(userOf(request), query, part));
    }
    return this.pages.show(reply, 'reports/judged-clocks', await this.judgedClocks.read(userOf(request), query));
  }
}
