import { Module } from '@nestjs/common';
import { ComplianceReport } from './compliance.report.js';
import { JudgedClocksReport } from './judged-clocks.report.js';
import { MeasuresReport } from './measures.report.js';
import { WorkloadReport } from './workload.report.js';

/**
 * Owns: nothing; reads clocks, measures and tickets.
 * Announces: nothing.
 * Follows: nothing.
 */
@Module({
  providers: [ComplianceReport, JudgedClocksReport, MeasuresReport, WorkloadReport],
  exports: [ComplianceReport, JudgedClocksReport, MeasuresReport, WorkloadReport],
})
export class ReportsModule {}
