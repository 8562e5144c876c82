import { Controller, Get, Post, Req, Res } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { EmergencyContact } from '../../escalation/emergency-contact.js';
import { Audit } from '../../identity/audit.js';
import { EMAIL_ADDRESS } from '../../platform/config/email-address.js';
import { Database } from '../../platform/database/database.js';
import { Problem } from '../../platform/problems/problem.js';
import { Roles } from '../access.js';
import { check, faultsByField, readForm } from '../forms.js';
import { Pages } from '../pages.js';
import { userOf } from '../session.guard.js';
import { AdminPage } from './admin.page.js';

const contactForm = z.object({
  email: z
    .string()
    .trim()
    .toLowerCase()
    .pipe(z.email({ pattern: EMAIL_ADDRESS, error: 'This is not an e-mail address.' })),
  phone: z
    .string()
    .trim()
    .regex(/^(\+?[\d ()/.-]{3,30})?$/, 'This is not a phone number such as +49 30 1234567.'),
});

/** The desk itself. */
@Roles('admin')
@Controller('admin')
export class AdminController {
  constructor(
    private readonly pages: Pages,
    private readonly admin: AdminPage,
    private readonly emergencyContact: EmergencyContact,
    private readonly audit: Audit,
    private readonly database: Database,
  ) {}

  @Get()
  async overview(@Res() reply: FastifyReply): Promise<void> {
    await this.pages.show(reply, 'admin/overview', await this.admin.read());
  }

  @Get('emergency-contact')
  async contact(@Res() reply: FastifyReply): Promise<void> {
    const contact = await this.emergencyContact.read();
    const value = { email: contact?.email ?? '', phone: contact?.phone ?? '' };
    await this.pages.show(reply, 'admin/emergency-contact', {
      value,
      fault: faultsByField(['email', 'phone'], []),
      faults: [],
    });
  }

  @Post('emergency-contact')
  async setContact(@Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    const checked = check(contactForm, await readForm(request));
    if (!checked.ok) {
      const value = { email: checked.given['email'] ?? '', phone: checked.given['phone'] ?? '' };
      const fault = faultsByField(['email', 'phone'], checked.faults);
      return this.pages.show(
        reply,
        'admin/emergency-contact',
        { value, fault, faults: checked.faults },
        { status: 422 },
      );
    }
    const { email, phone } = checked.value;
    const { name, email: by } = userOf(request);
    await this.database.transaction(async (tx) => {
      await this.emergencyContact.set(tx, { email, ...(phone !== '' && { phone }) });
      await this.audit.record(tx, {
        by: { name, email: by },
        action: 'emergencyContact.changed',
        subject: email,
        data: { email, phone },
      });
    });
    if (!(await this.emergencyContact.isReachable()))
      throw Problem.conflict('The contact is saved, but there is no way to reach them yet.');
    return this.pages.go(reply, '/admin', {
      tone: 'good',
      text: `${email} is the 24x7 emergency contact from now on.`,
    });
  }
}
