import { Injectable } from '@nestjs/common';
import { ChatChannel, markdownText } from './chat.channel.js';
import type { Words } from './words.js';

/** https://developers.mattermost.com/integrate/webhooks/incoming */
@Injectable()
export class MattermostChannel extends ChatChannel {
  protected readonly program = 'Mattermost';

  protected payload({ title, facts, links, urgent }: Words): object {
    return {
      text: `${urgent ? ':rotating_light: ' : ''}**${markdownText(title)}**`,
      attachments: [
        {
          fallback: title,
          color: urgent ? '#b42318' : '#0b5f7d',
          text: links.map(({ label, url }) => `[${markdownText(label)}](${url})`).join(' · '),
          fields: facts.map(([label, value]) => ({ short: true, title: label, value: markdownText(value) })),
        },
      ],
    };
  }
}
