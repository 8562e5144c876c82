/** What the people of the demonstration desk write to each other. The desk looks after a hosted booking service. */

export interface Story {
  readonly level: 'L1' | 'L2' | 'L3' | 'L4';
  readonly subject: string;
  readonly body: string;
  /** The agent's first answer, then turn by turn: the customer, the agent … */
  readonly turns: readonly string[];
  readonly note?: string;
  readonly tags: readonly string[];
}

export const stories: readonly Story[] = [
  {
    level: 'L1',
    subject: 'Booking page down for all our hotels',
    body: 'Since a few minutes ago every booking page answers with "502 Bad Gateway". All eleven hotels are affected and the phones are ringing. Please help at once.',
    turns: [
      'We see it too. One of the two gateways in your region has stopped answering; traffic is being moved to the other one now. I will write again in 30 minutes at the latest.',
      'Thanks. Two of the hotels are back, the others are still slow.',
      'All traffic runs through the healthy gateway since 5 minutes ago and response times are back to normal. The cause was a full disk on the first gateway; we have added an alarm on it.',
    ],
    note: 'Gateway fra-2: /var at 100 %. Log rotation had stopped after the last update. Rotated by hand, ticket for the platform team is open.',
    tags: ['outage', 'gateway'],
  },
  {
    level: 'L1',
    subject: 'Payments are declined everywhere',
    body: 'Every card payment has failed with "provider unavailable" for the last ten minutes, in all our shops. Cash only is not an option on a Saturday.',
    turns: [
      'The payment provider has confirmed a fault on their side. We have switched your account to the second provider; new payments should go through from now on.',
      'Confirmed, the first three payments went through.',
      'Good to hear. Payments stay on the second provider until Monday; the failed ones were never charged, so your guests need not worry.',
    ],
    tags: ['outage', 'payments'],
  },
  {
    level: 'L1',
    subject: 'Reservations of this morning are missing',
    body: 'The front desk sees no reservation that came in between 06:00 and 07:30. Guests stand here with confirmations that we do not have. Is the data lost?',
    turns: [
      'Nothing is lost: the reservations are stored, but the search index stopped at 05:58. We are rebuilding it now and the list will be complete in about 20 minutes. Meanwhile the export under Reports > Arrivals shows all of them.',
      'The export works, thank you. We can check guests in.',
      'The index is complete again. We compared it with the database: 214 reservations, none missing.',
    ],
    tags: ['search', 'data'],
  },
  {
    level: 'L1',
    subject: 'API answers 503 since 02:10',
    body: 'Our integration gets HTTP 503 on every call to /v2/availability since 02:10 UTC. Other endpoints are fine. We serve four resorts from it.',
    turns: [
      'The availability service ran out of database connections. It was restarted at 02:41 and answers again; we are watching it and have raised the limit.',
      'Works again on our side.',
      'The service has been stable for an hour. We found the release that leaked connections and have rolled it back.',
    ],
    tags: ['api', 'outage'],
  },
  {
    level: 'L2',
    subject: 'Confirmation mails arrive hours late',
    body: 'Guests tell us that confirmation mails take two to three hours. Yesterday it was a minute. Nothing was changed on our side.',
    turns: [
      'Your sending domain was throttled by one large mail provider after a campaign on Tuesday. Confirmations now leave through a separate address pool and should be immediate again. Could you confirm with a test booking?',
      'Test booking confirmed in under a minute. Thank you!',
      'Perfect. Campaigns and confirmations stay separated from now on, so this cannot repeat.',
    ],
    tags: ['mail'],
  },
  {
    level: 'L2',
    subject: 'Rates from the channel manager are not updated',
    body: 'Rates that we change in the channel manager do not show up on the booking page since last night. The log in the channel manager says "accepted".',
    turns: [
      'The updates arrive but fail a check: since yesterday your channel manager sends the room code in lower case. We have made our side accept both; the waiting updates have been processed.',
      'I see the new rates now. One room, "Suite Lago", is still old.',
      'That room had a manual override until Friday, set on your side. I removed it as you asked on the phone.',
    ],
    tags: ['rates', 'integration'],
  },
  {
    level: 'L2',
    subject: 'Invoices show the wrong VAT rate',
    body: 'Since the first of the month the invoices for breakfast show 19 % instead of 7 %. We have to correct each by hand before check-out.',
    turns: [
      'The new tax table was applied to extras without a category. I have set "breakfast" to the reduced rate for your property; new invoices are right. Shall we correct the 23 invoices that already exist?',
      'Yes please, correct them.',
      'Done: 23 corrected invoices with new numbers, and the list for your bookkeeper is attached to the property.',
    ],
    note: 'Check other properties with uncategorised extras before they notice.',
    tags: ['billing'],
  },
  {
    level: 'L2',
    subject: 'Night audit stops at 80 %',
    body: 'The night audit has stopped at 80 % three nights in a row. We have to restart it by hand at 4 in the morning.',
    turns: [
      'One stay with a departure before its arrival (booking 88213) stops the audit. I have put it right with you on the phone and the audit ran through. We will make the audit skip and report such stays.',
      'It ran through tonight. Thank you for the quick help.',
      'Glad to hear. The safeguard comes with the release on Thursday.',
    ],
    tags: ['night-audit'],
  },
  {
    level: 'L2',
    subject: 'Login with single sign-on fails for new colleagues',
    body: 'Two colleagues who started on Monday cannot sign in with SSO: "account not linked". Everyone else can.',
    turns: [
      'Your directory sends their address under a new attribute. I have added it to the mapping; both accounts are linked now. Could they try once more?',
      'Both are in. Thanks!',
      'Wonderful. I will close this in a few days if nothing else comes up.',
    ],
    tags: ['sign-in'],
  },
  {
    level: 'L3',
    subject: 'How do I block a room for renovation?',
    body: 'We renovate rooms 201 to 204 from the 3rd to the 21st. How do I take them out of sale without losing the statistics?',
    turns: [
      'Open Rooms > Calendar, select the four rooms and the dates, and choose "Out of order". They leave the sale and the occupancy figures count them as not available.',
      'Found it. Can I do it for only one of two beds in a dormitory too?',
      'Yes: open the dormitory, switch to the bed view, and do the same for a single bed.',
    ],
    tags: ['how-to'],
  },
  {
    level: 'L3',
    subject: 'Guest list export has broken umlauts',
    body: 'In the CSV export names like Müller and Jörg look like "MÃ¼ller". We open it with Excel.',
    turns: [
      'The file is UTF-8, which Excel does not guess. I have switched your exports to the variant with a byte-order mark, which Excel understands. Please export once more.',
      'Perfect now, thank you.',
    ],
    tags: ['export'],
  },
  {
    level: 'L3',
    subject: 'Please add a second language to the booking page',
    body: 'We have more and more guests from Japan. Can our booking page be shown in Japanese as well? お願いします。',
    turns: [
      'With pleasure: Japanese is switched on for your page. Room names and descriptions need a translation by you under Page > Texts; everything else is translated already.',
      'Great, we will fill in the texts this week.',
    ],
    tags: ['translation'],
  },
  {
    level: 'L3',
    subject: 'Wrong occupancy in the monthly report',
    body: 'The report says 71 % for last month, our own count says 74 %. The difference seems to be the day-use rooms.',
    turns: [
      'You are right: day-use stays are not counted by default. There is a switch "count day use" on the report; with it I get 74.2 %. Does that match?',
      'It does. Could that be the default for us?',
      'It is now the default for your property.',
    ],
    tags: ['report'],
  },
  {
    level: 'L3',
    subject: 'Key cards are not issued from the front desk terminal',
    body: 'On one of two terminals the button "Issue key" is grey. The other one works, so we manage, but it slows us down.',
    turns: [
      'The local key service on that terminal is an old version. Please restart the terminal once: it then updates itself. If the button stays grey, call us and we will look together.',
      'After the restart it works.',
    ],
    tags: ['front-desk'],
  },
  {
    level: 'L3',
    subject: 'Double booking of room 12',
    body: 'Room 12 was sold twice for next weekend, once through the booking page and once by phone. We noticed in time. How can that happen?',
    turns: [
      'The phone booking was entered with "allow overbooking", which the role "front desk" may do at your property. I moved the second one to room 14, which has the same category. Shall I take that permission away from the role?',
      'Yes, only managers should be able to.',
      'Changed: only the role "manager" can overbook from now on.',
    ],
    tags: ['booking'],
  },
  {
    level: 'L3',
    subject: 'Webhook for cancellations is called twice',
    body: 'We receive each cancellation webhook two times, with different ids. Our automation then refunds twice, we stopped it for now.',
    turns: [
      'There are two subscriptions for the same address, one made in March and one last week. I have switched the newer one off. For safety please also treat the field "cancellationId" as unique.',
      'Only one call each now. We will add the check.',
    ],
    note: 'Feature request: refuse a second subscription for the same address and event.',
    tags: ['api', 'webhook'],
  },
  {
    level: 'L3',
    subject: 'Gift voucher cannot be redeemed',
    body: 'Voucher GV-5521 is refused as "expired" though it is printed as valid until the end of next year.',
    turns: [
      'The voucher was issued with the validity of the old series. I corrected the end date of all 48 vouchers of that series; GV-5521 can be redeemed now.',
      'Redeemed. The guest is happy.',
    ],
    tags: ['voucher'],
  },
  {
    level: 'L4',
    subject: 'Idea: show the weather on the arrival list',
    body: 'It would be lovely to see the weather of the day on the arrival list, our guests always ask.',
    turns: [
      'That is a nice idea. I have added it to our list of wishes with your name on it; there is no date yet, but you will hear from us when it comes.',
    ],
    tags: ['idea'],
  },
  {
    level: 'L4',
    subject: 'Change of our billing address',
    body: 'We have moved. Please change our billing address to Seestrasse 14, 8002 Zürich from next month on.',
    turns: ['Done: from the next invoice on it carries the new address.', 'Thank you!'],
    tags: ['billing'],
  },
  {
    level: 'L4',
    subject: 'Training for new colleagues in spring',
    body: 'We expect six new colleagues in spring. Do you offer a training, remote is fine, and what would it cost?',
    turns: [
      'We do: two half days, remote, included in your plan once a year. I can offer the 9th and 10th or the 16th and 17th. Which suits you?',
      'The 16th and 17th please.',
      'Booked. You will get the invitation with the links a week before.',
    ],
    tags: ['training'],
  },
  {
    level: 'L4',
    subject: 'Where can I download old invoices?',
    body: 'Our accountant needs the invoices of the last two years. Where do I find them?',
    turns: [
      'Under Account > Invoices you can choose a period and download all of them as one file.',
      'Found them, thanks.',
    ],
    tags: ['billing', 'how-to'],
  },
  {
    level: 'L4',
    subject: 'Logo on the booking page looks blurred',
    body: 'Our logo looks blurred on phones. I attached nothing since the upload only takes small pictures.',
    turns: [
      'The upload takes SVG files as well, which stay sharp at every size. If you send us your logo as SVG we will put it in for you.',
      'Our designer will send it.',
    ],
    tags: ['design'],
  },
  {
    level: 'L4',
    subject: 'Data processing agreement for our files',
    body: 'Our auditor asks for the signed data processing agreement and the list of subprocessors.',
    turns: [
      'Both are attached to your account under Documents since today, signed by us. Please countersign and upload them there.',
    ],
    tags: ['legal'],
  },
];

