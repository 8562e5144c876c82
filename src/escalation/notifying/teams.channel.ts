import { Injectable } from '@nestjs/common';
import type { Answer } from '../../platform/outgoing/guarded-request.js';
import { ChatChannel, markdownText } from './chat.channel.js';
import { plainTextOf } from './post.js';
import type { Words } from './words.js';

/** A message with an adaptive card, as the workflow “Post to a channel when a webhook request is received” takes it. */
@Injectable()
export class TeamsChannel extends ChatChannel {
  protected readonly program = 'Teams';

  protected payload({ title, facts, links, urgent }: Words): object {
    const heading = {
      ...{ type: 'TextBlock', text: markdownText(title), weight: 'Bolder', size: 'Medium', wrap: true },
      color: urgent ? 'Attention' : 'Default',
    };
    const card = {
      $schema: 'http://adaptivecards.io/schemas/adaptive-card.json',
      type: 'AdaptiveCard',
      version: '1.4',
      msteams: { width: 'Full' },
      body: [
        heading,
        { type: 'FactSet', facts: facts.map(([label, value]) => ({ title: label, value: markdownText(value) })) },
      ],
      actions: links.map(({ label, url }) => ({ type: 'Action.OpenUrl', title: label, url })),
    };
    const attachment = { contentType: 'application/vnd.microsoft.card.adaptive', contentUrl: null, content: card };
    return { type: 'message', attachments: [attachment] };
  }

  /** Connectors say 200 also where they had too much to do, and tell the truth in words. */
  protected override refusal(answer: Answer): string | null {
    const words = plainTextOf(answer);
    return words !== null && /delivery failed|error/i.test(words) ? words : null;
  }
}
