import { Controller, Get, Param, ParseIntPipe, ParseUUIDPipe, Query, Res } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import { Database } from '../../platform/database/database.js';
import { Roles } from '../access.js';
import { MessageContent, type StoredFile } from '../message-content.js';
import { Pages } from '../pages.js';

/** What came along with messages: files to take home or to look at, and the message as its writer formatted it. */
@Controller()
@Roles('agent')
export class FilesController {
  constructor(
    private readonly database: Database,
    private readonly pages: Pages,
    private readonly content: MessageContent,
  ) {}

  @Get('attachments/:id')
  async file(@Param('id', ParseUUIDPipe) id: string, @Res() reply: FastifyReply): Promise<void> {
    await this.content.sendFile(reply, await this.find(id));
  }

  @Get('attachments/:id/picture')
  async picture(@Param('id', ParseUUIDPipe) id: string, @Res() reply: FastifyReply): Promise<void> {
    await this.content.sendPicture(reply, await this.find(id));
  }

  @Get('attachments/:id/mail')
  async mail(@Param('id', ParseUUIDPipe) id: string, @Res() reply: FastifyReply): Promise<void> {
    const mail = await this.content.enclosedMail(await this.find(id), `/attachments/${id}/mail`);
    await this.pages.show(reply, 'tickets/enclosed-mail', mail);
  }

  @Get('attachments/:id/mail/html')
  async mailHtml(
    @Param('id', ParseUUIDPipe) id: string,
    @Res() reply: FastifyReply,
    @Query('images') images?: string,
  ): Promise<void> {
    await this.content.sendEnclosedHtml(reply, await this.find(id), images);
  }

  @Get('attachments/:id/mail/files/:index')
  async mailFile(
    @Param('id', ParseUUIDPipe) id: string,
    @Param('index', ParseIntPipe) index: number,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    await this.content.sendEnclosedFile(reply, await this.find(id), index);
  }

  @Get('messages/:id/html')
  async html(
    @Param('id', ParseUUIDPipe) id: string,
    @Res() reply: FastifyReply,
    @Query('images') images?: string,
  ): Promise<void> {
    const [message] = await this.database.query<{ id: string; html: string | null }>(
      `select id, html from message where id = $1`,
      [id],
    );
    await this.content.sendHtml(reply, message, images);
  }

  private async find(id: string): Promise<StoredFile | undefined> {
    const [file] = await this.database.query<StoredFile>(
      `select filename, content_type as "contentType", sha256 from attachment where id = $1`,
      [id],
    );
    return file;
  }
}
