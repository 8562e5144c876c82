import { Module } from '@nestjs/common';
import { IdentityModule } from '../identity/identity.module.js';
import { Calendars } from './calendars.js';

/**
 * Owns: calendar, calendar_version.
 * Announces: CalendarChanged.
 * Follows: nothing.
 */
@Module({ imports: [IdentityModule], providers: [Calendars], exports: [Calendars] })
export class SupportHoursModule {}
