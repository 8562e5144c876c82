import { Module } from '@nestjs/common';
import { IdentityModule } from '../identity/identity.module.js';
import { Calendars } from './calendars.js';
import { HolidayFeeds } from './holiday-feeds.js';
import { RefreshHolidays } from './refresh-holidays.job.js';

/**
 * Owns: calendar, calendar_version, holiday_feed.
 * Announces: CalendarChanged.
 * Follows: nothing.
 */
@Module({
  imports: [IdentityModule],
  providers: [Calendars, HolidayFeeds, RefreshHolidays],
  exports: [Calendars, HolidayFeeds],
})
export class SupportHoursModule {}