export interface DemoOrganisation {
  readonly name: string;
  readonly domain: string;
  readonly tier: 'gold' | 'silver' | 'standard';
  readonly people: readonly string[];
}

export const organisations: readonly DemoOrganisation[] = [
  { name: 'Hotel Lago Blu', domain: 'lagoblu.example', tier: 'gold', people: ['Giulia Ferrari', 'Marco Conti'] },
  {
    name: 'Alpenblick Resorts',
    domain: 'alpenblick.example',
    tier: 'gold',
    people: ['Jörg Müller', 'Katharina Wyss', 'Reto Ammann'],
  },
  { name: 'Sakura Ryokan', domain: 'sakura-ryokan.example', tier: 'silver', people: ['Yuki Tanaka', 'Haruto Sato'] },
  { name: 'Nordlys Hostels', domain: 'nordlys.example', tier: 'silver', people: ['Ingrid Haugen', 'Lars Nilsen'] },
  {
    name: 'Casa Andaluza',
    domain: 'casa-andaluza.example',
    tier: 'standard',
    people: ['Lucía Romero', 'Pablo Ortega'],
  },
  {
    name: 'The Harbour Inn',
    domain: 'harbourinn.example',
    tier: 'standard',
    people: ['Emily Clarke', 'Tom Whitfield'],
  },
  {
    name: 'Château des Vignes',
    domain: 'chateau-vignes.example',
    tier: 'silver',
    people: ['Camille Laurent', 'Étienne Moreau'],
  },
  {
    name: 'Pousada do Sol',
    domain: 'pousadadosol.example',
    tier: 'standard',
    people: ['Beatriz Carvalho', 'João Pereira'],
  },
  {
    name: 'Dom nad Jeziorem',
    domain: 'domnadjeziorem.example',
    tier: 'standard',
    people: ['Agnieszka Kowalska', 'Łukasz Wiśniewski'],
  },
  {
    name: 'Grachtenhuis Hotels',
    domain: 'grachtenhuis.example',
    tier: 'gold',
    people: ['Sanne de Vries', 'Daan Bakker'],
  },
  { name: 'Skärgård Stugor', domain: 'skargard.example', tier: 'standard', people: ['Elsa Lindqvist', 'Oskar Berg'] },
  {
    name: 'Prairie Lodge',
    domain: 'prairielodge.example',
    tier: 'standard',
    people: ['Hannah Brooks', 'Caleb Turner'],
  },
];

export const staff = [
  { email: 'ann@punctual.example', name: 'Ann Berger', role: 'agent' },
  { email: 'ben@punctual.example', name: 'Ben Okafor', role: 'agent' },
  { email: 'chiara@punctual.example', name: 'Chiara Rossi', role: 'agent' },
  { email: 'david@punctual.example', name: 'David Lindholm', role: 'agent' },
  { email: 'mia@punctual.example', name: 'Mia Schneider', role: 'manager' },
  { email: 'adam@punctual.example', name: 'Adam Novak', role: 'admin' },
] as const;
