import { Injectable } from '@nestjs/common';
import { ChatChannel } from './chat.channel.js';
import type { Words } from './words.js';

/** https://docs.slack.dev/messaging/sending-messages-using-incoming-webhooks; blocks as Block Kit has them. */
@Injectable()
export class SlackChannel extends ChatChannel {
  protected readonly program = 'Slack';

  protected payload({ title, facts, links, urgent }: Words): object {
    const field = ([label, value]: readonly [string, string]): object => ({
      type: 'mrkdwn',
      text: `*${slackText(label)}*\n${slackText(value)}`.slice(0, 2000),
    });
    const rows = Array.from({ length: Math.ceil(facts.length / 10) }, (_, row) => facts.slice(row * 10, row * 10 + 10));
    const button = ({ label, url }: { label: string; url: string }, index: number): object => ({
      type: 'button',
      text: { type: 'plain_text', text: label },
      url,
      ...(urgent && index === 0 && { style: 'danger' }),
    });
    return {
      // For the phone's lock screen, where blocks are not shown.
      text: slackText(title),
      blocks: [
        {
          type: 'section',
          text: { type: 'mrkdwn', text: `${urgent ? ':rotating_light: ' : ''}*${slackText(title)}*` },
        },
        ...rows.map((row) => ({ type: 'section', fields: row.map(field) })),
        ...(links.length > 0 ? [{ type: 'actions', elements: links.map(button) }] : []),
      ],
    };
  }
}

/** Slack takes these three signs for its own. */
const slackText = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').slice(0, 2900);
