import { Controller, Param, Post, Req, Res } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { TwilioCallbacks, type Fields } from '../../escalation/twilio-callbacks.js';
import { Problem } from '../../platform/problems/problem.js';
import { Signed } from '../access.js';
import { readForm } from '../forms.js';

/** What Twilio tells us. Nobody is signed in; each request must bear the signature of the account that is set up. */
@Signed()
@Controller('channels/twilio')
export class TwilioController {
  constructor(private readonly callbacks: TwilioCallbacks) {}

  /** Receipts of messages. */
  @Post('messages/:notification')
  async message(
    @Param('notification') notification: string,
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    await this.callbacks.status(notification, await this.genuine(request));
    await reply.status(204).send();
  }

  /** Receipts of calls. */
  @Post('calls/:notification')
  async call(
    @Param('notification') notification: string,
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    await this.callbacks.status(notification, await this.genuine(request));
    await reply.status(204).send();
  }

  /** A key that was pressed. */
  @Post('keypresses/:notification')
  async keypress(
    @Param('notification') notification: string,
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const fields = await this.genuine(request);
    await twiml(reply, await this.callbacks.keypress(notification, fields));
  }

  /** A message to our number: where the number's webhook for messages leads to. */
  @Post('inbound')
  async inbound(@Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    const fields = await this.genuine(request);
    await twiml(reply, await this.callbacks.message(fields));
  }

  private async genuine(request: FastifyRequest): Promise<Fields> {
    const { fields } = await readForm(request);
    const signature = request.headers['x-twilio-signature'];
    const given = typeof signature === 'string' ? signature : '';
    if (await this.callbacks.isGenuine(request.url, given, fields)) return fields;
    throw Problem.forbidden('This request does not bear the signature of the account that is set up here.');
  }
}

async function twiml(reply: FastifyReply, text: string): Promise<void> {
  await reply.status(200).type('text/xml; charset=utf-8').send(`<?xml version="1.0" encoding="UTF-8"?>${text}`);
}
