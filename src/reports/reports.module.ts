import { Module } from '@nestjs/common';
import { ComplianceReport } from './compliance.report.js';
import { JudgedClocksReport } from './judged-clocks.report.js';
import { WorkloadReport } from './workload.report.js';

/**
 * Owns: nothing; reads clocks and tickets.
 * Announces: nothing.
 * Follows: nothing.
 */
@Module({
  providers: [ComplianceReport, JudgedClocksReport, WorkloadReport],
  exports: [ComplianceReport, JudgedClocksReport, WorkloadReport],
})
export class ReportsModule {}
